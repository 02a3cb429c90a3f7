"""How a worker's process dies in the middle of a run, and what it leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database

from buddy.sync.models import Connection
from tests.sync.wire import Killed


@contextmanager
def dying(at: int) -> Iterator[None]:
    """Runs inside die just before their transaction number `at`, as `Killed`; 0 is never."""
    seen = 0

    def die_at(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.startswith('SELECT 1 FROM "sync_connection"'):  # every transaction begins so
            seen += 1
            if seen == at:
                raise Killed
        return execute(sql, params, many, context)

    with database.execute_wrapper(die_at):
        yield


@contextmanager
def dying_before(statement: str) -> Iterator[None]:
    """Whatever runs inside dies before the first statement that begins so, as `Killed`."""

    def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(statement):
            raise Killed
        return execute(sql, params, many, context)

    with database.execute_wrapper(die):
        yield


def left_behind(now: datetime) -> None:
    """The lease of the dead stays until it expires, which is now."""
    Connection.objects.update(lease_owner="dead", lease_expires_at=now - timedelta(seconds=1))

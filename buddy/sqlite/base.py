"""The database engine of the settings (Django looks for it in a module of this name).

SQLite has no queue for its write lock. Left to itself it looks again after 1, 2, 5, 10 … 100 milliseconds, and a sync
that writes one short transaction after another has long taken the lock again each time. Here who waits looks every
millisecond, so that a gap of a few milliseconds is always seen.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base

LOOK = 0.001  # seconds between two looks at a locked database


class DatabaseWrapper(base.DatabaseWrapper):
    patience: float  # seconds; the option `timeout`

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        self.patience = conn_params["timeout"]
        made: sqlite3.Connection = super().get_new_connection(conn_params)
        made.execute("PRAGMA busy_timeout = 0")  # from here on the cursor waits
        return made

    def create_cursor(self, name: str | None = None) -> PatientCursor:
        cursor = PatientCursor(self.connection)
        cursor.patience = self.patience
        return cursor


class PatientCursor(base.SQLiteCursorWrapper):
    patience = 0.0

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """Django looks through every statement for its marks; those of `bulk` are long and have the driver's own."""
        return query if "%" not in query else super().convert_query(query, param_names=param_names)

    def execute(self, query: str, params: Any = None) -> Any:
        return once_free(partial(super().execute, query, params), patience=self.patience)


def once_free[T](run: Callable[[], T], *, patience: float) -> T:
    """Run this when the database is free; "database is locked" only after so many seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            return run()
        except sqlite3.OperationalError as problem:
            # Only what waiting helps: an outdated read (BUSY_SNAPSHOT) stays outdated.
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
        time.sleep(LOOK)

"""Deliveries that wait on disk until a worker takes them in: what SQLite's one write lock is too slow for (R28).

A run may hold the lock for longer than Intuit is to wait for its answer (api 8.1). So each delivery becomes a file,
whole from the moment it has its name, as mail does in a maildir: nobody locks anything, and a crash leaves all of it
or nothing. The folder stands beside the database, as its write-ahead log does.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.db import connection as database

AT_ONCE = 200  # files, of up to a mebibyte, that are read at a time
UNFINISHED = ".part"
ABANDONED = 3600.0  # seconds after which nobody is still writing it


def put(body: bytes) -> None:
    """Keep it. When this returns, a power cut leaves it there. Raises OSError when it cannot be kept."""
    folder = _folder()
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        _settle(folder.parent)
    named = folder / f"{time.time_ns():020d}-{uuid.uuid4().hex}"
    unfinished = named.with_suffix(UNFINISHED)
    with unfinished.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(named)
    _settle(folder)


def waiting() -> list[Path]:
    """The oldest that were kept and not removed yet. Another worker may remove them at any moment."""
    try:
        found = sorted(_folder().iterdir())
    except FileNotFoundError:
        return []
    remove(each for each in found if each.suffix == UNFINISHED and _is_abandoned(each))
    return [each for each in found if each.suffix != UNFINISHED][:AT_ONCE]


def remove(files: Iterable[Path]) -> None:
    """What they say is in the database now."""
    for each in files:
        each.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(f"{database.settings_dict['NAME']}-inbox")


def _is_abandoned(file: Path) -> bool:
    """Whoever wrote it died before its end."""
    try:
        return time.time() - file.stat().st_mtime > ABANDONED
    except FileNotFoundError:
        return False


def _settle(folder: Path) -> None:
    """The names in it outlast a power cut too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

"""Where uploaded files lie until they are forgotten: `BUDDY_DATA/imports`, under names of our own."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from buddy.hub.imports.tables import WORKING, Import, ImportRow


def folder() -> Path:
    found: Path = settings.BUDDY_DATA / "imports"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def path(batch: Import) -> Path:
    return folder() / batch.stored_as


def take_in(file: Path) -> str:
    """Move a file that was just received here; returns what it is stored as."""
    name = f"{uuid.uuid4().hex}.upload"
    file.rename(folder() / name)
    return name


@transaction.atomic
def forget(batch: Import) -> None:
    """Delete the file and its rows, unless a worker has them. What the import did stays, and is told by its counts."""
    if Import.objects.filter(pk=batch.pk, stored_as=batch.stored_as).exclude(state__in=WORKING).update(stored_as=""):
        ImportRow.objects.filter(of=batch).delete()
        path(batch).unlink(missing_ok=True)


def forget_old(now: datetime) -> None:
    """Files that have been kept long enough, of the active scope."""
    for batch in Import.objects.filter(created_at__lt=now - kept(), stored_as__gt="").exclude(state__in=WORKING):
        forget(batch)


def kept() -> timedelta:
    return timedelta(days=settings.BUDDY_IMPORT_DAYS)

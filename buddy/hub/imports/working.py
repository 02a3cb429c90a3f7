"""Who works on an import: one worker at a time, in transactions so short that pages never wait for it.

A step goes through the rows unit by unit; how far it is stands in `reached`, written in the same transaction as the
rows. Killed anywhere, another worker goes on from there once the first has not been heard of for a while.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from buddy.hub.imports.tables import WORKING, Import, ImportRow
from buddy.hub.team import Organization

CHUNK = 250  # rows in one transaction


class Lost(Exception):
    """Another worker has this import, or a person stopped it. Whatever was to be written must not be."""


class Turn:
    """One worker's right to one step of one import, for as long as it keeps writing."""

    def __init__(self, batch: Import) -> None:
        self.batch = batch
        self.state = batch.state
        self._last_write = 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction in which the import is certainly ours. Raises Lost, and nothing is written."""
        if connection.vendor == "sqlite":
            time.sleep(max(0.0, self._last_write + settings.SYNC_BREATH - time.monotonic()))
        try:
            with transaction.atomic():
                if not self._ours().update(worker_until=timezone.now() + _patience()):
                    raise Lost
                yield
        finally:
            self._last_write = time.monotonic()

    def chunks(self, *without: str) -> Iterator[list[ImportRow]]:
        """The rows this step is not through with, some whole units at a time; not read are the columns `without`."""
        while rows := self._next(without):
            yield rows

    def through(self, rows: Sequence[ImportRow]) -> None:
        """These are done: call in the transaction that wrote them."""
        self.batch.reached = rows[-1].unit
        self._ours().update(reached=self.batch.reached, done=F("done") + len(rows))

    def finish(self, state: str, **values: object) -> None:
        """The step is over, and the import somebody else's. Call within `writing`."""
        self._ours().update(state=state, worker="", worker_until=None, problem="", **values)

    def _ours(self) -> QuerySet[Import]:
        return Import.objects.filter(pk=self.batch.pk, worker=self.batch.worker, state=self.state)

    def _next(self, without: Sequence[str]) -> list[ImportRow]:
        rest = ImportRow.objects.filter(of=self.batch, unit__gt=self.batch.reached).order_by("unit", "number")
        rest = rest.defer(*without)
        rows = list(rest[: CHUNK + 1])
        if len(rows) <= CHUNK:
            return rows
        whole = [row for row in rows if row.unit != rows[-1].unit]
        return whole or list(rest.filter(unit=rows[-1].unit))


def take(organization: Organization, now: datetime) -> Turn | None:
    """The next import of the organization that was free at `now`, ours from this moment on; None when there is none.

    A worker asks with the time it began at: what it has failed with is not free then, and waits for the next worker.
    """
    for batch in Import.objects.filter(_free(now), organization=organization).order_by("pk"):
        owner = str(uuid.uuid4())
        mine = Import.objects.filter(_free(now), pk=batch.pk, state=batch.state)
        if mine.update(worker=owner, worker_until=timezone.now() + _patience()):
            batch.refresh_from_db()
            return Turn(batch)
    return None


def due(now: datetime) -> list[int]:
    """Organizations whose imports wait for a worker. Looks at all of them: call without a scope's filter."""
    return list(Import.objects.filter(_free(now)).values_list("organization_id", flat=True).distinct())


def _free(now: datetime) -> Q:
    return Q(state__in=WORKING) & (Q(worker_until=None) | Q(worker_until__lte=now))


def _patience() -> timedelta:
    return timedelta(seconds=settings.BUDDY_SYNC_LEASE)

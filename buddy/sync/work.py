"""What one run carries along: the company, its lease, the way to QuickBooks, and what it counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.db.models import F
from django.utils import timezone

from buddy.hub.team import Organization
from buddy.quickbooks.records import Call
from buddy.sync.lease import Lease
from buddy.sync.models import CallCount, Connection, Run
from buddy.sync.reconcile import Round


@dataclass
class Calls:
    """Counts calls as they are made, on whatever thread; written down when the run ends."""

    made: int = 0
    reads: int = 0
    _lock: Lock = field(default_factory=Lock)

    def note(self, call: Call) -> None:
        with self._lock:
            self.made += 1
            self.reads += call.metered

    def save(self, run: Run) -> None:
        """Add to the run's and the day's counts (R25), and start again from nothing."""
        with self._lock:
            made, reads, self.made, self.reads = self.made, self.reads, 0, 0
        if not made:
            return
        run.calls += made
        run.reads += reads
        Run.objects.filter(pk=run.pk).update(calls=run.calls, reads=run.reads)
        day, _ = CallCount.objects.get_or_create(organization_id=run.organization_id, day=timezone.now().date())
        CallCount.objects.filter(pk=day.pk).update(calls=F("calls") + made, reads=F("reads") + reads)


@dataclass
class Work:
    """One run. `round` is what reconciling shares; progress and counts are shown while it goes on."""

    lease: Lease
    run: Run
    round: Round
    realm: str
    held: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # by kind: cannot go in this run

    @property
    def organization(self) -> Organization:
        return self.lease.organization

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.lease.writing() as row:
            yield row

    def progress(self, entity: str, done: int, total: int | None) -> None:
        """Tell the page how far a full pull is. Call inside a transaction."""
        self.run.progress[entity] = [done, total if total is not None else done]
        Run.objects.filter(pk=self.run.pk).update(progress=self.run.progress, counts=dict(self.round.counts))


def new_round(connection: Connection, *, now: datetime, run: int | None) -> Round:
    return Round(connection.organization, now, connection.facts, run=run, realm=connection.realm)

"""What one run carries along: the company, its lease, the way to QuickBooks, and what it counted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.db.models import F
from django.utils import timezone

from buddy.hub import bulk
from buddy.hub.team import Organization
from buddy.quickbooks.records import Call, Record
from buddy.sync.lease import Lease
from buddy.sync.mapping.reference import brief
from buddy.sync.models import CallCount, CallMade, Connection, Run, Taken
from buddy.sync.reconcile import Round

NAMED = 200  # records of each kind that a run names; of more it tells the number


@dataclass
class Calls:
    """The calls of a run, noted as they are made, on whatever thread, and put on record by `Work` (R25)."""

    made: int = 0
    reads: int = 0
    _waiting: list[tuple[Call, datetime]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, call: Call) -> None:
        with self._lock:
            self.made += 1
            self.reads += call.metered
            self._waiting.append((call, timezone.now()))

    def record(self, run: Run) -> int:
        """Write down those not written yet; returns how many. `forget` them when the transaction is through."""
        with self._lock:
            waiting = list(self._waiting)
        if waiting:
            CallMade.objects.bulk_create(_as_made(run, call, at) for call, at in waiting)
        return len(waiting)

    def forget(self, written: int) -> None:
        with self._lock:
            del self._waiting[:written]

    def save(self, run: Run) -> None:
        """Add to the run's and the day's counts, and start again from nothing."""
        self.forget(self.record(run))
        with self._lock:
            made, reads, self.made, self.reads = self.made, self.reads, 0, 0
        if not made:
            return
        run.calls += made
        run.reads += reads
        Run.objects.filter(pk=run.pk).update(calls=run.calls, reads=run.reads)
        day, _ = CallCount.objects.get_or_create(organization_id=run.organization_id, day=timezone.now().date())
        CallCount.objects.filter(pk=day.pk).update(calls=F("calls") + made, reads=F("reads") + reads)


def _as_made(run: Run, call: Call, at: datetime) -> CallMade:
    return CallMade(
        organization_id=run.organization_id,
        run=run,
        at=at,
        verb=call.verb or call.method,
        entity=call.entity[:100],
        remote_id=call.id[:40],
        status=call.status,
        code=call.code[:40],
        milliseconds=call.milliseconds,
        metered=call.metered,
        trace_id=call.trace_id[:100],
        request_id=call.request_id[:50],
    )


@dataclass
class Work:
    """One run. `round` is what reconciling shares; what came, went and was called is put on record as it goes on."""

    lease: Lease
    run: Run
    round: Round
    realm: str
    calls: Calls = field(default_factory=Calls)
    held: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # by kind: cannot go in this run
    came: Counter[str] = field(default_factory=Counter)
    went: Counter[str] = field(default_factory=Counter)

    @property
    def organization(self) -> Organization:
        return self.lease.organization

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.lease.writing():
            yield
            written = self.calls.record(self.run)
            self._count()
        self.calls.forget(written)

    def _count(self) -> None:
        if (self.run.came, self.run.went) != (self.came, self.went):
            self.run.came, self.run.went = dict(self.came), dict(self.went)
            texts = {"came": json.dumps(self.run.came), "went": json.dumps(self.run.went)}
            bulk.change(Run, texts, where={"organization_id": self.organization.pk, "id": self.run.pk})

    def took(self, entity: str, records: Sequence[Record]) -> None:
        """These were news: counted, and named as far as a person would read. Call inside a transaction."""
        room = max(0, NAMED - self.came[entity])
        Taken.objects.bulk_create((self._as_taken(each) for each in records[:room]), ignore_conflicts=True)
        if records:
            self.came[entity] += len(records)

    def _as_taken(self, record: Record) -> Taken:
        known = brief(record.entity, record.raw)
        return Taken(
            organization=self.organization,
            run=self.run,
            entity=record.entity,
            remote_id=record.id,
            name=(known.name or known.code)[:200],
            deleted=record.deleted,
        )

    def progress(self, entity: str, done: int, total: int | None) -> None:
        """Tell the page how far a full pull is. Call inside a transaction."""
        self.run.progress[entity] = [done, total if total is not None else done]
        texts = {"progress": json.dumps(self.run.progress), "counts": json.dumps(self.round.counts)}
        bulk.change(Run, texts, where={"organization_id": self.organization.pk, "id": self.run.pk})


def new_round(connection: Connection, *, now: datetime, run: int | None) -> Round:
    return Round(
        connection.organization,
        now,
        connection.facts,
        run=run,
        realm=connection.realm,
        rehearsal=connection.rehearsal,
    )

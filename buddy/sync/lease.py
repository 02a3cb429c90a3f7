"""One run per company at a time, on any number of workers (R22).

The lease stands on the Connection row. Whoever holds it owns the refresh token, the throttle and the order of
changes; every transaction of a run opens through `Lease.writing`, which makes sure the lease is still ours, and every
call waits for `Lease.assured`, which makes sure that it has not run out.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Condition, Event, Thread

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from buddy.hub import bulk, outbox
from buddy.hub.outbox import Bell, Ring
from buddy.hub.scoping import scope
from buddy.hub.team import Organization
from buddy.sync.models import Connection, ConnectionState


class LeaseLost(Exception):
    """Another worker took the company over. Whatever this run still wanted to write must not be written."""


class Lease:
    """The right to sync one company, until it expires unrenewed."""

    def __init__(
        self,
        organization: Organization,
        owner: str,
        *,
        expires_at: datetime,
        taken_over: bool,
        ring: Ring = Ring.INTERVAL,
        rung_by: int | None = None,
    ) -> None:
        self.organization = organization
        self.owner = owner
        self.expires_at = expires_at
        self.ring, self.rung_by = ring, rung_by  # why it was due, and the user behind it
        self.taken_over = taken_over  # the previous holder never released it: its calls may still be under way (R24)
        self._stop = Event()
        self._beaten = Condition()
        self._beating = False
        self._last_write = 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction in which the lease is certainly ours. Raises LeaseLost, and nothing is written."""
        if database.vendor == "sqlite":
            time.sleep(max(0.0, self._last_write + settings.SYNC_BREATH - time.monotonic()))
        try:
            with transaction.atomic():
                self.hold()
                yield
        finally:
            self._last_write = time.monotonic()

    def hold(self) -> None:
        """Make sure that the lease is ours, and that nobody takes it over before the transaction ends."""
        where = {"organization_id": self.organization.pk, "lease_owner": self.owner}
        if not bulk.holds(Connection, where, kept=True):
            raise LeaseLost(f"organization {self.organization.pk}: the lease is no longer ours")

    def connection(self) -> Connection:
        """The company's row as it is now. Call inside `writing`, where nobody else takes the company over."""
        return Connection.objects.get(organization=self.organization)

    def assured(self) -> None:
        """Return while the lease has not run out, raise LeaseLost when it is lost. For any thread: asks no database.

        A process that slept through its lease (a paused machine, a starved one) waits here until the heart has renewed
        it, or found that somebody else has the company by now.
        """
        with self._beaten:
            self._beaten.wait_for(lambda: self._running() or not self._beating)
            if not self._running():
                raise LeaseLost(f"organization {self.organization.pk}: the lease ran out")

    def _running(self) -> bool:
        return timezone.now() < self.expires_at

    def answer_bell(self) -> bool:
        """Was the bell rung, or has its time come, during this run? Then the next time is set as `acquire` sets it, so
        that a ring from now on makes another run (R22)."""
        now = timezone.now()
        if not outbox.is_rung(self.organization, now=now):
            return False
        with self.writing():
            _quieten(self.organization, now + timedelta(seconds=settings.BUDDY_SYNC_INTERVAL))
        return True

    def renew(self) -> bool:
        """Push the expiry out; False when the lease is no longer ours."""
        expires_at = timezone.now() + _length()
        changed = Connection.objects.filter(organization=self.organization, lease_owner=self.owner).update(
            lease_expires_at=expires_at
        )
        if changed:
            with self._beaten:
                self.expires_at = expires_at
                self._beaten.notify_all()
        return changed == 1

    def release(self) -> None:
        """Let go. Never touches the bell, so that no wake-up is lost."""
        Connection.objects.filter(organization=self.organization, lease_owner=self.owner).update(
            lease_owner="", lease_expires_at=None
        )

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew at a third of the lease, on a thread of its own, while the block runs; release at its end."""
        heart = Thread(target=self._beat, name=f"lease-{self.organization.pk}", daemon=True)
        self._beating = True
        heart.start()
        try:
            yield
        finally:
            self._stop.set()
            heart.join()
            self.release()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(_length().total_seconds() / 3):
                with scope(self.organization):
                    if not self.renew():
                        return
        finally:
            database.close()
            with self._beaten:
                self._beating = False
                self._beaten.notify_all()


def acquire(organization: Organization, *, now: datetime) -> Lease | None:
    """Take the lease if it is due and free or expired; None when it is not ours to take.

    The next due time is set in the same transaction, so that ringing during the run is never lost. Nobody is waited
    for: whoever has the row in a transaction, be it one that froze in it, has the company for now.
    """
    with transaction.atomic():
        # The row is locked before it is judged: a condition over several tables is not checked again after a wait.
        free = Connection.objects.select_for_update(no_key=True, skip_locked=True)
        row = free.filter(organization=organization).first()
        if row is None or not Connection.objects.filter(_free(now), pk=row.pk).exists():
            return None
        ring, rung_by = _quieten(organization, now + timedelta(seconds=settings.BUDDY_SYNC_INTERVAL))
        lease = Lease(
            organization,
            str(uuid.uuid4()),
            expires_at=timezone.now() + _length(),
            taken_over=bool(row.lease_owner),
            ring=ring,
            rung_by=rung_by,
        )
        row.lease_owner, row.lease_expires_at = lease.owner, lease.expires_at
        row.save(update_fields=["lease_owner", "lease_expires_at"])
    return lease


def _quieten(organization: Organization, due_at: datetime) -> tuple[Ring, int | None]:
    """Set the bell to the next time; returns why it had been rung, and by whom."""
    bell = Bell.objects.select_for_update(no_key=True).filter(organization=organization).first()
    values = {"due_at": due_at, "ring": Ring.INTERVAL, "rung_by": None}
    Bell.objects.update_or_create(organization=organization, defaults=values)
    return (Ring(bell.ring), bell.rung_by_id) if bell else (Ring.INTERVAL, None)


def _free(now: datetime) -> Q:
    """Connected, not paused, and either not held and due, or held by someone who stopped renewing."""
    rested = Q(paused_until=None) | Q(paused_until__lte=now)
    due = Q(lease_owner="", organization__bell__due_at__lte=now)
    return Q(state=ConnectionState.CONNECTED) & rested & (due | (~Q(lease_owner="") & Q(lease_expires_at__lte=now)))


def due(now: datetime) -> list[int]:
    """Organizations whose sync is due, longest waiting first. Runs over all of them: call without a scope's filter."""
    rows = Connection.objects.filter(_free(now)).order_by("organization__bell__due_at")
    return list(rows.values_list("organization_id", flat=True))


def _length() -> timedelta:
    return timedelta(seconds=settings.BUDDY_SYNC_LEASE)

"""What the business owes to its books, and the bell that wakes whoever pays it (R22).

A mark says only *that* an object is owed, never what: the sender reads the truth when it sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils import timezone
from django_scopes import ScopedManager

from buddy import jobs
from buddy.hub.team import Organization, User


class Mark(models.Model):
    """This object is owed to the books. At most one waits per object (R12)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "object_id"], name="one_mark_waiting")]


class Ring(models.TextChoices):
    """Why the bell was rung last."""

    INTERVAL = "", "The time had come"
    CHANGE = "change", "Something changed here"
    NEWS = "news", "The books said that something changed there"
    BUTTON = "button", "A person asked for a sync"
    ANSWER = "answer", "A person settled something"
    CONNECTED = "connected", "The books were connected"
    AGAIN = "again", "The last sync failed, or left something to do"


class Bell(models.Model):
    """When the organization's sync is next due. Its own row, so that ringing never waits for a run."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True)
    due_at = models.DateTimeField(db_index=True)
    ring = models.CharField(max_length=10, choices=Ring, default=Ring.INTERVAL, blank=True)
    rung_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)

    objects = ScopedManager(organization="organization")


def mark(
    organization: Organization,
    kind: str,
    object_ids: Iterable[int],
    *,
    by: User | None,
    now: datetime | None = None,
    why: Ring = Ring.CHANGE,
) -> None:
    """These objects changed here and are owed to the books. Call last in the transaction that changed them."""
    at = now or timezone.now()
    rows = [
        Mark(organization=organization, kind=kind, object_id=object_id, marked_at=at, marked_by=by)
        for object_id in object_ids
    ]
    if rows:
        Mark.objects.bulk_create(rows, ignore_conflicts=True)
        ring(organization, why, by=by, now=at)


def ring(
    organization: Organization, why: Ring = Ring.CHANGE, *, by: User | None = None, now: datetime | None = None
) -> None:
    """Make the sync due now and wake a worker. The row is the truth; the wake-up only saves seconds.

    The run tells why it was rung, and by whom; of several rings it tells the last.
    """
    bell = Bell(organization=organization, due_at=now or timezone.now(), ring=why, rung_by=by)
    Bell.objects.bulk_create(
        [bell], update_conflicts=True, unique_fields=["organization"], update_fields=["due_at", "ring", "rung_by"]
    )
    jobs.wake(organization.pk)


def is_rung(organization: Organization, *, now: datetime | None = None) -> bool:
    """Is the sync due: was the bell rung since a run last answered it, or has its time come?"""
    return Bell.objects.filter(organization=organization, due_at__lte=now or timezone.now()).exists()


def forget(organization: Organization, kind: str, object_ids: Iterable[int]) -> None:
    """These are owed no longer."""
    Mark.objects.filter(organization=organization, kind=kind, object_id__in=list(object_ids)).delete()


def waiting(organization: Organization, kind: str, object_ids: Iterable[int]) -> set[int]:
    """Those of these that are owed and not on their way yet; they stay so until the transaction ends."""
    rows = Mark.objects.select_for_update().filter(organization=organization, kind=kind, object_id__in=list(object_ids))
    return set(rows.values_list("object_id", flat=True))

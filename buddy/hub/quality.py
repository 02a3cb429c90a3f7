"""Reviews: what only a person can settle. The Data quality page shows them, most money first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django_scopes import ScopedManager

from buddy.hub import activity
from buddy.hub.errors import Refused
from buddy.hub.team import Organization, User


class ReviewKind(models.TextChoices):
    MATCH = "match", "Match?"
    UNLIKELY = "unlikely", "Unlikely match"
    NEW = "new", "New in QuickBooks"  # nobody here is like it
    DUPLICATE = "duplicate", "Possible duplicate"
    CONFLICT = "conflict", "Conflict"
    DIFFERENCE = "difference", "Different values"  # a first link has no base: both sides differ (R7)
    PROBLEM = "problem", "Sync problem"


MATCHES = (ReviewKind.MATCH, ReviewKind.UNLIKELY, ReviewKind.NEW)  # whose is a customer of the books?


class ReviewStatus(models.TextChoices):
    PENDING = "pending", "To do"
    SETTLED = "settled", "Settled"
    DISMISSED = "dismissed", "Dismissed"
    OVERTAKEN = "overtaken", "No longer needed"  # the reason went away by itself


class Review(models.Model):
    """One question. `key` names its subject, so that the same question is asked once; `data` is what the card shows."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=ReviewKind)
    key = models.CharField(max_length=80)  # "match:Customer:58"
    entity = models.CharField(max_length=20)  # "customer", "product", "invoice"
    object_id = models.BigIntegerField(null=True)  # ours, when there is one
    their_id = models.CharField(max_length=40, blank=True)  # the books' id, when there is one
    title = models.CharField(max_length=500)
    money = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    blocking = models.PositiveIntegerField(default=0)  # how many orders or invoices wait for the answer
    ground = models.CharField(max_length=200, blank=True)  # in words, what alone speaks: nothing is against
    data = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=ReviewStatus, default=ReviewStatus.PENDING)
    created_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True)  # a person wants to see it later; until then, or until it changes
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    decision = models.JSONField(default=dict)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "key"], condition=Q(status="pending"), name="one_open_review_per_question"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "status", "-blocking", "-money", "id"], name="review_queue"),
            models.Index(fields=["organization", "key"], name="review_by_key"),
            models.Index(fields=["organization", "status", "kind", "ground"], name="review_by_ground"),
        ]


@dataclass(frozen=True)
class Question:
    """What a review asks. `data["fingerprint"]` stands for what was compared: while it stays, a "no" stays a no."""

    kind: str
    key: str
    entity: str
    title: str
    object_id: int | None = None
    their_id: str = ""
    money: Decimal = Decimal(0)
    blocking: int = 0
    ground: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> Any:
        return self.data.get("fingerprint")


_ASKED = ("kind", "entity", "title", "object_id", "their_id", "money", "blocking", "ground", "data")


def ask(
    organization: Organization,
    *,
    kind: str,
    key: str,
    entity: str,
    title: str,
    object_id: int | None = None,
    their_id: str = "",
    money: Decimal = Decimal(0),
    blocking: int = 0,
    ground: str = "",
    data: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Ask one question: `ask_all` of one."""
    question = Question(kind, key, entity, title, object_id, their_id, money, blocking, ground, data or {})
    ask_all(organization, [question], now=now)


@transaction.atomic
def ask_all(organization: Organization, questions: Iterable[Question], *, now: datetime) -> None:
    """Put these before a person, each once: one that is open already is brought up to date (and comes back when it was
    put off with another fingerprint), and one that was dismissed with the same is not asked again. A fixed number of
    queries.
    """
    by_key = {question.key: question for question in questions}
    known = Review.objects.filter(organization=organization, key__in=by_key)
    dismissed = {(row.key, row.data.get("fingerprint")) for row in known.filter(status=ReviewStatus.DISMISSED)}
    pending = {row.key: row for row in known.filter(status=ReviewStatus.PENDING)}
    _bring_up_to_date([(row, by_key[key]) for key, row in pending.items()])
    Review.objects.bulk_create(
        [
            Review(organization=organization, created_at=now, **asdict(question))
            for key, question in by_key.items()
            if key not in pending and not (question.fingerprint and (key, question.fingerprint) in dismissed)
        ],
        ignore_conflicts=True,  # somebody asked the same at the same moment
    )


@transaction.atomic
def settle(
    review: Review,
    *,
    decision: Mapping[str, Any],
    by: User | None,
    now: datetime | None = None,
    status: str = ReviewStatus.SETTLED,
) -> Review:
    """A person decided. Refused when somebody else was faster."""
    at = now or timezone.now()
    rows = Review.objects.filter(organization=review.organization_id, pk=review.pk, status=ReviewStatus.PENDING)
    if not rows.update(status=status, decision=dict(decision), settled_by=by, settled_at=at):
        raise Refused("This question was answered already, or is no longer needed. Look at the list again.")
    review.refresh_from_db()
    activity.record(
        review.organization,
        event=f"review.{status}",
        kind="review",
        object_id=review.pk,
        by=by,
        now=at,
        note=review.title,
    )
    return review


@transaction.atomic
def reopen(review: Review, *, by: User | None, now: datetime | None = None) -> Review:
    """Take back a dismissal: the question waits again. Refused when it was answered otherwise, or waits already."""
    waiting = Review.objects.filter(
        organization=review.organization_id, key=review.key, status=ReviewStatus.PENDING
    ).exists()
    rows = Review.objects.filter(organization=review.organization_id, pk=review.pk, status=ReviewStatus.DISMISSED)
    back: dict[str, Any] = {"status": ReviewStatus.PENDING, "decision": {}, "settled_by": None, "settled_at": None}
    if waiting or not rows.update(**back):
        raise Refused("This question cannot be asked again: it is open already, or was answered. Look at the list.")
    review.refresh_from_db()
    activity.record(
        review.organization,
        event="review.reopened",
        kind="review",
        object_id=review.pk,
        by=by,
        now=now or timezone.now(),
        note=review.title,
    )
    return review


def to_do(organization: Organization, *, now: datetime) -> models.QuerySet[Review]:
    """What waits for an answer, but for what a person put off."""
    waiting = Review.objects.filter(organization=organization, status=ReviewStatus.PENDING)
    return waiting.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))


@transaction.atomic
def snooze(review: Review, *, until: datetime, by: User | None, now: datetime | None = None) -> Review:
    """Show this question again at that time, or as soon as what it asks about changes. Refused once it is answered.

    `until` now: it is put off no longer.
    """
    at = now or timezone.now()
    mine = Review.objects.filter(organization=review.organization_id, pk=review.pk, status=ReviewStatus.PENDING)
    if not mine.update(snoozed_until=until):
        raise Refused("This question was answered already, or is no longer needed. Look at the list again.")
    review.refresh_from_db()
    activity.record(
        review.organization,
        event="review.snoozed" if until > at else "review.reopened",
        kind="review",
        object_id=review.pk,
        by=by,
        now=at,
        note=review.title,
    )
    return review


def overtake(organization: Organization, keys: Iterable[str], now: datetime) -> int:
    """The reason for these questions went away by itself; returns how many were open."""
    rows = Review.objects.filter(organization=organization, key__in=set(keys), status=ReviewStatus.PENDING)
    return rows.update(status=ReviewStatus.OVERTAKEN, settled_at=now)


def overtake_about(organization: Organization, entity: str, object_id: int, *, now: datetime) -> None:
    """This object is no more: nothing needs to be settled about it, nor whether it is a duplicate."""
    rows = Review.objects.filter(organization=organization, entity=entity, status=ReviewStatus.PENDING)
    duplicates = rows.filter(kind=ReviewKind.DUPLICATE).only("pk", "data")
    named = [row.pk for row in duplicates if any(pk == object_id for pk, _ in row.data.get("others", ()))]
    rows.filter(Q(object_id=object_id) | Q(pk__in=named)).update(status=ReviewStatus.OVERTAKEN, settled_at=now)


def set_blocking(organization: Organization, waiting: Mapping[str, int]) -> None:
    """How much waits for each open question, by key; for those not named, nothing does. Two queries."""
    rows = Review.objects.filter(organization=organization, status=ReviewStatus.PENDING)
    changed = []
    for row in rows.filter(Q(key__in=waiting) | Q(blocking__gt=0)):
        if row.blocking != waiting.get(row.key, 0):
            if row.blocking < waiting.get(row.key, 0):
                row.snoozed_until = None  # more waits for it than when it was put off
            row.blocking = waiting.get(row.key, 0)
            changed.append(row)
    Review.objects.bulk_update(changed, ["blocking", "snoozed_until"])


def _bring_up_to_date(asked: Sequence[tuple[Review, Question]]) -> None:
    """What was put off stays so while the same was compared: a balance is another every day, a likeness at times."""
    changed = []
    for row, question in asked:
        values = {name: getattr(question, name) for name in _ASKED}
        values["blocking"] = question.blocking or row.blocking  # who asks does not know: `set_blocking` counts it
        if any(getattr(row, name) != value for name, value in values.items()):
            if question.fingerprint is None or question.fingerprint != row.data.get("fingerprint"):
                row.snoozed_until = None
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    Review.objects.bulk_update(changed, [*_ASKED, "snoozed_until"])

"""One answer for many questions: all that are asked for the same reason, with nothing that speaks against.

The answer is a row; a worker works it off question by question, each in a transaction of its own (R28), and takes it
back the same way. Cut off, it goes on with the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from buddy import jobs
from buddy.hub import activity, quality
from buddy.hub.customers import Customer
from buddy.hub.duplicates import Merge, compared
from buddy.hub.errors import Refused
from buddy.hub.quality import MATCHES, Review, ReviewKind
from buddy.hub.team import Organization, User
from buddy.sync import answers, duplicates
from buddy.sync.models import Acceptance, Link

ANSWERED = (*MATCHES, ReviewKind.DUPLICATE)
TURN = timedelta(seconds=5)  # then the company's sync goes first
_WAITS = Q(finished_at=None) | Q(undo_asked_at__isnull=False, undone_at=None)


def alike(organization: Organization, kind: str, ground: str, *, now: datetime) -> QuerySet[Review]:
    """The questions of one kind that are asked for this reason, and that nobody put off."""
    rows = quality.to_do(organization, now=now)
    return rows.filter(kind=kind, ground=ground) if ground and kind in ANSWERED else rows.none()


@transaction.atomic
def accept(organization: Organization, kind: str, ground: str, *, by: User, now: datetime | None = None) -> Acceptance:
    """Link, create or merge all of them, within the next seconds or minutes."""
    at = now or timezone.now()
    rows = alike(organization, kind, ground, now=at)
    newest = rows.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        raise Refused("None of these waits any more. Look at the list again.")
    if Acceptance.objects.filter(_WAITS, organization=organization, kind=kind, ground=ground).exists():
        raise Refused("These are being answered already.")
    made = Acceptance.objects.create(
        organization=organization, kind=kind, ground=ground, by=by, asked_at=at, last_id=newest, total=rows.count()
    )
    note = f"{made.total}, {ground}"
    activity.record(
        organization, event="review.accepted", kind="acceptance", object_id=made.pk, by=by, now=at, note=note
    )
    jobs.wake(organization.pk)
    return made


@transaction.atomic
def take_back(row: Acceptance, *, by: User, now: datetime | None = None) -> None:
    """Undo what came of it, as far as nothing depends on it yet. Customers that were created stay."""
    at = now or timezone.now()
    mine = Acceptance.objects.filter(organization=row.organization_id, pk=row.pk, undo_asked_at=None)
    if row.kind == ReviewKind.NEW or not mine.exclude(finished_at=None).update(undo_asked_at=at):
        raise Refused("This cannot be taken back: it is under way, was taken back already, or created customers.")
    activity.record(
        row.organization, event="review.taken_back", kind="acceptance", object_id=row.pk, by=by, now=at, note=row.ground
    )
    jobs.wake(row.organization_id)


def due() -> list[int]:
    """Organizations in which something is to be worked off. Looks at all of them: call without a scope's filter."""
    return list(Acceptance.objects.filter(_WAITS).values_list("organization_id", flat=True).distinct())


def work_off(organization: Organization, *, turn: timedelta = TURN) -> None:
    """Go on with what people accepted and took back: one question at least, and as many as fit in a turn.

    Each answer rings for a sync, which has its own turn before the next one here.
    """
    ends = timezone.now() + turn
    while _step(organization) and timezone.now() < ends:
        pass


@transaction.atomic
def _step(organization: Organization) -> bool:
    """One question; of two workers each takes another. False when nothing is left."""
    rows = Acceptance.objects.select_for_update().filter(_WAITS, organization=organization)
    row = rows.order_by("pk").first()
    if row is None:
        return False
    if row.finished_at is None:
        _answer_next(row)
    else:
        _take_back_next(row)
    row.save()
    return True


def _answer_next(row: Acceptance) -> None:
    waiting = alike(row.organization, row.kind, row.ground, now=timezone.now())
    review = waiting.filter(pk__gt=row.after, pk__lte=row.last_id).order_by("pk").first()
    if review is None or row.by is None:
        row.finished_at = timezone.now()
        return
    row.after = review.pk
    try:
        if review.kind in MATCHES:
            _ask_again(row, review)
        with transaction.atomic():
            row.items.append([review.pk, _answered(review, by=row.by)])
    except Refused:
        row.refused += 1


def _ask_again(row: Acceptance, review: Review) -> None:
    """Does the reason hold still? What people change here brings no question up to date by itself."""
    answers.ask_again(review)
    if not alike(row.organization, row.kind, row.ground, now=timezone.now()).filter(pk=review.pk).exists():
        raise Refused("It is asked for another reason by now.")
    review.refresh_from_db()


def _answered(review: Review, *, by: User) -> int:
    """What came of it: the customer that was linked or created, or the merge."""
    organization = review.organization
    if review.kind == ReviewKind.DUPLICATE:
        return _merged(review, by=by)
    if review.kind == ReviewKind.NEW:
        return answers.create_here(organization, review.their_id, by=by)
    [candidate] = review.data["candidates"]
    if not Customer.objects.filter(organization=organization, pk=candidate["id"]).exists():
        raise Refused("The customer it was compared with is no more.")
    answers.link_customer(organization, candidate["id"], review.their_id, by=by)
    return int(candidate["id"])


def _merged(review: Review, *, by: User) -> int:
    """The one that QuickBooks knows stays, else the older one; of each field the suggested value."""
    pks = [review.object_id, *(pk for pk, _ in review.data["others"])]
    rows = Customer.objects.filter(organization=review.organization_id, pk__in=pks).order_by("pk")
    linked = Link.objects.filter(organization=review.organization_id, kind="customer", object_id__in=pks)
    known = set(linked.values_list("object_id", flat=True))
    if len(rows) != len(pks):
        raise Refused("One of the two is no more.")
    older, newer = rows
    if review.data["pairs"] != [[older.pk, newer.pk, compared(older, newer)]]:
        raise Refused("One of the two changed since they were compared.")
    survivor, gone = sorted(rows, key=lambda customer: (customer.pk not in known, customer.pk))
    return duplicates.merge(survivor, gone, by=by).pk


def _take_back_next(row: Acceptance) -> None:
    number = row.undone + row.kept
    if number >= len(row.items) or row.by is None:
        row.undone_at = timezone.now()
        return
    review_pk, pk = row.items[-1 - number]
    try:
        with transaction.atomic():
            _undo(row, review_pk, pk, by=row.by)
        row.undone += 1
    except Refused:
        row.kept += 1


def _undo(row: Acceptance, review_pk: int, pk: int, *, by: User) -> None:
    if row.kind == ReviewKind.DUPLICATE:
        merge = Merge.objects.filter(organization=row.organization_id, pk=pk).first()
        if merge is None:
            raise Refused("That merge is no more.")
        duplicates.undo(merge, by=by)
        return
    their_id = Review.objects.get(organization=row.organization_id, pk=review_pk).their_id
    links = Link.objects.filter(organization=row.organization_id, kind="customer", object_id=pk)
    if not links.filter(remote_id=their_id).exists():
        raise Refused("That link is no more, and what a person linked since stays.")
    answers.unlink_customer(Customer.objects.get(organization=row.organization_id, pk=pk), by=by)

"""A person merges two customers of Buddy, or takes that back: their links to QuickBooks follow.

Two that are linked to two QuickBooks customers are merged there first, and `merging` follows by itself (R10).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from buddy.hub import duplicates, outbox
from buddy.hub.customers import Customer
from buddy.hub.duplicates import Merge, Side
from buddy.hub.errors import Refused
from buddy.hub.invoices import Credit, Invoice, Payment
from buddy.hub.quality import MATCHES, Review, ReviewStatus
from buddy.hub.team import Organization, User
from buddy.sync import mirror
from buddy.sync.models import ItemState, Link, LinkState, Remote, SendingItem, Trouble, Waiting

_DOCUMENTS: dict[str, tuple[str, type[Invoice | Payment | Credit]]] = {
    "Invoice": ("invoice", Invoice),
    "Payment": ("payment", Payment),
    "CreditMemo": ("credit", Credit),
}


@transaction.atomic
def merge(
    survivor: Customer,
    gone: Customer,
    choices: Mapping[str, Side] | None = None,
    *,
    by: User,
    now: datetime | None = None,
) -> Merge:
    """Make `gone` part of `survivor`, with its link. Refused when both are linked, or something of it is being sent."""
    organization = survivor.organization
    if why := obstacle(survivor, gone):
        raise Refused(why)
    links = _links(organization, survivor.pk, gone.pk)
    made = duplicates.merge(survivor, gone, choices, by=by, now=now)
    for link in links.values():
        if link.state == LinkState.GONE:
            link.delete()
    moved = links.get(gone.pk)
    if moved and moved.state != LinkState.GONE:
        Link.objects.filter(pk=moved.pk, organization=organization).update(object_id=survivor.pk)
        made.aside = {"link": moved.pk}
        made.save(update_fields=["aside"])
    Trouble.objects.filter(organization=organization, kind="customer", object_id=gone.pk).delete()
    _compare_again(organization, {survivor.pk, gone.pk})
    return made


@transaction.atomic
def undo(merge: Merge, *, by: User, now: datetime | None = None) -> Customer:
    """Take a merge back, and the link with it. Refused once QuickBooks heard of something that rests on it."""
    at = now or timezone.now()
    if why := obstacle_to_undo(merge):
        raise Refused(why)
    gone = duplicates.undo(merge, by=by, now=at)
    organization = merge.organization
    link = Link.objects.filter(
        organization=organization, pk=merge.aside.get("link"), kind="customer", object_id=merge.survivor_id
    ).first()
    if link:
        Link.objects.filter(organization=organization, pk=link.pk).update(object_id=gone.pk)
        _give_back_documents(organization, link.remote_id, merge.survivor_id, gone)
        outbox.forget(organization, "customer", [merge.survivor_id])
    linked = list(_links(organization, merge.survivor_id, gone.pk))
    outbox.mark(organization, "customer", linked, by=by, now=at)
    _compare_again(organization, {merge.survivor_id, gone.pk})
    return gone


def obstacle(survivor: Customer, gone: Customer) -> str:
    """Why these two cannot be merged here, in words; "" when they can."""
    links = _links(survivor.organization, survivor.pk, gone.pk)
    live = [link for link in links.values() if link.state != LinkState.GONE]
    if len(live) == 2:
        return (
            f"Both are customers in QuickBooks: {survivor} is number {links[survivor.pk].remote_id} there, "
            f"{gone} number {links[gone.pk].remote_id}. Merge the two in QuickBooks first: give one exactly the name "
            "of the other, and say yes when QuickBooks asks to merge them. Buddy follows by itself."
        )
    if _being_sent(survivor.organization, "customer", [survivor.pk, gone.pk]).exists():
        return "A change of one of the two is on its way to QuickBooks. Try again in a moment."
    return ""


def obstacle_to_undo(merge: Merge) -> str:
    """Why this merge cannot be undone, in words; "" when it can."""
    if why := duplicates.obstacle(merge):
        return why
    organization = merge.organization
    if _being_sent(organization, "customer", [merge.survivor_id]).exists():
        return "A change of this customer is on its way to QuickBooks. Try again in a moment."
    sent = SendingItem.objects.filter(
        organization=organization,
        kind="invoice",
        object_id__in=merge.moved["invoices"],
        operation="create",
        sending__frozen_at__gte=merge.at,
    ).exclude(state=ItemState.REJECTED)
    if item := sent.first():
        invoice = Invoice.objects.get(organization=organization, pk=item.object_id)
        return f"Invoice {invoice} was sent to QuickBooks for the merged customer since, so the two stay one."
    return ""


def _links(organization: Organization, *customer_ids: int) -> dict[int, Link]:
    rows = Link.objects.filter(organization=organization, kind="customer", object_id__in=customer_ids)
    return {link.object_id: link for link in rows}


def _being_sent(organization: Organization, kind: str, ids: list[int]) -> models.QuerySet[SendingItem]:
    return SendingItem.objects.filter(organization=organization, kind=kind, object_id__in=ids, state=ItemState.OPEN)


def _compare_again(organization: Organization, customer_ids: set[int]) -> None:
    """QuickBooks customers that wait for a person because of one of these may be clear now."""
    rows = Review.objects.filter(organization=organization, kind__in=MATCHES, status=ReviewStatus.PENDING)
    again = [
        review.their_id
        for review in rows.only("their_id", "data").iterator()
        if customer_ids & {candidate["id"] for candidate in review.data.get("candidates", ())}
    ]
    mirror.set_waiting(organization, "Customer", again, Waiting.TURN)
    outbox.ring(organization)


def _give_back_documents(organization: Organization, remote_id: str, survivor_id: int, gone: Customer) -> None:
    """What QuickBooks holds under that customer, or its projects (R8), came for the one that is back."""
    below = Remote.objects.filter(organization=organization, entity="Customer", owner_id=remote_id)
    linked = Link.objects.filter(organization=organization, entity="Customer").values("remote_id")
    projects = below.exclude(remote_id__in=linked).values_list("remote_id", flat=True)
    owners = [remote_id, *projects]
    for entity, (kind, model) in _DOCUMENTS.items():
        theirs = Remote.objects.filter(organization=organization, entity=entity, owner_id__in=owners)
        ours = Link.objects.filter(organization=organization, kind=kind, remote_id__in=theirs.values("remote_id"))
        rows = model.objects.filter(organization=organization, customer=survivor_id)
        rows.filter(pk__in=ours.values("object_id")).update(customer=gone)

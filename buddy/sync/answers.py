"""What a person decided about records of both sides: link, create, not the same, which value, send again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from buddy.hub import activity, invoices, outbox, quality
from buddy.hub import customers as our_customers
from buddy.hub import products as our_products
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.outbox import Ring
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization, User
from buddy.quickbooks.records import Record
from buddy.sync import closing, mirror
from buddy.sync.mapping import BY_KIND
from buddy.sync.models import (
    Connection,
    ItemState,
    ItemWish,
    Link,
    LinkState,
    Remote,
    Run,
    SendingItem,
    Trouble,
    Waiting,
)
from buddy.sync.reconcile import Round, customers, documents, products
from buddy.sync.reconcile.sides import Sides
from buddy.sync.round import name_key

type Sent = Customer | Product | Invoice

AT_ONCE = 200  # invoices that get another date in one transaction

_KIND: dict[type[Sent], str] = {Customer: "customer", Product: "product", Invoice: "invoice"}


# --- Customers -------------------------------------------------------------------------------------------------------


@transaction.atomic
def link_customer(
    organization: Organization, customer_id: int, remote_id: str, *, by: User, now: datetime | None = None
) -> None:
    """These two are the same. What waited for it is carried over at once (R2). Refused when either is taken."""
    _link_customer(_round(organization, now), customer_id, _record(organization, "Customer", remote_id), by=by)


def _link_customer(round: Round, customer_id: int, record: Record, *, by: User) -> None:
    organization, remote_id = round.organization, record.id
    row = Customer.objects.select_for_update().get(organization=organization, pk=customer_id)
    _check_free(organization, "customer", row.pk, "Customer", remote_id)
    customers.link_certain(round, {remote_id: (row.pk, f"by {by}")}, {remote_id: record})
    _carried(round, "Customer", remote_id, by)
    _remember(organization, "customer.linked", "customer", row.pk, by, round.now, remote_id)
    _clear(organization, "customer", row.pk, by)


@transaction.atomic
def reactivate_and_link(
    organization: Organization, customer_id: int, remote_id: str, *, by: User, now: datetime | None = None
) -> None:
    """These two are the same, and the one there is inactive: it is owed to QuickBooks to be active again."""
    record = _record(organization, "Customer", remote_id)
    as_wanted = replace(record, raw=msgspec.json.encode({**record.body, "Active": True}))
    _link_customer(_round(organization, now), customer_id, as_wanted, by=by)
    link = Link.objects.get(organization=organization, entity="Customer", remote_id=remote_id)
    link.ours, link.theirs = {**(link.ours or {}), "active": False}, {**(link.theirs or {}), "active": False}
    link.save(update_fields=["ours", "theirs"])
    outbox.mark(organization, "customer", [customer_id], by=by, now=now, why=Ring.ANSWER)


@transaction.atomic
def rename(review: Review, name: str, *, by: User, now: datetime | None = None) -> None:
    """The name is taken there, so this one goes out under another, and has it here too."""
    if not review.key.startswith("name:") or review.object_id is None:
        raise Refused("This question is not about a name.")
    if name.strip().casefold() == review.title.casefold():
        raise Refused("This is the name that is taken. Choose another one.")
    mine = {"organization": review.organization_id, "pk": review.object_id}
    if review.entity == "customer":
        our_customers.change(Customer.objects.get(**mine), {"display_name": name}, by=by, now=now)
    else:
        our_products.change(Product.objects.get(**mine), {"name": name}, by=by, now=now)
    _clear(review.organization, review.entity, review.object_id, by)
    quality.settle(review, decision={"name": name}, by=by, now=now)


@transaction.atomic
def ask_again(review: Review, *, now: datetime | None = None) -> None:
    """Whose is this QuickBooks customer, by what both sides hold now? Refused when it is no more."""
    record = _record(review.organization, "Customer", review.their_id)
    customers.ask_whose(_round(review.organization, now), record)


@transaction.atomic
def create_here(organization: Organization, remote_id: str, *, by: User, now: datetime | None = None) -> int:
    """This QuickBooks customer is none of ours: make one. Returns its id."""
    round = _round(organization, now)
    record = _record(organization, "Customer", remote_id)
    if Link.objects.filter(organization=organization, entity="Customer", remote_id=remote_id).exists():
        raise Refused("This QuickBooks customer is linked already. Look at the list again.")
    customers.create_here(round, remote_id, record)
    _carried(round, "Customer", remote_id, by)
    pk = Link.objects.get(organization=organization, entity="Customer", remote_id=remote_id).object_id
    _remember(organization, "customer.linked", "customer", pk, by, round.now, remote_id)
    return pk


@transaction.atomic
def send_customer(customer: Customer, *, by: User, now: datetime | None = None) -> None:
    """Create this customer in QuickBooks, or send what changed of it."""
    now = now or timezone.now()
    Trouble.objects.filter(organization=customer.organization_id, kind="customer", object_id=customer.pk).delete()
    outbox.mark(customer.organization, "customer", [customer.pk], by=by, now=now, why=Ring.ANSWER)


@transaction.atomic
def unlink_customer(customer: Customer, *, by: User, now: datetime | None = None) -> None:
    """These two are not the same after all. The QuickBooks one is asked about anew; documents stay where they are."""
    now = now or timezone.now()
    link = Link.objects.filter(organization=customer.organization_id, kind="customer", object_id=customer.pk).first()
    if link is None:
        raise Refused("This customer is not linked to QuickBooks.")
    if SendingItem.objects.filter(
        organization=customer.organization_id, kind="customer", object_id=customer.pk, state=ItemState.OPEN
    ).exists():
        raise Refused("A change is on its way to QuickBooks. Wait a moment, then remove the link.")
    link.delete()
    outbox.forget(customer.organization, "customer", [customer.pk])
    mirror.set_waiting(customer.organization, "Customer", [link.remote_id], Waiting.PERSON)
    record = mirror.records(customer.organization, "Customer", [link.remote_id]).get(link.remote_id)
    if record is not None and not record.deleted:
        customers.ask_whose(_round(customer.organization, now), record)
    _remember(customer.organization, "customer.unlinked", "customer", customer.pk, by, now, link.remote_id)


def dismiss(review: Review, *, by: User, now: datetime | None = None) -> None:
    """Not the same, or not to be settled here: the question is closed, and stays closed while nothing changes."""
    quality.settle(review, decision={"answer": "dismissed"}, by=by, now=now, status=ReviewStatus.DISMISSED)


def settle_difference(review: Review, chosen: Mapping[str, str], *, by: User, now: datetime | None = None) -> None:
    """For each field, whose value holds: "ours" goes to QuickBooks, "theirs" comes here.

    Refused when a value is another by now than the one that was shown: nobody loses what he has not seen (R6).
    """
    if review.kind not in (ReviewKind.DIFFERENCE, ReviewKind.CONFLICT):
        raise Refused("This question has no values to choose from.")
    with transaction.atomic():
        settled = _settle(review, chosen, by=by, round=_round(review.organization, now))
    if not settled:
        raise Refused("A value changed since it was shown here. Look at both sides again, then choose.")


def _settle(review: Review, chosen: Mapping[str, str], *, by: User, round: Round) -> bool:
    """False, and the question brought up to date, when what it shows is not what the sides hold."""
    mapping, link = BY_KIND[review.entity], _link_of(review)
    record = _record(review.organization, mapping.entity, link.remote_id)
    sides = Sides(round, mapping, [link.object_id], [record])
    row = sides.objects[link.object_id]
    ours, theirs = sides.ours(row), mapping.theirs(record.body)
    if _brought_up_to_date(review, ours, theirs):
        return False
    taken = {name: theirs[name] for name, whose in chosen.items() if whose == "theirs"}
    kept = [name for name, whose in chosen.items() if whose == "ours"]
    sides.write_here([(row, taken)] if taken else [])
    link.ours = {**{name: value for name, value in (link.ours or {}).items() if name not in kept}, **taken}
    link.theirs = {**(link.theirs or {}), **{name: theirs[name] for name in chosen}}
    link.state = LinkState.AGREED
    link.save(update_fields=["ours", "theirs", "state"])
    if any(ours[name] != theirs[name] for name in kept):
        outbox.mark(review.organization, review.entity, [link.object_id], by=by, now=round.now, why=Ring.ANSWER)
    quality.settle(review, decision={"chosen": dict(chosen)}, by=by, now=round.now)
    return True


def _link_of(review: Review) -> Link:
    link = Link.objects.filter(
        organization=review.organization, kind=review.entity, object_id=review.object_id or 0
    ).first()
    if link is None or not link.ours or not link.theirs:
        raise Refused("The two are not linked any more, so there is nothing to settle. Look at the list again.")
    return link


def _brought_up_to_date(review: Review, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Had a value moved on since the question was asked? Then it shows the present ones now."""
    fields = [{**each, "ours": ours[each["name"]], "theirs": theirs[each["name"]]} for each in review.data["fields"]]
    moved = review.status == ReviewStatus.PENDING and fields != review.data["fields"]
    if moved:
        review.data = {**review.data, "fields": fields}
        review.save(update_fields=["data"])
    return moved


# --- Products --------------------------------------------------------------------------------------------------------


@transaction.atomic
def link_product(product: Product, remote_id: str, *, by: User, now: datetime | None = None) -> None:
    """This item is that product. Replaces an earlier link of the product, so that a wrong choice can be mended."""
    org = product.organization
    round = _round(org, now)
    record = _record(org, "Item", remote_id)
    Link.objects.filter(organization=org, kind="product", object_id=product.pk).exclude(remote_id=remote_id).delete()
    _check_free(org, "product", product.pk, "Item", remote_id)
    products.link(round, {remote_id: (product.pk, f"by {by}")}, {remote_id: record})
    mirror.set_waiting(org, "Item", [remote_id], Waiting.NO)
    _remember(org, "product.linked", "product", product.pk, by, round.now, remote_id)
    quality.overtake(org, [name_key("product", product.pk)], now=round.now)
    _clear(org, "product", product.pk, by)


@transaction.atomic
def create_item(product: Product, account_id: str, *, by: User, now: datetime | None = None) -> None:
    """Create this product as an item in QuickBooks, booked to that income account."""
    org = product.organization
    if not Remote.objects.filter(organization=org, entity="Account", remote_id=account_id, active=True).exists():
        raise Refused("Choose one of the income accounts of QuickBooks.")
    ItemWish.objects.update_or_create(organization=org, product=product, defaults={"account_id": account_id})
    outbox.mark(org, "product", [product.pk], by=by, now=now, why=Ring.ANSWER)


# --- Again, or not at all --------------------------------------------------------------------------------------------


@transaction.atomic
def retry(row: Sent, *, by: User, now: datetime | None = None) -> None:
    """The cause is put right: send it again."""
    kind = _KIND[type(row)]
    closing.look_again(row.organization)
    Trouble.objects.filter(organization=row.organization_id, kind=kind, object_id=row.pk).delete()
    outbox.mark(row.organization, kind, [row.pk], by=by, now=now, why=Ring.ANSWER)


@transaction.atomic
def retry_all(organization: Organization, cause: str, *, by: User, now: datetime | None = None) -> int:
    """What one cause held up, sent again; returns how many. A fixed number of queries."""
    return _send_again(organization, Trouble.objects.filter(organization=organization, cause=cause), by=by, now=now)


@transaction.atomic
def retry_run(run: Run, *, by: User, now: datetime | None = None) -> int:
    """What QuickBooks refused in this run and still is in trouble, sent again; returns how many."""
    return _send_again(run.organization, troubles_of(run), by=by, now=now)


def troubles_of(run: Run) -> QuerySet[Trouble]:
    """What QuickBooks refused in this run and is not settled since."""
    refused = SendingItem.objects.filter(organization=run.organization_id, sending__run=run, state=ItemState.REJECTED)
    refused = refused.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id"))
    return Trouble.objects.filter(Exists(refused), organization=run.organization_id)


def _send_again(organization: Organization, rows: QuerySet[Trouble], *, by: User, now: datetime | None) -> int:
    held: dict[str, list[int]] = {}
    closing.look_again(organization)
    for kind, object_id in rows.values_list("kind", "object_id"):
        held.setdefault(kind, []).append(object_id)
    rows.delete()
    for kind, object_ids in held.items():
        outbox.mark(organization, kind, object_ids, by=by, now=now, why=Ring.ANSWER)
    return sum(map(len, held.values()))


@transaction.atomic
def date_open(invoice: Invoice, *, by: User, now: datetime | None = None) -> None:
    """Date an invoice that waits for closed books on the first open day, and send it."""
    round = _round(invoice.organization, now)
    _check_not_there(invoice)
    day = closing.open_day(round.facts, invoice.invoice_date)
    if day != invoice.invoice_date:
        invoices.redate(invoice.organization, [invoice], day, by=by, now=round.now)
    retry(invoice, by=by, now=now)


def date_all_open(organization: Organization, cause: str, *, by: User, now: datetime | None = None) -> int:
    """All invoices that one closing holds up, dated on the first open day and sent; returns how many."""
    at, moved = now or timezone.now(), 0
    held = Trouble.objects.filter(organization=organization, cause=cause, kind="invoice").order_by("pk")
    while some := list(held.values_list("object_id", flat=True)[:AT_ONCE]):
        with transaction.atomic():  # short ones, for the web writes too (R28)
            rows = Invoice.objects.filter(organization=organization, pk__in=some).select_related("terms")
            facts = _round(organization, at).facts
            mine = Trouble.objects.filter(organization=organization, kind="invoice", object_id__in=some)
            waiting = [row for row in rows if closing.is_closed(facts, row.invoice_date)]
            if waiting:
                day = closing.open_day(facts, waiting[0].invoice_date)
                invoices.redate(organization, waiting, day, by=by, now=at)
            moved += _send_again(organization, mine, by=by, now=at)
    return moved


@transaction.atomic
def discard(invoice: Invoice, *, by: User, now: datetime | None = None) -> None:
    """Give up an invoice that QuickBooks refused; its orders can be invoiced again (R15).

    Refused while it may exist there: linked, or a request without an answer.
    """
    last = _check_not_there(invoice)
    if last is not None and last.state != ItemState.REJECTED and last.code not in closing.CODES:
        raise Refused("The invoice is about to be sent again. Wait until that is settled.")
    invoices.discard(invoice, by=by, now=now)
    outbox.forget(invoice.organization, "invoice", [invoice.pk])
    _clear(invoice.organization, "invoice", invoice.pk, by)


def _check_not_there(invoice: Invoice) -> SendingItem | None:
    """Certainly not in QuickBooks, nor on its way; what became of the last request."""
    items = SendingItem.objects.filter(organization=invoice.organization_id, kind="invoice", object_id=invoice.pk)
    if Link.objects.filter(organization=invoice.organization_id, kind="invoice", object_id=invoice.pk).exists():
        raise Refused("This invoice is in QuickBooks. Void or delete it there, and Buddy follows.")
    if items.filter(state=ItemState.OPEN).exists():
        raise Refused("The invoice is on its way to QuickBooks. Wait until that is settled.")
    return items.order_by("-pk").first()


# --- Shared ----------------------------------------------------------------------------------------------------------


def _round(organization: Organization, now: datetime | None) -> Round:
    row = Connection.objects.filter(organization=organization).first()
    if row is None:
        raise Refused("QuickBooks is not connected. Connect it under Settings, Integrations.")
    return Round(organization, now or timezone.now(), row.facts, realm=row.realm)


def _record(organization: Organization, entity: str, remote_id: str) -> Record:
    found = mirror.records(organization, entity, [remote_id]).get(remote_id)
    if found is None or found.deleted:
        raise Refused("That record is not in QuickBooks any more. Press Sync now, then choose again.")
    return found


def _check_free(organization: Organization, kind: str, object_id: int, entity: str, remote_id: str) -> None:
    mine = Link.objects.filter(organization=organization, kind=kind, object_id=object_id)
    if mine.exists():
        raise Refused(f"This {kind} is linked to QuickBooks already. Remove that link first.")
    if Link.objects.filter(organization=organization, entity=entity, remote_id=remote_id).exists():
        raise Refused(f"That QuickBooks record is linked to another {kind} already.")


def _carried(round: Round, entity: str, remote_id: str, by: User) -> None:
    mirror.set_waiting(round.organization, entity, [remote_id], Waiting.NO)
    documents.release_children(round)
    documents.free(round)
    outbox.ring(round.organization, Ring.ANSWER, by=by, now=round.now)  # what waited for this link can go now


def _clear(organization: Organization, kind: str, object_id: int, by: User) -> None:
    """It is put right: its trouble is over, and so is that of what waited for it."""
    mine = Q(kind=kind, object_id=object_id) | Q(cause=f"{kind}:{object_id}")
    Trouble.objects.filter(mine, organization=organization).delete()
    outbox.ring(organization, Ring.ANSWER, by=by)


def _remember(
    organization: Organization, event: str, kind: str, object_id: int, by: User, now: datetime, remote_id: str
) -> None:
    activity.record(
        organization, event=event, kind=kind, object_id=object_id, by=by, now=now, note=f"QuickBooks ID {remote_id}"
    )

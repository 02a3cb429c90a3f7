"""Orders → invoices: what can be invoiced, why not and what fixes it, and making them (R16–R21).

plans      what the dialog shows
facts      what a look at orders asks of the database
newcomers  customers and products that go out with the invoice, or stand in its way
obstacles  why an order cannot be invoiced yet
comparing  the total predicted, and the one QuickBooks answered
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from buddy.hub import invoices, orders, outbox
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice, InvoiceDraft
from buddy.hub.orders import SalesOrder
from buddy.hub.team import Organization, User
from buddy.sync import closing
from buddy.sync.invoicing.comparing import Comparison, compare
from buddy.sync.invoicing.facts import Facts
from buddy.sync.invoicing.obstacles import obstacle
from buddy.sync.invoicing.plans import Blocked, New, Planned, Preflight
from buddy.sync.models import Connection, ItemWish, Remote


def preflight(
    organization: Organization,
    order_ids: Sequence[int],
    *,
    combine: bool,
    invoice_date: date,
    only_shipped: bool = False,
    now: datetime | None = None,  # noqa: ARG001 part of the shape every verb has
) -> Preflight:
    """Look at these orders as they are: a fixed number of queries, nothing written.

    `only_shipped`: of each line what has left and stands on no invoice, instead of all that stands on none (R16).
    """
    facts = Facts(organization, order_ids, invoice_date, only_shipped=only_shipped)
    blocked = [found for order in facts.orders if (found := obstacle(facts, order))]
    stopped = {each.order.pk for each in blocked}
    groups = _groups([order for order in facts.orders if order.pk not in stopped], combine=combine)
    ready = [facts.plan(group) for group in groups]
    if facts.numbers_here:
        following = organization.last_invoice_number + 1
        ready = [
            replace(each, number=f"{organization.invoice_prefix}{following + index}")
            for index, each in enumerate(ready)
        ]
    return Preflight(ready, blocked, _happens(facts, ready, blocked) if ready else [])


@transaction.atomic
def create(
    organization: Organization,
    order_ids: Sequence[int],
    *,
    combine: bool,
    invoice_date: date,
    by: User,
    only_shipped: bool = False,
    creating: Collection[str] = (),
    account_id: str = "",
    now: datetime | None = None,
) -> list[Invoice]:
    """Make the invoices that preflight calls ready, in Buddy at once; they are owed to QuickBooks.

    `creating`: the keys of the customers and products the person saw would be created there too, new items booked to
    `account_id` (R21). They are owed as well and go first, in the same run (R12).
    Raises Refused when none is ready, when more would be created than was seen, or when an order was invoiced by
    someone else meanwhile.
    """
    now = now or timezone.now()
    orders.lock(organization, order_ids)
    plan = preflight(organization, order_ids, combine=combine, invoice_date=invoice_date, only_shipped=only_shipped)
    if not plan.ready:
        why = plan.blocked[0].reason if plan.blocked else "No order was chosen."
        raise Refused(f"Nothing was invoiced. {why}")
    own_numbers = _facts_of(organization).get("custom_numbers")
    numbers = invoices.allocate(organization, len(plan.ready)) if own_numbers else [""] * len(plan.ready)
    _owe(organization, plan, creating, account_id, by=by, now=now)
    drafts = [_draft(each, number, only_shipped=only_shipped) for each, number in zip(plan.ready, numbers, strict=True)]
    return invoices.create_from_orders(organization, drafts, by=by, now=now)


def _owe(
    organization: Organization, plan: Preflight, seen: Collection[str], account_id: str, *, by: User, now: datetime
) -> None:
    """What the invoices need goes out with them, as far as a person has seen it."""
    unseen = next((new for new in plan.creates if new.key not in seen), None)
    if unseen:
        raise Refused(f"“{unseen.name}” would be created in QuickBooks too. Look at what happens, then press again.")
    customers = [new.pk for new in plan.creates if new.kind == "customer"]
    products = [new.pk for new in plan.creates if new.kind == "product"]
    accounts = Remote.objects.filter(organization=organization, entity="Account", remote_id=account_id, active=True)
    if products and not accounts.exists():
        raise Refused("Choose the income account that new items are booked to.")
    wishes = [ItemWish(organization=organization, product_id=pk, account_id=account_id) for pk in products]
    ItemWish.objects.bulk_create(wishes, ignore_conflicts=True)  # somebody else wished the same at the same moment
    outbox.mark(organization, "customer", customers, by=by, now=now)
    outbox.mark(organization, "product", products, by=by, now=now)


def _draft(planned: Planned, number: str, *, only_shipped: bool) -> InvoiceDraft:
    return InvoiceDraft(
        customer=planned.customer,
        orders=planned.orders,
        only_shipped=only_shipped,
        invoice_date=planned.invoice_date,
        due_date=planned.due_date,
        terms=planned.terms,
        po_number=planned.po_number,
        ship_to=planned.orders[0].ship_to,
        number=number,
    )


def _groups(ready: Sequence[SalesOrder], *, combine: bool) -> list[list[SalesOrder]]:
    """One invoice per order, or one per customer, ship-to, terms and currency (R18)."""
    if not combine:
        return [[order] for order in ready]
    groups: dict[tuple[object, ...], list[SalesOrder]] = {}
    for order in ready:
        terms = order.terms_id or order.customer.terms_id
        groups.setdefault((order.customer_id, order.ship_to, terms, order.currency), []).append(order)
    return list(groups.values())


def _facts_of(organization: Organization) -> Mapping[str, object]:
    row = Connection.objects.filter(organization=organization).first()
    return row.facts if row else {}


def _happens(facts: Facts, ready: Sequence[Planned], blocked: Sequence[Blocked]) -> list[str]:
    """The consequences, as the dialog lists them, what stays untouched included."""
    count, some = len(ready), "invoice appears" if len(ready) == 1 else "invoices appear"
    reach = "reaches" if count == 1 else "reach"
    numbered = f", numbered {ready[0].number} to {ready[-1].number}," if facts.numbers_here and count > 1 else ""
    if facts.numbers_here and count == 1:
        numbered = f", numbered {ready[0].number},"
    told = [f"{count} {some} in Buddy now{numbered} and {reach} QuickBooks within about a minute."]
    told += _of_closed_books(facts, count)
    if any(each.creates for each in ready):
        told.append("What is not in QuickBooks yet is created there first, then the invoice.")
    if not facts.numbers_here:
        told.append("QuickBooks gives the numbers; Buddy shows them as soon as it knows them.")
    po = (facts.company.get("po_field") or {}).get("name")
    if any(each.po_number for each in ready):
        told.append(
            f"The PO number goes into the QuickBooks field “{po}”."
            if po
            else "The PO number goes into the message on the invoice."
        )
    if facts.company.get("tax") not in ("off", None):
        told.append("QuickBooks works out the sales tax; the totals shown here are before tax.")
    if rounded := sum(1 for each in ready if each.rounding):
        told.append(
            f"{rounded} of them {'finishes an order' if rounded == 1 else 'finish orders'} invoiced in parts: rounded "
            "line by line, the parts differ from the order by a cent or so."
        )
    told.append("Each total is compared with the one QuickBooks answers; a difference is shown on the invoice.")
    if blocked:
        others = (
            "The other order stays as it is."
            if len(blocked) == 1
            else f"The other {len(blocked)} orders stay as they are."
        )
        told.append(others)
    return told


def _of_closed_books(facts: Facts, count: int) -> list[str]:
    said, plural = closing.words(facts.company), count > 1
    if facts.date != facts.wanted:
        day = f"{facts.date:%b} {facts.date.day}, {facts.date.year}"
        return [f"{said} So {'they are' if plural else 'it is'} dated {day}, the first open day."]
    if closing.is_closed(facts.company, facts.date):
        return [f"{said} So {'they wait' if plural else 'it waits'} in Buddy until the books are open again."]
    return []


__all__ = ["Blocked", "Comparison", "New", "Planned", "Preflight", "compare", "create", "preflight"]

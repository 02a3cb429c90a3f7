"""Orders become invoices: in one transaction, each quantity at most once, however many people press the button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, orders, outbox
from buddy.hub.address import Address
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices.tables import Invoice, InvoiceLine, LineKind
from buddy.hub.money import line_amount
from buddy.hub.orders import INVOICEABLE_STATUSES, OrderLine, SalesOrder
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """One invoice to be. `quantities` says per order line how much of it; without it, all that remains, or with
    `only_shipped` what of it was shipped."""

    customer: Customer
    orders: Sequence[SalesOrder]
    invoice_date: date
    due_date: date
    quantities: Mapping[int, Decimal] | None = None
    only_shipped: bool = False
    terms: PaymentTerm | None = None
    po_number: str = ""
    ship_to: Address = field(default_factory=Address)
    number: str = ""


type _Drawn = tuple[Invoice, list[InvoiceLine]]


@transaction.atomic
def create_from_orders(
    organization: Organization, groups: Sequence[InvoiceDraft], *, by: User | None, now: datetime | None = None
) -> list[Invoice]:
    """Make one invoice of each group, and owe them to the books. All or none.

    The orders are locked and read again, so that two confirmations at one time make one invoice (R16). Refused, naming
    the order, when it was invoiced, changed or cancelled meanwhile.
    """
    at = now or timezone.now()
    current = orders.lock(organization, (order.pk for group in groups for order in group.orders))
    left, shipped = orders.remaining(current), orders.unbilled(current)
    lines = _lines_by_order(current)
    drawn = [
        _draw(organization, group, current, lines, left, shipped if group.only_shipped else group.quantities, now=at)
        for group in groups
    ]
    invoices = Invoice.objects.bulk_create([invoice for invoice, _ in drawn])
    InvoiceLine.objects.bulk_create([line for _, its_lines in drawn for line in its_lines])
    orders.recount(organization, current)
    _record(organization, groups, invoices, by=by, now=at)
    outbox.mark(organization, "invoice", [invoice.pk for invoice in invoices], by=by, now=at)
    return invoices


def _lines_by_order(order_ids: Iterable[int]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    for line in OrderLine.objects.filter(order__in=found).select_related("product"):
        found[line.order_id].append(line)
    return found


def _draw(
    organization: Organization,
    draft: InvoiceDraft,
    current: Mapping[int, SalesOrder],
    lines: Mapping[int, Sequence[OrderLine]],
    left: dict[int, Decimal],
    quantities: Mapping[int, Decimal] | None,
    *,
    now: datetime,
) -> _Drawn:
    """One invoice with its lines, not saved. What it takes is taken from `left`."""
    invoice = Invoice(
        organization=organization,
        number=draft.number,
        made_from=_named_by(draft.orders),
        customer=draft.customer,
        invoice_date=draft.invoice_date,
        due_date=draft.due_date,
        terms=draft.terms,
        currency=draft.customer.currency,
        po_number=draft.po_number,
        billing_address=draft.customer.billing_address,
        ship_to=draft.ship_to,
        created_at=now,
    )
    drawn: list[InvoiceLine] = []
    for given in draft.orders:
        order = _checked(given, current.get(given.pk), draft.customer)
        taken = _taken(order, lines[order.pk], quantities, left)
        heading = _heading(order) if len(draft.orders) > 1 else ""
        drawn += [_line(invoice, line, quantity, heading) for line, quantity in taken]
    for position, line in enumerate(drawn, 1):
        line.position = position
    total = sum((line.amount for line in drawn), Decimal("0.00"))
    invoice.subtotal = invoice.total = invoice.balance = invoice.predicted_total = total  # before tax (R20)
    return invoice, drawn


def _named_by(made_from: Sequence[SalesOrder]) -> str:
    """What an invoice is called before it has a number: `SO-1001`, `SO-1001 and 2 more` (R17)."""
    more = f" and {len(made_from) - 1} more" if len(made_from) > 1 else ""
    return f"{made_from[0].number}{more}" if made_from else ""


def _checked(given: SalesOrder, order: SalesOrder | None, customer: Customer) -> SalesOrder:
    if order is None:
        raise Refused(f"{given} is not there any more. Look at the list of orders again.")
    if order.status not in INVOICEABLE_STATUSES:
        label = orders.OrderStatus(order.status).label
        raise Refused(f"{order} is {label}, so it cannot be invoiced. Confirm the order first.")
    if order.customer_id != customer.pk or order.currency != customer.currency:
        raise Refused(f"{order} is not for {customer} in {customer.currency}. Invoice this order by itself.")
    return order


def _taken(
    order: SalesOrder,
    lines: Iterable[OrderLine],
    quantities: Mapping[int, Decimal] | None,
    left: dict[int, Decimal],
) -> list[tuple[OrderLine, Decimal]]:
    """How much of which line goes on the invoice."""
    taken = []
    for line in lines:
        quantity = left[line.pk] if quantities is None else quantities.get(line.pk, Decimal(0))
        if quantity > left[line.pk]:
            raise Refused(
                f"{order} was invoiced meanwhile: of {line.product} there are only {left[line.pk].normalize():f} left. "
                "Look at the order again."
            )
        if quantity > 0:
            left[line.pk] -= quantity
            taken.append((line, quantity))
    if not taken:
        raise Refused(f"Nothing of {order} is left to invoice: it was invoiced meanwhile. Look at the order again.")
    return taken


def _heading(order: SalesOrder) -> str:
    """Which order a line is of, where an invoice holds several (R18)."""
    return f"{order.number} · PO {order.po_number}" if order.po_number else order.number


def _line(invoice: Invoice, line: OrderLine, quantity: Decimal, heading: str) -> InvoiceLine:
    return InvoiceLine(
        organization=invoice.organization,
        invoice=invoice,
        kind=LineKind.SALE,
        product=line.product,
        order_line=line,
        name=line.product.name,
        description=": ".join(filter(None, (heading, line.description))),
        quantity=quantity,
        unit_price=line.net_price,
        amount=line_amount(quantity, line.net_price),
        taxable=line.product.taxable and invoice.customer.taxable,
    )


def _record(
    organization: Organization,
    groups: Iterable[InvoiceDraft],
    invoices: Iterable[Invoice],
    *,
    by: User | None,
    now: datetime,
) -> None:
    entries = []
    for group, invoice in zip(groups, invoices, strict=True):
        numbers = ", ".join(order.number for order in group.orders)
        happened = [("invoice.created", "invoice", invoice.pk, f"from {numbers}")]
        happened += [("order.invoiced", "order", order.pk, invoice.number) for order in group.orders]
        entries += [
            activity.entry(organization, event=event, kind=kind, object_id=pk, note=note, by=by, now=now)
            for event, kind, pk, note in happened
        ]
    activity.record_all(entries)

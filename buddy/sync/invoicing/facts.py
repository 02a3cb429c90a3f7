"""Everything a look at orders asks of the database, asked once: a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from buddy.hub import orders
from buddy.hub.invoices import Ended, InvoiceLine
from buddy.hub.money import line_amount
from buddy.hub.orders import OrderLine, SalesOrder
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm
from buddy.quickbooks.records import Record
from buddy.sync import closing, mirror
from buddy.sync.invoicing.newcomers import Newcomers
from buddy.sync.invoicing.plans import NOTHING, New, Planned
from buddy.sync.models import Connection, Link, LinkState


class Facts:
    """These orders, what is left of them, and what is known of them in QuickBooks."""

    def __init__(
        self, organization: Organization, order_ids: Sequence[int], invoice_date: date, *, only_shipped: bool
    ) -> None:
        self.organization, self.wanted = organization, invoice_date
        self.connection = Connection.objects.filter(organization=organization).first()
        self.company = self.connection.facts if self.connection else {}
        self.date = closing.date_for(organization, self.company, invoice_date)
        rows = SalesOrder.objects.filter(organization=organization, pk__in=order_ids)
        # Oldest first: Buddy's numbers and the lines of a combined invoice then run as the orders came in.
        self.orders = list(rows.select_related("customer__terms", "terms").order_by("order_date", "pk"))
        ids = [order.pk for order in self.orders]
        self.lines: dict[int, list[OrderLine]] = {pk: [] for pk in ids}
        for line in OrderLine.objects.filter(organization=organization, order__in=ids).select_related("product"):
            self.lines[line.order_id].append(line)
        self.only_shipped = only_shipped
        self.remaining = orders.remaining(ids)
        self.left = orders.unbilled(ids) if only_shipped else self.remaining
        customers = {order.customer_id: order.customer for order in self.orders}
        products = {line.product_id: line.product for lines in self.lines.values() for line in lines}
        self.customers = self._links("customer", set(customers))
        self.items = self._links("product", set(products))
        self.newcomers = Newcomers(organization, customers.values(), products.values())
        self.invoiced = self._invoiced(ids)
        self.billed = self._billed(ids)
        self.foreign_codes = self._foreign_codes() if self.company.get("tax") == "foreign" else None
        self._default = self._default_terms()

    def _links(self, kind: str, ids: set[int]) -> dict[int, Link]:
        rows = Link.objects.filter(organization=self.organization, kind=kind, object_id__in=ids)
        return {link.object_id: link for link in rows}

    def _invoiced(self, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
        rows = InvoiceLine.objects.filter(
            organization=self.organization, order_line__order__in=ids, invoice__ended=Ended.NOT
        )
        return {row[0]: row[1:] for row in rows.values_list("order_line__order", "invoice", "invoice__number")}

    def _billed(self, ids: Sequence[int]) -> dict[int, Decimal]:
        """By order: what its live invoices charge for it already."""
        rows = InvoiceLine.objects.filter(
            organization=self.organization, order_line__order__in=ids, invoice__ended=Ended.NOT
        )
        sums = rows.order_by().values_list("order_line__order").annotate(sum=Sum("amount"))
        return {order: total.quantize(NOTHING) for order, total in sums}

    def _foreign_codes(self) -> tuple[set[int], set[int]]:
        """Products and customers that have a tax code there, for companies that need one on every line (R20)."""
        items = mirror.records(self.organization, "Item", {link.remote_id for link in self.items.values()})
        theirs = mirror.records(self.organization, "Customer", {link.remote_id for link in self.customers.values()})
        coded = {pk for pk, link in self.items.items() if _code(items, link.remote_id, "SalesTaxCodeRef")}
        people = {pk for pk, link in self.customers.items() if _code(theirs, link.remote_id, "DefaultTaxCodeRef")}
        return coded, people

    def _default_terms(self) -> PaymentTerm | None:
        remote_id = self.company.get("default_terms") or ""
        link = Link.objects.filter(organization=self.organization, entity="Term", remote_id=remote_id).first()
        return PaymentTerm.objects.filter(pk=link.object_id).first() if link else None

    @property
    def numbers_here(self) -> bool:
        return bool(self.company.get("custom_numbers"))

    def to_invoice(self, order: SalesOrder) -> list[OrderLine]:
        """The lines of which something is left."""
        return [line for line in self.lines[order.pk] if self.left.get(line.pk, NOTHING) > 0]

    def newcomers_of(self, order: SalesOrder) -> list[New]:
        """What would have to be created there for this order: its customer first, then its products."""
        found = self.newcomers.of_customer(order.customer_id)
        for line in self.to_invoice(order):
            found += self.newcomers.of_product(line.product_id)
        return list(dict.fromkeys(found))

    def is_there(self, link: Link | None) -> bool:
        return link is not None and link.state not in (LinkState.INACTIVE, LinkState.GONE)

    def plan(self, group: Sequence[SalesOrder]) -> Planned:
        """The one invoice these orders become."""
        first = group[0]
        terms = first.terms or first.customer.terms or self._default
        lines = [line for order in group for line in self.to_invoice(order)]
        return Planned(
            customer=first.customer,
            orders=list(group),
            lines=len(lines),
            total=sum(map(self._amount, lines), NOTHING),
            currency=first.currency,
            terms=terms,
            invoice_date=self.date,
            due_date=terms.due_date(self.date) if terms else self.date,
            po_number=", ".join(dict.fromkeys(order.po_number for order in group if order.po_number))[:200],
            creates=tuple(dict.fromkeys(new for order in group for new in self.newcomers_of(order))),
            rounding=sum(map(self._rounding, group), NOTHING),
        )

    def _amount(self, line: OrderLine) -> Decimal:
        return line_amount(self.left[line.pk], line.net_price)

    def _rounding(self, order: SalesOrder) -> Decimal:
        """Each line of an invoice is rounded by itself (R19), so an order in parts may come to a cent more or less.
        Only the invoice that finishes the order tells."""
        if any(self.left.get(line.pk, NOTHING) < self.remaining[line.pk] for line in self.lines[order.pk]):
            return NOTHING
        now = sum(map(self._amount, self.to_invoice(order)), NOTHING)
        billed = self.billed.get(order.pk)
        return NOTHING if billed is None else billed + now - order.total


def _code(found: Mapping[str, Record], remote_id: str, name: str) -> str:
    record = found.get(remote_id)
    return str((record.body.get(name) or {}).get("value", "")) if record else ""

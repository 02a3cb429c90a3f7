"""Orders → invoices: what can be invoiced, why not and what fixes it, and making them (R16–R20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from buddy.hub import invoices, orders
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Ended, Invoice, InvoiceDraft, InvoiceLine
from buddy.hub.money import line_amount
from buddy.hub.orders import INVOICEABLE_STATUSES, OrderLine, OrderStatus, SalesOrder
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.models import Connection, ConnectionState, Link, LinkState

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Planned:
    """One invoice to be."""

    customer: Customer
    orders: list[SalesOrder]
    lines: int
    total: Decimal
    currency: str
    terms: PaymentTerm | None
    due_date: date
    po_number: str
    number: str = ""  # when Buddy numbers; shown, not reserved


@dataclass(frozen=True)
class Blocked:
    """One order that cannot be invoiced: why, and where that is put right. `cause` groups equal ones."""

    order: SalesOrder
    cause: str
    reason: str
    fix_label: str = ""
    fix_url: str = ""


@dataclass(frozen=True)
class Preflight:
    """What pressing Create would do, and what not."""

    ready: list[Planned] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    happens: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.ready)

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """By currency: sums never mix them (R19)."""
        sums: dict[str, Decimal] = {}
        for planned in self.ready:
            sums[planned.currency] = sums.get(planned.currency, NOTHING) + planned.total
        return sorted(sums.items())


def preflight(
    organization: Organization,
    order_ids: Sequence[int],
    *,
    combine: bool,
    invoice_date: date,
    now: datetime | None = None,  # noqa: ARG001 part of the shape every verb has
) -> Preflight:
    """Look at these orders as they are: a fixed number of queries, nothing written."""
    facts = _Facts(organization, order_ids, invoice_date)
    blocked = [found for order in facts.orders if (found := facts.obstacle(order))]
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
    now: datetime | None = None,
) -> list[Invoice]:
    """Make the invoices that preflight calls ready, in Buddy at once; they are owed to QuickBooks.

    Raises Refused when none is ready, or when an order was invoiced by someone else meanwhile.
    """
    now = now or timezone.now()
    plan = preflight(organization, order_ids, combine=combine, invoice_date=invoice_date, now=now)
    if not plan.ready:
        why = plan.blocked[0].reason if plan.blocked else "No order was chosen."
        raise Refused(f"Nothing was invoiced. {why}")
    own_numbers = _facts_of(organization).get("custom_numbers")
    numbers = invoices.allocate(organization, len(plan.ready)) if own_numbers else [""] * len(plan.ready)
    drafts = [_draft(each, number, invoice_date) for each, number in zip(plan.ready, numbers, strict=True)]
    return invoices.create_from_orders(organization, drafts, by=by, now=now)


def _draft(planned: Planned, number: str, invoice_date: date) -> InvoiceDraft:
    return InvoiceDraft(
        customer=planned.customer,
        orders=planned.orders,
        invoice_date=invoice_date,
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


class _Facts:
    """Everything preflight asks, read once."""

    def __init__(self, organization: Organization, order_ids: Sequence[int], invoice_date: date) -> None:
        self.organization, self.date = organization, invoice_date
        self.connection = Connection.objects.filter(organization=organization).first()
        self.company = self.connection.facts if self.connection else {}
        rows = SalesOrder.objects.filter(organization=organization, pk__in=order_ids)
        # Oldest first: Buddy's numbers and the lines of a combined invoice then run as the orders came in.
        self.orders = list(rows.select_related("customer__terms", "terms").order_by("order_date", "pk"))
        ids = [order.pk for order in self.orders]
        self.lines: dict[int, list[OrderLine]] = {pk: [] for pk in ids}
        for line in OrderLine.objects.filter(organization=organization, order__in=ids).select_related("product"):
            self.lines[line.order_id].append(line)
        self.left = orders.remaining(ids)
        self.customers = self._links("customer", {order.customer_id for order in self.orders})
        products = {line.product_id for lines in self.lines.values() for line in lines}
        self.items = self._links("product", products)
        self.invoiced = self._invoiced(ids)
        self.foreign_codes = self._foreign_codes() if self.company.get("tax") == "foreign" else None
        self.default_terms = self._default_terms()

    def _links(self, kind: str, ids: set[int]) -> dict[int, Link]:
        rows = Link.objects.filter(organization=self.organization, kind=kind, object_id__in=ids)
        return {link.object_id: link for link in rows.exclude(state=LinkState.GONE)}

    def _invoiced(self, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
        rows = InvoiceLine.objects.filter(
            organization=self.organization, order_line__order__in=ids, invoice__ended=Ended.NOT
        )
        return {row[0]: row[1:] for row in rows.values_list("order_line__order", "invoice", "invoice__number")}

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

    # Why not

    def obstacle(self, order: SalesOrder) -> Blocked | None:
        """The first thing in the way, the order's own before the company's."""
        checks = (self._status, self._left, self._connection, self._customer, self._products, self._money, self._books)
        return next((found for check in checks if (found := check(order))), None)

    def _status(self, order: SalesOrder) -> Blocked | None:
        if order.status in INVOICEABLE_STATUSES:
            return None
        opened = reverse("order", args=[order.pk])
        if order.status == OrderStatus.DRAFT:
            return Blocked(order, "draft", "The order is still a draft. Confirm it first.", "Open order", opened)
        return Blocked(order, "cancelled", "The order is cancelled.", "Open order", opened)

    def _left(self, order: SalesOrder) -> Blocked | None:
        lines = self.lines[order.pk]
        if not lines:
            return Blocked(order, "empty", "The order has no lines.", "Open order", reverse("order", args=[order.pk]))
        if any(self.left[line.pk] > 0 for line in lines):
            return None
        pk, number = self.invoiced.get(order.pk, (0, ""))
        where = f"Already on invoice {number}." if number else "Already on an invoice that has no number yet."
        return Blocked(order, "invoiced", where, "Open invoice", reverse("invoice", args=[pk]) if pk else "")

    def _connection(self, order: SalesOrder) -> Blocked | None:
        if self.connection and self.connection.state == ConnectionState.CONNECTED and self.company:
            return None
        page = reverse("integrations")
        if self.connection is None or self.connection.state == ConnectionState.DISCONNECTED:
            reason = "QuickBooks is not connected."
            return Blocked(order, "disconnected", reason, "Connect QuickBooks", page)
        if self.connection.state == ConnectionState.RECONNECT:
            reason = "The QuickBooks session has expired."
            return Blocked(order, "expired", reason, "Reconnect", page)
        return Blocked(order, "reading", "Buddy has not read the books yet. Wait a minute.", "See progress", page)

    def _customer(self, order: SalesOrder) -> Blocked | None:
        link = self.customers.get(order.customer_id)
        if link is None:
            fix = reverse("customer_link", args=[order.customer_id])
            reason = "The customer isn’t linked to QuickBooks."
            return Blocked(order, f"customer:{order.customer_id}", reason, "Link customer", fix)
        if link.state == LinkState.INACTIVE:
            reason = "The customer is inactive in QuickBooks. Make it active there or here."
            page = reverse("customer", args=[order.customer_id])
            return Blocked(order, f"inactive:{order.customer_id}", reason, "Open customer", page)
        return None

    def _products(self, order: SalesOrder) -> Blocked | None:
        for line in self.lines[order.pk]:
            link = self.items.get(line.product_id)
            if link is not None and link.state != LinkState.INACTIVE:
                continue
            reason = f"“{line.product}” has no QuickBooks item yet."
            if link is not None:
                reason = f"The item of “{line.product}” is inactive in QuickBooks."
            fix = reverse("product_link", args=[line.product_id])
            return Blocked(order, f"product:{line.product_id}", reason, "Choose item", fix)
        return None

    def _money(self, order: SalesOrder) -> Blocked | None:
        home = self.organization.currency
        if home != (self.company.get("currency") or home):
            reason = f"QuickBooks keeps its books in {self.company['currency']}, Buddy in {home}."
            return Blocked(order, "home", reason, "Open settings", reverse("settings_organization"))
        if order.currency != home or order.customer.currency != home:
            reason = f"The order is in {order.currency}; only {home} can be invoiced from Buddy."
            return Blocked(order, "currency", reason, "Open order", reverse("order", args=[order.pk]))
        if self.foreign_codes is not None and order.customer_id not in self.foreign_codes[1]:
            bare = next((line for line in self.lines[order.pk] if line.product_id not in self.foreign_codes[0]), None)
            if bare is not None:
                reason = f"“{bare.product}” has no tax code in QuickBooks. Set one on its item there."
                return Blocked(
                    order, f"tax:{bare.product_id}", reason, "Open product", reverse("product", args=[bare.product_id])
                )
        return None

    def _books(self, order: SalesOrder) -> Blocked | None:
        through = self.company.get("closed_through") or ""
        if through and self.date.isoformat() <= through:
            reason = (
                f"The books are closed through {date.fromisoformat(through):%b %d, %Y}. Choose a later invoice date."
            )
            return Blocked(order, "closed", reason)
        return None

    # What is to be

    def plan(self, group: Sequence[SalesOrder]) -> Planned:
        first = group[0]
        terms = first.terms or first.customer.terms or self.default_terms
        lines = [line for order in group for line in self.lines[order.pk] if self.left[line.pk] > 0]
        return Planned(
            customer=first.customer,
            orders=list(group),
            lines=len(lines),
            total=sum((line_amount(self.left[line.pk], line.net_price) for line in lines), NOTHING),
            currency=first.currency,
            terms=terms,
            due_date=terms.due_date(self.date) if terms else self.date,
            po_number=", ".join(dict.fromkeys(order.po_number for order in group if order.po_number))[:200],
        )


def _code(found: Mapping[str, Record], remote_id: str, name: str) -> str:
    record = found.get(remote_id)
    return str((record.body.get(name) or {}).get("value", "")) if record else ""


def _happens(facts: _Facts, ready: Sequence[Planned], blocked: Sequence[Blocked]) -> list[str]:
    """The consequences, as the dialog lists them, what stays untouched included."""
    count, some = len(ready), "invoice appears" if len(ready) == 1 else "invoices appear"
    reach = "reaches" if count == 1 else "reach"
    numbered = f", numbered {ready[0].number} to {ready[-1].number}," if facts.numbers_here and count > 1 else ""
    if facts.numbers_here and count == 1:
        numbered = f", numbered {ready[0].number},"
    told = [f"{count} {some} in Buddy now{numbered} and {reach} QuickBooks within about a minute."]
    if not facts.numbers_here:
        told.append("QuickBooks gives the numbers; Buddy shows them as soon as it knows them.")
    po = (facts.company.get("po_field") or {}).get("name")
    if any(each.po_number for each in ready):
        told.append(
            f"The PO number goes into the QuickBooks field “{po}”."
            if po
            else "The PO number goes into the message on the invoice."
        )
    if facts.company.get("tax") in ("manual", "automated"):
        told.append("QuickBooks works out the sales tax; the totals shown here are before tax.")
    told.append("Each total is compared with the one QuickBooks answers; a difference is shown on the invoice.")
    if blocked:
        others = (
            "The other order stays as it is."
            if len(blocked) == 1
            else f"The other {len(blocked)} orders stay as they are."
        )
        told.append(others)
    return told

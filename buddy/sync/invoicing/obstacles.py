"""Why an order cannot be invoiced yet, and what puts it right: the order's own reasons before the company's."""

from __future__ import annotations

from django.urls import reverse

from buddy.hub.orders import INVOICEABLE_STATUSES, Invoiced, OrderStatus, SalesOrder
from buddy.hub.team import ClosedBooks
from buddy.sync import closing
from buddy.sync.invoicing.facts import Facts
from buddy.sync.invoicing.plans import Blocked
from buddy.sync.models import ConnectionState, LinkState

TAXABLE_LINES = 750  # as many fit on one invoice (api 5.3)


def obstacle(facts: Facts, order: SalesOrder) -> Blocked | None:
    """The first thing in the way."""
    checks = (_status, _left, _connection, _customer, _products, _newcomers, _money, _books)
    return next((found for check in checks if (found := check(facts, order))), None)


def _status(_: Facts, order: SalesOrder) -> Blocked | None:
    if order.status in INVOICEABLE_STATUSES:
        return None
    opened = reverse("order", args=[order.pk])
    if order.status == OrderStatus.DRAFT:
        return Blocked(order, "draft", "The order is still a draft. Confirm it first.", "Open order", opened)
    return Blocked(order, "cancelled", "The order is cancelled.", "Open order", opened)


def _left(facts: Facts, order: SalesOrder) -> Blocked | None:
    opened, lines = reverse("order", args=[order.pk]), facts.to_invoice(order)
    if not facts.lines[order.pk]:
        return Blocked(order, "empty", "The order has no lines.", "Open order", opened)
    if len(lines) > TAXABLE_LINES:
        reason = f"The order has {len(lines):,} lines, and an invoice in QuickBooks at most {TAXABLE_LINES}. Divide it."
        return Blocked(order, "lines", reason, "Open order", opened)
    if lines:
        return None
    if facts.only_shipped and order.invoiced != Invoiced.ALL:
        reason = "Nothing of it was shipped that is not on an invoice already."
        return Blocked(order, "not_shipped", reason, "Open order", opened)
    pk, number = facts.invoiced.get(order.pk, (0, ""))
    where = f"Already on invoice {number}." if number else "Already on an invoice that has no number yet."
    return Blocked(order, "invoiced", where, "Open invoice", reverse("invoice", args=[pk]) if pk else "")


def _connection(facts: Facts, order: SalesOrder) -> Blocked | None:
    row = facts.connection
    if row and row.state == ConnectionState.CONNECTED and facts.company:
        return None
    page = reverse("integrations")
    if row is None or row.state == ConnectionState.DISCONNECTED:
        return Blocked(order, "disconnected", "QuickBooks is not connected.", "Connect QuickBooks", page)
    if row.state == ConnectionState.RECONNECT:
        return Blocked(order, "expired", "The QuickBooks session has expired.", "Reconnect", page)
    return Blocked(order, "reading", "Buddy has not read the books yet. Wait a minute.", "See progress", page)


def _customer(facts: Facts, order: SalesOrder) -> Blocked | None:
    """One that was there once. One that never was goes out with the invoice (R21)."""
    link = facts.customers.get(order.customer_id)
    if link is None or facts.is_there(link):
        return None
    if link.state == LinkState.GONE:
        fix = reverse("customer_link", args=[order.customer_id])
        reason = "The customer was deleted in QuickBooks, so it isn’t linked any more."
        return Blocked(order, f"customer:{order.customer_id}", reason, "Link customer", fix)
    reason = "The customer is inactive in QuickBooks. Make it active there or here."
    page = reverse("customer", args=[order.customer_id])
    return Blocked(order, f"inactive:{order.customer_id}", reason, "Open customer", page)


def _products(facts: Facts, order: SalesOrder) -> Blocked | None:
    for line in facts.to_invoice(order):
        link = facts.items.get(line.product_id)
        if link is None or facts.is_there(link):
            continue
        reason = f"The item of “{line.product}” is inactive or deleted in QuickBooks."
        fix = reverse("product_link", args=[line.product_id])
        return Blocked(order, f"product:{line.product_id}", reason, "Choose item", fix)
    return None


def _newcomers(facts: Facts, order: SalesOrder) -> Blocked | None:
    found = (facts.newcomers.hindrance(new) for new in facts.newcomers_of(order))
    first = next(filter(None, found), None)
    return Blocked(order, first.cause, first.reason, first.fix_label, first.fix_url) if first else None


def _money(facts: Facts, order: SalesOrder) -> Blocked | None:
    home = facts.organization.currency
    if home != (facts.company.get("currency") or home):
        reason = f"QuickBooks keeps its books in {facts.company['currency']}, Buddy in {home}."
        return Blocked(order, "home", reason, "Open settings", reverse("settings_organization"))
    if order.currency != home or order.customer.currency != home:
        reason = f"The order is in {order.currency}; only {home} can be invoiced from Buddy."
        return Blocked(order, "currency", reason, "Open order", reverse("order", args=[order.pk]))
    if facts.foreign_codes is not None and order.customer_id not in facts.foreign_codes[1]:
        bare = next((line for line in facts.to_invoice(order) if line.product_id not in facts.foreign_codes[0]), None)
        if bare is not None:
            reason = f"“{bare.product}” has no tax code in QuickBooks. Set one on its item there."
            page = reverse("product", args=[bare.product_id])
            return Blocked(order, f"tax:{bare.product_id}", reason, "Open product", page)
    return None


def _books(facts: Facts, order: SalesOrder) -> Blocked | None:
    """QuickBooks takes nothing dated in a closed period (6200, 6210)."""
    if facts.organization.closed_books == ClosedBooks.ASK and closing.is_closed(facts.company, facts.date):
        return Blocked(order, "closed", f"{closing.words(facts.company)} Choose a later invoice date.")
    return None

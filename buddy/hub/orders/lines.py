"""The lines of an order as somebody wants them, checked and priced, without touching what is invoiced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from buddy.hub import checks, pricing
from buddy.hub.errors import Invalid, Refused
from buddy.hub.money import line_amount, short
from buddy.hub.orders.invoiced import on_invoices
from buddy.hub.orders.tables import OrderLine, SalesOrder
from buddy.hub.pricing import Quote
from buddy.hub.products import Product

DESCRIPTION_LENGTH = 3900  # 4,000 fit on an invoice line, with the order and PO number before it (R18)

_CHECKS: dict[str, checks.Check] = {
    "quantity": checks.quantity,
    "unit_price": checks.price,
    "discount_percent": checks.percentage,
    "description": checks.paragraphs_of(DESCRIPTION_LENGTH),
}
_WRITTEN = ("position", "product", *_CHECKS, "price_from", "amount")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as wanted. `id` is the standing line it changes. Without a price: its own, or what the
    customer pays for the product today."""

    product: Product
    quantity: Decimal
    unit_price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    description: str = ""
    id: int | None = None


class _Terms(NamedTuple):
    product_id: int
    unit_price: Decimal
    discount_percent: Decimal


def draw(order: SalesOrder, drafts: Sequence[LineDraft], standing: Mapping[int, OrderLine]) -> list[OrderLine]:
    """The lines these drafts make of the standing ones, in order, not saved. Invalid names each field as a form does:
    "lines-0-quantity"."""
    quotes = pricing.quotes(order.customer, [draft.product for draft in drafts])
    lines: list[OrderLine] = []
    wrong: dict[str, str] = {}
    for place, draft in enumerate(drafts):
        try:
            line = standing.get(draft.id or 0)
            lines.append(_draw(order, draft, line, quotes[draft.product.pk], position=place + 1))
        except Invalid as invalid:
            wrong |= {f"lines-{place}-{field}": text for field, text in invalid.fields.items()}
    if wrong:
        raise Invalid(wrong)
    return lines


def replace(order: SalesOrder, drafts: Sequence[LineDraft]) -> dict[str, tuple[str, str]]:
    """Make the saved lines those of the drafts and set the order's total; returns what changed, in words."""
    standing = {line.pk: line for line in OrderLine.objects.filter(order=order).select_related("product")}
    _check_still_there(order, drafts, standing)
    invoiced = on_invoices([order.pk])
    _check_none_leaves(drafts, standing, invoiced)
    was = {pk: _Terms(line.product_id, line.unit_price, line.discount_percent) for pk, line in standing.items()}
    before = {"lines": in_words(standing.values()), "total": str(order.total)}
    lines = draw(order, drafts, standing)
    _check_frozen(lines, was, invoiced)
    OrderLine.objects.filter(order=order).exclude(pk__in=[draft.id for draft in drafts if draft.id]).delete()
    OrderLine.objects.bulk_update([line for line in lines if line.pk], _WRITTEN)
    OrderLine.objects.bulk_create([line for line in lines if not line.pk])
    order.total = total(lines)
    after = {"lines": in_words(lines), "total": str(order.total)}
    return {field: (before[field], after[field]) for field in before if before[field] != after[field]}


def total(lines: Iterable[OrderLine]) -> Decimal:
    """The sum of the rounded amounts (R19)."""
    return sum((line.amount for line in lines), Decimal("0.00"))


def in_words(lines: Iterable[OrderLine]) -> str:
    return "\n".join(_in_words(line) for line in lines)


def _in_words(line: OrderLine) -> str:
    discount = f" less {short(line.discount_percent)} %" if line.discount_percent else ""
    return f"{short(line.quantity)} × {line.product} at {short(line.unit_price)}{discount}"


def _draw(order: SalesOrder, draft: LineDraft, standing: OrderLine | None, quote: Quote, *, position: int) -> OrderLine:
    product, line = draft.product, standing or OrderLine(organization=order.organization, order=order)
    if product.organization_id != order.organization_id or (line.product_id != product.pk and not product.active):
        raise Invalid({"product": f"{product} is not sold any more. Choose another product."})
    own = line.unit_price if line.product_id == product.pk else quote.price
    values = {
        "quantity": draft.quantity,
        "unit_price": own if draft.unit_price is None else draft.unit_price,
        "discount_percent": draft.discount_percent,
        "description": draft.description or ("" if standing else product.description),
    }
    kept = checks.all_of(values, _CHECKS)
    line.price_from = _price_from(line, product, kept["unit_price"], quote)
    for field, value in kept.items():
        setattr(line, field, value)
    line.position, line.product = position, product
    line.amount = line_amount(line.quantity, line.net_price)
    return line


def _price_from(line: OrderLine, product: Product, price: Decimal, quote: Quote) -> str:
    """A price that stays came from where it came from; a new one from today's quote, or from somebody's keyboard."""
    if line.product_id == product.pk and line.unit_price == price:
        return line.price_from
    return quote.origin if price == quote.price else ""


def _check_still_there(order: SalesOrder, drafts: Sequence[LineDraft], standing: Mapping[int, OrderLine]) -> None:
    named = [draft.id for draft in drafts if draft.id]
    if len(set(named)) < len(named) or not standing.keys() >= set(named):
        raise Refused(f"The lines of {order} were changed meanwhile. Look at the order again.")


def _check_none_leaves(
    drafts: Sequence[LineDraft], standing: Mapping[int, OrderLine], invoiced: Mapping[int, Decimal]
) -> None:
    leaving = standing.keys() - {draft.id for draft in drafts}
    for line in (standing[line_id] for line_id in leaving):
        if line.pk in invoiced:
            raise Refused(f"{line.product} is on an invoice, so it stays on the order. Void the invoice first.")
        if line.shipped:
            raise Refused(f"{line.product} was shipped, so it stays on the order. Take the shipment back first.")


def _check_frozen(lines: Sequence[OrderLine], was: Mapping[int, _Terms], invoiced: Mapping[int, Decimal]) -> None:
    """What stands on a live invoice keeps its product and price, and at least its quantity; what was shipped keeps its
    product and quantity (R16)."""
    wrong: dict[str, str] = {}
    for place, line in enumerate(lines):
        if line.pk in invoiced or line.shipped:
            touched = _touched_shipped(line, was[line.pk]) if line.shipped else {}
            touched |= _touched(line, was[line.pk], invoiced[line.pk]) if line.pk in invoiced else {}
            wrong |= {f"lines-{place}-{field}": text for field, text in touched.items()}
    if wrong:
        raise Invalid(wrong)


def _touched_shipped(line: OrderLine, was: _Terms) -> dict[str, str]:
    wrong = {}
    if line.product_id != was.product_id:
        wrong["product"] = "This line was shipped in part. Add the other product as a line of its own."
    if line.quantity < line.shipped:
        wrong["quantity"] = f"{short(line.shipped)} were shipped. Order at least that many."
    return wrong


def _touched(line: OrderLine, was: _Terms, invoiced: Decimal) -> dict[str, str]:
    wrong = {}
    if line.product_id != was.product_id:
        wrong["product"] = "This line is on an invoice. Add the other product as a line of its own."
    if line.unit_price != was.unit_price:
        wrong["unit_price"] = f"This line is on an invoice at {short(was.unit_price)}. Its price is fixed."
    if line.discount_percent != was.discount_percent:
        wrong["discount_percent"] = "This line is on an invoice. Its discount is fixed."
    if line.quantity < invoiced:
        wrong["quantity"] = f"{short(invoiced)} are on an invoice. Order at least that many."
    return wrong

"""How much of an order stands on live invoices, per line (R16). Invoices know their order lines, not the reverse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Sum

from buddy.hub.money import PRICE
from buddy.hub.orders.tables import SENT_OUT, Invoiced, OrderLine, OrderStatus, SalesOrder
from buddy.hub.team import Organization

_LIVE = {"invoice_lines__invoice__ended": ""}
_NOT_LEAVING = (OrderStatus.DRAFT, OrderStatus.CANCELLED)
_NONE = Decimal(0)


def remaining(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """By line: what was ordered less what stands on live invoices. Two queries, whatever the number of orders."""
    ids = set(order_ids)
    invoiced = on_invoices(ids)
    ordered = OrderLine.objects.filter(order__in=ids).values_list("pk", "quantity")
    return {line_id: quantity - invoiced.get(line_id, _NONE) for line_id, quantity in ordered}


def has_left(order: SalesOrder, line: OrderLine) -> Decimal:
    """How much of a line was shipped: of an order that is Shipped or Delivered all, else what was shipped in parts."""
    return line.quantity if order.status in SENT_OUT else line.shipped


def unbilled(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """By line: what was shipped and stands on no live invoice. Two queries, whatever the number of orders."""
    ids = set(order_ids)
    invoiced = on_invoices(ids)
    lines = OrderLine.objects.filter(order__in=ids).exclude(order__status__in=_NOT_LEAVING).select_related("order")
    return {line.pk: max(has_left(line.order, line) - invoiced.get(line.pk, _NONE), _NONE) for line in lines}


def recount(organization: Organization, order_ids: Iterable[int]) -> None:
    """Set `invoiced` and `unbilled` of these orders from their lines. A fixed number of queries.

    The orders are locked before anything is read, so that two recounts cannot overwrite a newer one with an older.
    """
    rows = SalesOrder.objects.select_for_update().filter(organization=organization, pk__in=set(order_ids))
    found = rows.only("status").order_by("pk").in_bulk()
    invoiced = on_invoices(found)
    lines: dict[int, list[tuple[OrderLine, Decimal]]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=found):
        lines[line.order_id].append((line, invoiced.get(line.pk, _NONE)))
    states = {pk: (_state(lines[pk]), _is_unbilled(order, lines[pk])) for pk, order in found.items()}
    for state in set(states.values()):
        those = [pk for pk, its_state in states.items() if its_state == state]
        kept = {"invoiced": state[0], "unbilled": state[1]}
        SalesOrder.objects.filter(pk__in=those).exclude(**kept).update(**kept)


def on_invoices(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """By line: the quantity on live invoices. Lines on none are left out."""
    lines = OrderLine.objects.filter(order__in=set(order_ids), **_LIVE).order_by()
    sums = lines.values_list("pk").annotate(total=Sum("invoice_lines__quantity"))
    # SQLite adds in floating point; to four decimals the sum is exact for anything a column can hold.
    return {line_id: total.quantize(PRICE) for line_id, total in sums if total}


def overdrawn(order_ids: Iterable[int]) -> set[int]:
    """Those of these orders of which more is invoiced than was ordered."""
    ids = set(order_ids)
    invoiced = on_invoices(ids)
    rows = OrderLine.objects.filter(order__in=ids).values_list("pk", "order", "quantity")
    return {order_id for line_id, order_id, quantity in rows if invoiced.get(line_id, 0) > quantity}


def invoice_numbers(order_ids: Iterable[int]) -> dict[int, list[str]]:
    """By order, the live invoices it stands on, in words. Orders on none are left out."""
    live = OrderLine.objects.filter(order__in=set(order_ids), **_LIVE).order_by()
    found: dict[int, list[str]] = defaultdict(list)
    for order_id, number in sorted(live.values_list("order", "invoice_lines__invoice__number").distinct()):
        found[order_id].append(f"invoice {number}" if number else "an invoice without a number yet")
    return found


def _state(lines: Sequence[tuple[OrderLine, Decimal]]) -> Invoiced:
    """From each line and its invoiced quantity."""
    if not any(invoiced > 0 for _, invoiced in lines):
        return Invoiced.NONE
    return Invoiced.PART if any(invoiced < line.quantity for line, invoiced in lines) else Invoiced.ALL


def _is_unbilled(order: SalesOrder, lines: Sequence[tuple[OrderLine, Decimal]]) -> bool:
    return order.status not in _NOT_LEAVING and any(has_left(order, line) > invoiced for line, invoiced in lines)

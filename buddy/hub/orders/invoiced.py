"""How much of an order stands on live invoices, per line (R16). Invoices know their order lines, not the reverse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Sum

from buddy.hub.money import PRICE
from buddy.hub.orders.tables import Invoiced, OrderLine, SalesOrder
from buddy.hub.team import Organization

_LIVE = {"invoice_lines__invoice__ended": ""}


def remaining(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """By line: what was ordered less what stands on live invoices. Two queries, whatever the number of orders."""
    ids = set(order_ids)
    invoiced = on_invoices(ids)
    ordered = OrderLine.objects.filter(order__in=ids).values_list("pk", "quantity")
    return {line_id: quantity - invoiced.get(line_id, Decimal(0)) for line_id, quantity in ordered}


def recount(organization: Organization, order_ids: Iterable[int]) -> None:
    """Set `invoiced` of these orders from their lines. A fixed number of queries.

    The orders are locked before anything is read, so that two recounts cannot overwrite a newer one with an older.
    """
    rows = SalesOrder.objects.select_for_update().filter(organization=organization, pk__in=set(order_ids))
    ids = set(rows.order_by("pk").values_list("pk", flat=True))
    invoiced = on_invoices(ids)
    lines = defaultdict(list)
    for line_id, order_id, quantity in OrderLine.objects.filter(order__in=ids).values_list("pk", "order", "quantity"):
        lines[order_id].append((quantity, invoiced.get(line_id, Decimal(0))))
    states = {order_id: _state(lines[order_id]) for order_id in ids}
    for state in Invoiced:
        those = [order_id for order_id, its_state in states.items() if its_state == state]
        SalesOrder.objects.filter(pk__in=those).exclude(invoiced=state).update(invoiced=state)


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


def invoice_numbers(order: SalesOrder) -> list[str]:
    """The live invoices an order stands on, in words."""
    live = OrderLine.objects.filter(order=order, **_LIVE).order_by()
    numbers = live.values_list("invoice_lines__invoice__number", flat=True).distinct()
    return sorted(f"invoice {number}" if number else "an invoice without a number yet" for number in numbers)


def _state(lines: Sequence[tuple[Decimal, Decimal]]) -> Invoiced:
    """From the ordered and the invoiced quantity of each line."""
    if not any(invoiced > 0 for _, invoiced in lines):
        return Invoiced.NONE
    return Invoiced.PART if any(invoiced < ordered for ordered, invoiced in lines) else Invoiced.ALL

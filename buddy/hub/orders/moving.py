"""Orders move along: from one status to another, and out of the house, at once or in parts (R16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, checks
from buddy.hub.errors import Invalid, Refused
from buddy.hub.money import short
from buddy.hub.orders.invoiced import invoice_numbers, on_invoices, recount
from buddy.hub.orders.locking import lock, read_again
from buddy.hub.orders.tables import INVOICEABLE_STATUSES, SENT_OUT, OrderLine, OrderStatus, SalesOrder
from buddy.hub.team import Organization, User

_MOST = Decimal(999_999)


@dataclass(frozen=True)
class Moved:
    """What became of orders that were to have another status. `already`: how many had it."""

    changed: list[SalesOrder] = field(default_factory=list)
    refused: list[tuple[SalesOrder, str]] = field(default_factory=list)
    already: int = 0


@transaction.atomic
def move(
    organization: Organization,
    order_ids: Collection[int],
    status: str,
    *,
    by: User | None,
    now: datetime | None = None,
) -> Moved:
    """Give each of these orders that may have it another status; the others stay, and say why. A fixed number of
    queries."""
    new = OrderStatus(checks.one("status", status, checks.choice(OrderStatus)))
    found = list(lock(organization, order_ids).values())
    others = [order for order in found if order.status != new]
    reasons = _reasons(organization, others, new)
    changed = [order for order in others if order.pk not in reasons]
    _set(organization, changed, new, by=by, now=now or timezone.now())
    refused = [(order, reasons[order.pk]) for order in others if order.pk in reasons]
    return Moved(changed, refused, len(found) - len(others))


def set_status(order: SalesOrder, status: str, *, by: User | None, now: datetime | None = None) -> SalesOrder:
    """Move one order along. Refused when it may not."""
    moved = move(order.organization, [order.pk], status, by=by, now=now)
    if moved.refused:
        raise Refused(moved.refused[0][1])
    order.refresh_from_db()
    return order


@transaction.atomic
def ship(
    order: SalesOrder, quantities: Mapping[int, Any], *, by: User | None, now: datetime | None = None
) -> SalesOrder:
    """Write down that so much more of these lines has left. When all of an order has, it is Shipped, before Processing.

    A negative quantity takes back what was written down by mistake, but not what is invoiced. Invalid names the lines
    by "ship-" and their id.
    """
    read_again(order)
    _check_may_ship(order)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order).select_related("product")}
    leaving = _leaving(lines, quantities)
    before = _shipped_in_words(lines.values())
    for line, quantity in leaving.items():
        lines[line].shipped += quantity
    OrderLine.objects.bulk_update([lines[line] for line in leaving], ["shipped"])
    was, at = order.status, now or timezone.now()
    complete = all(line.shipped >= line.quantity for line in lines.values())
    order.status, order.updated_at = OrderStatus.SHIPPED if complete else OrderStatus.PROCESSING, at
    order.save(update_fields=["status", "updated_at"])
    recount(order.organization, [order.pk])
    order.refresh_from_db(fields=["invoiced", "unbilled"])
    changes: dict[str, Any] = {"shipped": (before, _shipped_in_words(lines.values()))}
    if was != order.status:
        changes["status"] = (was, order.status)
    activity.record(
        order.organization, event="order.shipped", kind="order", object_id=order.pk, changes=changes, by=by, now=at
    )
    return order


def missing_po(organization: Organization, po_number: str, status: str) -> bool:
    """Whether an order in this status lacks the customer's number that the organization asks for."""
    exempt = (OrderStatus.DRAFT, OrderStatus.CANCELLED)
    return organization.requires_po and not po_number and status not in exempt


def _set(
    organization: Organization, orders: Collection[SalesOrder], new: OrderStatus, *, by: User | None, now: datetime
) -> None:
    ids = [order.pk for order in orders]
    SalesOrder.objects.filter(organization=organization, pk__in=ids).update(status=new, updated_at=now)
    recount(organization, ids)
    activity.record_all(
        activity.entry(
            organization,
            event="order.status_changed",
            kind="order",
            object_id=order.pk,
            changes={"status": (order.status, new)},
            by=by,
            now=now,
        )
        for order in orders
    )
    for order in orders:
        order.status, order.updated_at = new, now


def _reasons(organization: Organization, orders: Collection[SalesOrder], new: OrderStatus) -> dict[int, str]:
    """By order that may not become `new`: why. What frees it is said too."""
    ids = [order.pk for order in orders]
    numbers = invoice_numbers(ids)
    lines: dict[int, list[Decimal]] = defaultdict(list)
    for order_id, shipped in OrderLine.objects.filter(order__in=ids).values_list("order", "shipped"):
        lines[order_id].append(shipped)
    reasons = {
        order.pk: _reason(organization, order, new, numbers.get(order.pk, []), lines[order.pk]) for order in orders
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


def _reason(
    organization: Organization, order: SalesOrder, new: OrderStatus, numbers: list[str], shipped: list[Decimal]
) -> str:
    if new not in INVOICEABLE_STATUSES:
        if numbers:
            return (
                f"{order} stands on {' and '.join(numbers)}, so it cannot become {new.label}. "
                "Void or delete the invoice first: that frees the order."
            )
        if any(shipped):
            return f"Part of {order} was shipped, so it cannot become {new.label}. Take the shipment back first."
        return ""
    if order.status == OrderStatus.CANCELLED and new != OrderStatus.CONFIRMED:
        return f"{order} is cancelled. Confirm it again first."
    if new in SENT_OUT and not shipped:
        return f"{order} has no lines, so nothing of it can be {new.label.lower()}. Add products first."
    if missing_po(organization, order.po_number, new):
        return f"{order} has no PO number, and every order needs the customer’s. Enter it first."
    return ""


def _check_may_ship(order: SalesOrder) -> None:
    if order.status in SENT_OUT:
        raise Refused(f"Everything of {order} has left already. Set it back to Processing to change that.")
    if order.status not in INVOICEABLE_STATUSES:
        label = OrderStatus(order.status).label
        raise Refused(f"{order} is {label}, so nothing of it can be shipped. Confirm it first.")


def _leaving(lines: Mapping[int, OrderLine], quantities: Mapping[int, Any]) -> dict[int, Decimal]:
    """What is to be added to each line's shipped quantity, as it is kept."""
    if unknown := quantities.keys() - lines.keys():
        raise Refused(f"The lines of the order were changed meanwhile ({len(unknown)} are gone). Look at it again.")
    number = checks.number(4, least=-_MOST, most=_MOST)
    kept = checks.all_of(
        {f"ship-{line}": quantity for line, quantity in quantities.items()},
        dict.fromkeys((f"ship-{line}" for line in quantities), number),
    )
    leaving = {line: kept[f"ship-{line}"] for line in quantities if kept[f"ship-{line}"]}
    if not leaving:
        raise Refused("Nothing was entered. Say how much of at least one line leaves.")
    invoiced = on_invoices({line.order_id for line in lines.values()})
    reasons = {pk: _unshippable(lines[pk], leaving[pk], invoiced.get(pk, Decimal(0))) for pk in leaving}
    if wrong := {f"ship-{pk}": reason for pk, reason in reasons.items() if reason}:
        raise Invalid(wrong)
    return leaving


def _unshippable(line: OrderLine, quantity: Decimal, invoiced: Decimal) -> str:
    total = line.shipped + quantity
    if total > line.quantity:
        return f"Only {short(line.quantity - line.shipped)} are left to ship."
    if total < 0:
        return f"Only {short(line.shipped)} were shipped."
    # an invoice of more than was shipped does not rest on the shipment
    return f"{short(invoiced)} are on an invoice. Void it first." if total < invoiced <= line.shipped else ""


def _shipped_in_words(lines: Iterable[OrderLine]) -> str:
    return "\n".join(f"{short(line.shipped)} × {line.product}" for line in lines if line.shipped)

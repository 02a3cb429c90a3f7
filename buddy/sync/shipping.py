"""Orders move along and leave the house, and what the organization wants invoiced by itself then is (R16).

It goes through the preflight that people see: what it stops is not invoiced, is said, and stays in the list of what is
shipped and not invoiced. Both happen in one transaction: a process that dies in between would leave orders that nobody
invoices, and while the orders are locked nobody else does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from buddy.hub import activity, orders
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import Moved, OrderStatus, SalesOrder
from buddy.hub.team import AutoInvoice, Organization, User
from buddy.sync import invoicing
from buddy.sync.invoicing import Blocked, Planned

_TRIGGERS = {
    AutoInvoice.NEVER: (),
    AutoInvoice.SHIPPED: (OrderStatus.SHIPPED, OrderStatus.DELIVERED),
    AutoInvoice.DELIVERED: (OrderStatus.DELIVERED,),
}
_NOTHING_TO_DO = ("invoiced", "not_shipped")


@dataclass(frozen=True)
class Automatic:
    """What was invoiced by itself, and what was not, with why."""

    invoices: list[Invoice] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)


@transaction.atomic
def move(
    organization: Organization, order_ids: Collection[int], status: str, *, by: User, now: datetime | None = None
) -> tuple[Moved, Automatic]:
    """As `orders.move`; those that changed are invoiced when the organization wants that of this status."""
    moved = orders.move(organization, order_ids, status, by=by, now=now)
    wanted = status in _TRIGGERS[AutoInvoice(organization.auto_invoice)]
    return moved, _invoice(organization, moved.changed, by=by, now=now) if wanted else Automatic()


@transaction.atomic
def ship(order: SalesOrder, quantities: Mapping[int, Any], *, by: User, now: datetime | None = None) -> Automatic:
    """As `orders.ship`; what left is invoiced when the organization wants that of what is shipped."""
    orders.ship(order, quantities, by=by, now=now)
    if order.organization.auto_invoice != AutoInvoice.SHIPPED:
        return Automatic()
    return _invoice(order.organization, [order], by=by, now=now)


def _invoice(organization: Organization, found: Sequence[SalesOrder], *, by: User, now: datetime | None) -> Automatic:
    at = now or timezone.now()
    today = organization.today(at)
    ids = [order.pk for order in found]
    plan = invoicing.preflight(organization, ids, combine=False, invoice_date=today, only_shipped=True)
    ready = [planned.orders[0].pk for planned in plan.ready if not planned.creates]
    blocked = [each for each in plan.blocked if each.cause not in _NOTHING_TO_DO]
    blocked += [_by_hand(planned) for planned in plan.ready if planned.creates]
    made: list[Invoice] = []
    if ready:
        try:
            made = invoicing.create(
                organization, ready, combine=False, invoice_date=today, only_shipped=True, by=by, now=at
            )
        except Refused as refusal:  # what stands in QuickBooks changed since the preflight
            blocked += [Blocked(order, "refused", str(refusal)) for order in found if order.pk in ready]
    _record(organization, blocked, now=at)
    return Automatic(made, blocked)


def _by_hand(planned: Planned) -> Blocked:
    """Nobody has seen what would be created there with it (R21)."""
    new, order = planned.creates[0], planned.orders[0]
    reason = f"“{new.name}” is not in QuickBooks yet and would be created with it. Create this invoice by hand."
    return Blocked(order, "creates", reason, "Open order", reverse("order", args=[order.pk]))


def _record(organization: Organization, blocked: Sequence[Blocked], *, now: datetime) -> None:
    activity.record_all(
        activity.entry(
            organization, event="order.not_invoiced", kind="order", object_id=each.order.pk, note=each.reason, now=now
        )
        for each in blocked
    )

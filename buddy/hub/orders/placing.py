"""Writing an order down, and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, checks
from buddy.hub.address import Address
from buddy.hub.customers import Customer, Location
from buddy.hub.errors import Invalid
from buddy.hub.orders import lines as order_lines
from buddy.hub.orders.invoiced import recount
from buddy.hub.orders.lines import LineDraft
from buddy.hub.orders.locking import read_again
from buddy.hub.orders.moving import missing_po
from buddy.hub.orders.tables import SENT_OUT, OrderLine, OrderStatus, SalesOrder
from buddy.hub.team import Organization, User, next_order_number
from buddy.hub.terms import PaymentTerm


@transaction.atomic
def place(
    organization: Organization,
    customer: Customer,
    *,
    lines: Sequence[LineDraft],
    po_number: str = "",
    order_date: date | None = None,
    ship_date: date | None = None,
    location: Location | None = None,
    notes: str = "",
    status: str = OrderStatus.DRAFT,
    by: User | None,
    now: datetime | None = None,
) -> SalesOrder:
    """Write an order down, with the next number. Terms and currency are the customer's, the date is today's."""
    at = now or timezone.now()
    if not customer.active:
        raise Invalid({"customer": f"{customer} is inactive. Reactivate this customer, or choose another."})
    values = {
        "po_number": po_number,
        "order_date": order_date or organization.today(at),
        "ship_date": ship_date,
        "location": location,
        "notes": notes,
        "status": status,
    }
    order = SalesOrder(
        organization=organization,
        customer=customer,
        ship_to=_ship_to(customer, location),
        terms=customer.terms,
        currency=customer.currency,
        created_by=by,
        created_at=at,
        updated_at=at,
        **checks.all_of(values, {**_checks(customer), "status": checks.choice(OrderStatus)}),
    )
    _check_po(order)
    drawn = order_lines.draw(order, lines, {})
    order.total = order_lines.total(drawn)
    order.unbilled = bool(drawn) and order.status in SENT_OUT
    order.number = free_number(organization)
    order.save()
    OrderLine.objects.bulk_create(drawn)
    activity.record(organization, event="order.created", kind="order", object_id=order.pk, by=by, now=at)
    return order


@transaction.atomic
def change(
    order: SalesOrder,
    values: Mapping[str, Any] | None = None,
    *,
    lines: Sequence[LineDraft] | None = None,
    by: User | None,
    now: datetime | None = None,
) -> SalesOrder:
    """Set these fields, and with `lines` the whole list of lines: a line that no draft names is taken off.

    What stands on a live invoice is frozen (R16): its line stays, with its product and price, and with at least the
    quantity that is invoiced.
    """
    read_again(order)
    new = checks.new_ones(order, values or {}, _checks(order.customer))
    if "location" in new:
        new["ship_to"] = _ship_to(order.customer, new["location"])
    changes = activity.differences(order, new)
    for field, value in new.items():
        setattr(order, field, value)
    if "po_number" in new:
        _check_po(order)
    if lines is not None:
        changes |= order_lines.replace(order, lines)
    if changes:
        order.updated_at = now or timezone.now()
        order.save()
        recount(order.organization, [order.pk])
        order.refresh_from_db(fields=["invoiced", "unbilled"])
        _record(order, "order.updated", changes, by=by)
    return order


def _checks(customer: Customer) -> dict[str, checks.Check]:
    def location(value: Any) -> Location | None:
        if value is None or (isinstance(value, Location) and value.customer_id == customer.pk):
            return value
        raise checks.Unfit(f"Choose one of the places of {customer}.")

    return {
        "po_number": checks.line(60),
        "order_date": checks.day,
        "ship_date": checks.optional_day,
        "location": location,
        "terms": checks.row_of(PaymentTerm, customer.organization),
        "notes": checks.paragraphs,
    }


def _check_po(order: SalesOrder) -> None:
    if missing_po(order.organization, order.po_number, order.status):
        raise Invalid({"po_number": "Every order but a draft needs the customer’s PO number. Enter it."})


def _ship_to(customer: Customer, location: Location | None) -> Address:
    return location.address if location else customer.billing_address


def free_number(organization: Organization) -> str:
    """The next number that no order has: a prefix that was changed and changed back has used some."""
    number = next_order_number(organization)
    while SalesOrder.objects.filter(organization=organization, number=number).exists():
        number = next_order_number(organization)
    return number


def _record(order: SalesOrder, event: str, changes: Mapping[str, Any], *, by: User | None) -> None:
    activity.record(
        order.organization,
        event=event,
        kind="order",
        object_id=order.pk,
        changes=changes,
        by=by,
        now=order.updated_at,
    )

"""Orders move along and leave the house in parts; what left is what can be invoiced of them (R16)."""

from decimal import Decimal
from typing import Any

import pytest

from buddy.hub import activity, invoices, orders
from buddy.hub.errors import Invalid, Refused
from buddy.hub.orders import LineDraft, OrderLine, SalesOrder
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(organization: Organization) -> SalesOrder:
    """Ten of oil and four of salt, at 10.00."""
    return make.order(lines=[(make.product("Oil"), 10), (make.product("Salt"), 4)])


def lines(order: SalesOrder) -> tuple[OrderLine, OrderLine]:
    oil, salt = order.lines.all()
    return oil, salt


def unbilled(order: SalesOrder) -> bool:
    return SalesOrder.objects.get(pk=order.pk).unbilled


def shipped_invoice(order: SalesOrder) -> list[tuple[str, Decimal]]:
    made = make.invoice(order, only_shipped=True)
    return list(made.lines.values_list("name", "quantity"))


def test_each_order_that_may_moves_and_the_others_say_why(organization: Organization) -> None:
    free, stuck, there = make.order(), make.order(), make.order(status="cancelled")
    make.invoice(stuck, number="1042")
    moved = orders.move(organization, [free.pk, stuck.pk, there.pk], "cancelled", by=None)
    assert ([each.pk for each in moved.changed], moved.already) == ([free.pk], 1)
    [(order, why)] = moved.refused
    assert (order.pk, "stands on invoice 1042" in why) == (stuck.pk, True)
    assert set(SalesOrder.objects.values_list("status", flat=True)) == {"cancelled", "confirmed"}


def test_moving_many_costs_as_many_queries_as_moving_one(
    organization: Organization, django_assert_max_num_queries: Any
) -> None:
    ids = [make.order().pk for _ in range(30)]
    with django_assert_max_num_queries(13):
        assert len(orders.move(organization, ids, "shipped", by=None).changed) == 30


def test_a_cancelled_order_is_confirmed_before_it_goes_anywhere(organization: Organization) -> None:
    order = make.order(status="cancelled")
    with pytest.raises(Refused, match="Confirm it again first"):
        orders.set_status(order, "shipped", by=None)
    orders.set_status(order, "confirmed", by=None)
    assert orders.set_status(order, "shipped", by=None).status == "shipped"


def test_an_order_without_lines_is_not_shipped(organization: Organization) -> None:
    empty = orders.place(organization, make.customer(), lines=[], status="confirmed", by=None)
    with pytest.raises(Refused, match="has no lines"):
        orders.set_status(empty, "shipped", by=None)


def test_where_every_order_needs_a_po_number_only_drafts_go_without(organization: Organization) -> None:
    organization.requires_po = True
    organization.save()
    customer, line = make.customer(), LineDraft(make.product(), Decimal(1))
    with pytest.raises(Invalid) as refused:
        orders.place(organization, customer, lines=[line], status="confirmed", by=None)
    assert refused.value.fields.keys() == {"po_number"}
    draft = orders.place(organization, customer, lines=[line], by=None)
    with pytest.raises(Refused, match="no PO number"):
        orders.set_status(draft, "confirmed", by=None)
    orders.change(draft, {"po_number": "HA-1"}, by=None)
    orders.set_status(draft, "confirmed", by=None)
    with pytest.raises(Invalid):
        orders.change(draft, {"po_number": ""}, by=None)
    assert SalesOrder.objects.get().po_number == "HA-1"


# --- In parts --------------------------------------------------------------------------------------------------------


def test_two_shipments_make_two_invoices_of_what_left_each_time(order: SalesOrder) -> None:
    oil, salt = lines(order)
    orders.ship(order, {oil.pk: "6", salt.pk: 0}, by=None)
    assert (order.status, unbilled(order)) == ("processing", True)
    assert shipped_invoice(order) == [("Oil", 6)]
    assert not unbilled(order)
    with pytest.raises(Refused, match="left to invoice"):
        shipped_invoice(order)
    orders.ship(order, {oil.pk: "4", salt.pk: "4"}, by=None)
    assert (order.status, unbilled(order)) == ("shipped", True)
    assert shipped_invoice(order) == [("Oil", 4), ("Salt", 4)]
    order.refresh_from_db()
    assert (order.invoiced, order.unbilled) == ("all", False)


def test_never_more_leaves_than_was_ordered(order: SalesOrder) -> None:
    oil, salt = lines(order)
    orders.ship(order, {oil.pk: "6"}, by=None)
    with pytest.raises(Invalid) as refused:
        orders.ship(order, {oil.pk: "5", salt.pk: "1"}, by=None)
    assert refused.value.fields == {f"ship-{oil.pk}": "Only 4 are left to ship."}
    assert [line.shipped for line in lines(order)] == [6, 0]


def test_a_voided_invoice_of_a_shipment_makes_it_invoiceable_again(order: SalesOrder) -> None:
    oil, _ = lines(order)
    orders.ship(order, {oil.pk: "6"}, by=None)
    made = make.invoice(order, only_shipped=True)
    invoices.end(order.organization, [made.pk], "voided", now=make.NOW)
    assert unbilled(order)
    assert shipped_invoice(order) == [("Oil", 6)]


def test_what_was_invoiced_before_it_left_is_not_invoiced_when_it_leaves(order: SalesOrder) -> None:
    make.invoice(order)
    orders.set_status(order, "shipped", by=None)
    assert not order.unbilled
    with pytest.raises(Refused):
        shipped_invoice(order)


def test_a_shipment_is_taken_back_as_far_as_it_is_not_invoiced(order: SalesOrder) -> None:
    oil, _ = lines(order)
    orders.ship(order, {oil.pk: "6"}, by=None)
    orders.ship(order, {oil.pk: "-2"}, by=None)
    make.invoice(order, only_shipped=True)
    with pytest.raises(Invalid, match="4 are on an invoice"):
        orders.ship(order, {oil.pk: "-1"}, by=None)
    assert lines(order)[0].shipped == 4


def test_an_order_of_which_part_left_is_neither_cancelled_nor_emptied(order: SalesOrder) -> None:
    oil, salt = lines(order)
    orders.ship(order, {oil.pk: "6"}, by=None)
    with pytest.raises(Refused, match="Take the shipment back first"):
        orders.set_status(order, "cancelled", by=None)
    with pytest.raises(Refused, match="Oil was shipped"):
        orders.change(order, lines=[LineDraft(salt.product, Decimal(4), id=salt.pk)], by=None)
    with pytest.raises(Invalid) as refused:
        orders.change(order, lines=[LineDraft(salt.product, Decimal(5), id=oil.pk)], by=None)
    assert refused.value.fields.keys() == {"lines-0-product", "lines-0-quantity"}
    both = [LineDraft(oil.product, Decimal(6), id=oil.pk), LineDraft(salt.product, Decimal(4), id=salt.pk)]
    assert orders.change(order, lines=both, by=None).total == Decimal("100.00")


def test_a_draft_and_what_has_left_already_are_not_shipped_in_part(organization: Organization) -> None:
    draft, gone = make.order(status="draft"), make.order(status="shipped")
    for order, why in ((draft, "Confirm it first"), (gone, "has left already")):
        with pytest.raises(Refused, match=why):
            orders.ship(order, {order.lines.get().pk: "1"}, by=None)
    confirmed = make.order()
    for nothing in ({}, {confirmed.lines.get().pk: 0}):
        with pytest.raises(Refused, match="Nothing was entered"):
            orders.ship(confirmed, nothing, by=None)


def test_a_shipment_is_written_down(order: SalesOrder) -> None:
    oil, _ = lines(order)
    orders.ship(order, {oil.pk: "2.5"}, by=None)
    entry = activity.of(order.organization, "order", order.pk)[0]
    assert entry.event == "order.shipped"
    assert entry.changes == {"shipped": ["", "2.5 × Oil"], "status": ["confirmed", "processing"]}

"""Orders: numbered, priced by one rule, moved along, and frozen where an invoice stands on them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope

from buddy.hub import activity, customers, invoices, orders, products
from buddy.hub.address import Address
from buddy.hub.errors import Invalid, Refused
from buddy.hub.orders import LineDraft, SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def place(organization: Organization, *lines: LineDraft, **fields: Any) -> SalesOrder:
    given = {"customer": make.customer(), "by": None, "now": make.NOW, **fields}
    return orders.place(organization, given.pop("customer"), lines=lines, **given)


def invoiced(order: SalesOrder) -> str:
    return SalesOrder.objects.get(pk=order.pk).invoiced


# --- Placing ---------------------------------------------------------------------------------------------------------


def test_an_order_takes_the_next_number_and_the_customers_ways(organization: Organization) -> None:
    net30 = make.term()
    customer = make.customer(terms=net30, currency="CAD", billing_address=Address(city="Salem"))
    first, second = place(organization, customer=customer), place(organization, customer=customer)
    assert (first.number, second.number) == ("SO-1001", "SO-1002")
    assert (first.terms, first.currency, first.ship_to.city, first.status) == (net30, "CAD", "Salem", "draft")


def test_an_order_is_dated_where_the_business_is(organization: Organization) -> None:
    late = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # still the evening before in New York
    assert place(organization, now=late).order_date == date(2026, 11, 24)


def test_an_order_goes_to_the_chosen_place_even_when_that_moves_later(organization: Organization) -> None:
    customer = make.customer()
    back_door = make.location(customer, address=Address(line1="1 Pier Rd"))
    order = place(organization, customer=customer, location=back_door)
    customers.change_location(back_door, {"address": {"line1": "9 Mill St"}}, by=None)
    order.refresh_from_db()
    assert order.ship_to.line1 == "1 Pier Rd"
    with pytest.raises(Invalid, match="one of the places"):
        place(organization, location=back_door)


def test_a_number_that_is_taken_is_skipped(organization: Organization) -> None:
    taken = place(organization)
    SalesOrder.objects.filter(pk=taken.pk).update(number="SO-1002")
    assert place(organization).number == "SO-1003"


def test_lines_are_priced_by_the_rounded_net_price(organization: Organization) -> None:
    oil = make.product(price="3.3333")
    cheaper = LineDraft(oil, Decimal(3), discount_percent=Decimal("12.5"))
    order = place(organization, cheaper, LineDraft(oil, Decimal(1)))
    first, second = order.lines.all()
    assert (first.net_price, first.amount) == (Decimal("2.9166"), Decimal("8.75"))  # not 3 × 2.91663…
    assert (second.amount, order.total) == (Decimal("3.33"), Decimal("12.08"))


def test_a_line_tells_which_of_its_fields_is_wrong(organization: Organization) -> None:
    oil, gone = make.product(), make.product(active=False)
    with pytest.raises(Invalid) as refused:
        place(organization, LineDraft(oil, Decimal(1)), LineDraft(oil, Decimal(0)), LineDraft(gone, Decimal(1)))
    assert refused.value.fields.keys() == {"lines-1-quantity", "lines-2-product"}
    assert not SalesOrder.objects.exists()


def test_nobody_orders_for_an_inactive_customer_or_anothers_product(organization: Organization) -> None:
    with pytest.raises(Invalid, match="is inactive"):
        place(organization, customer=make.customer(active=False))
    with scope(organization=make.organization("Elsewhere")):
        theirs = make.product()
    with pytest.raises(Invalid):
        place(organization, LineDraft(theirs, Decimal(1)))


def test_orders_owe_the_books_nothing(organization: Organization) -> None:
    orders.set_status(make.order(status="draft"), "confirmed", by=None)
    assert not Mark.objects.exists()


# --- Changing --------------------------------------------------------------------------------------------------------


def test_changing_lines_keeps_adds_and_takes_off(organization: Organization) -> None:
    oil, salt = make.product("Oil"), make.product("Salt", price="2")
    order = make.order(lines=[(oil, 1), (salt, 5)])
    first, second = order.lines.all()
    drafts = [LineDraft(salt, Decimal(6), id=second.pk), LineDraft(oil, Decimal("2.5"), unit_price=Decimal(9))]
    orders.change(order, lines=drafts, by=None, now=make.NOW)
    lines = [(line.pk == second.pk, line.position, line.product, line.quantity) for line in order.lines.all()]
    assert lines == [(True, 1, salt, 6), (False, 2, oil, Decimal("2.5"))]
    order.refresh_from_db()
    assert order.total == Decimal("34.50")
    [entry, _] = activity.of(organization, "order", order.pk)
    assert entry.changes == {
        "lines": ["1 × Oil at 10\n5 × Salt at 2", "6 × Salt at 2\n2.5 × Oil at 9"],
        "total": ["20.00", "34.50"],
    }
    assert not orders.OrderLine.objects.filter(pk=first.pk).exists()


def test_a_standing_line_keeps_its_price_when_the_product_gets_dearer(organization: Organization) -> None:
    oil = make.product(price="10")
    order = make.order(lines=[(oil, 1)])
    products.change(oil, {"base_price": "12"}, by=None)
    orders.change(order, lines=[LineDraft(oil, Decimal(2), id=order.lines.get().pk)], by=None)
    assert order.total == Decimal("20.00")


def test_saving_an_order_unchanged_writes_nothing_down(organization: Organization) -> None:
    order = make.order(po_number="7")
    line = order.lines.get()
    draft = LineDraft(line.product, line.quantity, line.unit_price, line.discount_percent, line.description, line.pk)
    orders.change(order, {"po_number": "7", "notes": ""}, lines=[draft], by=None)
    assert [entry.event for entry in activity.of(organization, "order", order.pk)] == ["order.created"]


def test_a_line_somebody_else_took_off_is_noticed(organization: Organization) -> None:
    order = make.order()
    line = order.lines.get()
    orders.change(order, lines=[LineDraft(make.product(), Decimal(1))], by=None)
    with pytest.raises(Refused, match="changed meanwhile"):
        orders.change(order, lines=[LineDraft(line.product, Decimal(1), id=line.pk)], by=None)


# --- Where an invoice stands on it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_an_invoiced_order_becomes_neither_draft_nor_cancelled(organization: Organization, status: str) -> None:
    order = make.order()
    invoice = make.invoice(order, number="1042")
    with pytest.raises(Refused, match=f"{order} stands on invoice 1042.*Void"):
        orders.set_status(order, status, by=None)
    assert orders.set_status(order, "shipped", by=None).status == "shipped"
    invoices.end(organization, [invoice.pk], "voided", now=make.NOW)
    assert orders.set_status(order, status, by=None).status == status


def test_a_status_move_is_written_down_once(organization: Organization) -> None:
    order = make.order()
    orders.set_status(order, "shipped", by=None, now=make.NOW)
    orders.set_status(order, "shipped", by=None, now=make.NOW)
    [moved, _] = activity.of(organization, "order", order.pk)
    assert moved.changes == {"status": ["confirmed", "shipped"]}
    with pytest.raises(Invalid, match="Choose one of"):
        orders.set_status(order, "lost", by=None)


def test_an_invoiced_line_keeps_product_price_discount_and_quantity(organization: Organization) -> None:
    oil = make.product("Oil")
    order = make.order(lines=[(oil, 5)])
    make.invoice(order, quantities={order.lines.get().pk: Decimal(3)})
    line = order.lines.get()
    wrong = LineDraft(make.product("Salt"), Decimal(2), Decimal(9), Decimal(5), id=line.pk)
    with pytest.raises(Invalid) as refused:
        orders.change(order, lines=[wrong], by=None)
    assert refused.value.fields.keys() == {
        f"lines-0-{f}" for f in ("product", "unit_price", "discount_percent", "quantity")
    }
    assert refused.value.fields["lines-0-quantity"] == "3 are on an invoice. Order at least that many."
    with pytest.raises(Refused, match="Oil is on an invoice"):
        orders.change(order, lines=[], by=None)
    orders.change(order, lines=[LineDraft(oil, Decimal(3), id=line.pk)], by=None)
    assert (order.invoiced, order.total) == ("all", Decimal("30.00"))


def test_ordering_more_makes_an_invoiced_order_invoiceable_again(organization: Organization) -> None:
    oil = make.product()
    order = make.order(lines=[(oil, 5)])
    make.invoice(order)
    assert invoiced(order) == "all"
    line = order.lines.get()
    orders.change(order, lines=[LineDraft(oil, Decimal(8), id=line.pk)], by=None)
    assert invoiced(order) == "part"
    assert orders.remaining([order.pk]) == {line.pk: Decimal(3)}


def test_what_remains_is_exact_to_four_decimals(organization: Organization) -> None:
    order = make.order(lines=[(make.product(), "0.3")])
    line = order.lines.get()
    for _ in range(3):
        make.invoice(order, quantities={line.pk: Decimal("0.1")})
    assert orders.remaining([order.pk]) == {line.pk: 0}
    assert invoiced(order) == "all"


def test_recounting_a_hundred_orders_costs_as_many_queries_as_one(
    organization: Organization, django_assert_max_num_queries: Any
) -> None:
    placed = [make.order() for _ in range(30)]
    with django_assert_max_num_queries(7):
        orders.recount(organization, [order.pk for order in placed])


def test_an_order_without_lines_counts_as_not_invoiced(organization: Organization) -> None:
    order = place(organization)
    orders.recount(organization, [order.pk])
    assert invoiced(order) == "none"

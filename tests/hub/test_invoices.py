"""From orders to invoices and back: each quantity once, totals by one rule, and orders freed when an invoice ends."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from buddy.hub import activity, invoices, orders
from buddy.hub.address import Address
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice, InvoiceDraft
from buddy.hub.orders import LineDraft, SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def invoiced(order: SalesOrder) -> str:
    return SalesOrder.objects.get(pk=order.pk).invoiced


def events(organization: Organization, kind: str, pk: int) -> list[str]:
    return [entry.event for entry in activity.of(organization, kind, pk)]


def create(organization: Organization, *drafts: InvoiceDraft) -> list[Invoice]:
    return invoices.create_from_orders(organization, drafts, by=None, now=make.NOW)


# --- Creating --------------------------------------------------------------------------------------------------------


def test_an_order_becomes_an_invoice_that_is_owed_to_the_books(organization: Organization) -> None:
    june = make.user()
    customer = make.customer(billing_address=Address(city="Salem"))
    order = make.order(customer, [(make.product("Oil", price="3.3333", description="5 l"), 3)], po_number="77")
    [invoice] = invoices.create_from_orders(
        organization, [make.invoice_draft(order, number="INV-7", po_number="77")], by=june, now=make.NOW
    )
    line = invoice.lines.get()
    assert (line.name, line.description, line.order_line, line.taxable) == ("Oil", "5 l", order.lines.get(), True)
    assert (line.quantity, line.unit_price, line.amount) == (3, Decimal("3.3333"), Decimal("10.00"))
    money = (invoice.subtotal, invoice.total, invoice.balance, invoice.predicted_total)
    assert money == (Decimal("10.00"),) * 4
    assert (invoice.number, invoice.billing_address.city, invoice.po_number) == ("INV-7", "Salem", "77")
    assert list(Mark.objects.values_list("kind", "object_id", "marked_by")) == [("invoice", invoice.pk, june.pk)]
    assert invoiced(order) == "all"
    assert events(organization, "invoice", invoice.pk) == ["invoice.created"]
    assert events(organization, "order", order.pk)[0] == "order.invoiced"


def test_a_discount_is_in_the_unit_price(organization: Organization) -> None:
    order = orders.place(
        organization,
        make.customer(),
        lines=[LineDraft(make.product(price="10"), Decimal(3), discount_percent=Decimal(15))],
        status="confirmed",
        by=None,
    )
    line = make.invoice(order).lines.get()
    assert (line.unit_price, line.amount) == (Decimal("8.5"), Decimal("25.50"))


@pytest.mark.parametrize(("customer", "product"), [(True, False), (False, True)])
def test_a_line_is_taxable_when_customer_and_product_are(
    organization: Organization, customer: bool, product: bool
) -> None:
    order = make.order(make.customer(taxable=customer), [(make.product(taxable=product), 1)])
    assert not make.invoice(order).lines.get().taxable


def test_a_combined_invoice_says_of_each_line_which_order_it_is_of(organization: Organization) -> None:
    customer, oil = make.customer(), make.product(description="5 l")
    one = make.order(customer, [(oil, 1)], po_number="77")
    other = make.order(customer, [(make.product(), 2)])
    lines = list(make.invoice(one, other).lines.all())
    assert [line.description for line in lines] == [f"{one} · PO 77: 5 l", f"{other}"]
    assert [line.position for line in lines] == [1, 2]


def test_part_of_an_order_and_then_the_rest(organization: Organization) -> None:
    order = make.order(lines=[(make.product(), 5), (make.product(), 1)])
    first = order.lines.all()[0]
    part = make.invoice(order, quantities={first.pk: Decimal(2)})
    assert [line.quantity for line in part.lines.all()] == [2]
    assert invoiced(order) == "part"
    rest = make.invoice(order)
    assert [line.quantity for line in rest.lines.all()] == [3, 1]
    assert invoiced(order) == "all"


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_neither_drafts_nor_cancelled_orders_are_invoiced(organization: Organization, status: str) -> None:
    order = make.order(status=status)
    with pytest.raises(Refused, match=f"{order} is {status.capitalize()}"):
        make.invoice(order)


def test_an_order_invoiced_meanwhile_is_named_and_nothing_of_the_group_is_made(organization: Organization) -> None:
    customer = make.customer()
    fresh, taken = make.order(customer), make.order(customer)
    drafts = [make.invoice_draft(fresh), make.invoice_draft(taken)]
    make.invoice(taken)
    with pytest.raises(Refused, match=f"Nothing of {taken} is left"):
        create(organization, *drafts)
    assert Invoice.objects.count() == 1
    assert invoiced(fresh) == "none"


def test_more_than_remains_is_refused_with_what_is_left(organization: Organization) -> None:
    order = make.order(lines=[(make.product("Oil"), 5)])
    line = order.lines.get()
    make.invoice(order, quantities={line.pk: Decimal(3)})
    with pytest.raises(Refused, match=f"{order} was invoiced meanwhile: of Oil there are only 2 left"):
        make.invoice(order, quantities={line.pk: Decimal(3)})


def test_one_order_in_two_groups_is_not_invoiced_twice(organization: Organization) -> None:
    order = make.order()
    with pytest.raises(Refused, match="Nothing of"):
        create(organization, make.invoice_draft(order), make.invoice_draft(order))


def test_orders_of_two_customers_or_currencies_do_not_mix(organization: Organization) -> None:
    order = make.order()
    with pytest.raises(Refused, match=f"{order} is not for"):
        make.invoice(order, make.order(), customer=make.customer())
    dearer = make.order(make.customer(currency="CAD"))
    dearer.customer.currency = "USD"
    with pytest.raises(Refused, match=f"{dearer} is not for"):
        make.invoice(dearer)


def test_an_order_that_is_gone_is_named(organization: Organization) -> None:
    order = make.order()
    draft = make.invoice_draft(order)
    SalesOrder.objects.filter(pk=order.pk).delete()
    with pytest.raises(Refused, match=f"{order} is not there any more"):
        create(organization, draft)


def test_thirty_invoices_cost_as_many_queries_as_two(
    organization: Organization, django_assert_max_num_queries: Any
) -> None:
    drafts = [make.invoice_draft(make.order()) for _ in range(30)]
    with django_assert_max_num_queries(25):
        create(organization, *drafts)


# --- Ending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["voided", "deleted"])
def test_what_ends_in_the_books_frees_its_orders_once(organization: Organization, ended: str) -> None:
    order = make.order()
    invoice = make.invoice(order)
    assert invoices.end(organization, [invoice.pk], ended, now=make.NOW, run=3) == [order]
    assert invoices.end(organization, [invoice.pk], ended, now=make.NOW, run=4) == []
    invoice.refresh_from_db()
    assert (invoice.ended, invoice.ended_at) == (ended, make.NOW)
    assert invoiced(order) == "none"
    latest = activity.of(organization, "invoice", invoice.pk)[0]
    assert (latest.event, latest.source, latest.run) == (f"invoice.{ended}", "books", 3)
    assert events(organization, "order", order.pk)[0] == "order.freed"
    make.invoice(order)


def test_a_voided_invoice_that_is_then_deleted_frees_nothing_more(organization: Organization) -> None:
    order = make.order()
    first = make.invoice(order)
    invoices.end(organization, [first.pk], "voided", now=make.NOW)
    make.invoice(order)
    assert invoices.end(organization, [first.pk], "deleted", now=make.NOW) == []
    assert invoiced(order) == "all"


def test_ending_is_set_based(organization: Organization, django_assert_max_num_queries: Any) -> None:
    made = [make.invoice() for _ in range(20)]
    with django_assert_max_num_queries(18):
        assert len(invoices.end(organization, [invoice.pk for invoice in made], "voided", now=make.NOW)) == 20


def test_an_invoice_of_the_books_without_orders_ends_too(organization: Organization) -> None:
    day = date(2026, 11, 1)
    invoice = Invoice.objects.create(
        organization=organization,
        customer=make.customer(),
        invoice_date=day,
        due_date=day,
        currency="USD",
        born_here=False,
        created_at=make.NOW,
    )
    assert invoices.end(organization, [invoice.pk], "deleted", now=make.NOW) == []
    with pytest.raises(Refused, match="cannot be discarded"):
        invoices.discard(invoice, by=None)


def test_discarding_frees_the_orders_and_owes_nothing_any_more(organization: Organization) -> None:
    order = make.order()
    invoice = make.invoice(order)
    assert invoices.discard(invoice, by=make.user(), now=make.NOW) == [order]
    assert (invoice.ended, invoiced(order)) == ("discarded", "none")
    assert not Mark.objects.filter(kind="invoice").exists()
    with pytest.raises(Refused, match="cannot be discarded"):
        invoices.discard(invoice, by=None)


def test_an_invoice_that_counts_again_takes_its_orders_back(organization: Organization) -> None:
    order = make.order()
    invoice = make.invoice(order)
    invoices.end(organization, [invoice.pk], "voided", now=make.NOW)
    assert invoices.revive(organization, [invoice.pk], now=make.NOW) == {}
    invoice.refresh_from_db()
    assert (invoice.ended, invoice.ended_at, invoiced(order)) == ("", None, "all")


def test_an_invoice_that_counts_again_names_the_orders_invoiced_meanwhile(organization: Organization) -> None:
    customer = make.customer()
    again, once = make.order(customer), make.order(customer)
    invoice = make.invoice(again, once)
    invoices.end(organization, [invoice.pk], "voided", now=make.NOW)
    make.invoice(again)
    assert invoices.revive(organization, [invoice.pk], now=make.NOW) == {invoice.pk: [again]}
    assert orders.remaining([again.pk]) == {again.lines.get().pk: -1}


# --- What it is today ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "open"),
        ({"balance": Decimal(4)}, "partial"),
        ({"balance": Decimal(0)}, "paid"),
        ({"balance": Decimal(4), "due_date": date(2026, 11, 23)}, "overdue"),
        ({"balance": Decimal(0), "total": Decimal(0)}, "no_charge"),
        ({"ended": "voided"}, "voided"),
    ],
)
def test_a_status_is_derived_alike_by_row_and_by_query(
    organization: Organization, fields: dict[str, Any], status: str
) -> None:
    invoice = make.invoice()
    Invoice.objects.filter(pk=invoice.pk).update(**fields)
    invoice.refresh_from_db()
    today = date(2026, 11, 24)
    assert invoice.status(today) == status
    found = [each for each in invoices.InvoiceStatus if Invoice.objects.with_status(each, today).exists()]
    assert found == [status]


def test_until_the_books_have_numbered_it_it_goes_by_its_order(organization: Organization) -> None:
    customer = make.customer()
    one, two, three = (make.order(customer) for _ in range(3))
    assert str(make.invoice(one)) == one.number
    several = make.invoice(two, three)
    assert str(several) == f"{two.number} and 1 more"
    several.number = "1042"
    assert str(several) == "1042"

"""What holds things up: one cause for all that waits for the same, in words, and putting it right sends all of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from buddy.hub import customers
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.sync import answers
from buddy.sync.causes import EXAMPLES, MOST, Cause, causes
from buddy.sync.models import Connection, ConnectionState, Link, Outcome, Trouble
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def only(organization: Organization) -> Cause:
    [found] = causes(organization)
    return found


def trouble(
    organization: Organization, kind: str, pk: int, cause: str, reason: str = "QuickBooks says no. Correct it."
) -> Trouble:
    return Trouble(organization=organization, kind=kind, object_id=pk, cause=cause, reason=reason, since=make.NOW)


def test_invoices_that_wait_for_one_item_are_one_cause_and_choosing_it_sends_them_at_once(
    order: SalesOrder, company: Company, admin: User
) -> None:
    made = [invoice(each, by=admin) for each in (order, another_order(2), another_order(1))]
    product = Product.objects.get()
    Link.objects.filter(kind="product").delete()
    sync(order.organization)
    found = only(order.organization)
    assert found.title == f"3 invoices wait for the item “{product}”"
    assert found.money == [("USD", Decimal("87.50"))]
    assert found.fix is not None
    assert (found.fix.label, found.fix.url) == ("Choose item", f"/products/{product.pk}/link/")
    assert [pk for _, pk, _ in found.examples] == [each.pk for each in made]

    answers.link_product(product, company.all("Item")[0]["Id"], by=admin)
    sync(order.organization)
    assert causes(order.organization) == []
    assert Link.objects.filter(kind="invoice").count() == 3


def test_what_stops_a_customer_is_the_cause_of_all_that_waits_for_it(
    order: SalesOrder, company: Company, admin: User, wire: Wire
) -> None:
    customer = make.customer("Albion Supplies")
    waiting = [make.order(customer, [(Product.objects.get(), 1)]) for _ in range(2)]
    customers.change(customer, {"phone": "555 0101"}, by=None)
    for each in waiting:
        make.invoice(each)
    company.create("Vendor", {"DisplayName": "Albion Supplies"})
    sync(order.organization)
    found = only(order.organization)
    assert found.waits == {"customer": 1, "invoice": 2}
    assert "Albion Supplies" in found.title
    assert "2 invoices wait for it" in found.detail


def test_sending_a_cause_again_sends_what_it_held_and_nothing_else(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    held = [invoice(each, by=admin) for each in (order, another_order(2))]
    other = invoice(another_order(1), by=admin)
    Mark.objects.all().delete()
    closed = "The books are closed for this date in QuickBooks. Choose a later date."
    rows = [trouble(order.organization, "invoice", each.pk, "fault:6200", closed) for each in held]
    Trouble.objects.bulk_create([*rows, trouble(order.organization, "invoice", other.pk, "fault:2080")])
    first, second = causes(order.organization)
    assert first.title == "2 invoices wait: The books are closed for this date in QuickBooks"
    assert first.detail == "Choose a later date."
    assert first.fix is not None
    assert first.fix.how == "retry"
    assert second.waits == {"invoice": 1}

    assert answers.retry_all(order.organization, first.key, by=admin) == 2
    assert sync(order.organization) == Outcome.DONE
    assert set(Link.objects.filter(kind="invoice").values_list("object_id", flat=True)) == {each.pk for each in held}
    assert only(order.organization).key == "fault:2080"


def test_documents_of_an_undecided_customer_are_told_with_the_question(connected: Connection, company: Company) -> None:
    for name in ("Albion One", "Albion Two"):
        make.customer(name, email="ap@albion.example")
    there = books.customer(company, "Albion", email="ap@albion.example")
    for _ in range(2):
        books.invoice(company, there["Id"])
    sync(connected.organization)
    found = only(connected.organization)
    assert found.title == "2 documents of QuickBooks wait for the QuickBooks customer “Albion”"
    assert found.fix is not None
    assert found.fix.url.startswith("/data-quality/")
    assert found.fix.label == "Decide"


def test_what_is_owed_while_nobody_is_connected_has_one_cause(connected: Connection) -> None:
    assert causes(connected.organization) == []
    for _ in range(3):
        customers.create(connected.organization, {"display_name": "Lead"}, by=None)
    Connection.objects.update(state=ConnectionState.RECONNECT, reason="It ran out.")
    found = only(connected.organization)
    assert (found.title, found.detail) == (
        "3 changes wait for QuickBooks to be connected again",
        "It ran out. It goes out as soon as an admin has reconnected.",
    )
    assert found.fix is not None
    assert found.fix.label == "Reconnect"


def test_a_request_without_an_answer_is_told_and_heals_by_itself(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    for _ in range(2):
        wire.answer("/batch?", 503, {})
        sync(connected.organization)
    found = only(connected.organization)
    assert found.title == "QuickBooks has not answered about 1 invoice"
    assert found.fix is None
    sync(connected.organization)
    assert causes(connected.organization) == []


def test_ten_thousand_that_wait_cost_as_many_questions_as_ten(organization: Organization) -> None:
    counts = [asked(organization, many) for many in (10, 9_990)]
    assert counts[0] == counts[1]
    assert counts[1] <= 16
    found = causes(organization)
    assert len(found) == MOST
    assert found[0].waits == {"customer": 5_000}
    assert (len(found[0].examples), found[0].more) == (EXAMPLES, 5_000 - EXAMPLES)


def asked(organization: Organization, more: int) -> int:
    """Half of them wait for one item, the others each for something of its own."""
    begin = Trouble.objects.count()
    rows: list[Any] = []
    for at in range(begin, begin + more):
        cause = "product:1" if at % 2 else f"customer:{1_000_000 + at}"
        rows.append(trouble(organization, "customer", at + 1, cause))
    Trouble.objects.bulk_create(rows, batch_size=500)
    with CaptureQueriesContext(database) as queries:
        causes(organization)
    return len(queries)


def test_causes_of_another_organization_are_not_told(organization: Organization) -> None:
    trouble(organization, "invoice", 1, "product:1").save()
    assert causes(make.organization("Somebody else")) == []
    assert Invoice.objects.count() == 0


def test_invoices_dated_in_closed_books_are_one_cause_and_move_to_the_first_open_day_together(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    for each in (order, another_order(2)):
        invoice(each, by=admin)
    company.close_books("2026-11-30")
    Connection.objects.update(facts_at=None)
    sync(order.organization)
    found = only(order.organization)
    assert found.title == "2 invoices wait: The books are closed through Nov 30, 2026"
    assert found.fix is not None
    assert (found.fix.label, found.fix.how) == ("Move to Dec 1", "move")
    assert answers.date_all_open(order.organization, found.key, by=admin) == 2
    sync(order.organization)
    assert causes(order.organization) == []
    assert [each["TxnDate"] for each in company.all("Invoice")] == ["2026-12-01"] * 2

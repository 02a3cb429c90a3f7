"""Orders become invoices in QuickBooks, and what happens to them there comes back."""

from decimal import Decimal

import pytest

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, InvoiceStatus
from buddy.hub.orders import Invoiced, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync import invoicing, status
from buddy.sync.models import Connection, Link, Outcome, Sending
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, another_order, invoice, sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_becomes_an_invoice_there_and_its_payment_comes_back(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    org = connected.organization
    plan = invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY)
    assert (plan.count, plan.totals, plan.blocked) == (1, [("USD", Decimal("50.00"))], [])

    invoice = invoicing.create(org, [order.pk], combine=False, invoice_date=DAY, by=admin)[0]
    assert status.badges(org, "invoice", [invoice])[invoice.pk].state == "waiting"

    assert sync(org) == Outcome.DONE
    there = company.all("Invoice")
    assert [(each["TotalAmt"], each["CustomerRef"]["name"]) for each in there] == [(50, "Hotel Albion")]
    badge = status.badges(org, "invoice", [invoice])[invoice.pk]
    assert (badge.state, badge.remote_id) == ("ok", there[0]["Id"])
    invoice.refresh_from_db()
    assert invoice.number == there[0]["DocNumber"]
    order.refresh_from_db()
    assert order.invoiced == Invoiced.ALL

    company.pay(there[0]["CustomerRef"]["value"], 50, {there[0]["Id"]: 50})
    assert sync(org) == Outcome.DONE
    invoice.refresh_from_db()
    assert invoice.status(DAY) == InvoiceStatus.PAID


def test_a_lost_reply_makes_no_second_invoice(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: object
) -> None:
    org = connected.organization
    invoicing.create(org, [order.pk], combine=False, invoice_date=DAY, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*batch*", times=1)  # type: ignore[attr-defined]

    assert sync(org) == Outcome.FAILED
    assert Sending.objects.get().settled_at is None
    assert sync(org) == Outcome.DONE

    assert len(company.all("Invoice")) == 1
    assert Invoice.objects.count() == 1
    assert Link.objects.filter(kind="invoice").count() == 1


def test_an_invoice_voided_there_frees_its_order(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    org = connected.organization
    invoice = invoicing.create(org, [order.pk], combine=False, invoice_date=DAY, by=admin)[0]
    sync(org)

    company.void("Invoice", company.all("Invoice")[0]["Id"])
    sync(org)

    invoice.refresh_from_db()
    order.refresh_from_db()
    assert (invoice.status(DAY), order.invoiced) == (InvoiceStatus.VOIDED, Invoiced.NONE)
    assert invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY).count == 1


def left_to_invoice(order: SalesOrder) -> Invoiced:
    order.refresh_from_db()
    return Invoiced(order.invoiced)


def keep_lines(company: Company, keep: slice) -> None:
    """The bookkeeper takes the other lines off the invoice."""
    there = company.all("Invoice")[0]
    sold = [line for line in there["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    books.change(company, "Invoice", there["Id"], Line=sold[keep])


def test_a_line_taken_off_there_frees_its_order_and_no_other(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    other = another_order(4)
    invoice(order, other, by=admin, combine=True)
    sync(connected.organization)
    assert (left_to_invoice(order), left_to_invoice(other)) == (Invoiced.ALL, Invoiced.ALL)

    keep_lines(company, slice(1, None))
    sync(connected.organization)

    assert (left_to_invoice(order), left_to_invoice(other)) == (Invoiced.NONE, Invoiced.ALL)


def test_lines_that_move_up_there_stay_invoiced(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    books.item(company, "Rigatoni")
    books.item(company, "Honey")
    sync(connected.organization)
    products = [Product.objects.get(name=name) for name in ("Olives", "Rigatoni", "Honey")]
    three = make.order(Customer.objects.get(), [(product, 2) for product in products])
    made = invoice(three, by=admin)
    sync(connected.organization)

    keep_lines(company, slice(1, None))
    sync(connected.organization)

    assert [line.order_line.product.name for line in made.lines.all() if line.order_line] == ["Rigatoni", "Honey"]
    assert left_to_invoice(three) == Invoiced.PART


def test_a_product_mapped_to_another_item_later_stays_invoiced(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    Link.objects.filter(kind="product").delete()

    there = company.all("Invoice")[0]
    company.pay(there["CustomerRef"]["value"], 10, {there["Id"]: 10})
    assert sync(connected.organization) == Outcome.DONE

    assert Invoice.objects.get().balance == 40
    assert left_to_invoice(order) == Invoiced.ALL

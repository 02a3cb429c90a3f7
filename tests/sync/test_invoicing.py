"""Orders become invoices in QuickBooks, and what happens to them there comes back."""

from decimal import Decimal

import pytest

from buddy.hub.invoices import Invoice, InvoiceStatus
from buddy.hub.orders import Invoiced, SalesOrder
from buddy.hub.team import User
from buddy.sync import invoicing, status
from buddy.sync.models import Connection, Link, Outcome, Sending
from simulator.company import Company
from tests.sync.conftest import DAY, sync

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

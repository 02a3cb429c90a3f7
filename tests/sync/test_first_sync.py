"""The first sync and those after: what is in QuickBooks is in Buddy, and linked."""

from decimal import Decimal

import pytest

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.products import Product
from buddy.sync.models import Connection, Link, Outcome, Remote, Run
from simulator.app import Simulator
from simulator.company import Company
from tests.sync.conftest import sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_buddy_gets_customers_items_invoices_and_payments(connected: Connection, company: Company) -> None:
    org = connected.organization
    customer = company.create(
        "Customer", {"DisplayName": "Hotel Albion", "PrimaryEmailAddr": {"Address": "ap@albion.example"}}
    )
    account = next(each for each in company.all("Account") if each["AccountType"] == "Income")
    item = company.create(
        "Item",
        {
            "Name": "Olives",
            "Sku": "OL-1",
            "Type": "NonInventory",
            "UnitPrice": 12.5,
            "IncomeAccountRef": {"value": account["Id"]},
        },
    )
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 50,
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, "Qty": 4, "UnitPrice": 12.5},
    }
    invoice = company.create("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line]})
    company.pay(customer["Id"], 20, {invoice["Id"]: 20})

    outcome = sync(org)

    run = Run.objects.latest("pk")
    assert (outcome, run.error) == (Outcome.DONE, "")
    assert Customer.objects.get().email == "ap@albion.example"
    assert Product.objects.get(sku="OL-1").base_price == Decimal("12.5")
    here = Invoice.objects.get()
    assert (here.total, here.balance) == (Decimal(50), Decimal(30))
    assert here.lines.get().product == Product.objects.get(sku="OL-1")
    assert Payment.objects.get().applications.get().invoice == here
    assert Link.objects.filter(kind="customer").count() == 1


def test_a_cycle_without_changes_costs_one_metered_read(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    sync(connected.organization)
    before = sim.reads(connected.realm)
    for _ in range(3):
        assert sync(connected.organization) == Outcome.DONE
    assert sim.reads(connected.realm) - before == 3
    assert not Remote.objects.exclude(waiting="").exists()


def test_the_company_is_known_by_name_before_anything_else_is_read(connected: Connection, wire: Wire) -> None:
    wire.kill("/preferences?")
    assert sync_killed(connected.organization)
    connected.refresh_from_db()
    assert (connected.company_name, connected.facts) == ("Larkspur Fine Foods LLC", {})

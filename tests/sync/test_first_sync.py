"""The first sync and those after: what is in QuickBooks is in Buddy, and linked."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database

from buddy.hub import customers, matching, matchkeys
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.matching import Key
from buddy.hub.matching.blocking import hints
from buddy.hub.matchkeys import MatchKey
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync.models import Connection, Link, Outcome, Remote, RemoteKey, Run
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
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


# --- The keys of customers, written when all of them are here --------------------------------------------------------


def stored_keys() -> tuple[set[tuple[int, Key]], set[tuple[str, Key]]]:
    """Those of customers here, and of customers there."""
    return (
        set(MatchKey.objects.values_list("customer", "key")),
        set(RemoteKey.objects.values_list("remote_id", "key")),
    )


def assert_keyed() -> None:
    here, there = stored_keys()
    assert Customer.objects.count() == 3
    assert here == {(row.pk, key) for row in Customer.objects.all() for key in matching.keys(matchkeys.party(row))}
    assert {remote_id for remote_id, _ in there} == set(
        Link.objects.filter(kind="customer").values_list("remote_id", flat=True)
    )
    links = dict(Link.objects.filter(kind="customer").values_list("object_id", "remote_id"))
    assert there == {(links[pk], key) for pk, key in here if not hints(key)}


def companies(company: Company) -> None:
    for number in range(3):
        books.customer(
            company,
            f"Deli {number} LLC",
            email=f"c{number}@deli{number}.example",
            PrimaryPhone={"FreeFormNumber": f"617 555 010{number}"},
        )


def test_customers_of_a_first_sync_are_found_by_their_keys(connected: Connection, company: Company) -> None:
    companies(company)
    sync(connected.organization)
    assert_keyed()


def test_a_first_sync_that_dies_while_keys_are_written_writes_all_of_them_in_the_end(
    connected: Connection, company: Company
) -> None:
    companies(company)
    deaths = 0
    while sync_killed(connected.organization, at=3 + deaths):
        deaths += 1
    assert deaths > 5
    assert_keyed()


def test_a_customer_edited_before_its_keys_are_written_has_those_of_its_new_values(
    connected: Connection, company: Company, admin: User
) -> None:
    companies(company)
    edits = iter(["new@elsewhere.example"])

    def edit(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "sync_remotekey" in sql and sql.startswith("INSERT") and (email := next(edits, "")):
            customers.change(Customer.objects.get(display_name="Deli 1 LLC"), {"email": email}, by=admin)
        return execute(sql, params, many, context)

    with database.execute_wrapper(edit):
        sync(connected.organization)
    pk = Customer.objects.get(display_name="Deli 1 LLC").pk
    held = set(MatchKey.objects.filter(customer=pk).values_list("key", flat=True))
    assert matching.key(matching.EMAIL, "new@elsewhere.example") in held
    assert matching.key(matching.EMAIL, "c1@deli1.example") not in held

"""What other connectors write twice, over somebody's edit, or where nobody asked them to."""

import threading
import time
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.quickbooks.http import Limiter
from buddy.sync import connection, engine
from buddy.sync.models import Connection, Link, Outcome, Sending
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, invoice, ring, sync, sync_killed
from tests.sync.test_in_doubt import grow_old
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def linked(connected: Connection, company: Company) -> Customer:
    """Linked, and the same on both sides."""
    address = {"Line1": "1 Pier Road", "City": "Salem"}
    books.customer(company, "Hotel Albion", phone="555 0101", GivenName="Ann", CompanyName="Albion", BillAddr=address)
    sync(connected.organization)
    return Customer.objects.get()


def there(company: Company) -> dict[str, Any]:
    return dict(company.all("Customer")[0])


# --- Never twice -----------------------------------------------------------------------------------------------------


def test_every_write_carries_a_request_id_that_is_not_the_trace_id(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    invoice(order, by=admin)
    sim.faults.add("error_500_after", path="*/batch")
    for _ in range(2):
        sync(connected.organization)
    ids = [call.request_id for call in sim.calls if call.path.endswith("/batch")]
    assert len(ids) == 2
    assert ids[0] == ids[1] == Sending.objects.get().request_id
    assert len(company.all("Invoice")) == 1


def test_a_look_that_fails_sends_nothing(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    """In doubt for more than an hour, and the question whether it is there is not answered: then it is not sent."""
    invoice(order, by=admin)
    sim.faults.add("lose_reply", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    grow_old(hours=2)
    wire.show_no_changes()
    sim.faults.add("error_500", path="*/query", times=5)
    assert sync(connected.organization) == Outcome.FAILED
    assert len(wire.batches) == 1
    sim.faults.clear()
    sync(connected.organization)
    assert len(company.all("Invoice")) == 1


def test_an_invoice_without_a_number_of_ours_is_not_doubled_either(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    assert made.number == ""
    sim.faults.add("lose_reply", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    grow_old(hours=2)
    wire.show_no_changes()
    sync(connected.organization)
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk


def test_a_worker_that_dies_after_quickbooks_wrote_is_followed_by_one_that_does_not_write_again(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    wire.kill("/batch?")
    assert sync_killed(connected.organization)
    sync(connected.organization)
    assert len(company.all("Invoice")) == 1
    assert len({each.content for each in wire.batches}) == 1


def test_quickbooks_is_never_called_inside_a_transaction(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    inside: list[bool] = []
    wire.before("/batch?", lambda: inside.append(database.in_atomic_block))
    invoice(order, by=admin)
    sync(connected.organization)
    assert inside == [False]
    with transaction.atomic(), connection.new_http() as http, pytest.raises(RuntimeError, match="inside a database"):
        http.request("GET", "http://quickbooks.test/")


def test_buddy_writes_no_payments(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    made = company.all("Invoice")[0]
    company.pay(made["CustomerRef"]["value"], 50, {made["Id"]: 50})
    for _ in range(2):
        sync(connected.organization)
    assert wire.sent("Payment") == []
    assert len(company.all("Payment")) == 1


@pytest.mark.parametrize("name", ["O'Brien & Sons #1", 'The "Best" \\ Ltd', "Café <Überall> 100 %"])
def test_any_name_can_be_looked_for(
    connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire, name: str
) -> None:
    sync(connected.organization)
    row = customers.create(connected.organization, {"display_name": name}, by=admin)
    sim.faults.add("lose_reply", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    grow_old(hours=2)
    wire.show_no_changes()
    sync(connected.organization)
    assert [each["DisplayName"] for each in company.all("Customer")] == [name]
    assert Link.objects.get(kind="customer").object_id == row.pk


# --- Never over an edit ----------------------------------------------------------------------------------------------


def test_an_edit_in_the_moment_of_ours_is_merged_and_not_overwritten(
    linked: Customer, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    """Reading the newest SyncToken and sending the old values with it would lose the note."""
    customers.change(linked, {"phone": "555 0202"}, by=admin)
    id = there(company)["Id"]
    wire.before("/batch?", lambda: books.change(company, "Customer", id, Notes="From the accountant"))
    sync(connected.organization)
    assert (there(company)["Notes"], there(company)["PrimaryPhone"]["FreeFormNumber"]) == (
        "From the accountant",
        "555 0202",
    )
    linked.refresh_from_db()
    assert linked.notes == "From the accountant"


def test_the_last_writer_does_not_win_where_both_wrote(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    customers.change(linked, {"notes": "Ours"}, by=admin)
    books.change(company, "Customer", there(company)["Id"], Notes="Theirs, later")
    sync(connected.organization)
    linked.refresh_from_db()
    assert (linked.notes, there(company)["Notes"]) == ("Ours", "Theirs, later")
    [field] = Review.objects.get().data["fields"]
    assert (field["ours"], field["theirs"]) == ("Ours", "Theirs, later")


def test_an_update_leaves_alone_what_it_does_not_mean(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    """Neither a name in the address nor an empty one: what was not changed is not sent."""
    before = there(company)
    customers.change(linked, {"phone": "555 0202"}, by=admin)
    sync(connected.organization)
    after = there(company)
    assert after["PrimaryPhone"]["FreeFormNumber"] == "555 0202"
    moved = {name for name in before if before[name] != after.get(name)}
    assert moved - {"MetaData"} == {"PrimaryPhone", "SyncToken"}  # its time has whole seconds


def test_what_is_inactive_there_stays_inactive(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice(order, by=admin)
    company.deactivate("Customer", there(company)["Id"])
    company.deactivate("Item", company.all("Item")[0]["Id"])
    for _ in range(3):
        sync(connected.organization)
    assert (there(company)["Active"], company.all("Item")[0]["Active"]) == (False, False)
    assert (Customer.objects.get().active, Product.objects.get().active) == (False, False)


def test_edits_travel_both_ways(linked: Customer, connected: Connection, company: Company, admin: User) -> None:
    customers.change(linked, {"notes": "From here"}, by=admin)
    books.change(company, "Customer", there(company)["Id"], ResaleNum="From there")
    sync(connected.organization)
    linked.refresh_from_db()
    assert (linked.resale_number, there(company)["Notes"]) == ("From there", "From here")


# --- Tokens and pace -------------------------------------------------------------------------------------------------


def test_a_good_token_is_used_as_long_as_it_lasts(connected: Connection, wire: Wire) -> None:
    for _ in range(3):
        sync(connected.organization)
    assert not [each for each in wire.asked if "/tokens/bearer" in each.text]


def test_one_refused_token_asks_nobody_to_reconnect(connected: Connection, sim: Simulator) -> None:
    sync(connected.organization)
    sim.faults.add("unauthorized", path="*/cdc")
    assert sync(connected.organization) == Outcome.DONE
    row = Connection.objects.get()
    assert (row.state, bool(row.refresh_token)) == ("connected", True)


def test_two_workers_do_not_refresh_at_once(connected: Connection, sim: Simulator, wire: Wire) -> None:
    sync(connected.organization)
    sim.expire_access(REALM)
    second: list[Outcome | None] = []

    def another_worker() -> None:
        ring(connected.organization)
        second.append(engine.run(connected.organization.pk))

    wire.before("/tokens/bearer", another_worker)
    assert sync(connected.organization) == Outcome.DONE
    assert second == [None]
    assert len([each for each in wire.asked if "/tokens/bearer" in each.text]) == 1


def test_tokens_are_unreadable_in_the_database(connected: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM sync_connection")
        stored = cursor.fetchone()
    row = Connection.objects.get()
    assert row.access_token not in stored
    assert row.refresh_token not in stored
    assert len(row.refresh_token) > 10


def test_too_many_calls_pause_the_company_and_it_goes_on(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator
) -> None:
    invoice(order, by=admin)
    sim.faults.add("throttle", path="*/batch")
    assert sync(connected.organization) == Outcome.PAUSED
    assert sync(connected.organization) is None
    Connection.objects.update(paused_until=None)
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == Invoice.objects.count() == 1


def test_the_allowance_fills_again_while_it_is_used_and_counts_every_thread() -> None:
    """Under steady load the pace is the pace: no stall, and no call too many."""
    limiter, begun, at = Limiter(per_second=20, per_minute=1000), time.monotonic(), []

    def call() -> None:
        for _ in range(9):
            with limiter.slot():
                at.append(time.monotonic() - begun)

    threads = [threading.Thread(target=call) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(at) == 45
    at.sort()
    assert all(later - earlier > 0.9 for earlier, later in zip(at, at[20:], strict=False))
    assert at[-1] < 30

"""What is read, how often, and how nothing is missed: the mirror and the cursor (R1 to R5)."""

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import httpx2
import pytest
from django.db import connection as database

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.sync import answers, pull
from buddy.sync.models import Connection, Cursor, Link, Outcome, Remote
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import last_run, sync, sync_killed
from tests.sync.wire import Go, Wire

pytestmark = pytest.mark.django_db(transaction=True)


def cursor() -> datetime:
    found = Cursor.objects.get(name="changes").since
    assert found
    return found


def look_back(organization: Organization, **age: float) -> None:
    """As if the last look had been so long ago."""
    Cursor.objects.filter(organization=organization, name="changes").update(since=datetime.now(UTC) - timedelta(**age))


# --- R1: a full object is complete -----------------------------------------------------------------------------------


def test_what_quickbooks_leaves_out_is_empty_here(connected: Connection, company: Company) -> None:
    address = {"Line1": "1 Pier Rd", "City": "Salem"}
    there = books.customer(
        company, "Albion", email="ap@albion.example", phone="555 0101", BillAddr=address, Notes="Gate"
    )
    sync(connected.organization)
    here = Customer.objects.get()
    assert (here.email, here.phone, here.notes, here.billing_address.city) == (
        "ap@albion.example", "555 0101", "Gate", "Salem",
    )  # fmt: skip

    full = {"Id": there["Id"], "DisplayName": "Albion"}  # a full update: what it does not name is gone
    assert "Notes" not in company.update("Customer", full)
    sync(connected.organization)

    here.refresh_from_db()
    assert (here.email, here.phone, here.notes, here.billing_address.as_dict()) == ("", "", "", {})


def test_a_delete_stub_empties_nothing(connected: Connection, company: Company) -> None:
    customer = books.customer(company, "Albion")
    invoice = books.invoice(company, customer["Id"], CustomerMemo={"value": "Thank you"})
    sync(connected.organization)

    company.delete("Invoice", invoice["Id"])
    sync(connected.organization)

    here = Invoice.objects.get()
    assert (here.ended, here.memo, here.total, here.lines.count()) == ("deleted", "Thank you", 50, 1)
    assert "Thank you" in Remote.objects.get(entity="Invoice").body


# --- R2: mirror first, and documents wait for their customer ---------------------------------------------------------


def test_every_record_has_one_row_in_the_mirror_as_it_came(connected: Connection, company: Company) -> None:
    customer = books.customer(company, "Albion")
    sync(connected.organization)
    books.change(company, "Customer", customer["Id"], Notes="Twice")
    sync(connected.organization)

    row = Remote.objects.get(entity="Customer")
    assert (row.remote_id, row.sync_token, row.name, row.deleted) == (customer["Id"], "1", "Albion", False)
    assert '"Notes":"Twice"' in row.body
    assert {"Term", "Account", "TaxCode", "PaymentMethod"} <= set(Remote.objects.values_list("entity", flat=True))


def test_documents_of_an_undecided_customer_wait_and_arrive_with_the_link(
    connected: Connection, company: Company, admin: User
) -> None:
    ours = make.customer("Albion Hotel", email="ap@albion.example")
    make.customer("Hotel Albion", email="ap@albion.example")  # two could be it: a person must say
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    invoice = books.invoice(company, theirs["Id"])
    company.pay(theirs["Id"], 20, {invoice["Id"]: 20})
    books.credit_memo(company, theirs["Id"], 5)
    sync(connected.organization)
    assert not Invoice.objects.exists()
    assert not Payment.objects.exists()
    assert set(Remote.objects.exclude(waiting="").values_list("entity", "waiting")) == {
        ("Customer", "person"), ("Invoice", "customer"), ("Payment", "customer"), ("CreditMemo", "customer"),
    }  # fmt: skip

    answers.link_customer(connected.organization, ours.pk, theirs["Id"], by=admin)

    here = Invoice.objects.get()
    assert (here.customer, here.total, here.balance) == (ours, 50, 30)
    assert Payment.objects.get().applications.get().invoice == here
    assert ours.credits.get().total == 5
    assert not Remote.objects.exclude(waiting="").exists()
    assert not Review.objects.filter(kind="match", status=ReviewStatus.PENDING).exists()


def test_documents_of_an_undecided_customer_arrive_when_it_is_created_here(
    connected: Connection, company: Company, admin: User
) -> None:
    make.customer("Albion Hotel", email="ap@albion.example")
    make.customer("Hotel Albion", email="ap@albion.example")
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    invoice = books.invoice(company, theirs["Id"])
    company.pay(theirs["Id"], 50, {invoice["Id"]: 50})
    sync(connected.organization)

    pk = answers.create_here(connected.organization, theirs["Id"], by=admin)

    assert Customer.objects.count() == 3
    assert (Invoice.objects.get().customer_id, Payment.objects.get().customer_id) == (pk, pk)
    assert Invoice.objects.get().balance == 0


def test_a_payment_of_a_known_customer_waits_for_an_invoice_that_waits(
    connected: Connection, company: Company, admin: User
) -> None:
    ours = make.customer("Albion Cellar", email="cellar@albion.example")
    make.customer("Cellar Albion", email="cellar@albion.example")
    parent = books.customer(company, "Group")
    child = books.customer(company, "Albion Cellar", parent=parent["Id"], email="cellar@albion.example")
    invoice = books.invoice(company, child["Id"])
    company.pay(parent["Id"], 50, {invoice["Id"]: 50})
    sync(connected.organization)
    assert Payment.objects.get().applications.get().invoice is None

    answers.link_customer(connected.organization, ours.pk, child["Id"], by=admin)

    assert Payment.objects.get().applications.get().invoice == Invoice.objects.get()


# --- R3: what is pulled, and how often -------------------------------------------------------------------------------


def test_a_cycle_asks_once_for_what_changed_of_the_five_moving_entities(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    wire.asked.clear()
    sync(connected.organization)
    [asked] = wire.asked
    assert "/cdc?entities=Item,Customer,Invoice,CreditMemo,Payment&" in asked.text


def test_small_lists_and_settings_are_read_once_a_day(connected: Connection, company: Company, wire: Wire) -> None:
    sync(connected.organization)
    books.change(company, "Term", "3", Name="Net 31", DueDays=31)
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    sync(connected.organization)
    assert not PaymentTerm.objects.filter(name="Net 31").exists()

    Connection.objects.update(facts_at=datetime.now(UTC) - timedelta(days=1, minutes=1))
    wire.asked.clear()
    sync(connected.organization)

    assert PaymentTerm.objects.get(name="Net 31").due_days == 31
    connected.refresh_from_db()
    assert connected.facts["custom_numbers"] is True
    asked = " ".join(each.text for each in wire.asked)
    assert all(f"FROM {name} " in asked for name in ("Term", "Account", "TaxCode", "TaxRate", "PaymentMethod"))
    assert not any(f"FROM {name}" in asked for name in ("Item", "Customer", "Invoice", "Vendor", "Employee"))


def test_inactive_list_records_are_pulled_too(connected: Connection, company: Company) -> None:
    company.deactivate("Customer", books.customer(company, "Albion")["Id"])
    company.deactivate("Account", books.income_account(company))
    company.deactivate("Term", "4")
    sync(connected.organization)
    assert Customer.objects.get().active is False
    assert Customer.objects.get().display_name == "Albion"
    assert Remote.objects.filter(active=False).values_list("entity", flat=True).distinct().count() == 3


# --- R4: the cursor --------------------------------------------------------------------------------------------------


def test_the_cursor_is_the_time_of_the_servers_first_answer_less_ten_minutes(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    ahead = timedelta(hours=3)  # the server's clock counts, not ours
    sim.now = datetime.now(UTC) + ahead
    wire.before("FROM Payment", lambda: setattr(sim, "now", sim.now + timedelta(minutes=30)))
    start = sim.now
    sync(connected.organization)
    assert abs(cursor() - (start - timedelta(minutes=10))) < timedelta(seconds=20)


def test_what_changes_behind_a_running_first_sync_is_found_by_the_next_run(
    connected: Connection, company: Company, wire: Wire
) -> None:
    customer = books.customer(company, "Albion")
    wire.before("FROM Invoice", lambda: books.change(company, "Customer", customer["Id"], Notes="Ring twice"))
    sync(connected.organization)
    assert Customer.objects.get().notes == ""
    sync(connected.organization)
    assert Customer.objects.get().notes == "Ring twice"


def test_the_cursor_stays_when_its_changes_were_not_taken(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    sync(connected.organization)
    before = cursor()
    sim.now = datetime.now(UTC) + timedelta(minutes=20)
    books.customer(company, "Albion")
    assert sync_killed(connected.organization, at=4)
    assert cursor() == before
    sync(connected.organization)
    assert cursor() > before
    assert Customer.objects.get().display_name == "Albion"


def test_more_than_a_thousand_changes_are_all_found_and_the_next_cycle_costs_one_read(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    doomed = books.invoice(company, books.customer(company, "Albion")["Id"])
    sync(connected.organization)
    for number in range(1005):
        books.customer(company, f"Newcomer {number:04d}")
    company.delete("Invoice", doomed["Id"])  # its stub comes last, behind the cut (api 7)
    sync(connected.organization)
    assert last_run().outcome == Outcome.DONE
    assert Customer.objects.count() == 1006
    assert Invoice.objects.get().ended == "deleted"

    sim.now = datetime.now(UTC) + timedelta(minutes=11)
    sync(connected.organization)  # the overlap still shows them all
    reads = sim.reads(connected.realm)
    sync(connected.organization)
    assert sim.reads(connected.realm) - reads == 1


def test_an_entity_that_alone_fills_an_answer_is_swept_for_what_was_deleted(
    connected: Connection, company: Company, wire: Wire
) -> None:
    first = books.customer(company, "Albion")
    ids = [books.invoice(company, first["Id"])["Id"] for _ in range(3)]
    sync(connected.organization)
    for _ in range(1001):
        books.invoice(company, first["Id"], [books.sale("1", 1, 1)])
    company.delete("Invoice", ids[1])
    sync(connected.organization)
    assert Invoice.objects.filter(ended="deleted").count() == 1
    assert Link.objects.filter(entity="Invoice").count() == 1004
    assert Invoice.objects.get(ended="deleted").pk == Link.objects.get(entity="Invoice", remote_id=ids[1]).object_id


def test_after_a_month_without_a_look_everything_is_read_again_and_the_deleted_found(
    connected: Connection, company: Company
) -> None:
    customer = books.customer(company, "Albion")
    kept, doomed = (books.invoice(company, customer["Id"]) for _ in range(2))
    payment = company.pay(customer["Id"], 10)
    sync(connected.organization)
    company.delete("Invoice", doomed["Id"])
    company.delete("Payment", payment["Id"])
    books.change(company, "Customer", customer["Id"], Notes="Moved")
    look_back(connected.organization, days=30)

    assert sync(connected.organization) == Outcome.DONE

    assert Customer.objects.get().notes == "Moved"
    ended = {
        link.remote_id: Invoice.objects.get(pk=link.object_id).ended for link in Link.objects.filter(entity="Invoice")
    }
    assert ended == {kept["Id"]: "", doomed["Id"]: "deleted"}
    assert Payment.objects.get().ended == "deleted"
    assert cursor() > datetime.now(UTC) - timedelta(minutes=11)


def test_a_customer_merged_away_in_that_month_is_followed_to_the_survivor(
    connected: Connection, company: Company
) -> None:
    lost = books.customer(company, "Albion")
    books.invoice(company, lost["Id"])
    sync(connected.organization)
    here = Customer.objects.get()
    kept = books.customer(company, "Albion Trading")
    company.merge(kept["Id"], lost["Id"])
    look_back(connected.organization, days=30)

    sync(connected.organization)

    assert Link.objects.get(kind="customer", object_id=here.pk).remote_id == kept["Id"]
    assert Customer.objects.count() == 1


# --- R5: paged pulls -------------------------------------------------------------------------------------------------


def test_a_row_that_slipped_between_two_pages_is_found_by_paging_again(
    connected: Connection, company: Company, wire: Wire
) -> None:
    ids = [books.customer(company, f"Customer {number:04d}")["Id"] for number in range(1003)]
    arrived = Event()

    def gone_meanwhile(request: httpx2.Request, go: Go) -> httpx2.Response:
        arrived.wait(20)
        company.merge(ids[0], ids[1])  # every row behind it moves up by one
        return go(request)

    wire.after("FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1 ", arrived.set)
    wire.bend("FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1001 ", gone_meanwhile)
    sync(connected.organization)

    slipped = Customer.objects.filter(display_name="Customer 1000")
    assert slipped.exists()
    assert Link.objects.filter(entity="Customer", remote_id=ids[1000]).exists()


def test_entities_are_read_in_the_order_they_depend_on_each_other(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    order = [each.text.split(" FROM ")[1].replace("&", " ").split()[0] for each in wire.asked if " FROM " in each.text]
    assert list(dict.fromkeys(order)) == [
        "Term", "Account", "TaxCode", "TaxRate", "PaymentMethod",
        "Item", "Customer", "Invoice", "CreditMemo", "Payment",
    ]  # fmt: skip
    counted = [each.text for each in wire.asked if "count(*)" in each.text]
    assert len(counted) == len(pull.LARGE)


def test_a_first_sync_that_is_cut_off_goes_on_where_it_was(connected: Connection, company: Company, wire: Wire) -> None:
    books.invoice(company, books.customer(company, "Albion")["Id"])
    wire.kill("FROM Invoice")
    assert sync_killed(connected.organization)
    wire.asked.clear()

    assert sync(connected.organization) == Outcome.DONE

    asked = " ".join(each.text for each in wire.asked)
    assert "FROM Customer" not in asked
    assert "FROM Invoice" in asked
    assert (Customer.objects.count(), Invoice.objects.count()) == (1, 1)


def test_a_page_costs_the_same_queries_however_many_records_it_has(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    for each in range(2):
        books.invoice(company, books.customer(company, f"Customer {each}", email=f"a{each}@example.com")["Id"])
    few = statements_of_a_run(connected.organization)
    for each in range(2, 40):
        books.invoice(company, books.customer(company, f"Customer {each}", email=f"a{each}@example.com")["Id"])
    many = statements_of_a_run(connected.organization)
    assert Invoice.objects.count() == 40
    assert many <= few + 2  # the second run also compares the two of before


def statements_of_a_run(organization: Organization) -> int:
    statements = 0

    def count(execute: Any, *rest: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*rest)

    with database.execute_wrapper(count):
        sync(organization)
    return statements

"""What other connectors miss or forget of what changes in QuickBooks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Credit, Invoice, InvoiceStatus, Payment
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.sync import connection, status
from buddy.sync.models import Connection, ConnectionState, Cursor, Link, Outcome, Run, Trouble
from buddy.sync.pull import CHANGES
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, invoice, last_run, sync
from tests.sync.consent import connect_in_browser
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def cursor() -> datetime:
    since = Cursor.objects.get(name=CHANGES).since
    assert since is not None
    return since


def test_a_failed_look_at_changes_loses_nothing(connected: Connection, company: Company, sim: Simulator) -> None:
    sync(connected.organization)
    before = cursor()
    books.customer(company, "Hotel Albion")
    sim.faults.add("html_503", path="*/cdc", times=5)
    assert sync(connected.organization) == Outcome.FAILED
    assert cursor() == before
    sim.faults.clear()
    sync(connected.organization)
    assert Customer.objects.get().display_name == "Hotel Albion"


def test_what_changed_before_the_window_of_changes_is_read_too(connected: Connection, company: Company) -> None:
    """QuickBooks tells of the changes of 30 days; a pause that was longer ends in a full reading."""
    made = books.customer(company, "Hotel Albion", Notes="Before")
    sync(connected.organization)
    long_ago = datetime.now(UTC) - timedelta(days=35)
    company.update("Customer", {"Id": made["Id"], "sparse": True, "Notes": "Long ago"}, at=long_ago)
    Cursor.objects.filter(name=CHANGES).update(since=datetime.now(UTC) - timedelta(days=40))
    sync(connected.organization)
    assert Customer.objects.get().notes == "Long ago"


def test_a_flushed_cache_forgets_neither_the_cursor_nor_the_tokens(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    before, token = cursor(), Connection.objects.get().refresh_token
    cache.clear()
    wire.asked.clear()
    sync(connected.organization)
    looks = [each.text for each in wire.asked if "/cdc?" in each.text]
    assert [before.date().isoformat() in each for each in looks] == [True]
    assert not [each for each in wire.asked if "/tokens/bearer" in each.text]
    assert Connection.objects.get().refresh_token == token


def test_an_answer_cut_at_a_thousand_and_a_second_page_are_noticed(connected: Connection, company: Company) -> None:
    for number in range(1002):
        books.customer(company, f"Customer {number:04d}")
    sync(connected.organization)
    assert Customer.objects.count() == 1002  # of the first reading, the second page too
    for each in company.all("Customer"):
        books.change(company, "Customer", each["Id"], Notes="Moved")
    sync(connected.organization)
    assert Customer.objects.filter(notes="Moved").count() == 1002


def test_updates_and_deletions_arrive_and_not_only_what_is_new(connected: Connection, company: Company) -> None:
    made = books.customer(company, "Hotel Albion")
    doomed = books.invoice(company, made["Id"])
    sync(connected.organization)
    books.change(company, "Customer", made["Id"], Notes="Ring the bell")
    company.delete("Invoice", doomed["Id"])
    sync(connected.organization)
    assert Customer.objects.get().notes == "Ring the bell"
    assert Invoice.objects.get().ended == "deleted"


def test_the_open_invoices_of_a_company_cost_one_read_whatever_their_number(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    made = books.customer(company, "Hotel Albion")
    for _ in range(12):
        books.invoice(company, made["Id"])
    sync(connected.organization)
    before = sim.reads(REALM)
    sync(connected.organization)
    assert sim.reads(REALM) - before == 1


def test_the_first_import_recognises_customers_by_more_than_a_stored_id(
    connected: Connection, company: Company
) -> None:
    ours = make.customer("Hotel Albion", email="ap@albion.example")
    books.customer(company, "Hotel Albion LLC", email="ap@albion.example")
    sync(connected.organization)
    assert Customer.objects.get() == ours
    assert Link.objects.get(kind="customer").object_id == ours.pk


def test_a_name_alone_does_not_join_two_customers_that_contradict_each_other(
    connected: Connection, company: Company
) -> None:
    make.customer("Hotel Albion", email="ap@albion.example")
    books.customer(company, "Hotel Albion", email="office@albion-salem.example")
    sync(connected.organization)
    assert not Link.objects.filter(kind="customer").exists()
    assert Review.objects.get().kind == "match"
    assert (Customer.objects.count(), len(company.all("Customer"))) == (1, 1)


# --- Money -----------------------------------------------------------------------------------------------------------


def test_a_payment_that_is_changed_unapplied_or_deleted_there_is_corrected_here(
    connected: Connection, company: Company
) -> None:
    made = books.customer(company, "Hotel Albion")
    owed = books.invoice(company, made["Id"])
    payment = company.pay(made["Id"], 50, {owed["Id"]: 50})
    sync(connected.organization)
    line = {"Amount": 20, "LinkedTxn": [{"TxnId": owed["Id"], "TxnType": "Invoice"}]}
    books.change(company, "Payment", payment["Id"], Line=[line])
    sync(connected.organization)
    assert (Payment.objects.get().applications.get().amount, Invoice.objects.get().balance) == (20, 30)
    books.change(company, "Payment", payment["Id"], Line=[])
    sync(connected.organization)
    assert (Payment.objects.get().applications.count(), Invoice.objects.get().balance) == (0, 50)
    company.delete("Payment", payment["Id"])
    sync(connected.organization)
    assert Payment.objects.get().ended == "deleted"


def test_a_credit_is_told_from_cash_and_settles_its_invoice(connected: Connection, company: Company) -> None:
    made = books.customer(company, "Hotel Albion")
    owed = books.invoice(company, made["Id"])
    company.credit(books.credit_memo(company, made["Id"], 15)["Id"], {owed["Id"]: 15})
    sync(connected.organization)
    assert (Invoice.objects.get().balance, Credit.objects.get().remaining) == (35, 0)
    assert [each.amount for each in Payment.objects.all()] == [0]


def test_a_void_is_recognised_by_its_zeros_and_not_by_a_status_or_note(connected: Connection, company: Company) -> None:
    owed = books.invoice(company, books.customer(company, "Hotel Albion")["Id"])
    sync(connected.organization)
    company.void("Invoice", owed["Id"])
    books.change(company, "Invoice", owed["Id"], PrivateNote="")
    sync(connected.organization)
    assert Invoice.objects.get().ended == "voided"


def test_a_part_paid_invoice_is_not_called_paid(connected: Connection, company: Company) -> None:
    made = books.customer(company, "Hotel Albion")
    owed = books.invoice(company, made["Id"])
    company.pay(made["Id"], 1, {owed["Id"]: 1})
    sync(connected.organization)
    assert Invoice.objects.get().status(DAY) == InvoiceStatus.PARTIAL


def test_every_line_of_a_payment_counts_and_not_only_the_first(connected: Connection, company: Company) -> None:
    made = books.customer(company, "Hotel Albion")
    first, second = (books.invoice(company, made["Id"])["Id"] for _ in range(2))
    company.pay(made["Id"], 100, {first: 50, second: 50})
    sync(connected.organization)
    assert [each.amount for each in Payment.objects.get().applications.all()] == [50, 50]
    assert {each.balance for each in Invoice.objects.all()} == {0}


def test_the_tax_is_the_one_quickbooks_came_to_and_is_not_worked_out_again(
    connected: Connection, company: Company, wire: Wire
) -> None:
    made = books.customer(company, "Hotel Albion")
    books.invoice(company, made["Id"])

    def one_cent_more(body: dict[str, object]) -> None:
        for each in body["QueryResponse"].get("Invoice", ()):  # type: ignore[attr-defined]
            each |= {"TxnTaxDetail": {"TotalTax": 4.99}, "TotalAmt": 54.99, "Balance": 54.99}

    wire.change_answer("SELECT * FROM Invoice", one_cent_more)
    sync(connected.organization)
    row = Invoice.objects.get()
    assert (row.tax, row.total) == (Decimal("4.99"), Decimal("54.99"))


def test_dates_and_addresses_come_from_the_books_and_are_not_made_up(connected: Connection, company: Company) -> None:
    address = {"Line1": "1 Quai Saint-Pierre", "City": "Genève", "CountrySubDivisionCode": "GE", "Country": "CH"}
    made = books.customer(company, "Hotel Albion", BillAddr=address)
    books.invoice(company, made["Id"], TxnDate="2026-11-02", DueDate="2026-12-17")
    sync(connected.organization)
    assert Invoice.objects.get().due_date.isoformat() == "2026-12-17"
    assert (Customer.objects.get().billing_address.region, Customer.objects.get().billing_address.country) == (
        "GE",
        "CH",
    )


def test_invoices_and_payments_come_back_and_not_only_a_balance(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    there = company.all("Invoice")[0]
    company.pay(there["CustomerRef"]["value"], 20, {there["Id"]: 20})
    sync(connected.organization)
    made.refresh_from_db()
    assert (made.balance, made.applications.get().amount, made.lines.count()) == (30, 20, 1)


# --- When something goes wrong ---------------------------------------------------------------------------------------


def test_an_unexpected_error_stops_one_run_and_neither_the_sync_nor_the_log(
    connected: Connection, company: Company, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    sync(connected.organization)
    wire.answer("/cdc?", 200, {"CDCResponse": [{"QueryResponse": [{"Customer": [{"Id": "9"}], "time": 7}]}]})
    books.customer(company, "Hotel Albion")
    assert sync(connected.organization) == Outcome.FAILED
    assert "Nothing is lost" in last_run().error or "QuickBooks" in last_run().error
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert sync(connected.organization) == Outcome.DONE
    assert Customer.objects.get().display_name == "Hotel Albion"


def test_an_error_of_the_server_is_kept_in_words(connected: Connection, sim: Simulator) -> None:
    sync(connected.organization)
    sim.faults.add("error_500", path="*/cdc", times=5)
    sync(connected.organization)
    run = Run.objects.latest("pk")
    assert (run.outcome, type(run.error)) == (Outcome.FAILED, str)
    assert status.card(connected.organization, now=datetime.now(UTC)).error == run.error != ""


@pytest.mark.parametrize("fault", ["throttle", "throttle_xml"])
def test_a_refusal_is_understood_in_json_and_in_xml(connected: Connection, sim: Simulator, fault: str) -> None:
    sync(connected.organization)
    sim.faults.add(fault, path="*/cdc")
    assert sync(connected.organization) == Outcome.PAUSED
    assert Connection.objects.get().paused_kind == "throttled"


def test_what_quickbooks_refuses_is_said_at_the_record_and_to_the_person(
    connected: Connection, company: Company, admin: User
) -> None:
    books.customer(company, "Hotel Albion")
    company.create("Vendor", {"DisplayName": "Albion Supplies"})
    sync(connected.organization)
    row = Customer.objects.get()
    customers.change(row, {"display_name": "Albion Supplies"}, by=admin)
    sync(connected.organization)
    badge = status.badges(connected.organization, "customer", [row])[row.pk]
    assert badge.state == "attention"
    assert badge.reason == Trouble.objects.get().reason != ""


def test_links_outlive_a_disconnect_and_a_reconnect(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    links = set(Link.objects.values_list("kind", "object_id", "remote_id"))
    connection.disconnect(connected.organization, by=admin)
    connect_in_browser(connected.organization, sim, REALM, by=admin)
    sync(connected.organization)
    assert set(Link.objects.values_list("kind", "object_id", "remote_id")) == links
    assert (Customer.objects.count(), len(company.all("Customer"))) == (1, 1)


def test_what_waits_is_not_thrown_away_while_nobody_reconnects(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    made = invoice(order, by=admin)
    sim.revoke(REALM)
    for _ in range(3):
        sync(connected.organization)
    assert Connection.objects.get().state == ConnectionState.RECONNECT
    Mark.objects.update(marked_at=datetime.now(UTC) - timedelta(days=30))  # a month passes
    sync(connected.organization)
    badge = status.badges(connected.organization, "invoice", [made])[made.pk]
    assert badge.state == "waiting"
    connect_in_browser(connected.organization, sim, REALM, by=admin)
    sync(connected.organization)
    assert len(company.all("Invoice")) == 1

"""The embedded store: what survives a power cut, and how the web gets its turn (R28)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from threading import Event, Thread, Timer
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db import connection as database
from django.utils import timezone

from buddy.hub.customers import Customer
from buddy.hub.orders import SalesOrder
from buddy.hub.team import Organization, User
from buddy.settings import SYNC_BREATH
from buddy.sqlite.base import LOOK
from buddy.sync import connection, lease
from buddy.sync.models import Connection, Cursor, Outcome, Remote
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import invoice, ring, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def pragma(name: str) -> Any:
    with database.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchone()[0]


def writes(act: Callable[[], Any], table: str) -> list[str]:
    """The statements of Django and of the raw module that write to this table while `act` runs."""
    found: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    if database.vendor == "sqlite":
        database.ensure_connection()
        database.connection.set_trace_callback(found.append)
        try:
            act()
        finally:
            database.connection.set_trace_callback(None)
    else:
        with database.execute_wrapper(watch):
            act()
    return [sql for sql in found if f'"{table}"' in sql and sql.lstrip()[:6] in ("INSERT", "UPDATE", "DELETE")]


# --- The store -------------------------------------------------------------------------------------------------------


def test_a_frozen_request_survives_a_power_cut(sqlite: None) -> None:
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL


def test_a_transaction_takes_the_write_lock_at_its_start(sqlite: None) -> None:
    """A read that becomes a write would fail at once, whatever its patience."""
    assert database.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


# --- Patience --------------------------------------------------------------------------------------------------------


@contextmanager
def held() -> Iterator[Event]:
    """Somebody else writes, until the event is set."""
    taken, done = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                taken.set()
                done.wait(30)
        finally:
            database.close()

    holder = Thread(target=hold)
    holder.start()
    taken.wait(10)
    try:
        yield done
    finally:
        done.set()
        holder.join()


def test_who_waits_for_the_lock_looks_again_and_again_and_gets_it(sqlite: None, organization: Organization) -> None:
    """SQLite itself would look ever more seldom, and a sync would have taken the lock again each time."""
    looks = 0
    with held() as done:

        def count(statement: str) -> None:
            nonlocal looks
            looks += statement.startswith("BEGIN")
            if looks == 20:
                done.set()

        database.ensure_connection()
        database.connection.set_trace_callback(count)
        try:
            with transaction.atomic():
                Organization.objects.update(name="Written")
        finally:
            database.connection.set_trace_callback(None)
    assert looks >= 20
    assert Organization.objects.get().name == "Written"


def test_a_statement_of_its_own_waits_as_well(sqlite: None, organization: Organization) -> None:
    with held() as done:
        Timer(0.05, done.set).start()
        Organization.objects.update(name="Written")
    assert Organization.objects.get().name == "Written"


def test_patience_has_an_end(sqlite: None, organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database.settings_dict["OPTIONS"]["timeout"] == 20
    database.ensure_connection()
    monkeypatch.setattr(connections["default"], "patience", 0.05)
    with held(), pytest.raises(OperationalError, match="locked"):
        Organization.objects.update(name="Written")


# --- No call inside a transaction ------------------------------------------------------------------------------------


def test_quickbooks_is_never_called_inside_a_transaction(connected: Connection, wire: Wire) -> None:
    with connection.new_http() as http, transaction.atomic(), pytest.raises(RuntimeError, match="inside a database"):
        http.request("GET", "http://quickbooks.test/anything")
    assert wire.asked == []


def test_no_call_of_a_whole_round_is_made_inside_one(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    inside: list[bool] = []
    wire.before("/", lambda: inside.append(database.in_atomic_block), times=100)
    invoice(order, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == 1
    assert inside == [False, False]  # a look at what changed, and the batch


def test_the_guard_asks_without_taking_the_write_lock(sqlite: None, connected: Connection) -> None:
    """Somebody else may be writing while a call begins."""
    with held(), connection.new_http() as http:
        began = time.monotonic()
        connection.endpoints(http)
        assert time.monotonic() - began < 5


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_written_again(connected: Connection, company: Company, sim: Simulator) -> None:
    customer = books.customer(company, "Hotel Albion")
    books.invoice(company, customer["Id"])
    sync(connected.organization)
    assert writes(lambda: sync(connected.organization), "sync_remote") == []  # the overlap shows them all again
    books.change(company, "Customer", customer["Id"], Notes="New")
    assert writes(lambda: sync(connected.organization), "sync_remote")


def test_a_record_with_the_same_token_but_a_newer_time_is_written(connected: Connection, company: Company) -> None:
    """A customer's balance moves its time and not its token (api 4.2). Long ago: lately the text counts as well."""
    ago = [timezone.now() - timedelta(hours=hours) for hours in (3, 2, 1)]
    customer = company.create("Customer", {"DisplayName": "Hotel Albion"}, at=ago[0])
    sync(connected.organization)
    token = Remote.objects.get(entity="Customer").sync_token
    company.pay(customer["Id"], 5, at=ago[2])
    Cursor.objects.filter(name="changes").update(since=ago[1])
    sync(connected.organization)
    row = Remote.objects.get(entity="Customer")
    assert (row.sync_token, '"Balance":-5' in row.body) == (token, True)
    assert Customer.objects.get().balance == -5


def test_between_two_transactions_the_web_gets_its_turn(sqlite: None, connected: Connection, settings: Any) -> None:
    settings.SYNC_BREATH = SYNC_BREATH
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=timezone.now())
    assert held
    moments = []
    for _ in range(4):
        with held.writing():
            moments.append(time.monotonic())
    assert min(later - earlier for earlier, later in pairwise(moments)) >= SYNC_BREATH >= 5 * LOOK


def test_a_page_is_written_in_transactions_of_its_own(connected: Connection, company: Company, sim: Simulator) -> None:
    """A thousand records are not one transaction: a request of the web never waits for a whole page."""
    for number in range(600):
        books.customer(company, f"Customer {number:03d}")
    sizes: list[int] = []
    seen = 0

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.startswith('SELECT 1 FROM "sync_connection"'):  # every transaction of a run begins so
            sizes.append(Customer.objects.count() - seen)
            seen += sizes[-1]
        return execute(sql, params, many, context)

    with database.execute_wrapper(watch):
        sync(connected.organization)
    assert Customer.objects.count() == 600
    assert 0 < max(sizes) < 400


def test_the_raw_module_writes_as_the_store_keeps_its_types(connected: Connection, company: Company) -> None:
    """Amounts, times, dates and texts come back as Django would have written them."""
    customer = books.customer(company, 'Hotel Albion ’ \\ " é')
    company.pay(customer["Id"], "0.10")
    sync(connected.organization)
    here = Customer.objects.get()
    assert str(here.balance) == "-0.10"
    assert here.display_name == company.get("Customer", customer["Id"])["DisplayName"]
    before = Customer.objects.values().get()
    here.save()
    assert Customer.objects.values().get() == before

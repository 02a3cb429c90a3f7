"""One run per company at a time, and no ring that is lost (R22)."""

import time
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from buddy.hub import customers, outbox
from buddy.hub.customers import Customer
from buddy.hub.outbox import Bell
from buddy.hub.team import Organization, User
from buddy.sync import connection, engine, inbox, lease
from buddy.sync.lease import LeaseLost
from buddy.sync.models import Connection, ConnectionState, Outcome, Trigger
from simulator.app import Simulator
from simulator.company import Company
from simulator.webhooks import Webhooks
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, last_run, ring, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


def due_at(organization: Organization) -> datetime:
    return Bell.objects.get(organization=organization).due_at


def is_due(organization: Organization) -> bool:
    return organization.pk in engine.due()


# --- The lease -------------------------------------------------------------------------------------------------------


def test_a_lease_is_given_once(connected: Connection) -> None:
    ring(connected.organization)
    assert lease.acquire(connected.organization, now=now())
    ring(connected.organization)
    assert lease.acquire(connected.organization, now=now()) is None


def test_of_many_workers_at_one_moment_one_gets_the_lease(connected: Connection) -> None:
    ring(connected.organization)
    start, given = Barrier(4, timeout=20), []

    def take() -> None:
        try:
            with scope(organization=connected.organization):
                start.wait()
                given.append(lease.acquire(connected.organization, now=now()))
        finally:
            database.close()

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(given) == 4
    assert sum(1 for each in given if each) == 1


def test_a_released_lease_can_be_taken_again(connected: Connection) -> None:
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    assert not held.taken_over
    held.release()
    ring(connected.organization)
    again = lease.acquire(connected.organization, now=now())
    assert again
    assert not again.taken_over


def test_the_lease_of_a_dead_worker_is_taken_over_when_it_expires(connected: Connection, settings: Any) -> None:
    ring(connected.organization)
    assert lease.acquire(connected.organization, now=now())
    length = settings.BUDDY_SYNC_LEASE
    assert not is_due(connected.organization)
    assert lease.acquire(connected.organization, now=now() + timedelta(seconds=length - 5)) is None
    later = lease.acquire(connected.organization, now=now() + timedelta(seconds=length + 5))
    assert later
    assert later.taken_over


def test_a_lease_that_expired_is_due_whatever_the_bell_says(connected: Connection) -> None:
    ring(connected.organization)
    lease.acquire(connected.organization, now=now())
    Connection.objects.update(lease_expires_at=now() - timedelta(seconds=1))
    assert due_at(connected.organization) > now()
    assert is_due(connected.organization)


def test_nobody_waits_for_a_worker_that_froze_in_a_transaction(postgres: None, connected: Connection) -> None:
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    Connection.objects.update(lease_expires_at=now() - timedelta(seconds=1))
    frozen, thawed = Event(), Event()

    def freeze() -> None:
        try:
            with scope(organization=connected.organization), held.writing():
                frozen.set()
                thawed.wait(20)
        finally:
            database.close()

    worker = Thread(target=freeze)
    worker.start()
    assert frozen.wait(20)
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1ms'")  # whoever waits fails
        assert lease.acquire(connected.organization, now=now()) is None
    thawed.set()
    worker.join(20)
    assert lease.acquire(connected.organization, now=now())


def test_a_transaction_that_freezes_is_ended_by_the_database(postgres: None, connected: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_the_heart_renews_a_lease_while_its_run_goes_on(connected: Connection, settings: Any) -> None:
    settings.BUDDY_SYNC_LEASE = 0.6
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    with held.kept():
        time.sleep(1.5)
        expires = Connection.objects.get().lease_expires_at
        assert expires
        assert expires > now()
        assert lease.acquire(connected.organization, now=now()) is None
    assert Connection.objects.get().lease_owner == ""


def test_whoever_lost_the_lease_writes_nothing_more(connected: Connection) -> None:
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    Connection.objects.update(lease_owner="another worker")
    with pytest.raises(LeaseLost), held.writing():
        make.customer("Never")
    assert not Customer.objects.exists()
    assert not held.renew()
    held.release()
    assert Connection.objects.get().lease_owner == "another worker"


def test_a_run_whose_lease_is_taken_over_stops_and_leaves_the_rest_to_the_other(
    connected: Connection, company: Company, wire: Wire
) -> None:
    books.customer(company, "Hotel Albion")
    wire.before("FROM Customer", lambda: Connection.objects.update(lease_owner="another worker"))
    assert sync(connected.organization) == Outcome.CUT
    assert not Customer.objects.exists()
    run = last_run()
    assert run.outcome == Outcome.RUNNING  # it could not even write that it was cut off; the next run does
    assert Connection.objects.get().lease_owner == "another worker"

    Connection.objects.update(lease_owner="", lease_expires_at=None)
    assert sync(connected.organization) == Outcome.DONE
    run.refresh_from_db()
    assert run.outcome == Outcome.CUT
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("step", ["preferences", "FROM Term", "FROM Item", "FROM Customer", "FROM Payment"])
def test_a_run_that_was_taken_over_during_a_call_of_its_first_sync_writes_nothing_but_the_calls_it_made(
    connected: Connection, company: Company, wire: Wire, step: str
) -> None:
    books.customer(company, "Hotel Albion")
    written: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(sql)
        return execute(sql, params, many, context)

    def take_over() -> None:  # on whatever thread makes the call
        with scope(organization=connected.organization):
            Connection.objects.update(lease_owner="another worker")
        written.clear()

    wire.before(step, take_over)
    with database.execute_wrapper(note):
        assert sync(connected.organization) == Outcome.CUT
    counts = ('UPDATE "sync_run" SET "calls"', *(f'{verb} "sync_call' for verb in ("INSERT INTO", "UPDATE")))
    releases = 'UPDATE "sync_connection" SET "lease_owner"'  # where the owner is still ours
    assert not [sql for sql in written if not sql.startswith((*counts, releases))]


def test_a_run_taken_over_before_it_could_even_begin_ends_as_cut_off(connected: Connection) -> None:
    def lose(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and '"lease_owner" =' in sql and "JOIN" not in sql:
            execute('UPDATE "sync_connection" SET "lease_owner" = %s', ["another worker"], False, context)
        return execute(sql, params, many, context)

    with database.execute_wrapper(lose):
        assert sync(connected.organization) == Outcome.CUT


def test_a_run_that_slept_through_its_lease_makes_no_further_call(
    connected: Connection, company: Company, wire: Wire, settings: Any
) -> None:
    """The process is stopped between two calls; when it goes on, somebody else has the company."""
    settings.BUDDY_SYNC_LEASE = 0.3
    books.customer(company, "Hotel Albion")

    def sleep() -> None:
        Connection.objects.update(lease_owner="another worker")
        time.sleep(0.7)

    wire.after("companyinfo", sleep)
    assert sync(connected.organization) == Outcome.CUT
    assert "companyinfo" in wire.asked[-1].text


def test_a_lease_is_assured_while_it_runs_and_lost_when_nobody_renews_it(connected: Connection, settings: Any) -> None:
    settings.BUDDY_SYNC_LEASE = 0.3
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    held.assured()
    time.sleep(0.4)
    with pytest.raises(LeaseLost):
        held.assured()
    assert held.renew()  # nobody has taken it meanwhile
    held.assured()


def test_whoever_slept_waits_for_the_heart_to_say_whether_the_lease_is_still_ours(
    connected: Connection, settings: Any
) -> None:
    settings.BUDDY_SYNC_LEASE = 0.9
    ring(connected.organization)
    held = lease.acquire(connected.organization, now=now())
    assert held
    with held.kept():
        held.expires_at = now() - timedelta(seconds=5)  # as it finds it who was stopped for so long
        held.assured()
        assert held.expires_at > now()
        Connection.objects.update(lease_owner="another worker")
        held.expires_at = now() - timedelta(seconds=5)
        with pytest.raises(LeaseLost):
            held.assured()


# --- The bell --------------------------------------------------------------------------------------------------------


def test_acquiring_sets_the_next_due_time_and_releasing_leaves_it(connected: Connection, settings: Any) -> None:
    ring(connected.organization)
    at = now()
    held = lease.acquire(connected.organization, now=at)
    assert held
    assert due_at(connected.organization) == at + timedelta(seconds=settings.BUDDY_SYNC_INTERVAL)
    held.release()
    assert due_at(connected.organization) == at + timedelta(seconds=settings.BUDDY_SYNC_INTERVAL)


def test_a_ring_during_a_run_makes_another_run(connected: Connection, company: Company, wire: Wire) -> None:
    sync(connected.organization)
    made: list[Customer] = []
    wire.after(
        "/cdc?",
        lambda: made.append(customers.create(connected.organization, {"display_name": "Late"}, by=None)),
    )
    sync(connected.organization)
    assert is_due(connected.organization)  # though this run already sent it: a ring is never lost
    assert engine.run(connected.organization.pk) == Outcome.DONE
    assert not is_due(connected.organization)
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Late"]


def test_a_mark_rings_in_the_transaction_that_made_it(connected: Connection) -> None:
    sync(connected.organization)
    assert not is_due(connected.organization)
    customers.create(connected.organization, {"display_name": "Hotel Albion"}, by=None)
    assert is_due(connected.organization)


def test_a_webhook_rings_and_the_sync_button_too(connected: Connection, admin: User, settings: Any) -> None:
    sync(connected.organization)
    settings.INTUIT_WEBHOOK_VERIFIER = "verifier"
    body = (
        b'[{"specversion":"1.0","id":"e1","type":"qbo.customer.updated.v1","time":"2026-11-24T16:14:56Z",'
        b'"intuitentityid":"1","intuitaccountid":"%s","data":{}}]' % REALM.encode()
    )
    inbox.receive(body, Webhooks(verifier="verifier").signature(body))
    assert is_due(connected.organization)
    sync(connected.organization)
    assert last_run().trigger == Trigger.NOTICE
    assert not is_due(connected.organization)
    connection.sync_now(connected.organization, by=admin)
    assert is_due(connected.organization)


def test_nothing_is_due_unless_connected_rested_and_rung(connected: Connection) -> None:
    ring(connected.organization)
    assert is_due(connected.organization)
    for values in (
        {"state": ConnectionState.RECONNECT},
        {"state": ConnectionState.DISCONNECTED},
        {"paused_until": now() + timedelta(minutes=1)},
    ):
        Connection.objects.update(**values)
        assert not is_due(connected.organization)
        assert engine.run(connected.organization.pk) is None
        Connection.objects.update(state=ConnectionState.CONNECTED, paused_until=None)
    Connection.objects.update(paused_until=now() - timedelta(seconds=1))
    assert is_due(connected.organization)
    Bell.objects.update(due_at=now() + timedelta(minutes=1))
    assert not is_due(connected.organization)


def test_whoever_waits_longest_comes_first(connected: Connection, sim: Simulator, admin: User) -> None:
    other = make.organization("Zephyr")
    with scope(organization=other):
        Connection.objects.create(
            organization=other, environment="sandbox", realm="2", connected_at=timezone.now(), connected_by=admin
        )
        Bell.objects.create(organization=other, due_at=now() - timedelta(minutes=5))
    ring(connected.organization)
    assert engine.due() == [other.pk, connected.organization.pk]


def test_failures_wait_longer_each_time_and_a_success_ends_that(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    sync(connected.organization)
    waits = []
    for _ in range(3):
        sim.faults.add("error_500", path="*/cdc", times=2)
        assert sync(connected.organization) == Outcome.FAILED
        waits.append((due_at(connected.organization) - now()).total_seconds())
    assert 20 < waits[0] < 40 < waits[1] < 70 < waits[2] < 130
    assert sync(connected.organization) == Outcome.DONE
    sim.faults.add("error_500", path="*/cdc", times=2)
    sync(connected.organization)
    assert (due_at(connected.organization) - now()).total_seconds() < 40


def test_a_ring_during_a_failing_run_is_not_put_off(connected: Connection, sim: Simulator, wire: Wire) -> None:
    sync(connected.organization)
    sim.faults.add("error_500", path="*/cdc", times=2)
    wire.before("/cdc?", lambda: outbox.ring(connected.organization))
    assert sync(connected.organization) == Outcome.FAILED
    assert is_due(connected.organization)


def test_a_fault_of_our_own_fails_one_run_and_tells_no_secrets(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    wire.change_answer("/cdc?", lambda body: body.clear())
    assert sync(connected.organization) == Outcome.FAILED
    assert "Traceback" not in last_run().error
    assert Connection.objects.get().lease_owner == ""
    assert sync(connected.organization) == Outcome.DONE


def test_the_due_scan_sees_all_organizations(connected: Connection) -> None:
    ring(connected.organization)
    with scopes_disabled():
        assert engine.due() == [connected.organization.pk]

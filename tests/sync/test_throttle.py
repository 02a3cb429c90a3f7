"""The pace at which a company is asked, and what happens when it says slower (R24)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buddy.hub.orders import SalesOrder
from buddy.hub.team import User
from buddy.sync import connection, status
from buddy.sync.models import Connection, Outcome, Sending
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import invoice, last_run, ring, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def end_pause() -> None:
    Connection.objects.update(paused_until=datetime.now(UTC) - timedelta(seconds=1))


def seconds_of_a_run(connected: Connection) -> float:
    started = time.monotonic()
    assert sync(connected.organization) == Outcome.DONE
    return time.monotonic() - started


def test_taking_over_an_unreleased_lease_starts_with_an_empty_allowance(
    connected: Connection, company: Company, settings: Any
) -> None:
    """The calls of the dead run may have used it up: at 30 a minute the first call waits two seconds."""
    sync(connected.organization)
    settings.QUICKBOOKS_LIMITS = {"per_minute": 30, "per_second": 8, "batches_per_minute": 20}
    usual = seconds_of_a_run(connected)
    ring(connected.organization)
    Connection.objects.update(lease_owner="dead", lease_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert seconds_of_a_run(connected) > max(1.5, usual)


def test_a_run_keeps_to_the_pace_of_its_company(connected: Connection, company: Company, settings: Any) -> None:
    settings.QUICKBOOKS_LIMITS = {}  # R24's own
    started = time.monotonic()
    sync(connected.organization)  # 17 calls of a first sync
    assert time.monotonic() - started > 1.0


@pytest.mark.parametrize("fault", ["throttle", "throttle_xml"])
def test_too_many_calls_pause_the_company_and_nothing_is_lost(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User, wire: Wire, fault: str
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add(fault, method="POST", path="*/batch")
    before = datetime.now(UTC)
    assert sync(connected.organization) == Outcome.PAUSED
    row = Connection.objects.get()
    assert row.paused_until
    assert timedelta(seconds=55) < row.paused_until - before < timedelta(seconds=90)
    assert row.paused_kind == "throttled"
    assert "slow down" in last_run().error
    assert sync(connected.organization) is None

    end_pause()
    assert sync(connected.organization) == Outcome.DONE
    assert len({(each.text, each.content) for each in wire.batches}) == 1
    assert len(company.all("Invoice")) == 1
    assert status.badges(connected.organization, "invoice", [made])[made.pk].state == "ok"


def test_a_throttled_read_is_not_repeated_at_once(connected: Connection, sim: Simulator, wire: Wire) -> None:
    sync(connected.organization)
    wire.asked.clear()
    sim.faults.add("throttle", path="*/cdc", times=3)
    assert sync(connected.organization) == Outcome.PAUSED
    assert len(wire.asked) == 1


def test_the_sync_button_does_not_end_a_pause_quickbooks_asked_for(
    connected: Connection, sim: Simulator, admin: User
) -> None:
    sync(connected.organization)
    sim.faults.add("throttle", path="*/cdc")
    sync(connected.organization)
    connection.sync_now(connected.organization, by=admin)
    assert sync(connected.organization) is None


def test_a_lapsed_subscription_pauses_and_the_sync_button_tries_again(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    company.subscription = "EXPIRED"
    assert sync(connected.organization) == Outcome.PAUSED
    row = Connection.objects.get()
    assert (row.paused_kind, row.state) == ("subscription", "connected")
    assert "Renew it in QuickBooks" in row.paused_reason
    assert sync(connected.organization) is None

    company.subscription = "SUBSCRIBED"
    connection.sync_now(connected.organization, by=admin)
    for _ in range(2):
        assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == 1
    assert status.badges(connected.organization, "invoice", [made])[made.pk].state == "ok"


def test_a_pause_of_one_company_is_shown_on_its_card(connected: Connection, sim: Simulator) -> None:
    sync(connected.organization)
    sim.faults.add("throttle", path="*/cdc")
    sync(connected.organization)
    card = status.card(connected.organization, now=datetime.now(UTC))
    assert "slow down" in card.paused_reason
    assert card.next == card.paused_until
    assert status.pulse(connected.organization, now=datetime.now(UTC)).css == "b-warn"
    end_pause()
    assert status.card(connected.organization, now=datetime.now(UTC)).paused_reason == ""


def test_a_throttle_in_the_middle_of_a_first_sync_is_gone_on_from(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    books.customer(company, "Hotel Albion")
    wire.before("FROM Invoice", lambda: sim.faults.add("throttle", path="*/query"))
    assert sync(connected.organization) == Outcome.PAUSED
    end_pause()
    wire.asked.clear()
    assert sync(connected.organization) == Outcome.DONE
    assert not [each for each in wire.asked if "FROM Customer" in each.text]
    assert Sending.objects.count() == 0

"""Metered reads: how many a cycle costs, and that they last the month (R25)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django_scopes import scope

from buddy.hub import customers
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Bell
from buddy.hub.team import User
from buddy.sync import budget
from buddy.sync.models import CallCount, Connection, Outcome, Run
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, last_run, sync

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_ten_cycles_after_our_own_pushes_cost_one_metered_read_each(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    org = connected.organization
    for each in range(10):
        invoice(another_order(), by=admin)
        customers.change(order.customer, {"notes": f"Edit {each}"}, by=admin)
        customers.create(org, {"display_name": f"Customer {each}"}, by=admin)
        before = sim.reads(connected.realm)
        assert sync(org) == Outcome.DONE
        assert sim.reads(connected.realm) - before == 1, [call.path for call in sim.calls][-6:]
    for _ in range(10):
        before = sim.reads(connected.realm)
        assert sync(org) == Outcome.DONE
        assert sim.reads(connected.realm) - before == 1
    assert len(company.all("Invoice")) == 10


def test_a_cycle_after_the_bookkeepers_changes_costs_one_too(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    customer = books.customer(company, "Hotel Albion")
    sync(connected.organization)
    for _ in range(3):
        invoice_ = books.invoice(company, customer["Id"])
        company.pay(customer["Id"], 50, {invoice_["Id"]: 50})
        before = sim.reads(connected.realm)
        sync(connected.organization)
        assert sim.reads(connected.realm) - before == 1


def test_the_reads_counted_here_are_those_intuit_meters(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    for number in range(3):
        customers.create(connected.organization, {"display_name": f"Customer {number}"}, by=None)  # a write is no read
        sync(connected.organization)
    assert sum(Run.objects.values_list("reads", flat=True)) == sim.reads(connected.realm)
    count = CallCount.objects.get()
    assert (count.reads, count.day) == (sim.reads(connected.realm), datetime.now(UTC).date())
    assert count.calls == len([each for each in sim.calls if "/v3/" in each.path])
    assert last_run().reads == 1


def test_a_run_that_failed_is_counted_too(connected: Connection, company: Company, sim: Simulator) -> None:
    sim.faults.add("error_500", path="*/query", times=2)
    assert sync(connected.organization) == Outcome.FAILED
    assert CallCount.objects.get().calls >= 3


def test_reads_are_summed_over_the_whole_installation_and_the_month(connected: Connection) -> None:
    other = make.organization("Zephyr")
    for org, day, reads in (
        (connected.organization, date(2026, 11, 1), 100),
        (other, date(2026, 11, 2), 20),
        (other, date(2026, 10, 31), 5000),
    ):
        with scope(organization=org):
            CallCount.objects.create(organization=org, day=day, reads=reads)
    assert budget.reads_this_month(NOON) == 120


def test_while_the_reads_last_nothing_stretches(connected: Connection, settings: Any) -> None:
    settings.BUDDY_SYNC_INTERVAL, settings.INTUIT_READS_PER_MONTH = 180, 500_000
    CallCount.objects.create(organization=connected.organization, day=NOON.date(), reads=400)
    assert budget.stretch(NOON) == 1


def test_when_they_would_not_last_the_cadence_stretches_to_what_is_left(connected: Connection, settings: Any) -> None:
    settings.BUDDY_SYNC_INTERVAL, settings.INTUIT_READS_PER_MONTH = 180, 10_000
    CallCount.objects.create(organization=connected.organization, day=NOON.date(), reads=8_000)
    factor = budget.stretch(NOON)
    left, days = 9_000 - 8_000, 6.5
    assert factor == pytest.approx(480 * days / left, rel=0.01)


def test_all_companies_stretch_together(
    connected: Connection, company: Company, sim: Simulator, admin: User, settings: Any
) -> None:
    """The reads of another company put off this one."""
    sync(connected.organization)
    usual = Bell.objects.get().due_at - datetime.now(UTC)
    assert usual < timedelta(seconds=settings.BUDDY_SYNC_INTERVAL + 1)
    other = make.organization("Zephyr")
    with scope(organization=other):
        CallCount.objects.create(
            organization=other, day=datetime.now(UTC).date(), reads=settings.INTUIT_READS_PER_MONTH
        )
    sync(connected.organization)
    assert Bell.objects.get(organization=connected.organization).due_at - datetime.now(UTC) > 2 * usual


def test_a_first_syncs_burst_alone_stretches_nothing(connected: Connection, company: Company, settings: Any) -> None:
    settings.INTUIT_READS_PER_MONTH = 50_000
    CallCount.objects.create(organization=connected.organization, day=datetime.now(UTC).date(), reads=2_000)
    assert budget.stretch(datetime.now(UTC).replace(day=24)) == 1


def test_the_forecast_adds_what_the_rest_of_the_month_takes_at_the_usual_pace(
    connected: Connection, settings: Any
) -> None:
    settings.BUDDY_SYNC_INTERVAL, settings.INTUIT_READS_PER_MONTH = 180, 500_000
    CallCount.objects.create(organization=connected.organization, day=NOON.date(), reads=8_000)
    found = budget.forecast(connected.organization, now=NOON)
    assert (found.company, found.total, found.allowed, found.stretch) == (8_000, 8_000, 500_000, 1)
    assert found.by_end == 8_000 + 480 * 6.5  # one look each three minutes, for six days and a half


def test_a_pace_above_the_cadence_is_what_counts_unless_it_was_one_day_only(
    connected: Connection, settings: Any
) -> None:
    """Announced changes and people make runs too; a first sync does it once."""
    settings.BUDDY_SYNC_INTERVAL = 180
    org = connected.organization
    CallCount.objects.create(organization=org, day=NOON.date(), reads=0)
    CallCount.objects.create(organization=org, day=NOON.date() - timedelta(days=1), reads=5_000)
    assert budget.forecast(org, now=NOON).by_end == 5_000 + 480 * 6.5
    for days in (2, 3):
        CallCount.objects.create(organization=org, day=NOON.date() - timedelta(days=days), reads=1_000)
    assert budget.forecast(org, now=NOON).by_end == 7_000 + 1_000 * 6.5

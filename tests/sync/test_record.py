"""What is kept of every run: why it began, what came and went, each call; and for how long (R25, R29)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from buddy.hub import customers
from buddy.hub.activity import Activity
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Bell, Mark
from buddy.hub.team import User
from buddy.sync import answers, connection, engine, inbox
from buddy.sync.models import CallMade, Connection, Link, Outcome, Run, Sending, SendingItem, Taken, Trigger
from buddy.sync.work import NAMED
from simulator.app import Simulator
from simulator.company import Company
from simulator.webhooks import Webhooks
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, invoice, last_run, sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def run_if_due(connected: Connection) -> Run:
    """What a worker does that looks at the bell."""
    assert connected.organization_id in engine.due()
    assert engine.run(connected.organization_id) is not None
    return last_run()


def age(run: Run, **by: float) -> None:
    earlier = timedelta(**by)
    at = datetime.now(UTC) - earlier
    Run.objects.filter(pk=run.pk).update(started_at=at, finished_at=at)


# --- Why -------------------------------------------------------------------------------------------------------------


def test_a_run_tells_why_it_began_and_who_asked(
    connected: Connection, company: Company, admin: User, settings: Any
) -> None:
    settings.INTUIT_WEBHOOK_VERIFIER = "verifier"
    sync(connected.organization)
    assert last_run().trigger == Trigger.FIRST

    sync(connected.organization)
    assert (last_run().trigger, last_run().asked_by) == (Trigger.SCHEDULE, None)

    connection.sync_now(connected.organization, by=admin)
    run = run_if_due(connected)
    assert (run.trigger, run.asked_by) == (Trigger.BUTTON, admin)

    made = customers.create(connected.organization, {"display_name": "Hotel Albion"}, by=admin)
    run = run_if_due(connected)
    assert (run.trigger, run.asked_by) == (Trigger.MARK, admin)

    answers.retry(made, by=admin)
    run = run_if_due(connected)
    assert (run.trigger, run.asked_by) == (Trigger.ANSWER, admin)

    books.change(company, "Customer", company.all("Customer")[0]["Id"], Notes="Rings twice")
    body = (
        b'[{"specversion":"1.0","id":"e1","type":"qbo.customer.updated.v1","time":"2026-11-24T16:14:56Z",'
        b'"intuitentityid":"1","intuitaccountid":"%s","data":{}}]' % REALM.encode()
    )
    inbox.receive(body, Webhooks(verifier="verifier").signature(body))
    inbox.collect()
    run = run_if_due(connected)
    assert (run.trigger, run.asked_by) == (Trigger.NOTICE, None)


def test_something_that_stays_owed_does_not_make_every_run_one_of_a_change_in_buddy(
    order: SalesOrder, connected: Connection, admin: User
) -> None:
    invoice(order, by=admin)
    Mark.objects.create(
        organization=order.organization, kind="invoice", object_id=10**6, marked_at=datetime.now(UTC), marked_by=None
    )
    sync(connected.organization)
    sync(connected.organization)
    assert last_run().trigger == Trigger.SCHEDULE


def test_a_dead_worker_s_run_is_told_as_cut_off_and_the_next_as_taken_over(
    order: SalesOrder, connected: Connection, admin: User
) -> None:
    invoice(order, by=admin)
    assert sync_killed(connected.organization, at=4)

    sync(connected.organization)

    cut, after = Run.objects.order_by("pk")[1:]
    assert (cut.outcome, after.trigger) == (Outcome.CUT, Trigger.TAKEOVER)


def test_after_a_failure_the_next_run_says_that_it_goes_on(connected: Connection, sim: Simulator) -> None:
    sync(connected.organization)
    sim.faults.add("error_500", path="*/cdc", times=2)
    assert sync(connected.organization) == Outcome.FAILED
    assert not last_run().quiet
    Bell.objects.update(due_at=datetime.now(UTC))
    assert run_if_due(connected).trigger == Trigger.AGAIN


# --- What came and went ----------------------------------------------------------------------------------------------


def test_what_was_news_is_named_and_what_was_not_is_left_out(connected: Connection, company: Company) -> None:
    albion, _ = books.customer(company, "Hotel Albion"), books.customer(company, "Café Lux")
    sync(connected.organization)
    books.change(company, "Customer", albion["Id"], Notes="Rings twice")

    sync(connected.organization)

    run = last_run()
    assert run.came == {"Customer": 1}
    assert [(each.entity, each.remote_id, each.name) for each in run.taken.all()] == [
        ("Customer", albion["Id"], "Hotel Albion")
    ]
    assert not run.quiet


def test_of_very_many_the_first_are_named_and_all_are_counted(connected: Connection, company: Company) -> None:
    for number in range(NAMED + 3):
        books.customer(company, f"Shop {number}")

    sync(connected.organization)

    assert last_run().came["Customer"] == NAMED + 3
    assert Taken.objects.filter(entity="Customer").count() == NAMED


def test_what_went_out_stands_with_its_body_its_answer_and_its_run(
    order: SalesOrder, connected: Connection, admin: User, company: Company
) -> None:
    invoice(order, by=admin)

    sync(connected.organization)

    run = last_run()
    sending = Sending.objects.get()
    item = SendingItem.objects.get()
    assert (sending.run, run.went) == (run, {"invoice": 1})
    assert msgspec.json.decode(item.answer)["Id"] == company.all("Invoice")[0]["Id"]
    assert b"CustomerRef" in bytes(sending.body)


def test_a_change_stands_with_its_run_before_and_after(connected: Connection, company: Company) -> None:
    albion = books.customer(company, "Hotel Albion", email="old@albion.example")
    sync(connected.organization)
    books.change(company, "Customer", albion["Id"], PrimaryEmailAddr={"Address": "new@albion.example"})

    sync(connected.organization)

    entry = Activity.objects.get(run=last_run().pk)
    assert entry.changes == {"email": ["old@albion.example", "new@albion.example"]}


def test_an_invoice_voided_there_stands_with_the_run_that_saw_it(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    company.void("Invoice", company.all("Invoice")[0]["Id"])

    sync(connected.organization)

    events = set(Activity.objects.filter(run=last_run().pk).values_list("event", flat=True))
    assert events == {"invoice.voided", "order.freed"}


def test_what_could_not_go_is_counted(order: SalesOrder, connected: Connection, admin: User) -> None:
    invoice(order, by=admin)
    Link.objects.filter(kind="product").delete()

    sync(connected.organization)

    assert last_run().waiting == 1
    assert last_run().went == {}


# --- Calls -----------------------------------------------------------------------------------------------------------


def test_each_call_is_on_record_with_its_trace(
    order: SalesOrder, connected: Connection, admin: User, company: Company
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    run = last_run()
    calls = list(run.calls_made.order_by("pk"))
    assert [call.verb for call in calls] == ["cdc", "batch"]
    assert all(call.trace_id and call.status == 200 for call in calls)
    assert calls[1].request_id == Sending.objects.get().request_id
    assert run.calls == len(calls)
    assert run.reads == sum(call.metered for call in calls) == 1


def test_calls_of_a_run_that_died_are_on_record(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    wire.kill("/batch?")
    assert sync_killed(connected.organization)
    assert [call.verb for call in CallMade.objects.filter(run=last_run())] == ["cdc"]


# --- How long --------------------------------------------------------------------------------------------------------


def test_runs_in_which_nothing_happened_are_forgotten_after_a_day_and_the_others_stay(
    connected: Connection, company: Company
) -> None:
    sync(connected.organization)  # the first one read the company
    sync(connected.organization)
    first, idle = Run.objects.order_by("pk")
    assert (first.quiet, idle.quiet) == (False, True)
    for run in (first, idle):
        age(run, days=1, hours=2)

    sync(connected.organization)

    assert list(Run.objects.order_by("pk")) == [first, last_run()]
    assert not CallMade.objects.filter(run_id=idle.pk).exists()


def test_runs_are_kept_for_a_business_year_and_what_they_sent_for_good(
    order: SalesOrder, connected: Connection, admin: User
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    for run in Run.objects.all():
        age(run, days=399)
    sync(connected.organization)
    assert Run.objects.count() == 3
    for run in Run.objects.all():
        age(run, days=402)

    sync(connected.organization)

    assert Run.objects.count() == 1
    assert Sending.objects.get().run is None
    assert SendingItem.objects.count() == 1

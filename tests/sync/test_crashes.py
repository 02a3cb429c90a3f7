"""Cut off anywhere, the next run goes on: nothing is lost, nothing is done twice."""

from decimal import Decimal

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.orders import Invoiced, SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync.models import Connection, Cursor, ItemState, Link, Outcome, Remote, Run, Sending, SendingItem
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = ("preferences", "FROM Term", "count(*) FROM Customer", "FROM Customer", "FROM Invoice", "FROM Payment")


@pytest.mark.parametrize("step", STEPS)
def test_a_first_sync_that_dies_at_a_call_is_completed_by_the_next_run(
    connected: Connection, company: Company, wire: Wire, step: str
) -> None:
    fill(company)
    wire.kill(step)
    assert sync_killed(connected.organization)
    assert sync(connected.organization) == Outcome.DONE
    assert_carried_over()


def test_a_first_sync_that_dies_again_and_again_each_time_a_step_later_still_ends(
    connected: Connection, company: Company
) -> None:
    fill(company)
    at = 1
    while sync_killed(connected.organization, at=at):
        at += 1
    assert at > 10
    assert_carried_over()
    assert Run.objects.exclude(outcome=Outcome.DONE).count() == Run.objects.filter(outcome=Outcome.CUT).count()


def fill(company: Company) -> None:
    for number in range(3):
        customer = books.customer(company, f"Customer {number}", email=f"c{number}@example.com")
        made = books.invoice(company, customer["Id"])
        company.pay(customer["Id"], 20, {made["Id"]: 20})


def assert_carried_over() -> None:
    assert (Customer.objects.count(), Product.objects.count()) == (3, 1)
    assert [each.balance for each in Invoice.objects.all()] == [Decimal(30)] * 3
    assert [each.applications.count() for each in Payment.objects.all()] == [1] * 3
    assert not Remote.objects.exclude(waiting="").exists()
    assert list(Cursor.objects.values_list("name", flat=True)) == ["changes"]


def test_a_round_that_dies_before_any_of_its_transactions_makes_one_invoice_in_the_end(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    """Each time the process dies one step later: before the look, before freezing, after freezing, before settling …"""
    org = connected.organization
    killed, at, made = True, 0, 0
    while killed:
        at += 1
        another = invoice(another_order(), by=admin)
        customers.change(order.customer, {"notes": f"Edit {at}"}, by=admin)
        made += 1
        killed = sync_killed(org, at=at)
        assert sync(org) == Outcome.DONE
        assert len(company.all("Invoice")) == Invoice.objects.count() == made, f"step {at}"
        assert Link.objects.filter(kind="invoice", object_id=another.pk).count() == 1, f"step {at}"
        assert company.all("Customer")[0]["Notes"] == f"Edit {at}", f"step {at}"
        assert_quiet()
    assert at > 8


def test_a_lost_answer_at_every_step_of_several_rounds_doubles_nothing(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    """The batch arrived, and the process died before it knew; what is due is due again."""
    for number in range(3):
        invoice(another_order(), by=admin)
        customers.create(connected.organization, {"display_name": f"New {number}"}, by=admin)
        customers.change(order.customer, {"notes": f"Edit {number}"}, by=admin)
        for _ in range(2):  # the customers' batch, then the invoices'
            wire.kill("/batch?")
            assert sync_killed(connected.organization)
        assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == Invoice.objects.count() == 3
    assert len(company.all("Customer")) == Customer.objects.count() == 4
    assert company.find("Customer", "Hotel Albion")["Notes"] == "Edit 2"  # type: ignore[index]
    assert_quiet()


def assert_quiet() -> None:
    """Nothing is owed, nothing is under way, nothing is in doubt."""
    assert not Mark.objects.exists()
    assert not Sending.objects.filter(settled_at=None).exists()
    assert not SendingItem.objects.filter(state=ItemState.OPEN).exists()
    assert Connection.objects.get().lease_owner == ""


def test_an_invoice_voided_there_while_buddy_was_dead_frees_its_order(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    wire.kill("/batch?")
    assert sync_killed(connected.organization)
    company.void("Invoice", company.all("Invoice")[0]["Id"])
    sync(connected.organization)
    made.refresh_from_db()
    order.refresh_from_db()
    assert (made.ended, order.invoiced) == ("voided", Invoiced.NONE)

"""What the history tells of a sync, and what it does not (R29)."""

import pytest

from buddy.hub import activity, customers
from buddy.hub.activity import Activity, Source
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.team import User
from buddy.sync import answers, connection
from buddy.sync.models import Connection
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, invoice, last_run, sync

pytestmark = pytest.mark.django_db(transaction=True)


def told(kind: str) -> list[tuple[str, str, int]]:
    """Of this kind: event, source, how many it counts; the oldest first."""
    rows = Activity.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("event", "source", "count"))


def test_what_one_run_creates_is_one_entry_with_members(connected: Connection, company: Company) -> None:
    for number in range(5):
        books.invoice(company, books.customer(company, f"Customer {number}")["Id"])
    sync(connected.organization)
    assert told("customer") == [("customer.created", Source.BOOKS, 5)]
    assert told("invoice") == [("invoice.created", Source.BOOKS, 5)]
    assert Activity.objects.get(kind="customer").run == last_run().pk
    for customer in Customer.objects.all():
        assert [each.event for each in activity.of(connected.organization, "customer", customer.pk)] == [
            "customer.created"
        ]


def test_a_moved_balance_makes_no_entry(connected: Connection, company: Company) -> None:
    customer = books.customer(company, "Hotel Albion")
    sync(connected.organization)
    before = Activity.objects.filter(kind="customer").count()
    for _ in range(3):
        company.pay(customer["Id"], 5)
        sync(connected.organization)
    assert Customer.objects.get().balance == -15
    assert Activity.objects.filter(kind="customer").count() == before


def test_a_field_that_people_edit_makes_one_entry_with_both_values(connected: Connection, company: Company) -> None:
    customer = books.customer(company, "Hotel Albion", phone="555 0101", Notes="Old")
    sync(connected.organization)
    books.change(company, "Customer", customer["Id"], Notes="New", PrimaryPhone={"FreeFormNumber": "555 0202"})
    company.pay(customer["Id"], 5)
    sync(connected.organization)
    [entry, _created] = activity.of(connected.organization, "customer", Customer.objects.get().pk)
    assert (entry.event, entry.source, entry.user) == ("customer.updated", Source.BOOKS, None)
    assert entry.changes == {"notes": ["Old", "New"], "phone": ["555 0101", "555 0202"]}
    sync(connected.organization)
    assert len(activity.of(connected.organization, "customer", Customer.objects.get().pk)) == 2


def test_our_own_writes_coming_back_make_no_entry(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    customers.change(order.customer, {"notes": "Ours"}, by=admin)
    sync(connected.organization)
    sync(connected.organization)
    events = [each.event for each in activity.of(connected.organization, "customer", order.customer_id)]
    assert events.count("customer.updated") == 1
    assert [each.event for each in activity.of(connected.organization, "invoice", made.pk)] == ["invoice.created"]


def test_a_void_there_is_told_on_the_invoice_and_its_order(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    company.void("Invoice", company.all("Invoice")[0]["Id"])
    for _ in range(2):
        sync(connected.organization)
    entries = activity.of(connected.organization, "invoice", made.pk)
    assert [(each.event, each.source) for each in entries].count(("invoice.voided", Source.BOOKS)) == 1
    assert "order.freed" in [each.event for each in activity.of(connected.organization, "order", order.pk)]


def test_connecting_breaking_and_ending_are_told(connected: Connection, sim: Simulator, admin: User) -> None:
    sync(connected.organization)
    sim.revoke(REALM)
    sync(connected.organization)
    connection.disconnect(connected.organization, by=admin)
    events = list(Activity.objects.filter(kind="organization").order_by("pk").values_list("event", "user"))
    assert events == [("integration.broken", None), ("integration.disconnected", admin.pk)]


def test_what_a_person_decides_is_told_with_their_name(connected: Connection, company: Company, admin: User) -> None:
    ours = make.customer("Albion Hotel", email="ap@albion.example")
    make.customer("Hotel Albion", email="ap@albion.example")
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    answers.link_customer(connected.organization, ours.pk, theirs["Id"], by=admin)
    linked = Activity.objects.get(event="customer.linked")
    assert (linked.user, linked.object_id, linked.note) == (admin, ours.pk, f"QuickBooks ID {theirs['Id']}")
    assert not Invoice.objects.exists()

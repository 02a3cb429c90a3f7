"""In doubt, look there before sending again (R13)."""

from datetime import timedelta
from typing import Any

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.sync import status
from buddy.sync.mapping.invoice import marker, tag_in
from buddy.sync.models import Connection, ItemState, Link, Outcome, Sending, SendingItem, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def grow_old(**age: float) -> None:
    """As if the request had been frozen so much earlier."""
    for sending in Sending.objects.filter(settled_at=None):
        Sending.objects.filter(pk=sending.pk).update(frozen_at=sending.frozen_at - timedelta(**age))


def forget_bid(body: dict[str, Any]) -> None:
    """An answer in which the last item is missing."""
    body["BatchItemResponse"].pop()


def looks(wire: Wire) -> list[str]:
    return [each.text for each in wire.asked if "FROM Invoice WHERE MetaData.CreateTime >=" in each.text]


def test_uncertain_for_an_hour_it_is_looked_for_and_adopted(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()  # QuickBooks has forgotten the request id: sending again would double it
    wire.show_no_changes()
    grow_old(hours=1, minutes=1)

    assert sync(connected.organization) == Outcome.DONE

    assert len(looks(wire)) == 1
    assert len(wire.batches) == 1
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk
    made.refresh_from_db()
    assert made.number == company.all("Invoice")[0]["DocNumber"]


def test_a_person_sees_it_wait_go_out_stay_uncertain_and_heal(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)

    def shown() -> tuple[str, str]:
        badge = status.badges(connected.organization, "invoice", [made])[made.pk]
        return badge.state, badge.label

    seen = [shown()]
    wire.before("/batch?", lambda: seen.append(shown()))
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    seen.append(shown())
    reason = status.badges(connected.organization, "invoice", [made])[made.pk].reason
    sync(connected.organization)
    assert [*seen, shown()] == [
        ("waiting", "Waiting"), ("sending", "Sending"), ("uncertain", "Sending"), ("ok", "In sync"),
    ]  # fmt: skip
    assert "sends nothing twice" in reason
    assert len(company.all("Invoice")) == 1


def test_where_buddy_gives_the_numbers_it_is_looked_for_by_number_alone(
    connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    books.customer(company, "Hotel Albion")
    books.item(company, "Olives")
    sync(connected.organization)
    made = invoice(another_order(), by=admin)
    assert made.number
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    wire.show_no_changes()
    grow_old(hours=1, minutes=1)

    assert sync(connected.organization) == Outcome.DONE

    assert any(f"DocNumber IN ('{made.number}')" in each.text for each in wire.asked)
    assert looks(wire) == []
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk


def test_uncertain_for_less_it_is_resent_without_a_look(
    order: SalesOrder, connected: Connection, admin: User, sim: Simulator, wire: Wire
) -> None:
    invoice(order, by=admin)
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)
    grow_old(minutes=59)
    sync(connected.organization)
    assert looks(wire) == []
    assert len({each.text for each in wire.batches}) == 1


def test_what_a_look_does_not_find_goes_out_in_a_new_request(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add("error_500", method="POST", path="*/batch")  # nothing was written
    sync(connected.organization)
    grow_old(hours=2)
    assert sync(connected.organization) == Outcome.DONE
    assert len({each.text for each in wire.batches}) == 2
    assert len(company.all("Invoice")) == 1
    assert list(SendingItem.objects.order_by("pk").values_list("state", flat=True)) == [
        ItemState.RETURNED, ItemState.CONFIRMED,
    ]  # fmt: skip
    assert Link.objects.get(kind="invoice").object_id == made.pk


def test_fault_600_is_looked_into(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    wire.refuse("/batch?", "600", detail="Duplicate Request ID")
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk
    assert Sending.objects.filter(settled_at=None).count() == 0


def test_an_item_missing_in_the_answer_is_looked_for_and_the_others_are_settled(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = [invoice(order, by=admin), invoice(another_order(), by=admin)]
    wire.change_answer("/batch?", forget_bid)
    assert sync(connected.organization) == Outcome.DONE
    assert len(looks(wire)) == 1
    assert len(company.all("Invoice")) == 2
    assert len(wire.batches) == 1
    linked = Link.objects.filter(kind="invoice").values_list("object_id", flat=True)
    assert sorted(linked) == [each.pk for each in made]


def test_a_missing_item_that_is_not_there_is_sent_anew(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    wire.answer("/batch?", 200, {"BatchItemResponse": [], "time": "2026-11-24T12:00:00-08:00"})
    assert sync(connected.organization) == Outcome.DONE
    assert len(wire.batches) == 2
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk


def test_the_marker_is_readable_stands_at_the_end_and_is_the_same_for_every_attempt(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    note = company.all("Invoice")[0]["PrivateNote"]
    assert note.startswith(f"Buddy {order.number} #")
    assert marker(connected.organization, Invoice.objects.get(), [order.number]) == note
    assert tag_in(f"Voided - {note}") == tag_in(note) != ""
    assert tag_in(f"{note} and more") == ""
    other = invoice(another_order(), by=admin)
    assert tag_in(marker(connected.organization, other, [])) != tag_in(marker(connected.organization, made, []))


def test_a_copy_made_there_is_not_taken_for_ours(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    original = company.all("Invoice")[0]
    copy = {name: original[name] for name in ("CustomerRef", "PrivateNote", "Line")}
    company.create("Invoice", copy)
    sync(connected.organization)
    assert Link.objects.get(kind="invoice", object_id=made.pk).remote_id == original["Id"]
    assert Invoice.objects.count() == 2


def test_a_lost_answer_about_an_invoice_is_recognised_by_its_marker_before_anything_is_resent(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator
) -> None:
    """CDC shows it first: no second invoice here."""
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)
    assert Invoice.objects.get().pk == made.pk
    assert Link.objects.get(kind="invoice").rule == "sent"


# --- Customers -------------------------------------------------------------------------------------------------------


def new_customer(connection: Connection, name: str, **values: Any) -> Customer:
    return customers.create(connection.organization, {"display_name": name, **values}, by=None)


def lose_customer(connection: Connection, company: Company, sim: Simulator, wire: Wire, name: str) -> Customer:
    """A customer whose creation there had no answer, and neither the request id nor a look at changes helps."""
    sync(connection.organization)
    made = new_customer(connection, name, phone="555 0101")
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    assert sync(connection.organization) == Outcome.FAILED
    company.replays.kept.clear()
    wire.show_no_changes()
    grow_old(hours=2)
    return made


@pytest.mark.parametrize("name", ["Hotel Albion", "O’Brien’s Café", "Café d'Été", "日本 Foods"])
def test_a_customer_in_doubt_is_found_by_its_name_and_adopted(
    connected: Connection, company: Company, sim: Simulator, wire: Wire, name: str
) -> None:
    made = lose_customer(connected, company, sim, wire, name)
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Customer")) == 1
    assert Link.objects.get(kind="customer").object_id == made.pk
    assert len(wire.batches) == 1


def test_a_customer_made_inactive_meanwhile_is_found_too(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    made = lose_customer(connected, company, sim, wire, "Hotel Albion")
    company.deactivate("Customer", company.all("Customer")[0]["Id"])
    sync(connected.organization)
    assert Link.objects.filter(kind="customer", object_id=made.pk).exists()
    assert len(company.all("Customer")) == 1


def test_what_was_edited_there_before_it_is_found_comes_here(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    """What was sent is the agreement, not what it is found with."""
    lose_customer(connected, company, sim, wire, "Hotel Albion")
    books.change(company, "Customer", company.all("Customer")[0]["Id"], FamilyName="Lindqvist", Notes="Call first")
    assert sync(connected.organization) == Outcome.DONE
    here = Customer.objects.get()
    assert (here.family_name, here.notes) == ("Lindqvist", "Call first")


def test_what_was_edited_there_before_it_is_seen_among_the_changes_comes_here(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    sync(connected.organization)
    new_customer(connected, "Hotel Albion", email="ap@albion.example")
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    books.change(company, "Customer", company.all("Customer")[0]["Id"], FamilyName="Lindqvist")
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)
    sync(connected.organization)
    assert Customer.objects.get().family_name == company.all("Customer")[0]["FamilyName"] == "Lindqvist"


def test_an_older_customer_of_that_name_is_not_adopted(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    made = lose_customer(connected, company, sim, wire, "Hotel Albion")
    with company.acting() as there:
        record = there.find("Customer", company.all("Customer")[0]["Id"])
        assert record
        record.created -= timedelta(days=3)
        there.redraw(record)
    sync(connected.organization)
    assert not Link.objects.filter(kind="customer").exists()
    assert len(company.all("Customer")) == 1
    assert Trouble.objects.get().object_id == made.pk
    sync(connected.organization)  # it is recognised like any other customer
    assert Link.objects.get(kind="customer").rule == "name and phone"
    assert not Trouble.objects.exists()


def test_another_customer_of_that_name_made_at_that_moment_is_not_adopted(
    connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    made = lose_customer(connected, company, sim, wire, "Hotel Albion")
    books.change(company, "Customer", company.all("Customer")[0]["Id"], PrimaryPhone={"FreeFormNumber": "555 9999"})
    sync(connected.organization)
    sync(connected.organization)
    assert not Link.objects.filter(kind="customer", object_id=made.pk).exists()
    assert len(company.all("Customer")) == 1
    assert "match" in [each.kind for each in Review.objects.all()]


def test_a_customer_seen_among_the_changes_before_the_resend_is_not_created_here_again(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    """Nor asked about, though another one here looks just as much like it."""
    sync(connected.organization)
    make.customer("Albion Bar", email="ap@albion.example")
    made = new_customer(connected, "Hotel Albion", email="ap@albion.example")
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)
    assert (Link.objects.get(kind="customer").object_id, Customer.objects.count()) == (made.pk, 2)
    sync(connected.organization)
    assert (len(company.all("Customer")), Customer.objects.count()) == (1, 2)
    assert not Review.objects.exists()


# --- Updates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["555 0202", ""])
@pytest.mark.parametrize("fault", ["lose_reply", "error_500"])
def test_an_update_in_doubt_is_read_and_sent_again_only_if_it_did_not_happen(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, wire: Wire, fault: str, value: str
) -> None:
    id = company.all("Customer")[0]["Id"]
    books.change(company, "Customer", id, PrimaryPhone={"FreeFormNumber": "555 0101"})
    sync(connected.organization)
    customer = Customer.objects.get()
    customers.change(customer, {"phone": value}, by=None)
    sim.faults.add(fault, method="POST", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    wire.show_no_changes()
    grow_old(hours=2)

    assert sync(connected.organization) == Outcome.DONE

    assert company.get("Customer", id).get("PrimaryPhone", {}).get("FreeFormNumber", "") == value
    assert len(wire.batches) == (1 if fault == "lose_reply" else 2)
    assert not Trouble.objects.exists()

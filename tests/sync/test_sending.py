"""One frozen request, resent byte for byte until it has an answer (R12)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import User
from buddy.sync import answers, status
from buddy.sync.models import Connection, ItemState, Link, Outcome, Sending, SendingItem, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, last_run, sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def new_customer(connection: Connection, name: str, **values: Any) -> Customer:
    """Made in Buddy after connecting, so it goes out (R21)."""
    return customers.create(connection.organization, {"display_name": name, **values}, by=None)


@pytest.mark.parametrize("fault", ["lose_reply", "error_500_after", "error_504_after", "error_500", "html_503"])
def test_without_an_answer_the_same_bytes_go_again_under_the_same_request_id(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire, fault: str
) -> None:
    invoice(order, by=admin)
    sim.faults.add(fault, method="POST", path="*/batch", times=2)
    for _ in range(2):
        assert sync(connected.organization) == Outcome.FAILED
        assert Sending.objects.get().settled_at is None
    assert sync(connected.organization) == Outcome.DONE

    assert len(wire.batches) == 3
    assert len({(each.text, each.content) for each in wire.batches}) == 1
    assert bytes(Sending.objects.get().body) == wire.batches[0].content
    assert f"requestid={Sending.objects.get().request_id}" in wire.batches[0].text
    assert len(company.all("Invoice")) == 1
    assert (Invoice.objects.count(), Link.objects.filter(kind="invoice").count()) == (1, 1)


def test_the_request_stands_in_the_database_before_it_is_made(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    seen: list[tuple[int, bytes]] = []
    wire.before("/batch?", lambda: seen.append((Sending.objects.get().attempts, bytes(Sending.objects.get().body))))
    sync(connected.organization)
    assert seen == [(1, wire.batches[0].content)]


def test_a_write_waits_longer_for_its_answer_than_quickbooks_takes(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    assert wire.batches[0].timeout["read"] == 130
    assert {each.timeout["read"] for each in wire.asked if "/cdc" in each.text} == {60}


def test_what_changed_here_after_freezing_is_not_in_the_bytes_but_owed(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    customer = order.customer
    customers.change(customer, {"phone": "555 0101"}, by=None)
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)
    customers.change(customer, {"phone": "555 0202"}, by=None)
    assert Mark.objects.filter(kind="customer").count() == 1
    assert sync(connected.organization) == Outcome.DONE
    phones = [each["PrimaryPhone"]["FreeFormNumber"] for each in wire.sent("Customer")]
    assert phones == ["555 0101", "555 0101", "555 0202"]
    assert company.all("Customer")[0]["PrimaryPhone"]["FreeFormNumber"] == "555 0202"
    assert not Mark.objects.exists()


def test_an_edit_while_the_request_is_under_way_goes_out_in_the_next(
    order: SalesOrder, connected: Connection, company: Company, wire: Wire
) -> None:
    customer = order.customer
    customers.change(customer, {"phone": "555 0101"}, by=None)
    wire.before("/batch?", lambda: customers.change(customer, {"phone": "555 0202"}, by=None))
    sync(connected.organization)
    assert company.all("Customer")[0]["PrimaryPhone"]["FreeFormNumber"] == "555 0202"
    assert len(wire.batches) == 2


def test_at_most_one_mark_and_one_open_item_stand_for_an_object(connected: Connection, company: Company) -> None:
    row = new_customer(connected, "Albion")
    for phone in ("1", "2", "3"):
        customers.change(row, {"phone": phone}, by=None)
    assert Mark.objects.count() == 1
    sending = Sending.objects.create(
        organization=connected.organization, request_id="r", body=b"", frozen_at=datetime.now(UTC)
    )
    item = {"organization": connected.organization, "sending": sending, "kind": "customer", "object_id": row.pk}
    SendingItem.objects.create(bid="i1", entity="Customer", operation="create", **item)
    with pytest.raises(IntegrityError), transaction.atomic():
        SendingItem.objects.create(bid="i2", entity="Customer", operation="create", **item)


def test_an_object_with_an_answer_outstanding_is_not_sent_a_second_time(
    order: SalesOrder, connected: Connection, sim: Simulator, wire: Wire
) -> None:
    customers.change(order.customer, {"phone": "555 0101"}, by=None)
    sim.faults.add("error_500", method="POST", path="*/batch", times=None)
    sync(connected.organization)
    customers.change(order.customer, {"phone": "555 0202"}, by=None)
    sync(connected.organization)
    assert SendingItem.objects.filter(state=ItemState.OPEN).count() == 1
    assert len({each.content for each in wire.batches}) == 1


def test_a_batch_has_one_request_id_and_at_most_thirty_items_of_one_kind(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    for number in range(31):
        new_customer(connected, f"Customer {number:02d}")
    assert sync(connected.organization) == Outcome.DONE
    assert [len(each.items) for each in wire.batches] == [30, 1]
    for batch in wire.batches:
        bids = [item["bId"] for item in batch.items]
        assert len(set(bids)) == len(bids)
        assert all(len(bid) <= 10 for bid in bids)
    ids = [each.request_id for each in Sending.objects.all()]
    assert len(set(ids)) == 2
    assert all(len(each) <= 36 for each in ids)
    assert len(company.all("Customer")) == 31


def test_customer_and_item_are_confirmed_before_the_invoice_that_names_them(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    customers.change(order.customer, {"phone": "555 0101"}, by=None)
    sync(connected.organization)
    assert ["Customer" in batch.items[0] for batch in wire.batches] == [True, False]
    assert Link.objects.filter(kind="invoice", object_id=made.pk).exists()


def test_an_invoice_waits_for_what_it_needs_and_goes_in_the_same_run_as_that(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    link = Link.objects.get(kind="product")
    item, link_id = link.remote_id, link.pk
    Link.objects.filter(pk=link_id).delete()
    sync(connected.organization)
    assert company.all("Invoice") == []
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.cause) == ("invoice", f"product:{order.lines.get().product_id}")
    assert status.badges(connected.organization, "invoice", [made])[made.pk].state == "attention"
    assert Mark.objects.filter(kind="invoice").exists()

    answers.link_product(order.lines.get().product, item, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == 1
    assert not Trouble.objects.exists()


def test_a_refused_item_has_no_part_in_the_others_and_its_retry_is_a_new_request(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    good, bad = invoice(order, by=admin), invoice(another_order(), by=admin)
    Invoice.objects.filter(pk=bad.pk).update(invoice_date="2026-09-01")
    company.close_books("2026-09-30")
    assert sync(connected.organization) == Outcome.DONE

    assert Link.objects.get(kind="invoice").object_id == good.pk
    badge = status.badges(connected.organization, "invoice", [bad])[bad.pk]
    assert badge.state == "attention"
    assert badge.reason.startswith("The books are closed through Sep 30, 2026.")
    assert SendingItem.objects.get(object_id=bad.pk, kind="invoice").code in ("6200", "6210")
    for _ in range(2):
        sync(connected.organization)
    assert len(wire.batches) == 1  # nothing is tried again by itself

    company.close_books(None)
    answers.retry(bad, by=admin)
    sync(connected.organization)
    assert len({each.text for each in wire.batches}) == 2
    assert [item["Invoice"]["TxnDate"] for item in wire.batches[1].items] == ["2026-09-01"]
    assert Link.objects.filter(kind="invoice").count() == 2
    assert not Trouble.objects.exists()


def test_a_request_refused_as_a_whole_does_not_block_what_comes_after_it(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    bad = invoice(order, by=admin)
    wire.refuse("/batch?", "2010", detail="Property Name:Unrecognized field")
    sync(connected.organization)
    assert Sending.objects.get().settled_at is not None
    assert Trouble.objects.get().object_id == bad.pk

    good = invoice(another_order(), by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert Link.objects.get(kind="invoice").object_id == good.pk


def test_a_request_refused_as_a_whole_on_its_second_try_is_looked_for_first(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    wire.show_no_changes()
    wire.refuse("/batch?", "2130", detail="Invalid Request Id format")
    sync(connected.organization)
    assert len(company.all("Invoice")) == 1
    assert Link.objects.get(kind="invoice").object_id == made.pk


def test_a_repeated_answer_is_checked_against_what_holds_now(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    """QuickBooks repeats its first answer (api 4.8), and by then the invoice may be paid."""
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    there = company.all("Invoice")[0]
    company.pay(there["CustomerRef"]["value"], 50, {there["Id"]: 50})
    wire.show_no_changes(times=2)
    for _ in range(2):
        assert sync(connected.organization) == Outcome.DONE
    made.refresh_from_db()
    assert made.balance == 0


def test_a_repeated_answer_never_undoes_what_was_read_since(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    """The first answer comes late, and the process dies before it could read the record once more."""
    customer_id = company.all("Customer")[0]["Id"]
    customers.change(order.customer, {"notes": "Ours"}, by=None)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    books.change(company, "Customer", customer_id, Notes="Theirs", PrimaryPhone={"FreeFormNumber": "555 0303"})
    sim.faults.add("error_500", method="POST", path="*/batch")
    sync(connected.organization)  # reads the edit, and has no answer yet to what was sent

    wire.show_no_changes(times=3)  # the edit is behind the cursor
    wire.kill(f"/customer/{customer_id}")
    assert sync_killed(connected.organization)
    assert SendingItem.objects.get().state == ItemState.CONFIRMED
    sync(connected.organization)
    customer = Customer.objects.get()
    assert (customer.phone, customer.notes) == ("555 0303", "Theirs")
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()
    sync(connected.organization)
    there = company.get("Customer", customer_id)
    assert (there["PrimaryPhone"], there["Notes"]) == ({"FreeFormNumber": "555 0303"}, "Theirs")


def test_an_answer_speaks_only_of_the_fields_that_were_sent(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    """An e-mail changed on both sides and was settled while another field of the same customer was under way."""
    organization, customer_id = connected.organization, company.all("Customer")[0]["Id"]
    customers.change(order.customer, {"email": "first@albion.example"}, by=None)
    sync(organization)
    customers.change(order.customer, {"email": "ours@albion.example"}, by=None)
    books.change(company, "Customer", customer_id, PrimaryEmailAddr={"Address": "theirs@albion.example"})
    sync(organization)
    customers.change(order.customer, {"notes": "Ring twice"}, by=None)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(organization)
    answers.settle_difference(Review.objects.get(), {"email": "theirs"}, by=make.member("admin", of=organization).user)
    batches = len(wire.batches)
    for _ in range(2):
        assert sync(organization) == Outcome.DONE
    assert Customer.objects.get().email == "theirs@albion.example"
    assert company.get("Customer", customer_id)["PrimaryEmailAddr"] == {"Address": "theirs@albion.example"}
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()
    assert len(wire.batches) == batches + 1  # the same again, and nothing more to say


def test_a_run_that_dies_with_a_frozen_request_is_followed_by_one_that_resends_it(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    wire.kill("/batch?")
    assert sync_killed(connected.organization)
    assert sync(connected.organization) == Outcome.DONE
    assert len({(each.text, each.content) for each in wire.batches}) == 1
    assert len(company.all("Invoice")) == 1
    assert last_run().counts["invoices sent"] == 1


def test_reconciling_never_owes_what_it_wrote(connected: Connection, company: Company) -> None:
    books.invoice(company, books.customer(company, "Albion", phone="555")["Id"])
    sync(connected.organization)
    books.change(company, "Customer", company.all("Customer")[0]["Id"], Notes="New")
    sync(connected.organization)
    assert not Mark.objects.exists()
    assert not Sending.objects.exists()

"""Records that are merged or deleted in QuickBooks, with and without a word about it (R10, R11)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from buddy.hub import activity, customers
from buddy.hub.customers import Customer
from buddy.hub.invoices import Ended, Invoice, Payment
from buddy.hub.orders import Invoiced, SalesOrder
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import User
from buddy.sync import duplicates, inbox, invoicing, mirror, status
from buddy.sync.models import Connection, Cursor, Link, LinkState, Outcome, Remote
from buddy.sync.reconcile import carry_over
from buddy.sync.round import Round
from simulator.company import Company
from simulator.webhooks import Webhooks
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, sync
from tests.sync.conftest import invoice as invoiced
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def there(customer: Customer) -> str:
    return Link.objects.get(kind="customer", object_id=customer.pk).remote_id


def tell_of_merge(settings: Any, entity: str, survivor: str, vanished: str) -> None:
    """A webhook says so (api 8.3)."""
    settings.INTUIT_WEBHOOK_VERIFIER = "verifier"
    event = {
        "specversion": "1.0", "id": f"{entity}-{survivor}-{vanished}", "source": "intuit.x=",
        "type": f"qbo.{entity.lower()}.merged.v1", "time": "2026-11-24T16:14:56.001239Z",
        "intuitentityid": survivor, "intuitaccountid": REALM, "data": {"deletedid": vanished},
    }  # fmt: skip
    body = json.dumps([event]).encode()
    inbox.receive(body, Webhooks(verifier="verifier").signature(body))
    inbox.collect()


# --- R10 -------------------------------------------------------------------------------------------------------------


def test_a_linked_customer_that_vanished_is_followed_to_the_one_its_invoices_name(
    connected: Connection, company: Company
) -> None:
    lost = books.customer(company, "Albion")
    invoice = books.invoice(company, lost["Id"])
    sync(connected.organization)
    here = Customer.objects.get()
    kept = books.customer(company, "Albion Trading", phone="555 0101")
    company.merge(kept["Id"], lost["Id"])

    sync(connected.organization)

    assert (there(here), Link.objects.get(kind="customer").state) == (kept["Id"], LinkState.AGREED)
    assert Customer.objects.count() == 1
    here.refresh_from_db()
    assert (here.display_name, here.phone, here.balance) == ("Albion Trading", "555 0101", 50)
    assert activity.of(connected.organization, "customer", here.pk)[0].event in ("customer.merged", "customer.updated")

    company.pay(kept["Id"], 50, {invoice["Id"]: 50})
    sync(connected.organization)
    assert (Payment.objects.get().customer, Invoice.objects.get().balance) == (here, 0)


def test_a_webhook_that_tells_of_a_merge_is_followed(connected: Connection, company: Company, settings: Any) -> None:
    lost = books.customer(company, "Albion")  # without an invoice that could name the survivor
    sync(connected.organization)
    here = Customer.objects.get()
    kept = books.customer(company, "Albion Trading")
    company.merge(kept["Id"], lost["Id"])
    tell_of_merge(settings, "Customer", kept["Id"], lost["Id"])
    for _ in range(2):
        sync(connected.organization)
    assert there(here) == kept["Id"]
    assert Customer.objects.count() == 1
    assert not Review.objects.exists()


def test_a_merge_of_items_moves_no_customer(connected: Connection, company: Company, settings: Any, wire: Wire) -> None:
    first, second = books.customer(company, "Albion"), books.customer(company, "Zephyr")
    sync(connected.organization)
    before = set(Link.objects.filter(kind="customer").values_list("object_id", "remote_id", "state"))
    tell_of_merge(settings, "Item", first["Id"], second["Id"])  # ids are unique per list only
    wire.show_no_changes()
    assert sync(connected.organization) == Outcome.DONE
    assert set(Link.objects.filter(kind="customer").values_list("object_id", "remote_id", "state")) == before
    assert not Review.objects.exists()


def test_a_merge_of_two_linked_customers_is_followed_by_merging_them_here(
    connected: Connection, company: Company, settings: Any
) -> None:
    lost, kept = books.customer(company, "Albion"), books.customer(company, "Zephyr")
    sync(connected.organization)
    ours, other = Customer.objects.get(display_name="Albion"), Customer.objects.get(display_name="Zephyr")
    placed = make.order(ours)
    company.merge(kept["Id"], lost["Id"])
    tell_of_merge(settings, "Customer", kept["Id"], lost["Id"])
    for _ in range(2):
        sync(connected.organization)
    placed.refresh_from_db()
    assert (list(Customer.objects.all()), placed.customer) == ([other], other)
    assert there(other) == kept["Id"]
    assert not Review.objects.exists()
    other.refresh_from_db()
    assert (other.display_name, other.former_names) == ("Zephyr", ["Albion"])


def test_an_edit_that_was_never_sent_makes_a_merge_there_a_question(
    connected: Connection, company: Company, admin: User, settings: Any, wire: Wire
) -> None:
    lost, kept = books.customer(company, "Albion"), books.customer(company, "Zephyr")
    sync(connected.organization)
    ours, other = Customer.objects.get(display_name="Albion"), Customer.objects.get(display_name="Zephyr")
    company.merge(kept["Id"], lost["Id"])
    customers.change(ours, {"phone": "555 0199"}, by=admin)
    tell_of_merge(settings, "Customer", kept["Id"], lost["Id"])
    sync(connected.organization)
    review = Review.objects.get(kind="duplicate")
    assert review.object_id == other.pk
    assert review.data["others"] == [[ours.pk, "Albion"]]
    assert Link.objects.get(kind="customer", object_id=ours.pk).state == LinkState.GONE

    duplicates.merge(other, ours, {"phone": "gone"}, by=admin)
    sync(connected.organization)
    assert company.get("Customer", kept["Id"])["PrimaryPhone"] == {"FreeFormNumber": "555 0199"}
    assert Review.objects.get(kind="duplicate").status == ReviewStatus.OVERTAKEN


def test_a_merge_decides_a_survivor_that_waited_for_a_person(connected: Connection, company: Company) -> None:
    """Its question is over, and what waited for it arrives."""
    lost = books.customer(company, "Albion")
    books.invoice(company, lost["Id"])
    sync(connected.organization)
    here = Customer.objects.get()
    for name in ("Zephyr One", "Zephyr Two"):
        make.customer(name, email="z@zephyr.example")
    kept = books.customer(company, "Zephyr", email="z@zephyr.example")
    books.invoice(company, kept["Id"])
    sync(connected.organization)
    assert Review.objects.get().status == ReviewStatus.PENDING
    assert Invoice.objects.count() == 1

    company.merge(kept["Id"], lost["Id"])
    sync(connected.organization)

    assert there(here) == kept["Id"]
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN
    assert [each.customer for each in Invoice.objects.all()] == [here, here]
    assert not Remote.objects.exclude(waiting="").exists()


def test_a_merge_brings_the_documents_of_a_customer_nobody_had_decided(
    connected: Connection, company: Company, settings: Any, wire: Wire
) -> None:
    """Their times do not move with a merge (api 5.1.3), so no look at changes shows them."""
    for name in ("Zephyr One", "Zephyr Two"):
        make.customer(name, email="z@zephyr.example")
    kept = books.customer(company, "Albion")
    lost = books.customer(company, "Zephyr", email="z@zephyr.example")
    invoice = books.invoice(company, lost["Id"])
    company.pay(lost["Id"], 20, {invoice["Id"]: 20})
    sync(connected.organization)
    assert not Invoice.objects.exists()

    company.merge(kept["Id"], lost["Id"])
    tell_of_merge(settings, "Customer", kept["Id"], lost["Id"])
    wire.show_no_changes()
    sync(connected.organization)

    albion = Customer.objects.get(display_name="Albion")
    assert (Invoice.objects.get().customer, Invoice.objects.get().balance) == (albion, 30)
    assert Payment.objects.get().applications.get().invoice == Invoice.objects.get()
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN


def test_a_customer_that_vanished_without_a_trace_is_marked_so_and_keeps_its_history(
    connected: Connection, company: Company
) -> None:
    lost, kept = books.customer(company, "Albion"), books.customer(company, "Zephyr")
    sync(connected.organization)
    here = Customer.objects.get(display_name="Albion")
    company.merge(kept["Id"], lost["Id"])  # no invoice, no webhook: nobody can know where it went
    sync(connected.organization)
    assert Link.objects.get(object_id=here.pk, kind="customer").state == LinkState.GONE
    assert status.badges(connected.organization, "customer", [here])[here.pk].label == "Deleted in QuickBooks"
    here.refresh_from_db()
    assert here.active


def test_an_invoice_for_a_customer_that_is_gone_there_is_not_offered(
    order: SalesOrder, connected: Connection, company: Company
) -> None:
    kept = books.customer(company, "Zephyr")
    sync(connected.organization)
    company.merge(kept["Id"], there(order.customer))
    sync(connected.organization)
    plan = invoicing.preflight(connected.organization, [order.pk], combine=False, invoice_date=DAY)
    assert [each.cause for each in plan.blocked] == [f"customer:{order.customer_id}"]


# --- R11 -------------------------------------------------------------------------------------------------------------


def test_reconciling_fetches_nothing(connected: Connection, company: Company, wire: Wire) -> None:
    books.invoice(company, books.customer(company, "Albion")["Id"])
    sync(connected.organization)
    work = Round(connected.organization, datetime.now(UTC), connected.facts, realm=connected.realm)
    wire.asked.clear()
    for entity in ("Customer", "Invoice"):
        ids = Remote.objects.filter(entity=entity).values_list("remote_id", flat=True)
        with transaction.atomic():
            carry_over(work, entity, list(mirror.records(connected.organization, entity, list(ids)).values()))
    assert wire.asked == []


def test_what_a_page_does_not_show_is_not_deleted_unless_a_read_says_so(
    connected: Connection, company: Company, wire: Wire
) -> None:
    customer = books.customer(company, "Albion")
    gone, hidden = (books.invoice(company, customer["Id"]) for _ in range(2))
    sync(connected.organization)
    company.delete("Invoice", gone["Id"])
    Cursor.objects.filter(name="changes").update(since=datetime.now(UTC) - timedelta(days=31))

    def hide(body: dict[str, Any]) -> None:
        rows = body["QueryResponse"].get("Invoice", [])
        body["QueryResponse"]["Invoice"] = [each for each in rows if each["Id"] != hidden["Id"]]

    wire.change_answer("* FROM Invoice ORDERBY", hide, times=3)
    sync(connected.organization)

    assert Remote.objects.get(entity="Invoice", remote_id=gone["Id"]).deleted
    assert not Remote.objects.get(entity="Invoice", remote_id=hidden["Id"]).deleted
    assert Invoice.objects.filter(ended=Ended.DELETED).count() == 1


def test_a_deleted_invoice_frees_its_order_and_a_deleted_payment_opens_its_invoice(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice = invoiced(order, by=admin)
    sync(connected.organization)
    id = company.all("Invoice")[0]["Id"]
    payment = company.pay(company.all("Customer")[0]["Id"], 50, {id: 50})
    sync(connected.organization)
    invoice.refresh_from_db()
    assert invoice.balance == 0

    company.delete("Payment", payment["Id"])
    sync(connected.organization)
    invoice.refresh_from_db()
    assert (invoice.balance, Payment.objects.get().ended) == (50, "deleted")
    assert not invoice.applications.exclude(payment__ended="deleted").exists()

    company.delete("Invoice", id)
    sync(connected.organization)
    invoice.refresh_from_db()
    order.refresh_from_db()
    assert (invoice.ended, order.invoiced) == (Ended.DELETED, Invoiced.NONE)


def test_an_inactive_customer_and_item_say_so_and_come_back(
    order: SalesOrder, connected: Connection, company: Company
) -> None:
    customer, item = company.all("Customer")[0]["Id"], company.all("Item")[0]["Id"]
    company.deactivate("Customer", customer)
    company.deactivate("Item", item)
    sync(connected.organization)
    assert (Customer.objects.get().active, Product.objects.get().active) == (False, False)
    assert Customer.objects.get().display_name == "Hotel Albion"
    assert set(Link.objects.filter(kind__in=("customer", "product")).values_list("state", flat=True)) == {"inactive"}
    company.reactivate("Customer", customer)
    company.reactivate("Item", item)
    sync(connected.organization)
    assert (Customer.objects.get().active, Product.objects.get().active) == (True, True)
    assert set(Link.objects.filter(kind__in=("customer", "product")).values_list("state", flat=True)) == {"agreed"}


def test_an_un_voided_invoice_counts_again(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice = invoiced(order, by=admin)
    sync(connected.organization)
    before = company.all("Invoice")[0]
    company.void("Invoice", before["Id"])
    sync(connected.organization)
    company.update("Invoice", {"Id": before["Id"], "sparse": True, "Line": before["Line"]})
    sync(connected.organization)
    invoice.refresh_from_db()
    order.refresh_from_db()
    assert (invoice.ended, invoice.balance, order.invoiced) == ("", 50, Invoiced.ALL)
    assert not Review.objects.exists()


def test_an_un_voided_invoice_whose_order_was_invoiced_again_is_for_a_person(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    first = invoiced(order, by=admin)
    sync(connected.organization)
    before = company.all("Invoice")[0]
    company.void("Invoice", before["Id"])
    sync(connected.organization)
    second = invoiced(order, by=admin)
    sync(connected.organization)

    company.update("Invoice", {"Id": before["Id"], "sparse": True, "Line": before["Line"]})
    for _ in range(2):
        sync(connected.organization)

    review = Review.objects.get()
    assert (review.kind, review.key, review.their_id) == ("problem", f"twice:Invoice:{first.pk}", before["Id"])
    assert {each.ended for each in Invoice.objects.filter(pk__in=[first.pk, second.pk])} == {""}
    assert len(company.all("Invoice")) == 2


def test_webhooks_are_hints_only_what_is_read_counts(connected: Connection, company: Company, settings: Any) -> None:
    """A notice that an invoice was deleted deletes nothing while QuickBooks still has it."""
    settings.INTUIT_WEBHOOK_VERIFIER = "verifier"
    invoice = books.invoice(company, books.customer(company, "Albion")["Id"])
    sync(connected.organization)
    event = {
        "specversion": "1.0", "id": "e1", "type": "qbo.invoice.deleted.v1", "time": "2026-11-24T16:14:56Z",
        "intuitentityid": invoice["Id"], "intuitaccountid": REALM, "data": {},
    }  # fmt: skip
    body = json.dumps([event]).encode()
    inbox.receive(body, Webhooks(verifier="verifier").signature(body))
    inbox.collect()
    sync(connected.organization)
    assert Invoice.objects.get().ended == ""

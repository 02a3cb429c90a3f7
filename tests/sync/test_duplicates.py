"""Merging two customers of Buddy, and undoing it, beside their links to QuickBooks."""

import pytest

from buddy.hub import customers, quality
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import User
from buddy.sync import duplicates
from buddy.sync.models import Connection, Link
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import invoice as invoiced
from tests.sync.conftest import sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead(connected: Connection) -> Customer:
    """Of Buddy alone, from before the connection."""
    return make.customer("The Albion", phone="555 0142")


@pytest.fixture
def albion(connected: Connection, company: Company, lead: Customer) -> Customer:
    """Of both sides."""
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    return Customer.objects.get(display_name="Hotel Albion")


def linked() -> dict[int, str]:
    return dict(Link.objects.filter(kind="customer").values_list("object_id", "remote_id"))


def test_the_link_goes_with_the_customer_and_the_survivors_values_go_out(
    albion: Customer, lead: Customer, company: Company, admin: User
) -> None:
    [there] = linked().values()
    choices = dict.fromkeys(("display_name", "phone"), "survivor")
    duplicates.merge(lead, albion, choices, by=admin)  # type: ignore[arg-type]
    assert linked() == {lead.pk: there}
    sync(lead.organization)
    sent = company.get("Customer", there)
    assert (sent["DisplayName"], sent["PrimaryPhone"]["FreeFormNumber"]) == ("The Albion", "555 0142")
    assert sent["PrimaryEmailAddr"]["Address"] == "ap@albion.example"
    assert len(company.all("Customer")) == 1


def test_two_linked_customers_are_merged_in_quickbooks_first(albion: Customer, company: Company, admin: User) -> None:
    other = books.customer(company, "Quayside Stores")
    sync(albion.organization)
    again = Customer.objects.get(display_name="Quayside Stores")
    with pytest.raises(Refused, match=f"Quayside Stores number {other['Id']}. Merge the two in QuickBooks first"):
        duplicates.merge(albion, again, by=admin)
    assert len(linked()) == 2


def test_a_change_on_its_way_holds_the_merge_back(albion: Customer, lead: Customer, admin: User, wire: Wire) -> None:
    customers.change(albion, {"phone": "555 0100"}, by=admin)
    wire.kill("batch")
    assert sync_killed(albion.organization)
    with pytest.raises(Refused, match="on its way"):
        duplicates.merge(lead, albion, by=admin)


def test_undoing_gives_the_link_and_its_documents_back(
    albion: Customer, lead: Customer, company: Company, admin: User
) -> None:
    [there] = linked().values()
    before = books.invoice(company, there)
    sync(albion.organization)
    merge = duplicates.merge(lead, albion, {"display_name": "survivor"}, by=admin)
    sync(albion.organization)
    since = books.invoice(company, there)
    company.pay(there, 50, {since["Id"]: 50})
    sync(albion.organization)
    assert {invoice.customer_id for invoice in Invoice.objects.all()} == {lead.pk}

    back = duplicates.undo(merge, by=admin)
    sync(albion.organization)

    assert linked() == {back.pk: there}
    assert {row.customer_id for row in (*Invoice.objects.all(), *Payment.objects.all())} == {back.pk}
    assert company.get("Customer", there)["DisplayName"] == "Hotel Albion"
    assert len(company.all("Customer")) == 1  # the lead was not sent
    assert Invoice.objects.count() == len({before["Id"], since["Id"]})


def test_an_invoice_sent_since_keeps_the_two_together(
    albion: Customer, company: Company, admin: User, lead: Customer
) -> None:
    books.item(company, "Olives")
    sync(albion.organization)
    order = make.order(lead, [(Product.objects.get(), 1)])
    merge = duplicates.merge(albion, lead, by=admin)
    order.refresh_from_db()
    invoiced(order, by=admin)
    with pytest.raises(Refused, match="was made for the merged customer since"):
        duplicates.undo(merge, by=admin)


def test_a_merge_makes_a_doubtful_match_clear(connected: Connection, company: Company, admin: User) -> None:
    one, two = (make.customer(name, email="z@zephyr.example") for name in ("Zephyr One", "Zephyr Two"))
    theirs = books.customer(company, "Zephyr One", email="z@zephyr.example")
    sync(connected.organization)
    assert (Review.objects.get().status, linked()) == (ReviewStatus.PENDING, {})
    duplicates.merge(one, two, {"display_name": "survivor"}, by=admin)
    sync(connected.organization)
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN
    assert linked() == {one.pk: theirs["Id"]}


def test_a_question_of_another_kind_is_left_alone(albion: Customer, lead: Customer, admin: User) -> None:
    now = albion.updated_at
    quality.ask(albion.organization, kind="match", key="match:Customer:99", entity="customer", title="x", now=now)
    duplicates.merge(albion, lead, by=admin)
    assert Review.objects.get().status == ReviewStatus.PENDING

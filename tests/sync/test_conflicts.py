"""The same field changed on both sides (R6): asked once with both values, or decided as the organization has set."""

from datetime import datetime
from typing import Any

import pytest

from buddy.hub import customers, organizations, products
from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import BothChanged, Organization, User
from buddy.sync import answers
from buddy.sync.models import Connection, Link, LinkState
from buddy.sync.threeway import Owner, merge
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync
from tests.sync.test_three_way import FIELD
from tests.sync.wire import Wire

in_database = pytest.mark.django_db(transaction=True)


def both_changed(*, both: Owner) -> Any:
    return merge(
        FIELD,
        agreed_ours={"name": "a"},
        agreed_theirs={"name": "a"},
        ours={"name": "b"},
        theirs={"name": "c"},
        both=both,
    )


def test_where_quickbooks_wins_its_value_is_written_here_and_the_field_is_named() -> None:
    result = both_changed(both=Owner.QUICKBOOKS)
    assert (result.here, result.there, result.conflicts, result.decided) == ({"name": "c"}, [], [], ["name"])
    assert (result.ours, result.theirs) == ({"name": "c"}, {"name": "c"})


def test_where_buddy_wins_its_value_is_owed_and_decided_only_once() -> None:
    result = both_changed(both=Owner.BUDDY)
    assert (result.here, result.there, result.conflicts, result.decided) == ({}, ["name"], [], ["name"])
    again = merge(
        FIELD,
        agreed_ours=result.ours,
        agreed_theirs=result.theirs,
        ours={"name": "b"},
        theirs={"name": "c"},
        both=Owner.BUDDY,
    )
    assert (again.there, again.decided) == (["name"], [])


@pytest.fixture
def linked(connected: Connection, company: Company) -> Customer:
    """Linked, and the same on both sides."""
    books.customer(company, "Hotel Albion", phone="555 0101", Notes="Agreed")
    sync(connected.organization)
    return Customer.objects.get()


def set_to(organization: Organization, whose: BothChanged, by: User) -> None:
    organizations.change(organization, {"both_changed": whose}, by=by)


def change_both(linked: Customer, company: Company, by: User) -> str:
    """The notes, on both sides; returns the customer's id there."""
    id = str(company.all("Customer")[0]["Id"])
    customers.change(linked, {"notes": "Ours"}, by=by)
    books.change(company, "Customer", id, Notes="Theirs")
    return id


def field_of(review: Review) -> dict[str, Any]:
    [found] = review.data["fields"]
    return dict(found)


@in_database
def test_a_conflict_names_both_values_and_who_wrote_them_when(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    id = change_both(linked, company, admin)
    sync(connected.organization)
    field = field_of(Review.objects.get())
    assert (field["agreed"], field["ours"], field["theirs"]) == ("Agreed", "Ours", "Theirs")
    assert field["ours_by"] == str(admin)
    assert field["ours_at"] == Activity.objects.get(event="customer.updated").at.isoformat()
    changed = company.get("Customer", id)["MetaData"]["LastUpdatedTime"]
    assert datetime.fromisoformat(field["theirs_at"]) == datetime.fromisoformat(changed)


@in_database
@pytest.mark.parametrize(("whose", "holds"), [(BothChanged.BOOKS, "Theirs"), (BothChanged.BUDDY, "Ours")])
def test_with_a_default_one_value_goes_to_both_sides_and_both_stay_on_record(
    linked: Customer, connected: Connection, company: Company, admin: User, whose: BothChanged, holds: str
) -> None:
    set_to(connected.organization, whose, admin)
    id = change_both(linked, company, admin)
    for _ in range(2):
        sync(connected.organization)

    linked.refresh_from_db()
    assert (linked.notes, company.get("Customer", id)["Notes"]) == (holds, holds)
    review = Review.objects.get()
    assert (review.status, review.settled_by) == (ReviewStatus.SETTLED, None)
    assert (field_of(review)["ours"], field_of(review)["theirs"]) == ("Ours", "Theirs")
    side = "theirs" if holds == "Theirs" else "ours"
    assert review.decision == {"chosen": {"notes": side}, "beforehand": True}
    entry = Activity.objects.get(event="customer.decided")
    assert (entry.object_id, set(entry.changes["notes"])) == (linked.pk, {"Ours", "Theirs"})
    assert entry.changes["notes"][1] == holds
    assert Link.objects.get(kind="customer").state == LinkState.AGREED


@in_database
def test_a_default_decides_addresses_and_terms_in_words(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    set_to(connected.organization, BothChanged.BOOKS, admin)
    customers.change(linked, {"billing_address": {"line1": "1 Pier Road", "city": "Salem"}}, by=admin)
    id = str(company.all("Customer")[0]["Id"])
    books.change(company, "Customer", id, BillAddr={"Line1": "2 Harbor Road", "City": "Salem"})
    sync(connected.organization)
    linked.refresh_from_db()
    assert linked.billing_address.line1 == "2 Harbor Road"
    entry = Activity.objects.get(event="customer.decided")
    assert [each.splitlines()[0] for each in entry.changes["billing_address"]] == ["1 Pier Road", "2 Harbor Road"]


@in_database
def test_a_question_that_is_open_stays_with_the_person_asked(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    id = change_both(linked, company, admin)
    sync(connected.organization)
    set_to(connected.organization, BothChanged.BOOKS, admin)
    books.change(company, "Customer", id, Notes="Theirs again")
    sync(connected.organization)
    linked.refresh_from_db()
    assert linked.notes == "Ours"
    assert field_of(Review.objects.get(status=ReviewStatus.PENDING))["theirs"] == "Theirs again"


@in_database
def test_a_value_changed_here_while_the_question_is_open_stands_in_it(
    linked: Customer, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    change_both(linked, company, admin)
    sync(connected.organization)
    customers.change(linked, {"notes": "Ours again"}, by=admin)
    sync(connected.organization)
    assert field_of(Review.objects.get(status=ReviewStatus.PENDING))["ours"] == "Ours again"
    assert wire.batches == []
    assert not Mark.objects.exists()


@in_database
def test_a_conflict_that_is_ended_here_is_not_asked_any_more(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    change_both(linked, company, admin)
    sync(connected.organization)
    customers.change(linked, {"notes": "Theirs"}, by=admin)
    sync(connected.organization)
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN
    assert Link.objects.get(kind="customer").state == LinkState.AGREED


@in_database
def test_an_answer_to_values_that_moved_on_is_refused_and_shows_the_new_ones(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    change_both(linked, company, admin)
    sync(connected.organization)
    review = Review.objects.get()
    customers.change(linked, {"notes": "Ours again"}, by=admin)
    with pytest.raises(Refused, match="changed since"):
        answers.settle_difference(review, {"notes": "theirs"}, by=admin)
    linked.refresh_from_db()
    assert linked.notes == "Ours again"
    review = Review.objects.get(status=ReviewStatus.PENDING)
    assert field_of(review)["ours"] == "Ours again"

    answers.settle_difference(review, {"notes": "theirs"}, by=admin)
    linked.refresh_from_db()
    assert linked.notes == "Theirs"


@in_database
def test_fields_of_a_product_meet_and_the_same_field_is_asked_about(
    connected: Connection, company: Company, admin: User
) -> None:
    id = str(books.item(company, "Olives", 12.5, Sku="OL-1", Description="Green")["Id"])
    sync(connected.organization)
    product = Product.objects.get()
    products.change(product, {"sku": "OL-2", "base_price": "13.25", "description": "Ours"}, by=admin)
    books.change(company, "Item", id, Name="Olives, green", Description="Theirs", UnitPrice=14)
    for _ in range(2):
        sync(connected.organization)
    product.refresh_from_db()
    there = company.get("Item", id)
    assert (product.name, product.sku) == ("Olives, green", "OL-2")
    assert (there["Name"], there["Sku"]) == ("Olives, green", "OL-2")
    assert (str(product.base_price), there["UnitPrice"]) == ("13.2500", 14)
    review = Review.objects.get()
    assert (review.entity, {each["name"] for each in review.data["fields"]}) == (
        "product",
        {"base_price", "description"},
    )
    answers.settle_difference(review, {"base_price": "ours", "description": "theirs"}, by=admin)
    sync(connected.organization)
    product.refresh_from_db()
    there = company.get("Item", id)
    assert (str(product.base_price), float(there["UnitPrice"])) == ("13.2500", 13.25)
    assert (product.description, there["Description"]) == ("Theirs", "Theirs")

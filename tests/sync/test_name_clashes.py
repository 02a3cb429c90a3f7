"""A name that QuickBooks refuses (6240): who has it is read, and a person decides; nothing is renamed by itself."""

from typing import Any

import pytest

from buddy.hub import customers, products
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization, User
from buddy.sync import answers
from buddy.sync.causes import causes
from buddy.sync.models import Connection, ItemWish, Link, Trouble
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ready(connected: Connection) -> Organization:
    sync(connected.organization)
    return connected.organization


def new(organization: Organization, name: str = "Albion Supplies", **values: Any) -> Customer:
    return customers.create(organization, {"display_name": name, **values}, by=None)


def people_read(wire: Wire) -> list[str]:
    return [entity for entity in ("Vendor", "Employee") for each in wire.asked if f"FROM {entity} " in each.text]


def test_a_vendor_has_the_name_and_a_free_one_is_offered_but_not_used(
    ready: Organization, company: Company, wire: Wire
) -> None:
    vendor = company.create("Vendor", {"DisplayName": "Albion Supplies"})
    assert people_read(wire) == []
    made = new(ready)
    for _ in range(2):
        sync(ready)
    review = Review.objects.get()
    assert review.data["holders"] == [
        {"entity": "Vendor", "id": vendor["Id"], "name": "Albion Supplies", "active": True}
    ]
    assert (review.data["free"], review.their_id) == ("Albion Supplies (Customer)", "")
    assert "a vendor in QuickBooks already" in review.data["explain"]
    assert people_read(wire) == ["Vendor", "Employee"]  # once, and only for the clash (R3)
    assert company.all("Customer") == []
    assert causes(ready)[0].fix.url == f"/data-quality/{review.pk}/"  # type: ignore[union-attr]
    assert Trouble.objects.get().object_id == made.pk


def test_the_name_a_person_chose_goes_out_at_once(ready: Organization, company: Company, admin: User) -> None:
    company.create("Employee", {"GivenName": "Ada", "FamilyName": "Lovelace"})
    made = new(ready, "Ada Lovelace")
    sync(ready)
    review = Review.objects.get()
    assert "an employee" in review.data["explain"]
    with pytest.raises(Refused, match="taken"):
        answers.rename(review, "ada lovelace ", by=admin)
    answers.rename(review, review.data["free"], by=admin)
    sync(ready)
    made.refresh_from_db()
    assert made.display_name == "Ada Lovelace (Customer)"
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Ada Lovelace (Customer)"]
    assert not Trouble.objects.exists()
    assert Review.objects.get().status == ReviewStatus.SETTLED


def test_a_suggestion_that_is_taken_as_well_is_passed_over(ready: Organization, company: Company) -> None:
    for name in ("Albion Supplies", "Albion Supplies (Customer)"):
        company.create("Vendor", {"DisplayName": name})
    new(ready)
    sync(ready)
    assert Review.objects.get().data["free"] == "Albion Supplies (2)"


def test_a_customer_made_there_a_moment_ago_is_offered_and_linked(
    ready: Organization, company: Company, admin: User, wire: Wire
) -> None:
    made = new(ready)
    wire.before("/batch?", lambda: books.customer(company, "ALBION SUPPLIES"))
    sync(ready)
    review = Review.objects.get()
    assert review.their_id == company.all("Customer")[0]["Id"]
    answers.link_customer(ready, made.pk, review.their_id, by=admin)
    sync(ready)
    assert Link.objects.get(kind="customer").object_id == made.pk
    assert len(company.all("Customer")) == 1
    assert Review.objects.get(pk=review.pk).status == ReviewStatus.OVERTAKEN
    assert causes(ready) == []


def test_an_inactive_one_is_made_active_again_under_its_name_when_a_person_says_so(
    ready: Organization, company: Company, admin: User, wire: Wire
) -> None:
    made = new(ready)

    def inactive() -> None:
        there = books.customer(company, "Albion Supplies", Notes="Gate")
        books.change(company, "Customer", there["Id"], Active=False)

    said = {"Message": "Duplicate Name Exists Error", "code": "6240", "Detail": "The name supplied already exists."}
    refused = {"BatchItemResponse": [{"bId": "i1", "Fault": {"Error": [said], "type": "ValidationFault"}}]}
    wire.answer("/batch?", 200, refused)
    wire.before("FROM Customer ", inactive)
    wire.show_no_changes()
    sync(ready)
    review = Review.objects.get()
    assert review.data["holders"][0]["active"] is False
    assert "that is inactive" in review.data["explain"]
    answers.reactivate_and_link(ready, made.pk, review.their_id, by=admin)
    sync(ready)
    there = company.get("Customer", review.their_id)
    assert (there["Active"], there["DisplayName"]) == (True, "Albion Supplies")
    made.refresh_from_db()
    assert (made.active, made.notes) == (True, "Gate")
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()


def test_nobody_shown_there_still_leaves_a_way_out(ready: Organization, company: Company, wire: Wire) -> None:
    new(ready)
    said = {"Message": "Duplicate Name Exists Error", "code": "6240", "Detail": "null"}
    refused = {"BatchItemResponse": [{"bId": "i1", "Fault": {"Error": [said], "type": "ValidationFault"}}]}
    wire.answer("/batch?", 200, refused)
    sync(ready)
    review = Review.objects.get()
    assert "shows nobody who has it" in review.data["explain"]
    assert review.data["free"] == "Albion Supplies (Customer)"


def test_a_run_that_dies_before_it_asked_is_followed_by_one_that_asks(
    ready: Organization, company: Company, wire: Wire
) -> None:
    company.create("Vendor", {"DisplayName": "Albion Supplies"})
    new(ready)
    wire.refuse("FROM Vendor ", "500", status=500, times=2)
    sync(ready)
    assert not Review.objects.exists()
    sync(ready)
    assert Review.objects.get().data["free"] == "Albion Supplies (Customer)"


def test_a_product_whose_name_an_item_has_is_linked_or_renamed(
    ready: Organization, company: Company, admin: User, wire: Wire
) -> None:
    product = make.product("Dark Roast 1 kg")
    ItemWish.objects.create(organization=ready, product=product, account_id=books.income_account(company))
    products.change(product, {"description": "Whole bean"}, by=None)
    wire.before("/batch?", lambda: books.item(company, "Dark Roast 1 kg"))
    sync(ready)
    review = Review.objects.get()
    assert (review.entity, review.data["free"]) == ("product", "Dark Roast 1 kg (2)")
    answers.link_product(product, review.their_id, by=admin)
    sync(ready)
    assert Link.objects.get(kind="product").object_id == product.pk
    assert Product.objects.count() == 1
    assert Review.objects.get(pk=review.pk).status == ReviewStatus.OVERTAKEN

"""Who of theirs is who of ours: the ladder, at the sync (issue 2, section 4)."""

from typing import Any

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import User
from buddy.sync import answers, status
from buddy.sync.choices import choices
from buddy.sync.models import Connection, Link, Outcome, Remote
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync

pytestmark = pytest.mark.django_db(transaction=True)


def link() -> Link | None:
    return Link.objects.filter(kind="customer").first()


def pending() -> list[Review]:
    return list(Review.objects.filter(kind="match", status=ReviewStatus.PENDING))


def test_a_stored_id_counts_before_everything_else(connected: Connection, company: Company) -> None:
    """Renamed and with another email, it is still the linked one, though another now looks more like it."""
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    ours = Customer.objects.get()
    make.customer("Zephyr Trading", email="z@zephyr.example")
    books.change(
        company,
        "Customer",
        theirs["Id"],
        DisplayName="Zephyr Trading",
        PrimaryEmailAddr={"Address": "z@zephyr.example"},
    )
    sync(connected.organization)
    ours.refresh_from_db()
    assert ours.display_name == "Zephyr Trading"
    assert Link.objects.get(kind="customer").object_id == ours.pk


@pytest.mark.parametrize(
    ("ours", "theirs", "rule"),
    [
        ({"name": "Hotel Albion", "email": "a@b.example"}, {"name": "Albion Hotel", "email": "A@b.example"}, "email"),
        ({"name": "Hotel Albion LLC", "phone": "(415) 555-0101"},
         {"name": "HOTEL ALBION, LLC", "PrimaryPhone": {"FreeFormNumber": "+1 415 555 0101"}}, "name and phone"),
        ({"name": "June", "company_name": "Hotel Albion", "phone": "4155550101"},
         {"name": "Desk", "CompanyName": "Hotel Albion", "PrimaryPhone": {"FreeFormNumber": "415-555-0101"}},
         "name and phone"),
    ],
)  # fmt: skip
def test_a_proof_that_leaves_no_other_reading_links(
    connected: Connection, company: Company, ours: dict[str, Any], theirs: dict[str, Any], rule: str
) -> None:
    here = make.customer(**ours)
    name = theirs.pop("name")
    books.customer(company, name, **theirs)
    assert sync(connected.organization) == Outcome.DONE
    found = link()
    assert found
    assert (found.object_id, found.rule) == (here.pk, rule)
    assert Customer.objects.count() == 1
    assert pending() == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # one email, but names that disagree
        ([{"name": "Zephyr Trading", "email": "a@b.example"}], [{"name": "Hotel Albion", "email": "a@b.example"}]),
        # one email on two records here, or there
        ([{"name": "Hotel Albion", "email": "a@b.example"}, {"name": "Hotel Albion Bar", "email": "a@b.example"}],
         [{"name": "Albion Hotel", "email": "a@b.example"}]),
        ([{"name": "Hotel Albion", "email": "a@b.example"}],
         [{"name": "Hotel Albion One", "email": "a@b.example"}, {"name": "Hotel Albion Two", "email": "a@b.example"}]),
        # one name, but something contradicts
        ([{"name": "Hotel Albion", "phone": "(415) 555-0101"}], [{"name": "Hotel Albion", "phone": "(415) 555-9999"}]),
        # another legal form is another company
        ([{"name": "Hotel Albion LLC"}], [{"name": "Hotel Albion Inc"}]),
        # inactive here
        ([{"name": "Hotel Albion", "active": False}], [{"name": "Hotel Albion"}]),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_asked_and_nothing_is_created(
    connected: Connection, company: Company, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> None:
    for each in ours:
        make.customer(**each)
    for each in theirs:
        books.customer(company, each.pop("name"), **each)
    for _ in range(2):
        sync(connected.organization)
    assert link() is None
    assert len(pending()) == len(theirs)
    assert Customer.objects.count() == len(ours)
    assert {row.waiting for row in Remote.objects.filter(entity="Customer")} == {"person"}


def test_a_name_alone_links_where_the_organization_wants_that(connected: Connection, company: Company) -> None:
    organization = connected.organization
    organization.name_alone_links = True
    organization.save()
    here = make.customer("Hotel Albion LLC")
    books.customer(company, "HOTEL ALBION, LLC")
    sync(organization)
    found = link()
    assert found
    assert (found.object_id, found.rule) == (here.pk, "name")


def test_one_phone_that_two_of_theirs_share_proves_nothing_on_any_page(connected: Connection, company: Company) -> None:
    """The other one may not have come yet when the first is decided: what counts is how many there hold the phone."""
    make.customer("Hotel Albion", phone="(415) 555-0101")
    for name in ("Hotel Albion", "Albion Hotel Garage"):
        books.customer(company, name, PrimaryPhone={"FreeFormNumber": "415-555-0101"})
    sync(connected.organization)
    assert link() is None


def test_an_inactive_one_there_is_asked_about(connected: Connection, company: Company) -> None:
    make.customer("Hotel Albion", email="ap@albion.example")
    company.deactivate("Customer", books.customer(company, "Hotel Albion", email="ap@albion.example")["Id"])
    sync(connected.organization)
    assert (link(), len(pending())) == (None, 1)


def test_one_without_a_candidate_is_created_with_all_it_holds(connected: Connection, company: Company) -> None:
    books.customer(
        company, "Hotel Albion", email="ap@albion.example", phone="555 0101", CompanyName="Albion Ltd", GivenName="Ada",
        FamilyName="L", Notes="Gate", ResaleNum="R-1", Taxable=False, SalesTermRef={"value": "3"},
        BillAddr={"Line1": "1 Pier Rd", "City": "Salem", "CountrySubDivisionCode": "MA", "PostalCode": "01970"},
        Mobile={"FreeFormNumber": "555 1"}, Fax={"FreeFormNumber": "555 2"}, AlternatePhone={"FreeFormNumber": "555 3"},
    )  # fmt: skip
    sync(connected.organization)
    here = Customer.objects.get()
    assert here.terms is not None
    assert (here.company_name, here.given_name, here.family_name, here.notes, here.resale_number, here.taxable) == (
        "Albion Ltd", "Ada", "L", "Gate", "R-1", False,
    )  # fmt: skip
    assert (here.terms.name, here.mobile, here.fax, here.alternate_phone) == ("Net 30", "555 1", "555 2", "555 3")
    assert here.billing_address.as_dict() == {
        "line1": "1 Pier Rd",
        "city": "Salem",
        "region": "MA",
        "postal_code": "01970",
    }
    assert status.badges(connected.organization, "customer", [here])[here.pk].state == "ok"


def test_two_that_are_created_do_not_take_each_other_for_a_match(connected: Connection, company: Company) -> None:
    """Both are QuickBooks' own: alike or not, they stay two."""
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    books.customer(company, "Hotel Albion Salem", email="ap@albion.example")
    sync(connected.organization)
    assert Customer.objects.count() == 2
    assert pending() == []


def test_a_candidate_shows_its_reasons(connected: Connection, company: Company) -> None:
    ours = make.customer("Zephyr Trading", email="ap@albion.example")
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    books.invoice(company, theirs["Id"])
    sync(connected.organization)
    [review] = pending()
    assert (review.their_id, review.title, review.money) == (theirs["Id"], "Hotel Albion", 50)
    [candidate] = review.data["candidates"]
    assert (candidate["id"], candidate["name"]) == (ours.pk, "Zephyr Trading")
    verdicts = {(why["field"], why["verdict"]) for why in candidate["reasons"]}
    assert ("email", "same") in verdicts
    assert ("name", "differs") in verdicts
    assert review.data["theirs"]["display_name"] == "Hotel Albion"


def test_an_edit_that_makes_it_certain_settles_the_question(connected: Connection, company: Company) -> None:
    ours = make.customer("Zephyr Trading", email="ap@albion.example")
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    assert len(pending()) == 1
    books.change(company, "Customer", theirs["Id"], DisplayName="Zephyr Trading Co")
    sync(connected.organization)
    found = link()
    assert found
    assert found.object_id == ours.pk
    assert pending() == []


def test_a_dismissed_question_is_not_asked_again_while_nothing_changes(
    connected: Connection, company: Company, admin: User
) -> None:
    make.customer("Zephyr Trading", email="ap@albion.example")
    theirs = books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    answers.dismiss(pending()[0], by=admin)
    company.pay(theirs["Id"], 5)  # it comes again, with another balance
    sync(connected.organization)
    assert pending() == []
    books.change(company, "Customer", theirs["Id"], PrimaryPhone={"FreeFormNumber": "555 0101"})
    sync(connected.organization)
    assert len(pending()) == 1


def test_a_customer_here_is_free_to_go_out_once_it_was_said_that_the_two_are_not_the_same(
    connected: Connection, company: Company, admin: User
) -> None:
    ours = make.customer("Zephyr Trading", email="ap@albion.example")
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    answers.send_customer(ours, by=admin)
    sync(connected.organization)
    assert len(company.all("Customer")) == 1  # it waits for the answer
    answers.dismiss(pending()[0], by=admin)
    answers.send_customer(ours, by=admin)
    sync(connected.organization)
    assert {each["DisplayName"] for each in company.all("Customer")} == {"Hotel Albion", "Zephyr Trading"}
    assert Link.objects.get(kind="customer").object_id == ours.pk


def test_linking_refuses_what_is_taken(connected: Connection, company: Company, admin: User) -> None:
    first = books.customer(company, "Hotel Albion")
    sync(connected.organization)
    stranger = make.customer("Zephyr Trading")
    with pytest.raises(Refused, match="linked to another"):
        answers.link_customer(connected.organization, stranger.pk, first["Id"], by=admin)
    second = books.customer(company, "Zephyr Trading Two")
    sync(connected.organization)
    with pytest.raises(Refused, match="linked to QuickBooks already"):
        answers.link_customer(
            connected.organization, Customer.objects.get(display_name="Hotel Albion").pk, second["Id"], by=admin
        )
    with pytest.raises(Refused, match="not in QuickBooks any more"):
        answers.link_customer(connected.organization, stranger.pk, "999", by=admin)


def test_unlinking_asks_about_the_other_one_anew_and_keeps_the_documents(
    connected: Connection, company: Company, admin: User
) -> None:
    theirs = books.customer(company, "Hotel Albion")
    books.invoice(company, theirs["Id"])
    sync(connected.organization)
    here = Customer.objects.get()
    answers.unlink_customer(here, by=admin)
    sync(connected.organization)
    assert link() is None
    assert Invoice.objects.get().customer == here
    assert Remote.objects.get(entity="Customer").waiting == "person"
    answers.link_customer(connected.organization, here.pk, theirs["Id"], by=admin)
    customers.change(here, {"notes": "Again"}, by=admin)
    sync(connected.organization)
    assert company.get("Customer", theirs["Id"])["Notes"] == "Again"


def test_choices_show_what_is_free_and_who_has_the_rest(connected: Connection, company: Company) -> None:
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    company.deactivate("Customer", books.customer(company, "Albion Closed")["Id"])
    make.customer("Zephyr", email="z@z.example")
    books.customer(company, "Albion Bar", email="z@z.example")
    sync(connected.organization)
    found = {(each.name, each.detail, each.taken_by) for each in choices(connected.organization, "Customer", "albion")}
    assert found == {("Hotel Albion", "ap@albion.example", "Hotel Albion"), ("Albion Bar", "z@z.example", "")}


def test_after_a_link_was_removed_whose_the_other_one_is_is_asked_at_once(
    connected: Connection, company: Company, admin: User
) -> None:
    here = make.customer("Hotel Albion", email="ap@albion.example")
    there = books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    assert not Review.objects.exists()
    answers.unlink_customer(here, by=admin)
    review = Review.objects.get()
    assert (review.kind, review.their_id, review.status) == ("match", there["Id"], "pending")
    assert [each["id"] for each in review.data["candidates"]] == [here.pk]
    sync(connected.organization)
    assert not Link.objects.filter(kind="customer").exists()
    answers.create_here(connected.organization, there["Id"], by=admin)
    assert Review.objects.get().status == "overtaken"

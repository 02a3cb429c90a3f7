"""Who changed what: agreed, ours, theirs (R6), and the first meeting, which has no base (R7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.outbox import Mark
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import User
from buddy.sync import answers, status
from buddy.sync.mapping import CUSTOMER
from buddy.sync.models import Connection, Link, LinkState, Outcome
from buddy.sync.threeway import Owner, first_link, merge
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync
from tests.sync.wire import Wire

in_database = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class One:
    """A field as the merge sees it."""

    name: str = "name"
    owner: Owner = Owner.EITHER
    same: Callable[[Any, Any], bool] = lambda a, b: bool(a == b)


FIELD = (One(),)
THEIRS_ALONE = (One(owner=Owner.QUICKBOOKS),)
OURS_ALONE = (One(owner=Owner.BUDDY),)
CASELESS = (One(same=lambda a, b: a.casefold() == b.casefold()),)


def merged(fields: tuple[One, ...], agreed: str, ours: str, theirs: str, *, answered: str | None = None) -> Any:
    """`answered`: what QuickBooks held at the agreement, when it was not what we held."""
    base = agreed if answered is None else answered
    return merge(
        fields, agreed_ours={"name": agreed}, agreed_theirs={"name": base}, ours={"name": ours}, theirs={"name": theirs}
    )


# --- R6, pure --------------------------------------------------------------------------------------------------------


def test_a_change_there_is_written_here() -> None:
    result = merged(FIELD, "a", "a", "b")
    assert (result.here, result.there, result.conflicts) == ({"name": "b"}, [], [])
    assert (result.ours, result.theirs) == ({"name": "b"}, {"name": "b"})


def test_a_change_here_is_owed_there_until_it_is_sent() -> None:
    result = merged(FIELD, "a", "b", "a")
    assert (result.here, result.there, result.conflicts) == ({}, ["name"], [])
    assert result.ours == {"name": "a"}


def test_the_same_change_on_both_sides_is_agreed() -> None:
    result = merged(FIELD, "a", "b", "b")
    assert (result.here, result.there, result.conflicts) == ({}, [], [])
    assert (result.ours, result.theirs) == ({"name": "b"}, {"name": "b"})


def test_different_changes_of_one_field_are_a_conflict_that_stays_one() -> None:
    result = merged(FIELD, "a", "b", "c")
    assert (result.here, result.there, result.conflicts) == ({}, [], ["name"])
    again = merge(FIELD, agreed_ours=result.ours, agreed_theirs=result.theirs, ours={"name": "b"}, theirs={"name": "c"})
    assert again.conflicts == ["name"]


def test_what_quickbooks_stored_otherwise_is_no_change_there() -> None:
    result = merged(FIELD, "1 Pier Road", "1 Pier Road", "1 Pier Rd", answered="1 Pier Rd")
    assert (result.here, result.there, result.conflicts) == ({}, [], [])


def test_a_difference_that_same_does_not_count_moves_nothing() -> None:
    result = merged(CASELESS, "Ap@Albion.example", "Ap@Albion.example", "ap@albion.example")
    assert (result.here, result.there, result.conflicts) == ({}, [], [])


def test_a_field_that_quickbooks_owns_is_never_owed() -> None:
    assert merged(THEIRS_ALONE, "1", "2", "1").there == []
    assert merged(THEIRS_ALONE, "1", "2", "3").here == {"name": "3"}


def test_a_field_that_buddy_owns_is_never_written_here() -> None:
    assert merged(OURS_ALONE, "a", "a", "b").here == {}
    assert merged(OURS_ALONE, "a", "c", "b").there == ["name"]


def test_what_one_side_cannot_say_takes_no_part() -> None:
    nothing = merge(FIELD, agreed_ours={"name": "a"}, agreed_theirs={"name": "a"}, ours={}, theirs={"name": "b"})
    assert (nothing.here, nothing.there, nothing.conflicts) == ({}, [], [])


texts = st.sampled_from(["", "a", "A", "b", "c"])


@given(texts, texts, texts)
def test_merging_twice_finds_nothing_more_to_write_here(agreed: str, ours: str, theirs: str) -> None:
    first = merged(FIELD, agreed, ours, theirs)
    mine = {"name": first.here.get("name", ours)}
    second = merge(FIELD, agreed_ours=first.ours, agreed_theirs=first.theirs, ours=mine, theirs={"name": theirs})
    assert second.here == {}
    assert (second.there, second.conflicts) == (first.there, first.conflicts)


@given(texts, texts, texts)
def test_no_value_of_either_side_is_overwritten_unseen(agreed: str, ours: str, theirs: str) -> None:
    """Whoever loses a value had the agreed one: a new value is only ever sent, copied or asked about."""
    result = merged(FIELD, agreed, ours, theirs)
    if result.here:
        assert ours == agreed
    if result.there:
        assert theirs == agreed


# --- R6, how fields are compared -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("email", "AP@Albion.example, b@x.example", "b@x.example;ap@albion.example", True),
        ("email", "ap@albion.example", "ap2@albion.example", False),
        ("phone", "(555) 010-1234", "555.010.1234", True),
        ("phone", "555 0101234", "555 0101235", False),
        ("billing_address", {"line1": "1 Pier Rd.", "city": "Salem", "region": "MA"},
         {"line1": "1 PIER RD", "line2": "Salem, MA"}, True),
        ("billing_address", {"line1": "1 Pier Rd", "city": "Salem"}, {"line1": "2 Pier Rd", "city": "Salem"}, False),
        ("billing_address", {"city": "Salem", "line1": "1 Pier Rd"}, {"line1": "1 Pier Rd", "city": "Salem"}, True),
        ("display_name", "Albion", "ALBION", False),
        ("balance", "5.00", "5.0", True),
    ],
)  # fmt: skip
def test_each_field_has_its_own_sameness(name: str, one: Any, other: Any, same: bool) -> None:
    assert CUSTOMER.named(name).same(one, other) is same


# --- R6, on the wire -------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(connected: Connection, company: Company) -> Customer:
    """Linked, and the same on both sides."""
    books.customer(company, "Hotel Albion", phone="555 0101", BillAddr={"Line1": "1 Pier Road", "City": "Salem"})
    sync(connected.organization)
    return Customer.objects.get()


@in_database
def test_a_moved_balance_is_no_edit(linked: Customer, connected: Connection, company: Company, wire: Wire) -> None:
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"notes": "Ours"}, by=None)
    books.invoice(company, id)  # LastUpdatedTime moves, the SyncToken does not (api 4.2)
    sync(connected.organization)
    linked.refresh_from_db()
    assert (linked.balance, linked.notes, company.get("Customer", id)["Notes"]) == (50, "Ours", "Ours")
    assert not Review.objects.exists()


@in_database
def test_our_own_write_coming_back_is_no_change(linked: Customer, connected: Connection, wire: Wire) -> None:
    customers.change(linked, {"phone": "555 0202", "notes": "Ring"}, by=None)
    sync(connected.organization)
    before = Customer.objects.values().get()
    for _ in range(3):
        sync(connected.organization)
    assert len(wire.batches) == 1
    assert Customer.objects.values().get() == before
    assert not Mark.objects.exists()


@in_database
def test_fields_changed_on_different_sides_meet(linked: Customer, connected: Connection, company: Company) -> None:
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"phone": "555 0202"}, by=None)
    books.change(company, "Customer", id, Notes="Theirs")
    sync(connected.organization)
    linked.refresh_from_db()
    there = company.get("Customer", id)
    assert (linked.phone, linked.notes) == ("555 0202", "Theirs")
    assert (there["PrimaryPhone"]["FreeFormNumber"], there["Notes"]) == ("555 0202", "Theirs")


@in_database
def test_a_value_stored_otherwise_is_said_and_nothing_is_sent_again(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    customers.change(linked, {"billing_address": {"line1": "Suite 400, 12 Harbor Street", "city": "Salem"}}, by=None)
    wire.store_otherwise(b"12 Harbor Street", b"12 Harbor")
    sync(connected.organization)

    badge = status.badges(connected.organization, "customer", [linked])[linked.pk]
    assert badge.state == "ok"
    assert badge.reason == "QuickBooks stored billing address as “Suite 400, 12 Harbor, Salem”"
    company.pay(company.all("Customer")[0]["Id"], 5)  # the customer comes again
    for _ in range(2):
        assert sync(connected.organization) == Outcome.DONE
    assert len(wire.batches) == 1
    linked.refresh_from_db()
    assert linked.billing_address.line1 == "Suite 400, 12 Harbor Street"


@in_database
def test_a_re_flowed_address_is_no_difference(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    id = company.all("Customer")[0]["Id"]
    books.change(company, "Customer", id, BillAddr={"Line1": "1 Pier Road", "Line2": "SALEM"})
    sync(connected.organization)
    linked.refresh_from_db()
    assert linked.billing_address.city == "Salem"
    assert (wire.batches, Link.objects.get(kind="customer").note) == ([], "")


@in_database
def test_a_balance_that_moved_while_we_were_sending_arrives(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    """The reply of our own write carries it."""
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"phone": "555 0202"}, by=None)
    wire.before("/batch?", lambda: company.pay(id, 5))
    sync(connected.organization)
    linked.refresh_from_db()
    assert linked.balance == -5


@in_database
def test_a_conflict_asks_once_and_the_answer_settles_both_sides(
    linked: Customer, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"notes": "Ours", "phone": "555 0202"}, by=admin)
    books.change(company, "Customer", id, Notes="Theirs", PrimaryPhone={"FreeFormNumber": "555 0303"})
    for _ in range(2):
        sync(connected.organization)
    review = Review.objects.get(status=ReviewStatus.PENDING)
    assert review.kind == "conflict"
    assert {(each["name"], each["ours"], each["theirs"]) for each in review.data["fields"]} == {
        ("notes", "Ours", "Theirs"), ("phone", "555 0202", "555 0303"),
    }  # fmt: skip
    assert Link.objects.get(kind="customer").state == LinkState.CONFLICT
    assert company.get("Customer", id)["Notes"] == "Theirs"

    answers.settle_difference(review, {"notes": "ours", "phone": "theirs"}, by=admin)
    for _ in range(2):
        sync(connected.organization)

    linked.refresh_from_db()
    there = company.get("Customer", id)
    assert (linked.notes, linked.phone) == ("Ours", "555 0303")
    assert (there["Notes"], there["PrimaryPhone"]["FreeFormNumber"]) == ("Ours", "555 0303")
    assert Link.objects.get(kind="customer").state == LinkState.AGREED
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()


@in_database
def test_a_conflict_that_people_end_themselves_is_not_asked_any_more(
    linked: Customer, connected: Connection, company: Company
) -> None:
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"notes": "Ours"}, by=None)
    books.change(company, "Customer", id, Notes="Theirs")
    sync(connected.organization)
    books.change(company, "Customer", id, Notes="Ours")
    sync(connected.organization)
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN
    assert Link.objects.get(kind="customer").state == LinkState.AGREED


@in_database
def test_a_dismissed_conflict_is_not_asked_again_while_nothing_changes(
    linked: Customer, connected: Connection, company: Company, admin: User
) -> None:
    id = company.all("Customer")[0]["Id"]
    customers.change(linked, {"notes": "Ours"}, by=None)
    books.change(company, "Customer", id, Notes="Theirs")
    sync(connected.organization)
    answers.dismiss(Review.objects.get(), by=admin)
    company.pay(id, 5)
    sync(connected.organization)
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()
    assert (company.get("Customer", id)["Notes"], Customer.objects.get().notes) == ("Theirs", "Ours")
    books.change(company, "Customer", id, Notes="Theirs again")
    sync(connected.organization)
    assert Review.objects.get(status=ReviewStatus.PENDING).data["fields"][0]["theirs"] == "Theirs again"


# --- R7 --------------------------------------------------------------------------------------------------------------


def test_a_first_link_fills_blank_sides_and_asks_where_both_differ() -> None:
    fields = (One("a"), One("b"), One("c"), One("d"), One("e", owner=Owner.QUICKBOOKS))
    ours = {"a": "", "b": "mine", "c": "mine", "d": "same", "e": "1"}
    theirs = {"a": "theirs", "b": "", "c": "theirs", "d": "same", "e": "2"}
    result = first_link(fields, ours=ours, theirs=theirs)
    assert (result.here, result.there, result.conflicts) == ({"a": "theirs", "e": "2"}, ["b"], ["c"])


def test_a_first_difference_is_agreed_to_differ_so_only_a_later_change_flows() -> None:
    first = first_link(FIELD, ours={"name": "mine"}, theirs={"name": "theirs"})
    still = merge(
        FIELD, agreed_ours=first.ours, agreed_theirs=first.theirs, ours={"name": "mine"}, theirs={"name": "theirs"}
    )
    assert (still.here, still.there, still.conflicts) == ({}, [], [])
    later = merge(
        FIELD, agreed_ours=first.ours, agreed_theirs=first.theirs, ours={"name": "mine"}, theirs={"name": "newer"}
    )
    assert later.here == {"name": "newer"}


@in_database
def test_two_that_meet_fill_each_others_blanks_and_one_review_shows_the_rest(
    connected: Connection, company: Company, wire: Wire
) -> None:
    same = {"email": "ap@albion.example"}
    ours = make.customer(
        "Hotel Albion", **same, phone="555 0101", alternate_phone="555 0888", notes="Ours", resale_number="R-1"
    )
    theirs = books.customer(
        company,
        "Hotel Albion Inc",
        **same,
        phone="555 9999",
        AlternatePhone={"FreeFormNumber": "555 0888"},
        Mobile={"FreeFormNumber": "555 0777"},
    )
    for _ in range(3):
        sync(connected.organization)

    ours.refresh_from_db()
    there = company.get("Customer", theirs["Id"])
    assert ours.mobile == "555 0777"
    assert (there["Notes"], there["ResaleNum"]) == ("Ours", "R-1")
    assert (ours.display_name, ours.phone) == ("Hotel Albion", "555 0101")
    assert (there["DisplayName"], there["PrimaryPhone"]["FreeFormNumber"]) == ("Hotel Albion Inc", "555 9999")
    review = Review.objects.get()
    assert review.kind == "difference"
    assert {each["name"] for each in review.data["fields"]} == {"display_name", "phone"}
    assert len(wire.batches) == 1


@in_database
def test_a_first_difference_is_settled_by_a_person(connected: Connection, company: Company, admin: User) -> None:
    mobile = "555 0888"
    ours = make.customer("Hotel Albion", email="ap@albion.example", phone="555 0101", mobile=mobile)
    theirs = books.customer(
        company, "Hotel Albion", email="ap@albion.example", phone="555 9999", Mobile={"FreeFormNumber": mobile}
    )
    sync(connected.organization)
    answers.settle_difference(Review.objects.get(), {"phone": "ours"}, by=admin)
    sync(connected.organization)
    ours.refresh_from_db()
    assert ours.phone == "555 0101"
    assert company.get("Customer", theirs["Id"])["PrimaryPhone"]["FreeFormNumber"] == "555 0101"

"""Two customers that are one business: which values survive, what moves, and the way back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import ProtectedError

from buddy.hub import activity, customers, duplicates, matching, matchkeys, outbox, quality
from buddy.hub.activity import Source
from buddy.hub.customers import Customer, Location
from buddy.hub.duplicates import Merge
from buddy.hub.errors import Refused
from buddy.hub.invoices import Credit, Invoice, Payment
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization, User
from tests import makers as make
from tests.makers import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def by(organization: Organization) -> User:
    return make.member(of=organization).user


@pytest.fixture
def albion(organization: Organization) -> Customer:
    return make.customer("Hotel Albion", email="ap@albion.example", phone="503-555-0142")


@pytest.fixture
def again(organization: Organization) -> Customer:
    return make.customer("Albion Hotel LLC", email="kitchen@albion.example", phone="503-555-0199")


def again_as_it_was(customer: Customer) -> dict[str, object]:
    return {field.attname: getattr(customer, field.attname) for field in Customer._meta.concrete_fields}


def payment(customer: Customer, **fields: object) -> Payment:
    values = {"date": NOW.date(), "amount": Decimal(5), "currency": "USD", **fields}
    return Payment.objects.create(organization=customer.organization, customer=customer, **values)


def credit(customer: Customer) -> Credit:
    return Credit.objects.create(
        organization=customer.organization,
        customer=customer,
        date=NOW.date(),
        total=5,
        remaining=5,
        currency="USD",
    )


def test_everything_of_the_one_that_goes_is_the_survivors(albion: Customer, again: Customer, by: User) -> None:
    invoice = make.invoice(make.order(again))
    paid, credited, place = payment(again), credit(again), make.location(again, "Kitchen door")
    below = make.customer("Albion Bar", parent=again)
    duplicates.merge(albion, again, by=by, now=LATER)
    assert not Customer.objects.filter(pk=again.pk).exists()
    for row in (*SalesOrder.objects.all(), invoice, paid, credited, place):
        row.refresh_from_db()
        assert row.customer_id == albion.pk
    below.refresh_from_db()
    assert below.parent == albion


def test_a_customer_that_still_owns_something_cannot_go_any_other_way(again: Customer) -> None:
    make.order(again)
    with pytest.raises(ProtectedError):
        again.delete()


def test_what_a_person_typed_outlives_what_the_books_brought_and_blanks_are_filled(
    albion: Customer, again: Customer, by: User
) -> None:
    customers.change(again, {"company_name": "Hotel Albion Inc."}, by=by, now=NOW)
    activity.record(
        albion.organization,
        event="customer.updated",
        kind="customer",
        object_id=albion.pk,
        changes={"company_name": ("", "Albion")},
        source=Source.BOOKS,
        now=LATER,
    )
    albion.company_name = "Albion"
    albion.save()
    again.resale_number = "R-77"
    again.save()
    suggested = duplicates.suggested(albion, again)
    assert suggested["company_name"] == "gone"
    assert suggested["resale_number"] == "gone"
    assert suggested["given_name"] == "survivor"
    duplicates.merge(albion, again, by=by, now=LATER)
    albion.refresh_from_db()
    assert (albion.company_name, albion.resale_number) == ("Hotel Albion Inc.", "R-77")


def test_the_choice_of_a_person_stands(albion: Customer, again: Customer, by: User) -> None:
    duplicates.merge(albion, again, {"display_name": "gone"}, by=by, now=LATER)
    albion.refresh_from_db()
    assert albion.display_name == "Albion Hotel LLC"
    assert albion.sort_name == customers.sort_key("Albion Hotel LLC")
    assert albion.former_names == ["Hotel Albion"]


def test_emails_phones_and_notes_are_united(albion: Customer, again: Customer, by: User) -> None:
    again.email, again.notes = "AP@albion.example, kitchen@albion.example", "Closed on Mondays"
    again.save()
    duplicates.merge(albion, again, {"email": "survivor", "phone": "survivor"}, by=by, now=LATER)
    albion.refresh_from_db()
    assert albion.email == "ap@albion.example, kitchen@albion.example"
    assert (albion.phone, albion.alternate_phone) == ("503-555-0142", "503-555-0199")
    assert albion.notes == "Closed on Mondays"


def test_what_finds_no_room_is_kept_in_the_notes(albion: Customer, again: Customer, by: User) -> None:
    albion.alternate_phone, albion.mobile = "503-555-0101", "503-555-0102"
    albion.email = f"{'a' * 50}@albion.example"
    again.email = f"{'b' * 50}@albion.example"
    albion.save()
    again.save()
    duplicates.merge(albion, again, {"email": "survivor", "phone": "survivor"}, by=by, now=LATER)
    albion.refresh_from_db()
    assert albion.notes == f"Also: {'b' * 50}@albion.example, 503-555-0199"


def test_one_place_written_twice_is_offered_once(albion: Customer, again: Customer, by: User) -> None:
    for customer in (albion, again):
        make.location(customer, "Back door", address={"line1": "1 Pier"})
    merge = duplicates.merge(albion, again, by=by, now=LATER)
    assert albion.locations.filter(active=True).count() == 1
    assert albion.locations.count() == 2
    duplicates.undo(merge, by=by, now=LATER)
    assert Location.objects.filter(active=True).count() == 2


def test_the_old_name_still_finds_the_customer(albion: Customer, again: Customer, by: User) -> None:
    duplicates.merge(albion, again, {"display_name": "survivor"}, by=by, now=LATER)
    newcomer = matching.Party(id="there", display_name="Albion Hotel LLC")
    found = matchkeys.find(albion.organization, matching.keys(newcomer))
    assert albion.pk in {pk for holders in found.values() for pk in holders}


def test_the_survivor_is_owed_to_the_books_and_the_other_no_more(albion: Customer, again: Customer, by: User) -> None:
    outbox.mark(albion.organization, "customer", [again.pk], by=by, now=NOW)
    duplicates.merge(albion, again, by=by, now=LATER)
    assert list(Mark.objects.values_list("kind", "object_id")) == [("customer", albion.pk)]


def test_questions_about_the_one_that_went_are_closed(albion: Customer, again: Customer, by: User) -> None:
    about = {"kind": ReviewKind.CONFLICT, "entity": "customer", "title": "x", "now": NOW}
    quality.ask(albion.organization, key="conflict:1", object_id=again.pk, **about)
    other = {**about, "kind": ReviewKind.DUPLICATE, "data": {"others": [[again.pk, "Albion Hotel LLC"]]}}
    quality.ask(albion.organization, key="duplicate:1", object_id=albion.pk, **other)
    quality.ask(albion.organization, key="conflict:2", object_id=albion.pk, **about)
    duplicates.merge(albion, again, by=by, now=LATER)
    assert set(Review.objects.values_list("key", "status")) == {
        ("conflict:1", ReviewStatus.OVERTAKEN),
        ("duplicate:1", ReviewStatus.OVERTAKEN),
        ("conflict:2", ReviewStatus.PENDING),
    }


def test_a_merge_is_on_the_record(albion: Customer, again: Customer, by: User) -> None:
    duplicates.merge(albion, again, {"display_name": "gone"}, by=by, now=LATER)
    entry = activity.of(albion.organization, "customer", albion.pk)[0]
    assert (entry.event, entry.user, entry.note) == ("customer.merged", by, "Albion Hotel LLC")
    assert entry.changes["display_name"] == ["Hotel Albion", "Albion Hotel LLC"]


@pytest.mark.parametrize("parent_of", ["survivor", "gone", "gone's parent"])
def test_no_customer_ends_under_itself(albion: Customer, again: Customer, by: User, parent_of: str) -> None:
    if parent_of == "survivor":
        albion.parent = again
    elif parent_of == "gone":
        again.parent = albion
    else:
        again.parent = make.customer("Albion Group", parent=albion)
    albion.save()
    again.save()
    duplicates.merge(albion, again, {"parent": "gone"}, by=by, now=LATER)
    albion.refresh_from_db()
    assert albion.parent is None


def test_two_currencies_stay_two_customers(albion: Customer, organization: Organization, by: User) -> None:
    canadian = make.customer("Hotel Albion", currency="CAD")
    with pytest.raises(Refused, match="billed in USD and Hotel Albion in CAD"):
        duplicates.merge(albion, canadian, by=by)
    with pytest.raises(Refused, match="two different"):
        duplicates.merge(albion, albion, by=by)


def test_a_customer_of_somebody_else_is_not_merged(albion: Customer, by: User) -> None:
    foreign = make.customer("Hotel Albion")
    foreign.organization = Organization(pk=albion.organization_id + 1)
    with pytest.raises(Refused, match="two different"):
        duplicates.merge(albion, foreign, by=by)


def test_undoing_gives_back_everything(albion: Customer, again: Customer, by: User) -> None:
    order, invoice = make.order(again), make.invoice(make.order(again))
    mine = make.order(albion)
    paid, place, below = payment(again), make.location(again), make.customer("Albion Bar", parent=again)
    for customer in (albion, again):
        customer.refresh_from_db()
    before = [again_as_it_was(customer) for customer in (albion, again)]
    merge = duplicates.merge(albion, again, {"display_name": "gone", "phone": "gone"}, by=by, now=LATER)
    back = duplicates.undo(merge, by=by, now=LATER)
    for row in (order, invoice, paid, place):
        row.refresh_from_db()
        assert row.customer == back
    mine.refresh_from_db()
    below.refresh_from_db()
    assert (mine.customer, below.parent) == (albion, back)
    albion.refresh_from_db()
    back.refresh_from_db()
    after = [again_as_it_was(customer) for customer in (albion, back)]
    assert after == [{**before[0], "updated_at": LATER}, before[1]]
    assert set(matchkeys.find(albion.organization, matching.keys(matchkeys.party(back)))) <= matching.keys(
        matchkeys.party(back)
    )


def test_an_edit_since_the_merge_outlives_its_undoing(albion: Customer, again: Customer, by: User) -> None:
    merge = duplicates.merge(albion, again, {"display_name": "gone"}, by=by, now=LATER)
    customers.change(Customer.objects.get(pk=albion.pk), {"display_name": "The Albion"}, by=by, now=LATER)
    duplicates.undo(merge, by=by, now=LATER)
    albion.refresh_from_db()
    assert (albion.display_name, albion.email) == ("The Albion", "ap@albion.example")


def test_undoing_owes_the_books_nothing_by_itself(albion: Customer, again: Customer, by: User) -> None:
    merge = duplicates.merge(albion, again, by=by, now=LATER)
    Mark.objects.all().delete()
    duplicates.undo(merge, by=by, now=LATER)
    assert not Mark.objects.exists()


def test_an_invoice_made_since_keeps_the_two_together(albion: Customer, again: Customer, by: User) -> None:
    order = make.order(again)
    merge = duplicates.merge(albion, again, by=by, now=NOW)
    order.refresh_from_db()
    make.invoice(order, now=LATER, number="1051")
    with pytest.raises(Refused, match="Invoice 1051 was made for the merged customer since"):
        duplicates.undo(merge, by=by)
    assert Invoice.objects.get().customer == albion


def test_a_merge_is_undone_once_and_from_the_last_to_the_first(albion: Customer, again: Customer, by: User) -> None:
    third = make.customer("Albion Group")
    first = duplicates.merge(albion, again, by=by, now=NOW)
    second = duplicates.merge(third, albion, by=by, now=LATER)
    with pytest.raises(Refused, match="merged into another one since"):
        duplicates.undo(first, by=by)
    duplicates.undo(second, by=by)
    duplicates.undo(first, by=by)
    assert Customer.objects.count() == 3
    with pytest.raises(Refused, match="undone already"):
        duplicates.undo(first, by=by)


def test_what_the_books_merged_is_not_undone_here(albion: Customer, again: Customer) -> None:
    merge = duplicates.merge(albion, again, by=None, source=Source.BOOKS, now=NOW)
    with pytest.raises(Refused, match="merged in the books"):
        duplicates.undo(merge, by=None)
    assert Merge.objects.get().undone_at is None

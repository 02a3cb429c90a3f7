"""One answer for all that are asked for the same reason: what it does, what it leaves, and taking it back."""

from datetime import UTC, datetime, timedelta

import pytest

from buddy.hub import customers, duplicates, quality
from buddy.hub.customers import Customer
from buddy.hub.duplicates import Merge
from buddy.hub.errors import Refused
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization, User
from buddy.sync import accepting, answers, engine, rehearsal
from buddy.sync.models import Acceptance, Act, Connection, Link, Rehearsal
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["Hotel Albion", "Quayside Bakery", "Cranberry Dairy"]


@pytest.fixture
def asked(connected: Connection, company: Company) -> list[Review]:
    """Three customers there that share nothing but the exact name with one here; so each is asked about."""
    for name in NAMES:
        make.customer(name)
        books.customer(company, name)
    sync(connected.organization)
    return list(Review.objects.filter(status=ReviewStatus.PENDING).order_by("pk"))


def accept(review: Review, by: User) -> Acceptance:
    return accepting.accept(review.organization, review.kind, review.ground, by=by)


def work_off(row: Acceptance) -> Acceptance:
    while row.under_way:
        engine.run(row.organization_id)
        row.refresh_from_db()
    return row


def linked() -> set[str]:
    ids = Link.objects.filter(kind="customer").values("object_id")
    return set(Customer.objects.filter(pk__in=ids).values_list("display_name", flat=True))


def test_all_with_the_same_reason_are_linked(asked: list[Review], admin: User) -> None:
    assert {(each.kind, each.ground) for each in asked} == {(ReviewKind.MATCH, "same name")}
    row = accept(asked[0], admin)
    assert (row.total, linked()) == (3, set())
    assert row.organization_id in engine.due()
    row = work_off(row)
    assert linked() == set(NAMES)
    assert (row.done, row.refused, row.under_way) == (3, 0, False)
    assert not Review.objects.filter(status=ReviewStatus.PENDING).exists()
    with pytest.raises(Refused, match="None of these"):
        accept(asked[0], admin)


def test_one_of_which_something_changed_is_left_for_a_person(asked: list[Review], admin: User) -> None:
    Customer.objects.get(display_name="Hotel Albion").delete()
    quality.snooze(asked[1], until=datetime.now(UTC) + timedelta(days=1), by=admin)
    row = work_off(accept(asked[0], admin))
    assert linked() == {"Cranberry Dairy", "Quayside Bakery"} - {asked[1].title}
    assert (row.total, row.refused) == (2, 1)
    assert Review.objects.filter(status=ReviewStatus.PENDING).count() == 2


def test_one_that_a_person_changed_here_since_is_left_for_a_person(asked: list[Review], admin: User) -> None:
    row = accept(asked[0], admin)
    customers.change(Customer.objects.get(display_name="Hotel Albion"), {"display_name": "Cedar Deli"}, by=admin)
    accepting.work_off(row.organization, turn=timedelta(minutes=1))
    row.refresh_from_db()
    assert linked() == {"Cranberry Dairy", "Quayside Bakery"}
    assert (row.done, row.refused, row.under_way) == (2, 1, False)


def test_what_a_person_linked_otherwise_since_is_not_taken_back(asked: list[Review], admin: User) -> None:
    row = work_off(accept(asked[0], admin))
    sync(row.organization)
    albion, bakery = (Customer.objects.get(display_name=name) for name in NAMES[:2])
    other = Link.objects.get(kind="customer", object_id=bakery.pk).remote_id
    for each in (albion, bakery):
        answers.unlink_customer(each, by=admin)
    answers.link_customer(row.organization, albion.pk, other, by=admin)
    accepting.take_back(row, by=admin)
    accepting.work_off(row.organization, turn=timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.undone, row.kept, linked()) == (1, 2, {"Hotel Albion"})


def test_links_are_taken_back_together_and_asked_about_again(asked: list[Review], admin: User) -> None:
    row = work_off(accept(asked[0], admin))
    sync(row.organization)  # what the links filled in there has gone out
    accepting.take_back(row, by=admin)
    row.refresh_from_db()
    row = work_off(row)
    assert linked() == set()
    assert (row.undone, row.kept, row.under_way) == (3, 0, False)
    assert Review.objects.filter(status=ReviewStatus.PENDING, kind=ReviewKind.MATCH).count() == 3
    with pytest.raises(Refused):
        accepting.take_back(row, by=admin)


def test_cut_off_it_goes_on_with_the_next(asked: list[Review], admin: User) -> None:
    row = accept(asked[0], admin)
    accepting.work_off(row.organization, turn=timedelta(0))
    assert len(linked()) == 1
    row = work_off(row)
    assert (row.done, linked()) == (3, set(NAMES))


def test_pressed_twice_it_is_done_once(asked: list[Review], admin: User) -> None:
    accept(asked[0], admin)
    with pytest.raises(Refused, match="being answered already"):
        accept(asked[1], admin)


def test_customers_that_nobody_here_is_like_are_created_together(
    connected: Connection, company: Company, admin: User
) -> None:
    Connection.objects.update(rehearsal=Rehearsal.READING)
    make.customer("Albion Hotel")
    for name in NAMES[1:]:
        books.customer(company, name)
    sync(connected.organization)
    rehearsal.approve(connected.organization, [Act.LINK], by=admin)
    sync(connected.organization)
    [one, other] = Review.objects.filter(kind=ReviewKind.NEW)
    assert one.ground == other.ground != ""
    row = work_off(accept(one, admin))
    assert linked() == set(NAMES[1:])
    with pytest.raises(Refused, match="created customers"):
        accepting.take_back(row, by=admin)


@pytest.fixture
def proven(organization: Organization) -> Review:
    """The first of three questions about two customers each, who share an email that nobody else has."""
    for number, name in enumerate(NAMES):
        contact = {"phone": f"503-555-014{number}", "email": f"ap@{name.split()[0].lower()}.example"}
        make.customer(name, **contact)
        make.customer(f"{name} LLC", **contact)
    duplicates.soon(organization)
    engine.run(organization.pk)
    return Review.objects.filter(kind=ReviewKind.DUPLICATE).earliest("pk")


def test_two_of_which_one_changed_since_they_were_compared_are_not_merged(
    organization: Organization, proven: Review, admin: User
) -> None:
    row = accept(proven, admin)
    customers.change(Customer.objects.get(display_name="Hotel Albion LLC"), {"email": "ap@inn.example"}, by=admin)
    accepting.work_off(organization, turn=timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.done, row.refused, Merge.objects.count()) == (2, 1, 2)


def test_duplicates_that_a_rule_proves_are_merged_together_and_taken_back(proven: Review, admin: User) -> None:
    assert proven.ground == "Same email, which nobody else has, and names that agree"
    row = work_off(accept(proven, admin))
    assert (row.done, Customer.objects.count(), Merge.objects.count()) == (3, 3, 3)
    accepting.take_back(row, by=admin)
    row.refresh_from_db()
    row = work_off(row)
    assert (row.undone, Customer.objects.count()) == (3, 6)

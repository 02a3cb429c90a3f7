"""Looking for duplicates: what is found, what is asked and how much of it, what a "no" is worth, and when it looks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from buddy.hub import customers, duplicates, quality
from buddy.hub.customers import Customer
from buddy.hub.duplicates import Pair, Scan, asking, scanning
from buddy.hub.duplicates.clusters import MOST, clusters
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def look(organization: Organization, *, whole: bool = False) -> bool:
    duplicates.soon(organization, whole=whole)
    return duplicates.scan(organization, now=timezone.now())


def asked() -> list[set[str]]:
    """The customers of each open question."""
    rows = Review.objects.filter(status=ReviewStatus.PENDING).order_by("key")
    return [{row.title, *(name for _, name in row.data["others"])} for row in rows]


def twins(name: str, number: str = "0142") -> tuple[Customer, Customer]:
    phone = f"503-555-{number}"
    return make.customer(name, phone=phone), make.customer(f"{name} LLC", phone=phone)


def dismiss() -> None:
    quality.settle(Review.objects.get(status="pending"), decision={}, by=None, status=ReviewStatus.DISMISSED)


# --- What is asked ---------------------------------------------------------------------------------------------------


def test_one_business_twice_is_one_question(organization: Organization) -> None:
    twins("Hotel Albion")
    make.customer("Quayside Bakery", email="ap@quayside.example")
    assert look(organization)
    assert asked() == [{"Hotel Albion", "Hotel Albion LLC"}]
    [likeness] = Review.objects.get().data["reasons"]
    assert "Same phone number" in [why["text"] for why in likeness["reasons"]]


def test_three_of_one_business_are_one_question(organization: Organization) -> None:
    twins("Hotel Albion")
    make.customer("Albion Hotel", phone="503-555-0142")
    look(organization)
    assert asked() == [{"Hotel Albion", "Hotel Albion LLC", "Albion Hotel"}]


def test_a_question_is_closed_by_itself_when_it_is_no_longer_true(organization: Organization) -> None:
    _, other = twins("Hotel Albion")
    look(organization)
    customers.change(other, {"display_name": "Cranberry Dairy", "phone": "971-555-0000"}, by=None)
    look(organization)
    assert asked() == []
    assert Review.objects.get().status == ReviewStatus.OVERTAKEN
    assert not Pair.objects.exists()


def test_a_merge_closes_the_question_and_the_rest_of_the_group_is_asked_about(organization: Organization) -> None:
    one, other = twins("Hotel Albion")
    make.customer("Albion Hotel", phone="503-555-0142")
    look(organization)
    duplicates.merge(one, other, by=None)
    assert duplicates.scan(organization, now=timezone.now())
    assert asked() == [{"Hotel Albion", "Albion Hotel"}]


def test_not_the_same_is_remembered_until_a_compared_field_changes(organization: Organization) -> None:
    one, _ = twins("Hotel Albion")
    look(organization)
    dismiss()
    look(organization, whole=True)
    customers.change(one, {"notes": "Ring twice"}, by=None)
    look(organization)
    assert asked() == []
    customers.change(one, {"email": "ap@albion.example"}, by=None)
    look(organization)
    assert asked() == [{"Hotel Albion", "Hotel Albion LLC"}]


def test_told_apart_from_one_it_is_still_asked_whether_it_is_another(organization: Organization) -> None:
    twins("Hotel Albion")
    look(organization)
    dismiss()
    make.customer("Albion Hotel", phone="503-555-0142", updated_at=timezone.now())
    look(organization)
    [group] = asked()
    assert "Albion Hotel" in group
    assert len(group) == 2


def test_a_dismissal_taken_back_is_asked_again(organization: Organization) -> None:
    twins("Hotel Albion")
    look(organization)
    dismiss()
    quality.reopen(Review.objects.get(), by=None)
    look(organization)
    assert asked() == [{"Hotel Albion", "Hotel Albion LLC"}]


@pytest.mark.parametrize(
    "apart",
    [lambda one: {"parent": one}, lambda _: {"active": False}, lambda _: {"currency": "CAD"}],
    ids=["parent and child", "inactive", "two currencies"],
)
def test_those_that_cannot_or_should_not_be_merged_are_not_asked_about(
    organization: Organization, apart: Callable[[Customer], dict[str, object]]
) -> None:
    one, other = twins("Hotel Albion")
    Customer.objects.filter(pk=other.pk).update(**apart(one))
    look(organization)
    assert asked() == []


def test_branches_of_one_parent_are_not_asked_about(organization: Organization) -> None:
    one, other = twins("Hotel Albion")
    Customer.objects.filter(pk__in=[one.pk, other.pk]).update(parent=make.customer("Albion Group"))
    look(organization)
    assert asked() == []


def test_only_so_many_are_asked_at_a_time_and_the_next_come_up(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "OPEN_AT_ONCE", 2)
    for name, number in (("Hotel Albion", "0142"), ("Quayside Bakery", "0143"), ("Cranberry Dairy", "0144")):
        twins(name, number)
    look(organization)
    assert len(asked()) == 2
    quality.settle(Review.objects.filter(status="pending")[0], decision={}, by=None, status=ReviewStatus.DISMISSED)
    look(organization)
    assert len(asked()) == 2
    assert Review.objects.count() == 3


def test_a_chain_of_small_likenesses_is_not_one_group() -> None:
    assert clusters([(1, 2), (3, 4), (2, 3)]) == [(1, 2), (3, 4)]
    assert clusters([(1, 2), (2, 3), (1, 3)]) == [(1, 2, 3)]
    assert clusters([(1, 2), (2, 3), (1, 3)], apart=[(1, 3)]) == [(1, 2)]
    everybody = [(one, other) for one in range(9) for other in range(one + 1, 9)]
    assert max(map(len, clusters(everybody))) == MOST


# --- When it looks ---------------------------------------------------------------------------------------------------


def test_a_look_compares_what_changed_and_the_night_compares_all(organization: Organization) -> None:
    twins("Hotel Albion")
    look(organization)
    Pair.objects.all().delete()  # as if it had been missed
    look(organization)
    assert not Pair.objects.exists()
    night = Scan.objects.get().whole_at
    assert timezone.now() < night < timezone.now() + timedelta(hours=28)
    assert duplicates.scan(organization, now=night)
    assert Pair.objects.count() == 1


def test_it_is_due_by_itself_without_any_books(organization: Organization) -> None:
    def due(now: datetime) -> list[int]:
        with scopes_disabled():
            return duplicates.due(now)

    now = timezone.now()
    assert due(now) == []
    assert due(now + scanning.EVERY) == [organization.pk]
    duplicates.soon(organization)
    assert due(timezone.now()) == [organization.pk]
    assert duplicates.scan(organization, now=timezone.now())
    assert due(timezone.now()) == []


def test_it_lets_others_go_first_and_goes_on_where_it_was(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SOME", 1)
    twins("Hotel Albion")
    duplicates.soon(organization)
    waiting = iter([True, False])
    assert not duplicates.scan(organization, now=timezone.now(), others_wait=lambda: next(waiting))
    first = Scan.objects.get().after
    assert first == Customer.objects.earliest("pk").pk
    assert duplicates.scan(organization, now=timezone.now(), others_wait=lambda: next(waiting))
    assert len(asked()) == 1


def test_of_two_workers_one_looks(organization: Organization) -> None:
    twins("Hotel Albion")
    duplicates.soon(organization)
    seen: list[bool] = []

    def second_worker() -> bool:
        seen.append(duplicates.scan(organization, now=timezone.now()))
        return False

    assert duplicates.scan(organization, now=timezone.now(), others_wait=second_worker)
    assert seen == [False]


def test_asked_for_while_it_looks_the_next_look_is_due_at_once(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SOME", 1)
    twins("Hotel Albion")
    duplicates.soon(organization)

    def button() -> bool:
        duplicates.soon(organization, whole=True)
        return False

    assert not duplicates.scan(organization, now=timezone.now(), others_wait=button)
    assert Scan.objects.get().next_at <= timezone.now()
    assert duplicates.scan(organization, now=timezone.now())
    assert len(asked()) == 1


def test_a_worker_that_was_overtaken_by_a_new_look_leaves_it_alone(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SOME", 1)
    twins("Hotel Albion")
    duplicates.soon(organization)

    def another_worker_begins() -> bool:
        duplicates.soon(organization, whole=True)
        assert not duplicates.scan(organization, now=timezone.now(), others_wait=lambda: True)
        Scan.objects.update(after_name="", after=0)  # as if it had compared nobody yet
        return False

    assert not duplicates.scan(organization, now=timezone.now(), others_wait=another_worker_begins)
    assert Scan.objects.get().after == 0


def test_an_edit_made_while_it_looks_is_compared_next_time(organization: Organization) -> None:
    make.customer("Hotel Albion", phone="503-555-0142")
    other = make.customer("Cranberry Dairy")
    duplicates.soon(organization)

    def edit() -> bool:
        customers.change(other, {"display_name": "Hotel Albion LLC", "phone": "503-555-0142"}, by=None)
        return False

    duplicates.scan(organization, now=timezone.now(), others_wait=edit)
    look(organization)
    assert asked() == [{"Hotel Albion", "Hotel Albion LLC"}]


def test_organizations_are_looked_through_apart(organization: Organization) -> None:
    elsewhere = make.organization("Elsewhere")
    make.customer("Hotel Albion", phone="503-555-0142")
    with scope(organization=elsewhere):
        make.customer("Hotel Albion LLC", phone="503-555-0142")
        look(elsewhere)
    look(organization)
    assert asked() == []


def test_as_many_statements_for_many_customers_as_for_few(organization: Organization) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            unlike = sha256(str(Customer.objects.count()).encode()).hexdigest()[:12]
            twins(unlike.translate(str.maketrans("0123456789", "ghijklmnop")), f"{Customer.objects.count():04}")
        with CaptureQueriesContext(connection) as seen:
            look(organization, whole=True)
        return len(seen)

    statements(1)
    few = statements(2)
    assert statements(20) <= few + 2  # where there was nothing to close or to update, a statement less

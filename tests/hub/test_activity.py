"""The history: one entry each for what people do, one for all that a run created."""

from datetime import timedelta

import pytest
from django_scopes import scope

from buddy.hub import activity
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def test_what_a_run_created_is_one_entry_found_from_each_of_its_members(organization: Organization) -> None:
    ids = [5, 1, 2, 3, 9]
    activity.record_created(organization, kind="customer", ids=ids, source="books", run=4, now=make.NOW)
    entry = activity.Activity.objects.get()
    assert (entry.members, entry.count, entry.run, entry.event) == ([[1, 3], [5, 5], [9, 9]], 5, 4, "customer.created")
    assert [activity.of(organization, "customer", pk) for pk in ids] == [[entry]] * 5
    assert activity.of(organization, "customer", 4) == []
    assert activity.of(organization, "invoice", 5) == []


def test_creating_nothing_is_not_worth_an_entry(organization: Organization) -> None:
    activity.record_created(organization, kind="customer", ids=[], source="books", run=4, now=make.NOW)
    assert not activity.Activity.objects.exists()


def test_a_history_stands_latest_first_and_ends_at_the_limit(organization: Organization) -> None:
    activity.record_created(organization, kind="customer", ids=[1, 2], source="books", run=1, now=make.NOW)
    for hours in (1, 2, 3):
        now = make.NOW + timedelta(hours=hours)
        activity.record(organization, event=f"customer.{hours}", kind="customer", object_id=1, now=now)
    events = [entry.event for entry in activity.of(organization, "customer", 1)]
    assert events == ["customer.3", "customer.2", "customer.1", "customer.created"]
    assert [entry.event for entry in activity.of(organization, "customer", 1, limit=2)] == events[:2]


def test_the_history_of_another_organization_is_not_shown(organization: Organization) -> None:
    elsewhere = make.organization("Elsewhere")
    with scope(organization=elsewhere):
        activity.record(elsewhere, event="customer.updated", kind="customer", object_id=1, now=make.NOW)
    assert activity.of(organization, "customer", 1) == []


def test_without_a_person_it_was_buddy(organization: Organization) -> None:
    activity.record(organization, event="customer.updated", kind="customer", object_id=1, now=make.NOW)
    activity.record(organization, event="customer.updated", kind="customer", object_id=1, by=make.user(), now=make.NOW)
    assert [entry.source for entry in activity.of(organization, "customer", 1)] == ["person", "buddy"]


def test_what_a_run_creates_in_several_goes_is_one_entry(organization: Organization) -> None:
    for run, ids in ((4, [1, 2]), (4, [3, 9]), (5, [4])):
        activity.record_created(organization, kind="customer", ids=ids, source="books", run=run, now=make.NOW)
    activity.record_created(organization, kind="invoice", ids=[1], source="books", run=4, now=make.NOW)
    entries = activity.Activity.objects.filter(kind="customer").order_by("run")
    assert [(entry.run, entry.members, entry.count) for entry in entries] == [
        (4, [[1, 3], [9, 9]], 4),
        (5, [[4, 4]], 1),
    ]
    assert (entries[0].first_member, entries[0].last_member) == (1, 9)
    assert [len(activity.of(organization, "customer", each)) for each in (3, 5)] == [1, 0]


def test_creations_outside_a_run_keep_to_themselves(organization: Organization) -> None:
    for ids in ([1], [2]):
        activity.record_created(organization, kind="customer", ids=ids, source="books", run=None, now=make.NOW)
    assert activity.Activity.objects.count() == 2

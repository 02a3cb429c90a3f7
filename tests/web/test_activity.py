"""The activity log: who did what, when, before and after; narrowed, paged, and as a file."""

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub import activity
from buddy.hub.activity import Activity, Source
from buddy.hub.customers import Customer
from buddy.hub.team import Organization, User
from tests import makers as make

BASE = reverse("activity")


def record(about: Customer, *, by: User | None = None, at: datetime = make.NOW, **what: Any) -> None:
    values = {"event": "customer.updated", "kind": "customer", "object_id": about.pk, **what}
    activity.record(about.organization, by=by, now=at, **values)


def shown(client: Client, **query: str) -> list[tuple[str, str, str]]:
    """Who, about what, and what happened, of each row."""
    rows = client.get(BASE, query).context["happenings"]
    return [(each.story.who, each.name.text, each.story.title) for each in rows]


def lines(client: Client, **query: str) -> list[list[str]]:
    answer = client.get(reverse("activity_csv"), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(text.splitlines()))


@pytest.fixture
def albion(organization: Organization) -> Customer:
    return make.customer("Hotel Albion")


def test_an_entry_says_who_what_before_and_after(viewer: Client, albion: Customer) -> None:
    record(albion, by=make.user("June Lindqvist"), changes={"phone": ["", "206 555 0100"]}, note="By telephone")
    page = viewer.get(BASE).content.decode()
    for words in ("June Lindqvist", "Hotel Albion", "Changed: By telephone", "Phone", "nothing", "206 555 0100"):
        assert words in page
    assert f'href="{reverse("customer", args=[albion.pk])}"' in page
    assert 'title="Nov 24, 2026, 10:00:00 AM EST"' in page


def test_the_log_narrows_by_kind_person_and_date(viewer: Client, albion: Customer) -> None:
    june, mark = make.member(name="June").user, make.member(name="Mark").user
    record(albion, by=june)
    record(albion, by=mark, at=make.NOW - timedelta(days=3))
    record(albion, event="customer.linked", source=Source.BOOKS)
    record(albion, event="order.placed", kind="order", object_id=make.order(albion).pk, by=june)
    assert len(shown(viewer, kind="customer")) == 3
    assert {who for who, *_ in shown(viewer, who=str(june.pk))} == {"June"}
    assert shown(viewer, who="books") == [("QuickBooks", "Hotel Albion", "Linked to QuickBooks")]
    assert [who for who, *_ in shown(viewer, at_before="2026-11-22")] == ["Mark"]
    assert shown(viewer, kind="customer", who=str(june.pk), at_after="2026-11-25") == []


def test_filters_that_make_no_sense_are_left_out(viewer: Client, albion: Customer) -> None:
    record(albion)
    for query in ({"who": "9" * 40}, {"kind": "secret"}, {"who": "%00"}, {"at_after": "0000"}):
        assert len(shown(viewer, **query)) == 1


def test_pages_by_key_lose_and_repeat_nothing_among_equal_times(viewer: Client, albion: Customer) -> None:
    for number in range(60):
        record(albion, note=str(number), at=make.NOW + timedelta(microseconds=123_456 + number // 40))
    first = viewer.get(BASE)
    second = viewer.get(BASE + first.context["page"].next)
    ids = [row.pk for answer in (first, second) for row in answer.context["page"].rows]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 60


def test_a_page_asks_as_much_for_fifty_as_for_five(
    viewer: Client, albion: Customer, django_assert_max_num_queries: Any
) -> None:
    counts = []
    viewer.get(BASE)  # the first visit of a session writes down where it is from
    for step in (5, 45):
        for number in range(step):
            record(make.customer(), by=make.user(f"Person {number}"), changes={"phone": ["1", "2"]})
        with django_assert_max_num_queries(100) as asked:
            viewer.get(BASE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_file_holds_every_entry_of_the_filter_with_a_line_for_each_field(
    viewer: Client, albion: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buddy.web.activity.AT_ONCE", 2)
    record(albion, by=make.user("June"), changes={"phone": ["", "1"], "notes": ["=1+1", "b"]}, note="n")
    for _ in range(3):
        record(albion, source=Source.BOOKS)
    record(albion, event="order.placed", kind="order", object_id=make.order(albion).pk)
    head, *rows = lines(viewer, kind="customer")
    assert head == ["When", "Who", "About", "What", "Field", "Before", "After", "Note"]
    assert len(rows) == 5
    entry = ["2026-11-24 10:00:00", "June", "Hotel Albion", "Changed"]
    assert sorted(rows[-2:]) == [  # PostgreSQL keeps the fields of an entry in an order of its own
        [*entry, "Notes", "'=1+1", "b", "n"],
        [*entry, "Phone", "nothing", "1", "n"],
    ]


def test_what_is_gone_still_has_its_entry(viewer: Client, organization: Organization) -> None:
    gone = make.customer("Blue Door")
    record(gone)
    pk = gone.pk
    Customer.objects.filter(pk=pk).delete()
    assert shown(viewer) == [("Buddy", f"Customer {pk}, not here any more", "Changed")]


def test_an_empty_log_says_what_will_stand_there(viewer: Client, organization: Organization) -> None:
    assert "Nothing has happened yet" in viewer.get(BASE).content.decode()
    assert Activity.objects.count() == 0

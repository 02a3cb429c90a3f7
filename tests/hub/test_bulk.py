"""Set-based reads and writes, on both databases."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from buddy.hub import bulk
from buddy.hub.customers import Customer
from buddy.hub.matchkeys import MatchKey
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db

COLUMNS = ("organization_id", "customer_id", "key")


def rows(organization: Organization, count: int) -> list[tuple[object, ...]]:
    customer = make.customer("Harbor Goods")
    MatchKey.objects.all().delete()
    return [(organization.pk, customer.pk, number) for number in range(count)]


@pytest.mark.parametrize("count", [1, bulk.AT_ONCE - 1, bulk.AT_ONCE, 2 * bulk.AT_ONCE + 3])
def test_however_many_rows_all_arrive_in_their_order(organization: Organization, count: int) -> None:
    wanted = rows(organization, count)
    bulk.insert(MatchKey, COLUMNS, wanted)
    assert list(MatchKey.objects.order_by("pk").values_list(*COLUMNS)) == wanted


def test_a_thousand_rows_cost_no_more_statements_than_six_hundred(organization: Organization) -> None:
    wanted = rows(organization, 1700)
    with CaptureQueriesContext(connection) as few:
        bulk.insert(MatchKey, COLUMNS, wanted[:600])
    with CaptureQueriesContext(connection) as many:
        bulk.insert(MatchKey, COLUMNS, wanted[600:])
    assert len(few) == len(many)


def test_an_upsert_of_many_overwrites_what_is_there(organization: Organization) -> None:
    wanted = rows(organization, bulk.AT_ONCE + 1)
    bulk.insert(MatchKey, COLUMNS, wanted[:10])
    columns, key = ("id", *COLUMNS), ("id",)
    ids = list(MatchKey.objects.order_by("pk").values_list("pk", flat=True))
    changed = [(pk, *row[:2], -1 - place) for place, (pk, row) in enumerate(zip(ids, wanted, strict=False))]
    new = [(ids[-1] + 1 + place, *row) for place, row in enumerate(wanted[10:])]
    bulk.upsert(MatchKey, columns, [*changed, *new], key=key)
    assert list(MatchKey.objects.order_by("pk").values_list(*columns)) == [*changed, *new]


def test_what_is_among_many_is_found_by_text_number_and_reference(organization: Organization) -> None:
    bulk.insert(MatchKey, COLUMNS, rows(organization, 30))
    make.customer(named := 'nobody\'s "own"')
    held = {row.key: row for row in MatchKey.objects.filter(key__among=[3, 21, 99])}
    ids = {row.pk for row in held.values()}
    assert set(held) == {3, 21}
    assert set(MatchKey.objects.filter(pk__among=ids).values_list("key", flat=True)) == {3, 21}
    assert MatchKey.objects.filter(customer_id__among=[held[3].customer_id]).count() == 30
    assert Customer.objects.get(display_name__among=[named, "somebody"]).display_name == named
    assert not MatchKey.objects.filter(key__among=[]).exists()


def test_finding_keeps_to_its_organization(organization: Organization) -> None:
    bulk.insert(MatchKey, COLUMNS, rows(organization, 2))
    elsewhere = make.organization("Elsewhere")
    with scope(organization=elsewhere):
        bulk.insert(MatchKey, COLUMNS, rows(elsewhere, 1))
    among = ("key", [0, 1])
    with scopes_disabled():
        for each, count in ((organization, 2), (elsewhere, 1)):
            found = bulk.find(MatchKey, ("organization_id",), where={"organization_id": each.pk}, among=among)
            assert found == [(each.pk,)] * count

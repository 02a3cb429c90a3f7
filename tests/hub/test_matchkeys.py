"""Stored keys: kept as the customers are, and found again, in a number of queries that does not grow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from buddy.hub import matching, matchkeys
from buddy.hub.matching import EMAIL, NAME, Party, key
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db

ADDRESS = "ap@harbor.example"
MAIL = key(EMAIL, ADDRESS)


def test_customers_are_found_by_their_keys(organization: Organization) -> None:
    one, other = make.customer("Harbor Goods", email=ADDRESS), make.customer("Pier Goods", email=ADDRESS)
    nobody = key(EMAIL, "nobody@harbor.example")
    found = matchkeys.find(organization, [MAIL, nobody])
    assert {each: sorted(ids) for each, ids in found.items()} == {MAIL: sorted([one.pk, other.pk])}
    assert matchkeys.holders(organization, [MAIL, nobody]) == {MAIL: 2}


def test_a_value_of_one_kind_is_not_found_by_another(organization: Organization) -> None:
    make.customer("Harbor Goods")
    assert matchkeys.find(organization, [key(EMAIL, "harbor goods"), key(NAME, "x")]) == {}


def test_a_key_held_by_too_many_finds_nobody_but_is_counted(organization: Organization) -> None:
    for _ in range(matching.most(MAIL) + 1):
        make.customer(email=ADDRESS)
    assert matchkeys.find(organization, [MAIL]) == {}
    assert matchkeys.holders(organization, [MAIL]) == {MAIL: matching.most(MAIL) + 1}


def test_the_keys_of_another_organization_are_neither_found_nor_counted(organization: Organization) -> None:
    with scope(organization=make.organization("Elsewhere")):
        make.customer(email=ADDRESS)
    assert matchkeys.find(organization, [MAIL]) == matchkeys.holders(organization, [MAIL]) == {}


def test_a_thousand_customers_cost_as_many_queries_as_two(organization: Organization) -> None:
    customers = [make.customer(f"Harbor {number}") for number in range(50)]
    for customer in customers:
        customer.email = f"c{customer.pk}@harbor.example"
    with CaptureQueriesContext(connection) as few:
        matchkeys.refresh(organization, customers[:2])
    with CaptureQueriesContext(connection) as many:
        matchkeys.refresh(organization, customers[2:])
    assert len(few) == len(many)
    keys = [key(EMAIL, customer.email) for customer in customers]
    assert {each: [customer.pk] for each, customer in zip(keys, customers, strict=True)} == matchkeys.find(
        organization, keys
    )


def test_refreshing_twice_keeps_one_row_of_each_key(organization: Organization) -> None:
    customer = make.customer("Harbor Goods", email=ADDRESS)
    before = set(matchkeys.MatchKey.objects.values_list("pk", flat=True))
    matchkeys.refresh(organization, [customer])
    assert set(matchkeys.MatchKey.objects.values_list("pk", flat=True)) == before


def test_old_names_are_found_too(organization: Organization) -> None:
    customer = make.customer("Lighthouse Goods")
    customer.former_names = ["Harbor Goods"]
    matchkeys.refresh(organization, [customer])
    assert matchkeys.find(organization, [key(NAME, "harbor goods")]) == {}  # only the name of today proves
    assert [customer.pk] in matchkeys.find(
        organization, matching.keys(Party(id=0, display_name="Harbor Goods"))
    ).values()


@pytest.mark.stores
def test_finding_reads_the_index_and_no_more_queries_for_more_keys(organization: Organization) -> None:
    made = [make.customer(f"Harbor {number}", email=f"c{number}@harbor.example") for number in range(30)]
    keys = [key(EMAIL, customer.email) for customer in made]
    with CaptureQueriesContext(connection) as few:
        matchkeys.find(organization, keys[:1])
    with CaptureQueriesContext(connection) as many:
        matchkeys.find(organization, keys)
    assert len(few) == len(many)
    for query in many:
        assert "one_key_each" in plan(query["sql"]), plan(query["sql"])


def plan(statement: str) -> str:
    """How the database would read it, from a table too large to read whole."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        steps = "\n".join(str(row[-1]) for row in cursor.fetchall())
    return steps.replace("sqlite_autoindex_hub_matchkey_1", "one_key_each")

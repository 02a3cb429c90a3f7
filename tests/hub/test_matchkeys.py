"""Stored keys: kept as the customers are, and found again, in a number of queries that does not grow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from buddy.hub import matching, matchkeys
from buddy.hub.matching import Key
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db

MAIL = Key("email", "ap@harbor.example")


def test_customers_are_found_by_their_keys(organization: Organization) -> None:
    one, other = make.customer("Harbor Goods", email=MAIL.value), make.customer("Pier Goods", email=MAIL.value)
    nobody = Key("email", "nobody@harbor.example")
    found = matchkeys.find(organization, [MAIL, nobody])
    assert {key: sorted(ids) for key, ids in found.items()} == {MAIL: sorted([one.pk, other.pk])}
    assert matchkeys.holders(organization, [MAIL, nobody]) == {MAIL: 2}


def test_a_value_of_one_kind_is_not_found_by_another(organization: Organization) -> None:
    make.customer("Harbor Goods")
    assert matchkeys.find(organization, [Key("email", "harbor goods"), Key("name", "x")]) == {}


def test_a_key_held_by_too_many_finds_nobody_but_is_counted(organization: Organization) -> None:
    for _ in range(matching.most(MAIL) + 1):
        make.customer(email=MAIL.value)
    assert matchkeys.find(organization, [MAIL]) == {}
    assert matchkeys.holders(organization, [MAIL]) == {MAIL: matching.most(MAIL) + 1}


def test_the_keys_of_another_organization_are_neither_found_nor_counted(organization: Organization) -> None:
    with scope(organization=make.organization("Elsewhere")):
        make.customer(email=MAIL.value)
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
    keys = [Key("email", customer.email) for customer in customers]
    assert {key: [customer.pk] for key, customer in zip(keys, customers, strict=True)} == matchkeys.find(
        organization, keys
    )


def test_refreshing_twice_keeps_one_row_of_each_key(organization: Organization) -> None:
    customer = make.customer("Harbor Goods", email=MAIL.value)
    before = set(matchkeys.MatchKey.objects.values_list("pk", flat=True))
    matchkeys.refresh(organization, [customer])
    assert set(matchkeys.MatchKey.objects.values_list("pk", flat=True)) == before

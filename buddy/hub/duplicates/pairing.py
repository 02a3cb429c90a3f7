"""Which customers may be one with some of them: found by their stored keys, compared by `matching`, kept as pairs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from itertools import batched

from django.db import transaction
from django.db.models import Q

from buddy.hub import bulk, matching, matchkeys
from buddy.hub.customers import Customer
from buddy.hub.duplicates.tables import Pair
from buddy.hub.matching import Candidate, Key
from buddy.hub.team import Organization

AT_ONCE = 500  # pairs written in one transaction (R28)
LIKELY_FROM = 0.2  # a score below this is not worth looking at, among customers that nobody asked to compare
_COLUMNS = ("organization_id", "one_id", "other_id", "likelihood", "compared")

type Row = tuple[int, int, int, float, str]


def pair(organization: Organization, customers: Sequence[Customer]) -> None:
    """Bring the pairs of these customers up to date, whoever the others are. Inactive ones belong to no pair.

    Reads outside of any transaction and writes in short ones, so that nobody waits for it. Of each customer the few
    likeliest are kept.
    """
    rows = _found(organization, [customer for customer in customers if customer.active])
    _drop(organization, [row.pk for row in customers], keep={(one, other) for _, one, other, _, _ in rows})
    for some in batched(rows, AT_ONCE):
        with transaction.atomic():
            ids = {pk for _, one, other, _, _ in some for pk in (one, other)}
            there = set(Customer.objects.filter(organization=organization, pk__among=ids).values_list("pk", flat=True))
            standing = [row for row in some if {row[1], row[2]} <= there]  # not merged away meanwhile
            bulk.upsert(Pair, _COLUMNS, standing, key=("organization_id", "one_id", "other_id"))


def alike(organization: Organization, customers: Mapping[int, Customer]) -> list[Candidate]:
    """Those pairs among these customers that may be one business, the likeliest first."""
    parties = [matchkeys.party(row) for row in customers.values()]
    holders = matchkeys.holders(organization, {key for party in parties for key in party.keys})
    found = matching.duplicates(parties, holders=holders)
    return [each for each in found if _worth_asking(each, customers, holders)]


def _found(organization: Organization, customers: Sequence[Customer]) -> list[Row]:
    """The pairs of these customers with each other, and with everybody else who shares a key with them.

    `decide` is for two lists: the other list of a customer is the same without it, so that each key has one holder
    fewer there. What proves two to be one is asked again of each group, by `alike`.
    """
    mine = [matchkeys.party(row) for row in customers]
    keys = {key for party in mine for key in party.keys}
    holders = matchkeys.holders(organization, keys)
    near = _near(organization, holders, but=customers)
    known = {row.pk: row for row in [*customers, *near]}
    others = {key: count - 1 for key, count in holders.items()}
    listed = [*mine, *map(matchkeys.party, near)]
    decisions = matching.decide(mine, listed, holders_there={}, holders_here=others)
    found = (each for decision in decisions.values() for each in decision.candidates)
    rows = (_row(organization, each, known) for each in found if _worth_asking(each, known, holders))
    return list({row[1:3]: row for row in rows}.values())


def _near(organization: Organization, holders: Mapping[Key, int], *, but: Sequence[Customer]) -> list[Customer]:
    """The other active customers who hold one of these keys, unless too many do."""
    useful = [key for key, count in holders.items() if 1 < count <= matching.most(key)]
    ids = {pk for found in matchkeys.find(organization, useful).values() for pk in found}
    others = ids.difference(row.pk for row in but)
    return list(Customer.objects.filter(organization=organization, active=True, pk__among=others))


def _worth_asking(found: Candidate, customers: Mapping[int, Customer], holders: Mapping[Key, int]) -> bool:
    """Two who are like each other, and not only by a key that too many hold. Neither are those a pair who belong
    together as it is, such as branches of one parent, nor customers of two currencies, who cannot be merged.
    """
    one, other = customers[int(found.theirs.id)], customers[found.ours_id]
    if one.pk == other.pk or one.currency != other.currency or _related(one, other):
        return False
    shared = set(found.theirs.keys).intersection(found.ours.keys)
    rare = any(holders.get(key, 0) <= matching.most(key) for key in shared)
    return rare and (bool(found.rule) or found.score >= LIKELY_FROM)


def compared(one: Customer, other: Customer) -> str:
    """Stands for all that matching looks at: while it stays the same, "not the same" stays true."""
    said = [
        (
            row.display_name,
            row.company_name,
            row.given_name,
            row.family_name,
            row.email,
            row.phone,
            row.alternate_phone,
            row.mobile,
            row.billing_address.as_dict(),
            row.former_names,
        )
        for row in (one, other)
    ]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]


def _related(one: Customer, other: Customer) -> bool:
    above = {one.parent_id, other.parent_id}
    return one.pk in above or other.pk in above or (one.parent_id is not None and len(above) == 1)


def _row(organization: Organization, found: Candidate, known: Mapping[int, Customer]) -> Row:
    one, other = sorted((int(found.theirs.id), found.ours_id))
    return organization.pk, one, other, found.score, compared(known[one], known[other])


def _drop(organization: Organization, ids: Sequence[int], *, keep: Collection[tuple[int, int]]) -> None:
    """The pairs of these customers that are no longer true."""
    rows = Pair.objects.filter(Q(one__among=ids) | Q(other__among=ids), organization=organization)
    gone = [pk for pk, one, other in rows.values_list("pk", "one", "other") if (one, other) not in keep]
    for some in batched(gone, AT_ONCE):
        Pair.objects.filter(organization=organization, pk__in=some).delete()

"""What a person is asked about duplicates: one question for each group of customers, and not too many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from buddy.hub import quality
from buddy.hub.customers import Customer
from buddy.hub.duplicates.clusters import clusters
from buddy.hub.duplicates.pairing import alike
from buddy.hub.duplicates.tables import Pair
from buddy.hub.matching import Candidate
from buddy.hub.quality import Question, Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization

OPEN_AT_ONCE = 200  # questions about duplicates: the next come up as these are answered
LOOKED_AT = 20_000  # pairs, the likeliest; the others have their turn as these are settled
SOME = 50  # groups looked at together
PREFIX = "same:"  # how the keys of these questions begin
GROUNDS = {  # what proves two to be one, by rule
    "email": "Same email, which nobody else has, and names that agree",
    "name, phone and address": "Same name, phone and address",
    "name and phone": "Same name and phone, which nobody else has",
    "name and address": "Same name, which nobody else has, and address",
    "name": "Same company name, which nobody else has",
}

type Group = tuple[int, ...]
type Told = tuple[int, int, str]  # two customers, and what was compared of them


def ask(organization: Organization, *, now: datetime) -> None:
    """Ask about every group, the likeliest first, as many as fit; close what is no longer true.

    A pair of which a person said that they are not the same joins nobody while what was compared stays.
    """
    found = _groups(organization)
    standing = _open(organization)
    quality.overtake(organization, standing - found.keys(), now)
    new = [key for key in found if key not in standing][: max(0, OPEN_AT_ONCE - len(standing & found.keys()))]
    for keys in batched([*(standing & found.keys()), *new], SOME):
        quality.ask_all(organization, _questions(organization, {key: found[key] for key in keys}), now=now)


def _groups(organization: Organization) -> dict[str, Group]:
    """By the key of their question, the likeliest first."""
    apart = _told_apart(organization)
    pairs = Pair.objects.filter(organization=organization).order_by("-likelihood", "id")
    listed = list(pairs.values_list("one", "other", "compared")[:LOOKED_AT])
    found = clusters(
        [(one, other) for one, other, _ in listed],
        apart={(one, other) for one, other, said in listed if (one, other, said) in apart},
    )
    return {f"{PREFIX}{group[0]}": group for group in found}


def _told_apart(organization: Organization) -> set[Told]:
    rows = _questions_of(organization).filter(status=ReviewStatus.DISMISSED).values_list("data__pairs", flat=True)
    return {(one, other, said) for pairs in rows for one, other, said in pairs or ()}


def _open(organization: Organization) -> set[str]:
    return set(_questions_of(organization).filter(status=ReviewStatus.PENDING).values_list("key", flat=True))


def _questions_of(organization: Organization) -> Any:
    return Review.objects.filter(organization=organization, kind=ReviewKind.DUPLICATE, key__startswith=PREFIX)


def _questions(organization: Organization, groups: Mapping[str, Group]) -> list[Question]:
    members = {pk for group in groups.values() for pk in group}
    customers = Customer.objects.filter(organization=organization, pk__among=members).in_bulk()
    pairs = Pair.objects.filter(organization=organization, one__among=members, other__among=members)
    told = [(one, other, said) for one, other, said in pairs.values_list("one", "other", "compared")]
    likenesses = alike(organization, customers)
    return [
        _question(key, [customers[pk] for pk in group], likenesses, told)
        for key, group in groups.items()
        if set(group) <= customers.keys()
    ]


def _question(key: str, members: Sequence[Customer], likenesses: Sequence[Candidate], told: Sequence[Told]) -> Question:
    ids = {row.pk for row in members}
    mine = [each for each in likenesses if {int(each.theirs.id), each.ours_id} <= ids]
    pairs = [[one, other, said] for one, other, said in told if {one, other} <= ids]
    first, *others = members
    rule = mine[0].rule if len(mine) == 1 and len(members) == 2 else ""
    return Question(
        kind=ReviewKind.DUPLICATE,
        key=key,
        entity="customer",
        title=first.display_name,
        object_id=first.pk,
        money=sum((row.balance for row in members), Decimal(0)),
        ground=GROUNDS.get(rule, ""),
        data={
            "others": [[row.pk, row.display_name] for row in others],
            "pairs": pairs,
            "fingerprint": "·".join(str(said) for _, _, said in pairs),
            "reasons": [_likeness(each) for each in mine],
        },
    )


def _likeness(found: Candidate) -> dict[str, Any]:
    one, other = sorted((int(found.theirs.id), found.ours_id))
    reasons = [{"field": why.field, "verdict": why.verdict, "text": why.text} for why in found.reasons]
    return {"pair": [one, other], "score": found.score, "rule": found.rule, "reasons": reasons}

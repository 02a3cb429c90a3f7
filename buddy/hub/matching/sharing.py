"""How many hold what two parties share: what one record on each side holds proves more than what thirty do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from buddy.hub.matching.parties import EMAIL, NAME, Key, Party

type Holders = Mapping[Key, int]


class Sharing(NamedTuple):
    """Of the keys two parties share: how many hold the rarest of a kind, both sides together; 0 where none is shared.
    `alone`: the keys of which it is known that these two are all who hold them."""

    phone: int
    door: int
    domain: int
    alone: frozenset[Key]


def between(theirs: Party, ours: Party, there: Holders, here: Holders) -> Sharing:
    shared = theirs.keys & ours.keys
    counts = {key: max(there.get(key, 1), 1) + max(here.get(key, 1), 1) for key in shared}
    alone = frozenset(key for key in shared if there.get(key) == 1 and here.get(key) == 1)
    return _sharing(counts, alone)


def within(one: Party, other: Party, holders: Holders) -> Sharing:
    """Of two in one list."""
    shared = one.keys & other.keys
    return _sharing({key: holders.get(key, 2) for key in shared}, frozenset(k for k in shared if holders.get(k) == 2))


def _sharing(counts: Mapping[Key, int], alone: frozenset[Key]) -> Sharing:
    rarest = {"phone": 0, "door": 0, "domain": 0}
    for key, count in counts.items():
        kind = key.value.partition(":")[0]
        if kind in rarest and key.kind not in (EMAIL, NAME):
            rarest[kind] = min(rarest[kind] or count, count)
    return Sharing(**rarest, alone=alone)


def rivals(party: Party, other: Party, holders: Holders, *, at_the_door: bool) -> bool:
    """Could somebody else on the party's side be the other one just as well?

    `at_the_door`: name, phone and address all agree; then only one who shares them too is a rival, and a name that
    others have elsewhere says nothing. Otherwise everybody is who shares a name or an email with the other one.
    """
    contested = {_kind(key) for key in other.keys if _held_by_others(key, party, holders)}
    of_its_own = {key for key in other.keys if key.kind == EMAIL and key not in party.keys and holders.get(key)}
    if at_the_door:
        return bool(of_its_own) or ("door" in contested and not contested.isdisjoint(("phone", "core", NAME)))
    return not contested.isdisjoint((EMAIL, NAME)) or contested.issuperset(("phone", "door"))


def _held_by_others(key: Key, party: Party, holders: Holders) -> bool:
    return holders.get(key, 0) > (key in party.keys)


def _kind(key: Key) -> str:
    return key.kind if key.kind in (EMAIL, NAME) else key.value.partition(":")[0]


def shares(keys: Iterable[Key], kind: str) -> bool:
    return any(_kind(key) == kind for key in keys)

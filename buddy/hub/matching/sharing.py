"""How many hold what two parties share: what one record on each side holds proves more than what thirty do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from buddy.hub.matching.blocking import CORE, DOMAIN, DOOR, EMAIL, NAME, PHONE, Key, kind
from buddy.hub.matching.parties import Party

type Holders = Mapping[Key, int]


class Sharing(NamedTuple):
    """Of the keys two parties share: how many hold the rarest of a kind, both sides together; 0 where none is shared.
    `alone`: the keys of which it is known that these two are all who hold them."""

    phone: int
    door: int
    domain: int
    alone: tuple[Key, ...]


def between(theirs: Party, ours: Party, there: Holders, here: Holders) -> Sharing:
    shared = [(key, there.get(key, 0), here.get(key, 0)) for key in theirs.keys if key in ours.keys]
    return _sharing(((key, (one or 1) + (other or 1), one == other == 1) for key, one, other in shared))


def within(one: Party, other: Party, holders: Holders) -> Sharing:
    """Of two in one list."""
    shared = [key for key in one.keys if key in other.keys]
    return _sharing((key, holders.get(key, 2), holders.get(key) == 2) for key in shared)


def _sharing(shared: Iterable[tuple[Key, int, bool]]) -> Sharing:
    """Of keys, how many hold each, and whether nobody else does."""
    rarest = {PHONE: 0, DOOR: 0, DOMAIN: 0}
    alone = []
    for key, count, nobody_else in shared:
        found = kind(key)
        if found in rarest and not 0 < rarest[found] < count:
            rarest[found] = count
        if nobody_else:
            alone.append(key)
    return Sharing(rarest[PHONE], rarest[DOOR], rarest[DOMAIN], tuple(alone))


def rivals(party: Party, other: Party, holders: Holders, *, at_the_door: bool) -> bool:
    """Could somebody else on the party's side be the other one just as well?

    `at_the_door`: name, phone and address all agree; then only one who shares them too is a rival, and a name that
    others have elsewhere says nothing. Otherwise everybody is who shares a name or an email with the other one.
    """
    contested = {kind(key) for key in other.keys if _held_by_others(key, party, holders)}
    of_its_own = any(kind(key) == EMAIL and key not in party.keys and holders.get(key) for key in other.keys)
    if at_the_door:
        return of_its_own or (DOOR in contested and not contested.isdisjoint((PHONE, CORE, NAME)))
    return not contested.isdisjoint((EMAIL, NAME)) or contested.issuperset((PHONE, DOOR))


def _held_by_others(key: Key, party: Party, holders: Holders) -> bool:
    return holders.get(key, 0) > (key in party.keys)


def shares(keys: Iterable[Key], of: int) -> bool:
    """Is one of this kind among them?"""
    return any(kind(key) == of for key in keys)

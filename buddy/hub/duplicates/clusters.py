"""From pairs to groups that a person can look at together. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

MOST = 6  # customers on one card

type Pair = tuple[int, int]


def clusters(pairs: Iterable[Pair], *, apart: Collection[Pair] = ()) -> list[tuple[int, ...]]:
    """Groups of customers that may be one, in the order of their best pair; `pairs` come likeliest first, and those
    that are `apart` never stand in one group.

    Nobody stands in two groups. A is like B and B like C makes A, B and C one group only while at least half of all
    that would then stand side by side are pairs themselves: or a chain of small likenesses joins what has nothing to
    do with each other. What is left over has its turn once the group is settled.
    """
    told_apart = set(map(frozenset, apart))
    listed = [pair for pair in pairs if frozenset(pair) not in told_apart]
    known = set(map(frozenset, listed))
    of: dict[int, set[int]] = {}
    for one, other in listed:
        here, there = of.get(one, {one}), of.get(other, {other})
        if here is not there and len(here) + len(there) <= MOST and _hold_together(here, there, known, told_apart):
            joined = here | there
            of.update(dict.fromkeys(joined, joined))
    return list(dict.fromkeys(tuple(sorted(of[one])) for one, _ in listed if one in of))


def _hold_together(here: Set[int], there: Set[int], known: Set[frozenset[int]], apart: Set[frozenset[int]]) -> bool:
    across = {frozenset((one, other)) for one in here for other in there}
    return across.isdisjoint(apart) and 2 * len(across & known) >= len(across)

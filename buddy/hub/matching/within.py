"""The same business twice in one list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from buddy.hub.matching import ladder, sharing
from buddy.hub.matching.deciding import Candidate, Id, by_key, near, worth_showing
from buddy.hub.matching.evidence import compare
from buddy.hub.matching.parties import Party
from buddy.hub.matching.scoring import score
from buddy.hub.matching.sharing import Holders


def duplicates(parties: Iterable[Party], *, holders: Holders) -> list[Candidate]:
    """Pairs that may be one, each once, the likeliest first; `rule` names what proves a pair, "" where only likely.

    The holders count, over the whole list, how many hold a key. A record that is proven to be two others which
    contradict each other proves nothing: one of them is wrong.
    """
    listed = list(parties)
    order = {party.id: place for place, party in enumerate(listed)}
    index = by_key(listed)
    pairs = [
        pair
        for one in listed
        for other in near(one, index)
        if order[other.id] > order[one.id] and worth_showing(pair := _pair(one, other, holders))
    ]
    doubtful = set(_contradictory(pairs))
    judged = (replace(pair, rule="") if doubtful & {pair.theirs.id, pair.ours.id} else pair for pair in pairs)
    return sorted(judged, key=lambda pair: (not pair.rule, -pair.score))


def _pair(one: Party, other: Party, holders: Holders) -> Candidate:
    compared, known = compare(one, other), sharing.within(one, other, holders)
    rule = ladder.proof(one, other, compared.evidence, known)
    return Candidate(one, other, compared, score(compared.evidence, known), rule)


def _contradictory(pairs: Iterable[Candidate]) -> Iterator[Id]:
    """Whoever is proven the same as two that are not the same."""
    proven: dict[Id, list[Party]] = defaultdict(list)
    for pair in pairs:
        if pair.rule:
            proven[pair.theirs.id].append(pair.ours)
            proven[pair.ours.id].append(pair.theirs)
    for party_id, same in proven.items():
        if any(compare(one, other).evidence.contradicts for one, other in combinations(same, 2)):
            yield party_id

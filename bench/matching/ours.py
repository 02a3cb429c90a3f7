"""Buddy's own answers to a set: what links by itself, and what a person is shown with which score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bench.matching.lists import Lists, Pair, pair, parties
from buddy.hub import matching
from buddy.hub.matching import Candidate, Decision, Key, Party


class Answers:
    """`certain`: pairs that link by themselves. `shown`: pairs with their score, the certain ones among them at 1."""

    def __init__(self) -> None:
        self.certain: set[Pair] = set()
        self.shown: dict[Pair, float] = {}
        self.rules: Counter[str] = Counter()

    def link(self, key: Pair, rule: str = "") -> None:
        self.certain.add(key)
        self.rules[rule] += 1
        self.shown[key] = 1.0

    def show(self, key: Pair, score: float) -> None:
        self.shown[key] = max(score, self.shown.get(key, 0.0))


def answers(lists: Lists) -> Answers:
    left = parties(lists.left)
    right = parties(lists.right, first_id=len(left))
    ids = [row["rid"] for row in lists.rows]
    made = Answers()
    if right:
        decisions = matching.decide(left, right, holders_there=holders(left), holders_here=holders(right))
        for number, decision in decisions.items():
            _decided(made, ids, int(number), decision)
    else:
        for found in matching.duplicates(left, holders=holders(left)):
            _twice(made, ids, found)
    return made


def holders(some: Iterable[Party]) -> Counter[Key]:
    return Counter(key for party in some for key in party.keys)


def _decided(made: Answers, ids: list[str], number: int, decision: Decision) -> None:
    if decision.ours_id is not None:
        made.link(pair(ids[number], ids[decision.ours_id]), decision.rule)
    else:
        for candidate in decision.candidates:
            made.show(pair(ids[number], ids[candidate.ours_id]), candidate.score)


def _twice(made: Answers, ids: list[str], found: Candidate) -> None:
    key = pair(ids[int(found.theirs.id)], ids[found.ours_id])
    if found.rule:
        made.link(key, found.rule)
    else:
        made.show(key, found.score)

"""Who is who: certain only by proof that leaves no other reading; everything doubtful goes to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from buddy.hub.matching import ladder, sharing
from buddy.hub.matching.blocking import Key, hints
from buddy.hub.matching.evidence import SAME, Compared, compare
from buddy.hub.matching.parties import Party
from buddy.hub.matching.reasons import Reason, reasons
from buddy.hub.matching.scoring import score
from buddy.hub.matching.sharing import Holders

CERTAIN, REVIEW, NEW = "certain", "review", "new"
SHOWN_FROM = 0.07  # a score below this is not worth a person's time
MOST_CANDIDATES = 5
COMMON = 30  # a key that more hold finds too many to be of use
COMMON_BY_LIKENESS = 10  # the same for keys that only suggest a similar name

type Id = str | int


@dataclass(frozen=True, slots=True)
class Candidate:
    theirs: Party
    ours: Party
    compared: Compared
    score: float  # 0 to 1: for their order, never for linking by itself
    rule: str  # what proves it, or ""

    @property
    def ours_id(self) -> int:
        return int(self.ours.id)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return reasons(self.theirs, self.ours, self.compared)


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` names the proof of a certain one, as `ladder.RULES` explains. `candidates` stand best first."""

    verdict: str  # "certain", "review" or "new"
    ours_id: int | None = None
    rule: str = ""
    candidates: tuple[Candidate, ...] = ()


def decide(
    theirs: Iterable[Party],
    ours: Iterable[Party],
    *,
    holders_there: Holders,
    holders_here: Holders,
    name_alone: bool = False,
) -> dict[Id, Decision]:
    """For each of theirs: which of ours it is for certain, whom a person should compare it with, or that it is new.

    `ours` holds at least everyone here who shares a key with one of theirs. The holders count, over *all* records of a
    side, how many hold a key; give them for the keys of both lists, since a rival for ours may not be among theirs.
    `name_alone`: an exact name that one record on each side has may link by itself; otherwise it is asked about.
    """
    index = by_key(party for party in ours if not party.linked)
    found = {party.id: _candidates(party, index, holders_there, holders_here) for party in theirs}
    claims: dict[Id, int] = defaultdict(int)
    for candidate in (each for candidates in found.values() for each in candidates if each.rule):
        claims[candidate.ours.id] += 1
    return {their_id: _decision(candidates, claims, name_alone=name_alone) for their_id, candidates in found.items()}


def by_key(parties: Iterable[Party]) -> dict[Key, list[Party]]:
    index: dict[Key, list[Party]] = defaultdict(list)
    for party in parties:
        for key in party.keys:
            index[key].append(party)
    for key in [key for key, held in index.items() if len(held) > most(key)]:
        del index[key]
    return index


def most(key: Key) -> int:
    """How many may hold this key for it to be of use in finding somebody."""
    return COMMON_BY_LIKENESS if hints(key) else COMMON


def _candidates(theirs: Party, index: Mapping[Key, list[Party]], there: Holders, here: Holders) -> list[Candidate]:
    """Everyone here worth comparing with, best first."""
    candidates = []
    for ours in near(theirs, index):
        compared = compare(theirs, ours)
        known = sharing.between(theirs, ours, there, here)
        rule = ladder.proof(theirs, ours, compared.evidence, known)
        at_the_door = rule == "name, phone and address"
        if rule and (
            sharing.rivals(theirs, ours, there, at_the_door=at_the_door)
            or sharing.rivals(ours, theirs, here, at_the_door=at_the_door)
        ):
            rule = ""
        candidate = Candidate(theirs, ours, compared, score(compared.evidence, known), rule)
        if rule or worth_showing(candidate):
            candidates.append(candidate)
    return _best_first(candidates)


def near(party: Party, index: Mapping[Key, list[Party]]) -> Iterator[Party]:
    """Who shares a key with it; who shares only a hint of the name must have one much like it."""
    firm: dict[Id, Party] = {}
    hinted: dict[Id, Party] = {}
    for key in party.keys:
        into = hinted if hints(key) else firm
        for other in index.get(key, ()):
            into[other.id] = other
    yield from firm.values()
    yield from (other for pk, other in hinted.items() if pk not in firm and _much_alike(party, other))


def _much_alike(one: Party, other: Party) -> bool:
    return any(fuzz.token_set_ratio(a.core, b.core) >= 60 for a in one.names for b in other.names)


def worth_showing(candidate: Candidate) -> bool:
    """A shared email, name or phone always is; a neighbour is not."""
    evidence = candidate.compared.evidence
    if SAME in (evidence.email, evidence.phone) or evidence.name == "exact":
        return True
    return candidate.score >= SHOWN_FROM and evidence.name != "other"


def _best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda each: (not each.rule, -each.score, str(each.ours.id)))


def _decision(candidates: Sequence[Candidate], claims: Mapping[Id, int], *, name_alone: bool) -> Decision:
    shown = tuple(candidates[:MOST_CANDIDATES])
    proven = [candidate for candidate in candidates if candidate.rule]
    if len(proven) == 1 and claims[proven[0].ours.id] == 1 and (name_alone or proven[0].rule != "name"):
        return Decision(CERTAIN, proven[0].ours_id, proven[0].rule, shown)
    return Decision(REVIEW if candidates else NEW, candidates=shown)

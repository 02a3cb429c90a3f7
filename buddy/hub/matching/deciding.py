"""The ladder: certain only by proof that leaves no other reading; everything doubtful goes to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from buddy.hub.matching import contacts
from buddy.hub.matching.evidence import ALIKE_FROM, DIFFERS, Evidence, Reason, compare
from buddy.hub.matching.parties import BLOCK, EMAIL, NAME, Key, Party

CERTAIN, REVIEW, NEW = "certain", "review", "new"
ALIKE_FOR_SHARED_MAILBOX = 0.9  # a free or role mailbox proves less, so the names must say more
MOST_CANDIDATES = 5

type Id = str | int
type Holders = Mapping[Key, int]


@dataclass(frozen=True)
class Candidate:
    ours_id: int
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Decision:
    """`rule` names the proof of a certain one: "email" or "name". `candidates` stand best first."""

    verdict: str  # "certain", "review" or "new"
    ours_id: int | None = None
    rule: str = ""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class _Pair:
    theirs: Party
    ours: Party
    evidence: Evidence
    rule: str

    @property
    def as_candidate(self) -> Candidate:
        return Candidate(int(self.ours.id), self.evidence.score, self.evidence.reasons)


def decide(
    theirs: Sequence[Party], ours: Sequence[Party], *, holders_there: Holders, holders_here: Holders
) -> dict[Id, Decision]:
    """For each of theirs: which of ours it is for certain, whom a person should compare it with, or that it is new.

    `ours` holds at least everyone here who shares a key with one of theirs. The holders count, over *all* records of a
    side, how many hold a key; give them for the keys of both lists, since a rival for ours may not be among theirs.
    """
    sharing = _by_key(ours)
    pairs = {party.id: _pairs(party, sharing, holders_there, holders_here) for party in theirs}
    claims: dict[Id, int] = defaultdict(int)
    for pair in (pair for found in pairs.values() for pair in found if pair.rule):
        claims[pair.ours.id] += 1
    return {their_id: _decision(found, claims) for their_id, found in pairs.items()}


def _by_key(parties: Iterable[Party]) -> dict[Key, list[Party]]:
    sharing = defaultdict(list)
    for party in parties:
        if not party.linked:  # it is somebody else's already
            for key in party.keys:
                sharing[key].append(party)
    return sharing


def _pairs(theirs: Party, sharing: Mapping[Key, list[Party]], there: Holders, here: Holders) -> list[_Pair]:
    """Everyone here worth comparing with, best first."""
    near = {party.id: party for key in theirs.keys for party in sharing.get(key, ())}
    pairs = []
    for ours in near.values():
        evidence = compare(theirs, ours)
        if _is_candidate(theirs, ours, evidence):
            pairs.append(_Pair(theirs, ours, evidence, _proof(theirs, ours, evidence, there, here)))
    return sorted(pairs, key=lambda pair: (-pair.evidence.score, str(pair.ours.id)))


def _is_candidate(theirs: Party, ours: Party, evidence: Evidence) -> bool:
    """Sharing an email, a name or a phone is enough; sharing less needs a similar name too."""
    shared = theirs.keys & ours.keys
    if any(key.kind != BLOCK or key.value.startswith("phone:") for key in shared):
        return True
    return evidence.similarity >= ALIKE_FROM


def _decision(pairs: Sequence[_Pair], claims: Mapping[Id, int]) -> Decision:
    candidates = tuple(pair.as_candidate for pair in pairs[:MOST_CANDIDATES])
    proven = [pair for pair in pairs if pair.rule]
    if len(proven) == 1 and claims[proven[0].ours.id] == 1:
        return Decision(CERTAIN, int(proven[0].ours.id), proven[0].rule, candidates)
    return Decision(REVIEW if candidates else NEW, candidates=candidates)


def _proof(theirs: Party, ours: Party, evidence: Evidence, there: Holders, here: Holders) -> str:
    """The rule that proves these two are one, or "". Never where a person must look first."""
    if not (_stands_alone(theirs) and _stands_alone(ours)) or evidence.differs("currency", "legal form", "store"):
        return ""
    if _rivals(theirs, ours, there) or _rivals(ours, theirs, here):
        return ""
    shared = {key for key in theirs.keys & ours.keys if there.get(key) == 1 and here.get(key) == 1}
    if _proven_by_email(shared, evidence):
        return "email"
    if any(key.kind == NAME for key in shared) and not evidence.differs("phone", "domain", "address"):
        return "name"
    return ""


def _stands_alone(party: Party) -> bool:
    return party.active and not party.sub and not party.linked


def _rivals(party: Party, other: Party, holders: Holders) -> bool:
    """Somebody else on the party's side also shares an email or name with the other one: who is it then?"""
    return any(holders.get(key, 0) > (key in party.keys) for key in other.keys if key.kind != BLOCK)


def _proven_by_email(shared: Iterable[Key], evidence: Evidence) -> bool:
    if evidence.verdict("name") == DIFFERS:
        return False
    for key in shared:
        needed = ALIKE_FOR_SHARED_MAILBOX if contacts.shared_by_nature(key.value) else ALIKE_FROM
        if key.kind == EMAIL and evidence.similarity >= needed:
            return True
    return False

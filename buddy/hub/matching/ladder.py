"""The ladder: what proves by itself that two parties are one, and what forbids it whatever speaks for it.

Every rung needs agreement and the absence of any contradiction: a field that both know, and know differently. The
rungs were climbed one by one on labelled lists; refused were a near name at one address with another phone, and the
same name and phone at another address (a hotline), though both are mostly right (docs/matching.md).
"""

from __future__ import annotations

from buddy.hub.matching import contacts, words
from buddy.hub.matching.blocking import CORE, EMAIL, NAME, PHONE, key
from buddy.hub.matching.evidence import DIFFERS, SAME, SAME_NAME, Evidence
from buddy.hub.matching.parties import Party
from buddy.hub.matching.sharing import Sharing, shares

ALIKE_FROM = 0.6  # below this, letter by letter, names disagree
ALIKE_FOR_SHARED_MAILBOX = 0.9  # a free or role mailbox proves less, so the names must say more

RULES = {
    "email": "An email address that one record on each side holds",
    "name, phone and address": "The same name, phone and address",
    "name and phone": "The same name and phone, which one record on each side holds",
    "name and address": "The same name, which one record on each side holds, and address",
    "name": "An exact company name that one record on each side has",
}


def proof(theirs: Party, ours: Party, evidence: Evidence, sharing: Sharing) -> str:
    """The rule that proves these two are one, or ""."""
    if evidence.contradicts or not (_stands_alone(theirs) and _stands_alone(ours)):
        return ""
    if any(_proves(email, evidence) for email in theirs.emails if key(EMAIL, email) in sharing.alone):
        return "email"
    if not (theirs.company and ours.company):
        return ""
    same_place = evidence.phone == SAME and evidence.same_door
    if same_place and evidence.nearly_named and (evidence.name in SAME_NAME or evidence.page != DIFFERS):
        return "name, phone and address"
    return _proven_by_a_name_alone(evidence, sharing)


def _stands_alone(party: Party) -> bool:
    called = {name.core for name in party.names}
    return party.active and not party.sub and not party.linked and called.isdisjoint(words.PLACEHOLDER_NAMES)


def _proves(email: str, evidence: Evidence) -> bool:
    needed = ALIKE_FOR_SHARED_MAILBOX if contacts.shared_by_nature(email) else ALIKE_FROM
    return max(evidence.letters, evidence.similarity) >= needed


def _proven_by_a_name_alone(evidence: Evidence, sharing: Sharing) -> str:
    """What needs a name that nobody else has, and one thing more; or the exact name with nothing beside it."""
    core = shares(sharing.alone, CORE)
    if core and evidence.phone == SAME and shares(sharing.alone, PHONE):
        return "name and phone"
    if core and evidence.address == SAME:
        return "name and address"
    if evidence.name == "exact" and shares(sharing.alone, NAME):
        return "name"
    return ""

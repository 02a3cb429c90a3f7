"""What speaks for and against two parties being one: field by field, in words a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from buddy.hub.matching import contacts, names
from buddy.hub.matching.parties import Party

SAME, ALIKE, DIFFERS, MISSING = "same", "alike", "differs", "missing"
ALIKE_FROM = 0.6  # below this, names disagree

_WEIGHTS = {"email": 0.3, "phone": 0.15, "address": 0.15}
_SCALE = {SAME: 1.0, ALIKE: 0.5, DIFFERS: -0.5, MISSING: 0.0}
_NAME_WEIGHT = 0.5


class Reason(NamedTuple):
    """How two parties compare in one field. Missing on either side speaks neither for nor against."""

    field: str
    verdict: str
    text: str


@dataclass(frozen=True)
class Evidence:
    similarity: float  # of their names, 0 to 1
    reasons: tuple[Reason, ...]

    def verdict(self, field: str) -> str:
        return next((reason.verdict for reason in self.reasons if reason.field == field), MISSING)

    def differs(self, *fields: str) -> bool:
        """Any of these is known on both sides, and different."""
        return any(self.verdict(field) == DIFFERS for field in fields)

    @property
    def score(self) -> float:
        """From 0 to 1, for putting candidates in order. Never for linking by itself."""
        total = _NAME_WEIGHT * self.similarity
        total += sum(weight * _SCALE[self.verdict(field)] for field, weight in _WEIGHTS.items())
        return round(min(max(total, 0.0), 1.0), 3)


def compare(theirs: Party, ours: Party) -> Evidence:
    similarity, names_reason = _names(theirs, ours)
    reasons = [names_reason, _emails(theirs, ours), _domains(theirs, ours), _phones(theirs, ours)]
    reasons += [_addresses(theirs, ours), _currencies(theirs, ours), _legal_forms(theirs, ours), _stores(theirs, ours)]
    return Evidence(similarity, tuple(reason for reason in reasons if reason.verdict != MISSING))


def _names(theirs: Party, ours: Party) -> tuple[float, Reason]:
    """The closest pair of all they are called."""
    pairs = ((names.similarity(one, other), one, other) for one in theirs.names for other in ours.names)
    similarity, one, other = max(pairs, default=(0.0, "", ""))
    if theirs.company and ours.company and names.parse(theirs.company).exact == names.parse(ours.company).exact:
        return 1.0, Reason("name", SAME, f"Same name: {ours.company}")
    if similarity >= ALIKE_FROM:
        return similarity, Reason("name", ALIKE, f"Names are alike: {one} · {other}")
    return similarity, Reason("name", DIFFERS, f"Names differ: {one} · {other}")


def _emails(theirs: Party, ours: Party) -> Reason:
    shared = [email for email in theirs.emails if email in ours.emails]
    if shared:
        return Reason("email", SAME, f"Same email: {shared[0]}")
    if theirs.emails and ours.emails:
        return Reason("email", DIFFERS, f"Emails differ: {theirs.emails[0]} · {ours.emails[0]}")
    return Reason("email", MISSING, "")


def _domains(theirs: Party, ours: Party) -> Reason:
    shared = theirs.domains & ours.domains
    if shared:
        return Reason("domain", SAME, f"Same email domain: {min(shared)}")
    if theirs.domains and ours.domains:
        return Reason("domain", DIFFERS, f"Email domains differ: {min(theirs.domains)} · {min(ours.domains)}")
    return Reason("domain", MISSING, "")


def _phones(theirs: Party, ours: Party) -> Reason:
    if not theirs.phone_numbers or not ours.phone_numbers:
        return Reason("phone", MISSING, "")
    if any(contacts.same_phone(one, other) for one in theirs.phone_numbers for other in ours.phone_numbers):
        return Reason("phone", SAME, "Same phone number")
    return Reason("phone", DIFFERS, "Phone numbers differ")


def _addresses(theirs: Party, ours: Party) -> Reason:
    one, other = theirs.place, ours.place
    known = [(a, b) for a, b in zip(one, other, strict=True) if a and b]
    if not known:
        return Reason("address", MISSING, "")
    if any(a != b for a, b in known):
        return Reason("address", DIFFERS, "Addresses differ")
    if len(known) == len(one):
        return Reason("address", SAME, "Same address")
    return Reason("address", ALIKE, "Addresses agree as far as known")


def _currencies(theirs: Party, ours: Party) -> Reason:
    if not theirs.currency or not ours.currency or theirs.currency == ours.currency:
        return Reason("currency", MISSING, "")
    return Reason("currency", DIFFERS, f"Currencies differ: {theirs.currency} · {ours.currency}")


def _legal_forms(theirs: Party, ours: Party) -> Reason:
    one, other = _form(theirs), _form(ours)
    if not one or not other or one == other:
        return Reason("legal form", MISSING, "")
    return Reason("legal form", DIFFERS, f"Legal forms differ: {one} · {other}")


def _form(party: Party) -> str:
    return next((form for form in (names.parse(name).form for name in party.names) if form), "")


def _stores(theirs: Party, ours: Party) -> Reason:
    """A number on one side only also tells one shop of a chain from another."""
    one, other = _store(theirs), _store(ours)
    if one == other:
        return Reason("store", MISSING, "")
    return Reason("store", DIFFERS, f"Store numbers differ: {one or 'none'} · {other or 'none'}")


def _store(party: Party) -> str:
    return next((store for store in (names.store_number(name) for name in party.names) if store), "")

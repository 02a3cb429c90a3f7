"""What speaks for and against two parties being one: a level for each field, and words a person can check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from buddy.hub.matching import contacts, names, places, words
from buddy.hub.matching.names import Likeness, Name
from buddy.hub.matching.parties import Party

SAME, ALIKE, DIFFERS = "same", "alike", "differs"


class Evidence(NamedTuple):
    """A level per field, "" where either side says nothing: missing speaks neither for nor against.

    `name`: "exact" with its legal form; "same" in words; "close", some spelled nearly the same; "within", one says more
    than the other; "near" or "partly", both do; "other", nothing in common. `address`: see `places.compare`. The rest
    are "same" or "differs".
    """

    name: str
    similarity: float  # of the words that tell, 0 to 1
    letters: float  # of the names letter by letter, 0 to 1
    email: str
    domain: str
    page: str
    phone: str
    address: str
    postal: str
    city: str
    currency: str
    form: str
    number: str
    bracket: str
    department: str

    @property
    def contradicts(self) -> bool:
        """Something is known on both sides, and different."""
        return self.differs_in_kind or DIFFERS in (self.domain, self.phone, self.postal) or self.address in _ELSEWHERE

    @property
    def differs_in_kind(self) -> bool:
        """What no agreement outweighs: two legal forms, branches, departments, or sets of books."""
        return DIFFERS in (self.currency, self.form, self.number, self.bracket, self.department)

    @property
    def nearly_named(self) -> bool:
        """The same name, or one with a little more to it."""
        return self.name in SAME_NAME or (self.name == "within" and self.similarity >= LITTLE_MORE)

    @property
    def same_door(self) -> bool:
        return self.address in ("same", "town")


SAME_NAME = ("exact", "same", "close")
LITTLE_MORE = 0.75
_ELSEWHERE = ("differs", "street", "unit")


class Compared(NamedTuple):
    """The evidence, and the two names it speaks of: the closest of all that each is called."""

    evidence: Evidence
    their_name: str
    our_name: str


def compare(theirs: Party, ours: Party) -> Compared:
    towns = theirs.place.city_words | ours.place.city_words
    likeness, one, other = _closest(theirs.names, ours.names, towns)
    there, here = theirs.place, ours.place
    evidence = Evidence(
        name=_name_level(theirs, ours, likeness, towns),
        similarity=likeness.similarity,
        letters=names.letters(one, other),
        email=_level(theirs.emails, ours.emails, any(email in ours.emails for email in theirs.emails)),
        domain=(domain := _domains(theirs, ours)),
        page=_equal(theirs.page, ours.page) if domain == SAME else "",
        phone=_phones(theirs.phone_numbers, ours.phone_numbers),
        address=places.compare(there, here),
        postal=_level(there.postal_code, here.postal_code, places.same_postal(there.postal_code, here.postal_code)),
        city=_equal(there.city, here.city),
        currency=_equal(theirs.currency, ours.currency),
        form=_equal(one.form, other.form),
        number="" if one.numbers == other.numbers else DIFFERS,
        bracket=_equal(one.bracket, other.bracket),
        department="" if words.DEPARTMENTS.isdisjoint((*likeness.one_only, *likeness.other_only)) else DIFFERS,
    )
    return Compared(evidence, one.text, other.text)


def _closest(theirs: Iterable[Name], ours: Iterable[Name], towns: frozenset[str]) -> tuple[Likeness, Name, Name]:
    pairs = [(names.compare(one, other, towns), one, other) for one in theirs for other in ours]
    return max(pairs, key=lambda pair: pair[0].similarity) if pairs else _NAMELESS


_NAMELESS = (Likeness(0.0, (), (), spelled_alike=False), names.parse(""), names.parse(""))


def _name_level(theirs: Party, ours: Party, likeness: Likeness, towns: frozenset[str]) -> str:
    if theirs.exact and theirs.exact == ours.exact:
        return "exact"
    more_there, more_here = set(likeness.one_only) - towns, set(likeness.other_only) - towns
    if not more_there and not more_here:
        return "close" if likeness.spelled_alike else "same"
    if not likeness.similarity:
        return "other"
    if more_there and more_here:
        return "near" if likeness.similarity >= LITTLE_MORE else "partly"
    return "within"


def _equal(one: str, other: str) -> str:
    return _level(one, other, one == other)


def _level(one: object, other: object, same: bool) -> str:
    if not one or not other:
        return ""
    return SAME if same else DIFFERS


def _domains(theirs: Party, ours: Party) -> str:
    """A website never contradicts: a business has several, its own, its brand's, a page at a host."""
    if any(domain in ours.domains for domain in theirs.domains):
        return SAME
    return DIFFERS if theirs.mail_domains and ours.mail_domains else ""


def _phones(one: Sequence[str], other: Sequence[str]) -> str:
    if not one or not other:
        return ""
    return SAME if any(contacts.same_phone(a, b) for a in one for b in other) else DIFFERS

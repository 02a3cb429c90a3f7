"""A party as matching sees it, whichever side it stands on, and the keys by which it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from buddy.hub.address import Address
from buddy.hub.matching import contacts, names

EMAIL, NAME, BLOCK = "email", "name", "block"


class Key(NamedTuple):
    """Something two records of one business share. "email" and "name" can prove it, "block" only suggests it."""

    kind: str
    value: str


@dataclass(frozen=True)
class Party:
    """`sub`: a sub-customer or job. `linked`: already joined to a record of the other side. `person`: its contact's
    name; a record called only by a person's name has no company name to match by."""

    id: str | int
    display_name: str
    company_name: str = ""
    email: str = ""
    phones: tuple[str, ...] = ()
    address: Address = field(default_factory=Address)
    currency: str = ""
    active: bool = True
    sub: bool = False
    linked: bool = False
    person: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What it is called, the company's name first."""
        return tuple(dict.fromkeys(filter(None, (self.company_name, self.display_name))))

    @cached_property
    def company(self) -> str:
        """The name of the business, or "" when it is only known by a person's."""
        return _company(self.display_name, self.company_name, self.person)

    @cached_property
    def emails(self) -> list[str]:
        return contacts.emails(self.email)

    @cached_property
    def phone_numbers(self) -> frozenset[str]:
        return frozenset(filter(None, map(contacts.phone_digits, self.phones)))

    @cached_property
    def domains(self) -> frozenset[str]:
        return contacts.business_domains(self.emails)

    @cached_property
    def place(self) -> contacts.Place:
        return contacts.place(self.address)

    @cached_property
    def keys(self) -> frozenset[Key]:
        return frozenset(self._keys())

    def _keys(self) -> Iterator[Key]:
        yield from proofs(self.display_name, self.company_name, self.email, self.person)
        for number in self.phone_numbers:
            yield Key(BLOCK, f"phone:{number[-7:]}")
        for domain in self.domains:
            yield Key(BLOCK, names.fitting(f"domain:{domain}"))
        for core in {names.parse(name).core for name in self.names} - {""}:
            yield Key(BLOCK, names.fitting(f"core:{core}"))
            if self.place.postal_code:
                yield Key(BLOCK, names.fitting(f"near:{core[:4]}{self.place.postal_code}"))
        if self.place.house and self.place.street:
            yield Key(BLOCK, names.fitting(f"street:{self.place.house} {self.place.street}"))


def keys(party: Party) -> frozenset[Key]:
    """By what this party can be found among others."""
    return party.keys


def proofs(display_name: str, company_name: str, email: str, person: str) -> Iterator[Key]:
    """The keys that can prove a match, from no more than they need: they are stored of every record there."""
    for address in contacts.emails(email):
        yield Key(EMAIL, names.fitting(address))
    company = _company(display_name, company_name, person)
    if company and (exact := names.parse(company).exact):
        yield Key(NAME, exact)


def _company(display_name: str, company_name: str, person: str) -> str:
    if company_name:
        return company_name
    return "" if person and person.casefold() == display_name.casefold() else display_name

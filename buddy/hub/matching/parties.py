"""A party as matching sees it, whichever side it stands on, and the keys by which it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from buddy.hub.address import Address
from buddy.hub.matching import contacts, names, places
from buddy.hub.matching.blocking import CORE, DOMAIN, DOOR, EMAIL, GRAM, HEAD, NAME, PHONE, Key, hints, key


@dataclass(frozen=True)
class Party:
    """`sub`: a sub-customer or job. `linked`: already joined to a record of the other side. `person`: its contact's
    name; a record called only by a person's name has no company name to match by. `former_names`: what it was called
    before it was merged; it is still found by them."""

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
    website: str = ""
    former_names: tuple[str, ...] = ()  # it may still be called by

    @cached_property
    def names(self) -> tuple[names.Name, ...]:
        """What it is called, the company's name first, and was called."""
        written = dict.fromkeys(filter(None, (self.company_name, self.display_name, *self.former_names)))
        parsed = (names.parse(name) for each in written for name in names.alternatives(each))
        return tuple(name for name in parsed if name.words)

    @cached_property
    def company(self) -> str:
        """The name of the business, or "" when it is only known by a person's."""
        return _company(self.display_name, self.company_name, self.person)

    @cached_property
    def exact(self) -> str:
        """The name of the business with its legal form, as it is compared."""
        return names.parse(self.company).exact if self.company else ""

    @cached_property
    def emails(self) -> tuple[str, ...]:
        return tuple(contacts.emails(self.email))

    @cached_property
    def phone_numbers(self) -> tuple[str, ...]:
        return contacts.phones(self.phones, self.address.country)

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """Of its mailboxes and its website."""
        return contacts.business_domains(self.emails, self.website)

    @cached_property
    def mail_domains(self) -> tuple[str, ...]:
        return contacts.business_domains(self.emails)

    @cached_property
    def page(self) -> str:
        """Of the website: what tells the shops of a chain apart."""
        return contacts.page(self.website)

    @cached_property
    def place(self) -> places.Place:
        return places.place(self.address)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        return tuple({*self._counted(), *self._hints()})

    @property
    def counted(self) -> Iterator[Key]:
        """The keys of which it matters how many hold them."""
        return (key for key in self.keys if not hints(key))

    def _counted(self) -> Iterator[Key]:
        for address in self.emails:
            yield key(EMAIL, address)
        if self.exact:
            yield key(NAME, self.exact)
        for number in self.phone_numbers:
            yield key(PHONE, number[-7:])
        for domain in self.domains:
            yield key(DOMAIN, domain)
        for name in self.names:
            yield key(CORE, name.core)
        place = self.place
        if place.house and place.street:
            yield key(DOOR, f"{place.house} {place.street[0]}")

    def _hints(self) -> Iterator[Key]:
        """By what one is found whose name is not quite the same."""
        postal_code = self.place.postal_code
        for name in self.names:
            yield key(HEAD, "".join(name.words)[:5])
            first, second = names.grams(name.words)
            yield key(GRAM, f"{first} {postal_code}" if postal_code else f"{first}{second}")


def keys(party: Party) -> frozenset[Key]:
    """By what this party can be found among others."""
    return frozenset(party.keys)


def counted(party: Party) -> frozenset[Key]:
    """Those of its keys of which `decide` asks how many hold them: they are stored of every record there."""
    return frozenset(party.counted)


def _company(display_name: str, company_name: str, person: str) -> str:
    if company_name:
        return company_name
    return "" if person and person.casefold() == display_name.casefold() else display_name

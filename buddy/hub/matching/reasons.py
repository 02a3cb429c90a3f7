"""The evidence in words a person can check, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from buddy.hub.matching.evidence import ALIKE, DIFFERS, SAME, SAME_NAME, Compared
from buddy.hub.matching.parties import Party


class Reason(NamedTuple):
    """How two parties compare in one field: "same", "alike" or "differs". What either does not say is left out."""

    field: str
    verdict: str
    text: str


def reasons(theirs: Party, ours: Party, compared: Compared) -> tuple[Reason, ...]:
    return (
        _name(compared),
        *_contacts(theirs, ours, compared),
        *_address(compared),
        *_kinds(theirs, ours, compared),
    )


def _name(compared: Compared) -> Reason:
    one, other, evidence = compared.their_name, compared.our_name, compared.evidence
    if evidence.name == "exact":
        return Reason("name", SAME, f"Same name: {other}")
    if evidence.name in SAME_NAME or evidence.similarity >= 0.5:
        return Reason("name", ALIKE, f"Names are alike: {one} · {other}")
    return Reason("name", DIFFERS, f"Names differ: {one} · {other}")


def _contacts(theirs: Party, ours: Party, compared: Compared) -> Iterator[Reason]:
    evidence = compared.evidence
    if evidence.email == SAME:
        yield Reason("email", SAME, f"Same email: {next(each for each in theirs.emails if each in ours.emails)}")
    elif evidence.email:
        yield Reason("email", DIFFERS, f"Emails differ: {theirs.emails[0]} · {ours.emails[0]}")
    if evidence.domain == SAME:
        yield Reason("domain", SAME, f"Same domain: {min(set(theirs.domains) & set(ours.domains))}")
    elif evidence.domain:
        yield Reason("domain", DIFFERS, f"Domains differ: {min(theirs.domains)} · {min(ours.domains)}")
    if evidence.phone:
        text = "Same phone number" if evidence.phone == SAME else "Phone numbers differ"
        yield Reason("phone", evidence.phone, text)


_ADDRESSES = {
    "same": Reason("address", SAME, "Same address"),
    "town": Reason("address", ALIKE, "Same street and number, another name of the town"),
    "road": Reason("address", ALIKE, "Same street, one without a number"),
    "unit": Reason("address", DIFFERS, "Same building, another unit"),
    "street": Reason("address", DIFFERS, "Same street, another number"),
    "differs": Reason("address", DIFFERS, "Addresses differ"),
}


def _address(compared: Compared) -> Iterator[Reason]:
    evidence = compared.evidence
    if evidence.address:
        yield _ADDRESSES[evidence.address]
    elif evidence.postal == SAME or (evidence.city == SAME and not evidence.postal):
        yield Reason("address", ALIKE, "Addresses agree as far as known")


def _kinds(theirs: Party, ours: Party, compared: Compared) -> Iterator[Reason]:
    evidence, names = compared.evidence, f"{compared.their_name} · {compared.our_name}"
    if evidence.currency == DIFFERS:
        yield Reason("currency", DIFFERS, f"Currencies differ: {theirs.currency} · {ours.currency}")
    if evidence.form == DIFFERS:
        yield Reason("legal form", DIFFERS, f"Legal forms differ: {names}")
    if evidence.number == DIFFERS:
        yield Reason("store", DIFFERS, f"Store numbers differ: {names}")
    if evidence.bracket == DIFFERS:
        yield Reason("branch", DIFFERS, f"What stands in brackets differs: {names}")
    if evidence.department == DIFFERS:
        yield Reason("department", DIFFERS, f"One may be a part of the other: {names}")

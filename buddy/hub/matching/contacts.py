"""Email addresses, phone numbers and postal addresses in the normal forms that are compared."""

from __future__ import annotations

import re
from typing import NamedTuple

from buddy.hub.address import Address

_FREE = (
    "gmail.com googlemail.com yahoo.com ymail.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com "
    "mac.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net "
    "protonmail.com proton.me gmx.com gmx.net gmx.de web.de mail.com zoho.com yandex.com qq.com 163.com"
)
_ROLES = (
    "accounting accounts accountspayable admin ap ar billing bookkeeper bookkeeping books contact enquiries finance "
    "hello info invoices mail office orders payables purchasing sales shop store support"
)
_FREE_DOMAINS = frozenset(_FREE.split())
_ROLE_MAILBOXES = frozenset(_ROLES.split())
_PLACEHOLDERS = frozenset({"noreply", "no-reply", "donotreply", "none", "na", "test"})
_EXTENSION = re.compile(r"(?:ext|extension|x|#)\.?\s*\d+\s*$")
_NUMBER = re.compile(r"\d+")
_ZIP = re.compile(r"\d{5}")
_SHORTEST_PHONE = 7


def emails(text: str) -> list[str]:
    """Every usable address in a field of addresses: "A@x.example, b@x.example" holds two. Case never matters."""
    found = (part.strip().casefold() for part in text.replace(";", ",").split(","))
    return [email for email in found if "@" in email and email.partition("@")[0] not in _PLACEHOLDERS]


def shared_by_nature(email: str) -> bool:
    """A free mailbox or one of a role: not proof of a business by itself."""
    mailbox, _, domain = email.partition("@")
    return domain in _FREE_DOMAINS or mailbox in _ROLE_MAILBOXES


def business_domains(addresses: list[str]) -> frozenset[str]:
    return frozenset(email.partition("@")[2] for email in addresses) - _FREE_DOMAINS


def phone_digits(text: str) -> str:
    """The digits without an extension and without the leading 1 of North America; "" when it is no real number."""
    digits = "".join(_NUMBER.findall(_EXTENSION.sub("", text.casefold())))
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return digits if len(digits) >= _SHORTEST_PHONE and len(set(digits[-_SHORTEST_PHONE:])) > 1 else ""


def same_phone(one: str, other: str) -> bool:
    """Equal as far as the shorter goes: numbers are often kept without area or country code."""
    shorter = min(len(one), len(other))
    return one[-shorter:] == other[-shorter:]


class Place(NamedTuple):
    """What of a postal address is compared. Empty parts are unknown."""

    house: str
    street: str
    postal_code: str


def place(address: Address) -> Place:
    lines = (address.line1, address.line2, address.line3)
    street = next((line.casefold() for line in lines if _NUMBER.match(line)), "")
    number, _, rest = street.partition(" ")
    return Place(number.rstrip(","), rest.split(" ")[0].rstrip(".,"), _postal_code(address))


def _postal_code(address: Address) -> str:
    found = _ZIP.match(address.postal_code)
    return found[0] if found else address.postal_code.replace(" ", "").casefold()

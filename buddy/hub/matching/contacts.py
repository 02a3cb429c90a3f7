"""Email addresses, web domains and phone numbers in the normal forms that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers

from buddy.hub.matching import words

_EXTENSION = re.compile(r"(?:ext|extension|x|#)\.?\s*\d+\s*$")
_PAGE = re.compile(r"^(?:[a-z]+://)?(?:www\d?\.)?([^/?#\s]+/[^?#\s]*[^?#\s/])", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_HOST = re.compile(r"^(?:[a-z]+://)?(?:www\d?\.)?([^/?#:\s]+)", re.IGNORECASE)
_NORTH_AMERICA = frozenset({"", "us", "usa", "united states", "united states of america", "ca", "can", "canada"})
_SHORTEST_PHONE = 7
_ANYBODYS = words.FREE_DOMAINS | words.HOSTS
_SECOND_LEVEL = frozenset(["co", "com", "org", "net", "gov", "ac", "edu"])


def emails(text: str) -> list[str]:
    """Every usable address in a field of addresses: "A@x.example, b@x.example" holds two. Case never matters."""
    if not text:
        return []
    found = (part.strip().casefold() for part in text.replace(";", ",").split(","))
    return [email for email in found if "@" in email and email.partition("@")[0] not in words.PLACEHOLDER_MAILBOXES]


def shared_by_nature(email: str) -> bool:
    """A free mailbox or one of a role: not proof of a business by itself."""
    mailbox, _, domain = email.partition("@")
    return domain in words.FREE_DOMAINS or mailbox in words.ROLE_MAILBOXES


def business_domains(addresses: Iterable[str], website: str = "") -> tuple[str, ...]:
    """The registered domains that say whose they are: neither free mail nor a host of everybody's pages."""
    hosts = [address.partition("@")[2] for address in addresses]
    if website and (host := _HOST.match(website)):
        hosts.append(host[1].casefold())
    found = map(registered, hosts)
    return tuple(dict.fromkeys(each for each in found if each and each not in _ANYBODYS))


def page(website: str) -> str:
    """Host and path of a page below a site's first: "walmart.com/store/17-neosho"; "" where there is no path."""
    found = _PAGE.match(website)
    return found[1].casefold() if found else ""


def registered(host: str) -> str:
    """The part of a host name that somebody owns: "shop.harbor.co.uk" is "harbor.co.uk"."""
    labels = host.strip(".").split(".")
    length = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-length:])


def phones(texts: Iterable[str], country: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (phone(text, country) for text in texts if text))))


def phone(text: str, country: str) -> str:
    """E.164 without extension, "+15035550100"; plain digits where area or country are not known; "" when no number."""
    text = _EXTENSION.sub("", text.casefold()).strip()
    digits = "".join(_DIGITS.findall(text))
    if len(digits) < _SHORTEST_PHONE or len(set(digits[-_SHORTEST_PHONE:])) == 1:
        return ""
    if country.casefold() in _NORTH_AMERICA:
        return _north_american(digits, written=text)
    return _elsewhere(digits, country.upper(), text.startswith("+"))


def _north_american(digits: str, *, written: str) -> str:
    if written.startswith("+"):
        return f"+{digits}"
    if digits.startswith("011"):
        return f"+{digits[3:].lstrip('0')}"
    if len(digits) == 11 and digits[0] == "1":
        return f"+{digits}"
    return f"+1{digits}" if len(digits) == 10 else digits


@lru_cache(maxsize=16384)
def _elsewhere(digits: str, region: str, international: bool) -> str:
    """The first reading under which the number can exist there. Lists write a zero before the code of the country, or
    the code of North America before a number that is none of its."""
    national = digits.lstrip("0")
    readings = (f"+{digits}",) if international else (digits, f"+{national}", national)
    for reading in (*readings, digits.removeprefix("1")):
        try:
            number = phonenumbers.parse(reading, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"+{digits}" if international else national


def same_phone(one: str, other: str) -> bool:
    """Equal; or as far as the shorter goes, where it was kept without area or country code; or but for the code of the
    country, which one has twice."""
    if one == other:
        return True
    if one[0] == "+" and other[0] == "+":
        shorter, longer = sorted((one, other), key=len)
        code = longer[: len(longer) - len(shorter) + 1]
        return shorter.startswith(code) and longer == code + shorter[1:]
    one, other = one.lstrip("+0"), other.lstrip("+0")
    length = min(len(one), len(other))
    return length >= _SHORTEST_PHONE and one[-length:] == other[-length:]

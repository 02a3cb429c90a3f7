"""Postal addresses taken apart: which are the same door, the same street, the same town."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from buddy.hub.address import Address
from buddy.hub.matching import names, words

_TOKEN = re.compile(r"#|[^\W_]+")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"0*(\d+)[a-z]?")
_STREET_SUFFIX = re.compile(r"(?<=\w{3})(?:strasse|str)$")
_ZIP_4 = re.compile(r"(\d{5})-\d{4}")
_NO_CODE = re.compile(r"[\W_]")
_RANGE = re.compile(r"\b0*(\d{1,5}) ?[-–] ?0*(\d{1,5})\b(?![-–])")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xx": "20"}
_LONGEST_RANGE = 60
_SAINT = {"saint": "st", "fort": "ft", "mount": "mt"}


class Place(NamedTuple):
    """What of a postal address is compared. Empty parts are unknown."""

    house: str
    street: tuple[str, ...]  # its telling words: no "Street", no "North"
    unit: str
    numbers: tuple[str, ...]  # all of them in order, for lists that put the unit before the house
    postal_code: str
    city: str
    last_house: str = ""  # 500 of "494-500 Main Street"

    @property
    def city_words(self) -> frozenset[str]:
        return frozenset(self.city.split()) if self.city else _NONE


_NONE: frozenset[str] = frozenset()


def place(address: Address) -> Place:
    lines = (address.line1, address.line2, address.line3, address.line4, address.line5)
    written = _street(lines)
    house, unit, street, numbers = _taken_apart(_tokens(written))
    return Place(
        house,
        street,
        unit,
        tuple(sorted(set(numbers))),
        _postal_code(address.postal_code),
        _city(address.city),
        _last_house(written, house),
    )


def _last_house(written: str, house: str) -> str:
    for first, last in _RANGE.findall(written):
        if first == house and 0 < int(last) - int(first) <= _LONGEST_RANGE:
            return str(last)
    return ""


def _street(lines: Sequence[str]) -> str:
    """From the first line with a number on: above it stands who is there, not where."""
    first = next((index for index, line in enumerate(lines) if line and _DIGIT.search(line)), 0)
    return " ".join(line for line in lines[first:] if line)


def _tokens(text: str) -> list[str]:
    if not text.isascii():
        text = names.without_accents(unicodedata.normalize("NFKC", text).replace("ß", "ss").replace("’", ""))
    return _TOKEN.findall(text.casefold().replace(".", " ").replace("'", ""))


def _taken_apart(tokens: Iterable[str]) -> tuple[str, str, tuple[str, ...], list[str]]:
    """House number, unit, street, all numbers."""
    house, unit, before = "", "", ""
    street: list[str] = []
    numbers: list[str] = []
    for token in (_ROMAN.get(each, each) for each in tokens):
        number = _NUMBER.fullmatch(token) if token[0].isdecimal() else None
        if number:
            numbers.append(number[1])
        if before in words.UNITS and (number or len(token) == 1):
            unit = unit or token.lstrip("0")
        elif number:
            house = house or number[1]
        elif token not in words.NO_STREET:
            street.append(words.ORDINALS.get(token) or _STREET_SUFFIX.sub("", token))
        before = token
    if not street:  # "8430 128 St", "4514 US Hwy 2": numbers are all the street has
        street = [number for number in numbers if number not in (house, unit)][-1:]
    return house, unit, tuple(street[:4]), numbers


def _city(text: str) -> str:
    if text.isascii() and text.isalpha():
        return text.casefold()
    return " ".join(_SAINT.get(word, word) for word in _tokens(text))


def _postal_code(text: str) -> str:
    if text.isdecimal() or not text:
        return text
    if found := _ZIP_4.fullmatch(text):
        return found[1]
    return _NO_CODE.sub("", text.casefold())


def same_postal(one: str, other: str) -> bool:
    """Equal, or one is the beginning of the other: "GU52" of "GU52 0RG", a ZIP of its ZIP+4."""
    return one.startswith(other) or other.startswith(one)


def same_street(one: Place, other: Place) -> bool:
    """The first telling words are alike, or half of all are: lists write streets with more or less around them."""
    if one.street[0] == other.street[0] or names.alike(one.street[0], other.street[0]):
        return True
    shared = len(set(one.street) & set(other.street))
    return shared * 2 >= min(len(one.street), len(other.street))


def compare(one: Place, other: Place) -> str:
    """How two addresses agree: the "same" door; another "unit"; the same door in what is called another "town"; the
    same "road", where one or both have no number; the same "street" with another number; "differs"; or unknown, ""."""
    if not one.street or not other.street:
        return "differs" if _elsewhere(one, other) else ""
    if not same_street(one, other) or _elsewhere(one, other):
        return "differs"
    if not one.house or not other.house:
        return "same" if one == other else "road"
    if one.house != other.house and one.numbers != other.numbers and not _in_a_range(one, other):
        return "street"
    if one.unit and other.unit and one.unit != other.unit and one.numbers != other.numbers:
        return "unit"
    if one.city and other.city and one.city != other.city and not (one.postal_code and other.postal_code):
        return "town"
    return "same"


def _in_a_range(one: Place, other: Place) -> bool:
    """The houses of one are all of them houses of the other."""
    return any(
        whole.last_house
        and int(whole.house) <= int(part.house)
        and int(part.last_house or part.house) <= int(whole.last_house)
        for whole, part in ((one, other), (other, one))
    )


def _elsewhere(one: Place, other: Place) -> bool:
    """Postal codes decide. Without them the name of the town does, unless there is a street that agrees."""
    if one.postal_code and other.postal_code:
        return not same_postal(one.postal_code, other.postal_code)
    return bool(one.city and other.city and one.city != other.city and not (one.street and other.street))

"""How the tables of properties are written: kinds of fields, limits, order of keys in replies (api 5, 5.3)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal[
    "text", "name", "flag", "number", "money", "whole", "date", "enum", "ref", "address", "email", "phone", "web",
    "memo", "lines", "custom", "tax", "links", "object", "objects",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One writable property. `limit` counts characters; `target` names the entity a reference points to."""

    kind: Kind
    limit: int = 0
    target: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One kind of object. `list_name` is how faults call its list; `name_field` what it is known by."""

    name: str
    order: tuple[str, ...]
    fields: dict[str, Field]
    readonly: frozenset[str] = frozenset()
    name_field: str = "Name"
    list_name: str = ""
    sequence: str = ""  # of document numbers (api 5.3.1)
    transaction: bool = False
    sales: bool = False
    writable: bool = True
    filters: frozenset[str] = frozenset()

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """(property, entity it points to) of every reference."""
        return tuple((name, rule.target) for name, rule in self.fields.items() if rule.target)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every property a request may name, be it ignored or not."""
        return frozenset(self.fields) | self.readonly | STANDARD | frozenset(self.order)


STANDARD = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})

ADDRESS = {
    **{f"Line{number}": 500 for number in range(1, 6)},
    "City": 255, "Country": 255, "CountryCode": 255, "CountrySubDivisionCode": 255, "PostalCode": 30,
    "PostalCodeSuffix": 30, "Note": 255, "Id": 0, "Lat": 0, "Long": 0, "Tag": 0,
}  # fmt: skip
REF = frozenset({"value", "name", "type"})


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def text(limit: int) -> Field:
    return Field("text", limit)


def name(limit: int) -> Field:
    """A text that may hold no colon, tab or line break (2040)."""
    return Field("name", limit)


def ref(target: str) -> Field:
    return Field("ref", target=target)


def enum(*options: str) -> Field:
    return Field("enum", options=options)


FLAG, NUMBER, MONEY, WHOLE, DATE = Field("flag"), Field("number"), Field("money"), Field("whole"), Field("date")
ADDR, EMAIL, PHONE, WEB = Field("address"), Field("email", 100), Field("phone", 30), Field("web", 1000)

ENVELOPE = "domain sparse Id SyncToken MetaData "

"""The shapes a field can have, both spellings in one row, and the mapping of a whole entity."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from buddy.sync.threeway import Owner, Value, Values

Body = Mapping[str, Any]


def exactly(a: Value, b: Value) -> bool:
    return bool(a == b)


def same_email(a: Value, b: Value) -> bool:
    """Case and the order of several addresses do not count."""
    return _addresses(a) == _addresses(b)


def _addresses(value: Value) -> set[str]:
    return {part.strip().casefold() for part in re.split(r"[,;]", value) if part.strip()}


def same_phone(a: Value, b: Value) -> bool:
    """The digits count, not how they are set."""
    return re.sub(r"\D", "", a) == re.sub(r"\D", "", b)


def same_address(a: Value, b: Value) -> bool:
    """One normalised text: QuickBooks re-flows lines and drops commas (R6, api 5.1.1)."""
    return _one_text(a) == _one_text(b)


def _one_text(address: Value) -> str:
    """In the order of an envelope, for PostgreSQL gives the keys of a stored snapshot back in another one."""
    parts = " ".join(address.get(name, "") for name in _PARTS)
    return " ".join(re.sub(r"[^\w\s]", " ", parts.casefold()).split())


@dataclass(frozen=True, slots=True)
class Field:
    """One field in both spellings. `name` is the hub's attribute; `path` leads into a QuickBooks body.

    `read` turns what stands at the path (None when absent: empty, R1) into a plain value; `write` turns it back
    into what is put at the path. `reference` names the entity a value is the id of. `limit`: the most characters
    QuickBooks takes; `is_name`: neither colon nor tab nor line break (api 5.1, 5.2).
    """

    name: str
    path: str
    label: str
    owner: Owner = Owner.EITHER
    read: Callable[[Any], Value] = lambda value: value or ""
    write: Callable[[Value], Any] = lambda value: value
    same: Callable[[Value, Value], bool] = exactly
    reference: str = ""
    limit: int = 0
    is_name: bool = False

    def unfit(self, value: Value) -> str:
        """Why QuickBooks would refuse this value, in words; "" when it would not (2040, 2050)."""
        texts = value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else []
        for each in texts:
            if self.limit and len(each) > self.limit:
                return f"{self.label} has {len(each):,} characters, and QuickBooks takes {self.limit:,}. Shorten it."
            if self.is_name and (found := next((letter for letter in each if letter in _FORBIDDEN), None)):
                return f"{self.label} holds {_FORBIDDEN[found]}, which QuickBooks does not take. Take it out."
        return ""


_FORBIDDEN = {":": "a colon", "\t": "a tab", "\n": "a line break", "\r": "a line break"}


def text(name: str, path: str, label: str, **options: Any) -> Field:
    return Field(name, path, label, **options)


def email(name: str, path: str, label: str) -> Field:
    return Field(name, path, label, same=same_email, limit=100)


def phone(name: str, path: str, label: str) -> Field:
    return Field(name, path, label, same=same_phone, limit=30)


def flag(name: str, path: str, label: str, *, absent: bool, **options: Any) -> Field:
    """True or false; `absent` is what QuickBooks means when it says nothing."""
    return Field(name, path, label, read=lambda value: absent if value is None else bool(value), **options)


def money(name: str, path: str, label: str, *, places: int = 2, **options: Any) -> Field:
    """An amount, kept as text in snapshots so that nothing is lost; sent as a bare number."""
    step = Decimal(1).scaleb(-places)

    def read(value: Any) -> str:
        return str(Decimal(value or 0).quantize(step, ROUND_HALF_UP))

    return Field(name, path, label, read=read, write=Decimal, same=lambda a, b: Decimal(a) == Decimal(b), **options)


def reference(name: str, path: str, label: str, entity: str, **options: Any) -> Field:
    """A link to another record, kept as its QuickBooks id; empty when there is none."""
    return Field(name, f"{path}.value", label, reference=entity, **options)


_PARTS = {
    "line1": "Line1",
    "line2": "Line2",
    "line3": "Line3",
    "line4": "Line4",
    "line5": "Line5",
    "city": "City",
    "region": "CountrySubDivisionCode",
    "postal_code": "PostalCode",
    "country": "Country",
}


def read_address(value: Any) -> dict[str, str]:
    """A QuickBooks address as the hub keeps one: only filled parts; ids and coordinates are noise (api 5.1.1)."""
    if not value:
        return {}
    return {ours: value[theirs] for ours, theirs in _PARTS.items() if value.get(theirs)}


def write_address(value: Mapping[str, str]) -> dict[str, str]:
    """The whole address, empty parts as "" so that they are cleared (R14)."""
    return {theirs: value.get(ours, "") for ours, theirs in _PARTS.items()}


def address(name: str, path: str, label: str) -> Field:
    return Field(name, path, label, read=read_address, write=write_address, same=same_address, limit=500)


@dataclass(frozen=True)
class EntityMapping:
    """All fields of one entity, and the two ways through them."""

    kind: str
    entity: str
    fields: tuple[Field, ...]

    def theirs(self, body: Body) -> dict[str, Value]:
        """Every mapped value of a full object; what is absent is empty (R1)."""
        return {
            name: read(body.get(first) if not rest else _at(body, (first, *rest)))
            for name, first, rest, read in self._readers
        }

    @cached_property
    def _readers(self) -> list[tuple[str, str, list[str], Callable[[Any], Value]]]:
        """Each field's name, the first step of its path and the others, and how it is read."""
        paths = [field.path.split(".") for field in self.fields]
        return [(field.name, path[0], path[1:], field.read) for field, path in zip(self.fields, paths, strict=True)]

    def body(self, values: Values, names: Iterable[str]) -> dict[str, Any]:
        """These fields as QuickBooks spells them, for a create or a sparse update."""
        wanted = set(names)
        result: dict[str, Any] = {}
        for field in self.fields:
            if field.name in wanted and field.owner is not Owner.QUICKBOOKS:
                _put(result, field.path, field.write(values[field.name]))
        return result

    def unfit(self, values: Values, names: Iterable[str]) -> str:
        """Why QuickBooks would refuse one of these fields, in words, or ""."""
        wanted = set(names)
        found = (field.unfit(values[field.name]) for field in self.fields if field.name in wanted)
        return next(filter(None, found), "")

    def named(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def _at(body: Body, steps: Iterable[str]) -> Any:
    value: Any = body
    for step in steps:
        value = value.get(step)
        if value is None:
            return None
    return value


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        body = body.setdefault(step, {})
    body[last] = value

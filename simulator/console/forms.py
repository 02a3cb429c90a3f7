"""Forms whose fields are paths into QuickBooks' JSON: what is shown, what was typed, and what of it changed.

A changed address, telephone or email goes as one whole sub-object, a cleared one as an empty string; what did not
change is not sent (sparse update, api 4.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from simulator.books import Body

TOO_MUCH = Decimal(10) ** 11

Kind = Literal["text", "email", "tel", "url", "money", "number", "date", "area", "choice", "check"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `path` may lead into a sub-object (`BillAddr.City`); `choices` names a list the page offers."""

    path: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: str = ""
    required: bool = False
    half: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]


class Mistyped(Exception):
    """What was typed cannot be read; `path` is the field."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(text)
        self.path, self.text = path, text


def every(groups: Iterable[Group]) -> list[Field]:
    return [field for group in groups for field in group.fields]


def shown(fields: Sequence[Field], body: Body) -> dict[str, str]:
    """The record's values as a person sees them in the inputs."""
    return {field.path: _as_text(_reach(body, field.path)) for field in fields}


def typed(fields: Sequence[Field], form: Mapping[str, str]) -> dict[str, str]:
    """What came back from the page; an unticked box is empty."""
    return {field.path: form.get(field.path, "").replace("\r\n", "\n").strip() for field in fields}


def changed(fields: Sequence[Field], before: Mapping[str, str], now: Mapping[str, str], body: Body) -> Body:
    """The properties that differ, ready to send. `body` is the record as it stands ({} for a new one)."""
    changes: Body = {}
    for field in fields:
        if before.get(field.path, "") == now[field.path]:
            continue
        value = read(field, now[field.path])
        top, _, part = field.path.partition(".")
        if not part:
            changes[top] = value
            continue
        whole = changes.get(top) or {name: kept for name, kept in body.get(top, {}).items() if name not in _SERVERS_OWN}
        changes[top] = {**whole, part: value}
    return {name: _whole(value) for name, value in changes.items()}


_SERVERS_OWN = frozenset({"Id", "Lat", "Long", "name"})


def _whole(value: Any) -> Any:
    """A sub-object with nothing left in it is cleared as a whole."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if part != ""} or ""


def read(field: Field, text: str) -> Any:
    """The typed text as the value QuickBooks wants."""
    match field.kind:
        case "check":
            return text == "yes"
        case "money" | "number":
            return number(text, field.path) if text else ""
        case "date":
            return day(text, field.path) if text else ""
        case _:
            return text


def number(text: str, path: str) -> Decimal:
    """`1,250.5` and `$1250.50` alike."""
    try:
        value = Decimal(text.replace(",", "").replace("$", "").replace(" ", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Mistyped(path, f"“{text}” is not a number. Write it like 1250.50.")
    if abs(value) >= TOO_MUCH:
        raise Mistyped(path, f"“{text}” is more than the books can hold.")
    return value


def amount(text: str, path: str) -> Decimal:
    """A sum of money above zero, in cents."""
    value = number(text or "0", path)
    if value <= 0:
        raise Mistyped(path, "Enter an amount above zero.")
    if value != value.quantize(Decimal("0.01")):
        raise Mistyped(path, "An amount has two decimals at most.")
    return value


def day(text: str, path: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Mistyped(path, f"“{text}” is not a date. Write it like 2026-11-24.") from None


def _reach(body: Body, path: str) -> Any:
    value: Any = body
    for step in path.split("."):
        value = value.get(step, "") if isinstance(value, dict) else ""
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)

"""The first checks of every write: known properties, id, lengths, formats; values in canonical form (api 9, 13).

What a rule needs to know about other objects is not asked here.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator import refusals
from simulator.money import cents, plain
from simulator.schema import ADDRESS, REF, Entity, Field

Body = dict[str, Any]
LIMIT = Decimal(10) ** 11
FIRST_YEAR, LAST_YEAR = 1900, 2199


def repertoire(given: Any, exotic: str) -> Any:
    """What was given without characters that need four bytes, which US companies lose (api 2.1); or 2040 for them."""
    if isinstance(given, dict):
        return {name: repertoire(value, exotic) for name, value in given.items()}
    if isinstance(given, list):
        return [repertoire(value, exotic) for value in given]
    if not isinstance(given, str) or given.isascii() or max(given) <= "\uffff":
        return given
    if exotic == "refuse":
        raise refusals.invalid_string("Text", given)
    return "".join(character for character in given if character <= "\uffff")


def properties(entity: Entity, given: Body) -> None:
    """2010 for a property this entity does not know; read-only ones pass and are ignored (api 2.3)."""
    known = entity.known
    for name in given:
        if name not in known:
            raise refusals.unknown_property(name, entity.name, sorted(known))
        if isinstance(given[name], dict) and name in entity.fields:
            _inner_properties(entity.fields[name], given[name])


def _inner_properties(rule: Field, value: Body) -> None:
    if rule.kind not in _INNER:
        return
    allowed, class_name = _INNER[rule.kind]
    for name in value:
        if name not in allowed:
            raise refusals.unknown_property(name, class_name, sorted(allowed))


_INNER: dict[str, tuple[frozenset[str], str]] = {
    "ref": (REF, "ReferenceType"),
    "address": (frozenset(ADDRESS), "PhysicalAddress"),
    "email": (frozenset({"Address", "Id", "Default", "Tag"}), "EmailAddress"),
    "phone": (
        frozenset(
            {
                "FreeFormNumber",
                "Id",
                "DeviceType",
                "CountryCode",
                "AreaCode",
                "ExchangeCode",
                "Extension",
                "Default",
                "Tag",
            }
        ),
        "TelephoneNumber",
    ),
    "web": (frozenset({"URI", "Id", "Default", "Tag"}), "WebSiteAddress"),
    "memo": (frozenset({"value", "id"}), "MemoRef"),
}


def id_format(value: object) -> str:
    """The Id as a string of digits, or 2030."""
    text = str(value) if value is not None else ""
    if not (text.isascii() and text.isdigit()):
        raise refusals.invalid_id(text)
    return text


def values(entity: Entity, given: Body) -> Body:
    """What was given, canonical: Decimal numbers, dates as text, references as {"value"}; cleared is None."""
    return {name: _value(name, rule, given[name]) for name, rule in entity.fields.items() if name in given}


def _value(name: str, rule: Field, value: Any) -> Any:
    if value is None or value in ("", {}):
        return None
    return _READERS[rule.kind](name, rule, value)


def mapping(name: str, value: Any) -> Body:
    """What must be a JSON object, or 2010."""
    if not isinstance(value, dict):
        raise refusals.bad_json(f"Can not construct instance of {name}: no object found where one is expected")
    return value


def scalar(name: str, value: Any) -> Any:
    """What must not be an object or a list, or 2010."""
    if isinstance(value, dict | list):
        raise refusals.bad_json(f"Can not deserialize instance of {name} out of an object or array")
    return value


def _text(name: str, rule: Field, value: Any) -> str | None:
    text = _plain_text(scalar(name, value))
    if len(text) > rule.limit:
        raise refusals.bad_length(name, len(text), rule.limit)
    return text or None


def _plain_text(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)


def _name(name: str, rule: Field, value: Any) -> str | None:
    text = _text(name, rule, _plain_text(scalar(name, value)).strip())
    if text and any(forbidden in text for forbidden in ":\t\n\r"):
        raise refusals.invalid_string(name, text)
    return text


def _flag(name: str, _rule: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise refusals.invalid_enumeration(name, value)


def decimal(name: str, value: Any) -> Decimal:
    """A finite number within the documented range, or 2080/2090."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise refusals.invalid_number(name, value) from None
    if not number.is_finite():
        raise refusals.invalid_number(name, value)
    if abs(number) >= LIMIT:
        raise refusals.number_range(name, value)
    return number


def _number(name: str, _rule: Field, value: Any) -> Decimal:
    return plain(decimal(name, value))


def _money(name: str, _rule: Field, value: Any) -> Decimal:
    return cents(decimal(name, value))


def _whole(name: str, _rule: Field, value: Any) -> int:
    number = decimal(name, value)
    if number != number.to_integral_value() or not 0 <= number <= 999:
        raise refusals.number_range(name, value)
    return int(number)


def day(name: str, value: Any) -> str:
    """`YYYY-MM-DD` (a timestamp is cut to its date), 2060 for none, 2070 for one of another age."""
    try:
        found = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise refusals.invalid_date(name, value) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise refusals.date_range(name, value)
    return found.isoformat()


def _date(name: str, _rule: Field, value: Any) -> str:
    return day(name, value)


def _enum(name: str, rule: Field, value: Any) -> str:
    text = str(value)
    if text not in rule.options:
        raise refusals.invalid_enumeration(name, text)
    return text


def _ref(name: str, rule: Field, value: Any) -> Body | None:
    target = scalar(name, value.get("value") if isinstance(value, dict) else value)
    if target is None or target == "":
        return None
    if rule.limit and len(str(target)) > rule.limit:
        raise refusals.bad_length(name, len(str(target)), rule.limit)
    return {"value": str(target)}


def _address(name: str, _rule: Field, value: Any) -> Body | None:
    address, given = {}, mapping(name, value)
    for part, limit in ADDRESS.items():
        text = _plain_text(scalar(part, given[part])) if given.get(part) is not None else ""
        if limit and len(text) > limit:
            raise refusals.bad_length(part, len(text), limit)
        if text and part != "Id":
            address[part] = text
    together = sum(len(address.get(f"Line{number}", "")) for number in range(1, 6))
    if together > 2000:
        raise refusals.bad_length(name, together, 2000)
    return address or None


def _email(name: str, rule: Field, value: Any) -> Body | None:
    text = _plain_text(scalar("Address", mapping(name, value).get("Address") or "")).strip()
    if len(text) > rule.limit:
        raise refusals.bad_length(name, len(text), rule.limit)
    for each in filter(None, (part.strip() for part in text.split(","))):
        if "@" not in each or "." not in each:
            raise refusals.invalid_email(name, text)
    return {"Address": text} if text else None


def _inside(key: str) -> Callable[[str, Field, Any], Body | None]:
    def read(name: str, rule: Field, value: Any) -> Body | None:
        text = _plain_text(scalar(key, mapping(name, value).get(key) or ""))
        if len(text) > rule.limit:
            raise refusals.bad_length(name, len(text), rule.limit)
        return {key: text} if text else None

    return read


def _list(name: str, _rule: Field, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refusals.bad_json(f"Can not deserialize instance of {name}")
    return value


def _object(name: str, _rule: Field, value: Any) -> Any:
    return mapping(name, value)


_READERS: dict[str, Callable[[str, Field, Any], Any]] = {
    "text": _text, "name": _name, "flag": _flag, "number": _number, "money": _money, "whole": _whole, "date": _date,
    "enum": _enum, "ref": _ref, "address": _address, "email": _email, "phone": _inside("FreeFormNumber"),
    "web": _inside("URI"), "memo": _inside("value"), "lines": _list, "custom": _list, "tax": _object,
    "links": _list, "object": _object, "objects": _list,
}  # fmt: skip

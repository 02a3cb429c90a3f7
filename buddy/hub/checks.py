"""What people type, made fit to keep: trimmed, measured, and refused in words that name the repair.

A check takes one value and returns it as it is kept, or raises `Unfit` with those words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from buddy.hub.address import Address
from buddy.hub.errors import Invalid
from buddy.hub.money import PRICE
from buddy.hub.team import Organization

type Check = Callable[[Any], Any]


class Unfit(ValueError):
    """One value that cannot be kept; `str()` is for the person who typed it."""


def all_of(values: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """Every value as it is kept. Invalid names all that cannot be; a field nobody may set is a KeyError."""
    kept, wrong = {}, {}
    for field, value in values.items():
        check = checks[field]
        try:
            kept[field] = check(value)
        except Unfit as unfit:
            wrong[field] = str(unfit)
    if wrong:
        raise Invalid(wrong)
    return kept


def one(field: str, value: Any, check: Check) -> Any:
    """The value of a single field as it is kept, or Invalid."""
    return all_of({field: value}, {field: check})[field]


def new_ones(row: models.Model, values: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """Only what differs from the row. What stands already is not checked again: it may have come from the books."""
    touched = {field: value for field, value in values.items() if field not in checks or value != getattr(row, field)}
    kept = all_of(touched, checks)
    return {field: value for field, value in kept.items() if value != getattr(row, field)}


# --- Text ------------------------------------------------------------------------------------------------------------


def line(limit: int, *, required: str = "") -> Check:
    """One line; tabs and line breaks that came with pasting become spaces. `required`: what to say when it is empty."""

    def check(value: Any) -> str:
        text = "".join(letter if letter.isprintable() else " " for letter in str(value or "")).strip()
        if not text and required:
            raise Unfit(required)
        if len(text) > limit:
            raise Unfit(f"This has {len(text)} characters; {limit} fit. Shorten it.")
        return text

    return check


def name(limit: int, *, required: str = "") -> Check:
    """A name that may travel: no colon, which elsewhere says whose part something is."""
    as_line = line(limit, required=required)

    def check(value: Any) -> str:
        text: str = as_line(value)
        if ":" in text:
            raise Unfit("A name cannot hold a colon. Use a dash instead.")
        return text

    return check


def paragraphs(value: Any) -> str:
    """Several lines, of any length."""
    return str(value or "").replace("\r\n", "\n").strip()


def paragraphs_of(limit: int) -> Check:
    """Several lines that travel, so they may be no longer than this together."""

    def check(value: Any) -> str:
        text = paragraphs(value)
        if len(text) > limit:
            raise Unfit(f"This has {len(text):,} characters; {limit:,} fit. Shorten it.")
        return text

    return check


def email(value: Any) -> str:
    """One address, in lower case; it must be there."""
    text = str(value or "").strip().lower()
    if not text:
        raise Unfit("Enter an email address.")
    _check_address(text, repair="Check it.")
    return text


def emails(limit: int) -> Check:
    """Addresses separated by commas (or semicolons), as typed, or nothing."""

    def check(value: Any) -> str:
        addresses = [part.strip() for part in str(value or "").replace(";", ",").split(",") if part.strip()]
        for address in addresses:
            _check_address(address, repair="Check it, or leave it empty.")
        text = ", ".join(addresses)
        if len(text) > limit:
            raise Unfit(f"All addresses together may have {limit} characters. Leave one out.")
        return text

    return check


def _check_address(address: str, *, repair: str) -> None:
    mailbox, at, domain = address.partition("@")
    if not at or not mailbox:
        raise Unfit(f"This address has no @ with a name before it. {repair}")
    if "." not in domain.strip("."):
        raise Unfit(f"This address has no ending such as .com. {repair}")
    try:
        validate_email(address)
    except ValidationError:
        raise Unfit(f"This is not an email address. {repair}") from None


def postal_address(value: Any) -> Address:
    """An Address, or a mapping of its parts."""
    parts = value.as_dict() if isinstance(value, Address) else dict(value or {})
    limits = {"postal_code": 30, **dict.fromkeys(("city", "region", "country"), 255)}
    return Address.of({part: line(limits.get(part, 500))(text) for part, text in parts.items()})


def currency(value: Any) -> str:
    code = str(value or "").strip().upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise Unfit("Enter a currency as three letters, such as USD.")
    return code


def time_zone(value: Any) -> str:
    zone = str(value or "").strip()
    if zone not in available_timezones():
        raise Unfit("This time zone is not known. Choose one from the list, such as America/New_York.")
    return zone


def choice(choices: type[models.TextChoices]) -> Check:
    def check(value: Any) -> str:
        if value not in choices.values:
            raise Unfit(f"Choose one of: {', '.join(map(str, choices.labels))}.")
        return str(value)

    return check


# --- Numbers, flags, rows --------------------------------------------------------------------------------------------


def number(places: int, *, least: Decimal = Decimal(0), most: Decimal = Decimal(99_999_999_999)) -> Check:
    """A Decimal, or text such as "1,250.5", with at most so many decimals."""

    def check(value: Any) -> Decimal:
        try:
            exact = Decimal(str(value).replace(",", "").strip())
        except InvalidOperation:
            raise Unfit("This is not a number. Enter one such as 1,250.50.") from None
        if not exact.is_finite() or not least <= exact <= most:
            raise Unfit(f"Enter a number from {least} to {most:,}.")
        rounded = exact.quantize(Decimal(1).scaleb(-places))
        if rounded != exact:
            raise Unfit(f"This has more than {places} decimals. Round it.")
        return rounded

    return check


# Both small enough that a line's amount always fits its column.
price = number(4, most=Decimal(999_999))
quantity = number(4, least=Decimal("0.0001"), most=Decimal(999_999))
percentage = number(2, most=Decimal(100))


def price_of(organization: Organization) -> Check:
    """A price with at most the decimals that the organization's prices have."""
    fits = number(organization.price_decimals, most=Decimal(999_999))
    return lambda value: fits(value).quantize(PRICE)


def day(value: Any) -> date:
    """A date, or text such as "2026-11-24"."""
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError:
        raise Unfit("This is not a date. Enter one such as 2026-11-24.") from None


def optional_day(value: Any) -> date | None:
    return day(value) if value else None


def whole(least: int, most: int) -> Check:
    as_number = number(0, least=Decimal(least), most=Decimal(most))
    return lambda value: int(as_number(value))


def flag(value: Any) -> bool:
    return bool(value)


def row_of(model: type[models.Model], organization: Organization) -> Check:
    """A row of this table that belongs to the organization, or None."""

    def check(value: Any) -> models.Model | None:
        if value is None or (isinstance(value, model) and value.organization_id == organization.pk):  # type: ignore[attr-defined]
            return value
        raise Unfit("Choose one from the list.")

    return check

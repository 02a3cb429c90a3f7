"""Numbers and dates as people of different countries write them: read, and told apart by what a whole file shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from buddy.hub.checks import Unfit

NUMBERS = {"us": "1,234.56", "europe": "1.234,56"}
DATES = {"mdy": "month first: 11/24/2026", "dmy": "day first: 24/11/2026"}
EITHER = "either"  # written so that both readings make sense

_AROUND = re.compile(r"[\s$€£¥%'’]|^[A-Z]{3}(?=[\d\s-])|(?<=[\d\s])[A-Z]{3}$")
_NUMBER = re.compile(r"\d[\d.,]*|[.,]\d+")
_THREE_AFTER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_PARTED = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}:?\d{2})?$")
_NAMED = ("%b %d %Y", "%d %b %Y", "%B %d %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y")


# --- Numbers ---------------------------------------------------------------------------------------------------------


def number(cell: str | float, style: str) -> Decimal:
    """The number in a cell; of a workbook it is one already. `style`: a key of NUMBERS."""
    if not isinstance(cell, str):
        return Decimal(f"{cell:.15g}")  # as many digits as Excel shows: what it calculates has noise behind them
    text, negative = _bare(cell)
    if not _NUMBER.fullmatch(text):
        raise Unfit(f"“{cell[:40]}” is not a number.")
    group, point = (",", ".") if style == "us" else (".", ",")
    if text.count(point) > 1 or (point in text and group in text.partition(point)[2]):
        raise Unfit(f"“{cell[:40]}” does not fit the way numbers are written in this file, {NUMBERS[style]}.")
    if group in text and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text.partition(point)[0]):
        raise Unfit(f"“{cell[:40]}” does not fit the way numbers are written in this file, {NUMBERS[style]}.")
    try:
        value = Decimal(text.replace(group, "").replace(point, "."))
    except InvalidOperation:
        raise Unfit(f"“{cell[:40]}” is not a number.") from None
    return -value if negative else value


def number_style(text: str) -> str:
    """What this text shows of how numbers are written: "us", "europe", "either", or "" when it shows nothing."""
    bare, _ = _bare(text)
    if not _NUMBER.fullmatch(bare):
        return ""
    commas, points = bare.count(","), bare.count(".")
    if commas and points:
        return "us" if bare.rindex(".") > bare.rindex(",") else "europe"
    if commas + points > 1:
        return "us" if commas else "europe"  # 1,234,567: what repeats parts thousands
    if not commas + points:
        return ""
    if _THREE_AFTER.fullmatch(bare):
        return EITHER
    return "us" if points else "europe"


def looks_like_a_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(_bare(text)[0]))


def _bare(text: str) -> tuple[str, bool]:
    """Without currency, spaces and percent sign; and whether it is negative, by a minus on either side or brackets."""
    bare = _AROUND.sub("", text.strip())
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1], True
    negative = bare[:1] in "-−" or bare[-1:] in "-−"
    return bare.strip("-−+"), negative and bool(bare)


# --- Dates -----------------------------------------------------------------------------------------------------------


def day(cell: str | float, style: str) -> date:
    """The date in a cell. What is written year first, with dots or with the month's name has one reading only."""
    text = _TIME.sub("", str(cell).strip())
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day_ = map(int, found.groups())
    elif found := _PARTED.fullmatch(text):
        one, mark, two, last = found.groups()
        month, day_ = (int(one), int(two)) if style == "mdy" and mark != "." else (int(two), int(one))
        year = int(last) if len(last) == 4 else 2000 + int(last)
    else:
        return _named(text)
    try:
        return date(year, month, day_)
    except ValueError:
        raise Unfit(f"“{text[:40]}” is not a date, read {DATES[style]}.") from None


def date_style(text: str) -> str:
    """What this text shows of the order of day and month: "mdy", "dmy", "either", or "" when it shows nothing."""
    found = _PARTED.fullmatch(_TIME.sub("", text.strip()))
    if not found or found[2] == ".":
        return ""
    one, two = int(found[1]), int(found[3])
    if one > 12 or two > 12:
        return "dmy" if one > 12 else "mdy"
    return "" if one == two else EITHER


def looks_like_a_date(text: str) -> bool:
    bare = _TIME.sub("", text.strip())
    return bool(_PARTED.fullmatch(bare) or _YEAR_FIRST.fullmatch(bare))


def _named(text: str) -> date:
    plain = " ".join(text.replace(",", " ").replace(".", " ").split())
    for pattern in _NAMED:
        try:
            return datetime.strptime(plain, pattern).date()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    raise Unfit(f"“{text[:40]}” is not a date.")


# --- A whole file ----------------------------------------------------------------------------------------------------


def decided(shown: Mapping[str, int], otherwise: str) -> str:
    """Which style a file is in by how often each was shown; "" when it must be asked: every sign has two readings.

    With signs for both, the commoner one holds, and what does not fit it is refused row by row.
    """
    counts = Counter(shown)
    either = counts.pop(EITHER, 0)
    if counts:
        return counts.most_common(1)[0][0]
    return "" if either else otherwise

"""How the console writes money, days and refusals: plain words, with QuickBooks' own text kept for who asks."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup, escape

from simulator.clock import PACIFIC
from simulator.refusals import Fault

MINUS = "\N{MINUS SIGN}"


def money(amount: Decimal | int | str) -> str:
    """`1,284.40`, with a real minus sign."""
    return f"{Decimal(amount):,.2f}".replace("-", MINUS)


def dollars(amount: Decimal | int | str) -> str:
    """`$1,284.40`; the sign stands before the currency."""
    text = money(amount)
    return f"{MINUS}${text[1:]}" if text.startswith(MINUS) else f"${text}"


def price(amount: Decimal | int | str) -> str:
    """A unit price with the decimals it has, two at least: `18.25`, `71.5967`."""
    number = Decimal(amount).normalize()
    places = max(2, -int(number.as_tuple().exponent))
    return f"{number:,.{places}f}"


def quantity(number: Decimal | int | str) -> str:
    """Without trailing zeros: `4`, `2.5`."""
    text = f"{Decimal(number):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(text: str, today: date) -> str:
    """`Nov 24`, and with its year when that is not the present one."""
    if not text:
        return ""
    moment = date.fromisoformat(text)
    return f"{moment:%b} {moment.day}" + ("" if moment.year == today.year else f", {moment.year}")


def exact(moment: datetime) -> str:
    """`Nov 24, 2026, 9:40 AM` on the company's clock."""
    local = moment.astimezone(PACIFIC)
    return f"{local:%b} {local.day}, {local.year}, {local.hour % 12 or 12}:{local:%M %p}"


def breakable(address: str) -> Markup:
    """An email address that may break after its @, and only there."""
    return escape(address).replace("@", Markup("@<wbr>"))


def company_id(realm: str) -> str:
    """In groups of four, as people read it aloud."""
    return " ".join(re.findall(".{1,4}", realm))


@dataclass(frozen=True, slots=True)
class Refused:
    """What stood in the way: for people, the field it is about (a path, or empty), and what QuickBooks would say."""

    text: str
    field: str = ""
    said: str = ""


_WORDS = {
    "610": ("This record, or one it uses, is no longer there or was made inactive. Nothing was saved.", ""),
    "2040": ("A name may not hold a colon, a tab or a line break.", "DisplayName"),
    "2210": (
        "This is not an email address: it needs an @ and an ending such as .com. Separate several with commas.",
        "",
    ),
    "2500": ("Something chosen here is no longer on the company's lists. Choose again.", ""),
    "5010": ("Somebody else changed this record while you were editing. Open it again and repeat your change.", ""),
    "6070": ("The amount of a line is not its quantity times its price.", ""),
    "6140": ("This number is on another document already. Use a different one.", "DocNumber"),
    "6180": ("Sub-customers go four levels deep at most.", "ParentRef"),
    "6190": ("The subscription of this company has ended: nothing can be changed until it is renewed.", ""),
    "6210": ("The books are closed for this date. Open them on the Company page, or use a later date.", "TxnDate"),
    "6220": ("It still has a balance and cannot be made inactive.", ""),
    "6270": ("This counted item was not in stock yet on the date of the document.", "TxnDate"),
    "6540": ("The payment is part of a bank deposit and cannot be changed.", ""),
}


def refused(fault: Fault) -> Refused:
    """A fault of the books, in words."""
    said = str(fault)
    if fault.code == "6240":
        return Refused(
            "This name is taken by another customer, vendor, employee or item. Use a different one.", "Name", said
        )
    if fault.code == "2020":
        return Refused(f"{_spaced(fault.element)} is missing.", fault.element or "", said)
    if fault.code == "2050":
        limit = re.search(r"Max:(\d+)", fault.detail)
        most = f" Use {limit[1]} characters at most." if limit else ""
        return Refused(f"{_spaced(fault.element)} is too long.{most}", fault.element or "", said)
    if fault.code == "6000":
        return Refused(fault.detail.removeprefix("Business Validation Error: "), "", said)
    text, field = _WORDS.get(fault.code, (fault.detail, ""))
    return Refused(text, field or fault.element or "", said)


def _spaced(element: str | None) -> str:
    """`CompanyName` as people say it: `Company name`."""
    if not element:
        return "A required value"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", element.split(".")[0]).capitalize()

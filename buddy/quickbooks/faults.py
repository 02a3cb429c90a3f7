"""The fault table: what each code of QuickBooks means, what helps, and what a person reads (api 9.2).

`fault` reads an HTTP answer and `from_item` one item of a batch; both look the code up in `FAULTS` and never raise. A
code that is not in the table is `Rejected`: shown to a person, never guessed at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from buddy.quickbooks.errors import (
    Duplicate,
    Gone,
    Paused,
    QuickBooksError,
    Reconnect,
    Rejected,
    Retryable,
    Stale,
    Throttled,
)
from buddy.quickbooks.fault_bodies import Said, plain_text, said_in, said_in_item


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the fault table: a code, what helps, and what a person reads."""

    code: str
    remedy: type[QuickBooksError]
    text: str = ""
    reason: str = ""  # of Paused
    kind: str = ""  # of Duplicate
    in_doubt: bool = False  # of Retryable: said although the write may have happened


def _stays(what: str, do: str) -> str:
    return f"{what} Nothing was changed in QuickBooks. {do}"


_BUG = "See what QuickBooks said, and report it to whoever runs this Buddy."
_ODD_REQUEST = _stays("QuickBooks could not read what Buddy asked for.", _BUG)
_ODD_VALUE = "See which field QuickBooks names, correct it here, and it goes out again."
_NO_ACCESS = (
    "QuickBooks does not let this app into the company. Nothing is lost, and all links stay. Press Reconnect; if it "
    "stays like this, check that the app's keys are for the same world as the company (production or sandbox)."
)
_CLOSED = _stays(
    "The books are closed for this date in QuickBooks.",
    "Choose a date after the closing date, or reopen the period in QuickBooks.",
)

FAULTS: tuple[Fault, ...] = (
    # the gate: who may come in (api 9.1 B, C)
    Fault("100", Reconnect),
    Fault("3200", Reconnect),
    Fault("3100", Reconnect, _NO_ACCESS),
    Fault("3001", Throttled),
    Fault(
        "120",
        Paused,
        "The person who connected QuickBooks is no longer an admin there. Nothing is lost: syncing waits. "
        "Make them an admin again in QuickBooks, or have another admin press Reconnect.",
        reason="admin",
    ),
    Fault(
        "130",
        Paused,
        "QuickBooks is moving this company to another server. Nothing is lost: syncing waits and goes on by itself. "
        "If it lasts more than an hour, an admin presses Reconnect.",
        reason="moved",
    ),
    Fault("140", Retryable),
    Fault("150", Retryable),
    Fault(
        "6190",
        Paused,
        "The QuickBooks subscription of this company has ended or has a billing problem. Nothing is lost: syncing "
        "waits. Renew it in QuickBooks, then press Sync now.",
        reason="subscription",
    ),
    Fault(
        "5020",
        Rejected,
        _stays(
            "The person who connected QuickBooks is not permitted to do this there.",
            "Give them the right in QuickBooks, or have another admin press Reconnect.",
        ),
    ),
    Fault(
        "5030",
        Paused,
        "The company's QuickBooks plan does not include this. Nothing is lost: syncing waits. "
        "Change the plan in QuickBooks, then press Sync now.",
        reason="plan",
    ),
    # once more, or look first
    Fault(
        "600",
        Retryable,
        "QuickBooks has seen this before and does not say what became of it. Nothing is lost. "
        "Buddy looks there first and goes on by itself.",
        in_doubt=True,  # R13
    ),
    Fault("5000", Retryable),
    Fault("10000", Retryable, in_doubt=True),
    # somebody was faster
    Fault(
        "5010",
        Stale,
        _stays("Someone changed this in QuickBooks at the same moment.", "Buddy reads it again and merges by itself."),
    ),
    Fault(
        "6240",
        Duplicate,
        _stays(
            "QuickBooks already has a customer, vendor, employee or item with this name.",
            "Link the two, or give this one another name.",
        ),
        kind="name",
    ),
    Fault(
        "6140",
        Duplicate,
        _stays("QuickBooks already has a document with this number.", "Buddy takes the next number by itself."),
        kind="number",
    ),
    Fault(
        "610",
        Gone,
        _stays(
            "This, or a customer, item or account it uses, was deleted or made inactive in QuickBooks.",
            "Make it active again in QuickBooks, or choose another one here.",
        ),
    ),
    # a rule of the books
    Fault(
        "620",
        Rejected,
        _stays("QuickBooks cannot link these two documents.", "Check that both are open and of the same customer."),
    ),
    Fault("700", Rejected, _stays("QuickBooks does not accept the parent of this record.", "Choose another parent.")),
    Fault("800", Rejected, _stays("QuickBooks does not let this be deleted.", "Make it inactive instead.")),
    Fault("900", Rejected, _stays("A record cannot be its own parent.", "Choose another parent.")),
    Fault(
        "2500",
        Rejected,
        _stays(
            "This refers to something QuickBooks does not have or has made inactive.",
            "Check the customer, products, terms and tax codes, then try again.",
        ),
    ),
    Fault(
        "3000",
        Rejected,
        _stays(
            "The custom field Buddy fills is not switched on in QuickBooks.", "Check the PO number field in Settings."
        ),
    ),
    Fault(
        "6000",
        Rejected,
        _stays("This breaks a business rule of QuickBooks.", "See what QuickBooks said, correct it, and try again."),
    ),
    Fault(
        "6070",
        Rejected,
        _stays("QuickBooks came to another amount than quantity times price on a line.", _BUG),
    ),
    Fault("6080", Rejected, _stays("QuickBooks wants a name for this.", "Fill in the display name.")),
    Fault(
        "6090",
        Rejected,
        _stays("QuickBooks does not accept the discount line.", "Check that discounts are switched on in QuickBooks."),
    ),
    Fault("6100", Rejected, _stays("QuickBooks does not accept a line's tax code.", "Check the tax codes.")),
    Fault("6130", Rejected, _stays("This breaks a rule of QuickBooks.", "See what QuickBooks said, and correct it.")),
    Fault("6150", Rejected, _stays("This breaks a rule of QuickBooks.", "See what QuickBooks said, and correct it.")),
    Fault("6160", Rejected, _stays("This breaks a rule of QuickBooks.", "See what QuickBooks said, and correct it.")),
    Fault(
        "6180",
        Rejected,
        _stays("QuickBooks allows five levels of customers below each other.", "Choose a parent further up."),
    ),
    Fault("6200", Rejected, _CLOSED),
    Fault("6210", Rejected, _CLOSED),
    Fault(
        "6220",
        Rejected,
        _stays("QuickBooks keeps this because it still has a balance.", "Settle the balance, then try again."),
    ),
    Fault("6250", Rejected, _stays("QuickBooks does not accept this customer here.", "Choose another customer.")),
    Fault(
        "6270",
        Rejected,
        _stays(
            "The date is before the day QuickBooks began to count stock of a product.",
            "Choose a later date, or change the product's start date in QuickBooks.",
        ),
    ),
    Fault("6520", Rejected, _stays("QuickBooks wants a quantity for a stock item.", "Fill in the quantity.")),
    Fault(
        "6540",
        Rejected,
        _stays(
            "This payment is part of a bank deposit, and QuickBooks keeps it as it is.",
            "Take it out of the deposit in QuickBooks first.",
        ),
    ),
    # a value
    Fault("2020", Rejected, _stays("QuickBooks wants a value that is missing.", _ODD_VALUE)),
    Fault(
        "2040",
        Rejected,
        _stays("QuickBooks does not accept a character in a text, such as a colon or a line break.", _ODD_VALUE),
    ),
    Fault("2050", Rejected, _stays("A text is longer or shorter than QuickBooks allows.", _ODD_VALUE)),
    Fault("2060", Rejected, _stays("QuickBooks does not accept a date.", _ODD_VALUE)),
    Fault("2070", Rejected, _stays("QuickBooks does not accept a date or a range of dates.", _ODD_VALUE)),
    Fault("2080", Rejected, _stays("QuickBooks does not accept a number.", _ODD_VALUE)),
    Fault("2090", Rejected, _stays("A number is too large or too small for QuickBooks.", _ODD_VALUE)),
    Fault("2170", Rejected, _stays("QuickBooks does not know a choice that was sent.", _ODD_VALUE)),
    Fault("2210", Rejected, _stays("QuickBooks does not accept the email address.", _ODD_VALUE)),
    # a mistake of ours
    Fault("500", Rejected, _ODD_REQUEST),
    Fault("1040", Rejected, _ODD_REQUEST),
    Fault("2010", Rejected, _ODD_REQUEST),
    Fault("2030", Rejected, _ODD_REQUEST),
    Fault("2130", Rejected, _ODD_REQUEST),
    Fault("4000", Rejected, _ODD_REQUEST),
    Fault("4001", Rejected, _ODD_REQUEST),
    Fault("4002", Rejected, _ODD_REQUEST),
)
_ROWS = {row.code: row for row in FAULTS}


def fault(status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> QuickBooksError:
    """The error for an HTTP answer that is none of ours to use, in any of the four shapes of api 9.1."""
    said = _first_known(said_in(body, content_type)) or Said(f"HTTP {status}", detail=plain_text(body))
    row = _row_for(status, _ROWS.get(said.code))
    if status in (401, 403):
        said = _without_secrets(said)
    error = _error(row, said, status=status, trace_id=trace_id(headers))
    if isinstance(error, Retryable):
        error.wait = _seconds(headers) or error.wait
        error.in_doubt = error.in_doubt or status >= 500
    return error


def from_item(said: object) -> QuickBooksError:
    """The error for the Fault of one batch item (HTTP says 200 though every item failed, api 6)."""
    first = _first_known(said_in_item(said)) or Said("a fault without an error")
    return _error(_ROWS.get(first.code) or Fault(first.code, Rejected), first)


def trace_id(headers: Mapping[str, str]) -> str:
    """Intuit's id of the call: `Intuit-Tid` on the API hosts, `intuit_tid` on the OAuth host (api 2.2)."""
    for name, value in headers.items():
        if name.lower().replace("_", "-") == "intuit-tid":
            return value
    return ""


def _row_for(status: int, row: Fault | None) -> Fault:
    """The HTTP status decides first, the code second (api 9.1): a 5xx is never a final word on a write."""
    if status == 429:
        return _ROWS["3001"]
    if status >= 500 or status == 408:
        return row if row and issubclass(row.remedy, Retryable | Paused) else Fault("", Retryable)
    return row or _GATE.get(status) or Fault("", Rejected)


_GATE = {401: _ROWS["3200"], 403: _ROWS["3100"]}


def _error(row: Fault, said: Said, *, status: int | None = None, trace_id: str = "") -> QuickBooksError:
    error = row.remedy(
        said.message,
        code=said.code,
        status=status,
        trace_id=trace_id,
        detail=said.detail,
        element=said.element,
        user_text=row.text,
    )
    if isinstance(error, Retryable):
        error.in_doubt = row.in_doubt
    elif isinstance(error, Paused):
        error.reason = row.reason
    elif isinstance(error, Duplicate):
        error.kind = row.kind
        error.existing_id = _existing(said.detail)
    return error


def _existing(detail: str) -> str:
    """Of 6140: the document that has the number. The one place where a Detail is read (api 9.2)."""
    found = re.search(r"TxnId\s*=\s*(\d+)", detail)
    return found[1] if found else ""


def _without_secrets(said: Said) -> Said:
    """An authentication fault quotes the token it refuses (api 9.2, 3200): what looks like one is cut out."""
    return Said(said.message, said.code, re.sub(r"eyJ\S*|\S{24,}", "…", said.detail), said.element)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, at most a day. Intuit was never seen to send one; a proxy in between may."""
    said = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    if said.isdecimal():
        return min(float(said), _DAY)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), _DAY) if at.tzinfo else None


_DAY = 24 * 3600.0


def _first_known(said: list[Said]) -> Said | None:
    """Several errors may come: the first one with a row in the table, else the first."""
    return next((one for one in said if one.code in _ROWS), said[0] if said else None)

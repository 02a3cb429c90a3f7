"""Closed books: QuickBooks takes nothing dated up to its closing date (6200, 6210), so an invoice waits or moves.

Which of the two is the organization's choice (`Organization.closed_books`). The closing date is one of the company's
facts, read daily, and at once when QuickBooks refuses a date or a person says that the books are open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from buddy.hub import invoices
from buddy.hub.invoices import Invoice
from buddy.hub.team import ClosedBooks, Organization
from buddy.sync.models import Connection, Trouble

type CompanyFacts = Mapping[str, Any]

CODES = ("6200", "6210")  # a date in a closed period (api 9.2)
ASKED, HELD = "closed", "held"  # the first word of a trouble's cause: a person must decide, or it was decided to wait
_WAITS = Q(cause__startswith=f"{ASKED}:") | Q(cause__startswith=f"{HELD}:")


def through(facts: CompanyFacts) -> date | None:
    """The last day that is closed."""
    told = facts.get("closed_through")
    return date.fromisoformat(str(told)) if told else None


def is_closed(facts: CompanyFacts, day: date) -> bool:
    last = through(facts)
    return last is not None and day <= last


def open_day(facts: CompanyFacts, day: date) -> date:
    """This day, or the first one after it that is open."""
    last = through(facts)
    return last + timedelta(days=1) if last is not None and day <= last else day


def date_for(organization: Organization, facts: CompanyFacts, wanted: date) -> date:
    """The date a new invoice gets."""
    return open_day(facts, wanted) if organization.closed_books == ClosedBooks.NEXT else wanted


def words(facts: CompanyFacts) -> str:
    last = through(facts)
    return f"The books are closed through {_said(last)}." if last else ""


def put_off(organization: Organization, facts: CompanyFacts, rows: Sequence[Invoice], *, now: datetime) -> None:
    """Date these, none of which is in QuickBooks, on the first open day, where that is the organization's choice."""
    if organization.closed_books == ClosedBooks.NEXT:
        closed = [row for row in rows if is_closed(facts, row.invoice_date)]
        if closed:
            invoices.redate(organization, closed, open_day(facts, closed[0].invoice_date), by=None, now=now)


def hindrance(organization: Organization, facts: CompanyFacts, invoice: Invoice) -> tuple[str, str] | None:
    """Cause and reason for an invoice to wait, or None when its date is open."""
    last = through(facts)
    if last is None or invoice.invoice_date > last:
        return None
    if organization.closed_books == ClosedBooks.HOLD:
        return f"{HELD}:{last}", f"{words(facts)} It goes out when they are open again, or when it has another date."
    first = _said(open_day(facts, invoice.invoice_date))
    advice = f"Date it {first}, the first open day, or open the period in QuickBooks and try again."
    return f"{ASKED}:{last}", f"{words(facts)} {advice}"


def move_to(invoice: Invoice) -> date | None:
    """Of an invoice that waits for closed books: the first day that is open."""
    mine = Trouble.objects.filter(_WAITS, organization=invoice.organization_id, kind="invoice", object_id=invoice.pk)
    row = Connection.objects.filter(organization=invoice.organization_id).first() if mine.exists() else None
    return open_day(row.facts, invoice.invoice_date) if row and is_closed(row.facts, invoice.invoice_date) else None


def is_held(trouble: Trouble) -> bool:
    """It waits because the organization wants it to, so nobody needs to see to it."""
    return trouble.cause.startswith(f"{HELD}:")


def look_again(organization: Organization) -> None:
    """Read the company's facts with the next run, if anything waits for the books to be open."""
    if Trouble.objects.filter(_WAITS, organization=organization).exists():
        Connection.objects.filter(organization=organization).update(facts_at=None)


def _said(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"

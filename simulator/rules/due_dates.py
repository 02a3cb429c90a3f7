"""When an invoice falls due under a term (api 5.3, 5.6)."""

from calendar import monthrange
from datetime import date, timedelta

from simulator.books import Body, Books, Record


def set_due_date(books: Books, body: Body, before: Record | None) -> None:
    """An explicit DueDate wins; a changed term counts anew; else the company's default."""
    same_due = before is not None and body.get("DueDate") is before.body.get("DueDate")  # kept, not sent again
    new_term = before is not None and body.get("SalesTermRef") != before.body.get("SalesTermRef")
    if "DueDate" in body and not (same_due and new_term):
        return
    term = body.get("SalesTermRef") or books.preference("SalesFormsPrefs.DefaultTerms")
    body["DueDate"] = due_date(books, body["TxnDate"], term)


def due_date(books: Books, txn_date: str, term: Body | None) -> str:
    """The day an invoice falls due under a term, STANDARD or DATE_DRIVEN."""
    start = date.fromisoformat(txn_date)
    record = books.find("Term", term["value"]) if term else None
    if record is None:
        return (start + timedelta(days=books.choices.default_term_days)).isoformat()
    if record.body["Type"] == "STANDARD":
        return (start + timedelta(days=record.body.get("DueDays", 0))).isoformat()
    return _day_of_month(start, record.body["DayOfMonthDue"], record.body.get("DueNextMonthDays", 0)).isoformat()


def _day_of_month(start: date, due_day: int, grace: int) -> date:
    """The next such day; a month later when it is fewer than `grace` days away."""
    due = _in_month(start.year, start.month, due_day)
    while due < start or (grace and (due - start).days < grace):
        due = _in_month(due.year + due.month // 12, due.month % 12 + 1, due_day)
    return due


def _in_month(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, monthrange(year, month)[1]))

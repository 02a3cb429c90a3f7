"""What a document's figures mean, as a word with an icon. QuickBooks keeps no status: it is derived (api 5.3)."""

from dataclasses import dataclass

from simulator.books import Books, Record


@dataclass(frozen=True, slots=True)
class State:
    word: str
    icon: str
    tone: str  # a class of the style sheet: is-ok, is-info, is-warn, is-bad, is-mute


OPEN = State("Open", "circle", "is-info")
PARTLY_PAID = State("Partially paid", "circle-half", "is-info")
PAID = State("Paid", "circle-check", "is-ok")
OVERDUE = State("Overdue", "alert-circle", "is-bad")
VOIDED = State("Voided", "ban", "is-mute")
NO_CHARGE = State("No charge", "circle-dashed", "is-mute")
APPLIED = State("Applied", "circle-check", "is-ok")
PARTLY_APPLIED = State("Partly applied", "circle-half", "is-info")
UNAPPLIED = State("Unapplied", "circle", "is-warn")
CREDIT_APPLIED = State("Credit applied", "arrows-diff", "is-odd")
USED = State("Used up", "circle-check", "is-ok")
PARTLY_USED = State("Partly used", "circle-half", "is-info")
ACTIVE = State("Active", "check", "is-ok")
INACTIVE = State("Inactive", "ban", "is-mute")


def state(books: Books, record: Record) -> State:
    return _STATES[record.entity.name](books, record)


def is_voided(record: Record) -> bool:
    """Nothing is left of the amount and the note begins with the word (api 4.5, 4.6)."""
    return not record.body.get("TotalAmt") and str(record.body.get("PrivateNote", "")).startswith("Voided")


def invoice_state(books: Books, record: Record) -> State:
    if is_voided(record):
        return VOIDED
    if not record.body["TotalAmt"]:
        return NO_CHARGE
    balance = record.body["Balance"]
    if not balance:
        return PAID
    if record.body.get("DueDate", "9999") < books.today:
        return OVERDUE
    return PARTLY_PAID if balance < record.body["TotalAmt"] else OPEN


def credit_memo_state(_books: Books, record: Record) -> State:
    if is_voided(record):
        return VOIDED
    left = record.body["Balance"]
    if not left:
        return USED
    return PARTLY_USED if left < record.body["TotalAmt"] else OPEN


def payment_state(_books: Books, record: Record) -> State:
    total, unapplied = record.body.get("TotalAmt"), record.body.get("UnappliedAmt", 0)
    if not total:
        return CREDIT_APPLIED if record.body.get("Line") else VOIDED
    if not unapplied:
        return APPLIED
    return PARTLY_APPLIED if unapplied < total else UNAPPLIED


def list_state(_books: Books, record: Record) -> State:
    return ACTIVE if record.active else INACTIVE


_STATES = {
    "Invoice": invoice_state,
    "CreditMemo": credit_memo_state,
    "Payment": payment_state,
    "Customer": list_state,
    "Item": list_state,
}

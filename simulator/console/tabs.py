"""The five lists of the console: what each can show, be searched by and be ordered by."""

from collections.abc import Callable
from typing import Any

from simulator.books import Books, Record
from simulator.console import states
from simulator.console.listing import Tab
from simulator.console.states import State, state
from simulator.money import ZERO


def _always(_books: Books, _record: Record) -> bool:
    return True


def _is(*wanted: State) -> Callable[[Books, Record], bool]:
    return lambda books, record: state(books, record) in wanted


def _value(name: str, default: Any = "") -> Callable[[Books, Record], Any]:
    return lambda _books, record: record.body.get(name, default)


def _folded(name: str) -> Callable[[Books, Record], str]:
    return lambda _books, record: str(record.body.get(name, "")).casefold()


def _customer_name(books: Books, record: Record) -> str:
    customer = books.find("Customer", record.body["CustomerRef"]["value"])
    return str(customer.body["FullyQualifiedName"]) if customer else ""


def _by_customer(books: Books, record: Record) -> str:
    return _customer_name(books, record).casefold()


def _document_text(books: Books, record: Record) -> str:
    """Number, customer, notes, PO number and total of an invoice or credit memo."""
    body = record.body
    custom = " ".join(str(field.get("StringValue", "")) for field in body.get("CustomField", ()))
    parts = (
        body.get("DocNumber"),
        _customer_name(books, record),
        body.get("PrivateNote"),
        custom,
        body.get("TotalAmt"),
    )
    return " ".join(str(part) for part in parts if part)


def _payment_text(books: Books, record: Record) -> str:
    body = record.body
    parts = (_customer_name(books, record), body.get("PaymentRefNum"), body.get("PrivateNote"), body.get("TotalAmt"))
    return " ".join(str(part) for part in parts if part)


def _customer_text(_books: Books, record: Record) -> str:
    body = record.body
    return " ".join(
        (
            body["FullyQualifiedName"],
            body.get("CompanyName", ""),
            body.get("GivenName", ""),
            body.get("FamilyName", ""),
            body.get("PrimaryEmailAddr", {}).get("Address", ""),
            body.get("PrimaryPhone", {}).get("FreeFormNumber", ""),
            body.get("BillAddr", {}).get("City", ""),
        )
    )


def _item_text(_books: Books, record: Record) -> str:
    return " ".join(record.body.get(name, "") for name in ("Name", "Sku", "Description"))


def _active(_books: Books, record: Record) -> bool:
    return record.active


INVOICES = Tab(
    "Invoice",
    views={
        "all": ("All", _always),
        "open": ("Open", _is(states.OPEN, states.PARTLY_PAID, states.OVERDUE)),
        "overdue": ("Overdue", _is(states.OVERDUE)),
        "paid": ("Paid", _is(states.PAID)),
        "voided": ("Voided", _is(states.VOIDED)),
    },
    haystack=_document_text,
    orders={
        "number": _value("DocNumber"),
        "customer": _by_customer,
        "date": _value("TxnDate"),
        "due": _value("DueDate"),
        "total": _value("TotalAmt", ZERO),
        "balance": _value("Balance", ZERO),
    },
    first_order="-date",
    weigh=_value("Balance", ZERO),
)
CREDIT_MEMOS = Tab(
    "CreditMemo",
    views={
        "all": ("All", _always),
        "open": ("Open", _is(states.OPEN, states.PARTLY_USED)),
        "used": ("Used up", _is(states.USED)),
        "voided": ("Voided", _is(states.VOIDED)),
    },
    haystack=_document_text,
    orders={
        "number": _value("DocNumber"),
        "customer": _by_customer,
        "date": _value("TxnDate"),
        "total": _value("TotalAmt", ZERO),
        "balance": _value("Balance", ZERO),
    },
    first_order="-date",
    weigh=_value("Balance", ZERO),
)
PAYMENTS = Tab(
    "Payment",
    views={
        "all": ("All", _always),
        "unapplied": ("Not fully applied", _is(states.UNAPPLIED, states.PARTLY_APPLIED)),
        "credits": ("Credits applied", _is(states.CREDIT_APPLIED)),
        "voided": ("Voided", _is(states.VOIDED)),
    },
    haystack=_payment_text,
    orders={
        "date": _value("TxnDate"),
        "customer": _by_customer,
        "total": _value("TotalAmt", ZERO),
        "unapplied": _value("UnappliedAmt", ZERO),
    },
    first_order="-date",
    weigh=_value("TotalAmt", ZERO),
)
CUSTOMERS = Tab(
    "Customer",
    views={
        "active": ("Active", _active),
        "owing": ("Owing", lambda _books, record: record.body["Balance"] > 0),
        "inactive": ("Inactive", lambda _books, record: not record.active),
        "all": ("All", _always),
    },
    haystack=_customer_text,
    orders={"name": _folded("FullyQualifiedName"), "balance": _value("Balance", ZERO)},
    first_order="name",
    weigh=_value("Balance", ZERO),
)
ITEMS = Tab(
    "Item",
    views={
        "active": ("Active", _active),
        "inactive": ("Inactive", lambda _books, record: not record.active),
        "all": ("All", _always),
    },
    haystack=_item_text,
    orders={"name": _folded("Name"), "sku": _folded("Sku"), "price": _value("UnitPrice", ZERO)},
    first_order="name",
)

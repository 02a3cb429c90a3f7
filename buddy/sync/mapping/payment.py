"""Payment and CreditMemo → Payment and Credit (api 5.4, 5.5). One way: Buddy never records a payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from buddy.sync.mapping.fields import Body
from buddy.sync.mapping.invoice import cents, day


@dataclass(slots=True)
class ApplicationIn:
    """What one line of a payment settles: a document's type and id there."""

    document: str
    remote_id: str
    amount: Decimal


@dataclass(slots=True)
class PaymentIn:
    customer: str
    date: date
    amount: Decimal
    unapplied: Decimal
    currency: str
    method: str  # id there
    reference: str
    lines: list[ApplicationIn]

    @property
    def is_void(self) -> bool:
        """No money and nothing settled: voided. No money but credits: a credit being applied (R9)."""
        return self.amount == 0 and not self.lines


@dataclass(slots=True)
class CreditIn:
    customer: str
    number: str
    date: date
    total: Decimal
    remaining: Decimal
    currency: str
    note: str
    priced: bool  # a line names a quantity and a price

    def is_void(self, *, was_worth_something: bool) -> bool:
        """Nothing now, though it was worth something: seen so before, or told by its lines or its note (R9)."""
        return self.total == 0 and (was_worth_something or self.priced or self.note.startswith("Voided"))


def read_payment(body: Body) -> PaymentIn:
    return PaymentIn(
        customer=body["CustomerRef"]["value"],
        date=day(body["TxnDate"]),
        amount=cents(body.get("TotalAmt")),
        unapplied=cents(body.get("UnappliedAmt")),
        currency=(body.get("CurrencyRef") or {}).get("value", ""),
        method=(body.get("PaymentMethodRef") or {}).get("value", ""),
        reference=body.get("PaymentRefNum") or "",
        lines=[
            ApplicationIn(linked["TxnType"], linked["TxnId"], cents(line.get("Amount")))
            for line in body.get("Line", ())
            for linked in line.get("LinkedTxn", ())[:1]
        ],
    )


def read_credit(body: Body) -> CreditIn:
    return CreditIn(
        customer=body["CustomerRef"]["value"],
        number=body.get("DocNumber") or "",
        date=day(body["TxnDate"]),
        total=cents(body.get("TotalAmt")),
        remaining=cents(body.get("RemainingCredit", body.get("Balance"))),
        currency=(body.get("CurrencyRef") or {}).get("value", ""),
        note=body.get("PrivateNote") or "",
        priced=any(map(_has_price, body.get("Line", ()))),
    )


def _has_price(line: Body) -> bool:
    sold = line.get("SalesItemLineDetail") or {}
    return bool(sold.get("Qty") and sold.get("UnitPrice"))

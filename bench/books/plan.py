"""What is in the books, the same for the process that serves them and for the check of what arrived.

Of ten invoices five are paid at once, two in two halves, one in part, and two not at all; some are overdue, and one in
a hundred was voided. One customer in 50 is a sub-customer, one in 100 a project, which is no customer in Buddy (R8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice

LINES = 10
ITEMS = 500
TERMS = {"1": ("Due on receipt", 0), "2": ("Net 15", 15), "3": ("Net 30", 30), "4": ("Net 60", 60)}
FIRST_INVOICE = 1_000_001  # transactions of all kinds share one sequence of ids (api 5.0)
FIRST_PAYMENT = 5_000_001
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Line:
    item: int
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of one invoice."""

    id: int
    invoice: int
    amount: Decimal


@dataclass(slots=True)
class Bill:
    """One invoice. `status` is what Buddy must show."""

    id: int
    customer: int
    dated: date
    due: date
    lines: tuple[Line, ...]
    voided: bool
    total: Decimal
    payments: list[Paid] = field(default_factory=list)

    @property
    def balance(self) -> Decimal:
        return self.total - sum((paid.amount for paid in self.payments), Decimal(0))

    def status(self, today: date) -> str:
        if self.voided:
            return "voided"
        if not self.balance:
            return "paid"
        if self.due < today:
            return "overdue"
        return "partial" if self.payments else "open"


@dataclass(frozen=True)
class Plan:
    """Books of this size, as they stand on `today`. Payments go to the invoices in their order, as far as they last."""

    customers: int
    invoices: int
    payments: int
    today: date

    def is_project(self, customer: int) -> bool:
        return customer % 100 == 50

    def parent(self, customer: int) -> int:
        """The customer a sub-customer or project belongs to; 0 for most."""
        return customer - 1 if self.is_project(customer) or customer % 50 == 20 else 0

    @cached_property
    def bills(self) -> list[Bill]:
        made = [self._bill(number) for number in range(self.invoices)]
        wanted = ((bill, amount) for bill in made for amount in _wanted(bill))
        for number, (bill, amount) in enumerate(islice(wanted, self.payments)):
            bill.payments.append(Paid(FIRST_PAYMENT + number, bill.id, amount))
        return made

    @property
    def paid(self) -> Iterator[tuple[Bill, Paid]]:
        return ((bill, paid) for bill in self.bills for paid in bill.payments)

    @cached_property
    def balances(self) -> dict[int, Decimal]:
        """What each customer owes."""
        owed: dict[int, Decimal] = {}
        for bill in self.bills:
            owed[bill.customer] = owed.get(bill.customer, Decimal(0)) + bill.balance
        return owed

    def _bill(self, number: int) -> Bill:
        voided = number % 100 == 99
        dated = self.today - timedelta(days=number * 7919 % 365 + 1)
        late = number % 10 in (7, 8) and number % 3 == 0
        due = self.today + timedelta(days=-1 if late else number % 60)
        lines = tuple(_line(number, position, voided=voided) for position in range(LINES))
        total = sum((line.amount for line in lines), Decimal("0.00"))
        return Bill(FIRST_INVOICE + number, number % self.customers + 1, dated, due, lines, voided, total)


def _line(number: int, position: int, *, voided: bool) -> Line:
    item = (number * 31 + position * 17) % ITEMS + 1
    return Line(item, 0 if voided else (number + position) % 24 + 1, price(item))


def price(item: int) -> Decimal:
    return Decimal(item * 37 % 9000 + 125) / 100


def _wanted(bill: Bill) -> list[Decimal]:
    """The payments this invoice should get."""
    kind = (bill.id - FIRST_INVOICE) % 10
    half = (bill.total * _HALF).quantize(Decimal("0.01"))
    if bill.voided or kind >= 8:
        return []
    if kind == 7:
        return [half]
    return [half, bill.total - half] if kind in (5, 6) else [bill.total]

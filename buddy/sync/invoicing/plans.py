"""What the dialog shows: the invoices to be, what would be created with them, and what cannot be invoiced."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from buddy.hub.customers import Customer
from buddy.hub.orders import SalesOrder
from buddy.hub.terms import PaymentTerm

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class New:
    """A customer or product that is not in QuickBooks yet and would go out with an invoice (R21)."""

    kind: str
    pk: int
    name: str

    @property
    def key(self) -> str:
        """As a person confirms it: "customer:12"."""
        return f"{self.kind}:{self.pk}"


@dataclass(frozen=True)
class Planned:
    """One invoice to be."""

    customer: Customer
    orders: list[SalesOrder]
    lines: int
    total: Decimal
    currency: str
    terms: PaymentTerm | None
    invoice_date: date
    due_date: date
    po_number: str
    number: str = ""  # when Buddy numbers; shown, not reserved
    creates: tuple[New, ...] = ()
    rounding: Decimal = NOTHING  # by how much the parts of its orders differ from the orders (R19)


@dataclass(frozen=True)
class Blocked:
    """One order that cannot be invoiced: why, and where that is put right. `cause` groups equal ones."""

    order: SalesOrder
    cause: str
    reason: str
    fix_label: str = ""
    fix_url: str = ""


@dataclass(frozen=True)
class Preflight:
    """What pressing Create would do, and what not."""

    ready: list[Planned] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    happens: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.ready)

    @property
    def creates(self) -> list[New]:
        """All that would be created in QuickBooks besides the invoices, each once."""
        return list(dict.fromkeys(new for planned in self.ready for new in planned.creates))

    @property
    def needs_account(self) -> bool:
        """A new item is booked to an income account that a person chooses."""
        return any(new.kind == "product" for new in self.creates)

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """By currency: sums never mix them (R19)."""
        sums: dict[str, Decimal] = {}
        for planned in self.ready:
            sums[planned.currency] = sums.get(planned.currency, NOTHING) + planned.total
        return sorted(sums.items())

"""The total Buddy predicted and the one QuickBooks answered: do they agree, and if not, why (R20)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from buddy.hub.invoices import Ended, Invoice
from buddy.sync.invoicing.plans import NOTHING
from buddy.sync.models import Connection


@dataclass(frozen=True)
class Difference:
    """One reason, with the amount by which it raises the total there."""

    words: str
    amount: Decimal


@dataclass(frozen=True)
class Comparison:
    """`before_tax`: QuickBooks works the tax out, so that only what comes before it can be predicted."""

    predicted: Decimal
    theirs: Decimal
    before_tax: bool
    reasons: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.predicted == self.theirs


def compare(invoice: Invoice) -> Comparison | None:
    """How the two totals of an invoice Buddy made stand now; None for others, and for what no longer counts."""
    if invoice.predicted_total is None or invoice.ended != Ended.NOT:
        return None
    row = Connection.objects.filter(organization=invoice.organization_id).first()
    before_tax = bool(row and row.facts.get("tax", "off") != "off")
    theirs = invoice.total - invoice.tax if before_tax else invoice.total
    reasons = _reasons(invoice, invoice.predicted_total, theirs, before_tax=before_tax)
    return Comparison(invoice.predicted_total, theirs, before_tax, reasons)


def _reasons(invoice: Invoice, predicted: Decimal, theirs: Decimal, *, before_tax: bool) -> tuple[Difference, ...]:
    """What of the difference can be named, in the order of the invoice; the rest is rounding."""
    named = [
        Difference("Lines that were added, changed or taken off there", invoice.subtotal - predicted),
        Difference("A discount that was taken there", -invoice.discount),
        Difference("Delivery that was charged there", invoice.shipping),
        Difference("Sales tax, although it is switched off in QuickBooks", NOTHING if before_tax else invoice.tax),
    ]
    rest = theirs - predicted - sum((each.amount for each in named), NOTHING)
    return tuple(each for each in (*named, Difference("Rounding there", rest)) if each.amount)

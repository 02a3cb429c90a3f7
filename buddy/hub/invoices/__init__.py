"""Invoices, what was paid on them, and the credits set against them."""

from buddy.hub.invoices.creating import InvoiceDraft, create_from_orders
from buddy.hub.invoices.dating import redate
from buddy.hub.invoices.ending import discard, end, revive
from buddy.hub.invoices.numbering import allocate, continue_numbers, next_number
from buddy.hub.invoices.tables import (
    Application,
    Credit,
    Ended,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    Payment,
)

__all__ = [
    "Application",
    "Credit",
    "Ended",
    "Invoice",
    "InvoiceDraft",
    "InvoiceLine",
    "InvoiceStatus",
    "LineKind",
    "Payment",
    "allocate",
    "continue_numbers",
    "create_from_orders",
    "discard",
    "end",
    "next_number",
    "redate",
    "revive",
]

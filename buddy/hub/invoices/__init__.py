"""Invoices, what was paid on them, and the credits set against them."""

from buddy.hub.invoices.ageing import Age, Owed, aged, owed
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
    "Age",
    "Application",
    "Credit",
    "Ended",
    "Invoice",
    "InvoiceDraft",
    "InvoiceLine",
    "InvoiceStatus",
    "LineKind",
    "Owed",
    "Payment",
    "aged",
    "allocate",
    "continue_numbers",
    "create_from_orders",
    "discard",
    "end",
    "next_number",
    "owed",
    "redate",
    "revive",
]

"""Invoices, what was paid on them, and the credits set against them."""

from buddy.hub.invoices.tables import (
    Application,
    Credit,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    Payment,
)

__all__ = ["Application", "Credit", "Invoice", "InvoiceLine", "InvoiceStatus", "LineKind", "Payment"]

"""The tables: Invoice with its lines, Payment, Credit, and Application (which money settled which invoice)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django_scopes import ScopedManager

from buddy.hub import searching
from buddy.hub.address import AddressField
from buddy.hub.customers import Customer
from buddy.hub.orders import OrderLine
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Named questions. `today` is the date in the organization's time zone."""

    def live(self) -> InvoiceQuerySet:
        """Those that count: neither voided nor deleted nor discarded."""
        return self.filter(ended=Ended.NOT)

    def unpaid(self) -> InvoiceQuerySet:
        return self.live().filter(balance__gt=0)

    def with_status(self, status: str, today: date) -> InvoiceQuerySet:
        return self.filter(_STATUS_CONDITIONS[InvoiceStatus(status)](today))


class Ended(models.TextChoices):
    """Why an invoice no longer counts. Its orders are free to be invoiced again (R15, R16)."""

    NOT = "", "Live"
    VOIDED = "voided", "Voided"
    DELETED = "deleted", "Deleted"
    DISCARDED = "discarded", "Discarded"


class InvoiceStatus(models.TextChoices):
    OPEN = "open", "Open"
    PARTIAL = "partial", "Partially paid"
    PAID = "paid", "Paid"
    OVERDUE = "overdue", "Overdue"
    VOIDED = "voided", "Voided"
    DELETED = "deleted", "Deleted"
    DISCARDED = "discarded", "Discarded"
    NO_CHARGE = "no_charge", "No charge"


_LIVE = Q(ended=Ended.NOT)
_UNPAID = _LIVE & Q(balance__gt=0)
_STATUS_CONDITIONS: dict[InvoiceStatus, Callable[[date], Q]] = {
    InvoiceStatus.OPEN: lambda today: _UNPAID & Q(balance=F("total"), due_date__gte=today),
    InvoiceStatus.PARTIAL: lambda today: _UNPAID & Q(balance__lt=F("total"), due_date__gte=today),
    InvoiceStatus.OVERDUE: lambda today: _UNPAID & Q(due_date__lt=today),
    InvoiceStatus.PAID: lambda _: _LIVE & Q(balance__lte=0, total__gt=0),
    InvoiceStatus.NO_CHARGE: lambda _: _LIVE & Q(balance__lte=0, total__lte=0),
    InvoiceStatus.VOIDED: lambda _: Q(ended=Ended.VOIDED),
    InvoiceStatus.DELETED: lambda _: Q(ended=Ended.DELETED),
    InvoiceStatus.DISCARDED: lambda _: Q(ended=Ended.DISCARDED),
}


class Invoice(models.Model):
    """One invoice. Its status is derived, never stored; once sent, its lines and money are the books' (R15)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    number = models.CharField(max_length=21, blank=True)  # empty until the books have given one
    made_from = models.CharField(max_length=60, blank=True, default="", db_default="")  # its orders, as it was born
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    invoice_date = models.DateField()
    due_date = models.DateField()
    terms = models.ForeignKey(PaymentTerm, on_delete=models.SET_NULL, null=True, db_index=False)
    currency = models.CharField(max_length=3)
    po_number = models.CharField(max_length=200, blank=True)  # all of them, comma-separated
    project = models.CharField(max_length=500, blank=True)  # the project it was billed to (R8)
    billing_address = AddressField()
    ship_to = AddressField()
    subtotal = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    discount = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    shipping = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    balance = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    predicted_total = models.DecimalField(max_digits=15, decimal_places=2, null=True)  # ours, before tax, when sent
    ended = models.CharField(max_length=10, choices=Ended, default=Ended.NOT, blank=True)
    ended_at = models.DateTimeField(null=True)
    memo = models.TextField(blank=True)  # printed
    born_here = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    search = searching.found_in(lowered=(Coalesce(NullIf("number", Value("")), "made_from"), "po_number"))

    objects = ScopedManager(organization="organization", _manager_class=models.Manager.from_queryset(InvoiceQuerySet))
    lines: RelatedManager[InvoiceLine]
    applications: RelatedManager[Application]

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-invoice_date", "-id"], name="invoice_list"),
            models.Index(fields=["organization", "customer", "-invoice_date"], name="invoice_of_customer"),
            models.Index(
                # currency and balance ride along, so that receivables are summed from the index alone
                fields=["organization", "due_date", "id", "currency", "balance"],
                condition=Q(ended="", balance__gt=0),
                name="invoice_unpaid",
            ),
            models.Index(fields=["organization", "number"], name="invoice_by_number"),
            models.Index(fields=["organization", "due_date", "id"], name="invoice_by_due_date"),
            models.Index(fields=["organization", "-total", "-id"], name="invoice_by_total"),
            models.Index(fields=["organization", "-balance", "-id"], name="invoice_by_balance"),
            models.Index(fields=["organization", "search", "customer", "id"], name="invoice_search"),
        ]

    def __str__(self) -> str:
        """Its number; until the books have given one, that of its order (R17)."""
        return self.number or self.made_from or "not numbered yet"

    def status(self, today: date) -> InvoiceStatus:
        """What it is today; `today` in the organization's time zone (R9)."""
        if self.ended:
            return InvoiceStatus(self.ended)
        if self.balance <= 0:
            return InvoiceStatus.PAID if self.total > 0 else InvoiceStatus.NO_CHARGE
        if self.due_date < today:
            return InvoiceStatus.OVERDUE
        return InvoiceStatus.OPEN if self.balance == self.total else InvoiceStatus.PARTIAL

    @property
    def settled(self) -> Decimal:
        return self.total - self.balance


class LineKind(models.TextChoices):
    SALE = "sale", "Product"
    TEXT = "text", "Text"


class InvoiceLine(models.Model):
    """One line. From the books the product may be unknown: then only `name` says what it was."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=4, choices=LineKind, default=LineKind.SALE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, db_index=False)
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.SET_NULL, null=True, related_name="invoice_lines", db_index=False
    )
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=15, decimal_places=4, null=True)
    unit_price = models.DecimalField(max_digits=15, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    taxable = models.BooleanField(default=False)

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["order_line"], condition=Q(order_line__isnull=False), name="line_of_order")]


class Payment(models.Model):
    """Money that came in, as the books recorded it. Amount zero with credits = a credit being applied, no cash (R9)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments", db_index=False)
    date = models.DateField()
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    unapplied = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=21, blank=True)
    ended = models.CharField(max_length=10, choices=Ended, default=Ended.NOT, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")
    applications: RelatedManager[Application]

    class Meta:
        indexes = [models.Index(fields=["organization", "customer", "-date"], name="payment_of_customer")]


class Credit(models.Model):
    """A credit memo of the books: what was taken back or forgiven, and what of it is still to be used."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credits", db_index=False)
    number = models.CharField(max_length=21, blank=True)
    date = models.DateField()
    total = models.DecimalField(max_digits=15, decimal_places=2)
    remaining = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3)
    ended = models.CharField(max_length=10, choices=Ended, default=Ended.NOT, blank=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [models.Index(fields=["organization", "customer", "-date"], name="credit_of_customer")]


class Application(models.Model):
    """One line of a payment: what it settled. All of a payment's are replaced each time it is read (R9)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="applications")
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, null=True, related_name="applications")
    credit = models.ForeignKey(Credit, on_delete=models.CASCADE, null=True, related_name="applications", db_index=False)
    other = models.CharField(max_length=40, blank=True)  # a document Buddy does not keep, e.g. "JournalEntry"
    amount = models.DecimalField(max_digits=15, decimal_places=2)

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [models.Index(fields=["credit"], condition=Q(credit__isnull=False), name="use_of_credit")]

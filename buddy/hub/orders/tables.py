"""The tables: SalesOrder with its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django_scopes import ScopedManager

from buddy.hub import searching
from buddy.hub.address import AddressField
from buddy.hub.customers import Customer, Location
from buddy.hub.money import net_unit_price
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class OrderStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    CONFIRMED = "confirmed", "Confirmed"
    PROCESSING = "processing", "Processing"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    CANCELLED = "cancelled", "Cancelled"


INVOICEABLE_STATUSES = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)

SENT_OUT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)  # all of it has left


class Invoiced(models.TextChoices):
    """How much of an order stands on live invoices. Stored, because lists filter by it; kept by `recount`."""

    NONE = "none", "Not invoiced"
    PART = "part", "Partly invoiced"
    ALL = "all", "Invoiced"


class SalesOrder(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    number = models.CharField(max_length=30)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.DRAFT)
    invoiced = models.CharField(max_length=4, choices=Invoiced, default=Invoiced.NONE)
    unbilled = models.BooleanField(default=False)  # some of it has left and stands on no invoice; kept by `recount`
    po_number = models.CharField(max_length=60, blank=True)
    order_date = models.DateField()
    ship_date = models.DateField(null=True, blank=True)  # asked for by the customer
    location = models.ForeignKey(Location, on_delete=models.SET_NULL, null=True, blank=True)
    ship_to = AddressField()
    terms = models.ForeignKey(PaymentTerm, on_delete=models.SET_NULL, null=True, blank=True)
    currency = models.CharField(max_length=3)
    notes = models.TextField(blank=True)
    total = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    search = searching.found_in(lowered=("number", "po_number"))

    objects = ScopedManager(organization="organization")
    lines: RelatedManager[OrderLine]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="one_order_per_number")]
        indexes = [
            models.Index(fields=["organization", "-order_date", "-id"], name="order_list"),
            models.Index(fields=["organization", "status", "-order_date", "-id"], name="order_by_status"),
            models.Index(
                fields=["organization", "-order_date", "-id"], condition=models.Q(unbilled=True), name="order_unbilled"
            ),
            models.Index(fields=["organization", "customer", "-order_date"], name="order_of_customer"),
            models.Index(fields=["organization", "-total", "-id"], name="order_by_total"),
            models.Index(fields=["organization", "search", "customer", "id"], name="order_search"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """`net_price` and `amount` follow R19: the discount goes into a net unit price, rounded to four decimals."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=15, decimal_places=4)
    shipped = models.DecimalField(max_digits=15, decimal_places=4, default=0)  # in parts; see `has_left`
    unit_price = models.DecimalField(max_digits=15, decimal_places=4)
    price_from = models.CharField(max_length=100, blank=True)  # where the price came from, in words; "": was typed
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    amount = models.DecimalField(max_digits=15, decimal_places=2)

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="ordered_more_than_nothing"),
            models.CheckConstraint(
                condition=models.Q(shipped__gte=0, shipped__lte=models.F("quantity")), name="shipped_what_was_ordered"
            ),
            models.CheckConstraint(
                condition=models.Q(discount_percent__gte=0, discount_percent__lte=100), name="discount_is_a_percentage"
            ),
        ]

    @property
    def net_price(self) -> Decimal:
        return net_unit_price(self.unit_price, self.discount_percent)

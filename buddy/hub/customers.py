"""Customers and the places they are shipped to."""

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.address import AddressField
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm

SORT_LENGTH = 120  # how much of a name takes part in sorting: the index key of every list


def sort_key(name: str) -> str:
    """A name as lists order it: the same on every database, whatever its collation."""
    return name.casefold()[:SORT_LENGTH]


class Customer(models.Model):
    """A business that buys. `email` and the phones are as typed; several e-mails stand in one field with commas."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    display_name = models.CharField(max_length=500)
    sort_name = models.CharField(max_length=SORT_LENGTH, editable=False)
    company_name = models.CharField(max_length=100, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    alternate_phone = models.CharField(max_length=30, blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    fax = models.CharField(max_length=30, blank=True)
    billing_address = AddressField()
    terms = models.ForeignKey(PaymentTerm, on_delete=models.SET_NULL, null=True, blank=True)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    taxable = models.BooleanField(default=True)
    resale_number = models.CharField(max_length=16, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    balance = models.DecimalField(max_digits=15, decimal_places=2, default=0)  # as the books say; never computed here
    notes = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")
    locations: models.Manager[Location]

    class Meta:
        indexes = [
            models.Index(fields=["organization", "active", "sort_name", "id"], name="customer_list"),
            models.Index(fields=["organization", "active", "-balance", "id"], name="customer_by_balance"),
        ]

    def __str__(self) -> str:
        return self.display_name


class Location(models.Model):
    """A place a customer is shipped to."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(max_length=120)
    address = AddressField()
    contact = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    delivery_notes = models.TextField(blank=True)
    active = models.BooleanField(default=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

"""What is sold."""

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.team import Organization


class Product(models.Model):
    """One thing on the price list. `base_price` has up to four decimals and is in the organization's currency."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=100, editable=False)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, blank=True)
    base_price = models.DecimalField(max_digits=15, decimal_places=4, default=0)
    taxable = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "active", "sort_name", "id"], name="product_list"),
            models.Index(fields=["organization", "sku"], name="product_by_sku"),
        ]

    def __str__(self) -> str:
        return self.name

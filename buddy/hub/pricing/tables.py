"""The tables: TierPrice and CustomerPrice."""

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier


class TierPrice(models.Model):
    """What a product costs customers of a tier, whatever the tier's discount."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    tier = models.ForeignKey(Tier, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="tier_prices")
    price = models.DecimalField(max_digits=15, decimal_places=4)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "product", "tier"], name="one_price_per_tier"),
        ]


class CustomerPrice(models.Model):
    """What a product costs one customer, as agreed with them."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="customer_prices")
    price = models.DecimalField(max_digits=15, decimal_places=4)
    updated_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "customer", "product"], name="one_price_per_customer"),
        ]

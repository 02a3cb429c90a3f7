"""What is sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django_scopes import ScopedManager

from buddy.hub import activity, checks, outbox
from buddy.hub.team import Organization, User

SORT_LENGTH = 100


class Product(models.Model):
    """One thing on the price list. `base_price` has up to four decimals and is in the organization's currency."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=SORT_LENGTH, editable=False)
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


CHECKS: dict[str, checks.Check] = {
    "name": checks.name(100, required="Enter the name of this product."),
    "description": checks.paragraphs_of(4000),
    "unit": checks.line(20),
    "taxable": checks.flag,
}


@transaction.atomic
def create(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Product:
    """Add a product, and owe it to the books."""
    at = now or timezone.now()
    kept = checks.all_of({"name": "", **values}, _checks(organization))
    product = Product.objects.create(
        organization=organization, **kept, sort_name=_sort_name(kept["name"]), created_at=at, updated_at=at
    )
    activity.record(organization, event="product.created", kind="product", object_id=product.pk, by=by, now=at)
    outbox.mark(organization, "product", [product.pk], by=by, now=at)
    return product


@transaction.atomic
def change(product: Product, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None) -> Product:
    """Set these fields. Prices of orders already placed stay. What stays as it was is neither recorded nor owed."""
    _read_again(product)
    new = checks.new_ones(product, values, _checks(product.organization, product))
    return _set(product, new, event="product.updated", by=by, now=now)


@transaction.atomic
def deactivate(product: Product, *, by: User | None, now: datetime | None = None) -> Product:
    """Take a product off the price list. Orders that hold it keep it."""
    _read_again(product)
    new = {"active": False} if product.active else {}
    return _set(product, new, event="product.deactivated", by=by, now=now)


@transaction.atomic
def reactivate(product: Product, *, by: User | None, now: datetime | None = None) -> Product:
    """Put a product back on the price list."""
    _read_again(product)
    new = {} if product.active else {"active": True}
    return _set(product, new, event="product.reactivated", by=by, now=now)


def _checks(organization: Organization, product: Product | None = None) -> dict[str, checks.Check]:
    as_line = checks.line(100)

    def sku(value: Any) -> str:
        """Orders and the books find a product by its SKU, so two active ones cannot share it."""
        text: str = as_line(value)
        others = Product.objects.filter(organization=organization, sku__iexact=text, active=True)
        other = others.exclude(pk=product.pk if product else 0).first() if text else None
        if other:
            raise checks.Unfit(f"{other.name} has this SKU. Give this product its own, or leave it empty.")
        return text

    return {**CHECKS, "sku": sku, "base_price": checks.price_of(organization)}


def _read_again(product: Product) -> None:
    """The row as it is now, and ours until the transaction ends."""
    rows = Product.objects.select_for_update().filter(organization=product.organization_id)
    product.refresh_from_db(from_queryset=rows)


def _set(product: Product, new: Mapping[str, Any], *, event: str, by: User | None, now: datetime | None) -> Product:
    if not new:
        return product
    at = now or timezone.now()
    changes = activity.differences(product, new)
    values = {**new, "sort_name": _sort_name(new.get("name", product.name)), "updated_at": at}
    for field, value in values.items():
        setattr(product, field, value)
    product.save(update_fields=list(values))
    activity.record(
        product.organization, event=event, kind="product", object_id=product.pk, changes=changes, by=by, now=at
    )
    outbox.mark(product.organization, "product", [product.pk], by=by, now=at)
    return product


def _sort_name(name: str) -> str:
    return name.casefold()[:SORT_LENGTH]

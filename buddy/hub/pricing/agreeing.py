"""Setting prices and taking them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, checks, tiers
from buddy.hub.customers import Customer
from buddy.hub.errors import Invalid
from buddy.hub.pricing.tables import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.hub.tiers import Tier


@transaction.atomic
def set_tier_prices(
    product: Product, prices: Mapping[Tier, Any], *, by: User | None, now: datetime | None = None
) -> None:
    """What the product costs customers of these tiers; None: whatever the tier's discount makes of it.

    Invalid names the tiers by "tier-" and their id. Orders already placed keep their prices.
    """
    check = checks.price_of(product.organization)
    names = {f"tier-{tier.pk}": tier for tier in prices}
    kept = checks.all_of(
        {name: prices[tier] for name, tier in names.items() if prices[tier] is not None}, dict.fromkeys(names, check)
    )
    rows = TierPrice.objects.select_for_update().filter(organization=product.organization_id, product=product)
    standing = {row.tier_id: row.price for row in rows}
    at = now or timezone.now()
    for name, tier in names.items():
        was, price = standing.get(tier.pk), kept.get(name)
        if price != was:
            _write(TierPrice, {"organization": product.organization, "product": product, "tier": tier}, price)
            _record(product, "product", was, price, note=tier.name, by=by, now=at)


@transaction.atomic
def set_customer_price(
    customer: Customer, product: Product, price: Any, *, by: User | None, now: datetime | None = None
) -> None:
    """Agree on a price with a customer, or with None on none: then its tier decides again."""
    kept = None if price is None else checks.one("price", price, checks.price_of(customer.organization))
    if product.organization_id != customer.organization_id:
        raise Invalid({"product": "Choose a product from the list."})
    at, whose = now or timezone.now(), {"organization": customer.organization, "customer": customer, "product": product}
    standing = CustomerPrice.objects.select_for_update().filter(**whose).first()
    was = standing.price if standing else None
    if kept != was:
        _write(CustomerPrice, whose, kept, updated_at=at)
        _record(customer, "customer", was, kept, note=product.name, by=by, now=at)


@dataclass(frozen=True)
class Touched:
    """What deleting a tier would take along: customers that lose their tier, and prices that go with it."""

    customers: int
    prices: int


def touched_by(tier: Tier) -> Touched:
    customers = Customer.objects.filter(organization=tier.organization_id, tier=tier)
    return Touched(customers.count(), TierPrice.objects.filter(organization=tier.organization_id, tier=tier).count())


@transaction.atomic
def delete_tier(tier: Tier, *, by: User | None, now: datetime | None = None) -> Touched:
    """Its prices go with it, its customers pay the list price from now on. Orders already placed keep their prices."""
    tiers.read_again(tier)
    touched, pk = touched_by(tier), tier.pk
    Customer.objects.filter(organization=tier.organization_id, tier=tier).update(tier=None)
    tier.delete()
    activity.record(
        tier.organization,
        event="tier.deleted",
        kind="tier",
        object_id=pk,
        changes={"customers": (touched.customers, 0), "prices": (touched.prices, 0)},
        by=by,
        now=now or timezone.now(),
        note=tier.name,
    )
    return touched


def _write(
    table: type[TierPrice | CustomerPrice], whose: Mapping[str, Any], price: Decimal | None, **more: Any
) -> None:
    if price is None:
        table.objects.filter(**whose).delete()
    else:
        table.objects.update_or_create(**whose, defaults={"price": price, **more})


def _record(
    row: Product | Customer,
    kind: str,
    was: Decimal | None,
    price: Decimal | None,
    *,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    activity.record(
        row.organization,
        event=f"{kind}.price_changed",
        kind=kind,
        object_id=row.pk,
        changes={"price": [None if each is None else f"{each.normalize():f}" for each in (was, price)]},
        note=note,
        by=by,
        now=now,
    )

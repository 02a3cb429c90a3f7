"""The price that holds for a customer, and where it comes from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from buddy.hub.customers import Customer
from buddy.hub.pricing.tables import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.tiers import Tier

LIST_PRICE = "List price"


@dataclass(frozen=True, slots=True)
class Quote:
    """A price of one unit, with where it comes from in words: "Wholesale, 25 % off"."""

    price: Decimal
    origin: str = LIST_PRICE


def quotes(customer: Customer | None, products: Collection[Product], *, agreed: bool = True) -> dict[int, Quote]:
    """By product: what this customer pays for it today; nobody in particular pays the list price. At most three
    queries. Not `agreed`: what it would pay without a price of its own."""
    if customer is None:
        return {product.pk: Quote(product.base_price) for product in products}
    tier = customer.tier if customer.tier and customer.tier.active else None
    ids = [product.pk for product in products]
    found = dict(_agreed(customer, ids)) if agreed else {}
    fixed = dict(_of_tier(tier, ids)) if tier else {}
    return {
        product.pk: found.get(product.pk) or fixed.get(product.pk) or _listed(product, tier) for product in products
    }


def in_tiers(product: Product) -> list[tuple[Tier, Quote]]:
    """What the product costs in each tier that is in use. Two queries."""
    tiers = Tier.objects.filter(organization=product.organization_id, active=True).select_related("organization")
    fixed = dict(TierPrice.objects.filter(product=product).values_list("tier", "price"))
    return [(tier, _at(fixed[tier.pk], tier) if tier.pk in fixed else discounted(product, tier)) for tier in tiers]


def discounted(product: Product, tier: Tier) -> Quote:
    """The list price less the tier's discount, rounded half up to the decimals that the organization's prices have."""
    if not tier.discount_percent:
        return Quote(product.base_price)
    step = Decimal(1).scaleb(-tier.organization.price_decimals)
    price = (product.base_price * (100 - tier.discount_percent) / 100).quantize(step, ROUND_HALF_UP)
    return Quote(price, f"{tier}, {tier.discount_percent.normalize():f} % off")


def _agreed(customer: Customer, ids: Collection[int]) -> list[tuple[int, Quote]]:
    rows = CustomerPrice.objects.filter(organization=customer.organization_id, customer=customer, product__in=ids)
    return [(product_id, Quote(price, "Agreed price")) for product_id, price in rows.values_list("product", "price")]


def _of_tier(tier: Tier, ids: Collection[int]) -> list[tuple[int, Quote]]:
    rows = TierPrice.objects.filter(organization=tier.organization_id, tier=tier, product__in=ids)
    return [(product_id, _at(price, tier)) for product_id, price in rows.values_list("product", "price")]


def _at(price: Decimal, tier: Tier) -> Quote:
    return Quote(price, f"{tier} price")


def _listed(product: Product, tier: Tier | None) -> Quote:
    return discounted(product, tier) if tier else Quote(product.base_price)

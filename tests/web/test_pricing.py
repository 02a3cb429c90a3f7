"""The pages of pricing: tiers, a product's price in each, and prices agreed with one customer."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub import pricing
from buddy.hub.customers import Customer
from buddy.hub.pricing import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier
from tests import makers as make


@pytest.fixture
def wholesale(organization: Organization) -> Tier:
    return make.tier()


@pytest.fixture
def roast(organization: Organization) -> Product:
    return make.product("Dark Roast", price="18.25", sku="LF-1")


def test_a_tier_is_made_and_changed(organization: Organization, editor: Client) -> None:
    values = {"name": "VIP", "discount_percent": "50", "priority": "2", "active": "on"}
    assert editor.post(reverse("pricing_tier_new"), values).status_code == 302
    tier = Tier.objects.get()
    assert (tier.name, tier.discount_percent, tier.active) == ("VIP", 50, True)
    editor.post(reverse("pricing_tier", args=[tier.pk]), values | {"discount_percent": "45"})
    tier.refresh_from_db()
    assert tier.discount_percent == 45
    again = editor.post(reverse("pricing_tier_new"), values)
    assert "There is a tier VIP already" in again.content.decode()


def test_only_an_admin_deletes_a_tier_and_is_told_what_goes_along(
    wholesale: Tier, roast: Product, admin: Client, editor: Client
) -> None:
    albion = make.customer(tier=wholesale)
    pricing.set_tier_prices(roast, {wholesale: "14"}, by=None)
    address = reverse("pricing_tier_delete", args=[wholesale.pk])
    assert editor.post(address).status_code == 403
    told = admin.get(address).content.decode()
    assert "1 customer has this tier" in told
    assert "1 price set for this tier goes with it" in told
    assert "New customers begin with this tier" not in told
    Organization.objects.update(default_tier=wholesale)
    assert "New customers begin with this tier" in admin.get(address).content.decode()
    assert Tier.objects.exists()
    admin.post(address)
    albion.refresh_from_db()
    assert (albion.tier, Tier.objects.exists(), TierPrice.objects.exists()) == (None, False, False)


def test_a_product_s_page_shows_what_each_tier_pays_and_why(wholesale: Tier, roast: Product, editor: Client) -> None:
    make.tier("Retail", "0")
    page = reverse("product", args=[roast.pk])
    assert editor.get(page).context["in_tiers"] == pricing.in_tiers(roast)
    told = editor.get(page).content.decode()
    assert "Wholesale, 25 % off" in told
    assert "13.69" in told
    prices = reverse("product_prices", args=[roast.pk])
    editor.post(prices, {f"tier-{wholesale.pk}": "14"})
    assert "Wholesale price" in editor.get(page).content.decode()
    assert 'value="14.00"' in editor.get(prices).content.decode()
    refused = editor.post(prices, {f"tier-{wholesale.pk}": "14.005"})
    assert "more than 2 decimals" in refused.content.decode()
    editor.post(prices, {f"tier-{wholesale.pk}": ""})
    assert not TierPrice.objects.exists()


def test_a_price_is_agreed_with_a_customer_and_taken_back(wholesale: Tier, roast: Product, editor: Client) -> None:
    albion: Customer = make.customer("Hotel Albion", tier=wholesale)
    address = reverse("customer_price", args=[albion.pk])
    assert f"?product={roast.pk}" in editor.get(address, {"q": "lf-1"}).content.decode()
    assert "pays 13.69 USD (Wholesale, 25 % off)" in editor.get(address, {"product": roast.pk}).content.decode()
    editor.post(address, {"product": roast.pk, "price": "12.95"})
    assert CustomerPrice.objects.get().price == Decimal("12.95")
    tab = editor.get(reverse("customer", args=[albion.pk]), {"tab": "prices"}).content.decode()
    assert "12.95" in tab
    assert "Agreed with customers: 1" in editor.get(reverse("product", args=[roast.pk])).content.decode()
    editor.post(address, {"product": roast.pk, "price": ""})
    assert not CustomerPrice.objects.exists()


def test_a_customer_gets_a_tier_on_its_form(wholesale: Tier, editor: Client) -> None:
    albion = make.customer("Hotel Albion")
    address = reverse("customer_change", args=[albion.pk])
    values = {"display_name": "Hotel Albion", "currency": "USD", "tier": wholesale.pk}
    assert editor.post(address, values).status_code == 302
    assert "Wholesale" in editor.get(reverse("customer", args=[albion.pk])).content.decode()


def test_merging_shows_tiers_and_agreed_prices(wholesale: Tier, roast: Product, editor: Client) -> None:
    albion, again = make.customer("Hotel Albion"), make.customer("Albion Hotel", tier=wholesale)
    pricing.set_customer_price(again, roast, "12.95", by=None)
    told = editor.get(reverse("customer_merge", args=[albion.pk, again.pk])).content.decode()
    assert "Pricing tier" in told
    assert "Of two for one product the later one holds" in told

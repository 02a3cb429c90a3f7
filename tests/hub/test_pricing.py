"""What a customer pays: the agreed price, else the tier's price, else the tier's discount, else the list price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from buddy.hub import activity, customers, duplicates, orders, pricing, tiers
from buddy.hub.customers import Customer
from buddy.hub.errors import Invalid
from buddy.hub.orders import LineDraft
from buddy.hub.pricing import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier
from tests import makers as make

pytestmark = pytest.mark.django_db
LATER = make.NOW + timedelta(hours=1)


def tier(organization: Organization, name: str = "Wholesale", discount: str = "25", **more: Any) -> Tier:
    return tiers.create(organization, {"name": name, "discount_percent": discount, **more}, by=None, now=make.NOW)


@pytest.fixture
def wholesale(organization: Organization) -> Tier:
    return tier(organization)


@pytest.fixture
def albion(wholesale: Tier) -> Customer:
    return make.customer("Hotel Albion", tier=wholesale)


@pytest.fixture
def roast(organization: Organization) -> Product:
    return make.product("Dark Roast", price="18.25")


def quoted(customer: Customer | None, product: Product) -> tuple[Decimal, str]:
    quote = pricing.quotes(customer, [product])[product.pk]
    return quote.price, quote.origin


def test_the_nearer_price_wins_and_says_where_it_is_from(albion: Customer, roast: Product, wholesale: Tier) -> None:
    assert quoted(None, roast) == (Decimal("18.25"), "List price")
    assert quoted(albion, roast) == (Decimal("13.69"), "Wholesale, 25 % off")  # 13.6875, half up
    pricing.set_tier_prices(roast, {wholesale: "14"}, by=None)
    assert quoted(albion, roast) == (Decimal(14), "Wholesale price")
    pricing.set_customer_price(albion, roast, "12.95", by=None)
    assert quoted(albion, roast) == (Decimal("12.95"), "Agreed price")
    pricing.set_customer_price(albion, roast, None, by=None)
    pricing.set_tier_prices(roast, {wholesale: None}, by=None)
    assert quoted(albion, roast) == (Decimal("13.69"), "Wholesale, 25 % off")


def test_a_tier_out_of_use_gives_no_prices(albion: Customer, roast: Product, wholesale: Tier) -> None:
    pricing.set_tier_prices(roast, {wholesale: "14"}, by=None)
    tiers.change(wholesale, {"active": False}, by=None)
    albion.refresh_from_db()
    assert quoted(albion, roast) == (Decimal("18.25"), "List price")


@pytest.mark.parametrize(("decimals", "price"), [(2, "13.69"), (3, "13.688"), (4, "13.6875")])
def test_discounts_are_rounded_to_the_decimals_of_the_organization(
    organization: Organization, roast: Product, decimals: int, price: str
) -> None:
    Organization.objects.filter(pk=organization.pk).update(price_decimals=decimals)
    organization.refresh_from_db()
    customer = make.customer(tier=tier(organization))
    assert quoted(customer, roast)[0] == Decimal(price)
    agreed = Decimal(1).scaleb(-decimals)
    pricing.set_customer_price(customer, roast, agreed, by=None)
    with pytest.raises(Invalid, match="decimals"):
        pricing.set_customer_price(customer, roast, agreed / 10, by=None)
    assert quoted(customer, roast)[0] == agreed


def test_fifty_prices_cost_no_more_questions_than_one(albion: Customer, django_assert_max_num_queries: Any) -> None:
    products = [make.product() for _ in range(50)]
    customer = Customer.objects.get(pk=albion.pk)
    with django_assert_max_num_queries(4):  # the tier, its organization's decimals, and two lists of prices
        assert len(pricing.quotes(customer, products)) == 50


def test_an_order_takes_the_customer_s_prices_and_keeps_where_they_came_from(
    albion: Customer, roast: Product, wholesale: Tier
) -> None:
    typed = LineDraft(roast, Decimal(1), unit_price=Decimal(15))
    order = orders.place(albion.organization, albion, lines=[LineDraft(roast, Decimal(2)), typed], by=None)
    first, second = order.lines.all()
    assert (first.unit_price, first.price_from) == (Decimal("13.69"), "Wholesale, 25 % off")
    assert (second.unit_price, second.price_from) == (Decimal(15), "")
    tiers.change(wholesale, {"discount_percent": "50"}, by=None)
    drafts = [LineDraft(roast, Decimal(3), id=first.pk), LineDraft(roast, Decimal(1), id=second.pk)]
    orders.change(order, lines=drafts, by=None)
    assert [(line.unit_price, line.price_from) for line in order.lines.all()] == [
        (Decimal("13.69"), "Wholesale, 25 % off"),
        (Decimal(15), ""),
    ]


def test_prices_are_written_down_where_they_are_looked_for(albion: Customer, roast: Product, wholesale: Tier) -> None:
    pricing.set_customer_price(albion, roast, "12", by=None)
    pricing.set_customer_price(albion, roast, "12.00", by=None)  # no change
    pricing.set_tier_prices(roast, {wholesale: "14"}, by=None)
    [entry] = activity.of(albion.organization, "customer", albion.pk)
    assert (entry.event, entry.changes, entry.note) == ("customer.price_changed", {"price": [None, "12"]}, "Dark Roast")
    [entry] = activity.of(albion.organization, "product", roast.pk)
    assert (entry.changes, entry.note) == ({"price": [None, "14"]}, "Wholesale")


def test_tiers_have_names_of_their_own_and_fit_values(organization: Organization, wholesale: Tier) -> None:
    with pytest.raises(Invalid, match="There is a tier wholesale already"):
        tiers.create(organization, {"name": "wholesale"}, by=None)
    with pytest.raises(Invalid) as refused:
        tiers.create(organization, {"name": "", "discount_percent": "101", "priority": "0"}, by=None)
    assert refused.value.fields.keys() == {"name", "discount_percent", "priority"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Tier.objects.create(organization=organization, name="Wholesale", created_at=make.NOW)


def test_a_tier_price_that_is_none_is_refused_by_its_tier(roast: Product, wholesale: Tier) -> None:
    with pytest.raises(Invalid) as refused:
        pricing.set_tier_prices(roast, {wholesale: "1.005"}, by=None)
    assert refused.value.fields.keys() == {f"tier-{wholesale.pk}"}
    assert not TierPrice.objects.exists()


def test_deleting_a_tier_says_what_it_takes_along_and_takes_it(
    albion: Customer, roast: Product, wholesale: Tier
) -> None:
    order = orders.place(albion.organization, albion, lines=[LineDraft(roast, Decimal(1))], by=None)
    pricing.set_tier_prices(roast, {wholesale: "14"}, by=None)
    touched = pricing.touched_by(wholesale)
    assert (touched.customers, touched.prices) == (1, 1)
    assert pricing.delete_tier(wholesale, by=None) == touched
    albion.refresh_from_db()
    assert (albion.tier, quoted(albion, roast)[1]) == (None, "List price")
    assert order.lines.get().unit_price == Decimal("13.69")


def test_a_tier_or_product_of_another_organization_is_refused(albion: Customer) -> None:
    with scope(organization=make.organization("Elsewhere")):
        theirs, product = tier(make._current()), make.product()
    with pytest.raises(Invalid):
        customers.change(albion, {"tier": theirs}, by=None)
    with pytest.raises(Invalid):
        pricing.set_customer_price(albion, product, "1", by=None)


# --- Merging customers -----------------------------------------------------------------------------------------------


def agreed(customer: Customer) -> dict[str, Decimal]:
    rows = CustomerPrice.objects.filter(customer=customer.pk)
    return dict(rows.values_list("product__name", "price"))


def test_a_merge_brings_prices_along_the_later_of_two_holds_and_undoing_gives_each_its_own(
    albion: Customer, organization: Organization
) -> None:
    again = make.customer("Albion Hotel")
    oil, salt, tea = make.product("Oil"), make.product("Salt"), make.product("Tea")
    pricing.set_customer_price(albion, oil, "1", by=None, now=make.NOW)
    pricing.set_customer_price(again, oil, "2", by=None, now=LATER)
    pricing.set_customer_price(again, salt, "3", by=None, now=make.NOW)
    pricing.set_customer_price(albion, salt, "4", by=None, now=LATER)
    pricing.set_customer_price(again, tea, "5", by=None, now=make.NOW)
    before = agreed(albion), agreed(again)
    merge = duplicates.merge(albion, again, by=None, now=LATER)
    assert agreed(albion) == {"Oil": Decimal(2), "Salt": Decimal(4), "Tea": Decimal(5)}
    duplicates.undo(merge, by=None, now=LATER)
    assert (agreed(albion), agreed(again)) == before


def test_what_was_agreed_on_since_the_merge_stays_with_the_survivor(albion: Customer) -> None:
    again, oil = make.customer("Albion Hotel"), make.product("Oil")
    pricing.set_customer_price(albion, oil, "1", by=None, now=make.NOW)
    pricing.set_customer_price(again, oil, "2", by=None, now=LATER)
    merge = duplicates.merge(albion, again, by=None, now=LATER)
    pricing.set_customer_price(albion, oil, None, by=None)
    pricing.set_customer_price(albion, oil, "9", by=None)
    duplicates.undo(merge, by=None)
    assert agreed(albion) == {"Oil": Decimal(9)}


def test_the_survivor_takes_the_tier_it_lacks(albion: Customer, wholesale: Tier) -> None:
    without = make.customer("Albion Hotel")
    duplicates.merge(without, albion, by=None, now=LATER)
    without.refresh_from_db()
    assert without.tier == wholesale

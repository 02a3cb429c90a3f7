"""Products: prices to four decimals, SKUs that find one product."""

from decimal import Decimal
from typing import Any

import pytest

from buddy.hub import activity, products
from buddy.hub.errors import Invalid
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def create(organization: Organization, **values: Any) -> products.Product:
    return products.create(organization, {"name": "Olive oil", **values}, by=None, now=make.NOW)


def test_a_price_is_kept_to_four_decimals_however_it_is_typed(organization: Organization) -> None:
    organization.price_decimals = 4
    product = create(organization, base_price="1,250.1234")
    product.refresh_from_db()
    assert product.base_price == Decimal("1250.1234")
    assert list(Mark.objects.values_list("kind", "object_id")) == [("product", product.pk)]


@pytest.mark.parametrize("price", ["1.23456", "-1", "free", "NaN", "1e40", ""])
def test_what_is_no_price_is_refused(organization: Organization, price: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(organization, base_price=price)
    assert refused.value.fields.keys() == {"base_price"}


def test_an_sku_finds_one_active_product(organization: Organization) -> None:
    first = create(organization, sku="OIL-5")
    with pytest.raises(Invalid, match="Olive oil has this SKU"):
        create(organization, sku="oil-5")
    products.change(first, {"sku": "OIL-5", "name": "Oil"}, by=None)
    products.deactivate(first, by=None)
    assert create(organization, sku="oil-5").sku == "oil-5"


def test_a_change_of_price_is_written_down(organization: Organization) -> None:
    product = make.product("Olive oil", price="10")
    products.change(product, {"base_price": "12.5", "name": "Olive oil"}, by=None, now=make.NOW)
    [entry] = activity.of(organization, "product", product.pk)
    assert entry.changes == {"base_price": ["10.0000", "12.5000"]}


def test_a_product_is_taken_off_the_list_and_put_back(organization: Organization) -> None:
    product = make.product()
    products.deactivate(product, by=None)
    assert not products.Product.objects.get(pk=product.pk).active
    products.reactivate(product, by=None)
    products.reactivate(product, by=None)
    assert products.Product.objects.get(pk=product.pk).active
    assert len(activity.of(organization, "product", product.pk)) == 2

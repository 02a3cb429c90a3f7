"""Products: finding, adding, changing, and which QuickBooks item each is."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.products import Product
from buddy.hub.team import Organization
from tests import makers as make
from tests.web import made


def shown(client: Client, **query: str) -> list[str]:
    return [str(row) for row in client.get(reverse("products"), query).context["page"].rows]


def test_products_are_found_by_name_and_sku(organization: Organization, viewer: Client) -> None:
    make.product("Dark Roast 1 kg", sku="LF-CF-001")
    make.product("Honey", sku="LF-HN-003")
    assert shown(viewer, q="dark") == shown(viewer, q="cf-0") == ["Dark Roast 1 kg"]


def test_unmapped_products_are_a_view_with_a_button_for_editors(
    organization: Organization, editor: Client, viewer: Client
) -> None:
    made.link("product", make.product("Mapped").pk, "7")
    unmapped = make.product("Unmapped")
    assert shown(editor, view="unmapped") == ["Unmapped"]
    button = reverse("product_link", args=[unmapped.pk])
    assert button in editor.get(reverse("products"), {"view": "unmapped"}).content.decode()
    assert button not in viewer.get(reverse("products"), {"view": "unmapped"}).content.decode()


@pytest.mark.parametrize(("typed", "kept"), [("18.25", "18.2500"), ("1,250.5", "1250.5000"), ("$71.59", "71.5900")])
def test_prices_are_read_as_people_write_them(
    organization: Organization, editor: Client, typed: str, kept: str
) -> None:
    editor.post(reverse("product_new"), {"name": "Dark Roast", "base_price": typed, "unit": "bag"})
    assert Product.objects.get().base_price == Decimal(kept)


def test_a_price_with_too_many_decimals_is_refused_at_its_field(organization: Organization, editor: Client) -> None:
    answer = editor.post(reverse("product_new"), {"name": "Dark Roast", "base_price": "18.25001"})
    assert answer.context["form"].errors["base_price"]
    assert not Product.objects.exists()


def test_a_product_is_changed_put_away_and_taken_back(organization: Organization, editor: Client) -> None:
    product = make.product("Dark Roast", sku="A")
    editor.post(reverse("product_change", args=[product.pk]), {"name": "Darker Roast", "sku": "A", "base_price": "20"})
    editor.post(reverse("product_active", args=[product.pk]))
    product.refresh_from_db()
    assert (product.name, product.active) == ("Darker Roast", False)
    page = editor.get(reverse("product", args=[product.pk])).content.decode()
    assert "Darker Roast" in page
    assert "Made inactive" in page
    editor.post(reverse("product_active", args=[product.pk]))
    product.refresh_from_db()
    assert product.active

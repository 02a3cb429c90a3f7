"""Search from everywhere: what is found, in what order, for whom, and with how many queries."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from buddy.hub.customers import Customer
from buddy.hub.team import Organization
from tests import makers as make
from tests.web import made


def found(client: Client, text: str) -> dict[str, list[str]]:
    groups = client.get(reverse("search"), {"q": text}).context["groups"]
    return {group.name: [hit.title for hit in group.hits] for group in groups}


@pytest.fixture
def albion(organization: Organization) -> Customer:
    return make.customer("Hotel Albion", email="ap@albion.example", phone="(206) 555-0142")


@pytest.mark.parametrize("text", ["albion", "HOTEL", "ap@albion", "206 555 0142", "lbio"])
def test_a_customer_is_found_by_any_part_of_name_email_or_phone(viewer: Client, albion: Customer, text: str) -> None:
    assert found(viewer, text) == {"customers": ["Hotel Albion"]}


def test_orders_and_invoices_are_found_by_number_and_po(viewer: Client, albion: Customer) -> None:
    placed = make.order(albion, po_number="PO-7703")
    invoice = made.invoice(albion, "INV-881")
    assert found(viewer, placed.number.lower()) == {"orders": [placed.number]}
    assert found(viewer, "7703") == {"orders": [placed.number]}
    assert found(viewer, "inv-88") == {"invoices": [f"Invoice {invoice.number}"]}


def test_products_are_found_by_name_and_sku(viewer: Client, organization: Organization) -> None:
    make.product("Dark Roast 1 kg", sku="CF-001")
    assert found(viewer, "roast") == found(viewer, "cf-0") == {"products": ["Dark Roast 1 kg"]}


def test_pages_are_found_by_the_beginning_of_a_word_as_far_as_the_role_goes(
    viewer: Client, editor: Client, admin: Client
) -> None:
    assert found(viewer, "quality") == {"pages": ["Data quality"]}
    assert found(viewer, "new") == {}
    assert found(editor, "new") == {"pages": ["New order", "New customer", "New product"]}
    assert found(editor, "team") == {}
    assert found(admin, "team") == {"pages": ["Team"]}


def test_active_customers_come_first_and_at_most_five_with_a_way_to_the_rest(viewer: Client, albion: Customer) -> None:
    for number in range(7):
        make.customer(f"Shop {number}", active=number > 2)
    (group,) = viewer.get(reverse("search"), {"q": "shop"}).context["groups"]
    assert [hit.title for hit in group.hits] == ["Shop 3", "Shop 4", "Shop 5", "Shop 6", "Shop 0"]
    assert group.hits[-1].detail == "Inactive"
    assert viewer.get(group.more).context["page"].number == 4  # the list opens on its active ones


def test_the_latest_orders_come_first(viewer: Client, albion: Customer) -> None:
    numbers = [make.order(albion, po_number="Spring").number for _ in range(7)]
    assert found(viewer, "spring")["orders"] == numbers[:1:-1]


@pytest.mark.parametrize("typed", ["inv-88", "INV-88"])
def test_the_very_number_comes_before_later_ones_that_hold_it(viewer: Client, albion: Customer, typed: str) -> None:
    for number in ("INV-88", *(f"INV-88{digit}" for digit in range(7))):
        made.invoice(albion, number)
    titles = found(viewer, typed)["invoices"]
    assert titles[:2] == ["Invoice INV-88", "Invoice INV-886"]
    assert len(titles) == 5


def test_nothing_of_another_organization_is_found(viewer: Client, albion: Customer) -> None:
    with scope(organization=make.organization("Quayside Provisions")):
        theirs = make.customer("Albion of Quayside")
        make.order(theirs, po_number="ALBION-1")
        made.invoice(theirs, "ALBION-2")
        make.product("Albion tea")
    assert found(viewer, "albion") == {"customers": ["Hotel Albion"]}


@pytest.mark.parametrize("text", ["", "%00", "%", "_", "\\", "' OR 1=1", "x" * 500, "\n"])
def test_whatever_is_typed_is_only_text(viewer: Client, albion: Customer, text: str) -> None:
    answer = viewer.get(reverse("search"), {"q": text})
    assert answer.status_code == 200
    assert answer.context["groups"] == []


def test_htmx_gets_the_answers_alone(viewer: Client, albion: Customer) -> None:
    part = viewer.get(reverse("search"), {"q": "albion"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'href="{reverse("customer", args=[albion.pk])}"' in part
    nothing = viewer.get(reverse("search"), {"q": "zanzibar"}, headers={"HX-Request": "true"}).content.decode()
    assert "Nothing found for “zanzibar”" in nothing


def test_it_asks_as_much_for_fifty_rows_as_for_five(viewer: Client, django_assert_max_num_queries: Any) -> None:
    counts = []
    viewer.get(reverse("search"), {"q": "shop"})
    for step in (5, 45):
        for _ in range(step):
            shop = make.customer("Shop")
            make.order(shop, po_number="shop")
            made.invoice(shop, "shop")
            make.product("shop")
        with django_assert_max_num_queries(100) as asked:
            viewer.get(reverse("search"), {"q": "shop"}, headers={"HX-Request": "true"})
        counts.append(len(asked))
    assert counts[0] == counts[1]

"""Joining customers and products with their records in QuickBooks, by dialog and as plain pages."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.customers import Customer
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync.models import Link
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import REALM, sync
from tests.web.consent import connect

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers/?view=unlinked"}


@pytest.fixture
def books(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Company:
    """Connected and synced: one customer and one item are there and, linked, here."""
    account = next(each for each in company.all("Account") if each["AccountType"] == "Income")
    company.create("Customer", {"DisplayName": "Hotel Albion"})
    company.create("Item", {"Name": "Olives", "Type": "NonInventory", "IncomeAccountRef": {"value": account["Id"]}})
    connect(admin, sim, REALM)
    sync(organization)
    return company


def freed(kind: str) -> str:
    """Take the link of the only object of this kind away; its id there."""
    link = Link.objects.get(kind=kind)
    link.delete()
    return link.remote_id


def test_a_customer_is_linked_to_the_one_chosen(editor: Client, books: Company) -> None:
    remote_id = freed("customer")
    customer = Customer.objects.get()
    page = editor.get(reverse("customer_link", args=[customer.pk])).content.decode()
    assert f'name="remote_id" value="{remote_id}"' in page
    said = editor.post(reverse("customer_link", args=[customer.pk]), {"remote_id": remote_id}, follow=True)
    assert said.redirect_chain[-1][0] == reverse("customer", args=[customer.pk])
    assert Link.objects.get(kind="customer").object_id == customer.pk


def test_who_is_linked_elsewhere_is_shown_and_cannot_be_taken(editor: Client, books: Company) -> None:
    taken = Link.objects.get(kind="customer").remote_id
    other = make.customer("Hotel Albion Annex")
    page = editor.get(reverse("customer_link", args=[other.pk]), {"q": "albion"}).content.decode()
    assert "linked to Hotel Albion" in page
    assert f'value="{taken}"' not in page
    said = editor.post(reverse("customer_link", args=[other.pk]), {"remote_id": taken})
    assert "Nothing was changed." in said.content.decode()
    assert not Link.objects.filter(object_id=other.pk, kind="customer").exists()


def test_the_dialog_looks_for_the_name_first_and_lists_all_when_nothing_is_like_it(
    editor: Client, books: Company
) -> None:
    freed("customer")
    alike = make.customer("Hotel Albion GmbH")
    assert editor.get(reverse("customer_link", args=[alike.pk])).context["q"] == "Hotel Albion"
    unlike = editor.get(reverse("customer_link", args=[make.customer("Zebra").pk]))
    assert [choice.name for choice in unlike.context["choices"]] == ["Hotel Albion"]


def test_those_still_free_come_first(editor: Client, books: Company, organization: Organization) -> None:
    books.create("Customer", {"DisplayName": "Hotel Zephyr"})
    sync(organization)
    Link.objects.filter(object_id=Customer.objects.get(display_name="Hotel Zephyr").pk, kind="customer").delete()
    said = editor.get(reverse("customer_link", args=[make.customer("Zebra").pk]), {"q": "hotel"})
    assert [choice.name for choice in said.context["choices"]] == ["Hotel Zephyr", "Hotel Albion"]


def test_while_typing_only_the_choices_come_back(editor: Client, books: Company) -> None:
    address = reverse("customer_link", args=[make.customer("Zebra").pk])
    said = editor.get(address, {"q": "albion"}, headers={**HTMX, "HX-Target": "choices"}).content.decode()
    assert "Hotel Albion" in said
    assert "<h2" not in said
    said = editor.get(address, {"q": "nobody"}, headers={**HTMX, "HX-Target": "choices"}).content.decode()
    assert "Nothing in QuickBooks is called “nobody”" in said


def test_the_dialog_is_a_fragment_for_htmx_and_a_page_otherwise(editor: Client, books: Company) -> None:
    address = reverse("customer_link", args=[Customer.objects.get().pk])
    assert "<html" in editor.get(address).content.decode()
    fragment = editor.get(address, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert 'id="dialog-title"' in fragment


def test_done_in_a_dialog_the_page_beneath_is_loaded_anew(editor: Client, books: Company) -> None:
    remote_id, customer = freed("customer"), Customer.objects.get()
    said = editor.post(reverse("customer_link", args=[customer.pk]), {"remote_id": remote_id}, headers=HTMX)
    assert said["HX-Redirect"] == "/customers/?view=unlinked"


def test_a_customer_can_be_created_in_quickbooks_instead(
    editor: Client, books: Company, organization: Organization
) -> None:
    customer = make.customer("Harborview Yacht Club")
    editor.post(reverse("customer_link", args=[customer.pk]))
    assert Mark.objects.filter(kind="customer", object_id=customer.pk).exists()
    sync(organization)
    assert "Harborview Yacht Club" in [each["DisplayName"] for each in books.all("Customer")]


def test_removing_a_link_asks_first_and_touches_nothing_there(editor: Client, books: Company) -> None:
    customer = Customer.objects.get()
    before = books.all("Customer")
    asked = editor.get(reverse("customer_unlink", args=[customer.pk])).content.decode()
    assert "Nothing is changed or deleted in QuickBooks." in asked
    assert Link.objects.filter(kind="customer").exists()
    editor.post(reverse("customer_unlink", args=[customer.pk]))
    assert not Link.objects.filter(kind="customer").exists()
    assert books.all("Customer") == before


def test_a_link_that_is_not_there_cannot_be_removed(editor: Client, books: Company) -> None:
    customer = make.customer("Zebra")
    said = editor.post(reverse("customer_unlink", args=[customer.pk]))
    assert "not linked to QuickBooks" in said.content.decode()


def test_a_product_is_mapped_to_the_item_chosen_and_a_wrong_choice_is_mended(editor: Client, books: Company) -> None:
    remote_id, product = freed("product"), Product.objects.get()
    editor.post(reverse("product_link", args=[product.pk]), {"remote_id": remote_id})
    assert Link.objects.get(kind="product").remote_id == remote_id
    page = editor.get(reverse("product_link", args=[product.pk])).content.decode()
    assert f"Linked to QuickBooks item {remote_id} now" in page


def test_an_item_is_created_under_the_income_account_chosen_by_name(
    editor: Client, books: Company, organization: Organization
) -> None:
    product = make.product("House Blend 5 kg")
    account = next(each for each in books.all("Account") if each["AccountType"] == "Income")
    page = editor.get(reverse("product_link", args=[product.pk])).content.decode()
    assert f'<option value="{account["Id"]}">{account["Name"]}</option>' in page.replace("&amp;", "&")
    editor.post(reverse("product_link", args=[product.pk]), {"account_id": account["Id"]})
    sync(organization)
    item = next(each for each in books.all("Item") if each["Name"] == "House Blend 5 kg")
    assert item["IncomeAccountRef"]["value"] == account["Id"]
    assert Link.objects.get(kind="product", object_id=product.pk).remote_id == item["Id"]


def test_an_item_without_an_account_is_not_created(editor: Client, books: Company) -> None:
    product = make.product("House Blend 5 kg")
    said = editor.post(reverse("product_link", args=[product.pk]))
    assert "Choose one of the income accounts" in said.content.decode()
    assert not Mark.objects.filter(kind="product", object_id=product.pk).exists()


@pytest.mark.parametrize("name", ["customer_link", "customer_unlink", "product_link"])
def test_viewers_link_nothing(viewer: Client, books: Company, name: str) -> None:
    row: Any = Product.objects.get() if name == "product_link" else Customer.objects.get()
    assert viewer.post(reverse(name, args=[row.pk])).status_code == 403
    assert Link.objects.filter(kind="customer").exists()


def test_more_can_be_shown_and_the_taken_ones_say_who_holds_them(
    editor: Client, books: Company, organization: Organization
) -> None:
    for at in range(25):
        books.create("Customer", {"DisplayName": f"Bistro {at:02}"})
    sync(organization)
    Link.objects.filter(kind="customer", object_id=Customer.objects.get(display_name="Bistro 24").pk).delete()
    address = reverse("customer_link", args=[make.customer("Zebra").pk])
    said = editor.get(address, {"q": "bistro"})
    shown = said.context["choices"]
    assert (len(shown), shown[0].name, shown[0].taken_by, shown[1].taken_by) == (20, "Bistro 24", "", "Bistro 00")
    assert 'name="show" value="40"' in said.content.decode()
    more = editor.get(address, {"q": "bistro", "show": "40"})
    assert len(more.context["choices"]) == 25
    assert "Show more" not in more.content.decode()
    assert len(editor.get(address, {"q": "bistro", "show": "9" * 30}).context["choices"]) == 20


def test_a_name_that_only_a_taken_one_has_does_not_hide_the_free_ones(
    editor: Client, books: Company, organization: Organization
) -> None:
    books.create("Customer", {"DisplayName": "Zephyr"})
    sync(organization)
    Link.objects.filter(kind="customer", object_id=Customer.objects.get(display_name="Zephyr").pk).delete()
    found = editor.get(reverse("customer_link", args=[make.customer("Hotel Albion").pk])).context["choices"]
    assert [(choice.name, choice.taken_by) for choice in found] == [("Zephyr", ""), ("Hotel Albion", "Hotel Albion")]

"""Merging two customers by the pages: find the other, compare, choose, undo."""

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub import quality
from buddy.hub.customers import Customer
from buddy.hub.duplicates import Merge
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization
from tests import makers as make
from tests.web import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def albion(organization: Organization) -> Customer:
    return make.customer("Hotel Albion", email="ap@albion.example", company_name="Hotel Albion")


@pytest.fixture
def again(organization: Organization) -> Customer:
    return make.customer("Hotel Albion LLC", email="AP@albion.example", resale_number="R-77")


def comparison(one: Customer, other: Customer) -> str:
    return reverse("customer_merge", args=[one.pk, other.pk])


def test_the_likeliest_is_offered_and_any_other_can_be_searched(
    editor: Client, albion: Customer, again: Customer
) -> None:
    stranger = make.customer("Blue Door Deli")
    address = reverse("customer_find_duplicate", args=[albion.pk])
    offered = editor.get(address).content.decode()
    assert comparison(albion, again) in offered
    assert comparison(albion, stranger) not in offered
    assert comparison(albion, albion) not in offered
    assert comparison(albion, stranger) in editor.get(address, {"q": "blue door"}).content.decode()


def test_both_are_shown_field_by_field_with_a_suggestion(editor: Client, albion: Customer, again: Customer) -> None:
    page = editor.get(comparison(albion, again)).content.decode()
    assert 'name="use-resale_number" value="gone" checked' in page
    assert 'name="use-email"' not in page  # the same but for capitals
    assert "0 orders, 0 invoices" in page


def test_what_was_chosen_stays_and_the_old_address_leads_on(editor: Client, albion: Customer, again: Customer) -> None:
    placed = made.order(again)
    answer = editor.post(comparison(albion, again), {"use-display_name": "gone"}, follow=True)
    assert answer.redirect_chain == [(reverse("customer", args=[albion.pk]), 302)]
    assert "Hotel Albion LLC is part of Hotel Albion" in answer.content.decode()
    albion.refresh_from_db()
    placed.refresh_from_db()
    assert (albion.display_name, albion.resale_number, placed.customer) == ("Hotel Albion LLC", "R-77", albion)
    old = editor.get(reverse("customer", args=[again.pk]))
    assert (old.status_code, old["Location"]) == (302, reverse("customer", args=[albion.pk]))


def test_a_merge_is_undone_from_the_customers_page(editor: Client, albion: Customer, again: Customer) -> None:
    editor.post(comparison(albion, again))
    merge = Merge.objects.get()
    address = reverse("merge_undo", args=[merge.pk])
    assert address in editor.get(reverse("customer", args=[albion.pk])).content.decode()
    editor.post(address)
    assert Customer.objects.filter(pk=again.pk).exists()
    assert address not in editor.get(reverse("customer", args=[albion.pk])).content.decode()
    assert "undone already" in editor.post(address, follow=True).content.decode()


def test_two_that_are_linked_are_explained_and_not_merged(editor: Client, albion: Customer, again: Customer) -> None:
    made.link("customer", albion.pk, "58")
    made.link("customer", again.pk, "71")
    page = editor.get(comparison(albion, again)).content.decode()
    assert "Merge the two in QuickBooks first" in page
    assert 'data-key="m"' not in page
    refused = editor.post(comparison(albion, again))
    assert refused.status_code == 409
    assert Customer.objects.count() == 2


def test_a_possible_duplicate_leads_to_the_comparison_and_back(
    editor: Client, albion: Customer, again: Customer
) -> None:
    quality.ask(
        albion.organization,
        kind=ReviewKind.DUPLICATE,
        key="duplicate:1",
        entity="customer",
        title="Hotel Albion",
        object_id=albion.pk,
        data={"others": [[again.pk, "Hotel Albion LLC"]]},
        now=make.NOW,
    )
    review = Review.objects.get()
    address = f"{comparison(albion, again)}?review={review.pk}"
    assert address in editor.get(reverse("quality")).content.decode()
    answer = editor.post(address)
    assert answer["Location"] == reverse("quality")
    review.refresh_from_db()
    assert review.status == ReviewStatus.OVERTAKEN


def test_several_that_were_selected_in_the_list_are_merged_one_after_the_other(
    editor: Client, organization: Organization
) -> None:
    one, other, third = (make.customer(f"Hotel Albion {number}") for number in range(3))
    made.link("customer", other.pk, "58")
    page = editor.get(reverse("customers_merge"), {"customer": [one.pk, other.pk, third.pk]}, follow=True)
    assert page.redirect_chain[0][0] == reverse("customer_merge", args=[other.pk, one.pk]) + f"?also={third.pk}"
    assert "1 more is compared after this" in page.content.decode()
    page = editor.post(page.redirect_chain[0][0], follow=True)
    assert page.redirect_chain[0][0] == reverse("customer_merge", args=[other.pk, third.pk])
    editor.post(page.redirect_chain[0][0])
    assert Customer.objects.get() == other


def test_to_merge_takes_at_least_two(editor: Client, viewer: Client, organization: Organization) -> None:
    one = make.customer()
    page = editor.get(reverse("customers_merge"), {"customer": one.pk}, follow=True)
    assert "Select two to" in page.content.decode()
    assert viewer.get(reverse("customers_merge"), {"customer": one.pk}).status_code == 403

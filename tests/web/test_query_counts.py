"""Pages ask the same number of questions whatever the number of rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub import orders
from buddy.hub.customers import Customer
from buddy.hub.orders import LineDraft
from buddy.hub.team import Organization
from tests import makers as make
from tests.web import made


def fill(count: int) -> None:
    """`count` more of everything, each order with as many lines again on an invoice, each invoice paid."""
    customer = Customer.objects.first() or make.customer("Hotel Albion")
    products = [make.product() for _ in range(count)]
    for product in products:
        made.link("customer", make.customer().pk, f"c{product.pk}")
        made.link("product", product.pk, f"p{product.pk}")
        placed = made.order(customer, product=product, status="shipped")
        invoiced = made.invoice(customer, f"I{product.pk}", of=placed, days=60)
        made.link("invoice", invoiced.pk, f"i{product.pk}")
        made.run(invoiced)
        make.location(customer, f"Door {product.pk}")


PAGES = ["dashboard", "customers", "products", "orders", "invoices", "sync"]


@pytest.mark.parametrize("name", PAGES)
def test_a_list_asks_as_much_for_fifty_rows_as_for_five(
    name: str, organization: Organization, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    few, many = asked(viewer, reverse(name), [5, 45], django_assert_max_num_queries)
    assert few == many
    assert many <= 27


@pytest.mark.parametrize("tab", ["orders", "invoices", "payments"])
def test_a_customer_s_page_does_too(
    tab: str, organization: Organization, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    pk = make.customer("Hotel Albion").pk
    few, many = asked(viewer, reverse("customer", args=[pk]) + f"?tab={tab}", [5, 45], django_assert_max_num_queries)
    assert few == many


@pytest.mark.parametrize("name", ["order", "order_change"])
def test_an_order_s_page_does_too(
    name: str, organization: Organization, editor: Client, django_assert_max_num_queries: Any
) -> None:
    customer = make.customer()
    counts = []
    for lines in (5, 50):
        drafts = [LineDraft(make.product(), 1) for _ in range(lines)]
        placed = orders.place(organization, customer, lines=drafts, by=None)
        counts += asked(editor, reverse(name, args=[placed.pk]), [0], django_assert_max_num_queries)
    assert counts[0] == counts[1]


def test_a_run_s_page_does_too(organization: Organization, viewer: Client, django_assert_max_num_queries: Any) -> None:
    customer, counts = make.customer(), []
    for sent in (2, 29):
        ran = made.run(*(made.invoice(customer, f"{sent}-{number}") for number in range(sent)))
        counts += asked(viewer, reverse("sync_run", args=[ran.pk]), [0], django_assert_max_num_queries)
    assert counts[0] == counts[1]


def asked(client: Client, address: str, steps: list[int], counter: Callable[..., Any]) -> list[int]:
    """How many queries the page takes after each filling; the first visit only warms up what is cached."""
    counts = []
    for step in steps:
        fill(step)
        client.get(address)
        with counter(1000) as context:
            assert client.get(address).status_code == 200
        counts.append(len(context))
    return counts

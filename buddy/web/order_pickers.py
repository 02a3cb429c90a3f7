"""The two search fields of the order form, which answer as one types."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from buddy.hub import pricing
from buddy.hub.customers import Customer, sort_key
from buddy.hub.pricing import Quote
from buddy.hub.products import Product
from buddy.web import customers, lists, products
from buddy.web.permission import editor
from buddy.web.request import Request

MOST_ANSWERS = 8


@dataclass(frozen=True)
class Offer:
    """A product, and what the customer of the order pays for it."""

    product: Product
    quote: Quote


def customer_answers(text: str) -> Sequence[Customer]:
    """Active customers like what was typed, those first whose name begins with it."""
    text = text.strip()
    if not text:
        return []
    rows = Customer.objects.filter(active=True).order_by("sort_name", "id")
    first = list(rows.filter(sort_name__startswith=sort_key(text))[:MOST_ANSWERS])
    if len(first) < MOST_ANSWERS:
        others = customers.search(rows.exclude(pk__in=[each.pk for each in first]), text)
        first += others[: MOST_ANSWERS - len(first)]
    return first


def product_answers(text: str, customer: Customer | None) -> list[Offer]:
    """Products on the price list like what was typed; first the one with that SKU, then names that begin with it."""
    text = text.strip()
    if not text:
        return []
    rows = Product.objects.filter(active=True).order_by("sort_name", "id")
    found = list(rows.filter(sku__in=[text, text.upper()])[:MOST_ANSWERS])
    for more in (rows.filter(sort_name__startswith=text.casefold()), products.search(rows, text)):
        if len(found) < MOST_ANSWERS:
            found += more.exclude(pk__in=[each.pk for each in found])[: MOST_ANSWERS - len(found)]
    quotes = pricing.quotes(customer, found)
    return [Offer(product, quotes[product.pk]) for product in found]


@require_GET
@editor
def find(request: Request, kind: str) -> HttpResponse:
    """The answers of a picker as its field is typed into."""
    said = lists.ids([request.GET.get("customer", "")])
    customer = Customer.objects.filter(pk__in=said).select_related("tier__organization").first()
    asked = request.GET.get("customer_q" if kind == "customers" else "product_q", "").replace("\0", "").strip()
    values = {
        "customers": customer_answers(asked) if kind == "customers" else [],
        "products": product_answers(asked, customer) if kind == "products" else [],
        "asked": asked,
    }
    return render(request, "orders/_answers.html", values)


urlpatterns = [
    path("orders/find/customers/", find, {"kind": "customers"}, name="order_find_customers"),
    path("orders/find/products/", find, {"kind": "products"}, name="order_find_products"),
]

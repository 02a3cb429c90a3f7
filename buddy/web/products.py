"""The products: the list with what each is in QuickBooks, and their form."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub import pricing
from buddy.hub import products as hub
from buddy.hub.pricing import CustomerPrice
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync.status import narrow
from buddy.web import lists, quickbooks, stories, talk
from buddy.web.forms import NumberField, attempt
from buddy.web.lists import Sort, View
from buddy.web.permission import editor
from buddy.web.request import Request

MOST_AGREED = 10

SORTS = [Sort("name", "sort_name"), Sort("sku", "sku"), Sort("price", "base_price", descending=True)]
VIEWS: list[View[Product]] = [
    View("active", "Active", lambda rows, _: rows.filter(active=True)),
    View(
        "unmapped",
        "Not mapped",
        lambda rows, organization: narrow(rows.filter(active=True), organization, "product", "unlinked"),
    ),
    View("attention", "Needs attention", lambda rows, organization: narrow(rows, organization, "product", "attention")),
    View("inactive", "Inactive", lambda rows, _: rows.filter(active=False)),
]


def search(rows: QuerySet[Product], text: str) -> QuerySet[Product]:
    """By any part of the name or SKU."""
    if not text:
        return rows
    found = Q(sort_name__contains=text.casefold()) | Q(name__icontains=text) | Q(sku__icontains=text)
    return rows.filter(found)


class ProductForm(forms.Form):
    """The hub checks the values; here they only take shape."""

    name = forms.CharField(label="Name", error_messages={"required": "Enter the name of this product."})
    sku = forms.CharField(label="SKU", required=False, help_text="Your own code. It finds the item in QuickBooks.")
    unit = forms.CharField(label="Unit", required=False, help_text="What a quantity counts, such as bag or case.")
    base_price = NumberField(label="Price per unit", help_text="The list price. Tiers take their discount off it.")
    description = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    taxable = forms.BooleanField(label="Sales tax is charged on it", required=False)

    def __init__(self, data: Any, *, organization: Organization, product: Product | None = None) -> None:
        new = {"taxable": True, "unit": organization.default_unit}
        initial = {name: getattr(product, name) for name in self.base_fields} if product else new
        super().__init__(data, initial=initial)


@require_GET
def product_list(request: Request) -> HttpResponse:
    q = lists.searched(request)
    view = lists.chosen(request.GET, VIEWS)
    page = lists.page(request, search(view.rows(Product.objects.all(), request.organization), q), SORTS)
    values = {
        "page": page,
        "q": q,
        "view": view.name,
        "tabs": lambda: lists.tabs(VIEWS, view, Product.objects.all(), request.organization),
        "badges": quickbooks.badges(request, "product", page.rows),
    }
    return lists.answer(request, "products/list.html", values)


@require_GET
def product_page(request: Request, pk: int) -> HttpResponse:
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    agreed = CustomerPrice.objects.filter(product=product)
    values = {
        "product": product,
        "in_tiers": pricing.in_tiers(product),
        "agreed": agreed.select_related("customer").order_by("customer__sort_name", "pk")[:MOST_AGREED],
        "agreed_count": agreed.count(),
        "panel": quickbooks.panel(request, "product", product),
        "stories": stories.of(request.organization, "product", pk),
    }
    return render(request, "products/page.html", values)


@require_http_methods(["GET", "POST"])
@editor
def new_product(request: Request) -> HttpResponse:
    form = ProductForm(request.POST or None, organization=request.organization)
    if form.is_valid() and (product := _create(request, form)):
        talk.done(request, f"{product} added")
        return redirect("product", product.pk)
    return render(request, "products/form.html", {"form": form})


def _create(request: Request, form: ProductForm) -> Product | None:
    return attempt(form, lambda: hub.create(request.organization, form.cleaned_data, by=request.user))


@require_http_methods(["GET", "POST"])
@editor
def change_product(request: Request, pk: int) -> HttpResponse:
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    form = ProductForm(request.POST or None, organization=request.organization, product=product)
    if form.is_valid() and attempt(form, lambda: hub.change(product, form.cleaned_data, by=request.user)) is not None:
        talk.done(request, f"{product} saved")
        return redirect("product", pk)
    return render(request, "products/form.html", {"form": form, "product": product})


@require_POST
@editor
def set_active(request: Request, pk: int) -> HttpResponse:
    """Take a product off the price list, or put it back; each undoes the other."""
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    if product.active:
        hub.deactivate(product, by=request.user)
        talk.done(request, f"{product} is off the price list", detail="Orders that hold it keep it.")
    else:
        hub.reactivate(product, by=request.user)
        talk.done(request, f"{product} is on the price list again")
    return redirect("product", pk)


urlpatterns = [
    path("products/", product_list, name="products"),
    path("products/new/", new_product, name="product_new"),
    path("products/<int:pk>/", product_page, name="product"),
    path("products/<int:pk>/edit/", change_product, name="product_change"),
    path("products/<int:pk>/active/", set_active, name="product_active"),
]

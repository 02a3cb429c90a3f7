"""Pricing: the tiers, what a product costs in each, and prices agreed with one customer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from buddy.hub import pricing, tiers
from buddy.hub.customers import Customer
from buddy.hub.pricing import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.tiers import Tier
from buddy.web import dialogs, lists, products, talk
from buddy.web.forms import NumberField, attempt, plain
from buddy.web.permission import admin, editor
from buddy.web.request import Request

MOST_SHOWN = 10


class TierForm(forms.Form):
    name = forms.CharField(label="Name", max_length=50, help_text="Such as Wholesale or Distributor.")
    discount_percent = NumberField(
        label="Discount, %", initial=0, help_text="Off the list price of every product without a price of its own."
    )
    priority = forms.IntegerField(label="Place in lists", min_value=1, max_value=999, initial=1)
    active = forms.BooleanField(label="In use: its customers get its prices", required=False, initial=True)


@require_GET
def tier_list(request: Request) -> HttpResponse:
    rows = Tier.objects.annotate(
        customers_in=Count("customers", distinct=True), prices_of=Count("prices", distinct=True)
    )
    return render(request, "pricing/page.html", {"tiers": rows})


@require_http_methods(["GET", "POST"])
@editor
def edit(request: Request, pk: int | None = None) -> HttpResponse:
    """A new tier, or other values for this one."""
    tier = get_object_or_404(Tier, pk=pk) if pk else None
    initial = {name: getattr(tier, name) for name in TierForm.base_fields} if tier else {}
    form = TierForm(request.POST or None, initial=initial)
    if form.is_valid() and (saved := _saved(request, form, tier)):
        talk.done(request, f"{saved} saved", detail="New orders follow it. Orders already placed keep their prices.")
        return redirect("pricing")
    return render(request, "pricing/tier.html", {"form": form, "tier": tier})


def _saved(request: Request, form: TierForm, tier: Tier | None) -> Tier | None:
    values = form.cleaned_data
    if tier:
        return attempt(form, lambda: tiers.change(tier, values, by=request.user))
    return attempt(form, lambda: tiers.create(request.organization, values, by=request.user))


@require_http_methods(["GET", "POST"])
@admin
def delete(request: Request, pk: int) -> HttpResponse:
    """Asks first, with what goes along; then deletes."""
    tier: Tier = get_object_or_404(Tier, pk=pk)
    if request.method == "POST":
        pricing.delete_tier(tier, by=request.user)
        talk.done(request, f"{tier} is deleted")
        return dialogs.leave(request, reverse("pricing"))
    values = {"tier": tier, "touched": pricing.touched_by(tier)}
    return dialogs.show(request, "pricing/delete.html", f"Delete {tier}?", values, back=reverse("pricing"))


# --- A product's prices ----------------------------------------------------------------------------------------------


class ProductPrices(forms.Form):
    """A field for each tier; empty: the tier's discount decides."""

    def __init__(self, data: Any, product: Product) -> None:
        super().__init__(data)
        self.tiers = list(Tier.objects.select_related("organization"))
        fixed = dict(TierPrice.objects.filter(product=product).values_list("tier", "price"))
        for tier in self.tiers:
            quote = pricing.discounted(product, tier)
            self.fields[f"tier-{tier.pk}"] = NumberField(
                label=tier.name,
                required=False,
                initial=plain(fixed.get(tier.pk)),
                help_text=f"Empty: {plain(quote.price)}, {quote.origin}",
            )

    @property
    def prices(self) -> dict[Tier, Decimal | None]:
        return {tier: self.cleaned_data[f"tier-{tier.pk}"] for tier in self.tiers}


@require_http_methods(["GET", "POST"])
@editor
def product_prices(request: Request, pk: int) -> HttpResponse:
    product: Product = get_object_or_404(Product.objects.select_related("organization"), pk=pk)
    form = ProductPrices(request.POST or None, product)
    if form.is_valid() and attempt(form, lambda: _set_prices(request, product, form)):
        talk.done(request, f"Prices of {product} saved", detail="Orders already placed keep theirs.")
        return redirect("product", pk)
    return render(request, "pricing/product.html", {"form": form, "product": product})


def _set_prices(request: Request, product: Product, form: ProductPrices) -> bool:
    pricing.set_tier_prices(product, form.prices, by=request.user)
    return True


# --- A customer's prices ---------------------------------------------------------------------------------------------


class AgreedPrice(forms.Form):
    price = NumberField(label="Agreed price", required=False, help_text="Leave it empty to go by tier and list again.")


@require_http_methods(["GET", "POST"])
@editor
def customer_price(request: Request, pk: int) -> HttpResponse:
    """Choose a product (`product`), then say what this customer pays for it."""
    customer: Customer = get_object_or_404(Customer.objects.select_related("tier", "organization"), pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    product = Product.objects.filter(pk__in=lists.ids([asked.get("product", "")])).first()
    if product is None:
        return _choose_product(request, customer)
    standing = CustomerPrice.objects.filter(customer=customer, product=product).first()
    initial = {"price": plain(standing.price)} if standing else {}
    form = AgreedPrice(request.POST or None, initial=initial)
    if form.is_valid() and attempt(form, lambda: _agree(request, customer, product, form)):
        talk.done(request, f"Price of {product} for {customer} saved", detail="Orders already placed keep theirs.")
        return redirect(reverse("customer", args=[pk]) + "?tab=prices")
    quote = pricing.quotes(customer, [product], agreed=False)[product.pk]
    values = {"customer": customer, "product": product, "form": form, "quote": quote, "standing": standing}
    return render(request, "pricing/customer.html", values)


def _agree(request: Request, customer: Customer, product: Product, form: AgreedPrice) -> bool:
    pricing.set_customer_price(customer, product, form.cleaned_data["price"], by=request.user)
    return True


def _choose_product(request: Request, customer: Customer) -> HttpResponse:
    q = lists.searched(request)
    rows = products.search(Product.objects.filter(active=True), q).order_by("sort_name", "pk")
    values = {"customer": customer, "q": q, "found": rows[:MOST_SHOWN]}
    part = "#found" if request.htmx else ""
    return render(request, f"pricing/choose.html{part}", values)


urlpatterns = [
    path("pricing/", tier_list, name="pricing"),
    path("pricing/new/", edit, name="pricing_tier_new"),
    path("pricing/<int:pk>/", edit, name="pricing_tier"),
    path("pricing/<int:pk>/delete/", delete, name="pricing_tier_delete"),
    path("products/<int:pk>/prices/", product_prices, name="product_prices"),
    path("customers/<int:pk>/prices/", customer_price, name="customer_price"),
]

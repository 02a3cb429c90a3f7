"""The customers: the list, and the page of each."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_filters import ChoiceFilter, FilterSet, NumberFilter

from buddy.hub import customers as hub
from buddy.hub import duplicates
from buddy.hub.address import Address
from buddy.hub.customers import Customer, Location
from buddy.hub.invoices import Age, Credit, Invoice, owed
from buddy.hub.searching import holding
from buddy.hub.tiers import Tier
from buddy.sync.status import narrow
from buddy.web import lists, orders, quickbooks, stories, talk
from buddy.web.lists import Sort, View
from buddy.web.permission import editor
from buddy.web.request import Request

TAB_SIZE = 20

FILTERS = {"lacks": "Missing", "tier": "Tier"}
SORTS = [Sort("name", "sort_name"), Sort("balance", "balance", descending=True)]
VIEWS: list[View[Customer]] = [
    View("active", "Active", lambda rows, _: rows.filter(active=True)),
    View(
        "unlinked",
        "Not linked",
        lambda rows, organization: narrow(rows.filter(active=True), organization, "customer", "unlinked"),
    ),
    View(
        "attention", "Needs attention", lambda rows, organization: narrow(rows, organization, "customer", "attention")
    ),
    View("inactive", "Inactive", lambda rows, _: rows.filter(active=False)),
]


def search(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """By any part of a name or email address, or by the digits of a phone number however it is written."""
    return rows.filter(holding(text)) if text else rows


LACKS: dict[str, tuple[str, Q]] = {  # what an order or an invoice will miss
    "email": ("No email", Q(email="")),
    "tier": ("No tier", Q(tier=None)),
    "address": ("No address", Q(billing_address=Address())),
}


class CustomerFilter(FilterSet):
    """What the list can be narrowed by, as its address holds it. Values that make no sense are left out."""

    lacks = ChoiceFilter(choices=[(name, title) for name, (title, _) in LACKS.items()], method="lacking")
    tier = NumberFilter(field_name="tier_id", max_value=10**lists.MOST_DIGITS)

    def lacking(self, rows: QuerySet[Customer], _name: str, what: str) -> QuerySet[Customer]:
        return rows.filter(LACKS[what][1])


def lacks(customer: Customer, *, tiers: bool) -> list[str]:
    """The warnings at a customer: what is missing. Where there are no `tiers`, nobody misses one."""
    there = {
        "email": customer.email,
        "tier": customer.tier_id or not tiers,
        "address": customer.billing_address.parts(),
    }
    return [LACKS[name][0] for name, value in there.items() if not value]


@require_GET
def customer_list(request: Request) -> HttpResponse:
    q = lists.searched(request)
    view = lists.chosen(request.GET, VIEWS)
    found = CustomerFilter(request.GET, queryset=view.rows(Customer.objects.all(), request.organization))
    rows = search(found.qs, q)
    narrowed = lists.in_force(found.form, FILTERS)
    rows = lists.few(rows) if q or narrowed or view.name == "unlinked" else rows
    page = lists.page(request, rows.select_related("tier"), SORTS)
    tiers = [(str(tier.pk), tier.name) for tier in Tier.objects.order_by("name")]
    values = {
        "page": page,
        "q": q,
        "filters": found.form,
        "filtered": narrowed,
        "tiers": tiers,
        "tier": request.GET.get("tier", "") if found.form.cleaned_data.get("tier") else "",
        "lacks": {customer.pk: lacks(customer, tiers=bool(tiers)) for customer in page.rows},
        "view": view.name,
        "tabs": lambda: lists.tabs(VIEWS, view, Customer.objects.all(), request.organization),
        "totals": lists.totals(rows, "balance", number=page.number),
        "badges": quickbooks.badges(request, "customer", page.rows),
    }
    return lists.answer(request, "customers/list.html", values)


@require_GET
def customer_page(request: Request, pk: int) -> HttpResponse:
    customer = Customer.objects.select_related("terms", "tier", "parent").filter(pk=pk).first()
    if customer is None:
        return _moved(pk)
    tab = request.GET.get("tab", "orders")
    page, extra = _tab(request, customer, tab)
    values = {
        "customer": customer,
        "figures": _figures(customer),
        "lacks": lacks(customer, tiers=Tier.objects.exists()),
        "owed": owed(Invoice.objects.filter(customer=customer), timezone.localdate()),
        "ages": Age,
        "merges": duplicates.standing(customer),
        "locations": Location.objects.filter(customer=customer),
        "panel": quickbooks.panel(request, "customer", customer),
        "stories": stories.of(request.organization, "customer", customer.pk),
        "tab": tab,
        "page": page,
        **extra,
    }
    return render(request, "customers/page.html", values)


def _moved(pk: int) -> HttpResponse:
    """Old addresses lead to the customer that this one was merged into."""
    if into := duplicates.survivor_of(pk):
        return redirect("customer", into)
    raise Http404


def _tab(request: Request, customer: Customer, tab: str) -> tuple[lists.Page[Any], dict[str, Any]]:
    """The rows of one tab: orders, invoices, payments with the credits, or agreed prices."""
    if tab == "invoices":
        invoices = lists.page(request, customer.invoices.all(), [Sort("date", "invoice_date", True)], size=TAB_SIZE)
        return invoices, {"badges": quickbooks.badges(request, "invoice", invoices.rows), "today": timezone.localdate()}
    if tab == "prices":
        prices = customer.prices.select_related("product")
        return lists.page(request, prices, [Sort("agreed", "updated_at", True)], size=TAB_SIZE), {}
    if tab == "payments":
        payments = customer.payments.prefetch_related("applications__invoice", "applications__credit")
        credits_ = Credit.objects.filter(customer=customer).order_by("-date", "-id")[:TAB_SIZE]
        return lists.page(request, payments, [Sort("date", "date", True)], size=TAB_SIZE), {"credits": credits_}
    page = lists.page(request, customer.orders.all(), [Sort("date", "order_date", True)], size=TAB_SIZE)
    return page, {"invoices_of": orders.invoices_of(page.rows)}


def _figures(customer: Customer) -> dict[str, Any]:
    """The key figures. `balance` is the books'; the others are summed here over invoices that count."""
    today = timezone.localdate()
    live = Invoice.objects.live().filter(customer=customer)
    late, lately = Q(balance__gt=0, due_date__lt=today), Q(invoice_date__gt=today - timedelta(days=365))
    return live.aggregate(
        open_count=Count("pk", filter=Q(balance__gt=0)),
        late_sum=Sum("balance", filter=late, default=Decimal(0)),
        late_count=Count("pk", filter=late),
        year_sum=Sum("total", filter=lately, default=Decimal(0)),
        year_count=Count("pk", filter=lately),
    ) | {"last_order": customer.orders.order_by("-order_date", "-id").first()}


@require_POST
@editor
def set_active(request: Request, pk: int) -> HttpResponse:
    """Put a customer away, or take it back; both can be undone by the other."""
    customer: Customer = get_object_or_404(Customer.objects.all(), pk=pk)
    if customer.active:
        hub.deactivate(customer, by=request.user)
        talk.done(request, f"{customer} is inactive now", detail="Nothing was deleted; you can make it active again.")
    else:
        hub.reactivate(customer, by=request.user)
        talk.done(request, f"{customer} is active again")
    return redirect("customer", pk)


urlpatterns = [
    path("customers/", customer_list, name="customers"),
    path("customers/<int:pk>/", customer_page, name="customer"),
    path("customers/<int:pk>/active/", set_active, name="customer_active"),
]

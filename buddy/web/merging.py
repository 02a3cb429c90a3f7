"""Two customers of Buddy made one: choose the other, compare, choose what stays; and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub.customers import Customer, likely_duplicates
from buddy.hub.duplicates import CHOSEN, Merge, Side, suggested
from buddy.hub.errors import Refused
from buddy.sync import duplicates
from buddy.sync.mapping import CUSTOMER
from buddy.sync.models import Link
from buddy.web import comparison, customers, lists, talk
from buddy.web.comparison import Line
from buddy.web.permission import editor
from buddy.web.request import Request

OFFERED = 10
MOST = 10  # customers merged in one go
RECOGNISED_BY = ("display_name", "company_name", "email", "phone", "alternate_phone", "mobile", "billing_address")
KEPT_BOTH = {"email": "Both are kept, the chosen one first", "phone": "Both are kept, the chosen one first"}


@dataclass(frozen=True)
class Choice:
    """One field of the two, and whose value is suggested; "" when there is nothing to choose."""

    line: Line
    suggested: Side | str
    note: str


@dataclass(frozen=True)
class Standing:
    """What of a customer moves, or others move to."""

    customer: Customer
    orders: int
    invoices: int
    prices: int
    their_id: str


@require_GET
@editor
def find(request: Request, pk: int) -> HttpResponse:
    """Which other customer is the same business? The likeliest first, or whom one searches for."""
    customer: Customer = get_object_or_404(Customer.objects.all(), pk=pk)
    q = lists.searched(request)
    values = {"customer": customer, "q": q, "found": _searched(customer, q) if q else _likely(request, customer)}
    if request.htmx and request.htmx.target == "found":
        return render(request, "customers/_found.html", values)
    return render(request, "customers/find_duplicate.html", values)


def _searched(customer: Customer, q: str) -> list[Customer]:
    rows = customers.search(Customer.objects.exclude(pk=customer.pk), q)
    return list(rows.order_by("sort_name", "pk")[:OFFERED])


def _likely(request: Request, customer: Customer) -> list[Customer]:
    values = {field: getattr(customer, field) for field in RECOGNISED_BY}
    alike = likely_duplicates(request.organization, values)
    return [each.customer for each in alike if each.customer != customer][:OFFERED]


@require_http_methods(["GET", "POST"])
@editor
def merge(request: Request, pk: int, other: int) -> HttpResponse:
    """Customer `pk` stays, `other` becomes part of it."""
    survivor: Customer = get_object_or_404(Customer.objects.select_related("terms", "tier", "parent"), pk=pk)
    gone: Customer = get_object_or_404(Customer.objects.select_related("terms", "tier", "parent"), pk=other)
    refusal = duplicates.obstacle(survivor, gone)
    if request.method == "POST" and not refusal:
        try:
            duplicates.merge(survivor, gone, _choices(request), by=request.user)
        except Refused as why:
            refusal = str(why)
        else:
            return _merged(request, survivor, gone)
    values = {
        **side_by_side(survivor, gone),
        "refusal": refusal,
        "review": _review(request),
        "also": _also(request),
    }
    return render(request, "customers/merge.html", values, status=409 if request.method == "POST" else 200)


def side_by_side(survivor: Customer, gone: Customer) -> dict[str, Any]:
    """What the comparison shows: each side's standing, and field by field whose value is suggested."""
    sides = [_standing(survivor), _standing(gone)]
    return {"survivor": sides[0], "gone": sides[1], "sides": sides, "choices": _compared(survivor, gone)}


@require_GET
@editor
def merge_several(request: Request) -> HttpResponse:
    """Merge the customers that were selected in the list: two at a time, each into the one that stays.

    QuickBooks knows the one that stays, if it knows any; else it is the oldest.
    """
    customers = list(Customer.objects.filter(pk__in=lists.ids(request.GET.getlist("customer"))[: MOST + 1]))
    if not 2 <= len(customers) <= MOST:
        talk.notice(request, f"Select two to {MOST} customers that are the same, then merge")
        return redirect("customers")
    linked = Link.objects.filter(kind="customer", object_id__in=[each.pk for each in customers])
    known = set(linked.values_list("object_id", flat=True))
    survivor, gone, *rest = sorted(customers, key=lambda each: (each.pk not in known, each.pk))
    return redirect(_next_pair(survivor.pk, [gone.pk, *(each.pk for each in rest)]))


def _next_pair(survivor: int, others: Sequence[int]) -> str:
    also = urlencode([("also", pk) for pk in others[1:]])
    return reverse("customer_merge", args=[survivor, others[0]]) + (f"?{also}" if also else "")


def _also(request: Request) -> list[int]:
    """Who is to be merged into the one that stays after this."""
    return lists.ids(request.GET.getlist("also"))[:MOST]


def _choices(request: Request) -> dict[str, Side]:
    said = {field: request.POST.get(f"use-{field}") for field in CHOSEN}
    return {field: side for field, side in said.items() if side in ("survivor", "gone")}  # type: ignore[misc]


def _merged(request: Request, survivor: Customer, gone: Customer) -> HttpResponse:
    page = reverse("customer", args=[survivor.pk])
    talk.done(request, f"{gone} is part of {survivor} now", link=f"{page}#merges", label="Look at it, or undo it")
    if also := _also(request):
        return redirect(_next_pair(survivor.pk, also))
    return redirect("quality" if _review(request) else page)


def _review(request: Request) -> str:
    """The question that led here, if one did: its page is where one goes on afterwards."""
    said = request.GET.get("review", "")
    return said if said.isdecimal() and said.isascii() else ""


def _standing(customer: Customer) -> Standing:
    link = Link.objects.filter(kind="customer", object_id=customer.pk).first()
    return Standing(
        customer,
        customer.orders.count(),
        customer.invoices.count(),
        customer.prices.count(),
        link.remote_id if link else "",
    )


def _compared(survivor: Customer, gone: Customer) -> list[Choice]:
    sides = suggested(survivor, gone)
    return [
        Choice(line, sides[name] if line.verdict != "Same" else "", KEPT_BOTH.get(name, ""))
        for name in CHOSEN
        if (line := _line(name, survivor, gone)) is not None
    ]


def _line(name: str, survivor: Customer, gone: Customer) -> Line | None:
    mine, theirs = (_mapped(getattr(customer, name)) for customer in (survivor, gone))
    if not mine and not theirs and not isinstance(mine, bool):
        return None
    if name == "tier":
        label, same = "Pricing tier", mine == theirs
    else:
        field = CUSTOMER.named(name)
        label = field.label
        same = bool(mine) and bool(theirs) and not field.reference and field.same(mine, theirs)
    return comparison.line(name, label, comparison.text(mine), comparison.text(theirs), same=lambda *_: same)


def _mapped(value: Any) -> Any:
    if hasattr(value, "as_dict"):
        return value.as_dict()
    return value if isinstance(value, bool) else str(value or "")


@require_POST
@editor
def undo(request: Request, pk: int) -> HttpResponse:
    """Take a merge back."""
    done: Merge = get_object_or_404(Merge.objects.all(), pk=pk)
    try:
        gone = duplicates.undo(done, by=request.user)
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
        return redirect("customer", done.survivor_id)
    address = reverse("customer", args=[done.survivor_id])
    talk.done(request, f"{gone} is a customer of its own again", link=address, label="Open the other")
    return redirect("customer", gone.pk)


urlpatterns = [
    path("customers/merge/", merge_several, name="customers_merge"),
    path("customers/<int:pk>/merge/", find, name="customer_find_duplicate"),
    path("customers/<int:pk>/merge/<int:other>/", merge, name="customer_merge"),
    path("merges/<int:pk>/undo/", undo, name="merge_undo"),
]

"""Joining a customer or product with its record in QuickBooks: choose it, create it there, or take the link away.

The dialogs also open over the Create invoices dialog; they then carry what was selected there (`carried`) and lead
back to it, so that fixing one order in place keeps the others.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.products import Product
from buddy.sync import answers
from buddy.sync.choices import Choice, choices
from buddy.sync.models import Link
from buddy.web import dialogs, invoicing, lists, talk
from buddy.web.permission import editor
from buddy.web.request import Request

ENTITIES = {"customer": "Customer", "product": "Item"}
FIRST, MOST = 20, 320  # how many choices are listed at first, and at most; then a search is quicker


@require_http_methods(["GET", "POST"])
@editor
def customer_link(request: Request, pk: int) -> HttpResponse:
    """Choose the QuickBooks customer, or create one there."""
    customer: Customer = get_object_or_404(Customer.objects.all(), pk=pk)
    if request.method == "GET":
        return _dialog(request, "customer", customer)
    remote_id = _id(request, "remote_id")
    if not remote_id:
        answers.send_customer(customer, by=request.user)
        return _done(request, "customer", customer, f"{customer} goes to QuickBooks", "As a new customer, in seconds")
    try:
        answers.link_customer(request.organization, pk, remote_id, by=request.user)
    except Refused as refusal:
        return _dialog(request, "customer", customer, refusal=str(refusal))
    return _done(request, "customer", customer, f"{customer} is linked", f"To QuickBooks customer {remote_id}")


@require_http_methods(["GET", "POST"])
@editor
def product_link(request: Request, pk: int) -> HttpResponse:
    """Choose the QuickBooks item, or create one there, booked to an income account chosen by its name."""
    product: Product = get_object_or_404(Product.objects.all(), pk=pk)
    if request.method == "GET":
        return _dialog(request, "product", product)
    try:
        said = _join_product(request, product)
    except Refused as refusal:
        return _dialog(request, "product", product, refusal=str(refusal))
    return _done(request, "product", product, *said)


def _join_product(request: Request, product: Product) -> tuple[str, str]:
    if remote_id := _id(request, "remote_id"):
        answers.link_product(product, remote_id, by=request.user)
        return f"{product} is mapped", f"To QuickBooks item {remote_id}"
    answers.create_item(product, _id(request, "account_id"), by=request.user)
    return f"{product} goes to QuickBooks", "As a new item, in seconds"


def _id(request: Request, name: str) -> str:
    """An id of QuickBooks as the form sent it; no database takes a NUL."""
    return request.POST.get(name, "").replace("\0", "")


@require_http_methods(["GET", "POST"])
@editor
def customer_unlink(request: Request, pk: int) -> HttpResponse:
    """Take a customer's link away, after saying what that does."""
    customer: Customer = get_object_or_404(Customer.objects.all(), pk=pk)
    values: dict[str, Any] = {"customer": customer, "refusal": ""}
    if request.method == "POST":
        try:
            answers.unlink_customer(customer, by=request.user)
            talk.done(request, f"{customer} is not linked any more")
            return dialogs.leave(request, reverse("customer", args=[pk]))
        except Refused as refusal:
            values["refusal"] = str(refusal)
    title, back = f"Remove the link of {customer}?", reverse("customer", args=[pk])
    return dialogs.show(request, "linking/unlink.html", title, values, back=back)


def _dialog(request: Request, kind: str, row: Customer | Product, *, refusal: str = "") -> HttpResponse:
    """The dialog; while somebody types in it, only its list of choices."""
    link = Link.objects.filter(kind=kind, object_id=row.pk).first()
    shown, asked = _shown(request), lists.searched(request)
    q, found = (asked, _choices(request, kind, asked)) if "q" in request.GET else _likely(request, kind, row)
    values = {
        "row": row,
        "kind": kind,
        "link": link,
        "q": q,
        "choices": found[:shown],
        "more": min(shown * 2, MOST) if len(found) > shown else 0,
        "accounts": choices(request.organization, "Account", limit=200) if kind == "product" else [],
        "carried": invoicing.carried(request),
        "refusal": refusal,
    }
    template = "linking/link.html"
    if request.htmx and request.htmx.target == "choices":
        template = "linking/_choices.html"
    verb = "Link" if kind == "customer" else "Map"
    return dialogs.show(request, template, f"{verb} {row}", values, back=reverse(kind, args=[row.pk]))


def _shown(request: Request) -> int:
    """How many choices are listed: twice as many each time somebody asks for more."""
    return min(max(sum(lists.ids([request.GET.get("show", "")])), FIRST), MOST)


def _choices(request: Request, kind: str, q: str) -> list[Choice]:
    """Those still free first, and one more than is shown, so that it is known whether there are more."""
    return choices(request.organization, ENTITIES[kind], q, limit=_shown(request) + 1)


def _likely(request: Request, kind: str, row: Customer | Product) -> tuple[str, list[Choice]]:
    """What to look for before anybody typed: the name, else its beginning, else everything; the first that finds a
    record still free, for a list of taken ones offers nothing."""
    words = "".join(letter if letter.isalnum() else " " for letter in str(row)).split()
    for q in dict.fromkeys((str(row), " ".join(words[:2]), *words[:1])):
        found = _choices(request, kind, q)
        if found and not found[0].taken_by:
            return q, found
    return "", _choices(request, kind, "")


def _done(request: Request, kind: str, row: Customer | Product, text: str, detail: str) -> HttpResponse:
    """Back to the Create invoices dialog when this one lay over it, else to the page beneath."""
    if request.htmx and invoicing.carried(request):
        return invoicing.dialog(request, note=f"{text}. {detail}.")
    talk.done(request, text, detail=detail)
    return dialogs.leave(request, reverse(kind, args=[row.pk]))


urlpatterns = [
    path("customers/<int:pk>/link/", customer_link, name="customer_link"),
    path("customers/<int:pk>/unlink/", customer_unlink, name="customer_unlink"),
    path("products/<int:pk>/link/", product_link, name="product_link"),
]

"""Search from everywhere (Ctrl-K): pages, customers, orders, invoices and products, as one types."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Case, QuerySet, When
from django.http import HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.searching import holding
from buddy.hub.team import Membership
from buddy.web import lists, products
from buddy.web.request import Request
from buddy.web.shell import places
from buddy.web.templatetags.buddy import LABELS, amount

MOST = 5  # of each kind
LOOKED_AT = 50  # matches of which the latest are shown: the search stops there


@dataclass(frozen=True)
class Hit:
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `more` leads to the list with the same search."""

    name: str
    title: str
    icon: str
    hits: list[Hit]
    more: str = ""


# What a person can begin: title, url name, whom it is for.
ACTIONS: list[tuple[str, str, Callable[[Membership], bool]]] = [
    ("New order", "order_new", lambda member: member.may_edit),
    ("New customer", "customer_new", lambda member: member.may_edit),
    ("New product", "product_new", lambda member: member.may_edit),
    ("Books match", "books", lambda _: True),
    ("Your profile", "profile", lambda _: True),
    ("Organization settings", "settings_organization", lambda member: member.may_view_settings),
    ("Team", "settings_team", lambda member: member.may_view_settings),
    ("Payment terms", "settings_terms", lambda member: member.may_view_settings),
    ("Integrations: QuickBooks", "integrations", lambda member: member.may_view_settings),
]


@require_GET
def search(request: Request) -> HttpResponse:
    """The answers to `q`, for the dialog; as a page of its own where nothing runs in the browser."""
    text = lists.searched(request)
    groups = [group for group in _groups(request, text) if group.hits] if text else []
    return lists.answer(request, "search/page.html", {"q": text, "groups": groups})


def _groups(request: Request, text: str) -> Iterator[Group]:
    """In the order they are shown. Each kind takes a query or two, whatever the number of rows."""
    yield Group("pages", "Pages", "arrow-right", list(islice(_pages(request.membership, text), MOST)))
    yield _group("customers", "Customers", "users", text, map(_customer, _customers(text)))
    yield _group("orders", "Sales orders", "clipboard-list", text, map(_order, _latest(SalesOrder, "order_date", text)))
    invoices = _latest(Invoice, "invoice_date", text)
    yield _group("invoices", "Invoices", "file-invoice", text, map(_invoice, invoices), view="all")
    yield _group("products", "Products", "package", text, map(_product, _products(text)))


def _group(name: str, title: str, icon: str, text: str, hits: Iterable[Hit], **query: str) -> Group:
    return Group(name, title, icon, list(hits), reverse(name) + lists.with_query(QueryDict(), q=text, **query))


def _pages(member: Membership, text: str) -> Iterator[Hit]:
    """Those with a word that begins with what was typed."""
    known = [(place.title, place.url) for place in places(member)]
    known += [(title, url) for title, url, allowed in ACTIONS if allowed(member)]
    for title, url in known:
        if f" {text.casefold()}" in f" {title.casefold()}":
            yield Hit(title, "", reverse(url))


def _customers(text: str) -> list[Customer]:
    """Active ones first, each part in the order of the list, so that the index answers and stops early."""
    found: list[Customer] = []
    for active in (True, False):
        rows = Customer.objects.filter(holding(text), active=active).order_by("sort_name", "id")
        ids = list(rows.values_list("pk", flat=True)[: MOST - len(found)])
        found += sorted(Customer.objects.filter(pk__in=ids), key=lambda customer: (customer.sort_name, customer.pk))
    return found


def _products(text: str) -> QuerySet[Product]:
    return products.search(Product.objects.filter(active=True), text).order_by("sort_name", "id")[:MOST]


def _latest[M: (SalesOrder, Invoice)](model: type[M], dated: str, text: str) -> QuerySet[M]:
    """The one of this very number, then the latest of the first matches: indexes find them, and they alone are read."""
    named: list[int] = list(model.objects.filter(number__in={text, text.upper()}).values_list("pk", flat=True)[:MOST])
    ids: list[int] = list(model.objects.filter(holding(text)).order_by().values_list("pk", flat=True)[:LOOKED_AT])
    rows: QuerySet[M] = model.objects.filter(pk__in=[*named, *ids]).select_related("customer")
    return rows.order_by(Case(When(pk__in=named, then=0), default=1), f"-{dated}", "-id")[:MOST]


def _customer(row: Customer) -> Hit:
    return Hit(row.display_name, row.email if row.active else "Inactive", reverse("customer", args=[row.pk]))


def _order(row: SalesOrder) -> Hit:
    detail = f"{row.customer} · {row.po_number + ' · ' if row.po_number else ''}{LABELS[row.status]}"
    return Hit(row.number, detail, reverse("order", args=[row.pk]))


def _invoice(row: Invoice) -> Hit:
    state = LABELS[row.status(timezone.localdate())]
    owed = f" · {amount(row.balance)} {row.currency} open" if row.balance and not row.ended else ""
    return Hit(f"Invoice {row}", f"{row.customer} · {state}{owed}", reverse("invoice", args=[row.pk]))


def _product(row: Product) -> Hit:
    return Hit(row.name, row.sku, reverse("product", args=[row.pk]))


urlpatterns = [path("search/", search, name="search")]

"""Export: every list as CSV or XLSX, narrowed as its address says, of any length. For every member.

What can be imported is written with the headings that an import knows, so a file can come back as it went.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from buddy.hub.customers import Customer
from buddy.hub.imports import Kind, labels
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.orders import OrderLine, SalesOrder
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.web import customers, invoices, lists, orders, products, quality, spreadsheet
from buddy.web.request import Request
from buddy.web.spreadsheet import Cell

type Line = list[Cell]


@dataclass(frozen=True)
class Export[M: Model]:
    """One list as a file: its rows as a request narrows them, and what becomes of each."""

    name: str
    head: Sequence[str]
    rows: Callable[[Request], QuerySet[M]]
    lines: Callable[[M], Iterator[Line]]


# --- What can come back ----------------------------------------------------------------------------------------------


def _customers(request: Request) -> QuerySet[Customer]:
    view = lists.chosen(request.GET, customers.VIEWS)
    rows = view.rows(Customer.objects.select_related("terms", "tier"), request.organization)
    return customers.search(customers.CustomerFilter(request.GET, queryset=rows).qs, lists.searched(request))


def _customer(row: Customer) -> Iterator[Line]:
    address = row.billing_address
    streets = [line for line in (address.line1, address.line2, address.line3, address.line4, address.line5) if line]
    held: dict[str, Cell] = {
        "id": row.pk,
        "street": "\n".join(streets),
        "street2": "",
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "terms": row.terms.name if row.terms else "",
        "tier": row.tier.name if row.tier else "",
        "taxable": _yes(row.taxable),
        "active": _yes(row.active),
    }
    yield [*(held[name] if name in held else getattr(row, name) for name in labels(Kind.CUSTOMERS)), row.balance]


def _products(request: Request) -> QuerySet[Product]:
    view = lists.chosen(request.GET, products.VIEWS)
    return products.search(view.rows(Product.objects.all(), request.organization), lists.searched(request))


def _product(row: Product) -> Iterator[Line]:
    held: dict[str, Cell] = {"id": row.pk, "taxable": _yes(row.taxable), "active": _yes(row.active)}
    yield [held[name] if name in held else getattr(row, name) for name in labels(Kind.PRODUCTS)]


def _orders(request: Request) -> QuerySet[SalesOrder]:
    found = orders.matching(request.GET, request.organization)
    return found.select_related("customer", "location").prefetch_related("lines__product")


def _order(row: SalesOrder) -> Iterator[Line]:
    """A row for each line, with what belongs to the order in each."""
    head: dict[str, Cell] = {
        "number": row.number,
        "customer": row.customer.display_name,
        "po_number": row.po_number,
        "order_date": row.order_date,
        "ship_date": row.ship_date,
        "status": row.get_status_display(),
        "location": row.location.name if row.location else "",
        "notes": row.notes,
    }
    names = labels(Kind.ORDERS)
    for line in row.lines.all() or [OrderLine()]:
        of = {**head, "sku": line.product.sku, "product": line.product.name} if line.product_id else head
        yield [*(of[name] if name in of else getattr(line, name, None) for name in names), line.amount, row.total]


# --- What the books keep, and what Buddy does ------------------------------------------------------------------------


def _invoices(request: Request) -> QuerySet[Invoice]:
    return invoices.matching(request.GET, request.organization).select_related("customer", "terms")


def _invoice(row: Invoice) -> Iterator[Line]:
    yield [
        row.number,
        row.customer.display_name,
        row.invoice_date,
        row.due_date,
        row.terms.name if row.terms else "",
        row.po_number,
        row.status(timezone.localdate()).label,
        row.currency,
        row.subtotal,
        row.discount,
        row.shipping,
        row.tax,
        row.total,
        row.balance,
        row.memo,
    ]


def _payments(request: Request) -> QuerySet[Payment]:
    rows = Payment.objects.select_related("customer").prefetch_related("applications__invoice")
    customer = lists.ids([request.GET.get("customer", "")])
    return rows.filter(customer__in=customer) if customer else rows


def _payment(row: Payment) -> Iterator[Line]:
    settled = [f"{each.invoice.number}: {each.amount}" for each in row.applications.all() if each.invoice]
    yield [
        row.date,
        row.customer.display_name,
        row.amount,
        row.unapplied,
        row.currency,
        row.method,
        row.reference,
        "; ".join(settled),
        row.get_ended_display() if row.ended else "",
    ]


def _reviews(request: Request) -> QuerySet[Review]:
    return quality.Filters.asked(request).rows().select_related("settled_by")


def _review(row: Review) -> Iterator[Line]:
    settled = timezone.localtime(row.settled_at) if row.settled_at else None
    yield [
        timezone.localtime(row.created_at),
        row.get_kind_display(),
        row.entity,
        row.title,
        row.money,
        row.blocking,
        row.get_status_display(),
        settled,
        str(row.settled_by or ""),
    ]


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


EXPORTS: list[Export[Any]] = [
    Export("customers", [*labels(Kind.CUSTOMERS).values(), "Open balance"], _customers, _customer),
    Export("products", list(labels(Kind.PRODUCTS).values()), _products, _product),
    Export("orders", [*labels(Kind.ORDERS).values(), "Amount", "Order total"], _orders, _order),
    Export(
        "invoices",
        ["Number", "Customer", "Invoice date", "Due date", "Terms", "PO number", "Status", "Currency", "Subtotal",
         "Discount", "Shipping", "Tax", "Total", "Balance", "Memo"],
        _invoices,
        _invoice,
    ),
    Export(
        "payments",
        ["Date", "Customer", "Amount", "Unapplied", "Currency", "Method", "Reference", "Invoices", "Ended"],
        _payments,
        _payment,
    ),
    Export(
        "reviews",
        ["Asked", "Kind", "About", "Question", "Money", "Orders and invoices waiting", "Status", "Settled", "By"],
        _reviews,
        _review,
    ),
]  # fmt: skip


@require_GET
def export(request: Request, *, export: Export[Any], format: str) -> HttpResponseBase:
    """All rows of the list as its address narrows it."""
    lines = spreadsheet.lines_of(export.rows(request), export.lines, request.organization)
    return spreadsheet.file(format, f"{export.name}-{timezone.localdate():%Y-%m-%d}", export.head, lines)


urlpatterns = [
    path(f"{each.name}/export.{format}", export, {"export": each, "format": format}, name=f"{each.name}_{format}")
    for each in EXPORTS
    for format in ("csv", "xlsx")
]

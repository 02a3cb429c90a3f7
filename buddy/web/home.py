"""The dashboard: what needs a person first; on an empty hub, where to begin."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import OrderStatus, SalesOrder
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.sync import status
from buddy.sync.audit import report
from buddy.sync.status import Card
from buddy.web import lists
from buddy.web.orders import to_invoice
from buddy.web.request import Request
from buddy.web.templatetags.buddy import money

OLDEST = 6
PLURALS = {
    ReviewKind.MATCH: ("customer to match", "customers to match"),
    ReviewKind.DUPLICATE: ("possible duplicate", "possible duplicates"),
    ReviewKind.CONFLICT: ("conflict", "conflicts"),
    ReviewKind.DIFFERENCE: ("customer with different values", "customers with different values"),
    ReviewKind.PROBLEM: ("sync problem", "sync problems"),
}


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person, with what it holds up and the button that leads on."""

    css: str
    icon: str
    title: str
    detail: str
    button: str
    address: str


@dataclass(frozen=True)
class Figure:
    """A sum per currency, and over how many rows."""

    title: str
    sums: list[tuple[str, Decimal]]
    count: int
    noun: str


@require_GET
def dashboard(request: Request) -> HttpResponse:
    card = status.card(request.organization, now=timezone.now())
    if card.state == "none" and not Customer.objects.exists():
        return render(request, "home/welcome.html", {"card": card})
    late = Invoice.objects.unpaid().filter(due_date__lt=timezone.localdate())
    figures = [
        _figure("Open balance", Invoice.objects.unpaid(), "balance", "invoice"),
        _figure("Overdue", late, "balance", "invoice"),
        _figure("To invoice", to_invoice(SalesOrder.objects.all()), "total", "shipped order"),
    ]
    values = {
        "card": card,
        "figures": figures,
        "needs": list(_needs(request, card, late=figures[1], uninvoiced=figures[2])),
        "oldest": late.select_related("customer").order_by("due_date", "id")[:OLDEST],
        "by_status": _by_status(),
    }
    return render(request, "home/dashboard.html", values)


def _figure(title: str, rows: QuerySet[Any], field: str, noun: str) -> Figure:
    return Figure(title, lists.sums(rows, field), rows.count(), noun)


def _needs(request: Request, card: Card, *, late: Figure, uninvoiced: Figure) -> Iterator[Need]:
    """What waits for a person, the most pressing first."""
    settings = reverse("integrations")
    if card.state in ("reconnect", "disconnected") and request.membership.may_connect:
        yield Need(
            "b-bad", "plug-connected-x", "QuickBooks needs to be connected again", card.reason, "Reconnect", settings
        )
    elif card.state == "none" and request.membership.may_connect:
        text = "Customers, invoices and payments then stay the same in both."
        yield Need("b-warn", "plug", "QuickBooks is not connected", text, "Connect", settings)
    if reviews := _reviews():
        count = sum(reviews.values())
        text = ", ".join(f"{number:,} {PLURALS[kind][number != 1]}" for kind, number in reviews.items())
        title = f"{count:,} {'review' if count == 1 else 'reviews'} in Data quality"
        yield Need("b-warn", "checklist", title, text, "Review", reverse("quality"))
    if differing := report.differences_left(request.organization):
        title = f"{differing:,} {'difference' if differing == 1 else 'differences'} between Buddy and QuickBooks"
        text = "Found when the books were compared, each with what puts it right."
        yield Need("b-warn", "scale", title, text, "Look", reverse("books"))
    if uninvoiced.count:
        title = f"{uninvoiced.count:,} shipped {'order is' if uninvoiced.count == 1 else 'orders are'} not invoiced yet"
        address = reverse("orders") + "?view=to-invoice"
        yield Need("b-muted", "receipt", title, _in_words(uninvoiced.sums), "Create invoices", address)
    if late.count:
        title = f"{late.count:,} {'invoice is' if late.count == 1 else 'invoices are'} overdue"
        yield Need("b-muted", "clock", title, _in_words(late.sums), "Show", reverse("invoices") + "?view=overdue")


def _in_words(sums: list[tuple[str, Decimal]]) -> str:
    return format_html_join(" + ", "{}", ((money(amount, currency),) for currency, amount in sums))


def _reviews() -> dict[ReviewKind, int]:
    waiting = Review.objects.filter(status=ReviewStatus.PENDING).order_by("kind")
    counts = dict(waiting.values_list("kind").annotate(count=Count("pk")))
    return {kind: counts[kind] for kind in ReviewKind if kind in counts}


def _by_status() -> list[tuple[OrderStatus, int]]:
    """How many orders stand in each status that still leads somewhere."""
    counts = dict(SalesOrder.objects.order_by("status").values_list("status").annotate(count=Count("pk")))
    return [(status, counts.get(status, 0)) for status in OrderStatus if status != OrderStatus.CANCELLED]


urlpatterns = [path("", dashboard, name="dashboard")]

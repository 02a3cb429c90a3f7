"""The dashboard: what needs a person first, then the figures, each leading to the list that shows exactly it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.invoices import Age, Invoice, Owed, owed
from buddy.hub.orders import OrderStatus, SalesOrder
from buddy.sync import status
from buddy.sync.audit import report
from buddy.sync.causes import causes
from buddy.web import happenings
from buddy.web.first_steps import steps
from buddy.web.needs import Figure, needs, reviews
from buddy.web.orders import to_invoice
from buddy.web.request import Request

OLDEST = 5
LATEST = 5


@dataclass(frozen=True)
class Bar:
    """One age of the receivables: what it is called, its amount in each currency, and its list."""

    label: str
    amounts: list[Decimal]
    count: int
    address: str


@require_GET
def dashboard(request: Request) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    card = status.card(request.organization, now=now, counted=False)
    if card.state == "none" and not Customer.objects.exists():
        return render(request, "home/welcome.html", {"card": card, "first_steps": steps(request, card)})
    held_up = causes(request.organization, now=now) if card.state != "none" else []
    receivables = owed(Invoice.objects.all(), today)
    waiting = reviews(request.organization, now=timezone.now())
    unpaid, late = _receivables(receivables)
    uninvoiced = _to_invoice()
    oldest = Invoice.objects.unpaid().filter(due_date__lt=today).select_related("customer").order_by("due_date", "id")
    values = {
        "card": card,
        "first_steps": steps(request, card),
        "figures": [unpaid, late, uninvoiced],
        "waiting": waiting,
        "needs": list(needs(request, card, waiting=waiting, late=late, uninvoiced=uninvoiced)),
        "currencies": [each.currency for each in receivables],
        "ages": ages(receivables),
        "totals": [each.total for each in receivables],
        "oldest": oldest[:OLDEST],
        "by_status": _by_status(),
        "held_up": held_up,
        "held_up_count": sum(cause.count for cause in held_up),
        "books": report.latest(request.organization),
        "latest": happenings.told(Activity.objects.order_by("-at", "-id").select_related("user")[:LATEST]),
    }
    return render(request, "home/dashboard.html", values)


def _receivables(found: Sequence[Owed]) -> tuple[Figure, Figure]:
    """Everything unpaid, and of it what is overdue."""
    address = reverse("invoices")
    unpaid = [(each.currency, each.total) for each in found]
    late = [(each.currency, each.late) for each in found if each.late_count]
    return (
        Figure("Open balance", unpaid, sum(each.count for each in found), "invoice", f"{address}?view=unpaid"),
        Figure("Overdue", late, sum(each.late_count for each in found), "invoice", f"{address}?view=overdue"),
    )


def ages(found: Sequence[Owed]) -> list[Bar]:
    """The receivables by age, each currency for itself (R19)."""
    address = reverse("invoices")
    return [
        Bar(
            age.label,
            [each.amounts[age] for each in found],
            sum(each.counts[age] for each in found),
            f"{address}?view=unpaid&age={age}",
        )
        for age in Age
    ]


def _to_invoice() -> Figure:
    rows = to_invoice(SalesOrder.objects.all()).order_by("currency").values_list("currency")
    found = list(rows.annotate(sum=Sum("total", default=Decimal(0)), count=Count("pk")))
    sums = [(currency, amount) for currency, amount, _ in found]
    count = sum(each[2] for each in found)
    return Figure("Shipped, not invoiced", sums, count, "order", reverse("orders") + "?view=to-invoice")


def _by_status() -> list[tuple[OrderStatus, int]]:
    """How many orders stand in each status that still leads somewhere."""
    counts = dict(SalesOrder.objects.order_by("status").values_list("status").annotate(count=Count("pk")))
    return [(status, counts.get(status, 0)) for status in OrderStatus if status != OrderStatus.CANCELLED]


urlpatterns = [path("", dashboard, name="dashboard")]

"""Where an object stands with QuickBooks: its badge, its panel, and what a person can do when it needs one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.products import Product
from buddy.sync import answers, closing, invoicing, status
from buddy.sync.invoicing import Comparison
from buddy.sync.status import Badge
from buddy.web import lists, talk
from buddy.web.lists import PAGE_SIZE
from buddy.web.permission import editor
from buddy.web.request import Request

type Linked = Customer | Product | Invoice

KINDS: dict[str, type[Linked]] = {"customer": Customer, "product": Product, "invoice": Invoice}


@dataclass(frozen=True)
class Panel:
    """What the panel of a record page shows. `name_there`: what QuickBooks calls it, when it is known."""

    kind: str
    row: Linked
    badges: dict[int, Badge]
    name_there: str
    comparison: Comparison | None = None  # of an invoice Buddy made
    open_day: date | None = None  # of an invoice whose date falls in closed books: the first day that is open

    @property
    def pk(self) -> int:
        pk: int = self.row.pk
        return pk

    @property
    def badge(self) -> Badge:
        return self.badges[self.pk]

    @property
    def id_label(self) -> str:
        return f"{'Item' if self.kind == 'product' else self.kind.capitalize()} ID"

    @property
    def stuck(self) -> bool:
        """It was refused or failed, and can be sent again once the cause is gone."""
        return self.badge.state == "attention" or self.open_day is not None

    @property
    def link_address(self) -> str:
        """Where it is linked or created; invoices are only ever sent."""
        return "" if self.kind == "invoice" else reverse(f"{self.kind}_link", args=[self.pk])


def badges(request: Request, kind: str, objects: Sequence[Linked] | QuerySet[Linked]) -> dict[int, Badge]:
    return status.badges(request.organization, kind, objects)


def panel(request: Request, kind: str, row: Linked) -> Panel:
    name_there = status.name_there(request.organization, kind, row.pk)
    shown = badges(request, kind, [row])
    comparison = invoicing.compare(row) if isinstance(row, Invoice) else None
    open_day = closing.move_to(row) if isinstance(row, Invoice) and shown[row.pk].reason else None
    return Panel(kind, row, shown, name_there, comparison, open_day)


@require_GET
def poll(request: Request, kind: str) -> HttpResponse:
    """The badges of the objects `ids` as they are now; see `badge_poller` for `shows` and `asked`.

    With them the numbers QuickBooks gave to invoices meanwhile (R17), for the elements with `data-number`, and where
    the page of one record asks, what its panel says now.
    """
    if kind not in KINDS:
        raise Http404
    ids = lists.ids(request.GET.get("ids", "").split(",")[:PAGE_SIZE])
    rows = KINDS[kind].objects.filter(pk__in=ids)
    shows = request.GET.get("shows", "full")
    values = {
        "badges": badges(request, kind, rows),
        "panels": [panel(request, kind, row) for row in rows[:1]] if shows == "both" else [],
        "numbered": [row for row in rows if isinstance(row, Invoice) and row.number],
        "kind": kind,
        "shows": shows,
        "asked": sum(lists.ids([request.GET.get("asked", "")])),
    }
    return render(request, "shell/_badges.html", values)


@require_POST
@editor
def retry(request: Request, kind: str, pk: int) -> HttpResponse:
    """Send it again, after whatever was wrong has been put right."""
    if kind not in KINDS:
        raise Http404
    row: Linked = get_object_or_404(KINDS[kind].objects.all(), pk=pk)
    try:
        answers.retry(row, by=request.user)
        talk.done(request, "On its way to QuickBooks again")
    except Refused as refusal:
        talk.notice(request, "It was not sent", detail=str(refusal))
    return redirect(kind, pk)


@require_POST
@editor
def date_open(request: Request, pk: int) -> HttpResponse:
    """Date an invoice that waits for closed books on the first open day."""
    invoice: Invoice = get_object_or_404(Invoice.objects.all(), pk=pk)
    try:
        answers.date_open(invoice, by=request.user)
        talk.done(request, f"Invoice dated {invoice.invoice_date:%b} {invoice.invoice_date.day}", detail="It goes out")
    except Refused as refusal:
        talk.notice(request, "The invoice was not changed", detail=str(refusal))
    return redirect("invoice", pk)


urlpatterns = [
    path("invoices/<int:pk>/date/", date_open, name="invoice_date_open"),
    path("badges/<str:kind>/", poll, name="badges"),
    path("quickbooks/<str:kind>/<int:pk>/retry/", retry, name="retry"),
]

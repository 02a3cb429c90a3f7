"""The invoices: the list, and the page of each with what was paid and credited on it."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_filters import (
    CharFilter,
    ChoiceFilter,
    DateFromToRangeFilter,
    FilterSet,
    MultipleChoiceFilter,
    NumberFilter,
)

from buddy.hub.errors import Refused
from buddy.hub.invoices import Age, Invoice, InvoiceLine, InvoiceStatus, aged
from buddy.hub.orders import SalesOrder
from buddy.hub.searching import holding
from buddy.hub.team import Organization
from buddy.sync import answers, status
from buddy.sync.status import narrow
from buddy.web import lists, quickbooks, stories, talk
from buddy.web.lists import Sort, View, named_like
from buddy.web.orders import filtered_customer
from buddy.web.permission import editor
from buddy.web.request import Request
from buddy.web.waterfall import fall

SORTS = [
    Sort("date", "invoice_date", descending=True),
    Sort("due", "due_date"),
    Sort("total", "total", descending=True),
    Sort("balance", "balance", descending=True),
]
VIEWS: list[View[Invoice]] = [
    View("all", "All", lambda rows, _: rows),
    View("unpaid", "Unpaid", lambda rows, _: rows.filter(ended="", balance__gt=0)),
    View("overdue", "Overdue", lambda rows, _: rows.filter(ended="", balance__gt=0, due_date__lt=timezone.localdate())),
    View("attention", "Needs attention", lambda rows, of: narrow(rows, of, "invoice", "attention")),
]


FILTERS = {"dated": "Invoice date", "status": "Status", "customer": "Customer", "age": "Days past due"}


class InvoiceFilter(FilterSet):
    """What the list can be narrowed by, as its address holds it. Values that make no sense are left out."""

    q = CharFilter(method="search")
    status = MultipleChoiceFilter(choices=InvoiceStatus.choices, method="with_statuses")
    customer = NumberFilter(field_name="customer_id", max_value=10**lists.MOST_DIGITS)
    dated = DateFromToRangeFilter(field_name="invoice_date")
    age = ChoiceFilter(choices=Age.choices, method="past_due")

    def search(self, rows: QuerySet[Invoice], _name: str, text: str) -> QuerySet[Invoice]:
        """By any part of what it is called, the PO numbers, or the customer's name."""
        return lists.few(rows.filter(holding(text) | Q(customer__in=named_like(text).values("pk"))))

    def past_due(self, rows: QuerySet[Invoice], _name: str, age: str) -> QuerySet[Invoice]:
        """By how long ago they were due, as the dashboard sums what is owed."""
        return rows.filter(aged(age, timezone.localdate()))

    def with_statuses(self, rows: QuerySet[Invoice], _name: str, chosen: list[str]) -> QuerySet[Invoice]:
        """The status is derived, so each is a condition of its own (R9)."""
        today = timezone.localdate()
        wanted = [Q(pk__in=Invoice.objects.with_status(status, today).values("pk")) for status in chosen]
        return rows.filter(Q(*wanted, _connector=Q.OR)) if wanted else rows


def matching(query: QueryDict, organization: Organization) -> QuerySet[Invoice]:
    """The invoices that an address of the list asks for, with its view, search and filters."""
    rows: QuerySet[Invoice] = InvoiceFilter(query, queryset=Invoice.objects.all()).qs
    return lists.chosen(query, VIEWS).rows(rows, organization)


@require_GET
def invoice_list(request: Request) -> HttpResponse:
    on = lists.chosen(request.GET, VIEWS)
    found = InvoiceFilter(request.GET, queryset=Invoice.objects.all())
    rows = on.rows(found.qs, request.organization)
    page = lists.page(request, rows.select_related("customer"), SORTS)
    values = {
        "page": page,
        "view": on.name,
        "filters": found.form,
        "filtered": lists.in_force(found.form, FILTERS),
        "customer": filtered_customer(request),
        "tabs": lambda: lists.tabs(VIEWS, on, Invoice.objects.all(), request.organization),
        "totals": lists.totals(rows, "total", "balance", number=page.number),
        "badges": quickbooks.badges(request, "invoice", page.rows),
        "today": timezone.localdate(),
    }
    return lists.answer(request, "invoices/list.html", values)


@require_GET
def invoice_page(request: Request, pk: int) -> HttpResponse:
    invoice: Invoice = get_object_or_404(Invoice.objects.select_related("customer", "terms"), pk=pk)
    values = {
        "invoice": invoice,
        "status": invoice.status(timezone.localdate()),
        "lines": InvoiceLine.objects.filter(invoice=invoice).select_related("product"),
        "orders": SalesOrder.objects.filter(lines__invoice_lines__invoice=invoice).distinct().order_by("id"),
        "fall": fall(invoice, arriving=status.is_running(request.organization, now=timezone.now())),
        "panel": quickbooks.panel(request, "invoice", invoice),
        "stories": stories.of(request.organization, "invoice", pk),
    }
    return render(request, "invoices/page.html", values)


@require_POST
@editor
def discard(request: Request, pk: int) -> HttpResponse:
    """Give up an invoice that QuickBooks never took; its orders can be invoiced again (R15)."""
    invoice: Invoice = get_object_or_404(Invoice.objects.all(), pk=pk)
    try:
        answers.discard(invoice, by=request.user)
        talk.done(request, "Invoice discarded", detail="Its orders can be invoiced again.")
    except Refused as refusal:
        talk.notice(request, "The invoice was not discarded", detail=str(refusal))
    return redirect("invoice", pk)


urlpatterns = [
    path("invoices/", invoice_list, name="invoices"),
    path("invoices/<int:pk>/", invoice_page, name="invoice"),
    path("invoices/<int:pk>/discard/", discard, name="invoice_discard"),
]

"""The sales orders: the list from which they are invoiced, and the page of each."""

from collections.abc import Sequence

from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST
from django_filters import CharFilter, DateFromToRangeFilter, FilterSet, MultipleChoiceFilter, NumberFilter

from buddy.hub import orders as hub
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice, InvoiceLine
from buddy.hub.orders import Invoiced, OrderLine, OrderStatus, SalesOrder
from buddy.hub.team import Organization
from buddy.web import lists, quickbooks, stories, talk
from buddy.web.lists import Sort, View, named_like
from buddy.web.permission import editor
from buddy.web.request import Request

SENT_OUT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)
OPEN = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
MOST_AT_ONCE = 1_000  # how many orders "select all that match" takes

SORTS = [Sort("date", "order_date", descending=True), Sort("total", "total", descending=True)]
VIEWS: list[View[SalesOrder]] = [
    View("all", "All", lambda rows, _: rows),
    View("to-invoice", "To invoice", lambda rows, _: to_invoice(rows)),
    View("open", "Open", lambda rows, _: rows.filter(status__in=OPEN)),
    View("drafts", "Drafts", lambda rows, _: rows.filter(status=OrderStatus.DRAFT)),
]


def to_invoice(rows: QuerySet[SalesOrder]) -> QuerySet[SalesOrder]:
    """The goods have left, and something of them stands on no invoice yet."""
    return rows.filter(status__in=SENT_OUT, invoiced__in=(Invoiced.NONE, Invoiced.PART))


class OrderFilter(FilterSet):
    """What the list can be narrowed by, as its address holds it. Values that make no sense are left out."""

    q = CharFilter(method="search")
    status = MultipleChoiceFilter(choices=OrderStatus.choices)
    customer = NumberFilter(field_name="customer_id", max_value=10**lists.MOST_DIGITS)
    ordered = DateFromToRangeFilter(field_name="order_date")

    def search(self, rows: QuerySet[SalesOrder], _name: str, text: str) -> QuerySet[SalesOrder]:
        """By any part of the order's number, its PO number, or the customer's name."""
        named = named_like(Customer.objects.filter(pk=OuterRef("customer_id")), text)
        return rows.filter(Q(number__icontains=text) | Q(po_number__icontains=text) | Exists(named))


def matching(query: QueryDict, organization: Organization) -> QuerySet[SalesOrder]:
    """The orders that an address of the list asks for, with its view, search and filters."""
    rows: QuerySet[SalesOrder] = OrderFilter(query, queryset=SalesOrder.objects.all()).qs
    return lists.chosen(query, VIEWS).rows(rows, organization)


def selected(request: Request) -> QuerySet[SalesOrder]:
    """The orders ticked in the list (`order`, repeated), or with `all` those that its address (`filter`) matches.

    At most `MOST_AT_ONCE`, in the list's order.
    """
    if "all" in request.POST:
        rows = matching(QueryDict(request.POST.get("filter", "")), request.organization)
    else:
        rows = SalesOrder.objects.filter(pk__in=lists.ids(request.POST.getlist("order")))
    return rows.order_by("-order_date", "-id")[:MOST_AT_ONCE]


def invoices_of(orders: Sequence[SalesOrder]) -> dict[int, list[Invoice]]:
    """The live invoices that lines of these orders stand on, by order."""
    pairs = (
        InvoiceLine.objects.filter(order_line__order__in=[order.pk for order in orders])
        .order_by("invoice_id")
        .values_list("order_line__order_id", "invoice_id")
        .distinct()
    )
    placed = list(pairs)
    invoices = Invoice.objects.live().in_bulk([invoice_id for _, invoice_id in placed])
    found: dict[int, list[Invoice]] = {order.pk: [] for order in orders}
    for order_id, invoice_id in placed:
        if invoice_id in invoices:
            found[order_id].append(invoices[invoice_id])
    return found


@require_GET
def order_list(request: Request) -> HttpResponse:
    on = lists.chosen(request.GET, VIEWS)
    found = OrderFilter(request.GET, queryset=SalesOrder.objects.all())
    rows = on.rows(found.qs, request.organization)
    page = lists.page(request, rows.select_related("customer"), SORTS)
    invoices = invoices_of(page.rows)
    values = {
        "page": page,
        "view": on.name,
        "filters": found.form,
        "filtered": lists.in_force(found.form, {"ordered": "Order date", "status": "Status", "customer": "Customer"}),
        "customer": filtered_customer(request),
        "tabs": lambda: lists.tabs(VIEWS, on, SalesOrder.objects.all(), request.organization),
        "totals": lists.totals(rows, "total", page.number),
        "invoices_of": invoices,
        "badges": quickbooks.badges(request, "invoice", [one for several in invoices.values() for one in several]),
        "statuses": OrderStatus,
        "most_at_once": MOST_AT_ONCE,
    }
    return lists.answer(request, "orders/list.html", values)


def filtered_customer(request: Request) -> Customer | None:
    """The customer a list is narrowed to."""
    return Customer.objects.filter(pk__in=lists.ids([request.GET.get("customer", "")])).first()


@require_GET
def order_page(request: Request, pk: int) -> HttpResponse:
    order: SalesOrder = get_object_or_404(
        SalesOrder.objects.select_related("customer", "location", "terms", "created_by"), pk=pk
    )
    invoices = invoices_of([order])[pk]
    values = {
        "order": order,
        "lines": OrderLine.objects.filter(order=order).select_related("product"),
        "remaining": hub.remaining([pk]),
        "invoices": invoices,
        "badges": quickbooks.badges(request, "invoice", invoices),
        "stories": stories.of(request.organization, "order", pk),
        "statuses": OrderStatus,
    }
    return render(request, "orders/page.html", values)


@require_POST
@editor
def set_status(request: Request) -> HttpResponse:
    """Give the selected orders another status. What cannot take it stays as it is, and is named."""
    status = request.POST.get("status", "")
    if status not in OrderStatus.values:
        raise BadRequest
    refusals, changed = [], 0
    for order in selected(request):
        try:
            hub.set_status(order, status, by=request.user)
            changed += 1
        except Refused as refusal:
            refusals.append(str(refusal))
    _say_changed(request, changed, OrderStatus(status).label, refusals)
    if back := lists.ids([request.POST.get("back", "")]):
        return redirect("order", back[0])
    return redirect(f"{reverse('orders')}?{QueryDict(request.POST.get('filter', '')).urlencode()}")


def _say_changed(request: Request, changed: int, label: str, refusals: list[str]) -> None:
    if changed:
        talk.done(request, f"{changed:,} {'order is' if changed == 1 else 'orders are'} {label.lower()} now")
    if refusals:
        more = f" And {len(refusals) - 1:,} more." if len(refusals) > 1 else ""
        talk.notice(request, f"{len(refusals):,} not changed", detail=refusals[0] + more)


urlpatterns = [
    path("orders/", order_list, name="orders"),
    path("orders/status/", set_status, name="order_status"),
    path("orders/<int:pk>/", order_page, name="order"),
]

"""The sales orders: the list from which they are invoiced, and the page of each."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_filters import CharFilter, DateFromToRangeFilter, FilterSet, MultipleChoiceFilter, NumberFilter

from buddy.hub import orders as hub
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, InvoiceLine
from buddy.hub.orders import OrderLine, OrderStatus, SalesOrder
from buddy.hub.searching import holding
from buddy.hub.team import Organization
from buddy.sync import shipping
from buddy.web import dialogs, lists, quickbooks, stories, talk
from buddy.web.forms import NumberField, attempt, plain
from buddy.web.lists import Sort, View, named_like
from buddy.web.permission import editor
from buddy.web.request import Request

OPEN = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
MOST_AT_ONCE = 1_000  # how many orders "select all that match" takes

SORTS = [Sort("date", "order_date", descending=True), Sort("total", "total", descending=True)]
VIEWS: list[View[SalesOrder]] = [
    View("all", "All", lambda rows, _: rows),
    View("to-invoice", "Shipped, not invoiced", lambda rows, _: to_invoice(rows)),
    View("open", "Open", lambda rows, _: rows.filter(status__in=OPEN)),
    View("drafts", "Drafts", lambda rows, _: rows.filter(status=OrderStatus.DRAFT)),
]


def to_invoice(rows: QuerySet[SalesOrder]) -> QuerySet[SalesOrder]:
    """Something of them has left and stands on no invoice yet."""
    return rows.filter(unbilled=True)


class OrderFilter(FilterSet):
    """What the list can be narrowed by, as its address holds it. Values that make no sense are left out."""

    q = CharFilter(method="search")
    status = MultipleChoiceFilter(choices=OrderStatus.choices)
    customer = NumberFilter(field_name="customer_id", max_value=10**lists.MOST_DIGITS)
    ordered = DateFromToRangeFilter(field_name="order_date")

    def search(self, rows: QuerySet[SalesOrder], _name: str, text: str) -> QuerySet[SalesOrder]:
        """By any part of the order's number, its PO number, or the customer's name."""
        return lists.few(rows.filter(holding(text) | Q(customer__in=named_like(text).values("pk"))))


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
        "totals": lists.totals(rows, "total", number=page.number),
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
    lines = list(OrderLine.objects.filter(order=order).select_related("product"))
    remaining = hub.remaining([pk])
    invoices = invoices_of([order])[pk]
    values = {
        "order": order,
        "lines": lines,
        "shipped": {line.pk: hub.has_left(order, line) for line in lines},
        "invoiced": {line.pk: line.quantity - remaining[line.pk] for line in lines},
        "invoices": invoices,
        "badges": quickbooks.badges(request, "invoice", invoices),
        "stories": stories.of(request.organization, "order", pk),
        "statuses": OrderStatus,
    }
    return render(request, "orders/page.html", values)


class ShipForm(forms.Form):
    """How much of each line leaves now: what is left of it, until somebody says otherwise."""

    def __init__(self, data: Any, lines: Sequence[OrderLine]) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            rest = line.quantity - line.shipped
            initial = plain(rest, 0) if rest else ""
            self.fields[f"ship-{line.pk}"] = NumberField(label="Ship now", required=False, initial=initial)

    @property
    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        return [(line, self[f"ship-{line.pk}"]) for line in self.lines]

    @property
    def quantities(self) -> dict[int, Decimal]:
        return {line.pk: self.cleaned_data[f"ship-{line.pk}"] or Decimal(0) for line in self.lines}


@require_http_methods(["GET", "POST"])
@editor
def ship(request: Request, pk: int) -> HttpResponse:
    """Part of an order leaves, or its rest."""
    order: SalesOrder = get_object_or_404(SalesOrder.objects.select_related("customer", "organization"), pk=pk)
    form = ShipForm(request.POST or None, OrderLine.objects.filter(order=order).select_related("product"))
    if form.is_valid():
        automatic = attempt(form, lambda: shipping.ship(order, form.quantities, by=request.user))
        if automatic is not None:
            _say_shipped(request, order, automatic)
            return redirect("order", pk)
    return render(request, "orders/ship.html", {"order": order, "form": form})


def _say_shipped(request: Request, order: SalesOrder, automatic: shipping.Automatic) -> None:
    all_of_it = order.status == OrderStatus.SHIPPED
    talk.done(
        request,
        f"{order} is shipped now" if all_of_it else f"Part of {order} is shipped",
        detail=f"Invoice {automatic.invoices[0]} was created" if automatic.invoices else "",
    )
    for each in automatic.blocked:
        talk.notice(request, f"{order} was not invoiced", detail=each.reason, link=each.fix_url, label=each.fix_label)


@require_POST
@editor
def set_status(request: Request) -> HttpResponse:
    """Give the selected orders another status. Each that cannot take it stays as it is, and is named with why."""
    status = request.POST.get("status", "")
    if status not in OrderStatus.values:
        raise BadRequest
    ids = [order.pk for order in selected(request)]
    moved, automatic = shipping.move(request.organization, ids, status, by=request.user)
    said = in_words(moved, automatic, OrderStatus(status))
    back = _list_or_order(request)
    if moved.refused or automatic.blocked:
        values = {"moved": moved, "automatic": automatic, "said": said, "dialog_size": "modal-lg"}
        return dialogs.show(request, "orders/moved.html", "Update status", values, back=back)
    talk.done(request, said)
    return dialogs.leave(request, back)


def _list_or_order(request: Request) -> str:
    """Where the status was changed: the page of one order, or the list with its filters."""
    if back := lists.ids([request.POST.get("back", "")]):
        return reverse("order", args=back)
    return f"{reverse('orders')}?{QueryDict(request.POST.get('filter', '')).urlencode()}"


def in_words(moved: hub.Moved, automatic: shipping.Automatic, status: OrderStatus) -> str:
    """What was done, in one sentence: "3 orders are shipped now, 2 invoices were created"."""
    label, count, made = status.label.lower(), len(moved.changed), len(automatic.invoices)
    if not count:
        return f"All of them were {label} already" if moved.already and not moved.refused else "Nothing was changed"
    said = f"{moved.changed[0]} is {label} now" if count == 1 else f"{count:,} orders are {label} now"
    if made:
        said += f", {made:,} invoice{' was' if made == 1 else 's were'} created"
    return said


urlpatterns = [
    path("orders/", order_list, name="orders"),
    path("orders/status/", set_status, name="order_status"),
    path("orders/<int:pk>/", order_page, name="order"),
    path("orders/<int:pk>/ship/", ship, name="order_ship"),
]

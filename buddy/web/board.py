"""The sales orders as a board: a column for each status, and cards that are dragged, or moved by keys, between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from buddy.hub.orders import OrderStatus, SalesOrder
from buddy.sync import shipping
from buddy.web import lists, orders
from buddy.web.orders import OrderFilter
from buddy.web.permission import editor
from buddy.web.request import Request

AT_ONCE = 20  # cards a column shows before one asks for more


@dataclass(frozen=True)
class Column:
    """One status: its first cards, and over how many orders its sums go."""

    status: OrderStatus
    page: lists.Page[SalesOrder]
    totals: list[tuple[str, Decimal]]


@require_GET
def board(request: Request) -> HttpResponse:
    found = OrderFilter(request.GET, queryset=SalesOrder.objects.all())
    values = {
        "columns": list(_columns(request, found.qs)),
        "filters": found.form,
        "customer": orders.filtered_customer(request),
    }
    return lists.answer(request, "orders/board.html", values)


def _columns(request: Request, rows: QuerySet[SalesOrder]) -> Iterator[Column]:
    """Six columns, each with a fixed number of queries."""
    for status in OrderStatus:
        its_rows = rows.filter(status=status)
        page = lists.page(request, its_rows.select_related("customer"), orders.SORTS[:1], size=AT_ONCE)
        yield Column(status, page, lists.totals(its_rows, "total", number=page.number))


@require_GET
def more(request: Request) -> HttpResponse:
    """The next cards of one column, in place of the button that asked for them."""
    status = request.GET.get("column", OrderStatus.DRAFT)
    if status not in OrderStatus.values:
        raise BadRequest
    rows = OrderFilter(request.GET, queryset=SalesOrder.objects.filter(status=status)).qs
    page = lists.page(request, rows.select_related("customer"), orders.SORTS[:1], size=AT_ONCE)
    return render(request, "orders/_cards.html", {"page": page, "status": OrderStatus(status)})


@require_POST
@editor
def move(request: Request) -> HttpResponse:
    """A card was put into another column. Answers with what stands over the columns now, and with the card, or with why
    it goes back: the event `buddy:stays`."""
    status = request.POST.get("status", "")
    if status not in OrderStatus.values:
        raise BadRequest
    asked = lists.ids([request.POST.get("order", "")])
    order: SalesOrder = get_object_or_404(SalesOrder.objects.select_related("customer"), pk__in=asked)
    moved, automatic = shipping.move(request.organization, [order.pk], status, by=request.user)
    rows = OrderFilter(QueryDict(request.POST.get("filter", "")), queryset=SalesOrder.objects.all()).qs
    order.refresh_from_db(fields=["status", "invoiced", "unbilled"])
    values: dict[str, Any] = {
        "heads": [_head(rows, each) for each in OrderStatus],
        "order": order,
        "said": orders.in_words(moved, automatic, OrderStatus(status)),
        "refused": moved.refused,
        "blocked": automatic.blocked,
    }
    answer = render(request, "orders/board.html#moved", values)
    return trigger_client_event(answer, "buddy:stays", {"order": order.pk}) if moved.refused else answer


def _head(rows: QuerySet[SalesOrder], status: OrderStatus) -> dict[str, Any]:
    its_rows = rows.filter(status=status)
    number = lists.count(its_rows)
    return {
        "status": status,
        "counted": lists.counted(number),
        "totals": lists.totals(its_rows, "total", number=number),
    }


urlpatterns = [
    path("orders/board/", board, name="order_board"),
    path("orders/board/more/", more, name="order_board_more"),
    path("orders/board/move/", move, name="order_board_move"),
]

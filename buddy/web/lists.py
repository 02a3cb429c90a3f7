"""Lists that hold at 100,000 rows: pages by key and not by offset, counts that stop at 10,000 (ui: lists).

Everything a list shows lives in its address, so that a view can be sent to a colleague.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet, Sum
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from buddy.hub.customers import Customer, sort_key
from buddy.hub.team import Organization
from buddy.web.request import Request

PAGE_SIZE = 50
COUNT_LIMIT = 10_000


MOST_DIGITS = 18  # an id with more fits no database


def searched(request: Request) -> str:
    """What the search field holds, as a database takes it."""
    return request.GET.get("q", "").replace("\0", "").strip()[:200]


def ids(texts: Iterable[str]) -> list[int]:
    """Those of the texts that can be ids."""
    return [int(text) for text in texts if text.isdecimal() and len(text) <= MOST_DIGITS]


def count(rows: QuerySet[Any]) -> int:
    """How many, counted no further than one beyond `COUNT_LIMIT`."""
    return rows.order_by()[: COUNT_LIMIT + 1].count()


def counted(number: int) -> str:
    return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else f"{number:,}"


def totals(rows: QuerySet[Any], *fields: str, number: int) -> list[tuple[Any, ...]]:
    """As `sums`; nothing when there are more rows than are counted."""
    return sums(rows, *fields) if number <= COUNT_LIMIT else []


def sums(rows: QuerySet[Any], *fields: str) -> list[tuple[Any, ...]]:
    """Each currency with the sums of these fields in it: currencies are never mixed (R19)."""
    added = {f"sum_{field}": Sum(field, default=Decimal(0)) for field in fields}
    return list(rows.order_by("currency").values_list("currency").annotate(**added))


def in_force(form: forms.Form, labels: Mapping[str, str]) -> str:
    """Which filters are on, for a list that found nothing: `The filters “Status” and “Order date” are on.`"""
    on = [f"“{label}”" for name, label in labels.items() if form.cleaned_data.get(name)]
    if not on:
        return ""
    return f"The filter {on[0]} is on." if len(on) == 1 else f"The filters {' and '.join(on)} are on."


def named_like(text: str) -> QuerySet[Customer]:
    """Customers with `text` anywhere in their name."""
    return Customer.objects.filter(sort_name__contains=sort_key(text))


def few[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """The same rows by their ids, when they are no more than are counted.

    For what no index finds: the search reads the table once, and page, count and sums then know where to look.
    """
    found = list(rows.order_by().values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    return rows if len(found) > COUNT_LIMIT else rows.model._default_manager.filter(pk__among=found)  # noqa: SLF001


@dataclass(frozen=True)
class View[M: Model]:
    """A saved view: a tab above the list. Other filters are dropped when it is chosen."""

    name: str
    title: str
    rows: Callable[[QuerySet[M], Organization], QuerySet[M]]


@dataclass(frozen=True)
class Tab:
    name: str
    title: str
    counted: str
    on: bool


def chosen[M: Model](query: QueryDict, views: Sequence[View[M]]) -> View[M]:
    """The view that the address names, else the first."""
    return next((view for view in views if view.name == query.get("view")), views[0])


def tabs[M: Model](views: Sequence[View[M]], on: View[M], rows: QuerySet[M], organization: Organization) -> list[Tab]:
    counts = [counted(count(view.rows(rows, organization))) for view in views]
    return [Tab(view.name, view.title, number, view is on) for view, number in zip(views, counts, strict=True)]


@dataclass(frozen=True)
class Sort:
    """One way to order a list: by `field`, a column of the table that is never null, then by id."""

    name: str
    field: str
    descending: bool = False  # the direction a first click gives


@dataclass(frozen=True)
class Order:
    """The order in force. The id follows the field's direction, as the list indexes of the hub do."""

    sort: Sort
    descending: bool

    @classmethod
    def asked(cls, query: Mapping[str, str], sorts: Sequence[Sort]) -> Self:
        """From `?sort=total` or `?sort=-total`; the first of `sorts` when the address names none."""
        name = query.get("sort", "")
        for sort in sorts:
            if name.removeprefix("-") == sort.name:
                return cls(sort, name.startswith("-"))
        return cls(sorts[0], sorts[0].descending)

    @property
    def value(self) -> str:
        return ("-" if self.descending else "") + self.sort.name

    def apply[M: Model](self, rows: QuerySet[M], *, backward: bool = False) -> QuerySet[M]:
        sign = "-" if self.descending != backward else ""
        return rows.order_by(sign + self.sort.field, sign + "id")

    def beyond[M: Model](self, rows: QuerySet[M], key: tuple[Any, int], *, backward: bool) -> QuerySet[M]:
        """The rows after `key`. The first condition is what an index can use, the second makes it exact."""
        way = "lt" if self.descending != backward else "gt"
        name, (value, pk) = self.sort.field, key
        return rows.filter(**{f"{name}__{way}e": value}).filter(
            Q(**{f"{name}__{way}": value}) | Q(**{f"id__{way}": pk})
        )


@dataclass(frozen=True)
class Page[M: Model]:
    """One page of a list, and the addresses of its neighbours (empty where there is none)."""

    rows: list[M]
    order: Order
    number: int  # of all rows, see count()
    first: int  # the position of the first row, for "51–100 of 312"; only shown, never used for finding
    previous: str
    next: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def counted(self) -> str:
        return counted(self.number)


def page[M: Model](request: Request, rows: QuerySet[M], sorts: Sequence[Sort], *, size: int = PAGE_SIZE) -> Page[M]:
    """The page of `rows` that the address asks for with `after` or `before`, in the order it asks for with `sort`."""
    order = Order.asked(request.GET, sorts)
    backward = "before" in request.GET
    key = _read_key(rows.model, order.sort.field, request.GET.get("before") or request.GET.get("after") or "")
    found = order.apply(rows, backward=backward)
    if key:
        found = order.beyond(found, key, backward=backward)
    fetched = list(found[: size + 1])
    shown = fetched[:size][::-1] if backward else fetched[:size]
    more = len(fetched) > size
    before, after = (more, True) if backward else (key is not None, more)
    first = _position(request.GET) if key else 1
    return Page(
        rows=shown,
        order=order,
        number=count(rows),
        first=first,
        previous=_address(request.GET, order, "before", shown[:1], max(1, first - size)) if before else "",
        next=_address(request.GET, order, "after", shown[-1:], first + len(shown)) if after else "",
    )


def answer(request: Request, template: str, values: Mapping[str, Any]) -> HttpResponse:
    """The whole page, or for htmx only its partial `results`: the same address, so caches must tell them apart."""
    part = request.htmx and not request.htmx.history_restore_request
    made = render(request, f"{template}#results" if part else template, dict(values))
    patch_vary_headers(made, ["HX-Request"])
    return made


def with_query(query: QueryDict, **changes: str | Sequence[str] | None) -> str:
    """The address of the same list with some values changed (None removes), starting at its first page."""
    changed = query.copy()
    for name in ("before", "after", "from"):
        changed.pop(name, None)
    for name, value in changes.items():
        changed.pop(name, None)
        if value:
            changed.setlist(name, [value] if isinstance(value, str) else list(value))
    return "?" + changed.urlencode()


def _address(query: QueryDict, order: Order, direction: str, row: Sequence[Model], first: int) -> str:
    if not row:
        return ""
    value = [getattr(row[0], order.sort.field), row[0].pk]
    text = json.dumps(value, default=str, separators=(",", ":"))  # to the microsecond: Django's encoder cuts moments
    key = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return with_query(query, sort=order.value) + f"&{direction}={key}&from={first}"


def _read_key(model: type[Model], field: str, text: str) -> tuple[Any, int] | None:
    """The key in an address, or None when it is not one: then the list begins at its first page."""
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        column = model._meta.get_field(field)  # noqa: SLF001  # Django documents _meta
        return cast("Field[Any, Any]", column).to_python(value), ids([str(pk)])[0]
    except (ValueError, TypeError, IndexError, ValidationError):
        return None


def _position(query: QueryDict) -> int:
    return next(iter(ids([query.get("from", "")])), 1)

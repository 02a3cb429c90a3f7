"""Writing an order down and changing it: one form whose every button asks the server, with htmx or without scripts.

The form's data is a plain mapping, named as the hub names its refusals: `lines-0-quantity`. A button that picks a
customer, adds or removes a line is an edit of that mapping; the page is then drawn from it again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from buddy.hub import orders as hub
from buddy.hub import pricing
from buddy.hub.customers import Customer, Location
from buddy.hub.money import line_amount, net_unit_price
from buddy.hub.orders import LineDraft, OrderLine, OrderStatus, SalesOrder
from buddy.hub.pricing import Quote
from buddy.hub.products import Product
from buddy.web import lists, talk
from buddy.web.forms import NumberField, attempt, plain
from buddy.web.order_pickers import customer_answers, product_answers
from buddy.web.permission import editor
from buddy.web.request import Request

MOST_LINES = 500

type Data = dict[str, str]


class OrderForm(forms.Form):
    """The order without its lines. The hub checks the values; here they only take shape."""

    customer: "forms.ModelChoiceField[Customer]" = forms.ModelChoiceField(
        None, widget=forms.HiddenInput, error_messages={"required": "Choose a customer."}
    )
    order_date = forms.DateField(label="Order date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ship_date = forms.DateField(
        label="Ship by", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    po_number = forms.CharField(label="PO number", required=False, help_text="The customer’s own number.")
    location: "forms.ModelChoiceField[Location]" = forms.ModelChoiceField(
        None, label="Ship to", required=False, empty_label="Billing address"
    )
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Data, order: SalesOrder | None = None) -> None:
        """A placed order keeps its customer and its place, though they are not used for new ones any more."""
        super().__init__(data)
        customers = Q(active=True) | Q(pk=order.customer_id if order else None)
        places = Q(active=True) | Q(pk=order.location_id if order else None)
        locations = Location.objects.filter(places, customer=_number(data.get("customer")))
        self.fields["customer"].queryset = Customer.objects.filter(customers)  # type: ignore[attr-defined]
        self.fields["location"].queryset = locations  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "customer"}


class LineForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    product = forms.IntegerField(widget=forms.HiddenInput)
    quantity = NumberField(label="Quantity")
    unit_price = NumberField(label="Price")
    discount_percent = NumberField(label="% off", required=False)
    description = forms.CharField(required=False, widget=forms.HiddenInput)

    chosen: Product
    quote: Quote
    standing: OrderLine | None = None
    focus = False  # just added: its quantity is what to type next

    @property
    def amount(self) -> Decimal | None:
        """What the line costs, or None while it cannot be told."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        try:
            net = net_unit_price(values["unit_price"], values["discount_percent"] or Decimal(0))
            return line_amount(values["quantity"], net)
        except ArithmeticError:  # more digits than a Decimal of the context holds
            return None

    @property
    def origin(self) -> str:
        """Where the price comes from; of one that somebody typed, what it would be otherwise."""
        self.is_valid()
        price = self.cleaned_data.get("unit_price")
        if price == self.quote.price:
            return self.quote.origin
        if self.standing and self.standing.unit_price == price and self.standing.price_from:
            return f"{self.standing.price_from}, when ordered"
        return f"Typed. {self.quote.origin}: {plain(self.quote.price)}"

    @property
    def draft(self) -> LineDraft:
        values = {name: value for name, value in self.cleaned_data.items() if name != "product"}
        values["discount_percent"] = values["discount_percent"] or Decimal(0)
        return LineDraft(product=self.chosen, **values)


@dataclass
class Editing:
    """The form while it is filled in: its data, and what is drawn from it."""

    data: Data
    order: SalesOrder | None = None

    @cached_property
    def form(self) -> OrderForm:
        return OrderForm(self.data, self.order)

    @cached_property
    def customer(self) -> Customer | None:
        return self.order.customer if self.order else _customer(self.data)

    @cached_property
    def lines(self) -> list[LineForm]:
        """The lines whose product is there, with what the customer pays for it; a fixed number of queries."""
        forms_ = [LineForm(self.data, prefix=f"lines-{number}") for number in _line_numbers(self.data)]
        found = Product.objects.in_bulk([_number(form["product"].value()) for form in forms_])
        known = [form for form in forms_ if _number(form["product"].value()) in found]
        quotes = pricing.quotes(self.customer, found.values())
        standing = OrderLine.objects.filter(order=self.order).in_bulk() if self.order else {}
        for form in known:
            form.chosen = found[_number(form["product"].value())]
            form.quote = quotes[form.chosen.pk]
            form.standing = standing.get(_number(form["id"].value()))
        return known

    @property
    def total(self) -> Decimal:
        return sum((line.amount or Decimal(0) for line in self.lines), Decimal("0.00"))

    @property
    def currency(self) -> str:
        return self.customer.currency if self.customer else ""

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(line.is_valid() for line in self.lines)])

    def save(self, request: Request, status: str) -> SalesOrder | None:
        """Place or change the order, or None with the refusal on the form."""
        drafts = [line.draft for line in self.lines]
        if self.order:
            change = partial(hub.change, self.order, self.form.values, lines=drafts, by=request.user)
            return attempt(self.form, change, *self.lines)
        customer, values = self.form.cleaned_data["customer"], self.form.values | {"status": status}
        place = partial(hub.place, request.organization, customer, lines=drafts, by=request.user, **values)
        return attempt(self.form, place, *self.lines)


@require_http_methods(["GET", "POST"])
@editor
def new_order(request: Request) -> HttpResponse:
    """An empty form, one for a `customer`, or one filled in `like` an order that was placed before."""
    if request.POST:
        return _edit(request, Editing(edited(request.POST)))
    copied = SalesOrder.objects.select_related("location").filter(pk=_number(request.GET.get("like"))).first()
    start = _copy(copied) if copied else {"customer": request.GET.get("customer", "")}
    return _edit(request, Editing(start | {"order_date": timezone.localdate().isoformat()}))


@require_http_methods(["GET", "POST"])
@editor
def change_order(request: Request, pk: int) -> HttpResponse:
    rows = SalesOrder.objects.select_related("customer__tier__organization", "organization")
    order: SalesOrder = get_object_or_404(rows, pk=pk)
    data = edited(request.POST) | {"customer": str(order.customer_id)} if request.POST else _data_of(order)
    return _edit(request, Editing(data, order))


def _edit(request: Request, editing: Editing) -> HttpResponse:
    """Save when that was the button; else draw the form, or for htmx the part of it that changes."""
    status = request.POST.get("save", "")
    if status and editing.is_valid() and (order := editing.save(request, _status(status))):
        talk.done(request, f"{order} saved")
        return redirect("order", order.pk)
    if "add" in request.POST and editing.lines:
        editing.lines[-1].focus = True
    values = {
        "editing": editing,
        "saving": bool(status),
        "customers": customer_answers(editing.data.get("customer_q", "")),
        "products": product_answers(editing.data.get("product_q", ""), editing.customer),
    }
    part = "#amounts" if "recount" in request.POST else "#editor"
    return render(request, "orders/form.html" + (part if request.htmx else ""), values)


def edited(post: Mapping[str, str]) -> Data:
    """The data as posted, after what the pressed button asks for."""
    data = {name: value for name, value in post.items() if name not in ("add", "remove", "pick", "unpick")}
    before = _customer(data)
    if "pick" in post:
        data |= {"customer": post["pick"], "location": "", "customer_q": ""}
    if "unpick" in post:
        data |= {"customer": "", "location": ""}
    lines = [_line(data, number) for number in _line_numbers(data)]
    customer = _customer(data)
    if customer != before:
        lines = _priced_anew(lines, before, customer)
    if _number(post.get("remove"), -1) in range(len(lines)):
        del lines[_number(post["remove"])]
    if "add" in post and len(lines) < MOST_LINES:
        found = Product.objects.filter(pk=_number(post["add"]), active=True)
        lines += [_new_line(product, customer) for product in found]
        data["product_q"] = ""
    return _with_lines(data, lines)


def _data_of(order: SalesOrder) -> Data:
    names = ("customer_id", "order_date", "ship_date", "po_number", "location_id", "notes")
    lines = [_texts(line, _LINE_COLUMNS) for line in OrderLine.objects.filter(order=order)]
    return _with_lines(_texts(order, names), lines)


def _copy(order: SalesOrder) -> Data:
    """What to order again: at today's prices, but where somebody typed one at that, and what is still sold."""
    rows = OrderLine.objects.filter(order=order, product__active=True).select_related("product")
    head = _texts(order, ("customer_id", "location_id", "notes"))
    if order.location and not order.location.active:
        head["location"] = ""
    customer, lines = _customer(head), list(rows)
    quotes = pricing.quotes(customer, [line.product for line in lines])
    copied = []
    for line in lines:
        values = _texts(line, _LINE_COLUMNS) | {"id": ""}
        copied.append(values | ({"unit_price": _text(quotes[line.product_id].price, 2)} if line.price_from else {}))
    return _with_lines(head, copied)


def _texts(row: object, columns: Iterable[str]) -> Data:
    found = {name.removesuffix("_id"): getattr(row, name) for name in columns}
    texts = {name: _text(value) for name, value in found.items()}
    return texts | ({"unit_price": plain(found["unit_price"])} if "unit_price" in found else {})  # free is a price, too


_LINE_COLUMNS = ("id", "product_id", "quantity", "unit_price", "discount_percent", "description")
_LINE_FIELDS = tuple(name.removesuffix("_id") for name in _LINE_COLUMNS)


def _line_numbers(data: Mapping[str, str]) -> Iterator[int]:
    number = 0
    while number < MOST_LINES and _number(data.get(f"lines-{number}-product")):
        yield number
        number += 1


def _line(data: Data, number: int) -> Data:
    return {name: data.get(f"lines-{number}-{name}", "") for name in _LINE_FIELDS}


def _new_line(product: Product, customer: Customer | None) -> Data:
    price = pricing.quotes(customer, [product])[product.pk].price
    return {"product": str(product.pk), "quantity": "1", "unit_price": _text(price, 2)}


def _priced_anew(lines: list[Data], before: Customer | None, customer: Customer | None) -> list[Data]:
    """For another customer: what was the price of the one before becomes theirs; what was typed stays."""
    found = Product.objects.in_bulk([_number(line["product"]) for line in lines]).values()
    was, new = _prices(before, found), _prices(customer, found)
    return [
        line | {"unit_price": new[line["product"]]} if was.get(line["product"]) == line["unit_price"] else line
        for line in lines
    ]


def _prices(customer: Customer | None, products: Collection[Product]) -> Data:
    """By product, as the form holds them."""
    return {str(pk): _text(quote.price, 2) for pk, quote in pricing.quotes(customer, products).items()}


def _customer(data: Data) -> Customer | None:
    rows = Customer.objects.filter(pk=_number(data.get("customer")), active=True)
    return rows.select_related("tier__organization").first()


def _with_lines(data: Data, lines: list[Data]) -> Data:
    """`data` with exactly these lines, numbered from 0."""
    head = {name: value for name, value in data.items() if not name.startswith("lines-")}
    return head | {f"lines-{n}-{name}": value for n, line in enumerate(lines) for name, value in line.items()}


def _text(value: Any, places: int = 0) -> str:
    """A value as an input holds it: nothing for none or zero, numbers with `places` decimals at least."""
    if isinstance(value, Decimal):
        return plain(value, places) if value else ""
    return "" if value is None else str(value)


def _number(text: Any, otherwise: int = 0) -> int:
    return next(iter(lists.ids([str(text)])), otherwise)


def _status(asked: str) -> str:
    return OrderStatus.CONFIRMED if asked == OrderStatus.CONFIRMED else OrderStatus.DRAFT


urlpatterns = [
    path("orders/new/", new_order, name="order_new"),
    path("orders/<int:pk>/edit/", change_order, name="order_change"),
]

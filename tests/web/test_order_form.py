"""Writing an order down: every button works as a plain form, and htmx gets only what changes."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub import orders, tiers
from buddy.hub.customers import Customer
from buddy.hub.orders import LineDraft, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.hub.tiers import Tier
from buddy.web.order_pickers import customer_answers, product_answers
from tests import makers as make
from tests.web import made

HTMX = {"HX-Request": "true"}


@pytest.fixture
def customer(organization: Organization) -> Customer:
    return make.customer("Hotel Albion")


@pytest.fixture
def roast(organization: Organization) -> Product:
    return make.product("Dark Roast 1 kg", price="18.25", sku="LF-CF-001")


def draft(customer: Customer, *lines: dict[str, object]) -> dict[str, object]:
    """The form's data as a browser posts it."""
    head: dict[str, object] = {"customer": customer.pk, "order_date": "2026-11-24"}
    return head | {f"lines-{n}-{name}": value for n, line in enumerate(lines) for name, value in line.items()}


def line(product: Product, quantity: str = "2", price: str = "18.25", **more: object) -> dict[str, object]:
    return {"product": product.pk, "quantity": quantity, "unit_price": price, **more}


def test_customers_and_products_are_found_as_one_types(customer: Customer, roast: Product, editor: Client) -> None:
    found = editor.get(reverse("order_find_customers"), {"customer_q": "albion"}, headers=HTMX).content.decode()
    assert f'name="pick" value="{customer.pk}"' in found
    found = editor.get(reverse("order_find_products"), {"product_q": "cf-001"}, headers=HTMX).content.decode()
    assert f'name="add" value="{roast.pk}"' in found
    assert "18.25" in found


def test_inactive_ones_are_not_offered(organization: Organization, editor: Client) -> None:
    make.customer("Gone Grocers", active=False)
    assert "Nothing matches" in editor.get(reverse("order_find_customers"), {"customer_q": "gone"}).content.decode()


def test_without_scripts_a_search_answers_in_the_page(customer: Customer, editor: Client) -> None:
    page = editor.post(reverse("order_new"), {"customer_q": "albion", "again": "1"}).content.decode()
    assert f'name="pick" value="{customer.pk}"' in page
    assert "<html" in page


def test_picking_and_adding_keep_what_was_typed(customer: Customer, roast: Product, editor: Client) -> None:
    typed = {"order_date": "2026-11-24", "notes": "Ring twice", "po_number": "88213", "pick": customer.pk}
    picked = editor.post(reverse("order_new"), typed)
    assert picked.context["editing"].customer == customer
    added = editor.post(reverse("order_new"), draft(customer) | {"notes": "Ring twice", "add": roast.pk}, headers=HTMX)
    editing = added.context["editing"]
    assert editing.form["notes"].value() == "Ring twice"
    assert [(one.chosen, one["quantity"].value(), one["unit_price"].value()) for one in editing.lines] == [
        (roast, "1", "18.25")
    ]
    assert "<html" not in added.content.decode()
    assert "autofocus" in added.content.decode()


def test_a_line_is_removed_and_the_others_move_up(customer: Customer, roast: Product, editor: Client) -> None:
    honey = make.product("Honey")
    data = draft(customer, line(roast), line(honey, "3")) | {"remove": "0"}
    editing = editor.post(reverse("order_new"), data).context["editing"]
    assert [(one.chosen, one["quantity"].value(), one.prefix) for one in editing.lines] == [(honey, "3", "lines-0")]


def test_line_totals_come_from_the_server_rounded_as_the_books_do(
    customer: Customer, roast: Product, editor: Client
) -> None:
    """R19: the discount goes into a net price of four decimals: 15 × round(26.10 × 0.95) = 15 × 24.795."""
    data = draft(customer, line(roast, "15", "26.10", discount_percent="5"), line(roast, "1,000.5", "0.01"))
    answer = editor.post(reverse("order_new"), data | {"recount": "1"}, headers=HTMX).content.decode()
    assert '<span id="amount-0" hx-swap-oob="true">371.93' in answer
    assert '<span id="amount-1" hx-swap-oob="true">10.01' in answer
    assert ">381.94<" in answer


@pytest.mark.parametrize("nonsense", ["abc", "", "1e999999", "NaN", "-"])
def test_numbers_that_are_none_are_said_beside_the_line(
    customer: Customer, roast: Product, editor: Client, nonsense: str
) -> None:
    data = draft(customer, line(roast, nonsense))
    answer = editor.post(reverse("order_new"), data | {"recount": "1"}, headers=HTMX).content.decode()
    assert "Check the numbers" in answer
    assert editor.post(reverse("order_new"), data | {"save": "confirmed"}).status_code == 200
    assert not SalesOrder.objects.exists()


def test_confirming_places_the_order(customer: Customer, roast: Product, editor: Client) -> None:
    door = make.location(customer)
    data = draft(customer, line(roast, "40")) | {"save": "confirmed", "po_number": "HA-7702", "location": door.pk}
    answer = editor.post(reverse("order_new"), data)
    order = SalesOrder.objects.get()
    assert answer["Location"] == reverse("order", args=[order.pk])
    assert (order.status, order.po_number, order.total) == ("confirmed", "HA-7702", Decimal("730.00"))
    assert (order.location, order.customer) == (door, customer)


def test_a_draft_may_have_no_lines(customer: Customer, editor: Client) -> None:
    editor.post(reverse("order_new"), draft(customer) | {"save": "draft"})
    assert SalesOrder.objects.get().status == "draft"


def test_an_order_without_a_customer_says_so(roast: Product, editor: Client) -> None:
    answer = editor.post(reverse("order_new"), {"order_date": "2026-11-24", "save": "confirmed"})
    assert "Choose a customer." in answer.content.decode()
    assert not SalesOrder.objects.exists()


def test_a_place_of_another_customer_is_refused(customer: Customer, editor: Client) -> None:
    elsewhere = make.location(make.customer())
    data = draft(customer) | {"save": "draft", "location": elsewhere.pk}
    assert editor.post(reverse("order_new"), data).context["editing"].form.errors["location"]
    assert not SalesOrder.objects.exists()


def test_an_order_opens_with_its_values_and_saves_them_back(customer: Customer, roast: Product, editor: Client) -> None:
    order = made.order(customer, product=roast, quantity="40")
    url = reverse("order_change", args=[order.pk])
    editing = editor.get(url).context["editing"]
    assert (editing.lines[0]["quantity"].value(), editing.lines[0]["unit_price"].value()) == ("40", "18.25")
    editor.post(url, dict(editing.data) | {"lines-0-quantity": "41", "save": "as-it-is"})
    order.refresh_from_db()
    assert order.total == Decimal("748.25")
    assert order.lines.count() == 1


def test_an_order_keeps_a_customer_and_a_place_that_are_not_used_any_more(
    customer: Customer, roast: Product, editor: Client
) -> None:
    place = make.location(customer)
    order = make.order(customer, [(roast, 2)], location=place)
    Customer.objects.filter(pk=customer.pk).update(active=False)
    customer.locations.update(active=False)
    url = reverse("order_change", args=[order.pk])
    page = editor.get(url)
    assert f'<option value="{place.pk}" selected>' in page.content.decode()
    assert "Hotel Albion" in page.content.decode()
    saved = editor.post(url, dict(page.context["editing"].data) | {"notes": "Ring twice", "save": "as-it-is"})
    assert saved.status_code == 302
    order.refresh_from_db()
    assert (order.notes, order.location_id) == ("Ring twice", place.pk)


def test_a_line_that_is_free_opens_and_saves_as_it_is(customer: Customer, roast: Product, editor: Client) -> None:
    order = orders.place(customer.organization, customer, lines=[LineDraft(roast, Decimal(1), Decimal(0))], by=None)
    url = reverse("order_change", args=[order.pk])
    data = dict(editor.get(url).context["editing"].data)
    assert data["lines-0-unit_price"] == "0.00"
    assert editor.post(url, data | {"notes": "A sample", "save": "as-it-is"}).status_code == 302


def test_what_is_on_an_invoice_is_refused_at_its_line(customer: Customer, roast: Product, editor: Client) -> None:
    """R16: the quantity cannot fall below what is invoiced."""
    order = made.order(customer, product=roast, quantity="2")
    made.invoice(customer, "1042", of=order)
    orders.recount(order.organization, [order.pk])
    url = reverse("order_change", args=[order.pk])
    data = dict(editor.get(url).context["editing"].data) | {"lines-0-quantity": "0.5", "save": "as-it-is"}
    editing = editor.post(url, data).context["editing"]
    assert "on an invoice" in str(editing.lines[0].errors["quantity"])
    order.refresh_from_db()
    assert order.total == Decimal("36.50")


def test_lines_of_another_organization_s_products_are_left_out(
    customer: Customer, editor: Client, organization: Organization
) -> None:
    from django_scopes import scope

    other = make.organization("Quayside")
    with scope(organization=other):
        theirs = make.product("Theirs")
    answer = editor.post(reverse("order_new"), draft(customer, line(theirs)) | {"add": theirs.pk})
    assert answer.context["editing"].lines == []


def test_an_order_may_hold_the_same_product_twice(customer: Customer, roast: Product, editor: Client) -> None:
    order = orders.place(
        customer.organization, customer, lines=[LineDraft(roast, Decimal(1)), LineDraft(roast, Decimal(2))], by=None
    )
    assert len(editor.get(reverse("order_change", args=[order.pk])).context["editing"].lines) == 2


# --- Prices ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def wholesale(customer: Customer) -> Tier:
    customer.tier = make.tier()
    customer.save()
    return customer.tier


def test_an_added_product_has_the_customer_s_price_and_says_where_it_is_from(
    customer: Customer, wholesale: Tier, roast: Product, editor: Client
) -> None:
    found = editor.get(reverse("order_find_products"), {"product_q": "dark", "customer": customer.pk}, headers=HTMX)
    assert "13.69" in found.content.decode()
    added = editor.post(reverse("order_new"), draft(customer) | {"add": roast.pk})
    [only] = added.context["editing"].lines
    assert (only["unit_price"].value(), only.origin) == ("13.69", "Wholesale, 25 % off")
    assert "Wholesale, 25 % off" in added.content.decode()
    editor.post(reverse("order_new"), draft(customer, line(roast, price="13.69")) | {"save": "confirmed"})
    assert SalesOrder.objects.get().lines.get().price_from == "Wholesale, 25 % off"


def test_a_typed_price_stays_and_says_what_it_would_be(
    customer: Customer, wholesale: Tier, roast: Product, editor: Client
) -> None:
    data = draft(customer, line(roast, price="15")) | {"recount": "1"}
    assert "Typed. Wholesale, 25 % off: 13.69" in editor.post(reverse("order_new"), data, headers=HTMX).content.decode()


def test_another_customer_gets_its_own_prices_but_what_was_typed_stays(
    customer: Customer, wholesale: Tier, roast: Product, editor: Client
) -> None:
    nobody = {"order_date": "2026-11-24", **draft(customer, line(roast), line(roast, price="15"))}
    picked = editor.post(reverse("order_new"), nobody | {"customer": "", "pick": customer.pk}).context["editing"]
    assert [one["unit_price"].value() for one in picked.lines] == ["13.69", "15"]
    changed = editor.post(reverse("order_new"), picked.data | {"unpick": "1"}).context["editing"]
    assert [one["unit_price"].value() for one in changed.lines] == ["18.25", "15"]


def test_a_placed_order_shows_the_price_it_was_placed_at(
    customer: Customer, wholesale: Tier, roast: Product, editor: Client
) -> None:
    order = made.order(customer, product=roast)
    tiers.change(wholesale, {"discount_percent": "50"}, by=None)
    [only] = editor.get(reverse("order_change", args=[order.pk])).context["editing"].lines
    assert (only["unit_price"].value(), only.origin) == ("13.69", "Wholesale, 25 % off, when ordered")


def test_names_that_begin_with_what_was_typed_and_the_sku_itself_come_first(
    customer: Customer, organization: Organization, editor: Client
) -> None:
    make.customer("A hotel by the sea")
    make.customer("Albion Hotels")
    names = [each.display_name for each in customer_answers("hotel")]
    assert names == ["Hotel Albion", "A hotel by the sea", "Albion Hotels"]
    make.product("A box for LF-2")
    make.product("LF-2 lids")
    exact = make.product("Zinc lid", sku="LF-2")
    assert [offer.product.name for offer in product_answers("lf-2", None)] == [
        exact.name,
        "LF-2 lids",
        "A box for LF-2",
    ]


# --- Again -----------------------------------------------------------------------------------------------------------


def test_a_duplicate_has_today_s_prices_but_those_typed_and_no_po_number(
    customer: Customer, wholesale: Tier, roast: Product, editor: Client
) -> None:
    drafts = [LineDraft(roast, Decimal(3)), LineDraft(roast, Decimal(1), unit_price=Decimal(15))]
    drafts.append(LineDraft(make.product("Honey"), Decimal(1)))
    shut = make.location(customer, active=False)
    order = orders.place(
        customer.organization, customer, lines=drafts, po_number="HA-1", location=shut, notes="Ring twice", by=None
    )
    tiers.change(wholesale, {"discount_percent": "50"}, by=None)
    Product.objects.filter(name="Honey").update(active=False)
    editing = editor.get(reverse("order_new"), {"like": order.pk}).context["editing"]
    lines = [(one["quantity"].value(), one["unit_price"].value(), one["id"].value()) for one in editing.lines]
    assert lines == [("3", "9.13", ""), ("1", "15.00", "")]
    form = editing.form
    assert (form["po_number"].value(), form["location"].value(), form["notes"].value()) == (None, "", "Ring twice")
    assert SalesOrder.objects.count() == 1
    editor.post(reverse("order_new"), editing.data | {"save": "confirmed"})
    again = SalesOrder.objects.latest("pk")
    assert (again.status, again.total) == ("confirmed", Decimal("42.39"))


def test_an_order_without_the_po_number_that_is_asked_for_is_refused_at_its_field(
    customer: Customer, roast: Product, editor: Client
) -> None:
    Organization.objects.update(requires_po=True)
    data = draft(customer, line(roast)) | {"save": "confirmed"}
    assert "PO number" in str(editor.post(reverse("order_new"), data).context["editing"].form.errors["po_number"])
    editor.post(reverse("order_new"), data | {"save": "draft"})
    assert SalesOrder.objects.get().status == "draft"

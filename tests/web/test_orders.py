"""The list of orders, selecting in it, and the page of one."""

from decimal import Decimal

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from buddy.hub import orders
from buddy.hub.orders import OrderStatus, SalesOrder
from buddy.hub.team import Organization
from buddy.web.orders import selected
from tests import makers as make
from tests.web import made


def shown(client: Client, **query: object) -> set[str]:
    return {row.customer.display_name for row in client.get(reverse("orders"), query).context["page"].rows}


@pytest.fixture
def four(organization: Organization) -> dict[str, SalesOrder]:
    """One order in each of four statuses, by customers named after them."""
    return {
        status: made.order(make.customer(status), status=status)
        for status in ("draft", "confirmed", "shipped", "cancelled")
    }


def test_saved_views_hold_what_their_names_say(four: dict[str, SalesOrder], viewer: Client) -> None:
    assert shown(viewer) == {"draft", "confirmed", "shipped", "cancelled"}
    assert shown(viewer, view="to-invoice") == {"shipped"}
    assert shown(viewer, view="open") == {"confirmed", "shipped"}
    assert shown(viewer, view="drafts") == {"draft"}


def test_an_order_on_an_invoice_is_not_to_invoice_any_more(four: dict[str, SalesOrder], viewer: Client) -> None:
    make.invoice(four["shipped"], number="1042")
    assert shown(viewer, view="to-invoice") == set()
    assert "1042" in viewer.get(reverse("orders")).content.decode()


def test_orders_are_found_by_number_customer_and_po(four: dict[str, SalesOrder], viewer: Client) -> None:
    orders.change(four["draft"], {"po_number": "PO 88213"}, by=None)
    assert shown(viewer, q="88213") == {"draft"}
    assert shown(viewer, q=four["shipped"].number) == {"shipped"}
    assert shown(viewer, q="CONFIR") == {"confirmed"}


def test_filters_by_status_date_and_customer_combine(four: dict[str, SalesOrder], viewer: Client) -> None:
    assert shown(viewer, status=["draft", "shipped"]) == {"draft", "shipped"}
    assert shown(viewer, status=["draft", "shipped"], customer=four["shipped"].customer_id) == {"shipped"}
    assert shown(viewer, ordered_after="2999-01-01") == set()
    assert shown(viewer, status="nonsense", ordered_after="not a day", customer="x") == set(four)


def test_nothing_found_names_the_filters_that_are_on(four: dict[str, SalesOrder], viewer: Client) -> None:
    page = viewer.get(reverse("orders"), {"ordered_after": "2999-01-01", "status": "draft"}).content.decode()
    assert "The filters “Order date” and “Status” are on." in page


def test_the_ticked_orders_are_selected_and_nothing_else(four: dict[str, SalesOrder]) -> None:
    request = RequestFactory().post("/", {"order": [four["draft"].pk, four["shipped"].pk, "x"]})
    request.organization = four["draft"].organization  # type: ignore[attr-defined]
    assert set(selected(request)) == {four["draft"], four["shipped"]}  # type: ignore[arg-type]


def test_select_all_that_match_takes_the_filter_of_the_list(four: dict[str, SalesOrder]) -> None:
    request = RequestFactory().post("/", {"all": "1", "filter": "view=open&q=ship", "order": four["draft"].pk})
    request.organization = four["draft"].organization  # type: ignore[attr-defined]
    assert list(selected(request)) == [four["shipped"]]  # type: ignore[arg-type]


def test_the_status_of_many_is_changed_at_once(four: dict[str, SalesOrder], editor: Client) -> None:
    pks = [four["draft"].pk, four["confirmed"].pk]
    answer = editor.post(reverse("order_status"), {"order": pks, "status": "shipped", "filter": "view=open"})
    assert answer["Location"] == reverse("orders") + "?view=open"
    assert set(SalesOrder.objects.filter(pk__in=pks).values_list("status", flat=True)) == {OrderStatus.SHIPPED}
    assert "2 orders are shipped now" in editor.get(answer["Location"]).content.decode()


def test_an_order_that_cannot_change_is_named_and_the_others_do(four: dict[str, SalesOrder], editor: Client) -> None:
    stuck = four["shipped"]
    made.invoice(stuck.customer, "1042", of=stuck)
    orders.recount(stuck.organization, [stuck.pk])
    pks = [stuck.pk, four["confirmed"].pk]
    answer = editor.post(reverse("order_status"), {"order": pks, "status": "cancelled"})
    page = answer.content.decode()
    assert f"{four['confirmed']} is cancelled now" in page
    assert "1 order stays as it is" in page
    assert f"{stuck} stands on" in page
    stuck.refresh_from_db()
    assert stuck.status == OrderStatus.SHIPPED


def test_an_unknown_status_is_refused(four: dict[str, SalesOrder], editor: Client) -> None:
    answer = editor.post(reverse("order_status"), {"order": four["draft"].pk, "status": "lost"})
    assert answer.status_code == 400


def test_the_page_shows_lines_and_what_is_left_to_invoice(organization: Organization, viewer: Client) -> None:
    order = made.order(
        make.customer("Hotel Albion"), product=make.product("Dark Roast 1 kg", price="18.25"), quantity="40"
    )
    page = viewer.get(reverse("order", args=[order.pk])).content.decode()
    for text in ("Hotel Albion", "Dark Roast 1 kg", "18.25", "730.00", "Nothing of this order is invoiced yet"):
        assert text in page


def test_currencies_are_summed_apart(organization: Organization, viewer: Client) -> None:
    made.order(make.customer())
    made.order(make.customer(currency="EUR"))
    page = viewer.get(reverse("orders"))
    assert [currency for currency, _ in page.context["totals"]] == ["EUR", "USD"]


# --- Shipping --------------------------------------------------------------------------------------------------------


@pytest.fixture
def roast_order(organization: Organization) -> SalesOrder:
    """Forty of a roast at 18.25, confirmed."""
    return made.order(make.customer("Hotel Albion"), product=make.product("Dark Roast", price="18.25"), quantity="40")


def test_a_part_of_an_order_is_shipped_on_a_page_of_its_own(roast_order: SalesOrder, editor: Client) -> None:
    line = roast_order.lines.get()
    page = reverse("order_ship", args=[roast_order.pk])
    assert f'name="ship-{line.pk}" value="40"' in editor.get(page).content.decode()
    assert "Only 40 are left to ship" in editor.post(page, {f"ship-{line.pk}": "41"}).content.decode()
    assert editor.post(page, {f"ship-{line.pk}": "15"}).status_code == 302
    shown_order = editor.get(reverse("order", args=[roast_order.pk]))
    assert shown_order.context["shipped"] == {line.pk: Decimal(15)}
    assert "Shipped, not invoiced" in shown_order.content.decode()
    assert shown(editor, view="to-invoice") == {"Hotel Albion"}


def test_what_is_to_be_invoiced_of_an_order_shipped_in_part_is_what_was_shipped(
    roast_order: SalesOrder, editor: Client
) -> None:
    orders.ship(roast_order, {roast_order.lines.get().pk: "15"}, by=None)
    dialog = editor.post(reverse("invoice_preflight"), {"order": roast_order.pk})
    assert dialog.context["chosen"].only_shipped
    whole = made.order(make.customer(), status="shipped")
    assert not editor.post(reverse("invoice_preflight"), {"order": whole.pk}).context["chosen"].only_shipped


def test_what_was_not_invoiced_by_itself_is_shown_with_the_reason(roast_order: SalesOrder, editor: Client) -> None:
    Organization.objects.update(auto_invoice="shipped")
    answer = editor.post(reverse("order_status"), {"order": roast_order.pk, "status": "shipped"}).content.decode()
    assert "1 order was not invoiced" in answer
    assert "QuickBooks is not connected" in answer
    assert "QuickBooks is not connected" in editor.get(reverse("order", args=[roast_order.pk])).content.decode()


def test_for_htmx_what_stays_as_it_is_comes_as_a_dialog_that_reloads_what_lies_under_it(
    four: dict[str, SalesOrder], editor: Client
) -> None:
    pks = [four["cancelled"].pk, four["confirmed"].pk]
    answer = editor.post(
        reverse("order_status"), {"order": pks, "status": "delivered"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "modal-dialog" in answer
    assert "data-stale" in answer
    assert "Confirm it again first" in answer

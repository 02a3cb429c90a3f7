"""The board of orders: six columns with counts and sums, and cards that move as far as they may."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import Page, expect

from buddy.hub import orders
from buddy.hub.orders import OrderStatus, SalesOrder
from buddy.hub.team import Organization, Role
from buddy.web.board import AT_ONCE
from tests import makers as make
from tests.web import made

HTMX = {"HX-Request": "true"}


def put(client: Client, order: SalesOrder, status: str, **more: str) -> Any:
    values = {"order": order.pk, "status": status, **more}
    return client.post(reverse("order_board_move"), values, headers=HTMX)


def column(page: Any, status: str) -> Any:
    return next(each for each in page.context["columns"] if each.status == status)


def test_every_status_has_its_column_with_count_and_sums(organization: Organization, viewer: Client) -> None:
    for status in ("confirmed", "confirmed", "shipped"):
        make.order(status=status)
    make.order(make.customer(currency="EUR"))
    page = viewer.get(reverse("order_board"))
    assert [each.status for each in page.context["columns"]] == list(OrderStatus)
    confirmed = column(page, "confirmed")
    assert (confirmed.page.counted, confirmed.totals) == ("3", [("EUR", Decimal(10)), ("USD", Decimal(20))])
    assert column(page, "draft").page.rows == []


def test_the_board_is_narrowed_as_the_table_is(organization: Organization, viewer: Client) -> None:
    albion = make.customer("Hotel Albion")
    wanted = make.order(albion)
    make.order()
    for query in ({"q": "albion"}, {"customer": albion.pk}):
        assert column(viewer.get(reverse("order_board"), query), "confirmed").page.rows == [wanted]


def test_a_long_column_shows_its_first_cards_and_the_others_when_asked(
    organization: Organization, viewer: Client
) -> None:
    placed = [make.order() for _ in range(AT_ONCE + 3)]
    first = column(viewer.get(reverse("order_board")), "confirmed").page
    assert len(first.rows) == AT_ONCE
    more = viewer.get(reverse("order_board_more") + first.next + "&column=confirmed", headers=HTMX)
    rest = more.context["page"].rows
    assert {order.pk for order in (*first.rows, *rest)} == {order.pk for order in placed}
    assert "Show more" not in more.content.decode()
    assert viewer.get(reverse("order_board_more"), {"column": "lost"}).status_code == 400


def test_a_card_moves_and_the_sums_follow_within_the_filter(organization: Organization, editor: Client) -> None:
    order = make.order(make.customer("Hotel Albion"))
    make.order(status="shipped")
    answer = put(editor, order, "shipped", filter="q=albion")
    order.refresh_from_db()
    assert order.status == "shipped"
    assert "buddy:stays" not in answer.headers.get("HX-Trigger", "")
    heads = {head["status"]: head["counted"] for head in answer.context["heads"]}
    assert (heads["confirmed"], heads["shipped"]) == ("0", "1")
    assert f'id="card-{order.pk}" data-card="{order.pk}" hx-swap-oob="true"' in answer.content.decode()


def test_a_card_that_may_not_move_goes_back_and_says_why(organization: Organization, editor: Client) -> None:
    order = make.order()
    make.invoice(order, number="1042")
    answer = put(editor, order, "cancelled")
    assert json.loads(answer["HX-Trigger"]) == {"buddy:stays": {"order": order.pk}}
    assert "stands on invoice 1042" in answer.content.decode()
    assert f'id="card-{order.pk}"' not in answer.content.decode()


def test_a_moved_card_that_is_not_invoiced_by_itself_says_why(organization: Organization, editor: Client) -> None:
    Organization.objects.update(auto_invoice="shipped")
    answer = put(editor, make.order(), "shipped").content.decode()
    assert "QuickBooks is not connected" in answer


def test_what_is_no_move_is_refused(organization: Organization, editor: Client, viewer: Client) -> None:
    order = make.order()
    assert put(editor, order, "lost").status_code == 400
    assert put(viewer, order, "shipped").status_code == 403
    with scope(organization=make.organization("Elsewhere")):
        theirs = make.order()
    assert put(editor, theirs, "shipped").status_code == 404


def test_a_full_board_asks_as_much_as_an_empty_one(
    organization: Organization, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    counts = []
    viewer.get(reverse("order_board"))
    for _ in range(2):
        with django_assert_max_num_queries(40) as asked:
            viewer.get(reverse("order_board"))
        counts.append(len(asked))
        for status in OrderStatus:
            for _ in range(5):
                make.order(status=status)
    assert counts[0] == counts[1]


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def board(live_server: Any, page: Page) -> Iterator[dict[str, SalesOrder]]:
    """An editor in front of a board with a confirmed order, and one that an invoice keeps from being cancelled."""
    with scope(organization=make.organization()):
        free, stuck = made.order(make.customer("Hotel Albion")), made.order(make.customer("Zest Bistro"))
        orders.set_status(stuck, "delivered", by=None)
        make.invoice(stuck, number="1042")
        client = Client()
        client.force_login(make.member(Role.EDITOR).user)
        cookie = client.cookies["buddy_session"]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page.goto(live_server.url + reverse("order_board"))
        yield {"free": free, "stuck": stuck}


def status_of(order: SalesOrder) -> str:
    return SalesOrder.objects.get(pk=order.pk).status


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_card_is_dragged_and_one_that_may_not_goes_back(board: dict[str, SalesOrder], page: Page) -> None:
    free, stuck = (page.locator(f"#card-{board[name].pk}") for name in ("free", "stuck"))
    free.drag_to(page.locator("[data-column=processing]"))
    expect(page.locator("#count-processing")).to_have_text("1")
    expect(page.locator("[data-column=processing]").locator(free)).to_be_visible()
    assert status_of(board["free"]) == "processing"
    stuck.drag_to(page.locator("[data-column=cancelled]"))
    expect(page.get_by_role("alert")).to_contain_text("stays Delivered")
    expect(page.locator("[data-column=delivered]").locator(stuck)).to_be_visible()
    assert status_of(board["stuck"]) == "delivered"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_card_is_moved_by_keys_and_keeps_the_focus(board: dict[str, SalesOrder], page: Page) -> None:
    free, stuck = (page.locator(f"#card-{board[name].pk}") for name in ("free", "stuck"))
    free.get_by_role("link").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#count-processing")).to_have_text("1")
    expect(free.get_by_role("link")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#count-shipped")).to_have_text("1")
    expect(page.locator("[data-column=shipped]").locator(free)).to_be_visible()
    assert status_of(board["free"]) == "shipped"
    stuck.get_by_role("link").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("alert")).to_contain_text("stands on invoice 1042")
    expect(page.locator("[data-column=delivered]").locator(stuck)).to_be_visible()
    expect(stuck.get_by_role("link")).to_be_focused()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_card_goes_back_when_the_server_does_not_answer(board: dict[str, SalesOrder], page: Page) -> None:
    free = page.locator(f"#card-{board['free'].pk}")
    page.route("**/orders/board/move/", lambda route: route.abort())
    free.get_by_role("link").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("status").filter(has_text="didn’t answer")).to_be_visible()
    expect(page.locator("[data-column=confirmed]").locator(free)).to_be_visible()
    assert status_of(board["free"]) == "confirmed"

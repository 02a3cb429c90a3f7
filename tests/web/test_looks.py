"""The pages in a real browser: nothing axe finds, nothing blocked, nothing wider than its screen, all by keyboard."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import Page

from buddy.hub.team import Role
from tests import makers as make
from tests.web import made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Juniper & Rye Hospitality Group (Catering and Private Events Division) " * 3
HUGE = "99999999999.99"
SCREENS = {"wide, light": (1280, 800, "light"), "phone, dark": (390, 844, "dark")}
PAGES = [
    "dashboard", "customers", "customer", "customer_new", "customer_location_change", "products", "product",
    "product_change", "product_prices", "pricing", "pricing_tier_new", "pricing_tier", "customer_price", "orders",
    "order", "order_ship", "order_board", "order_change", "order_new", "invoices", "invoice", "sync", "sync_run",
    "setup_closed",
]  # fmt: skip


@pytest.fixture
def signed_in(live_server: Any, page: Page) -> Iterator[dict[str, int]]:
    """A page of an editor in an organization with one of everything, long names and huge numbers among it."""
    with scope(organization=make.organization()):
        ids = made.everything()
        huge = made.invoice(
            make.customer(LONG[:190]), "1043", total="99999999999.99", balance="99999999999.99", days=60
        )
        made.link("invoice", huge.pk, "77")
        client = Client()
        client.force_login(make.member(Role.EDITOR).user)
        cookie = client.cookies["buddy_session"]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        yield ids


def address(name: str, ids: dict[str, int]) -> str:
    begins = max((begin for begin in ids if name.startswith(begin)), key=len, default="")
    whole = (
        "order_board",
        "pricing",
        "pricing_tier_new",
        "customers",
        "customer_new",
        "products",
        "orders",
        "order_new",
        "invoices",
        "sync",
        "dashboard",
    )
    if name == "setup_closed":
        return "/nothing/here/"
    return reverse(name) if name in whole else reverse(name, args=[ids[begins]])


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_pass_axe_fit_their_screen_and_break_no_policy(
    screen: str, signed_in: dict[str, int], live_server: Any, page: Page
) -> None:
    width, height, theme = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for name in PAGES:
        page.goto(live_server.url + address(name, signed_in))
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        wrong = [(found["id"], found["nodes"][0]["target"]) for found in Axe().run(page).response["violations"]]
        assert wrong == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its screen"
    assert [text for text in said if "404" not in text] == []


def test_an_order_is_written_with_the_keyboard_alone(signed_in: dict[str, int], live_server: Any, page: Page) -> None:
    """Enter takes the first answer, even before it is there; goes on to the next product; and saves in the end."""
    page.goto(live_server.url + reverse("order_new"))
    keys = page.keyboard
    keys.type("ap@heron")
    keys.press("Enter")
    page.locator("#product_q:focus").wait_for()
    keys.type("dark")
    keys.press("Enter")
    page.locator("[name=lines-0-quantity]:focus").wait_for()
    keys.type("12")  # over the 1 that stands there, which is selected
    keys.press("Enter")
    page.locator("#product_q:focus").wait_for()
    page.get_by_text("90.00").first.wait_for()  # at the price agreed with the customer
    assert page.locator("#origin-0").inner_text() == "Agreed price"
    keys.press("Enter")
    page.locator("[data-save]:focus").wait_for()
    keys.press("Enter")
    page.get_by_text("saved").wait_for()
    assert "90.00" in page.locator("main").inner_text()


def test_ticking_rows_shows_the_bar_and_escape_hides_it(
    signed_in: dict[str, int], live_server: Any, page: Page
) -> None:
    page.goto(live_server.url + reverse("orders"))
    bar = page.get_by_role("region", name="Selected orders")
    assert not bar.is_visible()
    page.get_by_label("Select all on this page").check()
    assert "1 selected · 20.00 USD" in bar.inner_text()
    page.keyboard.press("Escape")
    assert not bar.is_visible()


def test_slash_goes_to_the_search_which_answers_while_one_types(
    signed_in: dict[str, int], live_server: Any, page: Page
) -> None:
    page.goto(live_server.url + reverse("customers"))
    page.keyboard.press("/")
    page.keyboard.type("ap@heron")
    page.get_by_text("1–1 of 1").wait_for()
    assert "q=ap%40heron" in page.url
    page.go_back()
    page.get_by_text("1–4 of 4").wait_for()


def test_a_refusal_shows_as_a_toast_and_the_page_stays(signed_in: dict[str, int], live_server: Any, page: Page) -> None:
    page.goto(live_server.url + reverse("orders"))
    page.evaluate("htmx.ajax('POST', '/orders/status/', {values: {status: 'lost'}, target: '#results'})")
    page.get_by_text("Buddy could not read this request").wait_for()
    assert page.get_by_role("table", name="Sales orders").is_visible()


def test_leaving_a_form_with_changes_asks(signed_in: dict[str, int], live_server: Any, page: Page) -> None:
    page.goto(live_server.url + reverse("customer_new"))
    page.get_by_label("Company name").fill("Bao House")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Invoices").click()
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert page.url.endswith(reverse("customer_new"))

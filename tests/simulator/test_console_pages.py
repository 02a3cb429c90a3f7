"""The pages as people see them: no barrier, no sideways scrolling, no message in the browser's console."""

from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from simulator.app import Simulator
from tests.simulator.conftest import REALM
from tests.simulator.test_consent import ASKED

pytestmark = pytest.mark.browser
SIZES = {"laptop": (1280, 900), "phone": (390, 844)}
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def demo(sim: Simulator) -> Simulator:
    sim.add_company(demo=True, realm=REALM)
    return sim


def addresses(sim: Simulator) -> list[str]:
    company = sim.companies[REALM]
    invoice = company.query("SELECT * FROM Invoice WHERE Balance > '0'")[0]["Id"]
    memo = company.query("SELECT * FROM CreditMemo WHERE Balance > '0'")[0]["Id"]
    payment = company.all("Payment")[0]["Id"]
    pages = (
        f"/invoices /invoices/{invoice} /invoices/{invoice}/edit /invoices/{invoice}/void /invoices/new "
        f"/invoices/new?customer=7 /customers /customers?q=zanzibar /customers/7 /customers/7/edit /customers/4/merge "
        f"/items /items/3 /items/3/edit /payments /payments/{payment} /payments/new?invoice={invoice} "
        f"/payments/new?customer=7 /credit-memos /credit-memos/{memo} /company /invoices/0"
    ).split()
    asked = urlencode(ASKED)
    refused = urlencode({**ASKED, "state": ""})
    return [f"/console/{REALM}{page}" for page in pages] + [
        "/console/", f"/connect/oauth2?{asked}", f"/connect/oauth2?{refused}",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_free_of_barriers(demo: Simulator, served: str, browser: Browser, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    found: list[tuple[str, str]] = []
    for address in addresses(demo):
        page.goto(f"{served}{address}")
        found += [(address, f"{each['id']}: {each['nodes']}") for each in Axe().run(page).response["violations"]]
        found += [(address, "scrolls sideways")] if scrolls_sideways(page) else []
    context.close()
    assert found == []
    assert [text for text in said if "status of 40" not in text] == []  # the two error pages are meant


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_no_page_scrolls_sideways_at_320_pixels(demo: Simulator, served: str, page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wide = []
    for address in addresses(demo):
        page.goto(f"{served}{address}")
        wide += [address] if scrolls_sideways(page) else []
    assert wide == []


def test_a_bookkeeper_records_a_payment_by_keyboard(demo: Simulator, served: str, page: Page) -> None:
    invoice = demo.companies[REALM].query("SELECT * FROM Invoice WHERE Balance > '0'")[0]
    page.goto(f"{served}/console/{REALM}/invoices?q={invoice['DocNumber']}")
    page.get_by_role("link", name=f"Record payment on invoice {invoice['DocNumber']}").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reference").fill("2240")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "is recorded" in page.get_by_role("status").inner_text()
    assert demo.companies[REALM].get("Invoice", invoice["Id"])["Balance"] == 0


def test_consent_leads_the_browser_back_to_the_app(demo: Simulator, served: str, page: Page) -> None:
    back = f"{served}/console/"
    page.goto(f"{served}/connect/oauth2?{urlencode({**ASKED, 'redirect_uri': back})}")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(f"{back}?code=*")
    assert f"realmId={REALM}" in page.url

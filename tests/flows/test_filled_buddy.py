"""A first sync against a Buddy that was in use before: planned, changed, approved; what is not certain is asked."""

import pytest
from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.looks import barriers

CUSTOMERS = [
    {"display_name": "Hotel Albion", "email": "receiving@hotelalbion.example", "phone": "206 555 0101"},
    {"display_name": "Bao House 88 LLC", "phone": "206 555 0188"},
    {"display_name": "Green Lake Grocery", "phone": "(206) 555-0199"},
    {"display_name": "Ballard Bread Works", "email": "signe@ballard.example"},
    {"display_name": "A lead of last year"},
]
PRODUCTS = [
    {"name": "Olives, green", "sku": "LF-OL-014", "base_price": "21.875"},
    {"name": "Balsamic vinegar", "base_price": "29.90"},
]


@pytest.fixture
def company(company: Company) -> Company:
    """Books that hold the same businesses, partly under other names."""
    olives = company.item("Castelvetrano Olives 2.5 kg pail", 21.875, Sku="LF-OL-014")
    vinegar = company.item("Balsamic Vinegar", 29.9)
    company.customer("Hotel Albion Seattle", email="Receiving@HotelAlbion.example")
    company.customer("Bao House 88 LLC", email="orders@bao.example", phone="(206) 555-0188")
    greenlake = company.customer("Greenlake Market & Deli", phone="206.555.0199")
    holm = company.customer("Holm Catering", email="signe@ballard.example")
    zest = company.customer("Zest Bistro", email="hello@zest.example")
    company.invoice(greenlake, [(olives, 2)])
    company.invoice(holm, [(vinegar, 3)])
    company.invoice(zest, [(vinegar, 1), (olives, 1)])
    return company


def test_what_the_approved_plan_says_comes_true_and_the_others_wait_for_an_answer(
    company: Company, prepare: Prepare
) -> None:
    june = prepare(customers=CUSTOMERS, products=PRODUCTS)
    page = june.page
    june.rehearse(company)
    planned = {
        "Hotel Albion Seattle": "Link to Hotel Albion",
        "Bao House 88 LLC": "Link to Bao House 88 LLC",
        "Greenlake Market & Deli": "Ask me later",
        "Holm Catering": "Ask me later",
        "Zest Bistro": "Create in Buddy",
        "A lead of last year": "Create in QuickBooks",
    }
    for name, act in planned.items():
        chosen = page.get_by_label(f"What to do with {name}", exact=True).locator("option:checked")
        expect(chosen).to_have_text(act)
    assert barriers(page) == []
    page.get_by_label("What to do with Greenlake Market & Deli").select_option("Link to Green Lake Grocery")
    expect(june.row("Greenlake Market").locator(".b-pill.is-info")).to_contain_text("Chosen by")
    june.open("/invoices/?view=all")
    expect(june.main.get_by_text("No invoices yet")).to_be_visible()
    june.open("/settings/integrations/plan/")
    june.approve_the_certain()

    june.open("/customers/")
    for name in ("Hotel Albion", "Bao House 88", "Green Lake Grocery", "Zest Bistro"):
        expect(june.row(name)).to_have_count(1)
        expect(june.row(name).locator(".qb")).to_contain_text("In sync")
    for name in ("Ballard Bread Works", "A lead of last year"):
        expect(june.row(name).locator(".qb")).to_contain_text("Not linked")
    expect(june.main.get_by_text("6 customers")).to_be_visible()
    june.open("/products/")
    expect(june.main.get_by_text("2 products")).to_be_visible()
    for name in ("Olives, green", "Balsamic vinegar"):
        expect(june.row(name).locator(".qb")).to_contain_text("In sync")
    june.open("/invoices/?view=all")
    expect(june.main.get_by_text("2 invoices")).to_be_visible()

    page.get_by_role("link", name="Data quality").click()
    page.get_by_role("button", name="Kind").click()
    page.get_by_role("link", name="Match?", exact=True).click()
    queue = page.get_by_role("list", name="Queue")
    expect(queue.get_by_role("listitem")).to_have_count(1)
    expect(queue.get_by_role("link").filter(has_text="Holm Catering")).to_contain_text("$89.70 open")
    june.open("/data-quality/")
    expect(page.get_by_role("table", name="The two records, field by field")).to_contain_text("Holm Catering")
    page.get_by_role("article").focus()
    page.keyboard.press("c")
    expect(page.get_by_role("status").first).to_contain_text("is a customer in Buddy now")
    june.open("/invoices/?view=all")
    june.until(june.row("Holm Catering"))
    june.open("/customers/?q=Holm")
    expect(june.row("Holm Catering").locator(".qb")).to_contain_text("In sync")
    june.open("/customers/?q=Ballard")
    expect(june.row("Ballard Bread Works").locator(".qb")).to_contain_text("Not linked")
    assert {each["DisplayName"] for each in company.all("Customer")} == {
        "Hotel Albion Seattle", "Bao House 88 LLC", "Greenlake Market & Deli", "Holm Catering", "Zest Bistro",
    }  # fmt: skip

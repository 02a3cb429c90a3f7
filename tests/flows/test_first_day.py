"""An empty installation, from the set-up page to a first sync with everything in its place."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.flows.person import PASSWORD, Person
from tests.flows.processes import Stack, running


@pytest.fixture
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation nobody has been in, beside the demo company."""
    with running(tmp_path_factory.mktemp("new"), size="demo") as started:
        yield started


def test_a_newcomer_sets_up_connects_and_finds_the_books_in_buddy(new: Stack, context: BrowserContext) -> None:
    page = context.new_page()
    june = Person(page, new.url)

    june.open("/")
    expect(page.get_by_role("heading", name="Set up Buddy")).to_be_visible()
    page.get_by_label("Name of your business").fill("Larkspur Fine Foods")
    page.get_by_label("Your name").fill("June Lindqvist")
    page.get_by_label("Email").fill("june@larkspur.example")
    page.get_by_label("Password").fill(PASSWORD)
    june.press("Set up")

    main = page.get_by_role("main")
    expect(main.get_by_role("heading", name="Connect QuickBooks first")).to_be_visible()
    main.get_by_role("link", name="Connect QuickBooks").click()
    june.press("Connect QuickBooks", inside=june.card)
    demo = new.books.companies()[0]
    page.get_by_label("Company").select_option(label=demo.name)
    june.press("Connect")

    expect(page).to_have_url(f"{new.url}/settings/integrations/")
    expect(page.get_by_role("status").filter(has_text="QuickBooks is connected")).to_be_visible()
    expect(june.card.get_by_role("progressbar").first).to_be_visible()
    expect(june.card.get_by_text("Connected", exact=True).first).to_be_visible()
    expect(june.card.get_by_text(demo.name)).to_be_visible()
    assert june.card.locator(".is-ok").first.inner_text() == "Connected"

    june.open("/customers/")
    expect(page.get_by_role("row").filter(has_text="Ballard Bread Works")).to_contain_text("In sync")
    expect(main.get_by_role("link", name="Not linked 0")).to_be_visible()
    expect(main.get_by_text("56 customers")).to_be_visible()
    june.open("/products/")
    expect(page.get_by_role("row").filter(has_text="Castelvetrano Olives")).to_contain_text("In sync")
    june.open("/invoices/?view=all")
    expect(main.get_by_text(f"{len(demo.all('Invoice'))} invoices")).to_be_visible()
    paid_one = demo.all("Payment", "TotalAmt > '0'")[0]
    txn = paid_one["Line"][0]["LinkedTxn"][0]["TxnId"]
    june.open(f"/invoices/?view=all&q={demo.get('Invoice', txn)['DocNumber']}")
    page.locator("tbody").get_by_role("link").first.click()
    expect(page.get_by_role("table", name="How the balance came about")).to_contain_text("Payment")


def test_once_somebody_is_in_nobody_can_sign_up(new: Stack, context: BrowserContext) -> None:
    new.prepare()
    page = Person(context.new_page(), new.url).open("/setup/")
    expect(page.get_by_role("heading", name="Set up Buddy")).to_be_hidden()
    page.goto(f"{new.url}/account/signup/")
    expect(page.get_by_role("heading", name="Buddy is by invitation")).to_be_visible()
    assert page.get_by_role("textbox").count() == 0

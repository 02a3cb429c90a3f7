"""From an order to an invoice in QuickBooks, and the badge that tells how far it is."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.person import Person


@pytest.fixture
def company(company: Company) -> Company:
    company.item("Castelvetrano Olives", 21.875, Sku="LF-OL-014")
    company.item("Balsamic Vinegar", 29.9)
    net_30 = next(term["Id"] for term in company.all("Term") if term["Name"] == "Net 30")
    address = {"Line1": "1400 Second Ave", "City": "Seattle", "CountrySubDivisionCode": "WA", "PostalCode": "98101"}
    company.customer("Hotel Albion", email="pay@albion.example", SalesTermRef={"value": net_30}, BillAddr=address)
    company.customer("Zest Bistro")
    return company


@pytest.fixture
def june(company: Company, prepare: Prepare) -> Person:
    """Connected; with a product QuickBooks does not know, and a customer who is not there."""
    person = prepare(
        customers=[{"display_name": "Corner Cafe"}], products=[{"name": "Lemon Curd", "base_price": "6.5"}]
    )
    person.rehearse(company)
    person.approve_the_certain()
    return person


def test_an_order_written_by_keyboard_becomes_an_invoice_whose_badge_settles_by_itself(
    june: Person, company: Company
) -> None:
    page = june.open("/orders/new/")
    keys = page.keyboard
    expect(page.get_by_label("Find a customer")).to_be_focused()
    keys.type("albion")
    expect(page.locator("#customer-answers").get_by_role("button", name="Hotel Albion")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Change")).to_be_visible()
    page.get_by_label("PO number").focus()
    keys.type("HA-7702")
    for product, quantity in (("Castelvetrano Olives", "5"), ("Balsamic Vinegar", "2")):
        page.get_by_label("Add a product").focus()
        keys.type(product[:6].lower())
        expect(page.locator("#product-answers").get_by_role("button", name=product)).to_be_visible()
        keys.press("ArrowDown")
        keys.press("Enter")
        expect(page.get_by_label(f"Quantity, {product}")).to_be_focused()
        keys.type(quantity)
        keys.press("Tab")
    expect(page.locator("#order-total")).to_have_text("169.18")  # 5 × 21.875 rounds half up to 109.38 (R19)
    page.get_by_role("button", name="Confirm order").focus()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Confirmed")
    number = page.get_by_role("heading", level=1).inner_text().split()[0]

    company.plan("delay", method="POST", seconds=3)
    june.choose(number)
    expect(june.dialog).to_contain_text("Hotel Albion")
    expect(june.dialog).to_contain_text("PO HA-7702")
    expect(june.dialog.get_by_role("heading", name="Ready: 1 invoice")).to_contain_text("$169.18")
    june.press("Create 1 invoice", inside=june.dialog)
    expect(page.get_by_role("status")).to_contain_text("1 invoice created")
    page.evaluate("window.sameWindow = true")
    badge = june.row(number).locator(".qb")
    expect(badge).to_contain_text(re.compile("Waiting|Sending"))
    expect(badge).to_contain_text("In sync")
    (made,) = company.all("Invoice")
    expect(june.row(number).get_by_role("link", name=made["DocNumber"], exact=True)).to_be_visible()
    assert page.evaluate("window.sameWindow")

    albion = next(each for each in company.all("Customer") if each["DisplayName"] == "Hotel Albion")
    items = {each["Id"]: each["Name"] for each in company.all("Item")}
    lines = [line["SalesItemLineDetail"] for line in made["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert made["CustomerRef"]["value"] == albion["Id"]
    assert [(items[line["ItemRef"]["value"]], line["Qty"], line["UnitPrice"]) for line in lines] == [
        ("Castelvetrano Olives", 5, Decimal("21.875")),
        ("Balsamic Vinegar", 2, Decimal("29.9")),
    ]
    assert made["TotalAmt"] == Decimal("169.18")
    assert [field["StringValue"] for field in made["CustomField"] if field.get("StringValue")] == ["HA-7702"]
    june.open_invoice(made["DocNumber"])
    due = page.locator("time, dd").filter(has_text="Net 30").first
    expect(due).to_be_visible()
    days = page.evaluate("([from, to]) => (new Date(to) - new Date(from)) / 864e5", [made["TxnDate"], made["DueDate"]])
    assert days == 30


def test_what_cannot_be_invoiced_says_why_and_is_put_right_from_the_dialog(june: Person, company: Company) -> None:
    ready = june.order("Zest Bistro", ("Balsamic Vinegar", 1))
    draft = june.order("Zest Bistro", ("Balsamic Vinegar", 3), button="Save as draft")
    june.choose(ready, draft)
    dialog = june.dialog
    expect(dialog.get_by_role("heading", name="Create 1 invoice")).to_be_visible()
    expect(dialog.get_by_role("heading", name="Not yet: 1 order")).to_be_visible()
    waits = dialog.get_by_role("listitem").filter(has_text=draft)
    expect(waits).to_contain_text("draft")
    june.press("Create 1 invoice", inside=dialog)
    expect(june.row(ready).locator(".qb")).to_contain_text("In sync")
    assert [each["TotalAmt"] for each in company.all("Invoice")] == [Decimal("29.9")]


def test_a_customer_and_a_product_that_an_invoice_needs_go_out_with_it(june: Person, company: Company) -> None:
    curd = june.order("Zest Bistro", ("Lemon Curd", 4))
    lead = june.order("Corner Cafe", ("Balsamic Vinegar", 2))
    june.choose(curd, lead)
    dialog = june.dialog
    created = dialog.get_by_role("listitem")
    expect(created.filter(has_text="Also creates the customer “Corner Cafe” in QuickBooks")).to_be_visible()
    expect(created.filter(has_text="Also creates the item “Lemon Curd” in QuickBooks")).to_be_visible()

    dialog.get_by_role("link", name="Choose an item instead of creating Lemon Curd").click()
    expect(dialog.get_by_role("heading", name="Map Lemon Curd")).to_be_visible()
    june.press("Back", inside=dialog)
    dialog.get_by_label("Income account of new items").select_option(label="Sales of Product Income")
    june.press("Create 2 invoices", inside=dialog)
    for number in (curd, lead):
        expect(june.row(number).locator(".qb")).to_contain_text("In sync")
    assert sorted(each["TotalAmt"] for each in company.all("Invoice")) == [Decimal(26), Decimal("59.8")]
    for path, name in (("/products/", "Lemon Curd"), ("/customers/", "Corner Cafe")):
        june.open(path)
        june.until(june.row(name).locator(".qb").filter(has_text="In sync"))


def test_two_orders_of_one_customer_make_one_combined_invoice(june: Person, company: Company) -> None:
    first = june.order("Hotel Albion", ("Balsamic Vinegar", 1), po_number="HA-1")
    second = june.order("Hotel Albion", ("Castelvetrano Olives", 2), po_number="HA-2")
    june.choose(first, second)
    expect(june.dialog.get_by_role("heading", name="Create 2 invoices")).to_be_visible()
    june.dialog.get_by_text("Combine by customer, ship-to and terms").click()
    june.press("Create 1 invoice", inside=june.dialog)
    for number in (first, second):
        expect(june.order_row(number).locator(".qb")).to_contain_text("In sync")
    (made,) = company.all("Invoice")
    assert made["TotalAmt"] == Decimal("73.65")
    told = [line["Description"] for line in made["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert [first in told[0], "HA-1" in told[0], second in told[1], "HA-2" in told[1]] == [True] * 4
    assert "HA-1" in made["CustomerMemo"]["value"]
    assert "HA-2" in made["CustomerMemo"]["value"]


def test_pressing_create_twice_makes_one_invoice(june: Person, company: Company) -> None:
    number = june.order("Zest Bistro", ("Balsamic Vinegar", 1))
    june.choose(number)
    june.dialog.get_by_role("button", name="Create 1 invoice").dblclick()
    expect(june.row(number).locator(".qb")).to_contain_text("In sync")
    assert len(company.all("Invoice")) == 1

    other = june.order("Zest Bistro", ("Balsamic Vinegar", 2))
    colleague = Person(june.page.context.new_page(), june.url)
    colleague.choose(other)
    june.invoice(other)
    colleague.press("Create 1 invoice", inside=colleague.dialog)
    expect(colleague.dialog.get_by_role("alert")).to_contain_text("Already on invoice")
    assert len(company.all("Invoice")) == 2


def test_two_shipments_of_one_order_become_two_invoices(june: Person, company: Company) -> None:
    """R16: each of what left and stands on no invoice yet."""
    number = june.order("Zest Bistro", ("Balsamic Vinegar", 5))
    parts = [("2", "Processing", "$59.80"), ("3", "Shipped", "$89.70")]
    for count, (shipped, status, total) in enumerate(parts, 1):
        june.open("/orders/")
        june.order_row(number).get_by_role("link", name=number, exact=True).first.click()
        june.press("More actions", inside=june.main)
        june.page.get_by_role("link", name="Ship a part…").click()
        june.page.get_by_label("Ship now, Balsamic Vinegar").fill(shipped)
        june.press("Ship")
        expect(june.page.get_by_role("heading", level=1)).to_contain_text(f"{number} {status}")
        june.choose(number)
        expect(june.dialog.get_by_role("heading", name="Ready: 1 invoice")).to_contain_text(total)
        june.press("Create 1 invoice", inside=june.dialog)
        expect(june.order_row(number).locator(".qb")).to_contain_text(["In sync"] * count)
    assert sorted(each["TotalAmt"] for each in company.all("Invoice")) == [Decimal("59.8"), Decimal("89.7")]

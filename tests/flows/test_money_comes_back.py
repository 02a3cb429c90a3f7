"""What a bookkeeper does in QuickBooks shows in Buddy: payments, the rest of them, and a voided invoice."""

import re

import pytest
from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.person import Person


@pytest.fixture
def june(company: Company, prepare: Prepare) -> Person:
    company.item("Balsamic Vinegar", 25)
    company.customer("Hotel Albion")
    person = prepare()
    person.connect(company)
    return person


def test_a_payment_in_part_then_the_rest_makes_the_invoice_paid(june: Person, company: Company) -> None:
    page = june.page
    june.invoice(june.order("Hotel Albion", ("Balsamic Vinegar", 4)))
    (made,) = company.all("Invoice")
    june.open_invoice(made["DocNumber"])
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Open")

    june.record_payment(company, made, "40.00", "2217")
    june.until(heading.filter(has_text="Partially paid"))
    fall = page.get_by_role("table", name="How the balance came about").get_by_role("row")
    june.until(fall.filter(has_text="2217"))  # payments follow their invoices by a blink
    expect(fall.filter(has_text="2217")).to_contain_text("−40.00")
    expect(fall.last).to_contain_text("60.00")
    expect(page.get_by_role("region", name="Balance")).to_contain_text("$60.00")
    june.open("/invoices/?view=unpaid")
    expect(june.row(made["DocNumber"])).to_contain_text("Partially paid")

    june.record_payment(company, made, "60.00", "2218")
    june.open_invoice(made["DocNumber"])
    june.until(heading.filter(has_text=re.compile(r"\bPaid\b")))
    june.until(fall.filter(has_text="2218"))
    assert fall.filter(has_text="Payment").count() == 2
    expect(fall.filter(has_text="2218")).to_contain_text(re.compile(r"[A-Z][a-z]{2} \d{1,2} ·.*−60\.00", re.DOTALL))
    expect(fall.last).to_contain_text("0.00")
    june.open("/customers/?q=Albion")
    expect(june.row("Hotel Albion")).to_contain_text("0.00")
    june.row("Hotel Albion").get_by_role("link", name="Hotel Albion").click()
    page.get_by_role("link", name="Payments").click()
    expect(june.main.locator("tbody")).to_contain_text("2218")


def test_a_voided_invoice_lets_its_order_be_invoiced_again(june: Person, company: Company) -> None:
    page = june.page
    number = june.order("Hotel Albion", ("Balsamic Vinegar", 2))
    june.invoice(number)
    (made,) = company.all("Invoice")

    bookkeeper = june.at_the_console(company, f"/invoices/{made['Id']}")
    bookkeeper.page.get_by_role("link", name="Void…").click()
    bookkeeper.page.get_by_role("button", name=re.compile("^Void")).click()
    expect(bookkeeper.page.get_by_role("status")).to_contain_text("is voided")
    bookkeeper.page.close()

    june.open_invoice(made["DocNumber"])
    june.until(page.get_by_role("heading", level=1).filter(has_text="Voided"))
    expect(june.main).to_contain_text("Its orders can be invoiced again")
    june.invoice(number)
    again = [each for each in company.all("Invoice") if each["Id"] != made["Id"]]
    assert [each["TotalAmt"] for each in again] == [50]

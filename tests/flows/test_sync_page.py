"""The Sync page: a run is found by its invoice, read, and taken back."""

from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare


def test_a_run_is_found_by_its_invoice_read_and_taken_back(company: Company, prepare: Prepare) -> None:
    company.customer("Hotel Albion")
    company.item("Castelvetrano Olives", 20)
    june = prepare()
    june.connect(company)
    first = june.order("Hotel Albion", ("Castelvetrano Olives", 2))
    june.invoice(first)
    made = company.all("Invoice")[0]

    page = june.open("/sync/")
    page.get_by_label("Search runs").fill(made["DocNumber"])
    expect(page.get_by_text("1 run", exact=True)).to_be_visible()
    page.locator(".b-run > summary").press("Enter")
    expect(page.get_by_role("link", name=f"Invoice {made['DocNumber']}")).to_be_visible()
    page.get_by_role("link", name="Open the run").click()
    page.get_by_text("What was sent", exact=True).click()
    expect(page.locator("pre").first).to_contain_text('"CustomerRef"')

    page.get_by_role("link", name="Undo…").click()
    expect(june.dialog.get_by_text("Their orders can be invoiced again.")).to_be_visible()
    june.press("Void in QuickBooks", inside=june.dialog)
    june.until(page.get_by_text("asked for it to be undone: voided in quickbooks"))
    assert not company.get("Invoice", made["Id"])["TotalAmt"]

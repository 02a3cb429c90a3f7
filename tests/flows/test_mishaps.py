"""Lost answers and dead workers: nothing is sent twice, and nothing is left undone."""

from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.processes import Stack


def test_an_invoice_whose_answer_is_lost_is_in_the_books_once(company: Company, prepare: Prepare) -> None:
    company.item("Balsamic Vinegar", 25)
    company.customer("Hotel Albion")
    june = prepare()
    june.connect(company)
    number = june.order("Hotel Albion", ("Balsamic Vinegar", 4))
    company.plan("lose_reply", method="POST", path=f"/v3/company/{company.realm}/batch")
    june.invoice(number)
    (made,) = company.all("Invoice")
    assert made["TotalAmt"] == 100
    assert [call["status"] for call in company.calls() if call["method"] == "POST"] == [0, 200]


def test_a_worker_killed_in_the_first_sync_is_taken_over_by_another(
    stack: Stack, company: Company, prepare: Prepare
) -> None:
    olives = company.item("Olives", 10)
    for count in range(12):
        company.invoice(company.customer(f"Customer {count:02}"), [(olives, 1)])
    june = prepare()
    company.plan("delay", path=f"/v3/company/{company.realm}/query", times=None, seconds=1.5)
    june.ask_consent(company)
    june.press("Connect")
    expect(june.card.get_by_role("listitem").filter(has_text="Customers")).to_contain_text("under way")
    stack.worker.kill()
    company.books.forget_faults()
    june.open("/customers/")  # the pages go on without a worker

    stack.another_worker()
    june.open("/settings/integrations/")
    expect(june.card.locator(".b-pill.is-ok")).to_have_text("Connected", timeout=60_000)
    june.open("/customers/")
    expect(june.main.get_by_text("12 customers")).to_be_visible()
    june.open("/invoices/?view=all")
    expect(june.main.get_by_text("12 invoices")).to_be_visible()
    assert len(company.all("Customer")) == 12

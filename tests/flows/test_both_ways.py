"""A customer is the same on both sides, whoever edits it."""

from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.person import Person


def edit(june: Person, name: str, **fields: str) -> None:
    june.open(f"/customers/?q={name.split(maxsplit=1)[0]}")
    june.row(name).get_by_role("link", name=name, exact=True).click()
    june.page.get_by_role("link", name="Edit", exact=True).click()
    for field, value in fields.items():
        june.page.locator(f"[name={field}]").fill(value)
    june.press("Save")
    expect(june.page.get_by_role("status")).to_be_visible()


def test_an_edit_on_either_side_reaches_the_other(company: Company, prepare: Prepare) -> None:
    albion = company.customer("Hotel Albion", email="old@albion.example", phone="206 555 0101")
    june = prepare()
    june.connect(company)

    edit(june, "Hotel Albion", email="new@albion.example")
    expect(june.page.locator(".qb").first).to_contain_text("In sync")
    assert company.get("Customer", albion["Id"])["PrimaryEmailAddr"] == {"Address": "new@albion.example"}

    company.change("Customer", albion["Id"], PrimaryPhone={"FreeFormNumber": "(206) 555-0177"})
    june.until(june.main.get_by_text("(206) 555-0177").first)
    expect(june.main.get_by_role("list").filter(has_text="→")).to_contain_text("QuickBooks")
    assert company.get("Customer", albion["Id"])["PrimaryEmailAddr"] == {"Address": "new@albion.example"}


def test_a_new_customer_goes_to_quickbooks_and_a_new_one_there_comes_here(company: Company, prepare: Prepare) -> None:
    june = prepare()
    june.connect(company)
    page = june.open("/customers/new/")
    page.get_by_label("Name", exact=True).fill("Zest Bistro")
    page.get_by_label("Email").fill("hello@zest.example")
    june.press("Save")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zest Bistro")
    expect(june.page.locator(".qb").first).to_contain_text("In sync")
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Zest Bistro"]

    company.customer("Bao House 88")
    june.open("/customers/")
    june.until(june.row("Bao House 88").locator(".qb").filter(has_text="In sync"))


def test_the_same_field_changed_on_both_sides_is_settled_by_a_person(company: Company, prepare: Prepare) -> None:
    albion = company.customer("Hotel Albion", email="old@albion.example")
    june = prepare()
    june.connect(company)
    company.plan("error_500", times=None)  # until both have written, neither hears of the other
    company.change("Customer", albion["Id"], PrimaryEmailAddr={"Address": "theirs@albion.example"})
    edit(june, "Hotel Albion", email="ours@albion.example")
    company.books.forget_faults()

    june.open("/data-quality/?kind=conflict")
    question = june.page.get_by_role("article")
    june.until(question.filter(has_text="ours@albion.example"))
    expect(question).to_contain_text("theirs@albion.example")
    expect(question).to_contain_text("Last agreed: old@albion.example")
    june.open("/customers/?view=attention")
    expect(june.row("Hotel Albion").locator(".qb")).to_contain_text("Conflict")

    june.open("/data-quality/?kind=conflict")
    june.page.get_by_label("Email, Buddy’s").check()
    june.press("Save choice")
    expect(june.page.get_by_role("status")).to_contain_text("settled")
    june.open("/customers/")
    june.until(june.row("Hotel Albion").locator(".qb").filter(has_text="In sync"))
    assert company.get("Customer", albion["Id"])["PrimaryEmailAddr"] == {"Address": "ours@albion.example"}

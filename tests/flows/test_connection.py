"""What can happen to a connection: each time the page says what happened, and nothing is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.person import Person
from tests.flows.processes import Stack


def test_what_waits_during_a_revoked_permission_goes_out_after_reconnecting(company: Company, prepare: Prepare) -> None:
    company.item("Balsamic Vinegar", 25)
    company.customer("Hotel Albion")
    june = prepare()
    june.connect(company)
    number = june.order("Hotel Albion", ("Balsamic Vinegar", 4))

    june.choose(number)
    bookkeeper = june.at_the_console(company, "/company")
    bookkeeper.page.get_by_role("button", name="Revoke the permission").first.click()
    expect(bookkeeper.page.get_by_role("status")).to_contain_text("revoked")
    bookkeeper.page.close()
    june.press("Create 1 invoice", inside=june.dialog)
    expect(june.row(number).locator(".qb")).to_contain_text("Waiting")

    june.open("/settings/integrations/")
    june.until(june.card.locator(".b-pill.is-bad").filter(has_text="Needs reconnect"))
    expect(june.card.get_by_role("alert")).to_contain_text("QuickBooks no longer accepts Buddy’s permission")
    expect(june.card.get_by_role("alert")).to_contain_text("Nothing is lost")
    june.open("/")
    expect(june.main.get_by_role("region", name="needs you")).to_contain_text("needs to be connected again")
    june.open("/orders/")
    expect(june.row(number).locator(".qb")).to_contain_text("Waiting")
    assert company.all("Invoice") == []

    june.connect(company, button="Reconnect QuickBooks")
    june.open("/orders/")
    june.until(june.row(number).locator(".qb").filter(has_text="In sync"))
    (made,) = company.all("Invoice")
    assert made["TotalAmt"] == 100


def cancelled(june: Person) -> None:
    june.press("Cancel")


def wrong_state(june: Person) -> None:
    june.page.get_by_text("Practise what can go wrong").click()
    june.press("Answer with a wrong state")


def expired_code(june: Person) -> None:
    june.page.get_by_text("Practise what can go wrong").click()
    june.press("Let the code expire")


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (cancelled, "cancel"),
        (wrong_state, "does not belong to a connection started in this browser"),
        (expired_code, "used already or is too old"),
    ],
    ids=["cancelled", "wrong-state", "expired-code"],
)
def test_a_consent_that_comes_to_nothing_ends_on_a_page_that_says_why(
    company: Company, prepare: Prepare, happens: Callable[[Person], None], told: str
) -> None:
    june = prepare()
    june.ask_consent(company)
    happens(june)
    expect(june.page).to_have_url(f"{june.url}/integrations/quickbooks/failed/")
    expect(june.main.get_by_role("alert")).to_contain_text(told)
    june.press("Connect again")
    june.page.get_by_label("Company").select_option(value=company.realm)
    june.press("Connect")
    expect(june.card.locator(".b-pill.is-ok")).to_have_text("Connected")


def test_another_company_than_before_is_refused(stack: Stack, company: Company, prepare: Prepare) -> None:
    other = stack.books.add_company("Quayside Bakery Supply Inc")
    june = prepare()
    june.connect(company)
    june.card.get_by_role("link", name="Disconnect…").click()
    expect(june.dialog).to_contain_text("Nothing is changed or deleted in QuickBooks")
    june.press("Disconnect", inside=june.dialog)
    expect(june.card.locator(".b-pill")).to_have_text("Disconnected")
    june.ask_consent(other, button="Reconnect QuickBooks")
    june.press("Connect")
    expect(june.page).to_have_url(f"{june.url}/integrations/quickbooks/failed/")
    expect(june.main.get_by_role("alert")).to_contain_text(company.name)


def test_a_company_another_organization_is_connected_to_is_refused(company: Company, prepare: Prepare) -> None:
    june = prepare()
    june.connect(company)
    june.open("/")
    june.page.context.clear_cookies()
    rival = prepare()
    rival.ask_consent(company)
    rival.press("Connect")
    expect(rival.page).to_have_url(f"{rival.url}/integrations/quickbooks/failed/")
    expect(rival.main.get_by_role("alert")).to_contain_text("Another organization in this Buddy")

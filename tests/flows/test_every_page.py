"""Every page of the walks, dialogs open too: nothing axe finds, nothing held back, nothing sideways."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.flows import looks
from tests.flows.books import Company
from tests.flows.conftest import Prepare
from tests.flows.furnishing import View, furnish, views
from tests.flows.person import Person
from tests.flows.processes import Stack

type Furnished = tuple[StorageState, list[View]]


@pytest.fixture(scope="module")
def furnished(stack: Stack, browser: Browser) -> Iterator[Furnished]:
    """One organization for all these tests: who is signed in to it, and its views."""
    context = browser.new_context(viewport=looks.SCREENS["wide"])
    june = Person(context.new_page(), stack.url)
    company = furnish(stack, june.page, "furnished@larkspur.example")
    yield context.storage_state(), views(june)
    company.do("revoke")
    context.close()


def look(page: Person, every: list[View]) -> list[str]:
    found = []
    for view in every:
        page.open(view.path)
        view.do(page)
        found += [f"{view.name}: {each}" for each in looks.barriers(page.page)]
    return found


@pytest.mark.parametrize("part", range(4))
def test_every_page_is_free_of_barriers(
    part: int, furnished: Furnished, browser: Browser, stack: Stack, said: list[str]
) -> None:
    """In four parts, so that two processes can share the work."""
    state, every = furnished
    context = browser.new_context(viewport=looks.SCREENS["wide"], storage_state=state)
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    assert look(Person(context.new_page(), stack.url), every[part::4]) == []
    context.close()
    said[:] = [text for text in said if "status of 404" not in text]  # the page that is not there


def test_pages_of_strangers_and_of_an_empty_hub_are_free_of_barriers(
    stack: Stack, company: Company, prepare: Prepare, context: BrowserContext, said: list[str]
) -> None:
    stranger = Person(context.new_page(), stack.url)
    outside = ("/account/login/", "/account/signup/", "/account/password/reset/")
    found = look(stranger, [View(path, path) for path in outside])
    june = prepare()
    empty = ("/", "/customers/", "/products/", "/orders/", "/invoices/", "/data-quality/", "/settings/integrations/")
    found += look(june, [View(path, path) for path in empty])
    june.ask_consent(company)
    june.press("Cancel")
    found += looks.barriers(june.page)
    june.connect(company)
    company.do("revoke")
    june.sync()
    june.open("/settings/integrations/")
    june.until(june.card.locator(".b-pill.is-bad"))
    found += looks.barriers(june.page)
    found += look(june, [View("/", "/")])
    june.open("/settings/integrations/")
    june.card.get_by_role("link", name="Disconnect…").click()
    june.press("Disconnect", inside=june.dialog)
    june.card.get_by_text("Disconnected").wait_for()
    found += looks.barriers(june.page)
    assert found == []

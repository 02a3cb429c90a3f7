"""People come by mail, get another role, work in two organizations, and come back without their password."""

import quopri
import re
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.flows.conftest import Prepare
from tests.flows.person import PASSWORD, Person
from tests.flows.processes import Stack

NEW = "anchovies-and-dill-9"


def mailed(log: Path, address: str, path: str, *, within: float = 60.0) -> str:
    """The link of this kind in the latest mail to this address: without a mail server, mail stands in the log."""
    deadline = time.monotonic() + within
    letter = re.compile(rf"^To: {re.escape(address)}$.*?(http://localhost:\d+{path}\S+)", re.MULTILINE | re.DOTALL)
    while True:
        found = letter.findall(quopri.decodestring(log.read_bytes()).decode(errors="replace"))
        if found:
            return str(found[-1])
        assert time.monotonic() < deadline, f"no mail to {address}"
        time.sleep(0.1)


def enter(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def invite(admin: Person, address: str, role: str) -> None:
    page = admin.open("/settings/team/")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Role", exact=True).select_option(label=role)
    admin.press("Invite")
    expect(page.get_by_text(f"{address} is invited")).to_be_visible()


def test_somebody_is_invited_joins_and_gets_another_role(stack: Stack, prepare: Prepare, browser: Browser) -> None:
    june = prepare()
    invite(june, "theo@team.example", "Viewer")
    link = mailed(stack.worker.log, "theo@team.example", "/join/")
    theo = browser.new_context().new_page()
    enter(theo, link, "Theo Marsh")
    expect(theo.get_by_role("link", name="New order")).to_have_count(0)

    page = june.open("/settings/team/")
    page.get_by_label("Role of Theo Marsh", exact=True).select_option(label="Editor")
    page.get_by_role("button", name="Change the role of Theo Marsh").click()
    expect(page.get_by_text("Theo Marsh is an Editor now")).to_be_visible()
    theo.goto(f"{stack.url}/orders/new/")
    expect(theo.get_by_label("Find a customer")).to_be_visible()

    page.get_by_role("link", name="Remove Theo Marsh").click()
    june.press("Remove", inside=june.dialog)
    expect(page.get_by_text("Theo Marsh was removed")).to_be_visible()
    theo.goto(f"{stack.url}/customers/")
    expect(theo.get_by_role("heading", name="You don’t belong to an organization")).to_be_visible()
    theo.context.close()


def test_one_person_works_in_two_organizations(stack: Stack, prepare: Prepare, said: list[str]) -> None:
    june = prepare(customers=[{"display_name": "Hotel Albion"}])
    june.open("/organizations/new/")
    june.page.get_by_label("Name of the business").fill("Quayside Provisions")
    june.press("Add organization")
    expect(june.page.get_by_text("You work in Quayside Provisions now")).to_be_visible()
    june.open("/customers/")
    expect(june.main.get_by_text("Hotel Albion")).to_have_count(0)

    elsewhere = june.page.context.new_page()
    elsewhere.goto(f"{stack.url}/customers/new/")
    expect(elsewhere.get_by_role("button", name="Organization: Quayside Provisions")).to_be_visible()
    june.page.get_by_role("button", name="Organization: Quayside Provisions").click()
    june.page.get_by_role("button", name="Larkspur Fine Foods").click()
    june.open("/customers/")
    expect(june.main.get_by_role("link", name="Hotel Albion").first).to_be_visible()

    elsewhere.get_by_label("Name", exact=True).fill("Written too late")
    elsewhere.get_by_role("button", name=re.compile("^(Add|Save)")).first.click()
    expect(elsewhere.get_by_role("heading", name="This form can no longer be sent")).to_be_visible()
    said[:] = [each for each in said if "/customers/new/" not in each]  # the browser's own word for that refusal
    june.open("/customers/?q=Written")
    expect(june.main.get_by_text("Written too late")).to_have_count(0)
    elsewhere.close()


def test_a_forgotten_password_is_set_anew(stack: Stack, prepare: Prepare, context: BrowserContext) -> None:
    prepare(email="forgetful@larkspur.example")
    context.clear_cookies()
    page = context.new_page()
    page.goto(stack.url)
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("forgetful@larkspur.example")
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(mailed(stack.web.log, "forgetful@larkspur.example", "/account/password/reset/key/"))
    for field in page.locator("input[type=password]").all():
        field.fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Set a new password")).to_have_count(0)
    page.goto(f"{stack.url}/account/login/")
    page.get_by_label(re.compile("^E-?mail")).fill("forgetful@larkspur.example")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

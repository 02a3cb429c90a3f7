"""Somebody at a browser: what several walks do, each step as a person takes it."""

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotYet

from tests.flows.books import Body, Company

PASSWORD = "olives-and-vinegar-26"


@dataclass
class Person:
    """Sits in front of `page`; `url` is where Buddy lives."""

    page: Page
    url: str

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def open(self, path: str) -> Page:
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is None or answer.status < 500, self.page.content()
        return self.page

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        (inside or self.page).get_by_role("button", name=name, exact=True).click()

    def sign_in(self, email: str) -> None:
        self.open("/")
        self.page.get_by_label(re.compile("^E-?mail")).fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()

    def until(self, locator: Locator, *, within: float = 40.0) -> None:
        """Load the page again until this is to be seen on it: for what pages do not bring by themselves."""
        deadline = time.monotonic() + within
        while True:
            try:
                locator.first.wait_for(timeout=700)
                return
            except NotYet:
                if time.monotonic() > deadline:
                    raise
                self.page.reload()

    # --- QuickBooks --------------------------------------------------------------------------------------------------

    @property
    def card(self) -> Locator:
        """The QuickBooks card of Settings, Integrations."""
        return self.page.get_by_role("region", name="QuickBooks Online")

    def ask_consent(self, company: Company, *, button: str = "Connect QuickBooks") -> None:
        """As far as the consent page, with this company chosen."""
        self.open("/settings/integrations/")
        self.press(button, inside=self.card)
        self.page.get_by_label("Company").select_option(value=company.realm)

    def connect(self, company: Company, *, button: str = "Connect QuickBooks") -> None:
        """Through the consent page, back to the card, and until it is green."""
        self._consent(company, button=button)
        self.sees_connected()

    def rehearse(self, company: Company) -> None:
        """Connect a Buddy that holds customers, as far as the plan of its first sync."""
        self._consent(company, button="Connect QuickBooks")
        self.card.get_by_role("link", name="Look at the plan").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Plan of the first sync")

    def approve_the_certain(self) -> None:
        self.press("Do the certain ones, ask me about the rest")
        self.sees_connected()

    def _consent(self, company: Company, *, button: str) -> None:
        self.ask_consent(company, button=button)
        self.press("Connect")
        expect(self.page).to_have_url(f"{self.url}/settings/integrations/")

    def sees_connected(self) -> None:
        expect(self.card.locator(".b-pill.is-ok")).to_have_text("Connected")

    def sync(self) -> None:
        self.open("/settings/integrations/")
        self.press("Sync now", inside=self.card)

    # --- Orders and invoices -----------------------------------------------------------------------------------------

    def row(self, text: str) -> Locator:
        """The row of a list that holds this text."""
        return self.page.locator("tbody").get_by_role("row").filter(has_text=text)

    def order_row(self, number: str) -> Locator:
        """The row of an order. Its number may stand in others too: their invoice goes by it until it has its own."""
        box = self.page.get_by_role("checkbox", name=f"Select {number}", exact=True)
        return self.page.locator("tbody").get_by_role("row").filter(has=box)

    def order(self, customer: str, *lines: tuple[str, int], po_number: str = "", button: str = "Confirm order") -> str:
        """Write an order down through its form; returns its number."""
        page = self.open("/orders/new/")
        page.get_by_label("Find a customer").fill(customer)
        page.locator("#customer-answers").get_by_role("button", name=customer).click()
        expect(page.get_by_role("button", name="Change")).to_be_visible()
        page.get_by_label("PO number").fill(po_number)
        for product, quantity in lines:
            page.get_by_label("Add a product").fill(product)
            page.locator("#product-answers").get_by_role("button", name=product).click()
            page.get_by_label(f"Quantity, {product}").fill(str(quantity))
        self.press(button)
        expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
        return page.get_by_role("heading", level=1).inner_text().split()[0]

    def choose(self, *orders: str) -> None:
        """Tick these orders in the list and ask to have them invoiced."""
        self.open("/orders/")
        for number in orders:
            self.page.get_by_role("checkbox", name=f"Select {number}", exact=True).check()
        self.press("Create invoice", inside=self.page.get_by_role("region", name="Selected orders"))
        expect(self.dialog).to_be_visible()

    def invoice(self, *orders: str) -> None:
        """One invoice per order, made from the list, and until all are in the books."""
        self.choose(*orders)
        self.dialog.get_by_role("button", name=re.compile("^Create")).click()
        expect(self.dialog).to_be_hidden()
        for number in orders:
            expect(self.order_row(number).locator(".qb")).to_contain_text("In sync")

    def open_invoice(self, number: str) -> None:
        self.open(f"/invoices/?view=all&q={number}")
        self.page.locator("tbody").get_by_role("link").first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(f"Invoice {number}")

    # --- The books, at the simulator's console -----------------------------------------------------------------------

    def at_the_console(self, company: Company, path: str) -> "Person":
        """The bookkeeper, in a window of their own."""
        bookkeeper = Person(self.page.context.new_page(), company.console)
        bookkeeper.open(path)
        return bookkeeper

    def record_payment(self, company: Company, invoice: Body, amount: str, reference: str) -> None:
        bookkeeper = self.at_the_console(company, f"/invoices/{invoice['Id']}")
        bookkeeper.page.get_by_role("link", name="Record payment").click()
        bookkeeper.page.get_by_label(re.compile("^Amount")).fill(amount)
        bookkeeper.page.get_by_label("Reference").fill(reference)
        bookkeeper.press("Record payment")
        expect(bookkeeper.page.get_by_role("status")).to_be_visible()
        bookkeeper.page.close()

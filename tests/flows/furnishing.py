"""An organization worth looking at, connected to the demo company, and every view of it a person can come to."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.flows.books import Company
from tests.flows.person import Person
from tests.flows.processes import Stack

CUSTOMERS = [
    {"display_name": "Green Lake Grocery & Deli", "phone": "(206) 555-0115", "email": "orders@glgrocery.example"},
    {"display_name": "Ballard Bread", "email": "signe@ballardbread.example", "phone": "206 555 9900"},
    {"display_name": "Corner Café on the Hill, a lead nobody has sold anything to yet"},
]
PRODUCTS = [{"name": "Lemon Curd 12 × 250 g", "sku": "LF-LC-001", "unit": "case", "base_price": "46.5"}]
ALPINE, OLIVES, TEA = "Alpine Lodge at Snoqualmie Pass", "Castelvetrano Olives 2.5 kg pail", "Assam Loose Leaf 500 g"


@dataclass(frozen=True)
class View:
    """One address, and what is done there before one looks."""

    name: str
    path: str
    do: Callable[[Person], None] = lambda _: None


def furnish(stack: Stack, page: Page, email: str) -> Company:
    """Make the organization, sign its admin in on `page`, connect, and leave orders and invoices in every state."""
    company = stack.books.add_company("Larkspur Fine Foods LLC", demo=True)
    stack.prepare(email, customers=CUSTOMERS, products=PRODUCTS)
    june = Person(page, stack.url)
    june.sign_in(email)
    june.rehearse(company)
    june.approve_the_certain()
    invoiced = june.order(ALPINE, (OLIVES, 12), (TEA, 3), po_number="ALS-2026-118")
    june.invoice(invoiced)
    june.order(ALPINE, (TEA, 6), po_number="ALS-2026-121")
    june.order("Bao House 88", ("Lemon Curd 12 × 250 g", 2))
    june.order(CUSTOMERS[2]["display_name"], (OLIVES, 1))
    june.order("Bistro 1911", (OLIVES, 4), button="Save as draft")
    made = max(company.all("Invoice", "TxnDate > '2020-01-01'"), key=lambda each: int(each["Id"]))
    company.do("pay", customer=made["CustomerRef"]["value"], amount=100, invoices={made["Id"]: 100})
    june.open_invoice(made["DocNumber"])
    june.until(page.get_by_role("heading", level=1).filter(has_text="Partially paid"))
    return company


def views(june: Person) -> list[View]:
    """All of them, for the organization that `june` has open."""
    customer = _first(june, "/customers/?q=Alpine", "/customers/")
    product = _first(june, "/products/?q=Castelvetrano", "/products/")
    unmapped = _first(june, "/products/?q=Lemon", "/products/")
    lead = _first(june, "/customers/?q=Corner", "/customers/")
    order = _first(june, "/orders/?q=ALS-2026-121", "/orders/")
    invoice = _first(june, "/invoices/?view=all&q=Alpine&status=part", "/invoices/")
    ended = _first(june, "/invoices/?view=all&sort=date", "/invoices/")
    run = _first(june, "/sync/?kind=invoice&way=out", "/sync/runs/")
    reviews = june.open("/data-quality/").get_by_role("list", name="Queue").get_by_role("link")
    asked = [str(link.get_attribute("href")) for link in reviews.all()]
    return [
        View("dashboard", "/"),
        View("customers", "/customers/"),
        View("customers-nothing-found", "/customers/?q=zanzibar"),
        View("customer", customer),
        View("customer-invoices", f"{customer}?tab=invoices"),
        View("customer-payments", f"{customer}?tab=payments"),
        View("customer-form", f"{customer}edit/"),
        View("customer-refused", "/customers/new/", lambda june: june.press("Save")),
        View("customer-location", f"{customer}locations/new/"),
        View("customer-not-linked", lead),
        View("customer-link", lead, _open("Link or create")),
        View("customer-unlink", f"{customer}unlink/"),
        View("products", "/products/"),
        View("product", product),
        View("product-form", f"{product}edit/"),
        View("product-map", unmapped, _open("Link or create")),
        View("orders", "/orders/"),
        View("orders-selected", "/orders/", _select),
        View("orders-filters", "/orders/", lambda june: june.page.get_by_text("Status", exact=True).first.click()),
        View("orders-dialog", "/orders/", _ask_to_invoice),
        View("order", order),
        View("order-form", f"{order}edit/"),
        View("order-picker", "/orders/new/", _search_customer),
        View("invoices", "/invoices/?view=all"),
        View("invoices-overdue", "/invoices/?view=overdue"),
        View("invoice", invoice),
        View("invoice-paid", ended),
        *(View(f"review-{number}", path) for number, path in enumerate(asked, start=1)),
        View("review-keys", "/data-quality/", lambda june: june.press("Keys")),
        View("reviews-answered", "/data-quality/?status=done"),
        View("sync", "/sync/"),
        View("books", "/books/"),
        View("sync-opened", "/sync/?view=all", _open_run),
        View("sync-filters", "/sync/", lambda june: june.page.get_by_text("Direction", exact=True).first.click()),
        View("sync-run", run),
        View("sync-undo", run, _open("Undo…")),
        View("settings", "/settings/"),
        View("integrations", "/settings/integrations/"),
        View("disconnect", "/settings/integrations/", _open("Disconnect…")),
        View("organization", "/settings/organization/"),
        View("team", "/settings/team/"),
        View("terms", "/settings/terms/"),
        View("terms-form", "/settings/terms/new/"),
        View("password", "/account/password/change/"),
        View("two-step", "/account/2fa/"),
        View("profile", "/profile/"),
        View("sessions", "/account/sessions/"),
        View("organization-new", "/organizations/new/"),
        View("not-there", "/nothing/here/"),
    ]


def _first(june: Person, path: str, leads_to: str) -> str:
    link = june.open(path).locator(f"tbody a[href^='{leads_to}']").first
    return str(link.get_attribute("href"))


def _open(name: str) -> Callable[[Person], None]:
    def do(june: Person) -> None:
        june.page.get_by_role("link", name=name).or_(june.page.get_by_role("button", name=name)).first.click()
        expect(june.dialog).to_be_visible()

    return do


def _open_run(june: Person) -> None:
    june.page.locator(".b-run > summary").first.click()
    expect(june.page.get_by_text("with what was sent").first).to_be_visible()


def _select(june: Person) -> None:
    june.page.get_by_role("checkbox", name="Select all on this page").check()
    expect(june.page.get_by_role("region", name="Selected orders")).to_be_visible()


def _ask_to_invoice(june: Person) -> None:
    _select(june)
    june.press("Create invoice", inside=june.page.get_by_role("region", name="Selected orders"))
    expect(june.dialog.get_by_role("heading", name=re.compile("^Create"))).to_be_visible()


def _search_customer(june: Person) -> None:
    june.page.get_by_label("Find a customer").fill("a")
    expect(june.page.locator("#customer-answers").get_by_role("button").first).to_be_visible()

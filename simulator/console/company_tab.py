"""The company itself: who may work with it, subscription, closed books, and the preferences behind its invoices."""

from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from simulator.console.forms import Mistyped, day
from simulator.console.shell import REFUSALS, books, company, console, done, page, simulator
from simulator.rules.custom_fields import definitions

TAX_MODES = {
    "none": ("No sales tax", {"UsingSalesTax": False}),
    "manual": ("Sales tax by own rates", {"UsingSalesTax": True, "PartnerTaxEnabled": False}),
    "automated": ("Automated sales tax, by ship-to address", {"UsingSalesTax": True, "PartnerTaxEnabled": True}),
}
SUBSCRIPTIONS = {"SUBSCRIBED": "Paid up", "TRIAL": "Trial", "EXPIRED": "Expired", "SUSPENDED": "Suspended"}
PO_FIELD = "P.O. Number"


@dataclass(frozen=True, slots=True)
class Switch:
    """One preference that is on or off."""

    name: str
    title: str
    tells: str


SWITCHES = (
    Switch("CustomTxnNumbers", "Own invoice numbers", "Whoever creates an invoice gives it its number"),
    Switch("AllowDiscount", "Discounts", "An invoice may have a discount line"),
    Switch("AllowShipping", "Shipping", "An invoice may have a shipping line, date and number"),
    Switch("AllowDeposit", "Deposits", "An invoice may carry a deposit"),
    Switch("AutoApplyCredit", "Apply credits by itself", "Only told to programs: nothing is applied here by itself"),
    Switch("AutoApplyPayments", "Apply payments by itself", "Only told to programs: nothing is applied here by itself"),
)


@console.get("/company")
def company_tab() -> AnyResponse:
    return _page()


@console.post("/company/preferences")
def save_preferences() -> AnyResponse:
    """Through the books' own rules, so that who reads preferences finds them changed."""
    sales: dict[str, Any] = {each.name: request.form.get(each.name) == "yes" for each in SWITCHES}
    tax = TAX_MODES.get(request.form.get("tax", ""), TAX_MODES["none"])[1]
    try:
        _switch_po_field(on=request.form.get("po") == "yes")
        company().update("Preferences", {"Id": "1", "sparse": True, "SalesFormsPrefs": sales, "TaxPrefs": tax})
    except REFUSALS as refusal:
        return _page(refusal)
    return done("The preferences are saved.", "console.company_tab")


@console.post("/company/close-books")
def close_books() -> AnyResponse:
    text = request.form.get("upto", "").strip()
    try:
        upto = day(text, "upto") if text else None
    except Mistyped as refusal:
        return _page(refusal)
    company().close_books(upto)
    return done(f"The books are closed up to {upto}." if upto else "The books are open.", "console.company_tab")


@console.post("/company/subscription")
def change_subscription() -> AnyResponse:
    status = request.form.get("status", "")
    if status not in SUBSCRIPTIONS:
        return _page(Mistyped("status", "Choose one of the states offered."))
    company().subscription = status
    return done(f"The subscription is: {SUBSCRIPTIONS[status].lower()}.", "console.company_tab")


@console.post("/company/admin")
def change_role() -> AnyResponse:
    """The person who gave the permission loses or regains the admin's role (code 120, api 1.7)."""
    grant = simulator().oauth.grants.get(company().realm)
    if grant is None:
        return _page(Mistyped("admin", "Nobody is connected to this company."))
    grant.admin = not grant.admin
    return done(f"{grant.user} is {'admin again' if grant.admin else 'no longer admin'}.", "console.company_tab")


def _switch_po_field(*, on: bool) -> None:
    if on and not definitions(books()):
        company().define_custom_field(PO_FIELD)
    elif not on and definitions(books()):
        company().preferences["SalesFormsPrefs"]["CustomField"] = []


def _page(refusal: Exception | None = None) -> AnyResponse:
    preference = books().preference
    return page(
        "company",
        refusal=refusal,
        tab="company",
        grant=simulator().oauth.grants.get(company().realm),
        switches=[(each, bool(preference(f"SalesFormsPrefs.{each.name}"))) for each in SWITCHES],
        po_field=next(iter(definitions(books()).values()), ""),
        po_field_name=PO_FIELD,
        tax_modes=TAX_MODES,
        tax_mode=_tax_mode(),
        subscriptions=SUBSCRIPTIONS,
        closed=preference("AccountingInfoPrefs.BookCloseDate") or "",
        counts={name: len(books().tables[name].records) for name in ("Customer", "Item", "Invoice", "Payment")},
    )


def _tax_mode() -> str:
    preference = books().preference
    if not preference("TaxPrefs.UsingSalesTax"):
        return "none"
    return "automated" if preference("TaxPrefs.PartnerTaxEnabled") else "manual"

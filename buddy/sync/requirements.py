"""What the connected company allows, read from its settings, and said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from buddy.hub.team import ClosedBooks, Organization
from buddy.sync.connection import CALLBACK, obstacle
from buddy.sync.mapping.fields import Body
from buddy.sync.models import Connection, ConnectionState

_PO_NAME = re.compile(r"\bp\.?\s?o\.?\b|purchase order", re.IGNORECASE)
_GOOD_SUBSCRIPTION = ("", "TRIAL", "SUBSCRIBED", "TRIALOPTIN", "UNKNOWN")
_US = ("US", "USA", "")


@dataclass(frozen=True)
class Check:
    """One requirement: `state` is ok, note, bad or unknown."""

    state: str
    title: str
    detail: str = ""
    fix_label: str = ""
    fix_url: str = ""


def facts(preferences: Body, company: Body) -> dict[str, Any]:
    """What the sync must know of the company (api 5.8, 5.9), as plain JSON."""
    forms = preferences.get("SalesFormsPrefs") or {}
    currency = preferences.get("CurrencyPrefs") or {}
    named = {pair.get("Name"): pair.get("Value") for pair in company.get("NameValue", ())}
    country = company.get("Country") or ""
    return {
        "company_name": company.get("CompanyName") or "",
        "country": country,
        "subscription": named.get("SubscriptionStatus") or "",
        "offering": named.get("OfferingSku") or "",
        "currency": (currency.get("HomeCurrency") or {}).get("value") or "",
        "multicurrency": bool(currency.get("MultiCurrencyEnabled")),
        "custom_numbers": bool(forms.get("CustomTxnNumbers")),
        "allows_discount": bool(forms.get("AllowDiscount")),
        "allows_shipping": bool(forms.get("AllowShipping")),
        "po_field": po_field(forms),
        "default_terms": (forms.get("DefaultTerms") or {}).get("value", ""),
        "tax": tax_mode(preferences.get("TaxPrefs") or {}, country),
        "tax_code": ((preferences.get("TaxPrefs") or {}).get("TaxGroupCodeRef") or {}).get("value", ""),
        "clock": (company.get("MetaData") or {}).get("LastUpdatedTime", ""),
        "closed_through": (preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate") or "",
    }


def tax_mode(tax: Mapping[str, Any], country: str) -> str:
    """off, manual, automated (all US), or foreign: a code on every line (api 5.3.4)."""
    if country not in _US:
        return "foreign"
    if not tax.get("UsingSalesTax"):
        return "off"
    return "automated" if tax.get("PartnerTaxEnabled") else "manual"


def po_field(forms: Mapping[str, Any]) -> dict[str, str]:
    """The enabled custom field that holds PO numbers, by its name; {} when the company has none (api 5.3.5)."""
    names, enabled = {}, set()
    for name, value in _custom_fields(forms):
        slot = name[-1]
        if "SalesCustomName" in name:
            names[slot] = str(value)
        elif "UseSalesCustom" in name and value:
            enabled.add(slot)
    for slot, name in sorted(names.items()):
        if slot in enabled and _PO_NAME.search(name):
            return {"id": slot, "name": name}
    return {}


def _custom_fields(forms: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for group in forms.get("CustomField", ()):
        for slot in group.get("CustomField", (group,)):
            if slot.get("Name"):
                yield slot["Name"], slot.get("StringValue", slot.get("BooleanValue"))


def before() -> list[Check]:
    """What can be said before connecting."""
    problem = obstacle()
    host = urlsplit(settings.BUDDY_URL)
    address = Check(
        "ok", f"Buddy’s address is {settings.BUDDY_URL}", f"Register {settings.BUDDY_URL}{CALLBACK} with Intuit"
    )
    if host.scheme != "https":
        address = Check(
            "note", f"Buddy’s address is {settings.BUDDY_URL}", "Good for practice; production keys need https"
        )
    return [
        Check("unknown", "A QuickBooks Online company", "Simple Start, Essentials, Plus or Advanced; not Desktop"),
        Check("unknown", "Your sign-in is a company admin there", "Checked right after connecting"),
        Check("bad", "Connecting is not possible yet", problem) if problem else address,
    ]


def checks(organization: Organization) -> list[Check]:
    """What the company allows, once it has been read; before that, what is needed."""
    row = Connection.objects.filter(organization=organization).first()
    if row is None or not row.facts:
        return before()
    known = row.facts
    return [
        _plan(known),
        _admin(row),
        _country(known),
        _currency(organization, known),
        _tax(known),
        _numbers(known),
        _po(known),
        _closed(organization, known),
        _time_zone(organization, known),
        _news(),
    ]


def _plan(known: Mapping[str, Any]) -> Check:
    plan = known["offering"] or "QuickBooks Online"
    if known["subscription"] in _GOOD_SUBSCRIPTION:
        return Check("ok", f"{plan}, active")
    return Check(
        "bad",
        f"{plan}: the subscription is {known['subscription'].lower()}",
        "Renew it in QuickBooks; until then nothing can be sent",
    )


def _admin(row: Connection) -> Check:
    if row.paused_kind == "admin":
        return Check("bad", "The person who connected is no longer an admin there", row.paused_reason)
    if row.state == ConnectionState.RECONNECT:
        return Check("bad", "QuickBooks no longer accepts the connection", row.reason)
    return Check("ok", "Connected by a company admin")


def _country(known: Mapping[str, Any]) -> Check:
    if known["country"] in _US:
        return Check("ok", "United States")
    return Check("note", f"Country: {known['country']}", "Every invoice line needs a tax code; Buddy takes the item’s")


def _currency(organization: Organization, known: Mapping[str, Any]) -> Check:
    home = known["currency"] or organization.currency
    if home != organization.currency:
        return Check(
            "bad",
            f"QuickBooks keeps its books in {home}, Buddy in {organization.currency}",
            "Set the same currency under Settings, Organization; until then nothing can be invoiced",
        )
    several = (
        "Customers in other currencies cannot be invoiced from Buddy" if known["multicurrency"] else "Same as in Buddy"
    )
    return Check("note" if known["multicurrency"] else "ok", f"Currency: {home}", several)


_TAX = {
    "off": ("Sales tax is off", "Invoices carry none"),
    "manual": ("Sales tax by your own rates", "Taxable lines are marked; QuickBooks works out the amount"),
    "automated": ("Tax: QuickBooks works it out", "Buddy compares the total before tax"),
    "foreign": ("Tax codes on every line", "Buddy takes the item’s code, or the customer’s"),
}


def _tax(known: Mapping[str, Any]) -> Check:
    return Check("ok", *_TAX[known["tax"]])


def _numbers(known: Mapping[str, Any]) -> Check:
    if known["custom_numbers"]:
        return Check("ok", "Custom invoice numbers are on", "Buddy’s numbers go out")
    return Check("ok", "QuickBooks numbers the invoices", "Buddy shows its number as soon as it is known")


def _po(known: Mapping[str, Any]) -> Check:
    if known["po_field"]:
        return Check("ok", f"PO numbers go into “{known['po_field']['name']}”")
    return Check(
        "note",
        "No custom field for PO numbers",
        "They go into the message on the invoice. To have a field: QuickBooks, Account and settings, Sales, "
        "Custom fields, one called “P.O. Number”",
    )


def _time_zone(organization: Organization, known: Mapping[str, Any]) -> Check:
    """Both sides must mean the same day by "today". QuickBooks tells its zone only by its time stamps (api 2.3)."""
    there = datetime.fromisoformat(known["clock"]) if known.get("clock") else None
    if there is None or there.astimezone(ZoneInfo(organization.time_zone)).utcoffset() == there.utcoffset():
        return Check("ok", f"Time zone: {organization.time_zone}")
    return Check(
        "note",
        f"Buddy dates by {organization.time_zone}, QuickBooks by another time zone",
        "Late in the evening their dates may differ. Set the same one under Settings, Organization",
    )


def _news() -> Check:
    """Whether this installation can believe what Intuit announces; asking instead is no error (R26)."""
    if settings.INTUIT_WEBHOOK_VERIFIER:
        return Check("ok", "QuickBooks may announce changes", "Buddy then looks at once")
    return Check(
        "ok",
        "Buddy asks QuickBooks for changes",
        "To be told of them at once, whoever runs this Buddy follows docs/quickbooks-setup.md, section 4",
    )


_IN_CLOSED_BOOKS = {
    ClosedBooks.ASK: "An invoice dated in them is not created; its date is asked about",
    ClosedBooks.HOLD: "An invoice dated in them waits in Buddy until they are open",
    ClosedBooks.NEXT: "An invoice dated in them gets the first open day",
}


def _closed(organization: Organization, known: Mapping[str, Any]) -> Check:
    if not known["closed_through"]:
        return Check("ok", "The books are open")
    through = date.fromisoformat(known["closed_through"])
    return Check(
        "note",
        f"Books are closed through {through:%b} {through.day}, {through.year}",
        _IN_CLOSED_BOOKS[ClosedBooks(organization.closed_books)],
    )

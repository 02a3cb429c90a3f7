"""What the connected company allows, read from its settings and said in words (api 5.8, 5.9)."""

from typing import Any

import pytest

from buddy.hub.team import Organization, User
from buddy.sync import requirements
from buddy.sync.models import Connection, ConnectionState
from buddy.sync.requirements import facts, po_field, tax_mode
from simulator.company import Company
from tests.sync.conftest import sync

in_database = pytest.mark.django_db(transaction=True)


def custom_field(slot: int, name: str, *, enabled: bool = True) -> list[dict[str, Any]]:
    return [
        {"Name": f"SalesFormsPrefs.UseSalesCustom{slot}", "Type": "BooleanType", "BooleanValue": enabled},
        {"Name": f"SalesFormsPrefs.SalesCustomName{slot}", "Type": "StringType", "StringValue": name},
    ]


@pytest.mark.parametrize("name", ["PO Number", "P.O. Number", "po #", "Purchase order", "Customer PO"])
def test_the_po_field_is_known_by_its_name(name: str) -> None:
    fields = custom_field(1, "Crew #") + custom_field(3, name)
    assert po_field({"CustomField": [{"CustomField": fields}]}) == {"id": "3", "name": name}


@pytest.mark.parametrize("name", ["Crew #", "Sales rep", "Point of sale", "Depot"])
def test_other_fields_are_not_taken_for_it(name: str) -> None:
    assert po_field({"CustomField": [{"CustomField": custom_field(1, name)}]}) == {}


def test_a_po_field_that_is_switched_off_is_none() -> None:
    assert po_field({"CustomField": [{"CustomField": custom_field(1, "PO", enabled=False)}]}) == {}
    assert po_field({}) == {}


@pytest.mark.parametrize(
    ("tax", "country", "mode"),
    [
        ({}, "US", "off"),
        ({"UsingSalesTax": False, "PartnerTaxEnabled": True}, "USA", "off"),
        ({"UsingSalesTax": True}, "US", "manual"),
        ({"UsingSalesTax": True, "PartnerTaxEnabled": False}, "USA", "manual"),
        ({"UsingSalesTax": True, "PartnerTaxEnabled": True}, "US", "automated"),
        ({"UsingSalesTax": True, "PartnerTaxEnabled": True}, "CA", "foreign"),
        ({}, "GBR", "foreign"),
    ],
)
def test_the_tax_mode_follows_country_and_settings(tax: dict[str, Any], country: str, mode: str) -> None:
    assert tax_mode(tax, country) == mode


def test_an_empty_company_has_facts_too() -> None:
    found = facts({}, {})
    assert (found["custom_numbers"], found["po_field"], found["tax"], found["closed_through"]) == (False, {}, "off", "")


def said(organization: Organization) -> dict[str, str]:
    return {check.title: check.state for check in requirements.checks(organization)}


@in_database
def test_before_connecting_it_is_said_what_is_needed(organization: Organization) -> None:
    assert "A QuickBooks Online company" in said(organization)


@in_database
def test_a_connected_company_is_told_about_in_words(connected: Connection, company: Company) -> None:
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    company.define_custom_field("PO Number")
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": True}
    company.close_books("2026-10-31")
    sync(connected.organization)
    found = said(connected.organization)
    assert found["QuickBooks Online Plus, active"] == "ok"
    assert found["Connected by a company admin"] == "ok"
    assert found["United States"] == "ok"
    assert found["Currency: USD"] == "ok"
    assert found["Tax: QuickBooks works it out"] == "ok"
    assert found["Custom invoice numbers are on"] == "ok"
    assert found["PO numbers go into “PO Number”"] == "ok"
    assert found["Books are closed through Oct 31, 2026"] == "note"


@in_database
def test_what_stops_invoices_is_said_too(connected: Connection, company: Company, admin: User) -> None:
    company.subscription = "EXPIRED"
    sync(connected.organization)
    Organization.objects.update(currency="EUR")
    connected.organization.refresh_from_db()
    found = said(connected.organization)
    assert found["QuickBooks Online Plus: the subscription is expired"] == "bad"
    assert found["QuickBooks keeps its books in USD, Buddy in EUR"] == "bad"
    assert found["No custom field for PO numbers"] == "note"
    Connection.objects.update(state=ConnectionState.RECONNECT, reason="It ran out.")
    assert said(connected.organization)["QuickBooks no longer accepts the connection"] == "bad"

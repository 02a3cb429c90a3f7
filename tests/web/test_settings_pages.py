"""Settings: the organization and the payment terms."""

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.activity import Activity
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm
from tests import makers as make
from tests.web import made

ORGANIZATION = {
    "name": "Larkspur Foods",
    "legal_name": "Larkspur Fine Foods LLC",
    "currency": "USD",
    "country": "US",
    "time_zone": "America/Los_Angeles",
    "order_prefix": "L-",
    "invoice_prefix": "INV-",
    "both_changed": "ask",
    "closed_books": "next",
    "price_decimals": "3",
    "auto_invoice": "shipped",
    "requires_po": "on",
    "name_alone_links": "",
}


def test_the_facts_of_the_organization_are_kept_and_remembered(admin: Client, organization: Organization) -> None:
    assert admin.post(reverse("settings_organization"), ORGANIZATION).status_code == 302
    organization.refresh_from_db()
    assert (organization.name, organization.time_zone, organization.order_prefix) == (
        "Larkspur Foods",
        "America/Los_Angeles",
        "L-",
    )
    assert Activity.objects.filter(event="organization.updated").exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("currency", "dollars", "at most 3"), ("currency", "U5", "three letters"), ("name", "", "required")],
)
def test_a_fact_that_cannot_be_is_refused_at_its_field(
    admin: Client, organization: Organization, field: str, value: str, words: str
) -> None:
    answer = admin.post(reverse("settings_organization"), {**ORGANIZATION, field: value})
    assert words in " ".join(answer.context["form"].errors[field])
    organization.refresh_from_db()
    assert organization.name == "Larkspur Fine Foods"


def test_the_currency_stays_once_there_are_orders(admin: Client, organization: Organization) -> None:
    made.order(make.customer())
    admin.post(reverse("settings_organization"), {**ORGANIZATION, "currency": "EUR"})
    organization.refresh_from_db()
    assert (organization.currency, organization.name) == ("USD", "Larkspur Foods")


def test_terms_are_added_and_changed(admin: Client, organization: Organization) -> None:
    values = {
        "name": "Net 45",
        "kind": "days",
        "due_days": "45",
        "day_of_month": "1",
        "next_month_days": "0",
        "active": "on",
    }
    admin.post(reverse("settings_terms_new"), values)
    term = PaymentTerm.objects.get(name="Net 45")
    assert term.due_days == 45
    admin.post(reverse("settings_terms_edit", args=[term.pk]), {**values, "due_days": "50"})
    term.refresh_from_db()
    assert term.due_days == 50
    answer = admin.post(reverse("settings_terms_new"), values)
    assert answer.context["form"].errors["name"]


@pytest.mark.parametrize("name", ["settings", "settings_organization", "settings_team", "settings_terms"])
def test_settings_are_for_admins(editor: Client, name: str) -> None:
    assert editor.get(reverse(name)).status_code == 403


def test_whose_value_holds_when_both_sides_changed_is_for_an_admin_to_set(
    admin: Client, editor: Client, organization: Organization
) -> None:
    assert editor.get(reverse("settings_organization")).status_code == 403
    page = admin.get(reverse("settings_organization")).content.decode()
    assert "When the same field was changed here and in QuickBooks" in page
    admin.post(reverse("settings_organization"), {**ORGANIZATION, "both_changed": "books"})
    organization.refresh_from_db()
    assert organization.both_changed == "books"
    entry = Activity.objects.get(event="organization.updated")
    assert entry.changes["both_changed"] == ["ask", "books"]


def test_whether_a_name_alone_links_customers_is_for_an_admin_to_set(admin: Client, organization: Organization) -> None:
    assert not organization.name_alone_links
    assert (
        "Link customers whose company name is the only thing that agrees"
        in admin.get(reverse("settings_organization")).content.decode()
    )
    admin.post(reverse("settings_organization"), {**ORGANIZATION, "name_alone_links": "on"})
    organization.refresh_from_db()
    assert organization.name_alone_links

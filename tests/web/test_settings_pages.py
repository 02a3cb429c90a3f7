"""Settings: the organization and the payment terms."""

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.team import Membership, Organization, Role
from buddy.hub.terms import PaymentTerm
from tests import makers as make
from tests.web import made
from tests.web.conftest import SignIn

PROFILE = {
    "name": "Larkspur Foods",
    "legal_name": "Larkspur Fine Foods LLC",
    "tax_id": "93-1234567",
    "website": "larkspur.example",
    "address_street": "12 Harbor Street",
    "address_city": "Portland",
}
BOOKS = {"both_changed": "ask", "closed_books": "next"}
PLACE = {"country": "US", "time_zone": "America/Los_Angeles", "currency": "USD"}
NUMBERS = {"order_prefix": "L-", "next_order_number": "5000", "invoice_prefix": "", "next_invoice_number": "1001"}


def save(admin: Client, section: str, **values: Any) -> Any:
    return admin.post(reverse(f"settings_organization_{section}"), values)


def test_the_facts_of_the_organization_are_kept_and_remembered(admin: Client, organization: Organization) -> None:
    assert save(admin, "profile", **PROFILE).status_code == 302
    assert save(admin, "place", **PLACE).status_code == 302
    organization.refresh_from_db()
    kept = (organization.name, organization.tax_id, organization.website, organization.address.city)
    assert kept == ("Larkspur Foods", "93-1234567", "https://larkspur.example", "Portland")
    assert organization.time_zone == "America/Los_Angeles"
    assert Activity.objects.filter(event="organization.updated").count() == 2


def test_saving_one_section_leaves_the_others_alone(admin: Client, organization: Organization) -> None:
    save(admin, "profile", **PROFILE)
    save(admin, "books", both_changed="books", closed_books="next", name="Ignored")
    organization.refresh_from_db()
    assert (organization.name, organization.both_changed) == ("Larkspur Foods", "books")


@pytest.mark.parametrize(
    ("section", "values", "field", "words"),
    [
        ("place", {**PLACE, "currency": "dollars"}, "currency", "at most 3"),
        ("place", {**PLACE, "currency": "U5"}, "currency", "three letters"),
        ("profile", {**PROFILE, "name": ""}, "name", "required"),
        ("look", {"brand_color": "#ffff00"}, "brand_color", "hard to read"),
        ("numbers", {**NUMBERS, "next_order_number": "12"}, "__all__", "Enter a higher one"),
        ("safety", {"requires_two_step": "on"}, "requires_two_step", "Set up your own first"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_at_its_field(
    admin: Client, organization: Organization, section: str, values: dict[str, str], field: str, words: str
) -> None:
    answer = save(admin, section, **values)
    assert words in " ".join(answer.context["form"].errors[field])
    assert words in answer.content.decode()
    organization.refresh_from_db()
    assert organization.name == "Larkspur Fine Foods"


def test_the_currency_stays_once_there_are_orders(admin: Client, organization: Organization) -> None:
    made.order(make.customer())
    save(admin, "place", **{**PLACE, "currency": "EUR"})
    organization.refresh_from_db()
    assert (organization.currency, organization.time_zone) == ("USD", "America/Los_Angeles")


def test_numbers_go_on_from_where_they_are_told(admin: Client, organization: Organization) -> None:
    save(admin, "numbers", **NUMBERS)
    organization.refresh_from_db()
    assert str(made.order(make.customer())) == "L-5000"


def test_when_orders_are_invoiced_and_what_they_need_is_for_an_admin_to_set(
    admin: Client, organization: Organization
) -> None:
    save(admin, "orders", auto_invoice="shipped", requires_po="on")
    organization.refresh_from_db()
    assert (organization.auto_invoice, organization.requires_po) == ("shipped", True)


def test_a_logo_is_uploaded_shown_to_everybody_here_and_removed(
    admin: Client, viewer: Client, sign_in: SignIn, organization: Organization, settings: Any, tmp_path: Path
) -> None:
    settings.BUDDY_DATA = tmp_path
    drawing = SimpleUploadedFile("logo.svg", b"<svg/>", "image/png")
    refused = save(admin, "look", logo=drawing)
    assert "SVG drawings cannot be used" in refused.content.decode()
    assert viewer.get(reverse("logo")).status_code == 404
    save(admin, "look", logo=SimpleUploadedFile("logo.gif", made.picture(), "text/html"))
    assert f"{reverse('logo')}?" in viewer.get(reverse("customers")).content.decode()
    answer = viewer.get(reverse("logo"))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert answer.content.startswith(b"\x89PNG")
    stranger = sign_in(Role.ADMIN, of=make.organization("Elsewhere"))
    assert stranger.get(reverse("logo")).status_code == 404
    save(admin, "look", no_logo="on")
    assert viewer.get(reverse("logo")).status_code == 404


def test_of_logo_and_colors_neither_is_saved_while_the_other_is_wrong(
    admin: Client, organization: Organization, settings: Any, tmp_path: Path
) -> None:
    settings.BUDDY_DATA = tmp_path
    picture, drawing = made.picture(), b"<svg/>"
    for content, color, reason in ((picture, "#ffff00", "hard to read"), (drawing, "#1f4e79", "SVG drawings")):
        answer = save(admin, "look", logo=SimpleUploadedFile("logo.png", content), brand_color=color)
        assert reason in answer.content.decode()
        organization.refresh_from_db()
        assert (organization.logo, organization.brand_color, list(tmp_path.rglob("*.png"))) == ("", "", [])


def test_preferences_are_what_new_products_and_customers_begin_with(admin: Client, organization: Organization) -> None:
    tier = make.tier()
    values = {"price_decimals": "2", "default_unit": "case", "default_tier": str(tier.pk)}
    save(admin, "preferences", **values, requires_phone="on", requires_address="on")
    assert admin.get(reverse("product_new")).context["form"]["unit"].value() == "case"
    assert admin.get(reverse("customer_new")).context["form"]["tier"].value() == tier.pk
    customer = {"display_name": "Bao House", "currency": "USD"}
    wrong = admin.post(reverse("customer_new"), customer).context["form"].errors
    assert (set(wrong), Customer.objects.count()) == ({"phone", "billing_street"}, 0)
    admin.post(reverse("customer_new"), {**customer, "phone": "503 555 0100", "billing_street": "1 Harbor Street"})
    assert Customer.objects.get().display_name == "Bao House"


def test_where_a_second_step_is_wanted_a_password_alone_opens_nothing(
    editor: Client, organization: Organization
) -> None:
    organization.requires_two_step = True
    organization.save()
    wanted = reverse("two_step_required")
    for name in ("dashboard", "customers", "orders"):
        assert editor.get(reverse(name))["Location"] == wanted
    assert editor.get(reverse("pulse"), headers={"HX-Request": "true"})["HX-Redirect"] == wanted
    assert editor.post(reverse("customer_new"), {"display_name": "x", "currency": "USD"})["Location"] == wanted
    assert not Customer.objects.exists()
    assert "One more step" in editor.get(wanted).content.decode()
    assert editor.get(reverse("mfa_index")).status_code == 200
    assert editor.get(reverse("profile")).status_code == 200
    Authenticator.objects.create(user=Membership.objects.get().user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert editor.get(reverse("customers")).status_code == 200


@pytest.mark.parametrize("name", ["mfa_index", "profile"])
def test_where_it_is_set_up_nothing_is_shown_of_the_organization_and_nothing_leads_away(
    name: str, editor: Client, organization: Organization
) -> None:
    """The pulse asks every 15 seconds, and its answer would be the way back to the start."""
    assert 'id="pulse"' in editor.get(reverse(name)).content.decode()
    organization.requires_two_step = True
    organization.save()
    page = editor.get(reverse(name)).content.decode()
    assert 'id="pulse"' not in page
    assert reverse("quality") not in page


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
    save(admin, "books", **{**BOOKS, "both_changed": "books"})
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
    save(admin, "books", **BOOKS, name_alone_links="on")
    organization.refresh_from_db()
    assert organization.name_alone_links

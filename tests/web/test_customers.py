"""Customers: finding, reading, adding and changing them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.address import Address
from buddy.hub.customers import Customer, Location
from buddy.hub.invoices import Age, Application, Credit, Payment
from buddy.hub.team import Organization, Role
from buddy.hub.tiers import Tier
from buddy.sync.models import Trouble
from tests import makers as make
from tests.web import made
from tests.web.conftest import SignIn

NEW = {"display_name": "Bao House 88", "currency": "USD"}


def shown(client: Client, **query: str) -> list[str]:
    return [str(row) for row in client.get(reverse("customers"), query).context["page"].rows]


@pytest.mark.parametrize(
    "text", ["heron", "BLUE HERON", "ap@heron", "2075550142", "(207) 555-0142", "555 0142", "Larch Street Holdings"]
)
def test_customers_are_found_by_name_email_and_phone(organization: Organization, viewer: Client, text: str) -> None:
    make.customer(
        "Blue Heron Market", email="ap@heron.example", phone="(207) 555.0142", company_name="Larch Street Holdings"
    )
    make.customer("Bao House 88")
    assert shown(viewer, q=text) == ["Blue Heron Market"]


def test_letters_beyond_ascii_are_found_whatever_their_case(organization: Organization, viewer: Client) -> None:
    make.customer("Ødegaard Delikatesser")
    assert shown(viewer, q="ødegaard") == shown(viewer, q="ØDEGAARD") == ["Ødegaard Delikatesser"]


def test_saved_views_tell_linked_from_unlinked_and_troubled(organization: Organization, viewer: Client) -> None:
    linked, unlinked, troubled = (make.customer(name) for name in ("Linked", "Unlinked", "Troubled"))
    make.customer("Gone", active=False)
    made.link("customer", linked.pk, "1")
    made.link("customer", troubled.pk, "2")
    Trouble.objects.create(
        organization=organization, kind="customer", object_id=troubled.pk, reason="A name is taken.", since=make.NOW
    )
    assert shown(viewer) == ["Linked", "Troubled", "Unlinked"]
    assert shown(viewer, view="unlinked") == ["Unlinked"]
    assert shown(viewer, view="attention") == ["Troubled"]
    assert shown(viewer, view="inactive") == ["Gone"]
    assert unlinked.active


def test_the_badge_leads_to_quickbooks_and_names_the_exact_moment(
    organization: Organization, viewer: Client, settings: Any
) -> None:
    made.link("customer", make.customer().pk, "58")
    page = viewer.get(reverse("customers")).content.decode()
    assert f'href="{settings.QUICKBOOKS_APP_URL}/customerdetail?nameId=58"' in page
    assert 'datetime="2026-11-24T10:00:00-05:00"' in page  # in the organization's time zone


def test_an_empty_hub_tells_the_next_step(viewer: Client, admin: Client) -> None:
    assert "No customers yet" in viewer.get(reverse("customers")).content.decode()
    assert "Connect QuickBooks" in admin.get(reverse("customers")).content.decode()


def test_nothing_found_names_the_search_and_clears_it(organization: Organization, viewer: Client) -> None:
    make.customer()
    page = viewer.get(reverse("customers"), {"q": "zebra"}).content.decode()
    assert "No customer matches “zebra”" in page
    assert "Clear search and filters" in page


def test_a_new_customer_is_added_with_its_address(organization: Organization, editor: Client) -> None:
    values = {**NEW, "billing_street": "1 Dock Rd\nUnit 3", "billing_city": "Portland", "email": "a@b.example"}
    answer = editor.post(reverse("customer_new"), values)
    customer = Customer.objects.get()
    assert answer["Location"] == reverse("customer", args=[customer.pk])
    assert customer.billing_address == Address(line1="1 Dock Rd", line2="Unit 3", city="Portland")
    assert "Bao House 88 added" in editor.get(answer["Location"]).content.decode()


def test_likely_duplicates_are_shown_before_anything_is_saved(organization: Organization, editor: Client) -> None:
    make.customer("Blue Heron Market", email="ap@heron.example")
    values = {**NEW, "display_name": "Blue Heron Market Inc", "email": "ap@heron.example"}
    asked = editor.post(reverse("customer_new"), values)
    assert "This customer may be here already" in asked.content.decode()
    assert Customer.objects.count() == 1
    editor.post(reverse("customer_new"), {**values, "despite": "yes"})
    assert Customer.objects.count() == 2


def test_errors_stand_at_their_field_and_name_the_repair(organization: Organization, editor: Client) -> None:
    page = editor.post(reverse("customer_new"), {**NEW, "email": "orders@baohouse88"}).content.decode()
    assert "This address has no ending such as .com. Check it, or leave it empty." in page
    assert 'aria-invalid="true"' in page
    assert not Customer.objects.exists()


def test_a_parent_is_chosen_by_name(organization: Organization, editor: Client) -> None:
    chain = make.customer("Marigold Grocers")
    editor.post(reverse("customer_new"), {**NEW, "parent": "marigold grocers"})
    assert Customer.objects.get(display_name="Bao House 88").parent == chain
    page = editor.post(reverse("customer_new"), {**NEW, "display_name": "Other", "parent": "Nobody"}).content.decode()
    assert "No customer is called “Nobody”" in page


def test_changing_keeps_what_was_not_touched(organization: Organization, editor: Client) -> None:
    customer = make.customer("Blue Heron", notes="Ring twice", billing_address=Address(line1="1", line4="Back yard"))
    form = editor.get(reverse("customer_change", args=[customer.pk])).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    editor.post(reverse("customer_change", args=[customer.pk]), {**values, "phone": "207 555 0199"})
    customer.refresh_from_db()
    assert (customer.phone, customer.notes) == ("207 555 0199", "Ring twice")
    assert customer.billing_address.lines() == ["1", "Back yard"]


def test_places_are_added_and_changed(organization: Organization, editor: Client) -> None:
    customer = make.customer()
    editor.post(reverse("customer_location_new", args=[customer.pk]), {"name": "Back door", "active": "on"})
    location = Location.objects.get()
    url = reverse("customer_location_change", args=[location.pk])
    editor.post(url, {"name": "Front door", "address_city": "Portland"})
    location.refresh_from_db()
    assert (location.name, location.address.city, location.active) == ("Front door", "Portland", False)


def test_a_customer_can_be_put_away_and_taken_back(organization: Organization, editor: Client) -> None:
    customer = make.customer()
    for expected in (False, True):
        editor.post(reverse("customer_active", args=[customer.pk]))
        customer.refresh_from_db()
        assert customer.active is expected


def test_the_page_tells_what_is_open_late_and_paid(organization: Organization, viewer: Client) -> None:
    customer = make.customer(balance=Decimal("150.00"))
    made.invoice(customer, "1", balance="100.00")
    late = made.invoice(customer, "2", balance="50.00", days=60)
    credit = Credit.objects.create(
        organization=organization,
        customer=customer,
        number="CM-118",
        date=made.TODAY,
        total=50,
        remaining=0,
        currency="USD",
    )
    payment = Payment.objects.create(
        organization=organization, customer=customer, date=made.TODAY, amount=50, currency="USD", reference="2231"
    )
    Application.objects.create(organization=organization, payment=payment, invoice=late, amount=50)
    answer = viewer.get(reverse("customer", args=[customer.pk]), {"tab": "payments"})
    assert answer.context["figures"]["late_sum"] == Decimal("50.00")
    page = answer.content.decode()
    assert "2231" in page
    assert credit.number in page


def test_the_panel_gives_the_reason_and_a_way_out(organization: Organization, sign_in: SignIn) -> None:
    customer = make.customer()
    Trouble.objects.create(
        organization=organization,
        kind="customer",
        object_id=customer.pk,
        reason="A vendor has this name.",
        said="6240 Duplicate Name",
        since=make.NOW,
    )
    url = reverse("customer", args=[customer.pk])
    for role, offered in ((Role.EDITOR, True), (Role.VIEWER, False)):
        page = sign_in(role).get(url).content.decode()
        assert "A vendor has this name." in page
        assert "6240 Duplicate Name" in page
        assert ("Try again" in page) is offered


def test_an_unknown_customer_is_a_page_in_words(viewer: Client) -> None:
    answer = viewer.get(reverse("customer", args=[999_999]))
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


@pytest.fixture
def lacking(organization: Organization) -> dict[str, str]:
    """Customers by what each of them lacks."""
    tier = Tier.objects.create(organization=organization, name="Wholesale", discount_percent=25, created_at=make.NOW)
    whole = {"email": "ap@heron.example", "tier": tier, "billing_address": Address(line1="1 Pier St", city="Seattle")}
    for name, without in {"email": "email", "tier": "tier", "address": "billing_address"}.items():
        make.customer(f"Without {name}", **{key: value for key, value in whole.items() if key != without})
    make.customer("Whole", **whole)
    return {name: f"Without {name}" for name in ("email", "tier", "address")}


@pytest.mark.parametrize("name", ["email", "tier", "address"])
def test_customers_are_narrowed_by_what_is_missing_and_say_it(
    viewer: Client, lacking: dict[str, str], name: str
) -> None:
    assert shown(viewer, lacks=name) == [lacking[name]]
    (customer,) = Customer.objects.filter(display_name=lacking[name])
    for address in (reverse("customers") + f"?lacks={name}", reverse("customer", args=[customer.pk])):
        main = viewer.get(address).content.decode().split("<main", 1)[1]
        assert f"No {name}</span>" in main


def test_where_there_are_no_tiers_nobody_lacks_one(viewer: Client) -> None:
    customer = make.customer("Hotel Albion")
    assert "No tier" not in viewer.get(reverse("customer", args=[customer.pk])).context["lacks"]
    assert "No tier" not in viewer.get(reverse("customers")).context["lacks"][customer.pk]


def test_a_customer_who_lacks_nothing_has_no_warning(viewer: Client, lacking: dict[str, str]) -> None:
    whole = Customer.objects.get(display_name="Whole")
    assert viewer.get(reverse("customer", args=[whole.pk])).context["lacks"] == []


def test_customers_are_narrowed_by_tier(viewer: Client, lacking: dict[str, str]) -> None:
    tier = Tier.objects.get()
    assert shown(viewer, tier=str(tier.pk)) == ["Whole", "Without address", "Without email"]
    assert shown(viewer, tier="9" * 40) == shown(viewer)


def test_a_customer_s_page_tells_what_is_owed_by_age_and_leads_to_it(
    viewer: Client, organization: Organization
) -> None:
    customer = make.customer()
    made.invoice(customer, "new", balance="10.00")
    made.invoice(customer, "old", balance="99.50", days=75)
    made.invoice(make.customer(), "of another", balance="7.00", days=75)
    answer = viewer.get(reverse("customer", args=[customer.pk]))
    (owed,) = answer.context["owed"]
    assert [owed.amounts[age] for age in Age] == [Decimal(10), Decimal(0), Decimal("99.50"), Decimal(0), Decimal(0)]
    link = f"{reverse('invoices')}?view=unpaid&customer={customer.pk}&age=31-60"
    assert link.replace("&", "&amp;") in answer.content.decode()
    assert [str(row) for row in viewer.get(link).context["page"].rows] == ["old"]


def test_the_file_holds_the_customers_that_are_shown(viewer: Client, lacking: dict[str, str]) -> None:
    answer = viewer.get(reverse("customers_csv"), {"lacks": "tier"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Without tier" in text
    assert "Without email" not in text

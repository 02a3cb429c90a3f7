"""Customers: what may be kept, what is written down about a change, and what the books are owed."""

from typing import Any

import pytest
from django_scopes import scope

from buddy.hub import activity, customers, matching, matchkeys
from buddy.hub.address import Address
from buddy.hub.errors import Invalid
from buddy.hub.matchkeys import MatchKey
from buddy.hub.outbox import Bell, Mark
from buddy.hub.team import Organization
from tests import makers as make

pytestmark = pytest.mark.django_db


def create(organization: Organization, **values: Any) -> customers.Customer:
    return customers.create(organization, {"display_name": "Harbor Goods", **values}, by=None, now=make.NOW)


def owed() -> list[tuple[str, int]]:
    return list(Mark.objects.values_list("kind", "object_id"))


def wrong(organization: Organization, **values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        create(organization, **values)
    return refused.value.fields


# --- Creating --------------------------------------------------------------------------------------------------------


def test_a_new_customer_is_owed_to_the_books_and_rings_the_bell(organization: Organization) -> None:
    june = make.user()
    customer = customers.create(organization, {"display_name": " Harbor Goods "}, by=june, now=make.NOW)
    assert (customer.display_name, customer.sort_name, customer.currency) == ("Harbor Goods", "harbor goods", "USD")
    assert owed() == [("customer", customer.pk)]
    assert Bell.objects.get(organization=organization).due_at == make.NOW
    [entry] = activity.of(organization, "customer", customer.pk)
    assert (entry.event, entry.user, entry.source, entry.at) == ("customer.created", june, "person", make.NOW)


def test_what_is_wrong_is_said_for_every_field_at_once(organization: Organization) -> None:
    fields = wrong(organization, display_name=" ", email="maria@harbor", phone="5" * 31)
    assert fields == {
        "display_name": "Enter the name this customer goes by.",
        "email": "This address has no ending such as .com. Check it, or leave it empty.",
        "phone": "This has 31 characters; 30 fit. Shorten it.",
    }
    assert not customers.Customer.objects.exists()
    assert owed() == []


@pytest.mark.parametrize("email", ["maria", "@harbor.example", "ma ria@harbor.example", "a@b.example, nobody"])
def test_what_is_no_email_address_is_refused(organization: Organization, email: str) -> None:
    assert wrong(organization, email=email)["email"].endswith("Check it, or leave it empty.")


def test_several_addresses_stand_in_one_field_up_to_a_hundred_characters(organization: Organization) -> None:
    assert create(organization, email="a@b.example;c@d.example").email == "a@b.example, c@d.example"
    assert "100" in wrong(organization, email=", ".join(["somebody@harbor.example"] * 5))["email"]


def test_a_name_keeps_no_tabs_or_line_breaks_and_no_colon(organization: Organization) -> None:
    assert create(organization, display_name="Harbor\tGoods\n").display_name == "Harbor Goods"
    assert wrong(organization, display_name="Harbor: Goods") == {
        "display_name": "A name cannot hold a colon. Use a dash instead."
    }


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("given_name", "Ada: x", "colon"),
        ("family_name", "L:", "colon"),
        ("notes", "x" * 2001, "2,000 fit"),
        ("company_name", "x" * 101, "100 fit"),
    ],
)
def test_what_the_books_would_refuse_is_said_on_the_form(
    organization: Organization, field: str, value: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        customers.create(organization, {"display_name": "Hotel Albion", field: value}, by=None)


def test_two_customers_may_have_one_name(organization: Organization) -> None:
    assert create(organization).pk != create(organization).pk


def test_a_field_nobody_may_set_is_a_mistake_of_the_caller(organization: Organization) -> None:
    with pytest.raises(KeyError, match="balance"):
        create(organization, balance=5)
    with pytest.raises(KeyError, match="nonsense"):
        customers.change(make.customer(), {"nonsense": 1}, by=None)


def test_terms_and_parents_of_another_organization_are_refused(organization: Organization) -> None:
    with scope(organization=make.organization("Elsewhere")):
        parent, terms = make.customer(), make.term()
    assert wrong(organization, parent=parent, terms=terms).keys() == {"parent", "terms"}


# --- Changing --------------------------------------------------------------------------------------------------------


def test_a_change_says_what_was_and_what_is(organization: Organization) -> None:
    customer = make.customer("Harbor Goods", phone="1", billing_address=Address(city="Salem"))
    values = {"display_name": "Harbor Foods", "phone": "1", "billing_address": {"city": "Lynn"}, "terms": make.term()}
    customers.change(customer, values, by=None, now=make.NOW)
    [entry] = activity.of(organization, "customer", customer.pk)
    assert entry.changes == {
        "display_name": ["Harbor Goods", "Harbor Foods"],
        "billing_address": ["Salem", "Lynn"],
        "terms": [None, "Net 30"],
    }
    customer.refresh_from_db()
    assert (customer.sort_name, customer.billing_address.city) == ("harbor foods", "Lynn")
    assert owed() == [("customer", customer.pk)]


def test_saving_a_form_unchanged_changes_and_owes_nothing(organization: Organization) -> None:
    customer = make.customer("Harbor: from the books", email="not an address")
    before = customer.updated_at
    customers.change(customer, {"display_name": "Harbor: from the books", "email": "not an address"}, by=None)
    customer.refresh_from_db()
    assert customer.updated_at == before
    assert owed() == []
    assert activity.of(organization, "customer", customer.pk) == []


def test_a_change_is_compared_with_the_row_as_it_is_now(organization: Organization) -> None:
    customer = make.customer(notes="old")
    stale = customers.Customer.objects.get(pk=customer.pk)
    customers.change(customer, {"notes": "new"}, by=None)
    customers.change(stale, {"phone": "1"}, by=None)
    assert (stale.notes, stale.phone) == ("new", "1")
    customer.refresh_from_db()
    assert (customer.notes, customer.phone) == ("new", "1")


def test_the_same_customer_is_owed_once_however_often_it_changes(organization: Organization) -> None:
    customer = create(organization)
    customers.change(customer, {"phone": "1"}, by=None)
    customers.change(customer, {"phone": "2"}, by=None)
    assert owed() == [("customer", customer.pk)]


def test_a_customer_cannot_stand_under_itself(organization: Organization) -> None:
    head = make.customer()
    branch = make.customer(parent=head)
    with pytest.raises(Invalid, match="under itself"):
        customers.change(head, {"parent": branch}, by=None)


def test_putting_a_customer_away_and_taking_it_back(organization: Organization) -> None:
    customer = make.customer()
    customers.deactivate(customer, by=None, now=make.NOW)
    customers.deactivate(customer, by=None, now=make.NOW)
    assert not customers.Customer.objects.get(pk=customer.pk).active
    customers.reactivate(customer, by=None, now=make.NOW)
    assert customers.Customer.objects.get(pk=customer.pk).active
    events = [entry.event for entry in activity.of(organization, "customer", customer.pk)]
    assert events == ["customer.reactivated", "customer.deactivated"]


# --- Places ----------------------------------------------------------------------------------------------------------


def test_a_place_is_added_and_changed_without_owing_the_books_anything(organization: Organization) -> None:
    customer = make.customer()
    place = customers.add_location(customer, {"name": "Back door", "address": {"line1": "1 Pier Rd"}}, by=None)
    customers.change_location(place, {"name": "Front door"}, by=None)
    place.refresh_from_db()
    assert (place.name, str(place.address)) == ("Front door", "1 Pier Rd")
    assert owed() == []
    newest, _ = activity.of(organization, "customer", customer.pk)
    assert newest.changes == {"name": ["Back door", "Front door"]}


def test_a_place_needs_a_name(organization: Organization) -> None:
    with pytest.raises(Invalid) as refused:
        customers.add_location(make.customer(), {"address": {"city": "Salem"}}, by=None)
    assert refused.value.fields.keys() == {"name"}


# --- Being found -----------------------------------------------------------------------------------------------------


def test_keys_follow_the_values(organization: Organization) -> None:
    customer = create(organization, email="a@b.example")
    customers.change(customer, {"email": "c@d.example"}, by=None)
    keys = set(MatchKey.objects.filter(customer=customer).values_list("key", flat=True))
    assert keys == matching.keys(matchkeys.party(customer))
    assert matching.key(matching.EMAIL, "c@d.example") in keys


def test_likely_duplicates_stand_best_first_with_reasons(organization: Organization) -> None:
    make.customer("Northern Bikes")
    weaker = make.customer("Harbour Goods Inc", billing_address=Address(postal_code="01970"))
    best = make.customer("Harbor Goods", email="maria@harbor.example")
    found = customers.likely_duplicates(
        organization,
        {
            "display_name": "Harbor goods",
            "email": "MARIA@harbor.example",
            "billing_address": Address(postal_code="01970"),
            "terms": None,
        },
    )
    assert [duplicate.customer for duplicate in found] == [best, weaker]
    assert {reason.field for reason in found[0].reasons} >= {"name", "email"}


def test_likely_duplicates_are_looked_for_in_one_organization(organization: Organization) -> None:
    with scope(organization=make.organization("Elsewhere")):
        make.customer("Harbor Goods")
    assert customers.likely_duplicates(organization, {"display_name": "Harbor Goods"}) == []


def test_a_newcomer_is_compared_with_former_names_too(organization: Organization) -> None:
    """The customer that was merged away lives on as a name."""
    kept = make.customer("Cranberry Dairy", former_names=["Hotel Albion"])
    [found] = customers.likely_duplicates(organization, {"display_name": "Hotel Albion LLC"})
    assert found.customer == kept

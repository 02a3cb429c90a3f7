"""Setting up, signing in and out."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from buddy.hub.team import Membership, Organization, Role, User
from tests import makers as make

FIRST = {
    "organization_name": "Larkspur Fine Foods",
    "name": "Maria Okafor",
    "email": "Maria@Larkspur.example",
    "password": "olives-and-capers-7",
}


@pytest.mark.django_db
def test_an_empty_installation_leads_everybody_to_set_up() -> None:
    for address in (reverse("dashboard"), reverse("account_login"), reverse("customers")):
        assert Client().get(address)["Location"] == reverse("setup")


@pytest.mark.django_db
def test_the_first_person_becomes_admin_and_is_signed_in() -> None:
    client = Client()
    assert client.post(reverse("setup"), FIRST)["Location"] == reverse("dashboard")
    with scopes_disabled():
        member = Membership.objects.select_related("organization", "user").get()
    assert (member.role, member.organization.name, member.user.email) == (
        Role.ADMIN,
        "Larkspur Fine Foods",
        "maria@larkspur.example",
    )
    assert "Connect QuickBooks first" in client.get(reverse("dashboard")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password123", "maria@larkspur"])
def test_a_weak_password_is_refused_and_nobody_is_made(password: str) -> None:
    answer = Client().post(reverse("setup"), {**FIRST, "password": password})
    assert answer.context["form"].errors["password"]
    assert not User.objects.exists()


def test_set_up_is_closed_once_somebody_is_there(organization: Organization) -> None:
    make.user()
    for answer in (Client().get(reverse("setup")), Client().post(reverse("setup"), FIRST)):
        assert answer["Location"] == reverse("dashboard")
    assert User.objects.count() == 1


def test_sign_up_is_closed(organization: Organization) -> None:
    make.user()
    values = {"email": "new@b.example", "password1": "olives-and-capers-7"}
    answer = Client().post(reverse("account_signup"), values)
    assert "Buddy is by invitation" in answer.content.decode()
    assert User.objects.count() == 1


def test_people_sign_in_by_email_whatever_its_case_and_out_again(organization: Organization) -> None:
    user = make.user(email="june@larkspur.example", password="olives-and-capers-7")
    Membership.objects.create(organization=organization, user=user, role=Role.VIEWER)
    client = Client()
    values = {"login": "June@Larkspur.example", "password": "olives-and-capers-7"}
    assert client.post(reverse("account_login"), values)["Location"] == "/"
    assert client.get(reverse("customers")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("customers")).status_code == 302


def test_a_wrong_password_says_so(organization: Organization) -> None:
    make.user(email="june@larkspur.example", password="olives-and-capers-7")
    answer = Client().post(reverse("account_login"), {"login": "june@larkspur.example", "password": "wrong"})
    assert answer.status_code == 200
    assert "is-bad" in answer.content.decode()


def test_a_forgotten_password_is_set_anew_by_mail(organization: Organization) -> None:
    make.user(email="june@larkspur.example", password="olives-and-capers-7")
    client = Client()
    client.post(reverse("account_reset_password"), {"email": "june@larkspur.example"})
    link = next(word for word in mail.outbox[0].body.split() if "/account/password/reset/key/" in word)
    form = client.get("/" + link.split("/", 3)[3], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "anchovies-and-dill-9", "password2": "anchovies-and-dill-9"})
    assert client.login(email="june@larkspur.example", password="anchovies-and-dill-9")


def test_the_theme_is_kept_with_the_person(organization: Organization, viewer: Client) -> None:
    assert "data-theme-of-system" in viewer.get(reverse("customers")).content.decode()
    viewer.post(reverse("theme"), {"theme": "dark"})
    assert '<html lang="en" data-bs-theme="dark">' in viewer.get(reverse("customers")).content.decode()


@pytest.mark.parametrize(
    "name", ["account_change_password", "mfa_index", "account_email", "account_logout", "account_reset_password"]
)
def test_the_pages_of_the_account_look_like_the_others(name: str, organization: Organization, viewer: Client) -> None:
    page = viewer.get(reverse(name), follow=True).content.decode()
    assert "buddy.css" in page
    assert page.count("<h1") == 1


def test_a_forged_form_is_answered_in_words(organization: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.member(Role.EDITOR).user)
    answer = client.post(reverse("customer_new"), {"display_name": "x"})
    assert answer.status_code == 403
    assert "This form can no longer be sent" in answer.content.decode()


def test_nothing_inline_is_served_that_the_policy_would_block(organization: Organization, editor: Client) -> None:
    make.customer()
    for name in ("dashboard", "customers", "customer_new", "orders", "order_new", "invoices", "products"):
        answer = editor.get(reverse(name))
        policy, page = answer["Content-Security-Policy"], answer.content.decode()
        assert "unsafe" not in policy
        assert "style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert "<script>" not in page

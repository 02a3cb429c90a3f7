"""Settings → Team, invitations as they are opened, and working in several organizations."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.invitations import Invitation
from buddy.hub.mailing import Letter
from buddy.hub.team import Membership, Organization, Role, User
from tests import makers as make
from tests.web.conftest import SignIn

PERSON = {"name": "Dev Patel", "password": "correct horse 9"}


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- The team --------------------------------------------------------------------------------------------------------


def test_an_invited_person_joins_by_the_link_and_is_in(admin: Client, organization: Organization) -> None:
    values = {"email": "Dev@Larkspur.example", "role": "viewer"}
    page = admin.post(reverse("settings_team_invite"), values, follow=True).content.decode()
    invitation = Invitation.objects.get()
    assert f"http://localhost:8000{invitation.path}" in page
    assert "The mail has not left yet" in page
    theirs = Client()
    assert "Join Larkspur Fine Foods" in text(theirs, invitation.path)
    assert theirs.post(invitation.path, PERSON)["Location"] == reverse("dashboard")
    assert theirs.get(reverse("customers")).status_code == 200
    assert Membership.objects.get(user__email="dev@larkspur.example").role == Role.VIEWER
    assert Client().login(email="dev@larkspur.example", password=PERSON["password"])
    assert not Letter.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("email", "dev@larkspur"), ("email", ""), ("role", "owner")])
def test_who_cannot_be_invited_is_refused_at_the_field(
    admin: Client, organization: Organization, field: str, value: str
) -> None:
    values = {"email": "dev@larkspur.example", "role": "viewer", field: value}
    assert admin.post(reverse("settings_team_invite"), values).context["form"].errors[field]
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("password", "12345678"), ("password", ""), ("name", "")])
def test_an_account_that_cannot_be_is_refused_at_the_field(organization: Organization, field: str, value: str) -> None:
    answer = Client().post(make.invitation().path, {**PERSON, field: value})
    assert answer.context["form"].errors[field]
    assert not User.objects.exists()


def test_an_invitation_is_sent_again_and_cancelled(admin: Client, organization: Organization) -> None:
    invitation = make.invitation()
    Invitation.objects.update(expires_at=datetime.now(UTC) - timedelta(hours=1))
    assert "Invitation ran out" in text(admin, reverse("settings_team"))
    over = Client().get(invitation.path)
    assert over.status_code == 404
    assert "send it again" in over.content.decode()
    admin.post(reverse("settings_team_invitation_resend", args=[invitation.pk]))
    assert Letter.objects.get().to == "dev@larkspur.example"
    assert Client().get(invitation.path).status_code == 200
    admin.post(reverse("settings_team_invitation_cancel", args=[invitation.pk]))
    assert "no longer works" in Client().get(invitation.path).content.decode()
    assert not Letter.objects.exists()


def test_who_has_an_account_signs_in_and_then_joins_with_it(organization: Organization) -> None:
    elsewhere = make.organization("Elsewhere")
    dev = make.member(Role.ADMIN, of=elsewhere, email="dev@larkspur.example", password=PERSON["password"]).user
    invitation, client = make.invitation(), Client()
    page = client.post(invitation.path, PERSON).content.decode()
    assert "You have an account here already" in page
    login = f"{reverse('account_login')}?next={invitation.path}"
    assert login in page
    answer = client.post(login, {"login": dev.email, "password": PERSON["password"]})
    assert answer["Location"] == invitation.path
    assert "beside your other organizations" in text(client, invitation.path)
    assert client.post(invitation.path)["Location"] == reverse("dashboard")
    assert "Larkspur Fine Foods" in text(client, reverse("customers")).split("<main")[0]
    with scopes_disabled():
        assert dev.memberships.count() == 2


def test_somebody_else_who_opens_the_link_is_told_whose_it_is(admin: Client, organization: Organization) -> None:
    invitation = make.invitation()
    for answer in (admin.get(invitation.path), admin.post(invitation.path, PERSON)):
        assert answer.status_code == 200
        assert "This invitation is for somebody else" in answer.content.decode()
    assert Invitation.objects.exists()
    out = admin.post(reverse("account_logout"), {"next": invitation.path})
    assert out["Location"] == invitation.path


def test_a_role_is_changed(admin: Client, organization: Organization) -> None:
    member = make.member(Role.VIEWER)
    admin.post(reverse("settings_team_role", args=[member.pk]), {"role": "editor"})
    member.refresh_from_db()
    assert member.role == Role.EDITOR


def test_an_admin_who_steps_down_lands_where_they_may_be(admin: Client, organization: Organization) -> None:
    me = Membership.objects.get()
    make.member(Role.ADMIN)
    answer = admin.post(reverse("settings_team_role", args=[me.pk]), {"role": "viewer"}, follow=True)
    assert answer.status_code == 200


def test_the_last_admin_can_neither_step_down_nor_leave(admin: Client, organization: Organization) -> None:
    only = Membership.objects.get()
    for answer in (
        admin.post(reverse("settings_team_role", args=[only.pk]), {"role": "viewer"}, follow=True),
        admin.post(reverse("settings_team_remove", args=[only.pk]), follow=True),
    ):
        assert "only admin" in answer.content.decode()
    only.refresh_from_db()
    assert only.role == Role.ADMIN


def test_removing_asks_first_and_then_shuts_the_person_out_at_once(admin: Client, organization: Organization) -> None:
    member = make.member(Role.EDITOR)
    theirs = Client()
    theirs.force_login(member.user)
    assert theirs.get(reverse("orders")).status_code == 200
    assert "from their next click on" in text(admin, reverse("settings_team_remove", args=[member.pk]))
    assert Membership.objects.filter(pk=member.pk).exists()
    admin.post(reverse("settings_team_remove", args=[member.pk]))
    answer = theirs.get(reverse("orders"))
    assert answer.status_code == 403
    assert "You don’t belong to an organization" in answer.content.decode()
    assert theirs.post(reverse("customer_new"), {"display_name": "x"}).status_code == 403
    assert Activity.objects.filter(event="member.removed", note=member.user.email).exists()


def test_what_belongs_to_another_organization_does_not_exist_here(admin: Client, organization: Organization) -> None:
    other = make.organization("Quayside Bakery Supply")
    stranger = make.member(Role.ADMIN, of=other)
    with scope(organization=other):
        invitation = make.invitation("them@quayside.example")
    for name, pk in (
        ("settings_team_role", stranger.pk),
        ("settings_team_remove", stranger.pk),
        ("settings_team_invitation_resend", invitation.pk),
        ("settings_team_invitation_cancel", invitation.pk),
        ("organization_open", other.pk),
    ):
        assert admin.post(reverse(name, args=[pk]), {"role": "viewer"}).status_code == 404
    page = text(admin, reverse("settings_team"))
    assert stranger.user.email not in page
    assert "them@quayside.example" not in page


# --- Several organizations -------------------------------------------------------------------------------------------


@pytest.fixture
def two(organization: Organization) -> tuple[User, Organization]:
    """Dev works here, and is an admin elsewhere."""
    dev = make.member(Role.EDITOR, password=PERSON["password"]).user
    elsewhere = make.organization("Quayside Provisions")
    with scope(organization=elsewhere):
        Membership.objects.create(organization=elsewhere, user=dev, role=Role.ADMIN)
        make.customer("Theirs alone")
    make.customer("Ours alone")
    return dev, elsewhere


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_session_works_in_the_organization_that_was_chosen_and_sees_only_that(
    two: tuple[User, Organization], organization: Organization
) -> None:
    dev, elsewhere = two
    client = signed_in(dev)
    assert "Ours alone" in text(client, reverse("customers"))
    assert "Theirs alone" not in text(client, reverse("customers"))
    client.post(reverse("organization_open", args=[elsewhere.pk]))
    page = text(client, reverse("customers"))
    assert "Theirs alone" in page
    assert "Ours alone" not in page
    assert client.get(reverse("settings")).status_code == 200
    client.post(reverse("organization_open", args=[organization.pk]))
    assert client.get(reverse("settings")).status_code == 403


def test_a_choice_moves_no_other_browser_and_holds_for_the_next_sign_in(two: tuple[User, Organization]) -> None:
    dev, elsewhere = two
    here, there = signed_in(dev), signed_in(dev)
    assert "Ours alone" in text(here, reverse("customers"))
    there.post(reverse("organization_open", args=[elsewhere.pk]))
    assert "Ours alone" in text(here, reverse("customers"))
    assert "Theirs alone" in text(signed_in(dev), reverse("customers"))


def test_a_page_left_open_cannot_write_into_the_organization_chosen_since(two: tuple[User, Organization]) -> None:
    dev, elsewhere = two
    client = Client(enforce_csrf_checks=True)
    client.force_login(dev)
    page = client.get(reverse("customer_new"))
    token = page.context["csrf_token"]
    values = {"company_name": "Lost", "display_name": "Lost", "csrfmiddlewaretoken": str(token)}
    client.post(reverse("organization_open", args=[elsewhere.pk]), {"csrfmiddlewaretoken": str(token)})
    answer = client.post(reverse("customer_new"), values)
    assert answer.status_code == 403
    assert "This form can no longer be sent" in answer.content.decode()
    with scopes_disabled():
        assert not Customer.objects.filter(display_name="Lost").exists()


def test_parts_of_a_page_left_open_load_it_anew_instead_of_showing_the_other_organization(
    two: tuple[User, Organization], organization: Organization
) -> None:
    dev, elsewhere = two
    client = signed_in(dev)
    asked = {"HX-Request": "true", "X-Buddy-Organization": str(organization.pk)}
    assert "HX-Refresh" not in client.get(reverse("customers"), headers=asked)
    assert f'"X-Buddy-Organization": "{organization.pk}"' in text(client, reverse("customers"))
    client.post(reverse("organization_open", args=[elsewhere.pk]))
    answer = client.get(reverse("customers"), headers=asked)
    assert (answer["HX-Refresh"], answer.content) == ("true", b"")


def test_who_is_removed_goes_on_in_their_other_organization(two: tuple[User, Organization]) -> None:
    dev, _ = two
    client = signed_in(dev)
    assert "Ours alone" in text(client, reverse("customers"))
    Membership.objects.filter(user=dev).delete()
    assert "Theirs alone" in text(client, reverse("customers"))


def test_a_form_left_open_does_not_write_into_the_other_organization_of_who_is_removed(
    two: tuple[User, Organization], organization: Organization
) -> None:
    dev, _ = two
    client = Client(enforce_csrf_checks=True)
    client.force_login(dev)
    values = {"company_name": "Lost", "display_name": "Lost", "currency": "USD"}
    values["csrfmiddlewaretoken"] = str(client.get(reverse("customer_new")).context["csrf_token"])
    Membership.objects.filter(organization=organization, user=dev).delete()
    for _ in range(2):  # the second is another tab's
        answer = client.post(reverse("customer_new"), values)
        assert answer.status_code == 403
        assert "This form can no longer be sent" in answer.content.decode()
    with scopes_disabled():
        assert not Customer.objects.filter(display_name="Lost").exists()
    values["csrfmiddlewaretoken"] = str(client.get(reverse("customer_new")).context["csrf_token"])
    answer = client.post(reverse("customer_new"), values)
    assert answer.status_code == 302


def test_an_admin_begins_another_organization_and_works_in_it(admin: Client, sign_in: SignIn) -> None:
    answer = admin.post(reverse("organization_new"), {"name": "Quayside Provisions"}, follow=True)
    assert "You work in Quayside Provisions now" in answer.content.decode()
    assert "Larkspur Fine Foods" not in answer.content.decode().split("<main")[1]
    with scopes_disabled():
        assert Membership.objects.get(organization__name="Quayside Provisions").role == Role.ADMIN
    for role in (Role.EDITOR, Role.VIEWER):
        assert sign_in(role).post(reverse("organization_new"), {"name": "Mine"}).status_code == 403

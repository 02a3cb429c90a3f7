"""Invitations: who can join by one, until when, and only once."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django_scopes import scope, scopes_disabled

from buddy.hub import activity, invitations, mailing, members
from buddy.hub.errors import Invalid, Refused
from buddy.hub.invitations import Invitation
from buddy.hub.mailing import Letter
from buddy.hub.team import Membership, Organization, Role, User
from tests import makers as make

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LATER = make.NOW + timedelta(days=7)


@pytest.fixture
def june(organization: Organization) -> User:
    return make.member(Role.ADMIN).user


def invite(organization: Organization, by: User, **values: Any) -> Invitation:
    given = {"email": "Theo@Larkspur.example", "role": Role.EDITOR, **values}
    return invitations.invite(organization, **given, by=by, now=make.NOW)


def token(invitation: Invitation) -> str:
    return invitation.path.split("/")[2]


def test_an_invitation_is_mailed_with_its_link_and_nothing_of_the_link_is_kept(
    organization: Organization, june: User
) -> None:
    invitation = invite(organization, june)
    assert invitation.expires_at == LATER
    mailing.post(organization, now=make.NOW)
    [letter] = mail.outbox
    assert letter.to == ["theo@larkspur.example"]
    assert letter.subject == "June Lindqvist invites you to Larkspur Fine Foods"
    assert f"http://localhost:8000{invitation.path}" in letter.body
    assert not Letter.objects.exists()
    [entry] = activity.of(organization, "invitation", invitation.pk)
    assert (entry.event, entry.note, entry.user) == ("member.invited", "theo@larkspur.example, Editor", june)


def test_a_newcomer_joins_with_a_name_and_a_password_of_their_own_and_the_link_is_used_up(
    organization: Organization, june: User
) -> None:
    invitation = invite(organization, june)
    link = token(invitation)
    with scopes_disabled():  # as a stranger's browser asks
        found = invitations.find(link)
    assert found
    member = invitations.accept_as_new(found, name="Theo", password=PASSWORD, now=make.NOW)
    assert (member.role, member.user.email, str(member.user)) == ("editor", "theo@larkspur.example", "Theo")
    assert member.user.check_password(PASSWORD)
    assert invitations.find(link) is None
    assert not Letter.objects.exists()
    with pytest.raises(Refused, match="used or cancelled"):
        invitations.accept(found, member.user, now=make.NOW)


def test_somebody_of_another_organization_joins_with_the_account_they_have(
    organization: Organization, june: User
) -> None:
    theo = make.member(Role.VIEWER, of=make.organization("Elsewhere"), email="theo@larkspur.example").user
    invitation = invite(organization, june)
    assert invitations.has_account(invitation)
    with pytest.raises(Invalid, match="has an account already"):
        invitations.accept_as_new(invitation, name="Not Theo", password=PASSWORD, now=make.NOW)
    assert invitations.accept(invitation, theo, now=make.NOW).role == "editor"
    with scopes_disabled():
        assert Membership.objects.filter(user=theo).count() == 2


def test_nobody_else_can_accept_it(organization: Organization, june: User) -> None:
    invitation = invite(organization, june)
    with pytest.raises(Refused, match=r"is for theo@larkspur\.example"):
        invitations.accept(invitation, make.user(), now=make.NOW)
    assert Membership.objects.count() == 1


def test_after_seven_days_it_has_run_out_until_it_is_sent_again(organization: Organization, june: User) -> None:
    theo = make.user(email="theo@larkspur.example")
    invitation = invite(organization, june)
    with pytest.raises(Refused, match="has run out"):
        invitations.accept(invitation, theo, now=LATER)
    mailing.post(organization, now=make.NOW)
    invitations.resend(invitation, by=june, now=LATER)
    mailing.post(organization, now=LATER)
    assert mail.outbox[0].body == mail.outbox[1].body
    assert invitations.accept(invitation, theo, now=LATER + timedelta(days=6)).role == "editor"


def test_a_cancelled_one_is_dead_and_its_mail_is_not_sent(organization: Organization, june: User) -> None:
    invitation = invite(organization, june)
    link = token(invitation)
    invitations.cancel(invitation, by=june, now=make.NOW)
    mailing.post(organization, now=make.NOW)
    assert (mail.outbox, invitations.find(link)) == ([], None)
    assert invite(organization, june).path != f"/join/{link}/"


def test_who_is_there_or_invited_is_not_invited_again(organization: Organization, june: User) -> None:
    invite(organization, june)
    with pytest.raises(Invalid, match="invited already"):
        invite(organization, june, email="theo@larkspur.example")
    with pytest.raises(Invalid, match="in your team already"):
        invite(organization, june, email=june.email.upper())
    with pytest.raises(Invalid, match="Choose one of"):
        invite(organization, june, email="a@b.example", role="owner")


@pytest.mark.parametrize("forged", ["", "x", "1", "1.x", "99999999999999999999.x", "²."])
def test_a_link_that_was_not_made_here_opens_nothing(organization: Organization, june: User, forged: str) -> None:
    invite(organization, june)
    assert invitations.find(forged) is None


def test_the_link_of_one_invitation_does_not_open_another(organization: Organization, june: User) -> None:
    """Not even one that stands under the same id, as after a restored backup."""
    invitation = invite(organization, june)
    link = token(invitation)
    Invitation.objects.update(email="mallory@larkspur.example")
    assert invitations.find(link) is None


def test_the_person_who_was_invited_by_somebody_since_removed_still_joins(
    organization: Organization, june: User
) -> None:
    other = make.member(Role.ADMIN)
    invitation = invite(organization, other.user)
    members.remove(other, by=june)
    member = invitations.accept_as_new(invitation, name="Theo", password=PASSWORD, now=make.NOW)
    assert member.organization == organization


def test_another_organization_can_invite_the_same_address(organization: Organization, june: User) -> None:
    invite(organization, june)
    elsewhere = make.organization("Elsewhere")
    with scope(organization=elsewhere):
        invite(elsewhere, june)
        assert Invitation.objects.count() == 1

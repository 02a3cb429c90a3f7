"""The team: who comes in, what they may do, and that somebody always may."""

from typing import Any

import pytest
from django_scopes import scope

from buddy.hub import activity, members
from buddy.hub.activity import Activity
from buddy.hub.errors import Invalid, Refused
from buddy.hub.team import Membership, Organization, Role, User
from tests import makers as make

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def set_up(**values: Any) -> Membership:
    given = {"organization_name": "Larkspur", "name": "June", "email": "June@L.example", "password": PASSWORD}
    return members.set_up(**{**given, **values}, now=make.NOW)


def add(organization: Organization, **values: Any) -> Membership:
    given = {"name": "Theo", "email": "theo@l.example", "password": PASSWORD, "role": Role.EDITOR, "by": None}
    return members.add(organization, **{**given, **values}, now=make.NOW)


def test_the_first_person_is_the_admin_of_a_new_organization() -> None:
    admin = set_up()
    assert (admin.role, admin.organization.name, admin.user.email) == ("admin", "Larkspur", "june@l.example")
    assert User.objects.get().check_password(PASSWORD)


def test_set_up_is_open_once() -> None:
    set_up()
    with pytest.raises(Refused, match="set up already"):
        set_up(email="theo@l.example")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"organization_name": " "}, "organization_name"),
        ({"name": ""}, "name"),
        ({"email": "june@l"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "june@l.example"}, "password"),
    ],
)
def test_what_is_wrong_with_a_set_up_is_named_and_nothing_is_left(value: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_up(**value)
    assert refused.value.fields.keys() == {field}
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_a_person_joins_with_a_role_and_it_is_written_down(organization: Organization) -> None:
    june = make.member(Role.ADMIN).user
    theo = add(organization, by=june)
    [entry] = activity.of(organization, "member", theo.pk)
    assert (entry.event, entry.changes, entry.user) == ("member.added", {"role": [None, "editor"]}, june)
    with pytest.raises(Invalid, match="has an account already"):
        add(organization, email="THEO@l.example")


def test_an_address_with_an_account_keeps_its_password(organization: Organization) -> None:
    elsewhere = make.organization("Elsewhere")
    with scope(organization=elsewhere):
        add(elsewhere)
    with pytest.raises(Invalid, match="has an account already"):
        add(organization, password="another horse battery")
    assert User.objects.get(email="theo@l.example").check_password(PASSWORD)


def test_who_leaves_keeps_their_account_and_their_other_organizations(organization: Organization) -> None:
    theo = add(organization)
    other = members.found("Quayside Provisions", by=theo.user)
    members.remove(theo, by=None)
    assert not Membership.objects.exists()
    with scope(organization=other.organization):
        assert Membership.objects.get().role == Role.ADMIN
    again = members.join(organization, theo.user, role=Role.VIEWER, by=None)
    assert (again.role, User.objects.count()) == ("viewer", 1)
    told = Activity.objects.order_by("id").values_list("event", flat=True)
    assert list(told) == ["member.added", "member.removed", "member.added"]


def test_joining_twice_changes_nothing(organization: Organization) -> None:
    theo = add(organization)
    again = members.join(organization, theo.user, role=Role.ADMIN, by=None)
    assert (again.pk, again.role) == (theo.pk, "editor")


def test_a_role_is_not_given_to_somebody_who_was_removed_meanwhile(organization: Organization) -> None:
    make.member(Role.ADMIN)
    theo = add(organization)
    seen = Membership.objects.get(pk=theo.pk)
    members.remove(theo, by=None)
    for late in (lambda: members.change_role(seen, Role.ADMIN, by=None), lambda: members.remove(seen, by=None)):
        with pytest.raises(Refused, match="removed from the team meanwhile"):
            late()


def test_the_last_admin_stays(organization: Organization) -> None:
    june, _ = make.member(Role.ADMIN), make.member(Role.EDITOR)
    with scope(organization=(elsewhere := make.organization("Elsewhere"))):
        make.member(Role.ADMIN, of=elsewhere)
    with pytest.raises(Refused, match="the only admin"):
        members.change_role(june, Role.VIEWER, by=june.user)
    with pytest.raises(Refused, match="the only admin"):
        members.remove(june, by=june.user)
    other = make.member(Role.ADMIN)
    members.change_role(june, Role.VIEWER, by=june.user)
    assert Membership.objects.get(pk=june.pk).role == "viewer"
    with pytest.raises(Refused, match="the only admin"):
        members.remove(other, by=None)


def test_a_password_like_the_name_is_refused(db: None) -> None:
    with pytest.raises(Invalid, match="too similar to the name"):
        members.set_up(
            organization_name="Larkspur", name="June Lindqvist", email="j@larkspur.example", password="june-lindqvist"
        )
    assert not User.objects.exists()

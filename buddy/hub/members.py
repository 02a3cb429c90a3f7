"""The people of an organization: the first admin, who joins, who may do what, who leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from buddy.hub import activity, bulk, checks, organizations
from buddy.hub.errors import Invalid, Refused
from buddy.hub.scoping import scope
from buddy.hub.team import Membership, Organization, Role, User, installation_is_empty

_PERSON = {"name": checks.line(150, required="Enter a name."), "email": checks.email}


@transaction.atomic
def set_up(*, organization_name: str, name: str, email: str, password: str, now: datetime | None = None) -> Membership:
    """Make the organization and its first admin. Refused when somebody was here before, even by a blink."""
    bulk.lock(User)
    if not installation_is_empty():
        raise Refused("Buddy is set up already. Sign in, or ask an admin of your team to add you.")
    at = now or timezone.now()
    try:
        facts = checks.all_of({"name": organization_name}, organizations.FACTS)
    except Invalid as invalid:
        raise Invalid({"organization_name": invalid.fields["name"]}) from None
    organization = Organization.objects.create(**facts)
    with scope(organization):
        return add(organization, name=name, email=email, password=password, role=Role.ADMIN, by=None, now=at)


@transaction.atomic
def found(name: str, *, by: User, now: datetime | None = None) -> Membership:
    """Another organization, with nothing in it but its first admin."""
    organization = Organization.objects.create(**checks.all_of({"name": name}, organizations.FACTS))
    with scope(organization):
        return join(organization, by, role=Role.ADMIN, by=by, now=now)


@transaction.atomic
def add(
    organization: Organization,
    *,
    name: str,
    email: str,
    password: str,
    role: str,
    by: User | None,
    now: datetime | None = None,
) -> Membership:
    """Make an account and let its owner in. Invalid when the address has one: then they are invited, and agree."""
    user = create_account(name=name, email=email, password=password)
    return join(organization, user, role=checks.one("role", role, checks.choice(Role)), by=by, now=now)


@transaction.atomic
def create_account(*, name: str, email: str, password: str) -> User:
    """Somebody who can sign in, and belongs nowhere yet."""
    user = User(**checks.all_of({"name": name, "email": email}, _PERSON))
    bulk.lock(User)
    if User.objects.filter(email__iexact=user.email).exists():
        raise Invalid({"email": "This address has an account already."})
    _check_password(password, user)
    user.set_password(password)
    user.save()
    return user


def rename(user: User, name: str) -> User:
    """As their team sees them from now on, in the history too."""
    user.name = checks.one("name", name, _PERSON["name"])
    user.save(update_fields=["name"])
    return user


@transaction.atomic
def join(
    organization: Organization, user: User, *, role: str, by: User | None, now: datetime | None = None
) -> Membership:
    """Make them a member; who is one already stays as they are."""
    at = now or timezone.now()
    values = {"role": role, "opened_at": at}
    membership, joined = Membership.objects.get_or_create(organization=organization, user=user, defaults=values)
    if joined:
        _record(membership, "member.added", {"role": (None, role)}, by=by, now=at)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, by: User | None, now: datetime | None = None) -> Membership:
    """Give a person another role. The last admin stays one."""
    new = checks.one("role", role, checks.choice(Role))
    admins = _locked(membership)
    was = membership.role
    if new == was:
        return membership
    _check_not_last_admin(membership, admins)
    membership.role = new
    membership.save(update_fields=["role"])
    _record(membership, "member.role_changed", {"role": (was, new)}, by=by, now=now)
    return membership


@transaction.atomic
def remove(membership: Membership, *, by: User | None, now: datetime | None = None) -> None:
    """Let a person go: from their next request on they see nothing of this organization.

    Their account, what they did, and their other organizations stay. They may be invited again.
    """
    _check_not_last_admin(membership, _locked(membership))
    _record(membership, "member.removed", {"role": (membership.role, None)}, by=by, now=now)
    membership.delete()


def hide_first_steps(membership: Membership, hidden: bool) -> None:
    membership.hides_first_steps = hidden
    membership.save(update_fields=["hides_first_steps"])


def open_for(membership: Membership, *, now: datetime) -> None:
    """They work here now, and will after signing in next, wherever that is."""
    with scope(membership.organization):
        Membership.objects.filter(pk=membership.pk).update(opened_at=now)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from None


def _locked(membership: Membership) -> set[int]:
    """The ids of all admins, locked together with this row, so that two of them cannot step down at the same time."""
    rows = Membership.objects.select_for_update().filter(organization=membership.organization_id).order_by("pk")
    roles = dict(rows.filter(Q(role=Role.ADMIN) | Q(pk=membership.pk)).values_list("pk", "role"))
    if membership.pk not in roles:
        raise Refused(f"{membership.user} was removed from the team meanwhile.")
    membership.role = roles[membership.pk]
    return {pk for pk, role in roles.items() if role == Role.ADMIN}


def _check_not_last_admin(membership: Membership, admins: set[int]) -> None:
    if admins == {membership.pk}:
        raise Refused(f"{membership.user} is the only admin. Make somebody else an admin first.")


def _record(
    membership: Membership, event: str, changes: Mapping[str, Any], *, by: User | None, now: datetime | None
) -> None:
    activity.record(
        membership.organization,
        event=event,
        kind="member",
        object_id=membership.pk,
        changes=changes,
        by=by,
        now=now or timezone.now(),
        note=membership.user.email,
    )

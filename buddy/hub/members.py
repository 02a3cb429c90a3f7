"""The people of an organization: the first admin, who joins, who may do what, who leaves; and its own facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub import activity, bulk, checks
from buddy.hub.errors import Invalid, Refused
from buddy.hub.scoping import scope
from buddy.hub.team import (
    AutoInvoice,
    BothChanged,
    ClosedBooks,
    Membership,
    Organization,
    Role,
    User,
    installation_is_empty,
)

_PERSON = {"name": checks.line(150, required="Enter a name."), "email": checks.email}
_ORGANIZATION = {
    "name": checks.line(200, required="Enter the name of your business."),
    "legal_name": checks.line(200),
    "currency": checks.currency,
    "country": checks.line(2, required="Choose a country."),
    "time_zone": checks.time_zone,
    "order_prefix": checks.line(10),
    "invoice_prefix": checks.line(10),
    "requires_po": checks.flag,
    "auto_invoice": checks.choice(AutoInvoice),
    "price_decimals": checks.whole(2, 4),
    "name_alone_links": checks.flag,
    "both_changed": checks.choice(BothChanged),
    "closed_books": checks.choice(ClosedBooks),
}


@transaction.atomic
def set_up(*, organization_name: str, name: str, email: str, password: str, now: datetime | None = None) -> Membership:
    """Make the organization and its first admin. Refused when somebody was here before, even by a blink."""
    bulk.lock(User)
    if not installation_is_empty():
        raise Refused("Buddy is set up already. Sign in, or ask an admin of your team to add you.")
    at = now or timezone.now()
    try:
        facts = checks.all_of({"name": organization_name}, _ORGANIZATION)
    except Invalid as invalid:
        raise Invalid({"organization_name": invalid.fields["name"]}) from None
    organization = Organization.objects.create(**facts)
    with scope(organization):
        return add(organization, name=name, email=email, password=password, role=Role.ADMIN, by=None, now=at)


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
    """Let a person in, perhaps again. Invalid when they work here already, or in another organization."""
    person = checks.all_of({"name": name, "email": email, "role": role}, {**_PERSON, "role": checks.choice(Role)})
    user = User.objects.select_for_update().filter(email__iexact=person["email"]).first()
    if user:
        _check_free(organization, user)
    user = user or User(email=person["email"])
    user.name, user.is_active = person["name"], True
    _check_password(password, user)
    user.set_password(password)
    user.save()
    membership = Membership.objects.create(organization=organization, user=user, role=role)
    _record(membership, "member.added", {"role": (None, role)}, by=by, now=now)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, by: User | None, now: datetime | None = None) -> Membership:
    """Give a person another role. The last admin stays one."""
    was, new = membership.role, checks.one("role", role, checks.choice(Role))
    if new == was:
        return membership
    _check_not_last_admin(membership)
    membership.role = new
    membership.save(update_fields=["role"])
    _record(membership, "member.role_changed", {"role": (was, new)}, by=by, now=now)
    return membership


@transaction.atomic
def remove(membership: Membership, *, by: User | None, now: datetime | None = None) -> None:
    """Let a person go, at once. What they did stays in the history, and they may be added again."""
    _check_not_last_admin(membership)
    _record(membership, "member.removed", {"role": (membership.role, None)}, by=by, now=now)
    user = membership.user
    membership.delete()
    user.is_active = False  # ends their sessions: a person works in one organization
    user.save(update_fields=["is_active"])


@transaction.atomic
def change_organization(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Organization:
    """Change the business's own facts: names, country, currency, time zone, prefixes of numbers."""
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update())
    new = checks.new_ones(organization, values, _ORGANIZATION)
    if new:
        changes = activity.differences(organization, new)
        for field, value in new.items():
            setattr(organization, field, value)
        organization.save(update_fields=list(new))
        activity.record(
            organization,
            event="organization.updated",
            kind="organization",
            object_id=organization.pk,
            changes=changes,
            by=by,
            now=now or timezone.now(),
        )
    return organization


def _check_free(organization: Organization, user: User) -> None:
    with scopes_disabled():
        member_of = set(Membership.objects.filter(user=user).values_list("organization", flat=True))
    if organization.pk in member_of:
        raise Invalid({"email": "This person is in your team already."})
    if member_of:
        raise Invalid({"email": "This address is used in another organization. Use a different one."})


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from None


def _check_not_last_admin(membership: Membership) -> None:
    """Admins are locked together, so that two of them cannot step down at the same time."""
    admins = Membership.objects.select_for_update().filter(organization=membership.organization_id, role=Role.ADMIN)
    if set(admins.values_list("pk", flat=True)) == {membership.pk}:
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

"""Asking somebody by mail to join the team: a link that works for seven days, once, and for one address."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.utils import timezone
from django_scopes import ScopedManager, scopes_disabled

from buddy.hub import activity, checks, mailing, members
from buddy.hub.errors import Invalid, Refused
from buddy.hub.scoping import scope
from buddy.hub.team import Membership, Organization, Role, User

LIFE = timedelta(days=7)
_FIELDS = {"email": checks.email, "role": checks.choice(Role)}
_OVER = "This invitation was used or cancelled meanwhile."


class Invitation(models.Model):
    """Somebody may join with this role. Gone once accepted or cancelled; one that ran out can be sent again."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "email"], name="one_invitation_each")]

    @property
    def path(self) -> str:
        """The address that accepts it. It is derived and not stored: who reads the table cannot join by it."""
        return f"/join/{self._signer().sign(str(self.pk))}/"

    def expired(self, now: datetime) -> bool:
        return self.expires_at <= now

    def signed(self, token: str) -> bool:
        """Whether this token was made for this invitation and this address."""
        try:
            return self._signer().unsign(token) == str(self.pk)
        except BadSignature:
            return False

    def _signer(self) -> Signer:
        return Signer(sep=".", salt=f"buddy.hub.invitations {self.organization_id} {self.email}")


@transaction.atomic
def invite(organization: Organization, *, email: str, role: str, by: User, now: datetime | None = None) -> Invitation:
    """Mail this address a link. Invalid when its owner is in the team, or invited already."""
    at = now or timezone.now()
    asked = checks.all_of({"email": email, "role": role}, _FIELDS)
    if Membership.objects.filter(organization=organization, user__email__iexact=asked["email"]).exists():
        raise Invalid({"email": "This person is in your team already."})
    values = {"role": asked["role"], "invited_by": by, "sent_at": at, "expires_at": at + LIFE}
    invitation, new = Invitation.objects.get_or_create(organization=organization, email=asked["email"], defaults=values)
    if not new:
        raise Invalid({"email": "This address is invited already. Send it again, or cancel it first."})
    _post(invitation, "member.invited", by=by, now=at)
    return invitation


@transaction.atomic
def resend(invitation: Invitation, *, by: User, now: datetime | None = None) -> None:
    """Mail the link again; it works for seven days from now."""
    at = now or timezone.now()
    invitation = _locked(invitation)
    invitation.sent_at, invitation.expires_at, invitation.invited_by = at, at + LIFE, by
    invitation.save(update_fields=["sent_at", "expires_at", "invited_by"])
    _post(invitation, "member.invited_again", by=by, now=at)


@transaction.atomic
def cancel(invitation: Invitation, *, by: User, now: datetime | None = None) -> None:
    """The link stops working at once."""
    invitation = _locked(invitation)
    _record(invitation, "member.invitation_cancelled", by=by, now=now or timezone.now())
    _finish(invitation)


def find(token: str) -> Invitation | None:
    """The invitation that this link is for, whatever its organization; None when there is none (any more)."""
    number = token.partition(".")[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    with scopes_disabled():
        found = Invitation.objects.select_related("organization", "invited_by").filter(pk=int(number)).first()
    return found if found and found.signed(token) else None


def has_account(invitation: Invitation) -> bool:
    """Whether somebody signs in with the address already, so that they join with the account they have."""
    return User.objects.filter(email__iexact=invitation.email).exists()


@transaction.atomic
def accept(invitation: Invitation, user: User, *, now: datetime | None = None) -> Membership:
    """They join with the account they have. Refused when it is not the invited address, or too late."""
    if user.email.lower() != invitation.email:
        raise Refused(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    at = now or timezone.now()
    with scope(invitation.organization):
        invitation = _locked(invitation)
        if invitation.expired(at):
            raise Refused("This invitation has run out. Ask for it to be sent again.")
        membership = members.join(invitation.organization, user, role=invitation.role, by=user, now=at)
        _finish(invitation)
    return membership


@transaction.atomic
def accept_as_new(invitation: Invitation, *, name: str, password: str, now: datetime | None = None) -> Membership:
    """They join with a new account. Invalid when the address got one meanwhile, or the password will not do."""
    return accept(invitation, members.create_account(name=name, email=invitation.email, password=password), now=now)


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("organization")
    found: Invitation | None = rows.filter(pk=invitation.pk).first()
    if found is None:
        raise Refused(_OVER)
    return found


def _post(invitation: Invitation, event: str, *, by: User, now: datetime) -> None:
    organization = invitation.organization
    mailing.write_to(
        invitation.email,
        organization=organization,
        about=_about(invitation),
        subject=f"{by} invites you to {organization}",
        text=f"{by} invites you to work with {organization} in Buddy, as {invitation.get_role_display()}.\n\n"
        f"Accept here; the link works for 7 days, and once:",
        link=invitation.path,
        now=now,
    )
    _record(invitation, event, by=by, now=now)


def _finish(invitation: Invitation) -> None:
    mailing.withdraw(invitation.organization, about=_about(invitation))
    invitation.delete()


def _about(invitation: Invitation) -> str:
    return f"invitation:{invitation.pk}:"


def _record(invitation: Invitation, event: str, *, by: User, now: datetime) -> None:
    activity.record(
        invitation.organization,
        event=event,
        kind="invitation",
        object_id=invitation.pk,
        by=by,
        now=now,
        note=f"{invitation.email}, {invitation.get_role_display()}",
    )

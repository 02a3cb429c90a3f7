"""Settings → Team: who works here, who is invited, and what each of them may do."""

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub import invitations, members
from buddy.hub.errors import Refused
from buddy.hub.invitations import Invitation
from buddy.hub.mailing import Letter
from buddy.hub.team import Membership, Role
from buddy.web import dialogs, talk
from buddy.web.forms import attempt
from buddy.web.permission import admin
from buddy.web.request import Request


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role, initial=Role.EDITOR)


@require_GET
@admin
def team(request: Request) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
@admin
def invite(request: Request) -> HttpResponse:
    """Mail somebody a link with which they join."""
    form = InviteForm(request.POST)
    if form.is_valid() and (invitation := _invited(request, form)):
        talk.done(request, f"{invitation.email} is invited", detail="The link works for 7 days.")
        return redirect("settings_team")
    return _page(request, form)


def _invited(request: Request, form: InviteForm) -> Invitation | None:
    return attempt(form, lambda: invitations.invite(request.organization, **form.cleaned_data, by=request.user))


def _page(request: Request, form: InviteForm) -> HttpResponse:
    now = timezone.now()
    values = {
        "form": form,
        "people": Membership.objects.select_related("user").order_by("user__name", "id"),
        "invited": [(each, each.expired(now)) for each in Invitation.objects.order_by("email")],
        "unsent": set(Letter.objects.exclude(to="").values_list("to", flat=True)),
        "address": settings.BUDDY_URL,
        "roles": Role,
    }
    return render(request, "team/page.html", values)


@require_POST
@admin
def resend(request: Request, pk: int) -> HttpResponse:
    """The same link once more, for seven days from now."""
    invitation: Invitation = get_object_or_404(Invitation, pk=pk)
    try:
        invitations.resend(invitation, by=request.user)
        talk.done(request, f"{invitation.email} gets the invitation again", detail="The link works for 7 more days.")
    except Refused as refusal:
        talk.notice(request, "Nothing was sent", detail=str(refusal))
    return redirect("settings_team")


@require_POST
@admin
def cancel(request: Request, pk: int) -> HttpResponse:
    """The link stops working at once."""
    invitation: Invitation = get_object_or_404(Invitation, pk=pk)
    try:
        invitations.cancel(invitation, by=request.user)
        talk.done(request, f"The invitation of {invitation.email} is cancelled", detail="Its link no longer works.")
    except Refused as refusal:
        talk.notice(request, "Nothing was cancelled", detail=str(refusal))
    return redirect("settings_team")


@require_POST
@admin
def change_role(request: Request, pk: int) -> HttpResponse:
    """Another role for one member; the last admin stays one."""
    member: Membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    try:
        members.change_role(member, request.POST.get("role", ""), by=request.user)
        talk.done(request, f"{member.user} is {_article(member)} now")
    except Refused as refusal:
        talk.notice(request, "The role was not changed", detail=str(refusal))
    return redirect("settings_team" if member.user != request.user or member.may_view_settings else "dashboard")


def _article(member: Membership) -> str:
    return f"an {member.get_role_display()}" if member.role != Role.VIEWER else "a Viewer"


@require_http_methods(["GET", "POST"])
@admin
def remove(request: Request, pk: int) -> HttpResponse:
    """Let one member go, after asking."""
    member: Membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    back = reverse("settings_team")
    if request.method == "GET":
        title = f"Remove {member.user}?"
        return dialogs.show(request, "team/remove.html", title, {"member": member}, back=back)
    try:
        members.remove(member, by=request.user)
        talk.done(request, f"{member.user} was removed")
    except Refused as refusal:
        talk.notice(request, "Nobody was removed", detail=str(refusal))
    return dialogs.leave(request, back)


urlpatterns = [
    path("settings/team/", team, name="settings_team"),
    path("settings/team/invite/", invite, name="settings_team_invite"),
    path("settings/team/invitations/<int:pk>/resend/", resend, name="settings_team_invitation_resend"),
    path("settings/team/invitations/<int:pk>/cancel/", cancel, name="settings_team_invitation_cancel"),
    path("settings/team/<int:pk>/role/", change_role, name="settings_team_role"),
    path("settings/team/<int:pk>/remove/", remove, name="settings_team_remove"),
]

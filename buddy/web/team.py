"""Settings → Team: who works here, and what each of them may do."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub import members
from buddy.hub.errors import Refused
from buddy.hub.team import Membership, Role
from buddy.web import dialogs, talk
from buddy.web.forms import attempt
from buddy.web.permission import admin
from buddy.web.request import Request


class MemberForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role, initial=Role.EDITOR)
    password = forms.CharField(
        label="First password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters. Hand it over in person; they can change it once they are in.",
    )


@require_GET
@admin
def team(request: Request) -> HttpResponse:
    return _page(request, MemberForm())


@require_POST
@admin
def add(request: Request) -> HttpResponse:
    """Let a person in, with a password for their first sign-in."""
    form = MemberForm(request.POST)
    if form.is_valid() and (member := _added(request, form)):
        talk.done(request, f"{member.user} can sign in now", detail=f"As {member.get_role_display()}")
        return redirect("settings_team")
    return _page(request, form)


def _added(request: Request, form: MemberForm) -> Membership | None:
    return attempt(form, lambda: members.add(request.organization, **form.cleaned_data, by=request.user))


def _page(request: Request, form: MemberForm) -> HttpResponse:
    people = Membership.objects.select_related("user").order_by("user__name", "id")
    return render(request, "team/page.html", {"form": form, "people": people, "roles": Role})


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
    return redirect("settings_team")


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
    path("settings/team/add/", add, name="settings_team_add"),
    path("settings/team/<int:pk>/role/", change_role, name="settings_team_role"),
    path("settings/team/<int:pk>/remove/", remove, name="settings_team_remove"),
]

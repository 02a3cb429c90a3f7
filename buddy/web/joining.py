"""Accepting an invitation: with a new account, with the one they have, or, as somebody else, not at all."""

from django import forms
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buddy.hub import invitations
from buddy.hub.invitations import Invitation
from buddy.hub.team import Membership
from buddy.web.accounts import PASSWORD_BACKEND
from buddy.web.forms import attempt
from buddy.web.switching import work_in


class AccountForm(forms.Form):
    """What a new account needs besides the invited address."""

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()[1:2]),
    )


class AgreeForm(forms.Form):
    """Nothing to fill in: the person who is signed in agrees."""


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of an invitation leads. Its words depend on who opens it."""
    invitation = invitations.find(token)
    if invitation is None or invitation.expired(timezone.now()):
        return render(request, "joining/over.html", {"invitation": invitation}, status=404)
    if not request.user.is_authenticated:
        return _sign_in(request, invitation) if invitations.has_account(invitation) else _as_new(request, invitation)
    if request.user.email.lower() != invitation.email:
        return render(request, "joining/somebody_else.html", {"invitation": invitation})
    return _with_account(request, invitation)


def _sign_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "joining/sign_in.html", {"invitation": invitation})


def _as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if form.is_valid() and (member := _made(form, invitation)):
        login(request, member.user, backend=PASSWORD_BACKEND)
        return _enter(request, member)
    return render(request, "joining/new.html", {"invitation": invitation, "form": form})


def _made(form: AccountForm, invitation: Invitation) -> Membership | None:
    return attempt(form, lambda: invitations.accept_as_new(invitation, **form.cleaned_data))


def _with_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = AgreeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (member := _agreed(request, form, invitation)):
        return _enter(request, member)
    return render(request, "joining/agree.html", {"invitation": invitation, "form": form})


def _agreed(request: HttpRequest, form: AgreeForm, invitation: Invitation) -> Membership | None:
    user = request.user
    return attempt(form, lambda: invitations.accept(invitation, user)) if user.is_authenticated else None


def _enter(request: HttpRequest, member: Membership) -> HttpResponse:
    work_in(request, member)
    return redirect("dashboard")


urlpatterns = [path("join/<str:token>/", join, name="join")]

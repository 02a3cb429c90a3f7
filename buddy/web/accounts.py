"""Signing in, and setting up an empty installation. Sign-up is closed: people are added by an admin."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import login as allauth_login
from django import forms
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from buddy.hub import members
from buddy.hub.team import Membership, installation_is_empty
from buddy.web.forms import attempt

PASSWORD_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"  # noqa: S105  # a class, not a password


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False


class SetupForm(forms.Form):
    organization_name = forms.CharField(
        label="Name of your business", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Your email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()[1:2]),
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first admin and their organization. Open only until somebody is there."""
    if not installation_is_empty():
        return redirect("dashboard")
    form = SetupForm(request.POST or None)
    if form.is_valid() and (member := _set_up(form)):
        login(request, member.user, backend=PASSWORD_BACKEND)
        return redirect("dashboard")
    return render(request, "account/setup.html", {"form": form})


def _set_up(form: SetupForm) -> Membership | None:
    return attempt(form, lambda: members.set_up(**form.cleaned_data))


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """allauth's page; on an empty installation there is nobody who could sign in yet."""
    return redirect("setup") if installation_is_empty() else allauth_login(request)


urlpatterns = [
    path("setup/", setup, name="setup"),
    path("account/login/", sign_in, name="account_login"),
]

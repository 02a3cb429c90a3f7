"""Signing in, and setting up an empty installation. Sign-up is closed: people are invited by an admin."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.views import email as allauth_email
from allauth.account.views import login as allauth_login
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from buddy.hub import members
from buddy.hub.team import Membership, User, installation_is_empty
from buddy.sync.encrypted import box
from buddy.web.forms import attempt

log = logging.getLogger(__name__)

PASSWORD_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"  # noqa: S105  # a class, not a password


class Adapter(DefaultAccountAdapter):
    """allauth, as Buddy uses it: nobody signs up, and a mail server that is down breaks no page."""

    error_messages = {  # as in allauth
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and this password do not belong together.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, then try again, or set a new password "
        "with “Forgot your password?”.",
        "incorrect_code": "This code is not right. Codes change every 30 seconds; each works once.",
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """At once, as its links are short-lived. Failing is said, alike whether there is an account or not."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # smtplib's errors are among them
            log.exception("the mail server did not take %s", template_prefix)
            messages.warning(
                current.request, "The mail server does not take mail just now. Try again in a few minutes."
            )

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Refused, by allauth and in words, when somebody else signs in with it."""
        for owner in User.objects.filter(email__iexact=email_address.email).exclude(pk=email_address.user_id):
            _count_as_confirmed(owner)
        return bool(super().confirm_email(request, email_address))


def _count_as_confirmed(user: User) -> None:
    """The address they sign in with is theirs: an admin invited it, or they set Buddy up with it."""
    values = {"verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=values)


class SecondStep(DefaultMFAAdapter):
    """Keys of authenticator apps and recovery codes are encrypted in the database, as tokens are."""

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: str) -> str:  # allauth names it
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"


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


def email_address(request: HttpRequest) -> HttpResponseBase:
    """allauth's page. The address one signs in with counts as confirmed, so that it stays until the new one is."""
    if request.user.is_authenticated:
        _count_as_confirmed(request.user)
    return allauth_email(request)


urlpatterns = [
    path("setup/", setup, name="setup"),
    path("account/login/", sign_in, name="account_login"),
    path("account/email/", email_address, name="account_email"),
]

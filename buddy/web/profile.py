"""A person's own page: their name, and how they sign in. The steps behind its links are allauth's."""

from allauth.mfa.models import Authenticator
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods

from buddy.hub import members
from buddy.hub.team import User
from buddy.web import talk
from buddy.web.forms import attempt
from buddy.web.request import Request


class NameForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=150,
        help_text="As your team sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


@require_http_methods(["GET", "POST"])
def profile(request: Request) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid() and _renamed(request, form):
        talk.done(request, "Your name is saved")
        return redirect("profile")
    return render(request, "profile/page.html", {"form": form, **_ways_in(request.user)})


def _renamed(request: Request, form: NameForm) -> User | None:
    return attempt(form, lambda: members.rename(request.user, form.cleaned_data["name"]))


def _ways_in(user: User) -> dict[str, int | bool]:
    types = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {
        "app": Authenticator.Type.TOTP in types,
        "passkeys": types.count(Authenticator.Type.WEBAUTHN),
    }


@require_GET
def two_step_required(request: Request) -> HttpResponse:
    """Where everything leads while an organization wants a second step and this person has none."""
    return render(request, "profile/two_step.html")


urlpatterns = [
    path("profile/", profile, name="profile"),
    path("profile/second-step/", two_step_required, name="two_step_required"),
]

"""Several organizations for one person: which one a session works in, changing that, and beginning another.

A session works in one organization at a time. Pages say which (`X-Buddy-Organization`, set by the shell for htmx, and
their CSRF token, which changes with the organization), so that a page left open in another tab can never act in the
organization that was chosen since.
"""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_scopes import scopes_disabled

from buddy.hub import members
from buddy.hub.team import Membership, User
from buddy.web import talk
from buddy.web.forms import attempt
from buddy.web.permission import admin
from buddy.web.request import Request

SESSION_KEY = "organization"


def memberships(user: User) -> list[Membership]:
    """All of a person's, the one they chose last first."""
    with scopes_disabled():
        rows = Membership.objects.select_related("organization").filter(user=user)
        return sorted(rows, key=lambda each: (each.opened_at is not None, each.opened_at, -each.pk), reverse=True)


def began_in(session: Any) -> int | None:
    """The organization that the session's pages so far were shown for; none before its first page."""
    return cast("int | None", session.get(SESSION_KEY))


def chosen(request: HttpRequest, among: list[Membership]) -> Membership | None:
    """The one this session works in. Kept from its first page on, so that another browser's choice does not move it.

    Who was removed from it goes on in the next of theirs, and forms of pages still open are refused.
    """
    known = began_in(request.session)
    found = next((each for each in among if each.organization_id == known), among[0] if among else None)
    if found and found.organization_id != known:
        request.session[SESSION_KEY] = found.organization_id
        if known is not None:
            rotate_token(request)
    return found


def work_in(request: HttpRequest, membership: Membership) -> None:
    """From the next page on this session works in that organization; forms of pages still open are refused."""
    members.open_for(membership, now=timezone.now())
    request.session[SESSION_KEY] = membership.organization_id
    rotate_token(request)


class FoundForm(forms.Form):
    name = forms.CharField(label="Name of the business", max_length=200)


@require_POST
def switch(request: Request, pk: int) -> HttpResponse:
    """Work in another of one's organizations."""
    with scopes_disabled():
        rows = Membership.objects.select_related("organization").filter(user=request.user)
        membership: Membership = get_object_or_404(rows, organization=pk)
    work_in(request, membership)
    return redirect("dashboard")


@require_http_methods(["GET", "POST"])
@admin
def found(request: Request) -> HttpResponse:
    """Begin another organization. For admins: whoever runs one business here may add a second."""
    form = FoundForm(request.POST or None)
    if form.is_valid() and (membership := _founded(request, form)):
        work_in(request, membership)
        talk.done(request, f"You work in {membership.organization} now", detail="Nobody else is in it yet.")
        return redirect("dashboard")
    return render(request, "switching/new.html", {"form": form})


def _founded(request: Request, form: FoundForm) -> Membership | None:
    return attempt(form, lambda: members.found(form.cleaned_data["name"], by=request.user))


urlpatterns = [
    path("organizations/<int:pk>/open/", switch, name="organization_open"),
    path("organizations/new/", found, name="organization_new"),
]

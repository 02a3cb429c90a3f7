"""Who asks, and for which organization: every page is closed until these two are known (R27)."""

from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from buddy.hub.scoping import scope
from buddy.hub.team import Membership, installation_is_empty
from buddy.web import switching
from buddy.web.request import Request

OPEN_WITHOUT = {"buddy.web.accounts", "buddy.web.profile", "buddy.web.switching"}  # no page of the organization's
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SignInMiddleware(LoginRequiredMiddleware):
    """Every view needs a signed-in person unless it is marked `login_not_required`."""

    def handle_no_permission(  # type: ignore[override]  # another kind of redirect, for htmx
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirectBase:
        if installation_is_empty():
            return redirect("setup")
        answer = super().handle_no_permission(request, view_func)
        fragment = request.headers.get("HX-Request") == "true"  # the sign-in page must not land inside a page
        return HttpResponseClientRedirect(answer["Location"]) if fragment else answer


class OrganizationMiddleware:
    """Sets `request.organization` and `request.membership`, and scopes every query of the request to them.

    Someone who is signed in but belongs to no organization gets a page that says so.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        among = switching.memberships(request.user)
        membership = switching.chosen(request.session, among)
        if membership is None:
            return self.get_response(request)
        if _of_another(request, membership):
            return HttpResponseClientRefresh()
        member = cast("Request", request)
        member.membership, member.organization, member.memberships = membership, membership.organization, among
        with scope(membership.organization), timezone.override(ZoneInfo(member.organization.time_zone)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: Callable[..., Any], *_: object) -> HttpResponseBase | None:
        if _lacks_second_step(request, view_func):
            fragment = request.headers.get("HX-Request") == "true"
            return (
                HttpResponseClientRedirect(reverse("two_step_required")) if fragment else redirect("two_step_required")
            )
        homeless = request.user.is_authenticated and not hasattr(request, "organization")
        if homeless and view_func.__module__.startswith("buddy.") and getattr(view_func, "login_required", True):
            return render(request, "shell/no_organization.html", status=403)
        return None


def _lacks_second_step(request: HttpRequest, view_func: Callable[..., Any]) -> bool:
    """Whether the organization wants more than a password of its people, and this one has nothing more."""
    organization = getattr(request, "organization", None)
    if not organization or not organization.requires_two_step or not getattr(view_func, "login_required", True):
        return False
    ours = view_func.__module__.startswith("buddy.") and view_func.__module__ not in OPEN_WITHOUT
    return ours and not is_mfa_enabled(request.user)


def _of_another(request: HttpRequest, membership: Membership) -> bool:
    """Whether this comes from a page that was shown for another organization than the session works in by now."""
    return request.headers.get("X-Buddy-Organization", str(membership.organization_id)) != str(
        membership.organization_id
    )

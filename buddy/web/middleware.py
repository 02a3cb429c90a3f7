"""Who asks, and for which organization: every page is closed until these two are known (R27)."""

from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

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
from buddy.web.errors import csrf_failure
from buddy.web.permission import lacks_second_step
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
        began_in = switching.began_in(request.session)
        membership = switching.chosen(request, among)
        if membership is None:
            return self.get_response(request)
        if _of_another(request, membership):
            return HttpResponseClientRefresh()
        if request.method == "POST" and began_in not in (None, membership.organization_id):
            return csrf_failure(request)  # the form was filled in for the organization they were removed from
        member = cast("Request", request)
        member.membership, member.organization, member.memberships = membership, membership.organization, among
        with scope(membership.organization), timezone.override(ZoneInfo(member.organization.time_zone)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: Callable[..., Any], *_: object) -> HttpResponseBase | None:
        if hasattr(request, "organization") and _is_closed(view_func) and lacks_second_step(cast("Request", request)):
            fragment = request.headers.get("HX-Request") == "true"
            return (
                HttpResponseClientRedirect(reverse("two_step_required")) if fragment else redirect("two_step_required")
            )
        homeless = request.user.is_authenticated and not hasattr(request, "organization")
        if homeless and view_func.__module__.startswith("buddy.") and getattr(view_func, "login_required", True):
            return render(request, "shell/no_organization.html", status=403)
        return None


def _is_closed(view_func: Callable[..., Any]) -> bool:
    """Whether the page shows something of the organization. Those of allauth, which set up a second step, do not."""
    ours = view_func.__module__.startswith("buddy.") and view_func.__module__ not in OPEN_WITHOUT
    return ours and getattr(view_func, "login_required", True)


def _of_another(request: HttpRequest, membership: Membership) -> bool:
    """Whether this comes from a page that was shown for another organization than the session works in by now."""
    return request.headers.get("X-Buddy-Organization", str(membership.organization_id)) != str(
        membership.organization_id
    )

"""What surrounds every page: navigation, the pulse of the sync, and the theme."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from buddy.hub import quality
from buddy.hub.team import Membership
from buddy.sync import status
from buddy.web.permission import lacks_second_step
from buddy.web.request import Request


@dataclass(frozen=True)
class Place:
    """An entry of the sidebar. Pages whose url name begins with one of `prefixes` belong to it."""

    title: str
    url: str
    icon: str
    prefixes: tuple[str, ...]
    group: str = ""


PLACES = [
    Place("Dashboard", "dashboard", "layout-dashboard", ("dashboard",)),
    Place("Sales orders", "orders", "clipboard-list", ("order",)),
    Place("Invoices", "invoices", "file-invoice", ("invoice",)),
    Place("Customers", "customers", "users", ("customer",)),
    Place("Products", "products", "package", ("product",)),
    Place("Pricing", "pricing", "tag", ("pricing",)),
    Place("Activity", "activity", "history", ("activity",)),
    Place("Data quality", "quality", "checklist", ("quality",), group="QuickBooks"),
    Place("Sync", "sync", "refresh", ("sync", "books"), group="QuickBooks"),
    Place("Settings", "settings", "settings", ("settings", "integrations"), group="Settings"),
]


def places(member: Membership) -> list[Place]:
    """Where this member may go."""
    return [place for place in PLACES if member.may_view_settings or place.url != "settings"]


def context(request: HttpRequest) -> dict[str, Any]:
    """For the base template of every page of a member; nothing is asked for a fragment, which has no shell.

    Nor for who has yet to set up a second step: they see nothing of the organization.
    """
    member = cast("Request", request)
    if not hasattr(request, "organization") or request.headers.get("HX-Request") == "true":
        return {}
    if lacks_second_step(member):
        return {}
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    return {
        "places": places(member.membership),
        "place_here": next((place.url for place in PLACES if here.startswith(place.prefixes)), ""),
        "pulse": status.pulse(member.organization, now=timezone.now()),
        "reviews_waiting": quality.to_do(member.organization, now=timezone.now())[:100].count(),
    }


@require_GET
def pulse(request: Request) -> HttpResponse:
    """The sidebar's foot, asked for again every 15 seconds."""
    return render(request, "shell/_pulse.html", {"pulse": status.pulse(request.organization, now=timezone.now())})


@require_POST
def theme(request: Request) -> HttpResponse:
    """Light, dark, or (empty) as the system: kept with the person."""
    chosen = request.POST.get("theme", "")
    request.user.theme = chosen if chosen in ("light", "dark") else ""
    request.user.save(update_fields=["theme"])
    return HttpResponse(status=204) if request.htmx else redirect("dashboard")


urlpatterns = [
    path("pulse/", pulse, name="pulse"),
    path("theme/", theme, name="theme"),
]

"""What surrounds every page: navigation, the pulse of the sync, the theme, and badges that refresh themselves."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.web.lists import PAGE_SIZE
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
    Place("Data quality", "quality", "checklist", ("quality",), group="QuickBooks"),
    Place("Settings", "settings", "settings", ("settings", "integrations"), group="Settings"),
]


def context(request: HttpRequest) -> dict[str, Any]:
    """For the base template of every page of a member; nothing is asked for a fragment, which has no shell."""
    from buddy.sync import status

    member = cast("Request", request)
    if not hasattr(request, "organization") or request.headers.get("HX-Request") == "true":
        return {}
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    return {
        "places": [place for place in PLACES if member.membership.may_view_settings or place.url != "settings"],
        "place_here": next((place.url for place in PLACES if here.startswith(place.prefixes)), ""),
        "pulse": status.pulse(member.organization, now=timezone.now()),
        "reviews_waiting": Review.objects.filter(status=ReviewStatus.PENDING)[:100].count(),
    }


KINDS: dict[str, type[Customer | Product | Invoice]] = {"customer": Customer, "product": Product, "invoice": Invoice}


@require_GET
def badges(request: Request, kind: str) -> HttpResponse:
    """The badges of the objects `ids` as they are now; `asked` says how often that was asked before."""
    from buddy.sync import status

    if kind not in KINDS:
        raise Http404
    ids = [int(text) for text in request.GET.get("ids", "").split(",")[:PAGE_SIZE] if text.isdecimal()]
    found = KINDS[kind].objects.filter(pk__in=ids)
    asked = request.GET.get("asked", "")
    values = {
        "badges": status.badges(request.organization, kind, found),
        "kind": kind,
        "asked": int(asked) if asked.isdecimal() else 0,
    }
    return render(request, "shell/_badges.html", values)


@require_GET
def pulse(request: Request) -> HttpResponse:
    """The sidebar's foot, asked for again every 15 seconds."""
    from buddy.sync import status

    return render(request, "shell/_pulse.html", {"pulse": status.pulse(request.organization, now=timezone.now())})


@require_POST
def theme(request: Request) -> HttpResponse:
    """Light, dark, or (empty) as the system: kept with the person."""
    chosen = request.POST.get("theme", "")
    request.user.theme = chosen if chosen in ("light", "dark") else ""
    request.user.save(update_fields=["theme"])
    return HttpResponse(status=204) if request.htmx else redirect("dashboard")


urlpatterns = [
    path("badges/<str:kind>/", badges, name="badges"),
    path("pulse/", pulse, name="pulse"),
    path("theme/", theme, name="theme"),
]

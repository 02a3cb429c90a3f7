"""Settings, and Settings → Organization: the business's own facts."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from buddy.hub import logos
from buddy.web import talk
from buddy.web.forms import attempt
from buddy.web.organization_forms import SECTIONS, Section
from buddy.web.permission import admin
from buddy.web.request import Request

YEAR = 365 * 24 * 3600  # seconds


@require_GET
@admin
def settings(request: Request) -> HttpResponse:
    return render(request, "settings/page.html")


@require_GET
@admin
def organization(request: Request) -> HttpResponse:
    """All sections, each with its own Save."""
    return _page(request)


@require_POST
@admin
def change(request: Request, section: type[Section]) -> HttpResponse:
    """Save one section; what stands in the others is not looked at."""
    form = section(request.organization, request.POST, request.FILES, user=request.user)
    if form.is_valid() and _saved(request, form):
        talk.done(request, f"{section.title}: saved")
        return redirect(f"{reverse('settings_organization')}#{section.slug}")
    request.organization.refresh_from_db()
    return _page(request, form)


def _saved(request: Request, form: Section) -> bool:
    attempt(form, lambda: form.save(request.user))
    return not form.errors


def _page(request: Request, sent: Section | None = None) -> HttpResponse:
    forms = [
        sent if sent and type(sent) is each else each(request.organization, user=request.user) for each in SECTIONS
    ]
    return render(request, "organization/page.html", {"sections": forms, "form": sent})


@require_GET
def logo(request: Request) -> HttpResponse:
    """The organization's logo, drawn by us. Its address changes with it, so browsers may keep it."""
    picture = logos.read(request.organization)
    if picture is None:
        raise Http404
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": f"private, max-age={YEAR}"})


urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/organization/", organization, name="settings_organization"),
    *(
        path(
            f"settings/organization/{each.slug}/", change, {"section": each}, name=f"settings_organization_{each.slug}"
        )
        for each in SECTIONS
    ),
    path("logo/", logo, name="logo"),
]

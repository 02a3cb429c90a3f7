"""Books match: the verdict of the last comparison, both sides of every sum, what differs with its fix, and the past."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from buddy.hub.errors import Refused
from buddy.sync import audit, status
from buddy.sync.audit import report
from buddy.sync.models import Audit, AuditLine, Connection
from buddy.web import talk
from buddy.web.permission import editor
from buddy.web.request import Request

PAGES = {"customer": "customer", "invoice": "invoice", "product": "product"}  # kinds with a page of their own


@require_GET
def books(request: Request) -> HttpResponse:
    """The last comparison, or the one under way."""
    return render(request, "books/page.html", _values(request, report.latest(request.organization)))


@require_GET
def past(request: Request, pk: int) -> HttpResponse:
    """An earlier one."""
    found: Audit = get_object_or_404(Audit.objects.all(), pk=pk)
    return render(request, "books/page.html", _values(request, found))


@never_cache
@require_GET
def result(request: Request) -> HttpResponse:
    """The result alone: it asks for itself again while something is going on."""
    return render(request, "books/_result.html", _values(request, report.latest(request.organization)))


def _values(request: Request, shown: Audit | None) -> dict[str, Any]:
    organization = request.organization
    row = Connection.objects.filter(organization=organization).first()
    found = report.of(shown) if shown else None
    return {
        "report": found,
        "lines": [(line, *_places(line)) for line in found.lines] if found else [],
        "missed": [(line, *_places(line)) for line in found.missed] if found else [],
        "history": report.history(organization),
        "may_compare": row is not None and row.state == "connected" and row.first_synced_at is not None,
        "next": row.audit_due_at if row and row.state == "connected" else None,
        "reads_open": audit.cost(organization, whole=False),
        "reads_whole": audit.cost(organization, whole=True),
    }


def _places(line: AuditLine) -> tuple[str, str]:
    """Where to look at it: its page here, and in QuickBooks."""
    page = PAGES.get(line.kind)
    here = reverse(page, args=[line.object_id]) if page and line.object_id else ""
    return here, status.deep_link(line.kind, line.remote_id)


@require_POST
@editor
def compare(request: Request) -> HttpResponse:
    """Compare now: what is open and what changed, or everything."""
    try:
        audit.ask(request.organization, whole=request.POST.get("what") == "whole", by=request.user, now=timezone.now())
    except Refused as refusal:
        talk.notice(request, "Nothing was compared", detail=str(refusal))
    return redirect("books")


@require_POST
@editor
def fix(request: Request, pk: int) -> HttpResponse:
    """The button of a line."""
    line: AuditLine = get_object_or_404(AuditLine.objects.select_related("organization"), pk=pk)
    try:
        audit.fix(line, by=request.user)
    except Refused as refusal:
        talk.notice(request, "Nothing was done", detail=str(refusal))
    return redirect("books")


urlpatterns = [
    path("books/", books, name="books"),
    path("books/result/", result, name="books_result"),
    path("books/compare/", compare, name="books_compare"),
    path("books/<int:pk>/", past, name="books_audit"),
    path("books/lines/<int:pk>/fix/", fix, name="books_fix"),
]

"""Settings → Integrations → the plan of the first sync: read it, change rows, approve it."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from buddy.hub.errors import Refused
from buddy.hub.team import Organization
from buddy.sync import rehearsal
from buddy.sync.models import Act, Connection, PlanRow, Rehearsal
from buddy.web import cards, comparison, lists, talk
from buddy.web.lists import Sort, View
from buddy.web.permission import admin, editor
from buddy.web.request import Request

SORTS = [Sort("money", "money", descending=True)]
ALONE = (Act.CREATE_THERE, Act.LEAVE)
VIEWS: list[View[PlanRow]] = [
    View("all", "All", lambda rows, _: rows),
    View("link", "Link", lambda rows, _: rows.filter(act=Act.LINK)),
    View("create_here", "Create in Buddy", lambda rows, _: rows.filter(act=Act.CREATE_HERE)),
    View("alone", "Only in Buddy", lambda rows, _: rows.filter(act__in=ALONE)),
    View("ask", "To answer", lambda rows, _: rows.filter(act=Act.ASK)),
    View("skip", "Skip", lambda rows, _: rows.filter(act=Act.SKIP)),
]


@dataclass(frozen=True)
class Shown:
    """One row as the page shows it."""

    row: PlanRow
    options: list[tuple[str, str]]
    planned: str
    why: list[tuple[str, str, str]]  # class, icon, words
    changes: list[tuple[str, str, str, str]]  # where, field, before, after


@require_GET
def plan(request: Request) -> HttpResponse:
    """The plan in figures, then row by row, most money first."""
    if not _is_ready(request.organization):
        return redirect("integrations")
    return _answer(request)


def _is_ready(organization: Organization) -> bool:
    return Connection.objects.filter(organization=organization, rehearsal=Rehearsal.READY).exists()


def _answer(request: Request, refusal: str = "") -> HttpResponse:
    q = lists.searched(request)
    view = lists.chosen(request.GET, VIEWS)
    rows = _searched(view.rows(PlanRow.objects.all(), request.organization), q)
    page = lists.page(request, rows, SORTS)
    values = {
        "page": page,
        "shown": [_shown(row) for row in page.rows],
        "q": q,
        "view": view.name,
        "tabs": lambda: lists.tabs(VIEWS, view, PlanRow.objects.all(), request.organization),
        "groups": rehearsal.groups(request.organization),
        "connection": Connection.objects.get(organization=request.organization),
        "refusal": refusal,
    }
    return lists.answer(request, "rehearsal/page.html", values)


def _searched(rows: QuerySet[PlanRow], q: str) -> QuerySet[PlanRow]:
    return rows.filter(Q(their_name__icontains=q) | Q(our_name__icontains=q) | Q(remote_id=q)) if q else rows


def _shown(row: PlanRow) -> Shown:
    why = [(*cards.REASONS.get(verdict, ("is-mute", "circle-dashed")), words) for verdict, words in row.why]
    return Shown(row, rehearsal.options(row), rehearsal.planned(row), why, list(_changes(row.changes)))


def _changes(told: dict[str, dict[str, list[Any]]]) -> list[tuple[str, str, str, str]]:
    places = (("here", "In Buddy"), ("there", "In QuickBooks"), ("differ", "Differs, you are asked"))
    return [
        (words, label, comparison.text(before), comparison.text(after))
        for place, words in places
        for label, (before, after) in told.get(place, {}).items()
    ]


@require_POST
@editor
def choose(request: Request, pk: int) -> HttpResponse:
    """Plan something else for one row; the list, as it was filtered, comes back."""
    row: PlanRow = get_object_or_404(PlanRow.objects.select_related("customer"), pk=pk)
    refusal = ""
    try:
        rehearsal.choose(row, request.POST.get("act", ""), by=request.user)
    except Refused as why:
        refusal = str(why)
        talk.notice(request, "The plan was not changed", detail=refusal)
    if request.htmx and _is_ready(request.organization):
        return _answer(request, refusal)
    return redirect("rehearsal")


@require_POST
@admin
def approve(request: Request) -> HttpResponse:
    """Let the chosen groups come true, and ask about the rest."""
    acts = request.POST.getlist("act")
    if not set(acts) <= set(rehearsal.GROUPS):
        raise BadRequest
    try:
        number = rehearsal.approve(request.organization, acts, by=request.user)
    except Refused as refusal:
        talk.notice(request, "Nothing was written", detail=str(refusal))
    else:
        talk.done(request, "The plan is being carried out", detail=f"{number} rows approved")
    return redirect("integrations")


urlpatterns = [
    path("settings/integrations/plan/", plan, name="rehearsal"),
    path("settings/integrations/plan/<int:pk>/", choose, name="rehearsal_choose"),
    path("settings/integrations/plan/approve/", approve, name="rehearsal_approve"),
]

"""Sync: is everything fine, what needs a person, and every run, to be read, narrowed, tried again, undone, downloaded.

Every member may read. Editors try again and press Sync; only Admins have what a run created in QuickBooks undone.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub.errors import Refused
from buddy.hub.quality import Review, ReviewStatus
from buddy.sync import answers, status, undo
from buddy.sync.causes import causes
from buddy.sync.models import Outcome, Run
from buddy.web import dialogs, lists, run_page, runs, spreadsheet, talk
from buddy.web.lists import Sort, View
from buddy.web.permission import admin, editor
from buddy.web.request import Request
from buddy.web.runs import RunFilter
from buddy.web.spreadsheet import Cell

BROKEN = (Outcome.CUT, Outcome.FAILED, Outcome.PAUSED)
SORTS = [Sort("time", "id", descending=True)]
VIEWS: list[View[Run]] = [
    View("changes", "With changes", lambda rows, _: rows.filter(quiet=False)),
    View("broken", "Not finished", lambda rows, _: rows.filter(outcome__in=BROKEN)),
    View("all", "All", lambda rows, _: rows),
]
FILTERS = {"kind": "What", "way": "Direction", "status": "Outcome", "began": "Date"}
HEAD = (
    "Run",
    "Began",
    "Took (seconds)",
    "Started by",
    "What changed",
    "In from QuickBooks",
    "Out to QuickBooks",
    "Waiting",
    "Refused",
    "Outcome",
    "Calls",
    "Reads Intuit counts",
    "What went wrong",
)


@require_GET
def sync(request: Request) -> HttpResponse:
    on, found, rows = _narrowed(request)
    page = lists.page(request, rows.select_related("asked_by"), SORTS)
    values = {
        "page": page,
        "runs": [runs.told(run) for run in page.rows],
        "view": on.name,
        "filters": found.form,
        "filtered": lists.in_force(found.form, FILTERS),
        "tabs": lambda: lists.tabs(VIEWS, on, Run.objects.all(), request.organization),
        "csv": reverse("sync_csv") + lists.with_query(request.GET),
        "xlsx": reverse("sync_xlsx") + lists.with_query(request.GET),
    }
    part = request.htmx and not request.htmx.history_restore_request
    return lists.answer(request, "sync/page.html", values if part else values | _top(request))


def _narrowed(request: Request) -> tuple[View[Run], RunFilter, QuerySet[Run]]:
    on = lists.chosen(request.GET, VIEWS)
    found = RunFilter(request.GET, queryset=Run.objects.all())
    return on, found, on.rows(found.qs, request.organization)


def _top(request: Request) -> dict[str, Any]:
    """What stands above and beside the runs."""
    begun = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = list(Run.objects.filter(quiet=False, started_at__gte=begun).values_list("came", "went"))
    return {
        "card": status.card(request.organization, now=timezone.now()),
        "causes": causes(request.organization),
        "reviews": Review.objects.filter(status=ReviewStatus.PENDING).count(),
        "came": runs.total(came for came, _ in today),
        "went": runs.total(went for _, went in today),
    }


# --- One run ---------------------------------------------------------------------------------------------------------


@require_GET
def run(request: Request, pk: int) -> HttpResponse:
    """A run in full; for htmx only what it did, to be opened in the list."""
    found = _run(pk)
    values = {
        "run": found,
        "told": runs.told(found),
        "inside": run_page.inside(found),
        "undoable": undo.created(found).exists(),
        "stuck": answers.troubles_of(found).exists(),
    }
    return lists.answer(request, "sync/run.html", values)


def _run(pk: int) -> Run:
    found: Run = get_object_or_404(Run.objects.select_related("asked_by", "organization"), pk=pk)
    return found


@require_POST
@editor
def retry(request: Request, pk: int) -> HttpResponse:
    """Send again what QuickBooks refused in this run and still troubles somebody."""
    count = answers.retry_run(_run(pk), by=request.user)
    if count:
        talk.done(request, f"{count:,} {'is' if count == 1 else 'are'} on the way to QuickBooks again")
    else:
        talk.notice(request, "Nothing of this run waits any more")
    return redirect("sync_run", pk)


@require_http_methods(["GET", "POST"])
@admin
def undoing(request: Request, pk: int) -> HttpResponse:
    """Which invoices of the run can be voided in QuickBooks, why the others cannot, and the button that does it."""
    found, page = _run(pk), reverse("sync_run", args=[pk])
    if request.method == "POST":
        _undo(request, found)
        return dialogs.leave(request, page)
    candidates = undo.candidates(found)
    values = {
        "run": found,
        "ready": [each for each in candidates if not each.obstacle],
        "kept": [each for each in candidates if each.obstacle],
    }
    return dialogs.show(request, "sync/undo.html", "Undo what this run created?", values, back=page)


def _undo(request: Request, found: Run) -> None:
    try:
        count = undo.ask(found, set(lists.ids(request.POST.getlist("invoice"))), by=request.user)
    except Refused as refusal:
        talk.notice(request, "Nothing was undone", detail=str(refusal))
        return
    if count:
        noun = "invoice is" if count == 1 else "invoices are"
        detail = "Each is looked at once more first. What was paid or changed meanwhile stays."
        talk.done(request, f"{count:,} {noun} being voided in QuickBooks", detail=detail)
    else:
        talk.notice(request, "Nothing was undone", detail="None of the chosen invoices can be undone any more.")


# --- As a file -------------------------------------------------------------------------------------------------------


@require_GET
def download(request: Request, format: str) -> StreamingHttpResponse:
    """The runs of the list as it is narrowed, all pages of it, latest first."""
    _, _, rows = _narrowed(request)
    found = rows.select_related("asked_by")
    lines = spreadsheet.lines_of(found, lambda run: [_line(run)], request.organization, descending=True)
    return spreadsheet.file(format, f"sync-{timezone.localdate():%Y-%m-%d}", HEAD, lines)


def _line(run: Run) -> list[Cell]:
    told = runs.told(run)
    return [
        run.pk,
        f"{timezone.localtime(run.started_at):%Y-%m-%d %H:%M:%S}",
        round(told.took.total_seconds(), 1) if told.took is not None else None,
        told.began,
        told.what,
        runs.total([run.came]),
        runs.total([run.went]),
        run.waiting,
        runs.refused(run),
        told.outcome,
        run.calls,
        run.reads,
        run.error,
    ]


urlpatterns = [
    path("sync/", sync, name="sync"),
    path("sync/runs.csv", download, {"format": "csv"}, name="sync_csv"),
    path("sync/runs.xlsx", download, {"format": "xlsx"}, name="sync_xlsx"),
    path("sync/runs/<int:pk>/", run, name="sync_run"),
    path("sync/runs/<int:pk>/retry/", retry, name="sync_retry"),
    path("sync/runs/<int:pk>/undo/", undoing, name="sync_undo"),
]

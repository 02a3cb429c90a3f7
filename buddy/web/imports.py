"""Import: bring a file, check its columns, see what each row will do, apply it, undo it. For Editors and Admins."""

from functools import partial
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from buddy.hub import imports as hub
from buddy.hub.errors import Refused
from buddy.hub.imports import Act, Import, ImportRow, Kind, State
from buddy.web import dialogs, import_rows, lists, spreadsheet, talk, uploads
from buddy.web.import_columns import ColumnsForm, ReadingForm
from buddy.web.lists import Sort
from buddy.web.permission import editor
from buddy.web.request import Request

NEWEST = [Sort("time", "id", descending=True)]
BY_NUMBER = [Sort("row", "number")]
STATE_PILLS = {
    State.UNREADABLE: ("is-bad", "circle-x"),
    State.ASKING: ("is-warn", "question-mark"),
    State.PLANNED: ("is-warn", "checklist"),
    State.APPLIED: ("is-ok", "circle-check"),
    State.UNDONE: ("is-mute", "history"),
}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label="What is in the file", choices=Kind.choices)
    file = forms.FileField(
        label="File", error_messages={"required": "Choose a file first.", "empty": "The file is empty."}
    )


# --- The files -------------------------------------------------------------------------------------------------------


@require_GET
@editor
def import_list(request: Request) -> HttpResponse:
    page = lists.page(request, Import.objects.select_related("created_by"), NEWEST)
    told = [(each, *_state_pill(each)) for each in page.rows]
    return lists.answer(request, "imports/list.html", {"page": page, "told": told, "kinds": Kind})


def _state_pill(batch: Import) -> tuple[str, str]:
    return STATE_PILLS.get(State(batch.state), ("is-info", "refresh"))


@require_http_methods(["GET", "POST"])
@editor
def import_new(request: Request) -> HttpResponse:
    """Bring a file; it is only laid down here, a worker reads it."""
    kind = request.GET.get("kind", "")
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": kind})
    if uploads.was_too_large(request):
        form.errors.clear()
        form.add_error("file", f"The file is larger than {settings.BUDDY_IMPORT_MB} MB. Split it, or save it as CSV.")
    elif form.is_valid():
        return redirect("import", _begin(request, form).pk)
    values = {"form": form, "megabytes": settings.BUDDY_IMPORT_MB, "days": settings.BUDDY_IMPORT_DAYS}
    return render(request, "imports/new.html", values)


def _begin(request: Request, form: UploadForm) -> Import:
    file: TemporaryUploadedFile = form.cleaned_data["file"]
    return hub.begin(
        request.organization,
        form.cleaned_data["kind"],
        file_name=file.name or "",
        stored_as=hub.take_in(Path(file.temporary_file_path())),
        size=file.size or 0,
        by=request.user,
        now=timezone.now(),
    )


@require_GET
@editor
def example(request: Request) -> StreamingHttpResponse:
    """A file with every heading and no row, to be filled in."""
    asked = request.GET.get("kind", "")
    kind = asked if asked in Kind.values else Kind.CUSTOMERS
    return spreadsheet.answer(f"{kind}-example.csv", list(hub.labels(kind).values()), [])


# --- One file --------------------------------------------------------------------------------------------------------


@require_GET
@editor
def import_page(request: Request, pk: int) -> HttpResponse:
    """Where the import stands, and what a person can do there."""
    batch = _import(pk)
    if batch.state == State.ASKING:
        return _columns(request, batch, None)
    if batch.state in (State.PLANNED, State.APPLIED, State.UNDONE):
        return _rows(request, batch)
    again = batch.found and batch.stored_as and batch.state == State.UNREADABLE  # another encoding may do
    values = {**_values(batch), "reading": ReadingForm(batch) if again else None}
    return render(request, "imports/waiting.html", values)


@require_GET
@editor
def import_progress(request: Request, pk: int) -> HttpResponse:
    """How far the worker is; once it is through, the whole page is loaded anew."""
    batch = _import(pk)
    if batch.state not in hub.WORKING:
        return HttpResponseClientRefresh()
    return render(request, "imports/_progress.html", _values(batch))


def _import(pk: int) -> Import:
    rows = Import.objects.select_related("organization", "created_by", "applied_by", "undone_by")
    found: Import = get_object_or_404(rows, pk=pk)
    return found


def _values(batch: Import) -> dict[str, Any]:
    css, icon = _state_pill(batch)
    return {
        "batch": batch,
        "working": batch.state in hub.WORKING,
        "percent": 100 * batch.done // batch.total if batch.total else 0,
        "css": css,
        "shape": icon,
        "noun": import_rows.NOUNS[Kind(batch.kind)],
    }


def _columns(request: Request, batch: Import, form: ColumnsForm | None) -> HttpResponse:
    form = form or ColumnsForm(batch, None)
    values = {**_values(batch), "form": form, "reading": ReadingForm(batch)}
    return render(request, "imports/columns.html", values)


def _rows(request: Request, batch: Import) -> HttpResponse:
    planned = batch.state == State.PLANNED
    views = import_rows.ACT_VIEWS if planned else import_rows.OUTCOME_VIEWS
    counts = batch.counts if planned else batch.results
    on = lists.chosen(request.GET, views)
    rows: QuerySet[ImportRow] = on.rows(ImportRow.objects.filter(of=batch), request.organization)
    page = lists.page(request, rows, BY_NUMBER)
    tabs = [
        lists.Tab(view.name, view.title, f"{counts.get(view.name, 0):,}", view is on)
        for view in views
        if counts.get(view.name) or view is on
        if view.name != "all"
    ]
    values = {
        **_values(batch),
        "page": page,
        "shown": [import_rows.shown(row, batch) for row in page.rows],
        "view": on.name,
        "tabs": [lists.Tab("all", "All", f"{batch.total:,}", on.name == "all"), *tabs],
        "counts": counts,
        "writes": counts.get(Act.CREATE, 0) + counts.get(Act.UPDATE, 0),
        "undoable": hub.undoable(batch),
        "gone": not batch.stored_as,
        "until": batch.created_at + hub.kept(),
    }
    return lists.answer(request, "imports/rows.html", values)


# --- What a person has done ------------------------------------------------------------------------------------------


@require_POST
@editor
def columns(request: Request, pk: int) -> HttpResponse:
    """These are the columns: work out what each row will do."""
    batch = _import(pk)
    form = ColumnsForm(batch, request.POST)
    try:
        hub.agree(batch, **form.agreed())
    except Refused as refusal:
        if batch.state != State.ASKING:
            talk.notice(request, "Nothing was changed", detail=str(refusal))
            return redirect("import", pk)
        form.add_error(None, str(refusal))
        return _columns(request, batch, form)
    return redirect("import", pk)


@require_POST
@editor
def reading(request: Request, pk: int) -> HttpResponse:
    """Read the file another way."""
    batch = _import(pk)
    form = ReadingForm(batch, request.POST)
    if not form.is_valid():
        raise BadRequest
    return _attempt(request, batch, lambda: hub.read_again(batch, form.wanted()))


@require_POST
@editor
def back(request: Request, pk: int) -> HttpResponse:
    batch = _import(pk)
    return _attempt(request, batch, lambda: hub.back(batch))


@require_POST
@editor
def apply(request: Request, pk: int) -> HttpResponse:
    batch = _import(pk)
    return _attempt(request, batch, lambda: hub.apply(batch, by=request.user, now=timezone.now()))


@require_POST
@editor
def stop(request: Request, pk: int) -> HttpResponse:
    batch = _import(pk)
    return _attempt(request, batch, lambda: hub.stop(batch))


@require_POST
@editor
def create_all(request: Request, pk: int) -> HttpResponse:
    batch = _import(pk)
    return _attempt(request, batch, lambda: hub.create_all(batch))


def _attempt(request: Request, batch: Import, verb: Any) -> HttpResponse:
    try:
        verb()
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
    return redirect("import", batch.pk)


@require_POST
@editor
def choose(request: Request, pk: int) -> HttpResponse:
    """What one row does that may be somebody who is here; the list, as it was filtered, comes back."""
    row: ImportRow = get_object_or_404(ImportRow.objects.all(), pk=pk)
    try:
        hub.choose(row, request.POST.get("choice", ""))
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
    batch = _import(row.of_id)
    if request.htmx and batch.state == State.PLANNED:
        return _rows(request, batch)
    return redirect("import", batch.pk)


@require_POST
@editor
def discard(request: Request, pk: int) -> HttpResponse:
    batch = _import(pk)
    try:
        hub.discard(batch)
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
        return redirect("import", pk)
    talk.done(request, f"{batch.file_name} discarded", detail="Nothing of it was imported.")
    return redirect("imports")


@require_http_methods(["GET", "POST"])
@editor
def undo(request: Request, pk: int) -> HttpResponse:
    """What undoing would do, and the button that does it."""
    batch, page = _import(pk), reverse("import", args=[pk])
    if request.method == "POST":
        try:
            hub.undo(batch, by=request.user, now=timezone.now())
        except Refused as refusal:
            talk.notice(request, "Nothing was undone", detail=str(refusal))
        return dialogs.leave(request, page)
    values = {**_values(batch), "results": batch.results, "undoable": hub.undoable(batch)}
    return dialogs.show(request, "imports/undo.html", "Undo this import?", values, back=page)


# --- The result as a file --------------------------------------------------------------------------------------------


@require_GET
@editor
def result(request: Request, pk: int, format: str) -> HttpResponseBase:
    """The file's own columns, and beside them what happened to each row, and why."""
    batch = _import(pk)
    head = [*(column["heading"] for column in batch.columns), "What happened", "Why"]
    name = f"{Path(batch.file_name).stem[:80] or 'import'}-result"
    rows = ImportRow.objects.filter(of=batch)
    lines = spreadsheet.lines_of(rows, partial(import_rows.result, batch), request.organization)
    return spreadsheet.file(format, name, head, lines)


urlpatterns = [
    path("imports/", import_list, name="imports"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/example.csv", example, name="import_example"),
    path("imports/<int:pk>/", import_page, name="import"),
    path("imports/<int:pk>/progress/", import_progress, name="import_progress"),
    path("imports/<int:pk>/columns/", columns, name="import_columns"),
    path("imports/<int:pk>/reading/", reading, name="import_reading"),
    path("imports/<int:pk>/back/", back, name="import_back"),
    path("imports/<int:pk>/apply/", apply, name="import_apply"),
    path("imports/<int:pk>/stop/", stop, name="import_stop"),
    path("imports/<int:pk>/create-all/", create_all, name="import_create_all"),
    path("imports/<int:pk>/discard/", discard, name="import_discard"),
    path("imports/<int:pk>/undo/", undo, name="import_undo"),
    path("imports/<int:pk>/result.csv", result, {"format": "csv"}, name="import_result_csv"),
    path("imports/<int:pk>/result.xlsx", result, {"format": "xlsx"}, name="import_result_xlsx"),
    path("imports/rows/<int:pk>/choose/", choose, name="import_row_choose"),
]

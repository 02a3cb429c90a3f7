"""One answer for all questions that are asked for the same reason: what would happen, how far it is, taking it back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub.errors import Refused
from buddy.hub.quality import Review, ReviewKind
from buddy.sync import accepting
from buddy.sync.models import Acceptance
from buddy.web import dialogs, lists, talk
from buddy.web.permission import editor
from buddy.web.request import Request

SHOWN = 8
VERBS = {
    ReviewKind.MATCH: ("Link", "linked"),
    ReviewKind.UNLIKELY: ("Link", "linked"),
    ReviewKind.NEW: ("Create", "created"),
    ReviewKind.DUPLICATE: ("Merge", "merged"),
}


@require_http_methods(["GET", "POST"])
@editor
def accept(request: Request, pk: int) -> HttpResponse:
    """Say what would happen to all that are asked for the same reason as this one; then have it done."""
    review: Review = get_object_or_404(Review.objects.all(), pk=pk)
    refusal = ""
    if request.method == "POST":
        try:
            made = accepting.accept(request.organization, review.kind, review.ground, by=request.user)
        except Refused as why:
            refusal = str(why)
        else:
            return redirect("quality_accepted", made.pk)
    rows = accepting.alike(request.organization, review.kind, review.ground, now=timezone.now())
    values: dict[str, Any] = {
        "review": review,
        "rows": rows.order_by("-blocking", "-money", "id")[:SHOWN],
        "number": lists.count(rows),
        "shown": SHOWN,
        "verb": VERBS.get(ReviewKind(review.kind), ("Answer", ""))[0],
        "refusal": refusal,
    }
    return dialogs.show(
        request, "quality/accept.html", _title(values), values, back=reverse("quality_review", args=[pk])
    )


def _title(values: dict[str, Any]) -> str:
    return f"{values['verb']} {lists.counted(values['number'])} with the same reason"


@require_GET
def accepted(request: Request, pk: int) -> HttpResponse:
    """How far it is, asked again every two seconds until it is done."""
    row: Acceptance = get_object_or_404(Acceptance.objects.select_related("by"), pk=pk)
    values = {"row": row, "done": VERBS[ReviewKind(row.kind)][1], "open": _still_open(row)}
    return render(request, "quality/_accepted.html" if request.htmx else "quality/accepted.html", values)


def _still_open(row: Acceptance) -> int:
    """How many are left, of those that were there when it was asked for."""
    return max(0, row.total - row.done - row.refused)


@require_POST
@editor
def take_back(request: Request, pk: int) -> HttpResponse:
    """Undo what came of it."""
    row: Acceptance = get_object_or_404(Acceptance.objects.all(), pk=pk)
    try:
        accepting.take_back(row, by=request.user)
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
    return redirect("quality_accepted", pk)


urlpatterns = [
    path("data-quality/<int:pk>/accept/", accept, name="quality_accept"),
    path("data-quality/accepted/<int:pk>/", accepted, name="quality_accepted"),
    path("data-quality/accepted/<int:pk>/undo/", take_back, name="quality_accepted_undo"),
]

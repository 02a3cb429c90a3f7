"""The activity log: who did what, when, with before and after; narrowed by date, kind and person, and as a file."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_filters import ChoiceFilter, DateFromToRangeFilter, FilterSet

from buddy.hub.activity import Activity, Source
from buddy.hub.scoping import scope
from buddy.hub.team import Membership, Organization
from buddy.web import happenings, lists, spreadsheet
from buddy.web.happenings import Happening
from buddy.web.lists import Sort
from buddy.web.request import Request
from buddy.web.spreadsheet import Cell

SORTS = [Sort("time", "at", descending=True)]
KINDS = [
    ("order", "Orders"),
    ("invoice", "Invoices"),
    ("customer", "Customers"),
    ("product", "Products"),
    ("tier", "Pricing"),
    ("term", "Payment terms"),
    ("integration", "QuickBooks connection"),
    ("review", "Data quality"),
    ("organization", "Organization"),
    ("member", "Team"),
]
FILTERS = {"at": "Date", "kind": "What", "who": "Who"}
HEAD = ("When", "Who", "About", "What", "Field", "Before", "After", "Note")
AT_ONCE = 1000  # entries fetched for the file in one go


def people() -> list[tuple[str, str]]:
    """Whose doings can be asked for: members by their user's id, and the two that are nobody."""
    members = Membership.objects.select_related("user").order_by("user__name", "user__email")
    return [
        *((str(member.user_id), str(member.user)) for member in members),
        (Source.BOOKS, "QuickBooks"),
        (Source.BUDDY, "Buddy"),
    ]


class ActivityFilter(FilterSet):
    """What the log can be narrowed by, as its address holds it. Values that make no sense are left out."""

    at = DateFromToRangeFilter(field_name="at")
    kind = ChoiceFilter(choices=KINDS)
    who = ChoiceFilter(method="done_by")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.filters["who"].extra["choices"] = people()

    def done_by(self, rows: QuerySet[Activity], _name: str, who: str) -> QuerySet[Activity]:
        if who in (Source.BOOKS, Source.BUDDY):
            return rows.filter(source=who, user=None)
        return rows.filter(source=Source.PERSON, user=int(who))


@require_GET
def activity(request: Request) -> HttpResponse:
    found = ActivityFilter(request.GET, queryset=Activity.objects.all())
    page = lists.page(request, found.qs.select_related("user"), SORTS)
    values = {
        "page": page,
        "happenings": happenings.told(page.rows),
        "filters": found.form,
        "filtered": lists.in_force(found.form, FILTERS),
        "csv": reverse("activity_csv") + lists.with_query(request.GET),
        "xlsx": reverse("activity_xlsx") + lists.with_query(request.GET),
    }
    return lists.answer(request, "activity/page.html", values)


@require_GET
def download(request: Request, format: str) -> StreamingHttpResponse:
    """The log as it is narrowed, all pages of it: a line for each changed field."""
    rows = ActivityFilter(request.GET, queryset=Activity.objects.all()).qs.select_related("user")
    lines = _lines(rows, request.organization, timezone.get_current_timezone())
    return spreadsheet.file(format, f"activity-{timezone.localdate():%Y-%m-%d}", HEAD, lines)


def _lines(rows: QuerySet[Activity], organization: Organization, zone: tzinfo) -> Iterator[list[Cell]]:
    """Read piece by piece, latest first. The request is over by then, so each piece brings its own scope (R27)."""
    order = lists.Order(SORTS[0], descending=True)
    some, last = _piece(rows, order, organization)
    while last:
        for each in some:
            yield from _of_one(each, zone)
        some, last = _piece(order.beyond(rows, (last.at, last.pk), backward=False), order, organization)


def _piece(
    rows: QuerySet[Activity], order: lists.Order, organization: Organization
) -> tuple[list[Happening], Activity | None]:
    with scope(organization):
        entries = list(order.apply(rows)[:AT_ONCE])
        return happenings.told(entries), entries[-1] if entries else None


def _of_one(each: Happening, zone: tzinfo) -> Iterator[list[Cell]]:
    story = each.story
    begins = [f"{timezone.localtime(story.at, zone):%Y-%m-%d %H:%M:%S}", story.who, each.name.text, story.title]
    for change in story.changes or [("", "", "")]:
        yield [*begins, *change, story.note]


urlpatterns = [
    path("activity/", activity, name="activity"),
    path("activity/activity.csv", download, {"format": "csv"}, name="activity_csv"),
    path("activity/activity.xlsx", download, {"format": "xlsx"}, name="activity_xlsx"),
]

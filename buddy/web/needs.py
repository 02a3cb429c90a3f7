"""What waits for a person, the most pressing first: the top of the dashboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.html import format_html_join

from buddy.hub import quality
from buddy.hub.quality import ReviewKind
from buddy.hub.team import Organization
from buddy.sync.audit import report
from buddy.sync.status import Card
from buddy.web.request import Request
from buddy.web.templatetags.buddy import money

PLURALS = {
    ReviewKind.MATCH: ("customer to match", "customers to match"),
    ReviewKind.UNLIKELY: ("unlikely match", "unlikely matches"),
    ReviewKind.NEW: ("new customer in QuickBooks", "new customers in QuickBooks"),
    ReviewKind.DUPLICATE: ("possible duplicate", "possible duplicates"),
    ReviewKind.CONFLICT: ("conflict", "conflicts"),
    ReviewKind.DIFFERENCE: ("customer with different values", "customers with different values"),
    ReviewKind.PROBLEM: ("sync problem", "sync problems"),
}


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person, with what it holds up and the button that leads on."""

    css: str
    icon: str
    title: str
    detail: str
    button: str
    address: str


@dataclass(frozen=True)
class Figure:
    """A sum per currency, over how many rows, and the list that shows exactly these."""

    title: str
    sums: list[tuple[str, Decimal]]
    count: int
    noun: str
    address: str


@dataclass(frozen=True)
class Waiting:
    """The reviews to be settled: how many of each kind, and the money they hold up."""

    counts: dict[ReviewKind, int]
    money: Decimal

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def reviews(organization: Organization, *, now: datetime) -> Waiting:
    rows = quality.to_do(organization, now=now).order_by("kind")
    found = rows.values_list("kind").annotate(count=Count("pk"), money=Sum("money", default=Decimal(0)))
    counts = {kind: count for kind, count, _ in found}
    return Waiting(
        {kind: counts[kind] for kind in ReviewKind if kind in counts}, sum((each[2] for each in found), Decimal(0))
    )


def needs(request: Request, card: Card, *, waiting: Waiting, late: Figure, uninvoiced: Figure) -> Iterator[Need]:
    yield from _connection(request, card)
    if waiting.counts:
        text = ", ".join(f"{number:,} {PLURALS[kind][number != 1]}" for kind, number in waiting.counts.items())
        title = f"{_counted(waiting.count, 'review', 'reviews')} in Data quality"
        yield Need("b-warn", "checklist", title, text, "Review", reverse("quality"))
    if differing := report.differences_left(request.organization):
        title = f"{_counted(differing, 'difference', 'differences')} between Buddy and QuickBooks"
        text = "Found when the books were compared, each with what puts it right."
        yield Need("b-warn", "scale", title, text, "Look", reverse("books"))
    if uninvoiced.count:
        title = f"{_counted(uninvoiced.count, 'shipped order is', 'shipped orders are')} not invoiced yet"
        yield Need("b-muted", "receipt", title, _in_words(uninvoiced.sums), "Create invoices", uninvoiced.address)
    if late.count:
        title = f"{_counted(late.count, 'invoice is', 'invoices are')} overdue"
        yield Need("b-muted", "clock", title, _in_words(late.sums), "Show", late.address)


def _connection(request: Request, card: Card) -> Iterator[Need]:
    settings = reverse("integrations")
    if not request.membership.may_connect:
        return
    if card.state in ("reconnect", "disconnected"):
        title = "QuickBooks needs to be connected again"
        yield Need("b-bad", "plug-connected-x", title, card.reason, "Reconnect", settings)
    elif card.state == "none":
        text = "Customers, invoices and payments then stay the same in both."
        yield Need("b-warn", "plug", "QuickBooks is not connected", text, "Connect", settings)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _in_words(sums: list[tuple[str, Decimal]]) -> str:
    return format_html_join(" + ", "{}", ((money(amount, currency),) for currency, amount in sums))

"""Data quality: the questions only a person can settle, most blocked work and money first, one card open at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from buddy.hub import duplicates
from buddy.hub import quality as hub
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync import accepting, answers
from buddy.sync.causes import causes
from buddy.web import cards, lists, talk
from buddy.web.permission import editor
from buddy.web.request import Request

QUEUE_LENGTH = 50
DONE = (ReviewStatus.SETTLED, ReviewStatus.DISMISSED, ReviewStatus.OVERTAKEN)
MORNING = time(8)
ENTITIES = [("customer", "Customers"), ("product", "Products"), ("invoice", "Invoices")]
PRIORITIES: dict[str, tuple[str, Q]] = {
    "high": ("Holds something up", Q(blocking__gt=0)),
    "money": ("Money at stake", Q(blocking=0, money__gt=0)),
    "low": ("Nothing at stake", Q(blocking=0, money__lte=0)),
}
STATUSES = [("later", "Put off"), ("done", "Answered")]


@dataclass(frozen=True)
class Choice:
    """One filter: what can be chosen, each with its address, and what is."""

    name: str
    label: str
    options: list[tuple[str, str]]  # address, words
    chosen: str
    words: str  # of what is chosen
    without: str  # the address without it

    @classmethod
    def asked(cls, query: QueryDict, name: str, label: str, offered: list[tuple[str, str]]) -> "Choice":
        page, words = reverse("quality"), dict(offered).get(query.get(name, ""), "")
        addresses = [(page + lists.with_query(query, candidate=None, **{name: value}), said) for value, said in offered]
        without = page + lists.with_query(query, candidate=None, **{name: None})
        return cls(name, label, addresses, str(query[name]) if words else "", words, without)


@dataclass(frozen=True)
class Filters:
    """What the address narrows the queue to. `after`: the question behind which the shown part of it begins."""

    organization: Organization
    now: datetime
    choices: list[Choice]
    after: int

    @classmethod
    def asked(cls, request: Request) -> "Filters":
        kinds = [(kind.value, str(kind.label)) for kind in ReviewKind]
        offered = [
            ("kind", "Kind", kinds),
            ("entity", "About", ENTITIES),
            ("priority", "Priority", [(name, label) for name, (label, _) in PRIORITIES.items()]),
            ("status", "Status", STATUSES),
        ]
        choices = [Choice.asked(request.GET, name, label, options) for name, label, options in offered]
        after = next(iter(lists.ids([request.GET.get("after", "")])), 0)
        return cls(request.organization, timezone.now(), choices, after)

    def chosen(self, name: str) -> str:
        return next(choice.chosen for choice in self.choices if choice.name == name)

    @property
    def done(self) -> bool:
        return self.chosen("status") == "done"

    @property
    def narrowed(self) -> bool:
        return any(choice.chosen for choice in self.choices)

    def rows(self) -> QuerySet[Review]:
        """All that match, in the order of the queue."""
        rows = self._of_status()
        named = {name: self.chosen(name) for name in ("kind", "entity") if self.chosen(name)}
        rows = rows.filter(PRIORITIES[self.chosen("priority")][1]) if self.chosen("priority") else rows
        return rows.filter(**named).order_by(*(("-id",) if self.done else ("-blocking", "-money", "id")))

    def _of_status(self) -> QuerySet[Review]:
        if self.done:
            return Review.objects.filter(status__in=DONE)
        if self.chosen("status") == "later":
            return Review.objects.filter(status=ReviewStatus.PENDING, snoozed_until__gt=self.now)
        return hub.to_do(self.organization, now=self.now)

    def queue(self) -> QuerySet[Review]:
        """What is shown of them, and one more: from the first, or behind `after`, found by its key."""
        rows = self.rows()
        last = Review.objects.filter(pk=self.after).first() if self.after else None
        if last and self.done:
            rows = rows.filter(pk__lt=last.pk)
        elif last:
            beyond = Q(blocking=last.blocking, money=last.money, pk__gt=last.pk)
            beyond |= Q(blocking=last.blocking, money__lt=last.money) | Q(blocking__lt=last.blocking)
            rows = rows.filter(beyond, blocking__lte=last.blocking)
        return rows[: QUEUE_LENGTH + 1]

    @property
    def shows_causes(self) -> bool:
        """What holds things up stands above the questions, but for those of another kind."""
        others = any(self.chosen(name) for name in ("entity", "priority", "status"))
        return not others and not self.after and self.chosen("kind") in ("", ReviewKind.PROBLEM)

    @property
    def query(self) -> str:
        values = {choice.name: choice.chosen for choice in self.choices} | {"after": self.after}
        said = urlencode({name: value for name, value in values.items() if value})
        return f"?{said}" if said else ""


@require_GET
def quality(request: Request, pk: int | None = None) -> HttpResponse:
    """The queue, with the card of `pk` open, else its first."""
    filters = Filters.asked(request)
    *queue, more = [*(found := list(filters.queue()))[:QUEUE_LENGTH], len(found) > QUEUE_LENGTH]
    review = _opened(queue, pk)
    values = {
        "queue": queue,
        "more": queue[-1].pk if more else 0,
        "review": review,
        "card": cards.card(review, candidate=request.GET.get("candidate", "")) if review else None,
        "filters": filters,
        "total": lists.counted(lists.count(filters.rows())),
        "causes": causes(request.organization) if filters.shows_causes else [],
        "matches": hub.MATCHES,
        "looking": not request.membership.may_edit or (review is not None and review.status != ReviewStatus.PENDING),
        "alike": _alike(request, review, filters.now),
        **_around(queue, review),
        **_progress(request.organization, filters.now),
    }
    return render(request, "quality/page.html", values)


def _opened(queue: Sequence[Review], pk: int | None) -> Review | None:
    """The review asked for, which need not be in the queue any more; else the first of the queue."""
    if pk is None:
        return next(iter(queue), None)
    found = next((row for row in queue if row.pk == pk), None)
    return found or get_object_or_404(Review.objects.all(), pk=pk)


def _alike(request: Request, review: Review | None, now: datetime) -> int:
    """How many are asked for the same reason as the open one, and can be answered together; 0 where it is alone."""
    if review is None or review.status != ReviewStatus.PENDING or not request.membership.may_edit:
        return 0
    number = lists.count(accepting.alike(request.organization, review.kind, review.ground, now=now))
    return number if number > 1 else 0


def _around(queue: Sequence[Review], review: Review | None) -> dict[str, Any]:
    """Where the open card stands in the queue (0: not in it), and its neighbours."""
    if review not in queue:
        return {"number": 0, "before": None, "following": next(iter(queue), None)}
    at = queue.index(review)
    return {
        "number": at + 1,
        "before": queue[at - 1] if at else None,
        "following": queue[at + 1] if at + 1 < len(queue) else None,
    }


def _progress(organization: Organization, now: datetime) -> dict[str, int]:
    answered = Review.objects.filter(status__in=(ReviewStatus.SETTLED, ReviewStatus.DISMISSED))
    settled = answered.exclude(settled_by=None)  # by a person, not by what the organization chose beforehand
    lately = settled.filter(settled_at__gte=now - timedelta(days=7))
    return {"settled": lately.count(), "waiting": hub.to_do(organization, now=now).count()}


# --- Answers ---------------------------------------------------------------------------------------------------------


@require_POST
@editor
def answer(request: Request, pk: int) -> HttpResponse:
    """One answer, then on to the next card. Someone else's faster answer is said, and nothing is done twice."""
    review: Review = get_object_or_404(Review.objects.all(), pk=pk)
    verb = ANSWERS.get(request.POST.get("answer", ""))
    if verb is None:
        raise BadRequest
    following = _next(request, review)
    try:
        verb(request, review)
    except Refused as refusal:
        talk.notice(request, "Nothing was changed", detail=str(refusal))
        following = review.pk
    address = reverse("quality_review", args=[following]) if following else reverse("quality")
    return redirect(address + Filters.asked(request).query)


def _next(request: Request, review: Review) -> int | None:
    """Whose turn it is after this one."""
    queue = [row.pk for row in Filters.asked(request).queue()]
    if review.pk not in queue:
        return queue[0] if queue else None
    at = queue.index(review.pk)
    rest = queue[at + 1 :] or queue[:at]
    return rest[0] if rest else None


def _link(request: Request, review: Review) -> None:
    """Joined: a customer of Buddy, chosen on the card, and the QuickBooks one the question is about."""
    customer = _chosen(request)
    answers.link_customer(request.organization, customer.pk, review.their_id, by=request.user)
    _say_linked(request, review, customer)


def _reactivate(request: Request, review: Review) -> None:
    customer = _chosen(request)
    answers.reactivate_and_link(request.organization, customer.pk, review.their_id, by=request.user)
    _say_linked(request, review, customer)


def _chosen(request: Request) -> Customer:
    customer: Customer | None = Customer.objects.filter(pk__in=lists.ids([request.POST.get("customer", "")])).first()
    if customer is None:
        raise Refused("Choose which customer of Buddy it is, then link.")
    return customer


def _say_linked(request: Request, review: Review, customer: Customer) -> None:
    address = reverse("customer", args=[customer.pk])
    talk.done(request, f"{review.title} is linked", link=address, label="Open the customer")


def _choose(request: Request, review: Review) -> None:
    """The item whose name was refused is the one this product is."""
    product: Product = get_object_or_404(Product.objects.all(), pk=review.object_id)
    answers.link_product(product, review.their_id, by=request.user)
    talk.done(request, f"{product} is mapped", link=reverse("product", args=[product.pk]), label="Open the product")


def _rename(request: Request, review: Review) -> None:
    name = request.POST.get("name", "").replace("\0", "")
    answers.rename(review, name, by=request.user)
    talk.done(request, f"{review.title} is called {name} now", detail="It goes to QuickBooks within seconds")


def _create(request: Request, review: Review) -> None:
    made = answers.create_here(request.organization, review.their_id, by=request.user)
    address = reverse("customer", args=[made])
    talk.done(request, f"{review.title} is a customer in Buddy now", link=address, label="Open the customer")


def _dismiss(request: Request, review: Review) -> None:
    answers.dismiss(review, by=request.user)
    address = reverse("quality_review", args=[review.pk])
    detail = "Buddy does not ask again unless something changes"
    talk.done(request, "Put aside", detail=detail, link=address, label="Take it back")


def _later(request: Request, review: Review) -> None:
    """Tomorrow morning, or in a week: it comes back then, or as soon as something about it changes."""
    now = timezone.now()
    days = 7 if request.POST.get("until") == "week" else 1
    until = request.organization.next(MORNING, now=now + timedelta(days=days - 1))
    hub.snooze(review, until=until, by=request.user, now=now)
    address = reverse("quality_review", args=[review.pk])
    detail = f"It is back on {until:%A, %B} {until.day}, or as soon as something about it changes"
    talk.done(request, f"{review.title} is put off", detail=detail, link=address, label="Look at it")


def _reopen(request: Request, review: Review) -> None:
    if review.status == ReviewStatus.PENDING:
        hub.snooze(review, until=timezone.now(), by=request.user)
    else:
        hub.reopen(review, by=request.user)
    talk.done(request, f"{review.title} waits for an answer again")


def _settle(request: Request, review: Review) -> None:
    """Each field from the side chosen for it, or all from one (`all`)."""
    names = [field["name"] for field in review.data.get("fields", [])]
    everywhere = request.POST.get("all", "")
    chosen = {name: everywhere or request.POST.get(f"use-{name}", "") for name in names}
    if any(side not in ("ours", "theirs") for side in chosen.values()):
        raise Refused("Choose a side for each field, then save.")
    answers.settle_difference(review, chosen, by=request.user)
    talk.done(request, f"{review.title}: settled", detail="Both sides hold the same within seconds")


ANSWERS: dict[str, Callable[[Request, Review], None]] = {
    "link": _link,
    "create": _create,
    "dismiss": _dismiss,
    "later": _later,
    "settle": _settle,
    "choose": _choose,
    "reactivate": _reactivate,
    "rename": _rename,
    "reopen": _reopen,
}


@require_POST
@editor
def look(request: Request) -> HttpResponse:
    """Look for duplicates now, and not only tonight."""
    duplicates.soon(request.organization, whole=True)
    talk.done(request, "Buddy looks through all customers now", detail="What may be a duplicate comes up here")
    return redirect(reverse("quality") + "?kind=duplicate")


urlpatterns = [
    path("data-quality/", quality, name="quality"),
    path("data-quality/<int:pk>/", quality, name="quality_review"),
    path("data-quality/<int:pk>/answer/", answer, name="quality_answer"),
    path("data-quality/look/", look, name="quality_look"),
]

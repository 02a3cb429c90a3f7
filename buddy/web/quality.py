"""Data quality: the questions only a person can settle, most blocked work and money first, one card open at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from buddy.hub import quality as hub
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.sync import answers
from buddy.sync.causes import causes
from buddy.web import cards, lists, talk
from buddy.web.permission import editor
from buddy.web.request import Request

QUEUE_LENGTH = 50
DONE = (ReviewStatus.SETTLED, ReviewStatus.DISMISSED, ReviewStatus.OVERTAKEN)


@dataclass(frozen=True)
class Filters:
    """What the address narrows the queue to."""

    kind: str
    done: bool

    @classmethod
    def asked(cls, request: Request) -> "Filters":
        kind = request.GET.get("kind", "")
        return cls(kind if kind in ReviewKind.values else "", request.GET.get("status") == "done")

    def rows(self) -> QuerySet[Review]:
        rows = Review.objects.filter(status__in=DONE) if self.done else Review.objects.filter(status="pending")
        rows = rows.filter(kind=self.kind) if self.kind else rows
        return rows.order_by("-settled_at", "-id") if self.done else rows.order_by("-blocking", "-money", "id")

    @property
    def shows_causes(self) -> bool:
        """What holds things up stands above the questions, but for those of another kind."""
        return not self.done and self.kind in ("", ReviewKind.PROBLEM)

    @property
    def query(self) -> str:
        values = {"kind": self.kind, "status": "done" if self.done else ""}
        said = urlencode({name: value for name, value in values.items() if value})
        return f"?{said}" if said else ""


@require_GET
def quality(request: Request, pk: int | None = None) -> HttpResponse:
    """The queue, with the card of `pk` open, else its first."""
    filters = Filters.asked(request)
    queue = list(filters.rows()[:QUEUE_LENGTH])
    review = _opened(queue, pk)
    values = {
        "queue": queue,
        "review": review,
        "card": cards.card(review, candidate=request.GET.get("candidate", "")) if review else None,
        "filters": filters,
        "kinds": ReviewKind,
        "causes": causes(request.organization) if filters.shows_causes else [],
        **_around(queue, review),
        **_progress(),
    }
    return render(request, "quality/page.html", values)


def _opened(queue: Sequence[Review], pk: int | None) -> Review | None:
    """The review asked for, which need not be in the queue any more; else the first of the queue."""
    if pk is None:
        return next(iter(queue), None)
    found = next((row for row in queue if row.pk == pk), None)
    return found or get_object_or_404(Review.objects.all(), pk=pk)


def _around(queue: Sequence[Review], review: Review | None) -> dict[str, Any]:
    """Where the open card stands in the queue (0: not in it), and its neighbours."""
    if review not in queue:
        return {"number": 0, "before": None, "after": next(iter(queue), None)}
    at = queue.index(review)
    return {
        "number": at + 1,
        "before": queue[at - 1] if at else None,
        "after": queue[at + 1] if at + 1 < len(queue) else None,
    }


def _progress() -> dict[str, int]:
    week = timezone.now() - timedelta(days=7)
    answered = Review.objects.filter(status__in=(ReviewStatus.SETTLED, ReviewStatus.DISMISSED), settled_at__gte=week)
    settled = answered.exclude(settled_by=None)  # by a person, not by what the organization chose beforehand
    waiting = Review.objects.filter(status=ReviewStatus.PENDING).count()
    return {"settled": settled.count(), "waiting": waiting}


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
    queue = list(Filters.asked(request).rows().values_list("pk", flat=True)[:QUEUE_LENGTH])
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


def _reopen(request: Request, review: Review) -> None:
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
    "settle": _settle,
    "choose": _choose,
    "reactivate": _reactivate,
    "rename": _rename,
    "reopen": _reopen,
}


urlpatterns = [
    path("data-quality/", quality, name="quality"),
    path("data-quality/<int:pk>/", quality, name="quality_review"),
    path("data-quality/<int:pk>/answer/", answer, name="quality_answer"),
]

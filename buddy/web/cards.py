"""What a review's card shows: the question in words, why it is asked, and both sides field by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import Q
from django.urls import reverse

from buddy.hub.customers import Customer
from buddy.hub.quality import MATCHES, Review, ReviewKind, ReviewStatus
from buddy.sync import duplicates, status
from buddy.sync.mapping import BY_KIND, CUSTOMER
from buddy.sync.mapping.fields import Field
from buddy.sync.models import Link, Remote
from buddy.web import comparison, lists, merging
from buddy.web.comparison import Line

QUESTIONS = {
    ReviewKind.MATCH: "Is this QuickBooks customer one of yours?",
    ReviewKind.UNLIKELY: "Might this QuickBooks customer be one of yours?",
    ReviewKind.NEW: "Nobody here is like this QuickBooks customer",
    ReviewKind.DIFFERENCE: "Which of these values are right?",
    ReviewKind.CONFLICT: "Both sides changed the same fields",
    ReviewKind.DUPLICATE: "Are these the same customer?",
    ReviewKind.PROBLEM: "This needs a person",
}
REASONS = {"same": ("is-ok", "check"), "alike": ("is-ok", "check"), "differs": ("is-warn", "alert-triangle")}
# Of a match: they tell nothing about identity.
LEFT_OUT = {"active", "balance", "notes", "parent", "taxable", "resale_number"}


@dataclass(frozen=True)
class Candidate:
    """One customer of Buddy that the QuickBooks one may be."""

    customer: Customer
    percent: int
    on: bool


@dataclass(frozen=True)
class Holder:
    """One record there that has the name which was refused."""

    what: str
    name: str
    id: str
    address: str


@dataclass(frozen=True)
class Pair:
    """Two of a group that may be one business."""

    value: str  # as the address names it
    names: str
    on: bool


@dataclass(frozen=True)
class Card:
    """Everything the open card shows. `ours` and `theirs` are the addresses of the two records."""

    question: str
    lines: list[Line] = field(default_factory=list)
    reasons: list[tuple[str, str, str]] = field(default_factory=list)  # class, icon, words
    candidates: list[Candidate] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)  # address, name
    explain: str = ""
    ours: str = ""
    theirs: str = ""
    holders: list[Holder] = field(default_factory=list)  # of a name that is taken
    may_link: bool = False
    may_reactivate: bool = False
    free: str = ""  # a name that nobody has there
    choosing: bool = False  # between the two values of each line
    pairs: list[Pair] = field(default_factory=list)  # of a group of more than two: which can be compared
    merge: dict[str, Any] = field(default_factory=dict)  # the two customers side by side
    flipped: str = ""  # as the address names the two with the other one to stay


def card(review: Review, *, candidate: str = "") -> Card:
    """The card of one review, by a fixed number of queries. `candidate`: the id of the one to compare with, or of a
    group the two ids, "3-9"."""
    if review.kind in MATCHES:
        return _match(review, candidate)
    if review.kind == ReviewKind.DUPLICATE:
        return _same(review, candidate)
    return _fields(review) if review.kind in (ReviewKind.DIFFERENCE, ReviewKind.CONFLICT) else _told(review)


# --- Match? ----------------------------------------------------------------------------------------------------------


def _match(review: Review, candidate: str) -> Card:
    told: list[dict[str, Any]] = review.data.get("candidates", [])
    rows = Customer.objects.select_related("terms").in_bulk([one["id"] for one in told])
    present = [one for one in told if one["id"] in rows]
    on = _chosen(present, candidate)
    candidates = [Candidate(rows[one["id"]], round(one["score"] * 100), one is on) for one in present]
    return Card(
        question=QUESTIONS[ReviewKind(review.kind)],
        lines=_compared(rows[on["id"]], review.data.get("theirs", {})) if on else [],
        reasons=[(*REASONS[why["verdict"]], why["text"]) for why in on["reasons"]] if on else [],
        candidates=candidates,
        ours=reverse("customer", args=[on["id"]]) if on else "",
        theirs=status.deep_link("customer", review.their_id),
    )


def _chosen(told: Sequence[dict[str, Any]], asked: str) -> dict[str, Any] | None:
    """The candidate asked for, else the likeliest."""
    ranked = sorted(told, key=lambda one: -one["score"])
    return next((one for one in ranked if str(one["id"]) == asked), ranked[0] if ranked else None)


def _compared(ours: Customer, theirs: Mapping[str, Any]) -> list[Line]:
    names = _names(CUSTOMER.fields, [theirs])
    lines = []
    for each in CUSTOMER.fields:
        if each.name in LEFT_OUT:
            continue
        here, there = _value(getattr(ours, each.name)), theirs.get(each.name)
        if here or there:
            lines.append(_line(each, here, there, names))
    return lines


def _value(value: Any) -> Any:
    """One of our columns as mapped values are: addresses as their parts, the rest as text."""
    if hasattr(value, "as_dict"):
        return value.as_dict()
    return value if isinstance(value, bool) else str(value or "")


def _line(each: Field, ours: Any, theirs: Any, names: Mapping[str, str], *, agreed: Any = None) -> Line:
    """`same` of the mapping compares the values themselves; what is shown is their text."""
    same = _agree(each, ours, theirs)
    shown = [names.get(value, value) if each.reference else value for value in (ours, theirs, agreed)]
    here, there, before = (comparison.text(value) for value in shown)
    return comparison.line(each.name, each.label, here, there, same=lambda *_: same, agreed=before)


def _agree(each: Field, ours: Any, theirs: Any) -> bool:
    return bool(ours and theirs) and not each.reference and each.same(ours, theirs)


def _names(fields: Iterable[Field], values: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the records are called that reference fields name by their ids. One query for all."""
    references = [each for each in fields if each.reference]
    wanted = {str(one[each.name]) for one in values for each in references if one.get(each.name)}
    entities = {each.reference for each in references}
    rows = Remote.objects.filter(entity__in=entities, remote_id__in=wanted) if wanted else Remote.objects.none()
    return dict(rows.values_list("remote_id", "name"))


# --- Different values, conflict --------------------------------------------------------------------------------------


def _fields(review: Review) -> Card:
    mapping = BY_KIND[review.entity]
    told: list[dict[str, Any]] = review.data.get("fields", [])
    mapped = [mapping.named(one["name"]) for one in told]
    sides = [{one["name"]: one.get(side) for one in told} for side in ("ours", "theirs", "agreed")]
    names = _names(mapped, sides)
    return Card(
        question=QUESTIONS[ReviewKind(review.kind)],
        lines=[
            replace(_line(each, one["ours"], one["theirs"], names, agreed=one.get("agreed")), **_by_whom(review, one))
            for each, one in zip(mapped, told, strict=True)
        ],
        explain=_explained(review),
        choosing=review.status == ReviewStatus.PENDING,
        ours=_address(review),
        theirs=status.deep_link(review.entity, review.their_id),
    )


def _by_whom(review: Review, told: Mapping[str, Any]) -> dict[str, Any]:
    """Who wrote the two values of a field and when, and whose was chosen."""
    return {
        "ours_by": told.get("ours_by", ""),
        "ours_at": _moment(told.get("ours_at")),
        "theirs_at": _moment(told.get("theirs_at")),
        "chosen": review.decision.get("chosen", {}).get(told["name"], ""),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _explained(review: Review) -> str:
    if review.decision.get("beforehand"):
        return "Both sides were changed since they last agreed, and your organization had set whose value holds."
    if review.kind == ReviewKind.CONFLICT:
        return "Both sides were changed since they last agreed. What you choose is written to the other side."
    return "Each side had its own value when the two were linked. Neither was written; what you choose goes to both."


# --- Possible duplicate ----------------------------------------------------------------------------------------------


def _same(review: Review, asked: str) -> Card:
    """Two of the group side by side: those asked for, else the likeliest. Who is linked stays, else the older one."""
    names = dict([(review.object_id or 0, review.title), *review.data.get("others", [])])
    rows = Customer.objects.select_related("terms", "parent").in_bulk(list(names))
    told = Card(question=QUESTIONS[ReviewKind.DUPLICATE], explain=review.data.get("explain", ""))
    if len(rows) < 2:
        return replace(told, explain="One of the two was merged or removed since, so there is nothing to compare.")
    likenesses: list[dict[str, Any]] = review.data.get("reasons", [])
    pairs = {(pk, other): f"{rows[pk]} · {rows[other]}" for pk, other in combinations(sorted(rows), 2)}
    one, other = _two(asked, [*(tuple(each["pair"]) for each in likenesses), *pairs], rows)
    why: list[dict[str, Any]] = next(
        (each["reasons"] for each in likenesses if each["pair"] == sorted((one, other))), []
    )
    return replace(
        told,
        reasons=[(*REASONS[each["verdict"]], each["text"]) for each in why],
        pairs=[Pair(f"{a}-{b}", words, sorted((one, other)) == [a, b]) for (a, b), words in pairs.items()],
        merge={**merging.side_by_side(rows[one], rows[other]), "refusal": duplicates.obstacle(rows[one], rows[other])},
        flipped=f"{other}-{one}",
    )


def _two(asked: str, pairs: Sequence[tuple[int, ...]], rows: Mapping[int, Customer]) -> tuple[int, int]:
    """The one that stays and the other. The address may name them, in that order."""
    wanted = lists.ids(asked.split("-"))
    if len(wanted) == 2 and wanted[0] != wanted[1] and rows.keys() >= set(wanted):
        return wanted[0], wanted[1]
    one, other = next(pair for pair in pairs if rows.keys() >= set(pair))
    linked = Link.objects.filter(kind="customer", object_id__in=[one, other]).values_list("object_id", flat=True)
    return (other, one) if set(linked) == {other} else (one, other)


# --- Sync problem --------------------------------------------------------------------------------


def _told(review: Review) -> Card:
    others = [(reverse("customer", args=[pk]), name) for pk, name in review.data.get("others", [])]
    told = Card(
        question=QUESTIONS[ReviewKind(review.kind)],
        explain=review.data.get("explain", ""),
        others=others,
        ours=_address(review),
        theirs=status.deep_link(review.entity, review.their_id),
    )
    return _clash(review, told) if review.key.startswith("name:") else told


def _clash(review: Review, told: Card) -> Card:
    """A name that is taken there: who has it, and what can be done. Nobody's yet: link it; else take another name."""
    holders: list[dict[str, Any]] = review.data.get("holders", [])
    entity = BY_KIND[review.entity].entity
    linked = Link.objects.filter(kind=review.entity)
    taken = list(linked.filter(Q(remote_id=review.their_id, entity=entity) | Q(object_id=review.object_id)))
    active = next((each["active"] for each in holders if each["id"] == review.their_id), True)
    free = bool(review.their_id) and not taken
    owners = [link.object_id for link in taken if link.object_id != review.object_id]
    return replace(
        told,
        question="This name is taken in QuickBooks",
        holders=[_holder(each) for each in holders],
        others=[(reverse(review.entity, args=[pk]), f"The {review.entity} it is linked to") for pk in owners],
        may_link=free and active,
        may_reactivate=free and not active and review.entity == "customer",
        free=review.data.get("free", ""),
    )


def _holder(told: Mapping[str, Any]) -> Holder:
    what = told["entity"] if told["active"] else f"{told['entity']}, inactive"
    return Holder(what, told["name"], told["id"], status.deep_link(told["entity"].lower(), told["id"]))


def _address(review: Review) -> str:
    known = review.object_id and review.entity in ("customer", "product", "invoice")
    return reverse(review.entity, args=[review.object_id]) if known else ""

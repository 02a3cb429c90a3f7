"""What holds things up: everything that waits, grouped by what it waits for, in words, with the way to put it right.

A hundred invoices that wait for one item are one cause. Where that item, or a customer, is stuck itself, what stops it
is the cause of all. Built from troubles, documents that wait in the mirror, and requests without an answer; the number
of queries does not depend on how much waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync import care, closing
from buddy.sync.models import Connection, ConnectionState, ItemState, Remote, SendingItem, Trouble, Waiting
from buddy.sync.round import match_key, name_key

MOST = 50  # causes told at once, those that hold up most
EXAMPLES = 5  # records named for each
DEPTH = 5  # QuickBooks nests customers no deeper (api 5.1), so no cause lies further back

_REFERS = {"customer": "customer", "parent": "customer", "product": "product"}  # causes that are an object of ours
_MODELS = {"customer": Customer, "product": Product, "invoice": Invoice}
_NOUNS = {
    "customer": ("customer", "customers"),
    "product": ("product", "products"),
    "invoice": ("invoice", "invoices"),
    "document": ("document of QuickBooks", "documents of QuickBooks"),
    "change": ("change", "changes"),
}

type Ref = tuple[str, int]  # kind and id of one of our objects


@dataclass(frozen=True)
class Fix:
    """The button. `how`: "link" leads to `url`, "dialog" opens it over the page, "retry" sends all of it again,
    "move" dates the invoices on the first open day before that."""

    label: str
    how: str
    url: str = ""


@dataclass(frozen=True)
class Cause:
    """One root cause. `waits`: how many of each kind it holds up; `examples`: kind, id and name of a few of them."""

    key: str
    title: str
    detail: str
    waits: Mapping[str, int]
    since: datetime | None = None
    said: str = ""  # what QuickBooks said
    money: Sequence[tuple[str, Decimal]] = ()  # by currency, of the invoices (R19)
    examples: Sequence[tuple[str, int, str]] = ()
    fix: Fix | None = None

    @property
    def count(self) -> int:
        return sum(self.waits.values())

    @property
    def more(self) -> int:
        """How many there are beyond the examples."""
        return self.count - len(self.examples)


def causes(organization: Organization, *, now: datetime | None = None) -> list[Cause]:
    """What stops the company, then the causes that hold up most, at most `MOST`; last what settles by itself."""
    found = [*_company(organization, now or timezone.now()), *_Found(organization).told(), *_unanswered(organization)]
    return found[:MOST]


# --- The company as a whole, and requests without an answer ----------------------------------------------------------


def _company(organization: Organization, now: datetime) -> list[Cause]:
    """All that is owed waits when the company cannot be reached."""
    row = Connection.objects.filter(organization=organization).first()
    owed = Mark.objects.filter(organization=organization).aggregate(count=Count("pk"), since=Min("marked_at"))
    if row is None or not owed["count"]:
        return []
    waits, what = {"change": owed["count"]}, _counted({"change": owed["count"]})
    why, page = care.in_words(organization, row, now=now), reverse("integrations")
    if row.state != ConnectionState.CONNECTED:
        title = f"{what} {_wait(waits)} for QuickBooks to be connected again"
        return [Cause("connection", title, why, waits, owed["since"], fix=Fix("Reconnect", "link", page))]
    if why:
        title = f"{what} {_wait(waits)}: syncing with QuickBooks is paused"
        return [Cause("paused", title, why, waits, owed["since"], fix=Fix("See connection", "link", page))]
    return []


def _unanswered(organization: Organization) -> list[Cause]:
    """Sent, and the answer was lost: it heals by itself (R13), but a person may wonder."""
    lost = Q(sending__attempts__gt=1) | ~Q(sending__last_error="")
    items = SendingItem.objects.filter(lost, organization=organization, state=ItemState.OPEN)
    rows = list(items.order_by().values_list("kind").annotate(count=Count("pk"), since=Min("sending__frozen_at")))
    if not rows:
        return []
    waits = {kind: count for kind, count, _ in rows}
    title = f"QuickBooks has not answered about {_counted(waits)}"
    detail = "Nothing goes out twice: Buddy asks again under the same number, and after an hour it looks there first."
    return [Cause("unanswered", title, detail, waits, min(since for *_, since in rows))]


# --- Troubles and documents that wait --------------------------------------------------------------------------------


@dataclass
class _Group:
    """All that one root holds up."""

    waits: Counter[str] = field(default_factory=Counter)
    since: datetime | None = None
    money: dict[str, Decimal] = field(default_factory=dict)
    rows: list[Trouble] = field(default_factory=list)  # a few of its troubles, the root's own first

    def add(self, kind: str, count: int, since: datetime | None) -> None:
        self.waits[kind] += count
        self.since = min(filter(None, (self.since, since)), default=None)


class _Found:
    """Everything that is asked of the database, asked once."""

    def __init__(self, organization: Organization) -> None:
        self._troubles = Trouble.objects.filter(organization=organization).order_by()
        self._organization = organization
        self._roots = self._root_of(self._heaviest())
        self.groups: dict[str, _Group] = {root: _Group() for root in self._roots.values()}
        self._count()
        self._sum_up()
        self._exemplify()
        self._add_documents()
        self.names = self._names()
        self.reviews = self._reviews()

    def told(self) -> list[Cause]:
        """Most held up first; equal ones in the order in which they came up."""
        ranked = sorted(self.groups.items(), key=lambda pair: -sum(pair[1].waits.values()))
        return [_told(self, key, group) for key, group in ranked if group.waits]

    def _heaviest(self) -> list[str]:
        counted = self._troubles.values("cause").annotate(count=Count("pk"), first=Min("pk"))
        return list(counted.order_by("-count", "first").values_list("cause", flat=True)[:MOST])

    def _root_of(self, found: Iterable[str]) -> dict[str, str]:
        """For each cause the one it comes from: an object that is stuck itself passes on what it is stuck on."""
        roots = {cause: cause for cause in found}
        for _ in range(DEPTH):
            refs = {ref for root in roots.values() if (ref := _ref(root))}
            behind = self._causes_of(refs)
            onward = {root: behind[ref] for root in roots.values() if (ref := _ref(root)) in behind and ref}
            if not onward:
                break
            roots = {cause: onward.get(root, root) for cause, root in roots.items()}
            roots |= {root: root for root in onward.values() if root not in roots}
        return roots

    def _causes_of(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        mine = Q(pk=None)
        for kind in set(_REFERS.values()):
            mine |= Q(kind=kind, object_id__in=[pk for of, pk in refs if of == kind])
        rows = self._troubles.filter(mine).values_list("kind", "object_id", "cause")
        return {(kind, pk): cause for kind, pk, cause in rows}

    def _mine(self) -> list[str]:
        return list(self._roots)

    def _count(self) -> None:
        rows = self._troubles.filter(cause__in=self._mine()).values_list("cause", "kind")
        for cause, kind, count, since in rows.annotate(count=Count("pk"), since=Min("since")):
            self.groups[self._roots[cause]].add(kind, count, since)

    def _sum_up(self) -> None:
        """What the invoices are worth, by currency."""
        invoice = Invoice.objects.filter(organization=self._organization, pk=OuterRef("object_id"))
        rows = self._troubles.filter(cause__in=self._mine(), kind="invoice").annotate(
            currency=Subquery(invoice.values("currency")), worth=Subquery(invoice.values("total"))
        )
        for cause, currency, total in rows.values_list("cause", "currency").annotate(sum=Sum("worth")):
            if currency and total:
                money = self.groups[self._roots[cause]].money
                money[currency] = money.get(currency, Decimal(0)) + total

    def _exemplify(self) -> None:
        place = Window(RowNumber(), partition_by=[F("cause"), F("kind")], order_by="pk")
        rows = self._troubles.filter(cause__in=self._mine()).annotate(place=place).filter(place__lte=EXAMPLES)
        for row in sorted(rows, key=lambda row: (row.cause != self._roots[row.cause], row.pk)):
            self.groups[self._roots[row.cause]].rows.append(row)

    def _add_documents(self) -> None:
        """Documents of QuickBooks whose customer is not decided wait in the mirror (R2)."""
        rows = Remote.objects.filter(organization=self._organization, waiting=Waiting.CUSTOMER).exclude(owner_id="")
        counted = rows.exclude(entity="Customer").order_by().values_list("owner_id").annotate(count=Count("pk"))
        for owner, count in counted.order_by("-count")[:MOST]:
            self.groups.setdefault(f"match:{owner}", _Group()).add("document", count, None)

    def _names(self) -> dict[Ref, str]:
        """Of the examples and of the objects that are causes."""
        wanted = {ref for key in self.groups if (ref := _ref(key))}
        wanted |= {(row.kind, row.object_id) for group in self.groups.values() for row in group.rows}
        names: dict[Ref, str] = {}
        for kind, model in _MODELS.items():
            pks = [pk for of, pk in wanted if of == kind]
            rows = model.objects.filter(organization=self._organization, pk__in=pks)  # type: ignore[attr-defined]
            names |= {(kind, row.pk): str(row) for row in rows}
        theirs = [key.partition(":")[2] for key in self.groups if key.startswith("match:")]
        remotes = Remote.objects.filter(organization=self._organization, entity="Customer", remote_id__in=theirs)
        self.theirs = dict(remotes.values_list("remote_id", "name"))
        return names

    def _reviews(self) -> dict[str, Review]:
        """The open questions that are causes, by the key of the question."""
        keys = [_question(key) for key in self.groups]
        rows = Review.objects.filter(organization=self._organization, status=ReviewStatus.PENDING, key__in=keys)
        return {row.key: row for row in rows}


def _ref(cause: str) -> Ref | None:
    """The object of ours that a cause is: "customer:12" is customer 12."""
    word, _, rest = cause.partition(":")
    return (_REFERS[word], int(rest)) if word in _REFERS and rest.isdecimal() else None


def _question(cause: str) -> str:
    """The key of the review that settles a cause, or ""."""
    word, _, rest = cause.partition(":")
    if word == "match":
        return match_key(rest)
    kind, _, pk = rest.partition(":")
    return name_key(kind, int(pk)) if word == "name" and pk.isdecimal() else ""


# --- In words --------------------------------------------------------------------------------------------------------


def _told(found: _Found, key: str, group: _Group) -> Cause:
    title, detail, fix = _words(found, key, group)
    first = group.rows[0] if group.rows else None
    return Cause(
        key=key,
        title=title,
        detail=detail,
        waits=dict(group.waits),
        since=group.since,
        said=first.said if first else "",
        money=sorted(group.money.items()),
        examples=[
            (row.kind, row.object_id, found.names.get((row.kind, row.object_id), "")) for row in group.rows[:EXAMPLES]
        ],
        fix=fix,
    )


def _words(found: _Found, key: str, group: _Group) -> tuple[str, str, Fix | None]:
    """Title, detail, and what puts it right."""
    word = key.partition(":")[0]
    what, ref = f"{_counted(group.waits)} {_wait(group.waits)}", _ref(key)
    if ref is not None:
        return _of_object(what, ref, word, found.names.get(ref, ""))
    if word == "match":
        return _of_match(found, key, what)
    reason = group.rows[0].reason if group.rows else ""
    name = found.names.get((group.rows[0].kind, group.rows[0].object_id), "") if group.rows else ""
    if word in ("name", "field", "gone"):
        return _of_one(found, key, group, name, reason)
    said, _, advice = reason.partition(". ")
    return f"{what}: {said.rstrip('.')}", advice, _of_all(key)


def _of_object(what: str, ref: Ref, word: str, name: str) -> tuple[str, str, Fix | None]:
    kind, pk = ref
    if kind == "product":
        detail = "It has no QuickBooks item. Choose one, and what waits goes out at once."
        return f"{what} for the item “{name}”", detail, Fix("Choose item", "dialog", reverse("product_link", args=[pk]))
    role = "parent" if word == "parent" else "customer"
    detail = "It is not linked to QuickBooks. Link it, or create it there, and what waits goes out at once."
    fix = Fix("Link customer", "dialog", reverse("customer_link", args=[pk]))
    return f"{what} for the {role} “{name}”", detail, fix


def _of_match(found: _Found, key: str, what: str) -> tuple[str, str, Fix | None]:
    name = found.theirs.get(key.partition(":")[2], "")
    detail = "It may be one of yours. Say whether it is, and what waits goes on at once."
    return f"{what} for the QuickBooks customer “{name}”", detail, _decide(found, key)


def _of_one(found: _Found, key: str, group: _Group, name: str, reason: str) -> tuple[str, str, Fix | None]:
    """One record is stuck by itself; what waits for it is told beside it."""
    row = group.rows[0]
    others = Counter(group.waits) - Counter({row.kind: 1})
    also = f" {_counted(others)} {_wait(others)} for it." if others else ""
    said, _, advice = reason.partition(". ")
    title, detail = f"“{name}”: {said.rstrip('.')}", f"{advice}{also}".strip()
    if key.startswith("name:"):
        review = found.reviews.get(key)
        who = review.data.get("explain", "") if review else advice
        return f"The name “{name}” is taken in QuickBooks", f"{who}{also}", _decide(found, key)
    if key.startswith("field:"):
        return title, detail, Fix("Correct it", "link", _form(row))
    return title, detail, Fix("Link anew", "dialog", reverse(f"{row.kind}_link", args=[row.object_id]))


def _form(row: Trouble) -> str:
    """Where the values of this record are put right: an invoice's are those of its orders."""
    return reverse("invoice" if row.kind == "invoice" else f"{row.kind}_change", args=[row.object_id])


def _of_all(key: str) -> Fix | None:
    """What is done about everything that one cause holds up at once. Invoices held for closed books only wait."""
    word, _, rest = key.partition(":")
    if word == closing.ASKED:
        first = date.fromisoformat(rest) + timedelta(days=1)
        return Fix(f"Move to {first:%b} {first.day}", "move")
    return None if word == closing.HELD else Fix("Try again", "retry")


def _decide(found: _Found, key: str) -> Fix:
    review = found.reviews.get(_question(key))
    if review is None:
        return Fix("Data quality", "link", reverse("quality"))
    return Fix("Decide", "link", reverse("quality_review", args=[review.pk]))


def _counted(waits: Mapping[str, int]) -> str:
    """`1 customer and 12 invoices`."""
    parts = [f"{count:,} {_NOUNS[kind][count != 1]}" for kind, count in sorted(waits.items()) if count]
    return " and ".join(parts)


def _wait(waits: Mapping[str, int]) -> str:
    return "waits" if sum(waits.values()) == 1 else "wait"

"""One run in full: what came in, what was sent and what became of it, what changed here, and every call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from django.db.models import Q
from django.urls import reverse

from buddy.hub.activity import Activity
from buddy.sync import status
from buddy.sync.models import CallMade, ItemState, Link, Run, Sending, SendingItem, Taken, Undo
from buddy.web import happenings, stories
from buddy.web.happenings import Name, Ref
from buddy.web.runs import NOUNS
from buddy.web.stories import Story

SHOWN = 100  # of each list; a run that sends thousands says how many more there are
OPERATIONS = {"create": "Created", "update": "Changed", "void": "Voided"}
STATES = {
    ItemState.OPEN: ("is-info", "refresh"),
    ItemState.CONFIRMED: ("is-ok", "check"),
    ItemState.REJECTED: ("is-warn", "alert-triangle"),
    ItemState.RETURNED: ("is-mute", "clock"),
}


@dataclass(frozen=True)
class Came:
    """The records of one kind that were news."""

    noun: str
    title: str
    count: int
    names: list[tuple[Name, bool]] = field(default_factory=list)  # and whether it was deleted there

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True)
class Item:
    """One object that was sent, and what became of it."""

    pk: int
    name: Name
    operation: str
    css: str
    icon: str
    state: str
    said: str
    trace: str
    remote_id: str
    deep_link: str
    body: str
    answer: str
    undo: Undo | None


@dataclass(frozen=True)
class Inside:
    """Everything a run's page shows below its head."""

    came: list[Came]
    sendings: list[tuple[Sending, list[Item]]]
    unsent: int  # items beyond those shown
    changes: list[tuple[Name, Story]]
    unchanged: int  # changes beyond those shown
    calls: list[CallMade]
    uncalled: int


def inside(run: Run) -> Inside:
    """A fixed number of queries, whatever the run did."""
    calls = list(run.calls_made.order_by("pk")[: SHOWN + 1])
    items, unsent = _items(run, [call.request_id for call in calls if call.request_id])
    changes = Activity.objects.filter(organization=run.organization_id, run=run.pk).select_related("user")
    entries = list(changes.order_by("pk")[:SHOWN])
    refs = {(item.kind, item.object_id) for item in items}
    refs |= {(entry.kind, entry.object_id) for entry in entries if entry.object_id is not None}
    names = happenings.names(refs)
    return Inside(
        came=_came(run),
        sendings=_sendings(run, items, names),
        unsent=unsent,
        changes=[(happenings.about(entry, names), stories.story(entry)) for entry in entries],
        unchanged=changes.count() - len(entries),
        calls=calls[:SHOWN],
        uncalled=max(0, run.calls - SHOWN) if len(calls) > SHOWN else 0,
    )


# --- In --------------------------------------------------------------------------------------------------------------


def _came(run: Run) -> list[Came]:
    rows: dict[str, list[Taken]] = defaultdict(list)
    for row in run.taken.order_by("pk"):
        rows[row.entity].append(row)
    urls = _pages(run, [row for some in rows.values() for row in some])
    return [
        Came(
            NOUNS.get(entity, (entity, entity))[0],
            NOUNS.get(entity, (entity, entity))[1].capitalize(),
            count,
            [(_taken(row, urls), row.deleted) for row in rows[entity][:SHOWN]],
        )
        for entity, count in run.came.items()
    ]


def _taken(row: Taken, urls: dict[tuple[str, str], str]) -> Name:
    return Name(row.name or f"ID {row.remote_id}", urls.get((row.entity, row.remote_id), ""))


def _pages(run: Run, rows: Sequence[Taken]) -> dict[tuple[str, str], str]:
    """Where the records are shown here, by entity and id."""
    links = Link.objects.filter(
        organization=run.organization_id,
        entity__in={row.entity for row in rows},
        remote_id__in={row.remote_id for row in rows},
        kind__in=("customer", "product", "invoice"),
    )
    return {(link.entity, link.remote_id): reverse(link.kind, args=[link.object_id]) for link in links}


# --- Out -------------------------------------------------------------------------------------------------------------


def _items(run: Run, request_ids: Sequence[str]) -> tuple[list[SendingItem], int]:
    """What this run froze, and what an earlier one did that it sent again."""
    mine = SendingItem.objects.filter(
        Q(sending__run=run) | Q(sending__request_id__in=request_ids), organization=run.organization_id
    )
    items = list(mine.select_related("sending").order_by("pk")[:SHOWN])
    return items, mine.count() - len(items)


def _sendings(run: Run, items: Sequence[SendingItem], names: dict[Ref, Name]) -> list[tuple[Sending, list[Item]]]:
    traces = _traces(run, {item.sending.request_id for item in items})
    undone = _undone(items)
    found: dict[int, tuple[Sending, list[Item]]] = {}
    bodies: dict[int, dict[str, str]] = {}
    for item in items:
        sending = item.sending
        _, shown = found.setdefault(sending.pk, (sending, []))
        if sending.pk not in bodies:
            bodies[sending.pk] = _bodies(bytes(sending.body))
        shown.append(
            _item(item, names, traces.get(sending.request_id, ""), bodies[sending.pk].get(item.bid, ""), undone)
        )
    return list(found.values())


def _item(item: SendingItem, names: dict[Ref, Name], trace: str, body: str, undone: dict[int, Undo]) -> Item:
    css, icon = STATES[ItemState(item.state)]
    return Item(
        pk=item.pk,
        name=happenings.named(names, (item.kind, item.object_id)),
        operation=OPERATIONS.get(item.operation, item.operation),
        css=css,
        icon=icon,
        state=ItemState(item.state).label,
        said=item.said,
        trace=trace,
        remote_id=item.remote_id,
        deep_link=status.deep_link(item.kind, item.remote_id),
        body=body,
        answer=pretty(item.answer.encode()) if item.answer else "",
        undo=undone.get(item.object_id) if item.kind == "invoice" and item.operation == "create" else None,
    )


def _traces(run: Run, request_ids: Iterable[str]) -> dict[str, str]:
    """Intuit's trace id of the last call under each request id."""
    calls = CallMade.objects.filter(organization=run.organization_id, request_id__in=request_ids).exclude(trace_id="")
    return dict(calls.order_by("pk").values_list("request_id", "trace_id"))


def _undone(items: Sequence[SendingItem]) -> dict[int, Undo]:
    """By invoice, what became of the wish to undo it."""
    ids = [item.object_id for item in items if item.kind == "invoice"]
    wishes = Undo.objects.filter(invoice__in=ids).select_related("asked_by")
    return {wish.invoice_id: wish for wish in wishes}


def _bodies(sent: bytes) -> dict[str, str]:
    """Each item of a frozen request, byte for byte but for the line breaks."""
    items = msgspec.json.decode(sent, type=_Batch).items
    return {msgspec.json.decode(item, type=_Bid).bid: pretty(bytes(item)) for item in items}


class _Batch(msgspec.Struct):
    items: list[msgspec.Raw] = msgspec.field(name="BatchItemRequest")


class _Bid(msgspec.Struct):
    bid: str = msgspec.field(name="bId")


def pretty(json: bytes) -> str:
    """With line breaks; numbers and the order of fields stay as they were."""
    return msgspec.json.format(json, indent=2).decode()

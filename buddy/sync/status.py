"""What a person sees of the sync: a badge per record, the card of the connection, one line at the foot of the page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from buddy.hub.customers import Customer
from buddy.hub.invoices import Ended, Invoice
from buddy.hub.outbox import Bell, Mark
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync import budget, care, closing
from buddy.sync.budget import Forecast
from buddy.sync.care import Expiry
from buddy.sync.models import (
    Connection,
    ConnectionState,
    ItemState,
    Link,
    LinkState,
    Notice,
    Outcome,
    Rehearsal,
    Remote,
    Run,
    SendingItem,
    Trouble,
)


class Numbered(Protocol):
    pk: Any


@dataclass(frozen=True)
class Badge:
    """The state of one record. `unsettled`: it will change by itself soon, so the page asks again."""

    state: str
    label: str
    css: str
    icon: str
    remote_id: str = ""
    number: str = ""
    at: datetime | None = None
    at_label: str = ""  # "synced" or "since"
    reason: str = ""
    said: str = ""
    deep_link: str = ""
    unsettled: bool = False


_NONE = Badge("none", "Not linked", "qb-none", "unlink")
_WAITING = Badge("waiting", "Waiting", "is-mute", "clock", at_label="since")
_SENDING = Badge("sending", "Sending", "is-info", "refresh", at_label="since", unsettled=True)
_UNCERTAIN = replace(
    _SENDING,
    state="uncertain",
    reason="QuickBooks has not answered, so this may have arrived there or not. Buddy checks, and sends nothing twice.",
)  # it heals by itself and is never called failed (R13)
_ATTENTION = Badge("attention", "Needs attention", "is-warn", "alert-triangle", at_label="since")
_LINKED = {
    LinkState.AGREED: Badge("ok", "In sync", "is-ok", "check"),
    LinkState.CONFLICT: Badge(
        "conflict", "Conflict", "is-odd", "arrows-diff", reason="Both sides changed the same field."
    ),
    LinkState.INACTIVE: Badge("inactive", "Inactive in QuickBooks", "is-mute", "ban"),
    LinkState.GONE: Badge("gone", "Deleted in QuickBooks", "is-warn", "alert-triangle"),
}
_DEEP = {"customer": "/customerdetail?nameId=", "invoice": "/invoice?txnId="}  # unconfirmed addresses (R30)


def badges(organization: Organization, kind: str, objects: Iterable[Numbered]) -> dict[int, Badge]:
    """One badge per object, by its id: five queries whatever the number of objects."""
    ids = [each.pk for each in objects]
    if not ids:
        return {}
    held_up = care.in_words(organization, _connection(organization), now=timezone.now())
    found = {
        link.object_id: _linked(kind, link)
        for link in Link.objects.filter(organization=organization, kind=kind, object_id__in=ids)
    }
    mine = {"organization": organization, "kind": kind, "object_id__in": ids}
    for pk, since in Mark.objects.filter(**mine).values_list("object_id", "marked_at"):
        found[pk] = _over(found.get(pk), _WAITING, at=since, unsettled=not held_up, reason=held_up)
    for trouble in Trouble.objects.filter(**mine):
        held = trouble.cause.startswith(f"{closing.HELD}:")
        found[trouble.object_id] = _over(
            found.get(trouble.object_id),
            _WAITING if held else _ATTENTION,
            at=trouble.since,
            reason=trouble.reason,
            said=trouble.said,
        )
    items = SendingItem.objects.filter(state=ItemState.OPEN, **mine)
    for item in items.select_related("sending"):
        way = _UNCERTAIN if item.sending.last_error or item.sending.attempts > 1 else _SENDING
        values = {"at": item.sending.frozen_at, "reason": held_up or way.reason, "unsettled": not held_up}
        found[item.object_id] = _over(found.get(item.object_id), way, **values)
    return {pk: found.get(pk, _NONE) for pk in ids}


def _linked(kind: str, link: Link) -> Badge:
    known = _LINKED[LinkState(link.state)]
    return replace(
        known,
        remote_id=link.remote_id,
        number=link.remote_id,
        at=link.synced_at,
        at_label="synced",
        reason=link.note or known.reason,
        deep_link=deep_link(kind, link.remote_id),
    )


def _over(before: Badge | None, now: Badge, **values: Any) -> Badge:
    """What matters more right now, with the id and the address of the link that stays beneath."""
    beneath = before or _NONE
    return replace(now, remote_id=beneath.remote_id, number=beneath.number, deep_link=beneath.deep_link, **values)


def _connection(organization: Organization) -> Connection | None:
    return Connection.objects.filter(organization=organization).first()


def deep_link(kind: str, remote_id: str) -> str:
    """The record's page in QuickBooks, or "" where there is none."""
    path = _DEEP.get(kind)
    return f"{settings.QUICKBOOKS_APP_URL}{path}{quote(remote_id)}" if path and remote_id else ""


def is_running(organization: Organization, *, now: datetime) -> bool:
    """Is a worker syncing this company right now?"""
    return Connection.objects.filter(~Q(lease_owner=""), organization=organization, lease_expires_at__gt=now).exists()


def name_there(organization: Organization, kind: str, object_id: int) -> str:
    """What QuickBooks calls the linked record."""
    link = Link.objects.filter(organization=organization, kind=kind, object_id=object_id).first()
    if link is None:
        return ""
    remote = Remote.objects.filter(organization=organization, entity=link.entity, remote_id=link.remote_id).first()
    return (remote.name or remote.code) if remote else ""


def narrow[M: Model](queryset: QuerySet[M], organization: Organization, kind: str, view: str) -> QuerySet[M]:
    """The objects that are "linked", "unlinked", or need "attention"; any other view leaves all."""
    links = Link.objects.filter(organization=organization, kind=kind)
    if view == "linked":
        return queryset.filter(pk__in=links.values("object_id"))
    if view == "unlinked":
        return queryset.exclude(pk__in=links.values("object_id"))
    if view == "attention":
        troubled = Trouble.objects.filter(organization=organization, kind=kind)
        troubled = troubled.exclude(cause__startswith=f"{closing.HELD}:")
        odd = links.exclude(state=LinkState.AGREED).exclude(state=LinkState.INACTIVE)
        return queryset.filter(Q(pk__in=troubled.values("object_id")) | Q(pk__in=odd.values("object_id")))
    return queryset


# --- The card --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """One part of a first sync: `state` is done, now or next."""

    label: str
    state: str
    done: int
    total: int


@dataclass(frozen=True)
class Progress:
    percent: int
    steps: list[Step]


@dataclass(frozen=True)
class Card:
    """Everything the Integrations page tells. `state`: none, first, plan, connected, reconnect or disconnected."""

    state: str
    company_name: str = ""
    realm: str = ""
    rehearsal: str = ""
    since: datetime | None = None
    connected_by: str = ""
    last: datetime | None = None
    next: datetime | None = None
    running: bool = False
    reason: str = ""
    error: str = ""
    counts: list[Count] | None = None
    progress: Progress | None = None
    paused_reason: str = ""
    paused_until: datetime | None = None
    announced: bool = False  # QuickBooks told of a change of late
    expires: Expiry | None = None
    reads: Forecast | None = None
    usual: timedelta = timedelta()  # between two looks, and as it is now
    interval: timedelta = timedelta()


def card(organization: Organization, *, now: datetime, counted: bool = True) -> Card:
    """The connection as its page shows it; `counted` tells how many of everything are linked, too."""
    row = Connection.objects.filter(organization=organization).select_related("connected_by").first()
    if row is None:
        return Card("none")
    last = Run.objects.filter(organization=organization).order_by("-pk").first()
    running = last is not None and last.outcome == Outcome.RUNNING
    first = row.state == ConnectionState.CONNECTED and row.first_synced_at is None
    paused = row.paused_until is not None and row.paused_until > now
    reads = budget.forecast(organization, now=now)
    planned = first and row.rehearsal == Rehearsal.READY
    return Card(
        state="plan" if planned else "first" if first else row.state,
        rehearsal=row.rehearsal,
        company_name=row.company_name or row.realm,
        realm=row.realm,
        since=row.connected_at,
        connected_by=str(row.connected_by or ""),
        last=row.last_synced_at,
        next=_next(organization, row),
        running=running,
        reason=row.reason,
        error=last.error if last and last.outcome == Outcome.FAILED else "",
        counts=_counts(organization) if counted else None,
        progress=_progress(last.progress if running and last else {}) if first else None,
        paused_reason=row.paused_reason if paused else "",
        paused_until=row.paused_until if paused else None,
        announced=_announced(organization),
        expires=care.expiry(row, now=now),
        reads=reads,
        usual=budget.interval(),
        interval=budget.interval() * reads.stretch,
    )


def _next(organization: Organization, row: Connection) -> datetime | None:
    bell = Bell.objects.filter(organization=organization).first()
    if bell is None or row.state != ConnectionState.CONNECTED:
        return None
    return max(bell.due_at, row.paused_until) if row.paused_until else bell.due_at


def _announced(organization: Organization) -> bool:
    """Notices are kept for a week, so the question is about the last week."""
    return Notice.objects.filter(organization=organization).exists()


def _counts(organization: Organization) -> list[Count]:
    linked = {
        kind: Link.objects.filter(organization=organization, kind=kind).exclude(state=LinkState.GONE).count()
        for kind in ("customer", "product")
    }
    customers = Customer.objects.filter(organization=organization).count()
    products = Product.objects.filter(organization=organization).count()
    invoices = Invoice.objects.filter(organization=organization).exclude(ended=Ended.DISCARDED).count()
    waiting = Mark.objects.filter(organization=organization, kind="invoice").count()
    waiting += SendingItem.objects.filter(organization=organization, kind="invoice", state=ItemState.OPEN).count()
    return [
        Count("Customers", f"{linked['customer']:,} linked", f"of {customers:,}"),
        Count("Products", f"{linked['product']:,} mapped", f"of {products:,}"),
        Count("Invoices", f"{invoices:,}", f"{waiting:,} waiting" if waiting else ""),
    ]


_STEPS = (
    ("Company, terms, tax codes", ("Term", "Account", "TaxCode", "TaxRate", "PaymentMethod")),
    ("Items", ("Item",)),
    ("Customers", ("Customer",)),
    ("Invoices", ("Invoice",)),
    ("Payments and credits", ("CreditMemo", "Payment")),
)


def _progress(told: Mapping[str, Collection[int]]) -> Progress:
    """How far a first sync is: steps before the last one told of are done."""
    at = max((index for index, (_, names) in enumerate(_STEPS) if any(name in told for name in names)), default=-1)
    steps = []
    for index, (label, names) in enumerate(_STEPS):
        pairs = [tuple(told[name]) for name in names if name in told]
        done, total = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        steps.append(Step(label, "done" if index < at else "now" if index == max(at, 0) else "next", done, total))
    share = sum(1.0 if step.state == "done" else _share(step) for step in steps) / len(steps)
    return Progress(round(share * 100), steps)


def _share(step: Step) -> float:
    return step.done / step.total if step.state == "now" and step.total else 0.0


# --- The foot of every page ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pulse:
    css: str
    icon: str
    text: str
    at: datetime | None = None


def pulse(organization: Organization, *, now: datetime) -> Pulse:
    """The health of the sync in one line."""
    row = _connection(organization)
    if row is None:
        return Pulse("b-muted", "plug", "QuickBooks is not connected")
    if row.state == ConnectionState.RECONNECT:
        return Pulse("b-bad", "alert-triangle", "QuickBooks needs reconnecting", row.last_synced_at)
    if row.state == ConnectionState.DISCONNECTED:
        return Pulse("b-muted", "unlink", "QuickBooks is disconnected", row.last_synced_at)
    if row.paused_until and row.paused_until > now:
        return Pulse("b-warn", "clock", "QuickBooks sync is paused", row.last_synced_at)
    if row.rehearsal == Rehearsal.READY:
        return Pulse("b-warn", "checklist", "The plan of the first sync waits for you", row.planned_at)
    if row.first_synced_at is None:
        return Pulse("b-muted", "refresh", "Reading your books")
    if Trouble.objects.filter(organization=organization).exists():
        return Pulse("b-warn", "alert-triangle", "Something needs you", row.last_synced_at)
    return Pulse("b-ok", "circle-check", "QuickBooks is in sync", row.last_synced_at)

"""When the books are compared, how much of them, and what that costs in reads: known before the first one (R25)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from buddy.hub.customers import Customer
from buddy.hub.invoices import Credit, Ended, Invoice, Payment
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync import pull
from buddy.sync.audit.explaining import KINDS
from buddy.sync.models import Audit, AuditOutcome, Connection, Link, LinkState, Remote

QUIET = time(2)  # where the business is
WHOLE = timedelta(days=30)  # how long a nightly look may leave out what is closed and did not change
OPEN = "Balance > '0'"


def next_night(organization: Organization, *, now: datetime) -> datetime:
    """The next quiet hour of this organization, in its own time zone."""
    return organization.next_night(QUIET, now=now)


@dataclass(frozen=True)
class Part:
    """What is read of one entity: everything, or what `conditions` name and what is open here. `reads`: about."""

    entity: str
    whole: bool
    conditions: tuple[str, ...]
    reads: int


def plan(organization: Organization, *, whole: bool, since: datetime) -> list[Part]:
    """By entity, in the order they depend. Reading all of it is chosen wherever it costs no more reads."""
    return [_part(organization, entity, whole, since) for entity in pull.LARGE]


def _part(organization: Organization, entity: str, whole: bool, since: datetime) -> Part:
    everything = _pages(live(organization, entity).count())
    conditions = (*((OPEN,) if entity in ("Customer", "Invoice") else ()), pull.changed_since(since))
    few = _few(organization, entity) + 1
    if whole or everything <= few:
        return Part(entity, True, ("",), everything + 1)
    return Part(entity, False, conditions, few + 1)


def _few(organization: Organization, entity: str) -> int:
    """Reads for what is open: by page where QuickBooks can be asked for it, else by id."""
    rows = open_here(organization, entity)
    if entity == "Customer":
        return _pages(rows.filter(balance__gt=0).count()) + _by_id(rows.filter(balance__lt=0).count())
    return _pages(rows.count()) if entity == "Invoice" else _by_id(rows.count())


def _pages(rows: int) -> int:
    return rows // pull.ROWS + 1


def _by_id(rows: int) -> int:
    return -(-rows // pull.IDS)


def cost(organization: Organization, *, whole: bool) -> int:
    """About how many metered reads an audit takes now; a few more when the counts differ."""
    row = Connection.objects.filter(organization=organization).first()
    if row is None or row.first_synced_at is None:
        return 0
    return sum(part.reads for part in plan(organization, whole=whole, since=since(organization, row.first_synced_at)))


def since(organization: Organization, first_synced_at: datetime) -> datetime:
    """What changed after this was not compared yet: the last audit that came to its end, or the first sync."""
    last = finished(organization).order_by("-pk").first()
    return (last.started_at if last and last.started_at else first_synced_at) - pull.OVERLAP


def is_whole_due(organization: Organization, first_synced_at: datetime, *, now: datetime) -> bool:
    """Once a month everything is compared."""
    last = finished(organization).filter(whole=True).order_by("-pk").first()
    return (last.started_at if last and last.started_at else first_synced_at) < now - WHOLE


def finished(organization: Organization) -> QuerySet[Audit]:
    """Those that came to their end."""
    rows = Audit.objects.filter(organization=organization)
    return rows.filter(outcome__in=[AuditOutcome.MATCHES, AuditOutcome.DIFFERS])


# --- What is here ----------------------------------------------------------------------------------------------------


def live(organization: Organization, entity: str) -> QuerySet[Remote]:
    """Mirrored records that are not deleted."""
    return Remote.objects.filter(organization=organization, entity=entity, deleted=False)


_MODELS: dict[str, Any] = {
    "Item": Product,
    "Customer": Customer,
    "Invoice": Invoice,
    "CreditMemo": Credit,
    "Payment": Payment,
}
_OPEN = {
    "Item": Q(pk=None),
    "Customer": ~Q(balance=0),
    "Invoice": Q(balance__gt=0),
    "CreditMemo": Q(remaining__gt=0),
    "Payment": Q(unapplied__gt=0),
}


def counting_here(organization: Organization, entity: str) -> QuerySet[Model]:
    """Our objects of this kind that count; documents that ended do not."""
    rows: QuerySet[Model] = _MODELS[entity].objects.filter(organization=organization)
    return rows if entity in ("Item", "Customer") else rows.filter(ended=Ended.NOT)


def open_here(organization: Organization, entity: str) -> QuerySet[Model]:
    """Those with money still open."""
    return counting_here(organization, entity).filter(_OPEN[entity])


def unlinked(organization: Organization, entity: str) -> QuerySet[Remote]:
    """Mirrored records without anything here."""
    links = Link.objects.filter(organization=organization, entity=entity, remote_id=OuterRef("remote_id"))
    return live(organization, entity).exclude(Exists(links))


def only_here(organization: Organization, entity: str) -> QuerySet[Model]:
    """Our objects that no record stands behind."""
    links = Link.objects.filter(organization=organization, kind=KINDS[entity], object_id=OuterRef("pk"))
    return counting_here(organization, entity).exclude(Exists(links))


def expected_there(organization: Organization, entity: str, *, whole: bool) -> Iterator[str]:
    """Ids that should be there: what we mirror and what is linked; unless `whole` only what is open here, and links
    whose record is missing in the mirror."""
    links = Link.objects.filter(organization=organization, entity=entity).exclude(state=LinkState.GONE)
    counting = links.filter(object_id__in=counting_here(organization, entity).values("pk"))
    if whole:
        yield from live(organization, entity).values_list("remote_id", flat=True).iterator()
        yield from counting.values_list("remote_id", flat=True).iterator()
        return
    opened = links.filter(object_id__in=open_here(organization, entity).values("pk"))
    yield from opened.values_list("remote_id", flat=True).iterator()
    mirrored = live(organization, entity).filter(remote_id=OuterRef("remote_id"))
    yield from counting.exclude(Exists(mirrored)).values_list("remote_id", flat=True).iterator()

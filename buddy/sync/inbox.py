"""The door for Intuit: what a webhook says changed is verified, remembered, and rings the bell; only a hint (R22).

It has to be answered at once (api 8.1). On PostgreSQL that is one row for each event that is new, and the bell. On
SQLite, where a run may hold the write lock for longer than that, the delivery is kept on disk (`spool`), and the next
look of a worker makes the rows of it, half a second later. What brings nothing new writes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub import outbox
from buddy.hub.outbox import Ring
from buddy.hub.scoping import scope
from buddy.hub.team import Organization
from buddy.quickbooks import webhooks
from buddy.quickbooks.records import Note
from buddy.sync import spool
from buddy.sync.models import Connection, ConnectionState, Notice

log = logging.getLogger(__name__)

MOST = 1000  # events of one company remembered at a time; that there were more says only: look


class NotVerified(Exception):
    """The signature does not prove that this came from Intuit."""


class NotExpected(NotVerified):
    """This installation has no verifier, so it can believe nobody."""


def receive(body: bytes, signature: str, *, now: datetime | None = None) -> None:
    """Check the signature over the raw bytes, then see that each event is remembered once, per company.

    Raises NotVerified (NotExpected without a verifier), or ValueError for a body that is no notification. Unknown
    companies are ignored, and so is what was received before.
    """
    verifier = settings.INTUIT_WEBHOOK_VERIFIER
    if not verifier:
        raise NotExpected
    if not webhooks.verified(body, signature, verifier):
        raise NotVerified
    notes = webhooks.parse(body)
    if database.vendor == "sqlite":
        spool.put(body)
    else:
        _take_in(notes, now or timezone.now())


def collect(*, now: datetime | None = None) -> None:
    """Take in what waits on disk. A worker does so at each look; taken in twice, it is known the second time."""
    files = spool.waiting() if database.vendor == "sqlite" else []
    if files:
        _take_in([note for each in files for note in _said(each)], now or timezone.now())
        spool.remove(files)


def _said(file: Path) -> list[Note]:
    try:
        return webhooks.parse(file.read_bytes())
    except FileNotFoundError:  # another worker took it in
        return []
    except ValueError:  # as the door took it only whole, the disk has lost some of it
        log.warning("a delivery of QuickBooks cannot be read any more: %s", file.name)
        return []


def _take_in(notes: Iterable[Note], now: datetime) -> None:
    by_realm: dict[str, list[Note]] = {}
    for note in filter(_fits, notes):
        by_realm.setdefault(note.realm, []).append(note)
    for row in _connected(by_realm):
        _remember(row.organization, by_realm[row.realm], now)


def _fits(note: Note) -> bool:
    """Whether it can be what it claims, and be kept: ids and names are short, and hold no control characters."""
    kept = ((note.realm, 30), (note.id, 40), (note.deleted_id, 40), (note.entity, 20), (note.operation, 20))
    return all(len(text) <= longest and text.isprintable() for text, longest in kept)


def _connected(realms: Iterable[str]) -> list[Connection]:
    with scopes_disabled():
        rows = Connection.objects.filter(
            environment=settings.INTUIT_ENVIRONMENT, realm__in=list(realms), state=ConnectionState.CONNECTED
        )
        return list(rows.select_related("organization"))


def _remember(organization: Organization, notes: Sequence[Note], now: datetime) -> None:
    """Store what is new of these, and ring."""
    by_id = {_event_id(note): note for note in notes}
    with scope(organization):
        known = Notice.objects.filter(organization=organization, event_id__in=list(by_id))
        for event_id in known.values_list("event_id", flat=True):
            del by_id[event_id]
        if not by_id:
            return
        notices = [_notice(organization, event_id, note, now) for event_id, note in islice(by_id.items(), MOST)]
        with transaction.atomic():
            Notice.objects.bulk_create(notices, ignore_conflicts=True)
            outbox.ring(organization, Ring.NEWS, now=now)
    log.info("notices: organization=%s count=%d", organization.pk, len(by_id))


def _event_id(note: Note) -> str:
    """As it came; or, where it cannot be kept like that, a digest of it."""
    if len(note.event_id) <= 100 and note.event_id.isprintable():
        return note.event_id
    return hashlib.sha256(note.event_id.encode("utf-8", "surrogatepass")).hexdigest()


def _notice(organization: Organization, event_id: str, note: Note, now: datetime) -> Notice:
    return Notice(
        organization=organization,
        event_id=event_id,
        entity=note.entity,
        remote_id=note.id,
        operation=note.operation,
        merged_id=note.deleted_id,
        received_at=now,
    )

"""The door for Intuit: what a webhook says changed is verified, remembered, and rings the bell; only a hint (R22).

It has to be answered at once (api 8.1), so little is written: one row for each event that is new, and the bell. A
delivery that brings nothing new writes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from threading import Lock

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
from buddy.sync.models import Connection, ConnectionState, Notice

log = logging.getLogger(__name__)

MOST = 1000  # events of one company remembered of one delivery; that there were more says only: look


class NotVerified(Exception):
    """The signature does not prove that this came from Intuit."""


class NotExpected(NotVerified):
    """This installation has no verifier, so it can believe nobody."""


@dataclass(frozen=True)
class Received:
    accepted: int  # events that were new


def receive(body: bytes, signature: str, *, now: datetime | None = None) -> Received:
    """Check the signature over the raw bytes, then remember each event once, per company.

    Raises NotVerified (NotExpected without a verifier), or ValueError for a body that is no notification. Unknown
    companies are ignored, and so is what was received before.
    """
    verifier = settings.INTUIT_WEBHOOK_VERIFIER
    if not verifier:
        raise NotExpected
    if not webhooks.verified(body, signature, verifier):
        raise NotVerified
    notes: dict[str, list[Note]] = {}
    for note in filter(_fits, webhooks.parse(body)):
        notes.setdefault(note.realm, []).append(note)
    at = now or timezone.now()
    return Received(sum(_remember(row.organization, notes[row.realm], at) for row in _connected(notes)))


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


def _remember(organization: Organization, notes: Sequence[Note], now: datetime) -> int:
    """Store what is new of these and ring; how many were."""
    by_id = {_event_id(note): note for note in notes}
    with scope(organization):
        known = Notice.objects.filter(organization=organization, event_id__in=list(by_id))
        for event_id in known.values_list("event_id", flat=True):
            del by_id[event_id]
        if not by_id:
            return 0
        notices = [_notice(organization, event_id, note, now) for event_id, note in islice(by_id.items(), MOST)]
        with _turn(), transaction.atomic():
            Notice.objects.bulk_create(notices, ignore_conflicts=True)
            outbox.ring(organization, Ring.NEWS, now=now)
    log.info("notices: organization=%s count=%d", organization.pk, len(by_id))
    return len(by_id)


def _turn() -> AbstractContextManager[object]:
    """SQLite lets one write, and the others look again after pauses of up to 100 ms: here they follow at once."""
    return _WRITER if database.vendor == "sqlite" else nullcontext()


_WRITER = Lock()


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

"""The door for Intuit: what a webhook says changed is verified, remembered, and rings the bell; only a hint (R22)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub import outbox
from buddy.hub.outbox import Ring
from buddy.hub.scoping import scope
from buddy.quickbooks import webhooks
from buddy.quickbooks.records import Note
from buddy.sync.models import Connection, ConnectionState, Notice

log = logging.getLogger(__name__)


class NotVerified(Exception):
    """The signature does not prove that this came from Intuit."""


@dataclass(frozen=True)
class Received:
    accepted: int  # events of companies connected here, repeats included


def receive(body: bytes, signature: str, *, now: datetime | None = None) -> Received:
    """Check the signature over the raw bytes, then remember each event once, per company.

    Raises NotVerified, or ValueError for a body that is no notification. Unknown companies are ignored.
    """
    verifier = settings.INTUIT_WEBHOOK_VERIFIER
    if not verifier or not webhooks.verified(body, signature, verifier):
        raise NotVerified
    notes: dict[str, list[Note]] = {}
    for note in webhooks.parse(body):
        notes.setdefault(note.realm, []).append(note)
    with scopes_disabled():
        rows = Connection.objects.filter(
            environment=settings.INTUIT_ENVIRONMENT, realm__in=notes, state=ConnectionState.CONNECTED
        ).select_related("organization")
        known = list(rows)
    for row in known:
        _remember(row, notes[row.realm], now or timezone.now())
    return Received(sum(len(notes[row.realm]) for row in known))


def _remember(row: Connection, notes: Sequence[Note], now: datetime) -> None:
    notices = [
        Notice(
            organization=row.organization,
            event_id=note.event_id,
            entity=note.entity,
            remote_id=note.id,
            operation=note.operation,
            merged_id=note.deleted_id,
            received_at=now,
        )
        for note in notes
    ]
    with scope(row.organization), transaction.atomic():
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        Connection.objects.filter(pk=row.pk).update(webhook_seen_at=now)
        outbox.ring(row.organization, Ring.NEWS, now=now)
    log.info("notices: organization=%s count=%d", row.organization_id, len(notices))

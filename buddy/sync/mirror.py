"""Our copy of QuickBooks' records (R2): written set-based, before or together with what is carried over from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import batched

from buddy.hub import bulk, matching
from buddy.hub.team import Organization
from buddy.quickbooks.records import Record
from buddy.sync.mapping import CUSTOMER
from buddy.sync.mapping.customer import is_project, party
from buddy.sync.mapping.reference import owner_id, record_code, record_name
from buddy.sync.models import Remote, RemoteKey, Waiting

_COLUMNS = (
    "organization_id",
    "entity",
    "remote_id",
    "sync_token",
    "updated_at",
    "deleted",
    "active",
    "waiting",
    "owner_id",
    "name",
    "code",
    "body",
)
_KEY = ("organization_id", "entity", "remote_id")


def news(organization: Organization, entity: str, records: Sequence[Record]) -> list[Record]:
    """Those that differ from the mirror in token, time or deletion, or that still wait for their turn there (R28)."""
    found = Remote.objects.filter(
        organization=organization, entity=entity, remote_id__in=[record.id for record in records]
    )
    known = {
        row[0]: row[1:] for row in found.values_list("remote_id", "sync_token", "updated_at", "deleted", "waiting")
    }
    return [record for record in records if _is_news(record, known.get(record.id))]


def _is_news(record: Record, row: tuple[object, ...] | None) -> bool:
    if row is None:
        return not record.deleted
    token, updated_at, deleted, waiting = row
    if record.deleted:
        return not deleted
    return (token, updated_at, deleted) != (record.sync_token, record.updated_at, False) or waiting == Waiting.TURN


def write(organization: Organization, entity: str, records: Sequence[Record], *, waiting: dict[str, Waiting]) -> None:
    """Store these records, `waiting` saying by id why one is not carried over yet. In the caller's transaction."""
    live = [record for record in records if not record.deleted]
    bulk.upsert(Remote, _COLUMNS, [_row(organization, each, waiting) for each in live], key=_KEY)
    gone = [(True, each.updated_at, Waiting.NO, organization.pk, entity, each.id) for each in records if each.deleted]
    bulk.update(Remote, ("deleted", "updated_at", "waiting"), gone, key=_KEY)  # its last body is kept
    if entity == "Customer":
        _write_keys(organization, records)


def _row(organization: Organization, record: Record, waiting: dict[str, Waiting]) -> tuple[object, ...]:
    body = record.body
    return (
        organization.pk,
        record.entity,
        record.id,
        record.sync_token,
        record.updated_at,
        False,
        bool(body.get("Active", True)),
        waiting.get(record.id, Waiting.NO).value,
        owner_id(record.entity, body),
        record_name(record.entity, body)[:500],
        record_code(body)[:100],
        record.raw.decode(),
    )


def _write_keys(organization: Organization, records: Sequence[Record]) -> None:
    """Who there holds which e-mail and name: what makes a match unique, or not."""
    RemoteKey.objects.filter(organization=organization, remote_id__in=[record.id for record in records]).delete()
    rows = [
        (organization.pk, record.id, key.kind, key.value)
        for record in records
        if not record.deleted and not is_project(record.body)
        for key in matching.keys(party(record.id, record.body, CUSTOMER.theirs(record.body)))
        if key.kind in ("email", "name")
    ]
    bulk.insert(RemoteKey, ("organization_id", "remote_id", "kind", "value"), rows)


def waiting_turn(organization: Organization, entity: str, realm: str, *, size: int) -> Iterator[list[Record]]:
    """Mirrored records whose turn has come, in chunks, oldest first; read by key, since they settle meanwhile."""
    last = 0
    while True:
        rows = Remote.objects.filter(organization=organization, waiting=Waiting.TURN, entity=entity, pk__gt=last)
        found = list(rows.order_by("pk")[:size])
        if not found:
            return
        last = found[-1].pk
        yield [as_record(row, realm) for row in found]


def records(organization: Organization, entity: str, remote_ids: Collection[str], realm: str = "") -> dict[str, Record]:
    """Mirrored records by id; those not mirrored are missing."""
    found: dict[str, Record] = {}
    for some in batched(remote_ids, 1000):
        rows = Remote.objects.filter(organization=organization, entity=entity, remote_id__in=some)
        found |= {row.remote_id: as_record(row, realm) for row in rows}
    return found


def named(organization: Organization, entity: str, name: str) -> Remote | None:
    """A mirrored list record by its name, inactive ones too."""
    rows = Remote.objects.filter(organization=organization, entity=entity, deleted=False)
    return rows.filter(name__iexact=name).first()


def as_record(row: Remote, realm: str = "") -> Record:
    return Record(realm, row.entity, row.remote_id, row.sync_token, row.updated_at, row.deleted, row.body.encode())


def set_waiting(organization: Organization, entity: str, remote_ids: Iterable[str], waiting: Waiting) -> None:
    ids = list(remote_ids)
    if ids:
        rows = Remote.objects.filter(organization=organization, entity=entity, remote_id__in=ids)
        rows.update(waiting=waiting)

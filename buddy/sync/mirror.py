"""Our copy of QuickBooks' records (R2): written set-based, before or together with what is carried over from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Any

from django.utils import timezone

from buddy.hub import bulk
from buddy.hub.team import Organization
from buddy.quickbooks.records import Body, Record
from buddy.sync.mapping.customer import counted
from buddy.sync.mapping.reference import brief
from buddy.sync.models import Remote, RemoteKey, Waiting

_COLUMNS = (
    "organization_id",
    "entity",
    "remote_id",
    "sync_token",
    "updated_at",
    "deleted",
    "active",
    "owner_id",
    "name",
    "code",
    "body",
    "waiting",
)
_KEY = ("organization_id", "entity", "remote_id")
LATELY = timedelta(minutes=15)  # more than two looks at changes overlap, and than two clocks differ
_ENVELOPE = ("remote_id", "sync_token", "updated_at", "deleted", "body")


def news(organization: Organization, entity: str, records: Sequence[Record]) -> list[Record]:
    """Those that differ from the mirror in token, time or deletion, or that still wait for their turn there (R28).

    QuickBooks' times have whole seconds and a balance moves no token (api 4.2): of what changed lately, twice in one
    second perhaps, the text is compared as well.
    """
    where = {"organization_id": organization.pk, "entity": entity}
    among = ("remote_id", [record.id for record in records])
    mirrored = [remote_id for (remote_id,) in bulk.find(Remote, ("remote_id",), where=where, among=among)]
    if not mirrored:
        return [record for record in records if not record.deleted]
    found = Remote.objects.filter(organization=organization, entity=entity, remote_id__among=mirrored)
    known = {
        row[0]: row[1:] for row in found.values_list("remote_id", "sync_token", "updated_at", "deleted", "waiting")
    }
    fresh = {record.id for record in records if _is_news(record, known.get(record.id))}
    late = {record.id: record for record in records if record.id not in fresh and _is_late(record)}
    texts = found.filter(remote_id__among=list(late)).values_list("remote_id", "body") if late else ()
    fresh |= {remote_id for remote_id, text in texts if text != late[remote_id].raw.decode()}
    return [record for record in records if record.id in fresh]


def _is_late(record: Record) -> bool:
    return not record.deleted and record.updated_at is not None and record.updated_at > timezone.now() - LATELY


def _is_news(record: Record, row: tuple[object, ...] | None) -> bool:
    if row is None:
        return not record.deleted
    token, updated_at, deleted, waiting = row
    if record.deleted:
        return not deleted
    return (token, updated_at, deleted) != (record.sync_token, record.updated_at, False) or waiting == Waiting.TURN


@dataclass(frozen=True, slots=True)
class Copies:
    """Records as rows of the mirror, ready to be stored, but for the reason why one waits."""

    organization: Organization
    entity: str
    ids: list[str]
    rows: list[tuple[Any, ...]]
    gone: list[tuple[Any, ...]]
    keys: list[tuple[Any, ...]]  # who there holds which email, name, phone: what makes a match unique, or not


def copies(organization: Organization, entity: str, records: Sequence[Record], *, keyed: bool = True) -> Copies:
    """These records as rows. Asks the database nothing, so it is done before a transaction, not in it (R28).

    Not `keyed`: the keys of customers are written when all of them are here.
    """
    live = [record for record in records if not record.deleted]
    return Copies(
        organization,
        entity,
        [record.id for record in records],
        rows=[_row(organization, record) for record in live],
        gone=[(True, each.updated_at, "", organization.pk, entity, each.id) for each in records if each.deleted],
        keys=[
            (organization.pk, record.id, key)
            for record in (live if keyed and entity == "Customer" else ())
            for key in counted(record.raw)
        ],
    )


def store(made: Copies, *, waiting: Mapping[str, Waiting]) -> None:
    """Write these, `waiting` saying by id why one is not carried over yet. In the caller's transaction."""
    rows = [(*row, waiting.get(row[2], Waiting.NO).value) for row in made.rows]
    bulk.upsert(Remote, _COLUMNS, rows, key=_KEY)
    bulk.update(Remote, ("deleted", "updated_at", "waiting"), made.gone, key=_KEY)  # its last body is kept
    if made.entity == "Customer":
        bulk.delete(RemoteKey, where={"organization_id": made.organization.pk}, among=("remote_id", made.ids))
        bulk.insert(RemoteKey, ("organization_id", "remote_id", "key"), made.keys)


def write(
    organization: Organization, entity: str, records: Sequence[Record], *, waiting: Mapping[str, Waiting]
) -> None:
    """`copies`, stored at once."""
    store(copies(organization, entity, records), waiting=waiting)


def _row(organization: Organization, record: Record) -> tuple[Any, ...]:
    """In the order of _COLUMNS, but for the last."""
    known = brief(record.entity, record.raw)
    return (
        organization.pk,
        record.entity,
        record.id,
        record.sync_token,
        record.updated_at,
        False,
        known.active,
        known.owner,
        known.name[:500],
        known.code[:100],
        record.raw.decode(),
    )


def waiting_turn(organization: Organization, entity: str, realm: str, *, size: int) -> Iterator[list[Record]]:
    """Mirrored records whose turn has come, in chunks, oldest first; read by key, since they settle meanwhile."""
    last = 0
    while True:
        rows = Remote.objects.filter(organization=organization, waiting=Waiting.TURN, entity=entity, pk__gt=last)
        rows = rows.exclude(waiting=Waiting.NO)  # said, so that SQLite takes the index of those that wait
        found = list(rows.order_by("pk").values_list("pk", *_ENVELOPE)[:size])
        if not found:
            return
        last = found[-1][0]
        yield [
            Record(realm, entity, remote_id, token, updated_at, deleted, body.encode())
            for _, remote_id, token, updated_at, deleted, body in found
        ]


def records(organization: Organization, entity: str, remote_ids: Collection[str], realm: str = "") -> dict[str, Record]:
    """Mirrored records by id; those not mirrored are missing."""
    found: dict[str, Record] = {}
    for some in batched(remote_ids, 1000):
        rows = Remote.objects.filter(organization=organization, entity=entity, remote_id__among=some)
        found |= {row.remote_id: as_record(row, realm) for row in rows}
    return found


def bodies(organization: Organization, entity: str, remote_ids: Collection[str]) -> dict[str, Body]:
    """What mirrored records say, by id; those not mirrored are missing."""
    where = {"organization_id": organization.pk, "entity": entity}
    rows = bulk.find(Remote, ("remote_id", "body"), where=where, among=("remote_id", remote_ids))
    return {remote_id: Record("", entity, remote_id, "", None, False, body.encode()).body for remote_id, body in rows}


def as_record(row: Remote, realm: str = "") -> Record:
    return Record(realm, row.entity, row.remote_id, row.sync_token, row.updated_at, row.deleted, row.body.encode())


def set_waiting(organization: Organization, entity: str, remote_ids: Iterable[str], waiting: Waiting) -> None:
    ids = list(remote_ids)
    if ids:
        rows = Remote.objects.filter(organization=organization, entity=entity, remote_id__among=ids)
        rows.update(waiting=waiting)

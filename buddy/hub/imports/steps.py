"""The steps a worker takes with an import, and what a person has it take next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from buddy import jobs
from buddy.hub import bulk
from buddy.hub.errors import Refused
from buddy.hub.imports import fields, reading, staging, uploads, working
from buddy.hub.imports.customers import CustomerRows
from buddy.hub.imports.orders import OrderRows
from buddy.hub.imports.products import ProductRows
from buddy.hub.imports.records import Records, Sent
from buddy.hub.imports.tables import Act, Import, ImportRow, Kind, Outcome, Remembered, State
from buddy.hub.imports.working import Lost, Turn
from buddy.hub.team import Organization, User

log = logging.getLogger(__name__)

MOVED = "This import is not where it was any more. Look at it again."
_DID_NOTHING = (State.READING, State.PLANNING, State.ASKING, State.PLANNED, State.UNREADABLE)

ROWS: dict[str, type[CustomerRows | ProductRows | OrderRows]] = {
    Kind.CUSTOMERS: CustomerRows,
    Kind.PRODUCTS: ProductRows,
    Kind.ORDERS: OrderRows,
}


# --- What a worker does ----------------------------------------------------------------------------------------------


def work(organization: Organization, *, sent: Sent) -> None:
    """Take every import of the organization as far as it goes without a person. Never raises.

    `sent` tells which of these objects the books know, or may know: they are not removed when an import is undone.
    """
    now = timezone.now()
    while turn := working.take(organization, now):
        try:
            _STEPS[turn.state](turn, sent)
        except Lost:
            log.info("import %s: stopped, or taken over", turn.batch.pk)
        except Exception:  # another worker tries again once this one is taken for dead
            log.exception("import %s of organization %s failed", turn.batch.pk, organization.pk)
    uploads.forget_old(now)


def _read(turn: Turn, _sent: Sent) -> None:
    staging.read(turn)


def _plan(turn: Turn, _sent: Sent) -> None:
    rows_of = ROWS[turn.batch.kind](turn.batch)
    rows_of.begin(turn)
    for rows in turn.chunks("values", "changes", "candidates", "told"):
        rows_of.plan(rows)
        with turn.writing():
            _keep(rows, ("act", "object_id", "values", "changes", "candidates", "said"))
            turn.through(rows)
    with turn.writing():
        turn.finish(State.PLANNED, counts=counted(turn.batch, "act"))


def _apply(turn: Turn, _sent: Sent) -> None:
    rows_of = ROWS[turn.batch.kind](turn.batch)
    for rows in turn.chunks("cells"):
        ready: Any = rows_of.prepare(rows)
        with turn.writing():
            rows_of.apply(rows, ready, by=turn.batch.applied_by, now=timezone.now())
            _keep(rows, ("object_id", "outcome", "told"))
            turn.through(rows)
    with turn.writing():
        turn.finish(State.APPLIED, results=counted(turn.batch, "outcome"))


def _undo(turn: Turn, sent: Sent) -> None:
    rows_of = ROWS[turn.batch.kind](turn.batch)
    for rows in turn.chunks("cells", "values", "candidates"):
        with turn.writing():
            rows_of.undo(rows, by=turn.batch.undone_by, now=timezone.now(), sent=sent)
            _keep(rows, ("outcome", "told"))
            turn.through(rows)
    with turn.writing():
        turn.finish(State.UNDONE, results=counted(turn.batch, "outcome"))


_STEPS: dict[str, Callable[[Turn, Sent], None]] = {
    State.READING: _read,
    State.PLANNING: _plan,
    State.APPLYING: _apply,
    State.UNDOING: _undo,
}


def _keep(rows: Sequence[ImportRow], columns: Sequence[str]) -> None:
    tuples = [(*(_ready(getattr(row, name)) for name in columns), row.pk) for row in rows]
    bulk.update(ImportRow, columns, tuples)


def _ready(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value


def counted(batch: Import, column: str) -> dict[str, int]:
    """How many rows have each value of `act` or `outcome`."""
    rows = ImportRow.objects.filter(of=batch).order_by()
    return {name or "left_out": count for name, count in rows.values_list(column).annotate(Count("pk"))}


# --- What a person has done ------------------------------------------------------------------------------------------


def begin(
    organization: Organization, kind: str, *, file_name: str, stored_as: str, size: int, by: User | None, now: datetime
) -> Import:
    """A file was uploaded: have it read."""
    batch = Import.objects.create(
        organization=organization,
        kind=Kind(kind),
        file_name=file_name[-200:],
        stored_as=stored_as,
        size=size,
        created_by=by,
        created_at=now,
    )
    jobs.wake(organization.pk)
    return batch


def read_again(batch: Import, wanted: Mapping[str, Any]) -> None:
    """Read the file another way: another encoding, delimiter, sheet or row of headings."""
    _next(batch, (State.ASKING, State.UNREADABLE), State.READING, wanted=dict(wanted))


@transaction.atomic
def agree(batch: Import, *, mapping: Mapping[str, str], formats: Mapping[str, str], blanks_clear: bool) -> None:
    """The columns are these: remember it for files of this shape, and have what each row will do worked out.

    Refused when a field is mapped twice, when something needed is missing, or when a format was left open.
    """
    _check(batch, mapping)
    given = {"mapping": dict(mapping), "formats": dict(formats), "blanks_clear": blanks_clear}
    open_ones = staging.styles(Import(kind=batch.kind, columns=batch.columns, formats=dict(formats)), dict(mapping))
    if "" in open_ones.values():
        raise Refused("Say how numbers and dates are written in this file: it can be read in two ways.")
    _next(batch, (State.ASKING, State.PLANNED), State.PLANNING, **given)
    names = [column["heading"] for column in batch.columns]
    by_heading = {fields.plain(names[int(position)]): name for position, name in mapping.items()}
    Remembered.objects.update_or_create(
        organization=batch.organization,
        kind=batch.kind,
        shape=reading.shape(names),
        defaults={**given, "mapping": by_heading},
    )


def _check(batch: Import, mapping: Mapping[str, str]) -> None:
    labels = fields.labels(batch.kind)
    twice = [labels[name] for name in set(mapping.values()) if list(mapping.values()).count(name) > 1]
    if twice:
        raise Refused(f"Two columns are set to {twice[0]}. Choose which one counts, and leave the other out.")
    if missing := fields.missing(batch.kind, set(mapping.values())):
        raise Refused(f"Choose which column holds: {', '.join(missing)}.")


def back(batch: Import) -> None:
    """From the preview back to the columns."""
    _next(batch, (State.PLANNED,), State.ASKING)


def apply(batch: Import, *, by: User, now: datetime) -> None:
    """Have the rows do what the preview shows."""
    _next(batch, (State.PLANNED,), State.APPLYING, applied_by=by, applied_at=now)


@transaction.atomic
def stop(batch: Import) -> None:
    """Leave out what has not been done yet. What was done stays, and can be undone."""
    _next(batch, (State.APPLYING,), State.APPLIED)
    Import.objects.filter(pk=batch.pk).update(results=counted(batch, "outcome"))


def undo(batch: Import, *, by: User, now: datetime) -> None:
    """Have everything taken back that nothing builds on."""
    _next(batch, (State.APPLIED,), State.UNDOING, undone_by=by, undone_at=now)


@transaction.atomic
def discard(batch: Import) -> None:
    """Throw away an import that did nothing, also while a worker looks at it: that one finds it gone, and stops."""
    if not _at(batch, _DID_NOTHING).update(state=State.UNDONE, worker="", worker_until=None):
        raise Refused(MOVED)
    if batch.stored_as:
        uploads.forget(batch)
    batch.delete()


def _next(batch: Import, before: Sequence[str], state: str, **values: Any) -> None:
    rows = _at(batch, before)
    if rows.filter(stored_as="").exists():
        raise Refused("This import is too old: its file and its rows are not kept any more. Upload the file again.")
    if not rows.filter(stored_as__gt="").update(state=state, done=0, reached=0, worker="", worker_until=None, **values):
        raise Refused(MOVED)
    batch.refresh_from_db()
    jobs.wake(batch.organization_id)


def _at(batch: Import, states: Sequence[str]) -> QuerySet[Import]:
    """The import, if it still stands where it was seen."""
    return Import.objects.filter(organization=batch.organization_id, pk=batch.pk, state__in=states)


@transaction.atomic
def choose(row: ImportRow, choice: str) -> ImportRow:
    """What a row does that may be somebody who is here: "new", "skip", or the id of one of its candidates."""
    batch = Import.objects.select_for_update().get(pk=row.of_id)
    records: Any = ROWS[batch.kind](batch)
    if batch.state != State.PLANNED or not row.candidates or not isinstance(records, Records):
        raise Refused("This row cannot be changed any more. Look at the import again.")
    row.act, row.object_id, row.changes = Act.ASK, None, {}
    if choice == "new":
        row.act = Act.CREATE
    elif choice != "skip":
        chosen = {str(pk) for pk, _, _ in row.candidates} & {choice}
        record = records.model._default_manager.filter(organization=batch.organization, pk__in=chosen).first()  # noqa: SLF001
        if record is None:
            raise Refused("Choose one of those that the row offers.")
        records.choose(row, record)
    row.save(update_fields=["act", "object_id", "changes"])
    Import.objects.filter(pk=batch.pk).update(counts=counted(batch, "act"))
    return row


@transaction.atomic
def create_all(batch: Import) -> int:
    """Let every row that may be somebody who is here be a new one after all."""
    if not Import.objects.select_for_update().filter(pk=batch.pk, state=State.PLANNED).exists():
        raise Refused(MOVED)
    changed = ImportRow.objects.filter(of=batch, act=Act.ASK).update(act=Act.CREATE)
    Import.objects.filter(pk=batch.pk).update(counts=counted(batch, "act"))
    return changed


def undoable(batch: Import) -> bool:
    return (
        bool(batch.stored_as)
        and batch.state == State.APPLIED
        and bool(batch.results.get(Outcome.CREATED) or batch.results.get(Outcome.UPDATED))
    )

"""Rows that are records of a list, a customer or a product each: what they will do, done, and undone again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Model
from django.db.models.query import QuerySet

from buddy.hub import activity, checks, intake, outbox
from buddy.hub.checks import Check
from buddy.hub.errors import Invalid
from buddy.hub.imports import fields
from buddy.hub.imports.cells import CellReader
from buddy.hub.imports.tables import Act, Import, ImportRow, Outcome
from buddy.hub.imports.working import Turn
from buddy.hub.team import User

MOST_CANDIDATES = 5

type Sent = Callable[[str, Collection[int]], set[int]]
type Found = dict[str, list[Any]]


class Records[M: Model](ABC):
    """The rows of one import as records of one table."""

    model: type[M]
    kind: ClassVar[str]  # as the outbox calls it
    identifying: ClassVar[frozenset[str]]  # the fields that identities are made of

    def __init__(self, batch: Import) -> None:
        self.batch = batch
        self.organization = batch.organization
        self.labels = fields.labels(batch.kind)
        self.reader = CellReader(batch)
        self.note = f"Import {batch.pk}: {batch.file_name}"
        self._first: dict[str, int] = {}

    # --- What each list says of itself -------------------------------------------------------------------------------

    @abstractmethod
    def checks(self) -> Mapping[str, Check]: ...

    @abstractmethod
    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """By what a record is found, the surest first. Where there is an id, the others only tell who else has them."""

    @abstractmethod
    def known(self, identities: Iterable[str]) -> Found:
        """The records here that go by these identities."""

    @abstractmethod
    def held(self, record: M) -> dict[str, Any]:
        """By field, what a record holds, in the form a row has it."""

    @abstractmethod
    def columns(self, values: Mapping[str, Any], record: M | None) -> dict[str, Any]:
        """Every column of a record that takes these values: a new one, or this."""

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        """With what a new record cannot be without, where the file says it otherwise."""
        return values

    def objection(self, values: Mapping[str, Any], record: M | None, found: Found) -> str:
        """Why this cannot be written although each value is fine, or ""."""
        return ""

    def vanished(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Which of these values name something that is not here any more, and why they cannot be written, in words."""
        return {}

    def suspect(self, rows: Sequence[ImportRow]) -> None:  # noqa: B027
        """Ask about those of these new rows that may be here already under another name."""

    def created(self, ids: Sequence[int], ready: Sequence[dict[str, Any]]) -> None:  # noqa: B027
        """What else is written for records just created."""

    def beside(self, values: Sequence[tuple[int, Mapping[str, Any]]]) -> None:  # noqa: B027
        """Write the fields that are no columns of `intake`: by id, the values that records were given."""

    def changed(self, records: Sequence[M]) -> None:  # noqa: B027
        """What else is written for records just changed."""

    def leaving(self, ids: Sequence[int], now: datetime) -> None:  # noqa: B027
        """What else ends when these are removed."""

    # --- What each row will do ---------------------------------------------------------------------------------------

    def begin(self, _turn: Turn) -> None:
        """Which row of the file is the first with an identity: a later one is the same record again."""
        rows = ImportRow.objects.filter(of=self.batch).order_by("number").values_list("number", "cells")
        for number, cells in rows.iterator(chunk_size=2000):
            raw = {
                name: value
                for name in self.identifying & self.reader.names
                if (value := self.reader.written(cells, name))
            }
            for identity in self.identities(self.named(raw))[:1]:
                self._first.setdefault(identity, number)

    def plan(self, rows: Sequence[ImportRow]) -> None:
        """Set what these rows will do, and why. Nothing is written."""
        for row in rows:
            self._read(row)
        fit = [row for row in rows if not row.act]
        found = self.known({each for row in fit for each in self.identities(self.named(dict(row.values)))})
        for row in fit:
            self._place(row, found)
        self.suspect([row for row in fit if row.act == Act.CREATE])

    def _read(self, row: ImportRow) -> None:
        row.act, row.object_id, row.changes, row.candidates, row.said = "", None, {}, [], ""
        row.values, wrong = self.reader.read(row.cells)
        if wrong:
            self._refuse(row, wrong)

    def _refuse(self, row: ImportRow, why: Mapping[str, str]) -> None:
        """`why`: by field, what is wrong with it; "" for the row as a whole."""
        row.act = Act.REFUSE
        row.said = " ".join(f"{self.labels[name]}: {told}" if name else told for name, told in why.items())

    def _place(self, row: ImportRow, found: Found) -> None:
        identities = self.identities(self.named(dict(row.values)))
        if not identities:
            self._refuse(row, {fields.NEEDED[self.batch.kind][0][0]: "This is empty."})
            return
        if (first := self._first.get(identities[0], row.number)) < row.number:
            self._refuse(row, {"": f"This is the same as row {first:,}. Leave one of them out."})
            return
        ways = identities[:1] if identities[0].startswith("id:") else identities
        matches = next((found[each] for each in ways if found.get(each)), [])
        if not matches and identities[0].startswith("id:"):
            self._refuse(row, {"": "Nothing here has this Buddy number. Leave it empty to add a new one."})
        elif len(matches) == 1:
            self._compare(row, matches[0], found)
        else:
            self._compare(row, None, found)
            if matches and row.act == Act.CREATE:
                row.act, row.said = Act.ASK, "Several here go by this name. Choose which one is meant."
                row.candidates = [[each.pk, str(each), ""] for each in matches[:MOST_CANDIDATES]]

    def _compare(self, row: ImportRow, record: M | None, found: Found) -> None:
        """What stands in the record already is not checked again: it may have come from the books."""
        held = self.held(record) if record else {}
        new = {name: value for name, value in row.values.items() if name != "id" and held.get(name) != value}
        try:
            kept = checks.all_of(self.named(new) if record is None else new, self.checks())
        except Invalid as invalid:
            self._refuse(row, invalid.fields)
            return
        row.values = {**row.values, **{name: _portable(value) for name, value in kept.items()}}
        if why := self.objection(row.values, record, found):
            self._refuse(row, {"": why})
        elif record is None:
            row.act = Act.CREATE
        else:
            self._change(row, record, row.values)

    def choose(self, row: ImportRow, record: M) -> None:
        """Let this row, planned as a new record, update this one: only with what stands in the file, so that nothing
        is overwritten by what a new record would have been given besides."""
        in_file, _ = self.reader.read(row.cells)
        self._change(row, record, {name: value for name, value in row.values.items() if name in in_file})

    def _change(self, row: ImportRow, record: M, values: Mapping[str, Any]) -> None:
        held = self.held(record)
        row.changes = {
            name: [held[name], value] for name, value in values.items() if name != "id" and held[name] != value
        }
        row.object_id = record.pk
        row.act = Act.UPDATE if row.changes else Act.UNCHANGED

    # --- Done --------------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[ImportRow]) -> dict[int, dict[str, Any]]:
        """By row: the columns of what will be created. What can be thought out before the transaction is."""
        creating = [row for row in rows if row.act == Act.CREATE]
        return {row.pk: self.columns(row.values, None) for row in creating if not self.vanished(row.values)}

    def apply(
        self, rows: Sequence[ImportRow], ready: Mapping[int, dict[str, Any]], *, by: User | None, now: datetime
    ) -> None:
        """Do what these rows will do, in the transaction that stands, and set what came of it."""
        for row in rows:
            if row.act in (Act.UNCHANGED, Act.REFUSE):
                row.outcome, row.told = Outcome(row.act if row.act == Act.UNCHANGED else "refused"), row.said
            elif row.act == Act.ASK:
                row.outcome, row.told = Outcome.LEFT_OUT, "Nobody said whether it is one that is here already."
        self._create([row for row in rows if row.act == Act.CREATE], ready, by=by, now=now)
        self._update([row for row in rows if row.act == Act.UPDATE], by=by, now=now)

    def _create(
        self, rows: Sequence[ImportRow], ready: Mapping[int, dict[str, Any]], *, by: User | None, now: datetime
    ) -> None:
        wanted = {row.pk: self.identities(row.values) for row in rows}
        found = self.known({each for some in wanted.values() for each in some})
        new = []
        for row in rows:
            seen = {pk for pk, _, _ in row.candidates}
            others = [each for name in wanted[row.pk] for each in found.get(name, []) if each.pk not in seen]
            if others:
                row.outcome, row.told = Outcome.LEFT_OUT, f"{others[0]} was added since the preview. Import it again."
            elif row.pk not in ready:
                row.outcome, row.told = Outcome.LEFT_OUT, " ".join(self.vanished(row.values).values())
            else:
                new.append(row)
        values = [ready[row.pk] for row in new]
        ids = intake.create(self.model, self.organization, values, run=None, now=now, by=by, note=self.note)
        self.created(ids, values)
        self.beside([(pk, row.values) for row, pk in zip(new, ids, strict=True)])
        for row, pk in zip(new, ids, strict=True):
            row.object_id, row.outcome = pk, Outcome.CREATED
        outbox.mark(self.organization, self.kind, ids, by=by, now=now)

    def _update(self, rows: Sequence[ImportRow], *, by: User | None, now: datetime) -> None:
        records = self._locked(row.object_id for row in rows)
        writing: list[tuple[ImportRow, M, dict[str, Any]]] = []
        for row in rows:
            record = records.get(row.object_id or 0)
            if record is None:
                row.outcome, row.told = Outcome.LEFT_OUT, "It was removed, or merged into another, since the preview."
                continue
            held = self.held(record)
            moved = [name for name, (before, after) in row.changes.items() if held[name] not in (before, after)]
            if moved:
                words = ", ".join(self.labels[name] for name in moved)
                row.outcome, row.told = Outcome.LEFT_OUT, f"Somebody changed this since the preview: {words}."
                continue
            new = {name: after for name, (_, after) in row.changes.items() if held[name] != after}
            if vanished := self.vanished(new):
                row.outcome, row.told = Outcome.LEFT_OUT, " ".join(vanished.values())
                continue
            row.outcome = Outcome.UPDATED if new else Outcome.UNCHANGED
            writing.append((row, record, new))
        self._write([(record, new) for _, record, new in writing if new], by=by, now=now)

    def _write(self, changes: Sequence[tuple[M, dict[str, Any]]], *, by: User | None, now: datetime) -> None:
        """Give these records new values, and let all that follows from it follow."""
        entries = []
        for record, new in changes:
            held = self.held(record)
            told = {name: (held[name], value) for name, value in new.items()}
            entries.append(self._entry(record.pk, "updated", told, by=by, now=now))
        intake.change(self.model, [(record.pk, self.columns(new, record)) for record, new in changes], now=now)
        self.beside([(record.pk, new) for record, new in changes])
        ids = [record.pk for record, _ in changes]
        self.changed(list(self._rows(ids)))
        activity.record_all(entries)
        outbox.mark(self.organization, self.kind, ids, by=by, now=now)

    def _entry(
        self, pk: int, event: str, changes: Mapping[str, Any], *, by: User | None, now: datetime
    ) -> activity.Activity:
        return activity.entry(
            self.organization,
            event=f"{self.kind}.{event}",
            kind=self.kind,
            object_id=pk,
            changes=changes,
            by=by,
            now=now,
            note=self.note,
        )

    def _rows(self, ids: Iterable[int | None]) -> QuerySet[M]:
        manager: Any = self.model._default_manager  # noqa: SLF001  # Django documents it
        found: QuerySet[M] = manager.filter(organization=self.organization, pk__in=[pk for pk in ids if pk])
        return found

    def _locked(self, ids: Iterable[int | None]) -> dict[int, M]:
        return {record.pk: record for record in self._rows(ids).order_by("pk").select_for_update(of=("self",))}

    # --- Undone ------------------------------------------------------------------------------------------------------

    def undo(self, rows: Sequence[ImportRow], *, by: User | None, now: datetime, sent: Sent) -> None:
        """Take back what these rows did, as far as nothing builds on it, and set what came of that."""
        self._remove([row for row in rows if row.outcome == Outcome.CREATED], by=by, now=now, sent=sent)
        self._restore([row for row in rows if row.outcome == Outcome.UPDATED], by=by, now=now)

    def _remove(self, rows: Sequence[ImportRow], *, by: User | None, now: datetime, sent: Sent) -> None:
        records = self._locked(row.object_id for row in rows)
        ids = list(records)
        waiting = outbox.waiting(self.organization, self.kind, ids)
        gone = sent(self.kind, ids)
        used = _dependents(self.model, ids)
        leaving = []
        for row in rows:
            record: Any = records.get(row.object_id or 0)
            if record is None:
                row.outcome, row.told = Outcome.REMOVED, "It was gone already."
                continue
            why = used.get(record.pk, "")
            if record.pk in gone or record.pk not in waiting:
                why = why or "it went to the books already. Make it inactive instead"
            if record.updated_at > record.created_at:
                why = why or "somebody changed it since"
            row.outcome, row.told = (Outcome.KEPT, f"Kept: {why}.") if why else (Outcome.REMOVED, "")
            if not why:
                leaving.append(record.pk)
        if leaving:
            self.leaving(leaving, now)
            outbox.forget(self.organization, self.kind, leaving)
            self._rows(leaving).delete()
            activity.record_all(self._entry(pk, "removed", {}, by=by, now=now) for pk in leaving)

    def _restore(self, rows: Sequence[ImportRow], *, by: User | None, now: datetime) -> None:
        records = self._locked(row.object_id for row in rows)
        writing = []
        for row in rows:
            record = records.get(row.object_id or 0)
            if record is None:
                row.outcome, row.told = Outcome.KEPT, "Kept: it was removed, or merged into another."
                continue
            held = self.held(record)
            back = {name: before for name, (before, after) in row.changes.items() if held[name] == after}
            moved = [self.labels[name] for name, (_, after) in row.changes.items() if held[name] != after]
            vanished = self.vanished(back)
            back = {name: before for name, before in back.items() if name not in vanished}
            row.outcome = Outcome.RESTORED if back else Outcome.KEPT
            why = [f"Kept as somebody changed it since: {', '.join(moved)}."] if moved else []
            row.told = " ".join([*why, *vanished.values()])
            if back:
                writing.append((record, back))
        self._write(writing, by=by, now=now)


def _portable(value: Any) -> Any:
    return value if isinstance(value, str | bool) or value is None else f"{value:f}"


def _dependents(model: type[Model], ids: Sequence[int]) -> dict[int, str]:
    """By id: what would be lost or stand in the air if it were removed, in words."""
    used: dict[int, set[str]] = defaultdict(set)
    for relation in model._meta.related_objects:  # noqa: SLF001  # Django documents _meta
        other = relation.related_model
        if relation.name == "match_keys" or isinstance(other, str):
            continue
        name = relation.field.name
        manager: Any = other._default_manager  # noqa: SLF001
        for pk in manager.filter(**{f"{name}__in": ids}).values_list(f"{name}_id", flat=True).distinct().order_by():
            used[pk].add(str(other._meta.verbose_name_plural))  # noqa: SLF001
    return {pk: f"{' and '.join(sorted(names))} belong to it" for pk, names in used.items()}

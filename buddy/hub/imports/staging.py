"""The first step: the file's rows, as they stand, become rows of ours, and its columns are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import batched
from typing import Any

import msgspec

from buddy.hub import bulk
from buddy.hub.imports import fields, formats, reading, uploads, workbooks
from buddy.hub.imports.limits import Row, Unreadable
from buddy.hub.imports.reading import Column
from buddy.hub.imports.tables import Import, ImportRow, Remembered, State
from buddy.hub.imports.working import Turn

_AT_ONCE = 500
_COLUMNS = ("organization_id", "of_id", "number", "unit", "cells", "act", "values", "changes", "candidates", "said",
            "outcome", "told")  # fmt: skip
_BLANK = ("", "{}", "{}", "[]", "", "", "")


def read(turn: Turn) -> None:
    """Take the file in. One that cannot be read leaves no row, and says why."""
    try:
        _read(turn)
    except Unreadable as why:
        with turn.writing():
            ImportRow.objects.filter(of=turn.batch).delete()
            turn.finish(State.UNREADABLE)
            Import.objects.filter(pk=turn.batch.pk).update(problem=str(why), total=0)


def _read(turn: Turn) -> None:
    batch = turn.batch
    path = uploads.path(batch)
    how = reading.recognise(path, batch.wanted, batch.kind)
    if how.workbook:
        workbooks.check_merges(path, how.sheet, heading=how.heading)
    with turn.writing():  # rows of an attempt that was cut off, or of another way to read the file
        ImportRow.objects.filter(of=batch).delete()
    columns: list[Column] = []
    total = 0
    for some in batched(reading.raw_rows(path, how), _AT_ONCE):
        rows = [row for row in some if row[0] >= how.heading]
        if rows and not columns:
            columns = [Column(heading) for heading in reading.headings(rows.pop(0)[1])]
        _look(columns, rows)
        total += len(rows)
        with turn.writing():
            _keep(batch, rows)
    if not total:
        raise Unreadable("There are headings in this file, but no rows below them.")
    with turn.writing():
        turn.finish(State.ASKING, found=asdict(how), total=total, done=0, reached=0, **_guess(batch, columns))


def _look(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    for _, cells in rows:
        for column, cell in zip(columns, cells, strict=False):
            column.look(cell)


def _keep(batch: Import, rows: Sequence[Row]) -> None:
    begin = (batch.organization_id, batch.pk)
    tuples = [(*begin, number, number, msgspec.json.encode(cells).decode(), *_BLANK) for number, cells in rows]
    bulk.insert(ImportRow, _COLUMNS, tuples)


def _guess(batch: Import, columns: Sequence[Column]) -> dict[str, Any]:
    """What the columns may hold: as it was agreed for a file of this shape, else by their headings."""
    names = [column.heading for column in columns]
    known = Remembered.objects.filter(organization=batch.organization_id, kind=batch.kind, shape=reading.shape(names))
    guessed = {str(position): name for position, name in fields.recognised(names, batch.kind).items()}
    values: dict[str, Any] = {"mapping": guessed, "formats": {}, "blanks_clear": False}
    if memory := known.first():
        # By heading, since the columns may stand in another order today.
        at = {fields.plain(name): str(position) for position, name in reversed(list(enumerate(names)))}
        mapping = {at[heading]: name for heading, name in memory.mapping.items() if heading in at}
        values = {"mapping": mapping, "formats": memory.formats, "blanks_clear": memory.blanks_clear}
    return {**values, "columns": [_told(column) for column in columns]}


def _told(column: Column) -> dict[str, Any]:
    """What is kept of a column, for the page that asks about it."""
    return {
        "heading": column.heading,
        "samples": column.samples,
        "numbers": dict(column.numbers) if column.numeric * 2 >= column.looked_at else {},
        "dates": dict(column.dates) if column.dated * 2 >= column.looked_at else {},
        "unclear": column.unclear,
    }


def styles(batch: Import, mapping: dict[str, str]) -> dict[str, str]:
    """How numbers and dates are written in the columns so mapped; "" where it must be asked.

    What was agreed for files of this shape answers only what this file leaves open.
    """
    kinds = {field.name: field.reads for field in fields.FIELDS[batch.kind]}
    found = {}
    for what, reads, otherwise in (("numbers", fields.NUMBER, "us"), ("dates", fields.DATE, "mdy")):
        shown: dict[str, int] = {}
        for position, name in mapping.items():
            if kinds.get(name) == reads:
                for style, count in batch.columns[int(position)][what].items():
                    shown[style] = shown.get(style, 0) + count
        found[what] = formats.decided(shown, otherwise) or batch.formats.get(what, "")
    return found

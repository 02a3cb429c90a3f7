"""The cells of a row as values of fields, by the columns and formats that a person agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buddy.hub.checks import Unfit
from buddy.hub.imports import fields, formats
from buddy.hub.imports.limits import Cell
from buddy.hub.imports.reading import text
from buddy.hub.imports.tables import Import, Kind

_YES = frozenset(("yes", "y", "true", "t", "1", "x", "active", "enabled", "taxable", "tax", "on"))
_NO = frozenset(
    ("no", "n", "false", "f", "0", "inactive", "disabled", "archived", "non-taxable", "exempt", "non", "off")
)
_KEPT_WHEN_BLANK = frozenset(("id", "display_name", "name", "currency"))  # nothing can be without these
EMPTY = {fields.TEXT: "", fields.NUMBER: "0", fields.FLAG: False, fields.DATE: ""}


class CellReader:
    """Reads the rows of one import."""

    def __init__(self, batch: Import) -> None:
        known = {field.name: field for field in fields.FIELDS[batch.kind]}
        self._fields = sorted((int(position), known[name]) for position, name in batch.mapping.items())
        self._at = {field.name: position for position, field in self._fields}
        self.names = set(self._at)
        self._width = len(batch.columns)
        self._numbers = batch.formats.get("numbers") or "us"
        self._dates = batch.formats.get("dates") or "mdy"
        # An order comes in new, so it has nothing to empty; and a line without a price has the customer's, not none.
        self._blanks_clear = batch.blanks_clear and batch.kind != Kind.ORDERS

    def read(self, cells: Sequence[Cell]) -> tuple[dict[str, Any], dict[str, str]]:
        """By field, its value as JSON can keep it; and what is wrong with those that have none, in words."""
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        if len(cells) > self._width and any(text(cell) for cell in cells[self._width :]):
            told = (
                f"This row has {len(cells)} cells, the headings {self._width}. Put quotes around a text with a comma."
            )
            return {}, {"": told}
        for position, field in self._fields:
            shown = text(cells[position]) if position < len(cells) else None
            if shown:
                try:
                    values[field.name] = self._value(cells[position], shown, field.reads)
                except Unfit as unfit:
                    wrong[field.name] = str(unfit)
            elif shown == "" and self._blanks_clear and field.name not in _KEPT_WHEN_BLANK:
                values[field.name] = EMPTY[field.reads]
        return values, wrong

    def written(self, cells: Sequence[Cell], name: str) -> str:
        """One field as it stands in the file, "" when there is no such column."""
        position = self._at.get(name)
        return text(cells[position]) if position is not None and position < len(cells) else ""

    def _value(self, cell: Cell, shown: str, reads: str) -> str | bool:
        if reads == fields.NUMBER:
            return f"{formats.number(cell, self._numbers):f}"
        if reads == fields.DATE:
            return formats.day(shown, self._dates).isoformat()
        return _flag(shown) if reads == fields.FLAG else shown


def _flag(shown: str) -> bool:
    word = shown.casefold()
    if word not in _YES | _NO:
        raise Unfit(f"“{shown[:40]}” is neither yes nor no.")
    return word in _YES

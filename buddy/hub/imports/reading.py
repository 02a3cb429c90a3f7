"""A file becomes rows: what it is, how it is read, where its headings stand, and what its columns show."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from buddy.hub.imports import delimited, fields, formats, workbooks
from buddy.hub.imports.limits import HEADING_WITHIN, Cell, Row, Unreadable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {
    b"%PDF": "This is a PDF. Save the list as CSV or XLSX in the program it comes from.",
    b"\x1f\x8b": "This file is compressed. Unpack it first, and upload what is inside.",
    b"\x89PNG": "This is a picture. Upload the list itself as CSV or XLSX.",
    b"\xff\xd8\xff": "This is a picture. Upload the list itself as CSV or XLSX.",
}
_PAGE = re.compile(rb"^\s*<(!doctype html|html|table|\?xml)", re.IGNORECASE)
SAMPLES = 3
_LOOKED_AT = 200  # cells of a column, before it is decided whether it holds numbers or dates


@dataclass(frozen=True)
class How:
    """How a file is read. `workbook` is a matter of its bytes; the rest a person may say otherwise."""

    workbook: bool
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    heading: int = 1  # the number of the row with the headings


@dataclass
class Column:
    """What one column shows: its heading, the first different values, and how numbers or dates are written in it."""

    heading: str
    samples: list[str] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    dates: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)  # a number and a date with two readings
    looked_at: int = 0
    numeric: int = 0
    dated: int = 0

    def look(self, cell: Cell) -> None:
        if not isinstance(cell, str):
            self._sample(text(cell))
            return
        if not cell:
            return
        self._sample(cell)
        if self.looked_at < _LOOKED_AT:
            self.looked_at += 1
            self.numeric += formats.looks_like_a_number(cell)
            self.dated += formats.looks_like_a_date(cell)
        if self.numeric * 2 >= self.looked_at:
            self._count(self.numbers, formats.number_style(cell), cell)
        if self.dated * 2 >= self.looked_at:
            self._count(self.dates, formats.date_style(cell), cell)

    def _sample(self, shown: str) -> None:
        if len(self.samples) < SAMPLES and shown[:80] not in self.samples:
            self.samples.append(shown[:80])

    def _count(self, counter: Counter[str], style: str, cell: str) -> None:
        if style:
            counter[style] += 1
        if style == formats.EITHER and len(self.unclear) < SAMPLES:
            self.unclear.append(cell[:40])


_KEPT_FROM_CALCULATING = re.compile(r"'\s*[=+\-@＝＋－＠]")


def text(cell: Cell) -> str:
    """A cell as text. A quote that keeps a spreadsheet from calculating, as exports have it, is not part of it."""
    if isinstance(cell, float):
        return f"{cell:f}".rstrip("0").rstrip(".")
    shown = str(cell).strip()
    return shown[1:].strip() if _KEPT_FROM_CALCULATING.match(shown) else shown


def recognise(path: Path, wanted: Mapping[str, Any], kind: str) -> How:
    """How this file is to be read: what a person `wanted`, and what its bytes say. Unreadable says why not."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise Unreadable("The file is empty. Was it saved before it was uploaded?")
    _refuse_others(path, start)
    how = _workbook(path, wanted) if start.startswith(b"PK") else _text(path, wanted)
    first = list(islice(raw_rows(path, how), HEADING_WITHIN))
    if not first:
        raise Unreadable("There is nothing in this file but empty rows.")
    heading = wanted.get("heading") or _heading(first, kind)
    return How(**{**asdict(how), "heading": heading})


def _refuse_others(path: Path, start: bytes) -> None:
    if start.startswith(_OLE):
        with path.open("rb") as file:
            start = file.read(1 << 22)
        if "EncryptedPackage".encode("utf-16-le") in start:
            raise Unreadable(
                "This workbook is protected by a password. Open it, remove the password under File, Info, Protect "
                "Workbook, save it, and upload it again."
            )
        raise Unreadable(
            "This is an old Excel file (.xls), whatever it is called. Open it and save it as .xlsx or CSV."
        )
    for begins, why in _OTHERS.items():
        if start.startswith(begins):
            raise Unreadable(why)
    if _PAGE.match(start):
        raise Unreadable(
            "This is a web page, though it may be called .xls. Open it in Excel and save it as .xlsx or CSV."
        )


def _workbook(path: Path, wanted: Mapping[str, Any]) -> How:
    workbooks.check(path)
    sheets = tuple(workbooks.sheet_names(path))
    if not sheets:
        raise Unreadable("This workbook has no sheet with cells.")
    asked = wanted.get("sheet")
    return How(True, sheets=sheets, sheet=asked if asked in sheets else sheets[0])


def _text(path: Path, wanted: Mapping[str, Any]) -> How:
    encoding = wanted.get("encoding") or delimited.encoding(path)
    return How(False, encoding=encoding, delimiter=wanted.get("delimiter") or delimited.delimiter(path, encoding))


def raw_rows(path: Path, how: How) -> Iterator[Row]:
    """Every row that is not empty, the headings and what stands above them included."""
    return workbooks.rows(path, how.sheet) if how.workbook else delimited.rows(path, how.encoding, how.delimiter)


def _heading(first: Sequence[Row], kind: str) -> int:
    """The row with the headings: the one of the first ten that holds most known ones, else the first row."""
    known = [(len(fields.recognised(headings(cells), kind)), -number) for number, cells in first]
    most, number = max(known)
    return -number if most else first[0][0]


def headings(cells: Iterable[Cell]) -> list[str]:
    return [" ".join(text(cell).split())[:200] for cell in cells]


def shape(names: Sequence[str]) -> str:
    """What files with these headings have in common, whatever their order."""
    return hashlib.sha256("\n".join(sorted(fields.plain(name) for name in names)).encode()).hexdigest()

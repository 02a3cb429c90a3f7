"""Excel workbooks, which are zip archives from strangers: measured before anything is unpacked, then read."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile, ZipInfo

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from buddy.hub.imports.limits import MOST_COLUMNS, MOST_ROWS, Cell, Row, Unreadable, check_row, column_name

MOST_UNPACKED = 400 * 2**20  # bytes of all parts together
MOST_PACKED = 200  # times smaller than unpacked; sheets of figures come to 30
MOST_CELLS = 5_000_000  # of the rectangle that holds all: it is laid out whole in memory
MOST_ITEMS = 2 * MOST_CELLS  # cells and texts of all sheets: an empty one takes 5 bytes here, and 40 in memory
_SMALL = 2 * 2**20  # the parts that say which sheets there are
_AT_ONCE = 1 << 20
_OVERLAP = 64
_PLACE = re.compile(rb'\br(?:ef)?="(?:[A-Z]{1,3}[0-9]{1,9}:)?([A-Z]{1,4})([0-9]{1,9})"')
_ITEM = re.compile(rb"<(?:\w+:)?(?:c|si)[\s/>]")
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def check(path: Path) -> None:
    """Unreadable unless this is a workbook that unpacks to what it says, within limits."""
    with _opened(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            raise Unreadable(_what_else(archive, names))
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MOST_UNPACKED or unpacked > MOST_PACKED * max(path.stat().st_size, 1 << 16):
            raise Unreadable(
                f"This file unpacks to {unpacked / 2**20:,.0f} MB, which no list needs. Copy the rows into a new "
                "workbook, or save the sheet as CSV."
            )
        if sum(_unpack(archive, part) for part in parts) > MOST_ITEMS:
            raise Unreadable(
                f"This workbook has more than {MOST_ITEMS:,} cells. Copy the rows into a new workbook, or save the "
                "sheet as CSV."
            )


def _what_else(archive: ZipFile, names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return "This is a binary Excel workbook (.xlsb). Open it in Excel and save it as .xlsx or CSV."
    if "mimetype" in names and archive.read("mimetype")[:60].startswith(b"application/vnd.oasis.opendocument"):
        return "This is an OpenDocument file. Open it and save it as .xlsx or CSV."
    return "This is an archive of files, not a workbook. Unpack it, and upload the CSV or XLSX file in it."


def _unpack(archive: ZipFile, part: ZipInfo) -> int:
    """Through to its end, keeping nothing: Python stops at the size a part claims, and then its sum does not fit.

    Returns about how many cells and texts are in it.
    """
    items = 0
    with archive.open(part) as file:
        while some := file.read(_AT_ONCE):
            items += len(_ITEM.findall(some))
    return items


def sheet_names(path: Path) -> list[str]:
    """The visible sheets of cells, as the workbook orders them."""
    with _workbook(path) as workbook:
        return [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]


def rows(path: Path, sheet_name: str) -> Iterator[Row]:
    """Each row of the sheet that is not empty, with its number. Formulas give the result they were saved with."""
    _measure(path, sheet_name)
    with _workbook(path) as workbook:
        for number, values in enumerate(workbook.get_sheet_by_name(sheet_name).iter_rows(), start=1):
            cells = [_cell(value) for value in values]
            if any(cell != "" for cell in cells):
                check_row(number, cells)
                yield number, cells


def check_merges(path: Path, sheet_name: str, *, heading: int) -> None:
    """Unreadable when cells are merged from the headings on: it would be a guess whose their value is."""
    with _workbook(path) as workbook:
        ranges = workbook.get_sheet_by_name(sheet_name).merged_cell_ranges or []
    for first, last in ranges:
        if last[0] + 1 >= heading:
            where = f"{column_name(first[1])}{first[0] + 1}:{column_name(last[1])}{last[0] + 1}"
            raise Unreadable(
                f"The cells {where} are merged, so it is not clear which rows their value is for. Select the whole "
                "sheet, choose Unmerge cells, fill in what is missing, and upload the file again."
            )


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not math.isfinite(value):  # JSON has no such numbers: it would be kept as null
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _measure(path: Path, sheet_name: str) -> None:
    """Unreadable when a cell of the sheet stands so far out that all up to it would fill the memory."""
    most_rows = most_columns = 0
    with _opened(path) as archive, archive.open(_part(archive, sheet_name)) as file:
        rest = b""
        while some := file.read(_AT_ONCE):
            for column, row in set(_PLACE.findall(rest + some)):
                most_rows, most_columns = max(most_rows, int(row)), max(most_columns, _position(column))
            rest = some[-_OVERLAP:]
    if most_rows > MOST_ROWS or most_columns > MOST_COLUMNS or most_rows * most_columns > MOST_CELLS:
        raise Unreadable(
            f"The sheet “{sheet_name}” reaches to row {most_rows:,} and column {column_name(most_columns - 1)}. "
            f"At most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns can be imported. Mostly the rest is empty but "
            "formatted: delete the rows below and the columns beside your data, or copy the data into a new workbook."
        )


def _position(column: bytes) -> int:
    position = 0
    for letter in column:
        position = position * 26 + letter - 64
    return position


def _part(archive: ZipFile, sheet_name: str) -> str:
    """In which part of the archive a sheet stands: by its name, and by the relation the name has."""
    names = {
        each.get("name"): each.get(_OFFICE) for each in _read(archive, "xl/workbook.xml").iter() if each.get(_OFFICE)
    }
    targets = {each.get("Id"): each.get("Target", "") for each in _read(archive, "xl/_rels/workbook.xml.rels").iter()}
    target = targets.get(names.get(sheet_name)) or "?"
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if part not in archive.namelist():
        raise _broken()
    return part


def _read(archive: ZipFile, part: str) -> ElementTree.Element:
    if part not in archive.namelist() or archive.getinfo(part).file_size > _SMALL:
        raise _broken()
    return ElementTree.fromstring(archive.read(part))  # noqa: S314  # a small part, and expat limits what entities grow to


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, NotImplementedError, OSError) as error:
        raise _broken() from error
    except RuntimeError as error:  # how zipfile says that a part is encrypted
        raise Unreadable("This archive is protected by a password. Remove it, and upload the file again.") from error


@contextmanager
def _workbook(path: Path) -> Iterator[CalamineWorkbook]:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except CalamineError as error:
        raise _broken() from error


def _broken() -> Unreadable:
    return Unreadable("This workbook is damaged or not complete. Open it in Excel, save it anew, and upload that file.")

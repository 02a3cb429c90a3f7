"""Tables as files that a spreadsheet opens: of any length, and safe against cells that it would take for formulas."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from buddy.hub.scoping import scope
from buddy.hub.team import Organization

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
MARK = "\ufeff"  # tells Excel that it is UTF-8
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_IN_A_CELL = 32_767
EXACT = 10**15  # beyond, a workbook's numbers lose digits
AT_ONCE = 1000  # rows read in one go

type Cell = str | int | float | Decimal | date | None


def file(format: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The file `name` as "csv" or "xlsx"."""
    return workbook(f"{name}.xlsx", head, rows) if format == "xlsx" else answer(f"{name}.csv", head, rows)


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The CSV file `name`, sent as it is made, whatever its length."""
    made = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    return made


def workbook(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The XLSX file `name`, made row by row on the disk: its memory does not grow with its rows.

    Texts are written as texts, so none is ever calculated.
    """
    kept = tempfile.TemporaryFile(dir=settings.BUDDY_DATA)  # noqa: SIM115  # the answer closes it
    options = {"constant_memory": True, "tmpdir": str(settings.BUDDY_DATA), "default_date_format": "yyyy-mm-dd"}
    with Workbook(kept, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell)
    kept.seek(0)
    return FileResponse(kept, as_attachment=True, filename=_plain(name), content_type=WORKBOOK)


def lines_of[M: Model](
    rows: QuerySet[M],
    lines: Callable[[M], Iterable[Sequence[Cell]]],
    organization: Organization,
    *,
    descending: bool = False,
) -> Iterator[Sequence[Cell]]:
    """What `lines` makes of all of these rows, read piece by piece in the order of their ids.

    A stream outlives its request, so each piece brings its own scope (R27) and time zone.
    """
    zone = ZoneInfo(organization.time_zone)
    order, beyond = ("-pk", "pk__lt") if descending else ("pk", "pk__gt")
    piece = rows.order_by(order)
    while True:
        with scope(organization), timezone.override(zone):
            some = list(piece[:AT_ONCE])
            made = [line for row in some for line in lines(row)]
        yield from made
        if len(some) < AT_ONCE:
            return
        piece = rows.filter(**{beyond: some[-1].pk}).order_by(order)


def safe(cell: Cell) -> Cell:
    """A text that begins like a formula gets a quote before it, which a spreadsheet takes as "this is text"."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell


def _plain(name: str) -> str:
    """A file's name without what would end the header it stands in."""
    return "".join(letter if letter.isprintable() and letter not in '"\\/' else "-" for letter in name)


def _write(sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        sheet.write_string(row, column, f"{cell:%Y-%m-%d %H:%M:%S}")
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell)
    elif isinstance(cell, int | float | Decimal) and -EXACT < cell < EXACT:
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell)[:MOST_IN_A_CELL])


def _lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield MARK + _line(head)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[Cell]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in row])
    return buffer.getvalue()

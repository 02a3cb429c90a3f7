"""Tables as CSV files that a spreadsheet opens: streamed, and safe against cells that it would take for formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from django.http import StreamingHttpResponse

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
MARK = "\ufeff"  # tells Excel that it is UTF-8

type Cell = str | int | float | None


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The file `name`, sent as it is made, whatever its length."""
    made = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def safe(cell: Cell) -> Cell:
    """A text that begins like a formula gets a quote before it, which a spreadsheet takes as "this is text"."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell


def _lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield MARK + _line(head)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[Cell]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in row])
    return buffer.getvalue()

"""How much a file may hold, and what is said of one that cannot be read."""

from buddy.hub.errors import Refused

MOST_ROWS = 250_000
MOST_COLUMNS = 200
MOST_IN_A_CELL = 32_767  # Excel's own limit
HEADING_WITHIN = 10  # rows above the headings: a title, a date, an empty line

type Cell = str | int | float
type Row = tuple[int, list[Cell]]  # its number in the file, and its cells


class Unreadable(Refused):
    """This file cannot be imported as it is; `str()` says why and what to do. Nothing was changed."""


def check_row(number: int, cells: list[Cell]) -> None:
    if number > MOST_ROWS:
        raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it and import the parts one by one.")
    if len(cells) > MOST_COLUMNS and any(cell != "" for cell in cells[MOST_COLUMNS:]):
        raise Unreadable(f"Row {number:,} has more than {MOST_COLUMNS} columns. Is this the right file?")
    for position, cell in enumerate(cells):
        if isinstance(cell, str) and len(cell) > MOST_IN_A_CELL:
            raise Unreadable(
                f"Row {number:,} has a cell of {len(cell):,} characters in column {column_name(position)}; "
                f"{MOST_IN_A_CELL:,} fit. In a CSV file this mostly means that a quotation mark was opened there "
                "and never closed."
            )


def column_name(position: int) -> str:
    """As spreadsheets call it: A, B, … Z, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name

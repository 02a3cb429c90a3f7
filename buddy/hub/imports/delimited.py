"""Text files: in which encoding and with which delimiter, found out of their bytes; and their rows."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from buddy.hub.imports.limits import MOST_IN_A_CELL, Row, Unreadable, check_row

ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "cp1252": "Windows, Western Europe (cp1252)",
    "iso8859-1": "Western Europe (Latin-1)",
    "mac_roman": "Macintosh (Mac Roman)",
    "cp1250": "Windows, Central Europe (cp1250)",
}
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_AT_ONCE = 1 << 20
_SAMPLE = 1 << 16
_TRIED_ROWS = 100


def encoding(path: Path) -> str:
    """The encoding of a text file. Unreadable when its bytes are those of no text."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    if b"\0" in start:
        return _without_mark(start)
    return "utf-8-sig" if _is(path, "utf-8") else _of_one_byte(path)


def _without_mark(start: bytes) -> str:
    """UTF-16 whose mark was lost has a NUL beside each Latin letter; NULs elsewhere are no text."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) / 5 and min(even, odd) < len(start) / 50:
        return "utf-16-le" if odd > even else "utf-16-be"
    raise _not_text(start.count(b"\n", 0, start.index(b"\0")) + 1)


def _not_text(line: int) -> Unreadable:
    return Unreadable(
        f"Line {line:,} holds NUL bytes, which no text has: this is not a CSV file, or it was damaged on its way. "
        "Save it anew from where it came, as CSV or XLSX."
    )


def _is(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while some := file.read(_AT_ONCE):
                decoder.decode(some)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _of_one_byte(path: Path) -> str:
    """Windows or Macintosh by which gives words that can be words; anything else by charset-normalizer."""
    telling = _telling_lines(path)
    scores = {name: _plausible(telling.decode(name, "replace")) for name in ("cp1252", "mac_roman")}
    best = max(scores, key=lambda name: scores[name])
    guess = best
    if scores[best] <= 0:
        found = from_bytes(telling).best()
        guess = found.encoding if found else "cp1252"
    # One stray byte must not keep a file out: Latin-1 has Windows' letters, and something for each byte.
    return next(name for name in (guess, "cp1252", "iso8859-1") if _is(path, name))


def _telling_lines(path: Path) -> bytes:
    """The lines with a letter beyond ASCII, as many as make a sample."""
    kept, size = [], 0
    with path.open("rb") as file:
        while (line := file.readline(_SAMPLE)) and size < _SAMPLE:
            if not line.isascii():
                kept.append(line)
                size += len(line)
    return b"".join(kept)


_OF_WORDS = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽ")
_OF_SENTENCES = frozenset("‘’“”–—…€£§°«»·•™®©½¼¿¡\u00a0")


def _plausible(text: str) -> int:
    """How much more often letters beyond ASCII stand where they make words than where they make none."""
    score = 0
    for before, letter, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if letter.isascii():
            continue
        inside = before.islower() or after.islower()
        if letter in _OF_WORDS:
            score += -1 if letter.isupper() and before.islower() else 1
        elif letter in _OF_SENTENCES:
            score += -1 if before.islower() and after.islower() and letter != "’" else 1
        else:
            score -= 2 if inside else 1
    return score


def delimiter(path: Path, encoding: str) -> str:
    """The mark that parts the first rows into most columns, the same number in most of them."""
    if said := _said(path, encoding):
        return said
    return max(DELIMITERS, key=lambda mark: _regularity(path, encoding, mark))


def _said(path: Path, encoding: str) -> str:
    """What Excel writes in a first line of its own: `sep=;`."""
    with _opened(path, encoding, errors="replace") as file:
        try:
            line = file.readline(8).strip()
        except UnicodeDecodeError:  # UTF-16 without its mark, which `errors` is not asked about; `rows` says so
            return ""
    return line[4] if line.startswith("sep=") and len(line) == 5 and line[4] in DELIMITERS else ""


def _regularity(path: Path, encoding: str, mark: str) -> float:
    widths: Counter[int] = Counter()
    try:
        for number, cells in rows(path, encoding, mark):
            widths[len(cells)] += 1
            if number > _TRIED_ROWS:
                break
    except Unreadable:
        return 0
    width, count = max(((width, count) for width, count in widths.items() if width > 1), default=(0, 0))
    best = max(widths.items(), key=lambda pair: (pair[0] > 1) * pair[1] * pair[0], default=(width, count))
    return best[1] / max(1, widths.total()) * min(best[0], 30) if best[0] > 1 else 0


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    """Each row that is not empty, with its number. Unreadable at the first that can be no row."""
    skip = 1 if _said(path, encoding) else 0
    with _opened(path, encoding) as file:
        reader = csv.reader(file, delimiter=delimiter)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if number > skip and any(cell.strip() for cell in cells):
                    if any("\0" in cell for cell in cells):
                        raise _not_text(reader.line_num)
                    check_row(number, list(cells))
                    yield number, list(cells)
        except UnicodeDecodeError:
            name = ENCODINGS.get(encoding, encoding)
            raise Unreadable(f"After row {number:,} come letters that {name} does not have. Choose another.") from None
        except csv.Error:
            raise Unreadable(
                f"After row {number:,} a cell begins that has more than {MOST_IN_A_CELL:,} characters. Mostly this "
                "means that a quotation mark was opened there and never closed. Put it right and upload the file again."
            ) from None


def _opened(path: Path, encoding: str, errors: str = "strict") -> IO[str]:
    try:
        return path.open(encoding=encoding, errors=errors, newline="")
    except LookupError:
        raise Unreadable("This encoding is not known. Choose another.") from None

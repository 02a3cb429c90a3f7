"""A first sync of 100,000 customers, invoices and payments, beside fetching and decoding the same pages.

`python -m bench.first_sync [--customers N --invoices N --payments N]`, or `make bench`. See README.md for what the
figures mean. Ends with an error when anything that arrived differs from the books.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.parts import ROOT, Figures, finish, start

PAGE = 1000
CALLS_BESIDE = 20  # settings, small lists, counts, and the short page at the end of each entity
LARGE = ("Customer", "Invoice", "Payment")


@dataclass(frozen=True)
class Size:
    customers: int
    invoices: int
    payments: int

    @property
    def arguments(self) -> list[str]:
        pairs = zip(("customers", "invoices", "payments"), (self.customers, self.invoices, self.payments), strict=True)
        return [word for name, number in pairs for word in (f"--{name}", str(number))]

    @property
    def calls_allowed(self) -> int:
        return sum(-(-number // PAGE) for number in (self.customers, self.invoices, self.payments)) + CALLS_BESIDE


@dataclass(frozen=True)
class Measured:
    """One size, all sides. `web`: how long small writes of another process waited meanwhile, in milliseconds."""

    size: Size
    decoding: Figures
    syncing: Figures
    upserting: Figures
    web: dict[str, Any]
    verified: dict[str, Any]


@contextmanager
def served(size: Size, today: date) -> Iterator[str]:
    """The address of a process that serves books of this size."""
    command = [sys.executable, "-m", "bench.books.server", *size.arguments, "--today", today.isoformat()]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def measure(size: Size, today: date, data: Path) -> Measured:
    """Everything for one size; the database of the first sync stays in `data`."""
    with served(size, today) as url:
        decoding = finish(start("decoding", url=url, data=data / "decoding"))
        syncing, web = _synced(url, data / "syncing")
    database = str(data / "syncing" / "buddy.db")
    upserting = finish(start("upserting", "--rows-of", database, url=url, data=data / "upserting"))
    asked = [*size.arguments, "--today", today.isoformat()]
    verified = finish(start("verifying", *asked, url=url, data=data / "syncing"))
    return Measured(size, decoding, syncing, upserting, web.more, verified.more)


def _synced(url: str, data: Path) -> tuple[Figures, Figures]:
    """The first sync, and a small writer beside it."""
    syncing = start("syncing", url=url, data=data)
    assert syncing.stdout
    syncing.stdout.readline()
    writing = start("web_writes", url=url, data=data)
    return finish(syncing), finish(writing)


def usual(customers: int, today: date, data: Path) -> tuple[Figures, Figures]:
    """The same customers the usual way, and ours."""
    with served(Size(customers, 0, 0), today) as url:
        theirs = finish(start("usual_way", url=url, data=data / "usual"))
        return theirs, finish(start("syncing", url=url, data=data / "ours"))


def table(found: Measured) -> str:
    base, sync, floor = found.decoding, found.syncing, found.upserting
    rows = [
        ("", "CPU s", "wall s", "CPU ÷", "wall ÷", "peak MB"),
        ("fetch and decode only", *_seconds(base), "1.0", "1.0", str(base.peak_mb)),
        ("first sync", *_seconds(sync), *_ratios(sync, base), str(sync.peak_mb)),
        ("bare upserts of its rows", *_seconds(floor), *_ratios(floor, base), ""),
    ]
    size = found.size
    return "\n".join(
        [
            f"{size.customers:,} customers, {size.invoices:,} invoices of 10 lines, {size.payments:,} payments",
            *_aligned(rows),
            f"calls to QuickBooks: {sync.more['calls']} (allowed: {size.calls_allowed})",
            f"statements of a page, second and last: {_positions(sync)}",
            "web writes meanwhile: {writes} of them waited {p50} ms (p50), {p99} ms (p99), {max} ms (max)".format(
                **found.web
            ),
            "verified: " + ", ".join(f"{count:,} {what}" for what, count in found.verified.items()),
        ]
    )


def _seconds(figures: Figures) -> tuple[str, str]:
    return f"{figures.cpu:.1f}", f"{figures.wall:.1f}"


def _ratios(figures: Figures, base: Figures) -> tuple[str, str]:
    return f"{figures.cpu / base.cpu:.1f}", f"{figures.wall / base.wall:.1f}"


def _positions(sync: Figures) -> str:
    pages = {entity: full_pages(sync, entity) for entity in LARGE}
    return ", ".join(f"{entity} {counts[0]} and {counts[-1]}" for entity, counts in pages.items() if counts)


def full_pages(sync: Figures, entity: str) -> list[int]:
    """Statements of each full page but the first, which also ends the entity before."""
    return list(sync.more["pages"].get(entity, ()))[1:-1]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("customers", "invoices", "payments"):
        parser.add_argument(f"--{name}", type=int, default=100_000)
    parser.add_argument("--usual", type=int, default=5_000, help="customers for the comparison; 0: none")
    asked = parser.parse_args()
    today = date.today()  # noqa: DTZ011 the date of the machine that measures
    print(
        f"{today}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    )
    with TemporaryDirectory(prefix="buddy-bench-") as folder:
        print(table(measure(Size(asked.customers, asked.invoices, asked.payments), today, Path(folder))))
        if asked.usual:
            theirs, ours = usual(asked.usual, today, Path(folder))
            rows = [
                ("", "CPU s", "wall s", "peak MB"),
                ("python-quickbooks, update_or_create", *_seconds(theirs), str(theirs.peak_mb)),
                ("first sync", *_seconds(ours), str(ours.peak_mb)),
            ]
            print("\n".join([f"\n{asked.usual:,} customers the usual way", *_aligned(rows)]))


if __name__ == "__main__":
    main()

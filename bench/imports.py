"""A file of 100,000 customers, beside Django's ORM row by row.

`python -m bench.imports [--rows N --here N --usual N]`, or `make bench`. See README.md for what the figures mean. Ends
with an error when a row was lost or doubled, or undone wrongly.
"""

from __future__ import annotations

import argparse
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.parts import Figures, finish, start

NOWHERE = "http://localhost:1"  # nothing speaks to QuickBooks here
MOST_SECONDS, MOST_MB = 60, 500


@dataclass(frozen=True)
class Measured:
    """`web`: how long small writes of another process waited meanwhile, in milliseconds."""

    rows: int
    here: int
    importing: Figures
    web: dict[str, Any]
    usual: Figures
    usual_rows: int


def measure(rows: int, here: int, usual: int, data: Path) -> Measured:
    """The import with a small writer beside it; then the usual way with fewer rows, as its time grows with them."""
    importing = _started(rows, here, data / "importing")
    writing = start("web_writes", url=NOWHERE, data=data / "importing")
    ours, web = finish(importing), finish(writing)
    theirs = finish(_started(usual, usual * here // rows, data / "usual", "--usual"))
    return Measured(rows, here, ours, web.more, theirs, usual)


def _started(rows: int, here: int, data: Path, *more: str) -> Any:
    """A part that has filled its database, and begins."""
    process = start("importing", "--rows", str(rows), "--here", str(here), *more, url=NOWHERE, data=data)
    assert process.stdout
    assert process.stdout.readline().strip() == "ready"
    return process


def wrong(found: Measured) -> list[str]:
    """What became of the rows otherwise than it must."""
    again = found.here * 2 // 3
    changed, same = (again + 1) // 2, again // 2
    done = {"created": found.rows - again, "updated": changed, "unchanged": same}
    back = {"removed": found.rows - again, "restored": changed, "unchanged": same}
    more = found.importing.more
    return [
        f"{what}: {more[what]} instead of {expected}"
        for what, expected in (("results", done), ("undone", back))
        if more[what] != expected
    ]


def table(found: Measured) -> str:
    ours, theirs = found.importing, found.usual
    each, their_each = ours.wall / found.rows * 1000, theirs.wall / found.usual_rows * 1000
    steps = ", ".join(f"{step} {ours.more[step]} s" for step in ("read", "plan", "apply"))
    return "\n".join(
        [
            f"{found.rows:,} rows into {found.here:,} customers: {ours.wall:.1f} s, {ours.cpu:.1f} s of CPU ({steps})",
            f"peak memory {ours.peak_mb} MB; asked about {ours.more['asked about']:,}; undo {ours.more['undo']} s",
            f"a row: {each:.2f} ms; row by row with the ORM: {their_each:.2f} ms, {their_each / each:.1f} times ours",
            "web writes meanwhile: {writes} of them waited {p50} ms (p50), {p99} ms (p99), {max} ms (max)".format(
                **found.web
            ),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--here", type=int, default=30_000)
    parser.add_argument("--usual", type=int, default=10_000)
    asked = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, SQLite")
    with TemporaryDirectory() as folder:
        found = measure(asked.rows, asked.here, asked.usual, Path(folder))
    print(table(found))
    failures = wrong(found)
    if asked.rows == 100_000 and found.importing.wall > MOST_SECONDS:
        failures.append(f"{found.importing.wall:.0f} s; at most {MOST_SECONDS} are promised")
    if found.importing.peak_mb > MOST_MB:
        failures.append(f"{found.importing.peak_mb} MB; at most {MOST_MB} are promised")
    if failures:
        raise SystemExit("\n".join(failures))


if __name__ == "__main__":
    main()

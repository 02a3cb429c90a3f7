"""Comparing the books of 100,000 customers and 100,000 invoices to the cent, beside bringing them over.

`python -m bench.audit [--size N]`, or `make bench`. See README.md for what the figures mean. Ends with an error when a
change that was made behind Buddy's back is not found, or anything else is.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from bench.parts import ROOT, Figures, finish, start
from bench.parts.auditing import AHEAD, REALM

PEAK_MB = 500
PLANTED = 20  # invoices paid behind Buddy's back


@dataclass(frozen=True)
class Measured:
    """One size: bringing it over, comparing all of it, the nightly look, and the look after silent payments."""

    size: int
    first: Figures
    whole: Figures
    nightly: Figures
    planted: Figures


@contextmanager
def simulator(size: int) -> Iterator[httpx2.Client]:
    """The simulator in a process of its own, with books that are hours old."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--size", str(size), "--no-throttle"]
    process = subprocess.Popen(
        [*command, "--client-id", "bench", "--client-secret", "bench"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        url = process.stdout.readline().split()[-1]
        with httpx2.Client(base_url=url, timeout=120) as control:
            control.post("/_sim/clock", json={"seconds": AHEAD.total_seconds()}).raise_for_status()
            yield control
    finally:
        process.terminate()
        process.wait()


def measure(size: int, data: Path) -> Measured:
    with simulator(size) as control:
        url = str(control.base_url)
        token = control.post(f"/_sim/grants/{REALM}", json={}).raise_for_status().json()["access_token"]
        first = finish(start("auditing", "--first", token, url=url, data=data))
        whole = finish(start("auditing", "--whole", url=url, data=data))
        nightly = finish(start("auditing", url=url, data=data))
        _pay_silently(control)
        planted = finish(start("auditing", url=url, data=data))
    return Measured(size, first, whole, nightly, planted)


def _pay_silently(control: httpx2.Client) -> None:
    """Open invoices are paid in full, and neither CDC nor a webhook tells of it."""
    where = {"where": "Balance > '0'", "limit": PLANTED}
    for each in control.get(f"/_sim/companies/{REALM}/Invoice", params=where).raise_for_status().json():
        paid = {"customer": each["CustomerRef"]["value"], "amount": each["Balance"]}
        asked = {**paid, "invoices": {each["Id"]: each["Balance"]}, "silently": True}
        control.post(f"/_sim/companies/{REALM}/pay", json=asked).raise_for_status()


def wrong(found: Measured) -> list[str]:
    """What the figures must hold to and do not."""
    problems = []
    for name in ("whole", "nightly", "planted"):
        part: Figures = getattr(found, name)
        if part.more["outcome"] != "matches" or part.more["difference"]:
            problems.append(f"{name}: {part.more}")
        if part.peak_mb > PEAK_MB:
            problems.append(f"{name}: {part.peak_mb} MB")
    if found.whole.more["reads"] != found.whole.more["expected"]:
        problems.append(f"whole: {found.whole.more['reads']} reads, {found.whole.more['expected']} were said")
    if found.planted.more["taken"] != 3 * PLANTED or found.nightly.more["taken"] or found.whole.more["taken"]:
        problems.append(f"taken: {found.planted.more['taken']} of {3 * PLANTED}")  # customer, invoice, payment
    return problems


def table(found: Measured) -> str:
    base = found.first
    rows: list[tuple[str, ...]] = [("", "CPU s", "wall s", "CPU ÷", "wall ÷", "peak MB", "reads", "said", "taken")]
    rows.append(("first sync", f"{base.cpu:.1f}", f"{base.wall:.1f}", "1.0", "1.0", str(base.peak_mb), "", "", ""))
    for title, part in (
        ("everything compared", found.whole),
        ("nightly", found.nightly),
        (f"nightly, {PLANTED} silent payments", found.planted),
    ):
        rows.append((title, f"{part.cpu:.1f}", f"{part.wall:.1f}", *_ratios(part, base), *_told(part)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{found.size:,} customers and as many invoices, half of them paid", *lines])


def _ratios(part: Figures, base: Figures) -> tuple[str, str]:
    return f"{part.cpu / base.cpu:.2f}", f"{part.wall / base.wall:.2f}"


def _told(part: Figures) -> tuple[str, ...]:
    more: dict[str, Any] = part.more
    return str(part.peak_mb), str(more["reads"]), str(more["expected"]), str(more["taken"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="customers, and as many invoices (100000)")
    size = parser.parse_args().size
    today = date.today()  # noqa: DTZ011 the date of the machine that measures
    print(
        f"{today}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}"
    )
    with TemporaryDirectory(prefix="buddy-bench-") as folder:
        found = measure(size, Path(folder))
    print(table(found))
    problems = wrong(found)
    print("\n".join(problems) or "every silent change was found, and nothing else")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())

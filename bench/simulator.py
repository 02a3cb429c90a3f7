"""How long the simulator takes to fill its books, and to answer a page of a thousand.

`python -m bench.simulator [--size N]`, or `make bench`. There is nothing to set it beside: no other simulator of
QuickBooks Online keeps books of any size. Ends with an error beyond the limits the simulator promises.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from statistics import quantiles
from time import perf_counter, process_time

import httpx2

from simulator.app import Simulator
from simulator.company import Company
from simulator.seeding import seed

SEED_SECONDS, PAGE_MILLISECONDS = 15.0, 60.0
PAGE = 1000
QUERIES = (
    ("customers by id", "SELECT * FROM Customer ORDERBY Id STARTPOSITION {start} MAXRESULTS 1000"),
    ("invoices by id", "SELECT * FROM Invoice ORDERBY Id STARTPOSITION {start} MAXRESULTS 1000"),
    ("invoices as they come", "SELECT * FROM Invoice STARTPOSITION {start} MAXRESULTS 1000"),
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="customers, and as many invoices (100000)")
    size = parser.parse_args(argv).size
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    sim = Simulator(client_id="bench", client_secret="bench")
    company = sim.add_company("Measured")
    wall, cpu = _timed(lambda: seed(company, size))
    counts = {name: len(company.books.tables[name].records) for name in ("Customer", "Invoice", "Payment")}
    print(f"seeded  {', '.join(f'{count:,} {name}' for name, count in counts.items())}")
    print(f"        {wall:.2f} s, of which {cpu:.2f} s of computing (promised: {SEED_SECONDS:.0f} s)")
    slowest = max(_pages(sim, company, title, statement, size) for title, statement in QUERIES)
    kept = cpu <= SEED_SECONDS and slowest <= PAGE_MILLISECONDS
    print("within the promise" if kept else "BEYOND THE PROMISE")
    return 0 if kept else 1


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process alone: the second does not grow when others use the machine."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


def _pages(sim: Simulator, company: Company, title: str, statement: str, size: int) -> float:
    """Every page once, none asked for before; the median of computing, in milliseconds."""
    token = sim.grant(company.realm)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = f"{sim.base_url}/v3/company/{company.realm}/query"
    walls, cpus = [], []
    for name in ("Customer", "Invoice"):
        for record in company.books.living(name):
            record.rendered = None
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim), headers=headers) as http:
        for start in range(1, size + 1, PAGE):
            wall, cpu = _timed(lambda start=start: http.get(url, params={"query": statement.format(start=start)}))
            walls.append(wall * 1000)
            cpus.append(cpu * 1000)
    p50, p95 = _percentiles(walls)
    cpu50, cpu95 = _percentiles(cpus)
    print(f"{title:22}  {len(walls)} pages of {PAGE}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   "
          f"of which computing {cpu50:.1f} / {cpu95:.1f} ms")  # fmt: skip
    return cpu50


def _percentiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


if __name__ == "__main__":
    sys.exit(main())

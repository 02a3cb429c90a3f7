"""What each page takes: server time and queries, by real HTTP, at 100,000 customers, orders and invoices.

`python -m bench.pages [--customers N --documents N --happenings N --rounds N --store sqlite|postgres --only TEXT]`, or
`make bench`. See bench/README.md for the figures. Ends with an error when a page is slower than Buddy promises.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

import httpx2

from bench.parts import ROOT
from bench.parts.web import web_server
from bench.wholesaler import store
from bench.wholesaler.filling import Size, customer_name

STORES = ("sqlite", "postgres")
PROMISED = 50.0  # milliseconds inside the server, p95
BUDDY, ADMIN = "buddy.settings", "bench.wholesaler.admin_site"


@dataclass(frozen=True)
class Answer:
    """What the server told of one answer: milliseconds until it, those it computed itself, queries, bytes."""

    milliseconds: float
    computing: float
    queries: int
    bytes: int


@dataclass(frozen=True)
class Measured:
    """One address and its answers. `computing` tells on a busy machine, too; without PostgreSQL's own."""

    path: str
    answers: list[Answer]

    @property
    def p50(self) -> float:
        return statistics.median(each.milliseconds for each in self.answers)

    @property
    def p95(self) -> float:
        return statistics.quantiles((each.milliseconds for each in self.answers), n=20, method="inclusive")[18]

    @property
    def computing(self) -> float:
        return statistics.median(each.computing for each in self.answers)

    @property
    def line(self) -> str:
        last = self.answers[-1]
        times = f"{self.p50:8.1f}{self.p95:8.1f}{self.computing:8.1f}"
        return f"  {self.path[:60]:60}{times}{last.queries:6}{last.bytes // 1024:6}"


def addresses(size: Size) -> list[str]:
    """Every page a person can come to, and lists in the ways that could be slow: sorted, searched, filtered."""
    common, rare, middle = "harbor", customer_name(size.customers // 2), size.documents // 2
    return [
        "/",
        "/customers/",
        "/customers/?sort=-balance",
        f"/customers/?q={common}",
        f"/customers/?q={rare}",
        "/customers/?q=zanzibar",
        "/customers/?view=unlinked",
        "/customers/?view=attention",
        "/customers/?view=inactive",
        "/customers/1/",
        "/customers/1/?tab=invoices",
        "/customers/1/?tab=payments",
        f"/customers/{size.customers // 2}/",
        "/customers/2/edit/",
        "/customers/new/",
        "/products/",
        "/products/?q=4999",
        "/products/?view=unmapped",
        "/products/1/",
        "/products/1/edit/",
        "/orders/",
        "/orders/?sort=-total",
        "/orders/?view=to-invoice",
        "/orders/?status=shipped",
        "/orders/?customer=1",
        f"/orders/?q=SO-{middle}",
        f"/orders/?q={common}",
        "/orders/?q=zanzibar",
        f"/orders/{middle}/",
        f"/orders/{middle + 1}/edit/",
        "/orders/new/",
        "/invoices/",
        "/invoices/?sort=-balance",
        "/invoices/?sort=due",
        "/invoices/?view=unpaid",
        "/invoices/?view=overdue",
        "/invoices/?view=attention",
        "/invoices/?status=paid",
        "/invoices/?status=partial&status=overdue",
        "/invoices/?customer=1",
        "/invoices/?dated_after=2026-01-01&dated_before=2026-06-30",
        f"/invoices/?q={middle}",
        f"/invoices/?q={common}",
        "/invoices/?q=zanzibar",
        f"/invoices/{middle}/",
        f"/search/?q={common}",
        f"/search/?q={rare}",
        f"/search/?q={middle}",
        "/search/?q=zanzibar",
        "/activity/",
        "/activity/?kind=order",
        "/activity/?kind=term",
        "/activity/?who=1",
        "/activity/?who=books",
        "/activity/?kind=customer&who=books",
        "/activity/?at_after=2026-01-01&at_before=2026-01-31",
        "/data-quality/",
        "/data-quality/?status=done",
        "/sync/",
        "/sync/runs/1000/",
        "/books/",
        "/settings/",
        "/settings/integrations/",
        "/settings/organization/",
        "/settings/team/",
        "/settings/terms/",
    ]


BESIDE = (
    ("/customers/", "/admin/hub/customer/"),
    ("/orders/", "/admin/hub/salesorder/"),
    ("/invoices/", "/admin/hub/invoice/"),
    ("/invoices/?q=harbor", "/admin/hub/invoice/?q=harbor"),
    ("/products/", "/admin/hub/product/"),
    ("/activity/", "/admin/hub/activity/"),
)


def serving(settings: str, environment: dict[str, str]) -> AbstractContextManager[str]:
    """The address of a web server with these settings, which tells of each answer what it took."""
    whole = environment | {"DJANGO_SETTINGS_MODULE": settings}
    return web_server(whole, application="bench.wholesaler.counting:application")


def measure(url: str, paths: Sequence[str], *, cookie: tuple[str, str], rounds: int) -> list[Measured]:
    """Each address `rounds` times, and once before. A round goes over all: no page is alone with its rows."""
    with httpx2.Client(base_url=url, cookies=[cookie], timeout=120) as http:
        for path in paths:
            _ask(http, path)
        told = [[_ask(http, path) for path in paths] for _ in range(rounds)]
    return [Measured(path, list(answers)) for path, answers in zip(paths, zip(*told, strict=True), strict=True)]


def _ask(http: httpx2.Client, path: str) -> Answer:
    answer = http.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code} {answer.headers.get('location', '')}")
    told = answer.headers
    return Answer(
        float(told["X-Milliseconds"]), float(told["X-Computing"]), int(told["X-Queries"]), len(answer.content)
    )


def tell(name: str, size: Size, *, rounds: int, only: str) -> bool:
    """Measure one store and print it; whether every page kept the promise."""
    environment = store.ready(name, size)
    cookie = store.session()
    paths = [path for path in addresses(size) if only in path]
    with serving(BUDDY, environment) as url:
        ours = measure(url, paths, cookie=cookie, rounds=rounds)
    print(f"{name}: milliseconds inside the server, {rounds} rounds; load {os.getloadavg()[0]:.1f}")
    print(f"  {'':60}{'p50':>8}{'p95':>8}{'CPU':>8}{'asks':>6}{'KB':>6}")
    for each in ours:
        print(each.line + ("  SLOW" if each.p95 > PROMISED else ""))
    if not only:
        _tell_beside(environment, cookie, ours, rounds=min(rounds, 5))
    return all(each.p95 <= PROMISED for each in ours)


def _tell_beside(
    environment: dict[str, str], cookie: tuple[str, str], ours: Sequence[Measured], *, rounds: int
) -> None:
    by_path = {each.path: each for each in ours}
    with serving(ADMIN, environment) as url:
        theirs = measure(url, [admin for _, admin in BESIDE], cookie=cookie, rounds=rounds)
    print("  Django's admin over the same rows, 50 a page")
    for (path, _), found in zip(BESIDE, theirs, strict=True):
        print(f"{found.line}   {found.p50 / by_path[path].p50:.1f} × ours")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=100_000, help="orders, and as many invoices")
    parser.add_argument("--happenings", type=int, default=1_000_000, help="rows of the activity log")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="addresses that hold this text")
    parser.add_argument("--store", choices=STORES, help="only this one, in this process")
    asked = parser.parse_args()
    if asked.store:
        size = Size(asked.customers, asked.documents, asked.happenings)
        return 0 if tell(asked.store, size, rounds=asked.rounds, only=asked.only) else 1
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{date.today()}, {machine}, load {os.getloadavg()[0]:.1f}", flush=True)  # noqa: DTZ011 the machine's date
    command = [sys.executable, "-m", "bench.pages", *sys.argv[1:], "--store"]
    return max(subprocess.run([*command, name], cwd=ROOT, check=False).returncode for name in STORES)


if __name__ == "__main__":
    sys.exit(main())

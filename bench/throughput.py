"""Many companies on a few workers, and many invoices of one company, over real processes on PostgreSQL.

`python -m bench.throughput [--companies N --minutes M --invoices N]`, or `make bench`. See README.md for the figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psutil

from tests.flows.books import Books, Company
from tests.flows.processes import Program, Stack, new_database
from tests.postgres import start

if TYPE_CHECKING:
    from buddy.sync.models import Connection

INTERVAL = 180  # seconds, as it is set without asking
WORKERS = 2
MOST_READS = 100_000_000  # a month: the budget is not what is measured
BATCHES_A_MINUTE, ITEMS = 36, 30  # R24, api 6
CALLS_A_MINUTE = 500  # Intuit's limit for a company (api 10)
ONE_BY_ONE = 10  # runs of the other way, to know what one costs


@contextmanager
def installation(folder: Path) -> Iterator[tuple[Stack, list[Program]]]:
    """Buddy with two workers beside a QuickBooks, and this process on the same database."""
    os.environ["DATABASE_URL"] = start(max_connections=200)
    made = Stack(folder, new_database())
    made.environment |= {"BUDDY_SYNC_INTERVAL": str(INTERVAL), "INTUIT_READS_PER_MONTH": str(MOST_READS)}
    workers = [made.worker, *(made.program(f"worker{n}", "manage.py", "worker") for n in range(1, WORKERS))]
    try:
        made.start()
        for worker in workers[1:]:
            worker.start()
        os.environ |= made.environment
        import django

        django.setup()
        yield made, workers
    finally:
        for worker in workers[1:]:
            worker.end()
        made.end()


def company(books: Books, name: str) -> tuple[int, Company]:
    """An organization connected to a new company, its first sync behind it: its number, and the company."""
    from django_scopes import scopes_disabled

    from bench.chaos.people import move_in
    from buddy.sync.models import Connection

    there = books.add_company(name)
    there.customer("Hotel Albion")
    there.item("Olives", 12.5)
    house = move_in(name, there.realm)
    with scopes_disabled():
        while not Connection.objects.filter(organization=house.organization, last_synced_at__isnull=False).exists():
            time.sleep(0.1)
    return house.organization, there


# --- A thousand companies --------------------------------------------------------------------------------------------


@dataclass
class Cycles:
    """What came of the regular looks. Lags in seconds; CPU in seconds of each kind of process."""

    runs: int
    late: list[float]
    seconds: float
    workers: float
    database: float
    quickbooks: float
    one_by_one: float  # CPU seconds of one `sync_now` in a process of its own


def cycles(made: Stack, workers: Sequence[Program], companies: int, minutes: float) -> Cycles:
    first, _ = company(made.books, "The first of many")
    _many(made.books, first, companies - 1)
    time.sleep(INTERVAL / 3)  # by then every kind of process is warm
    before, began = _used(made, workers), datetime.now().astimezone()
    time.sleep(minutes * 60)
    after = _used(made, workers)
    runs, late = _late(began)
    used = [b - a for a, b in zip(before, after, strict=True)]
    return Cycles(runs, late, minutes * 60, used[0], used[1], used[2], _one_by_one(made, first))


def _many(books: Books, first: int, count: int) -> None:
    """As many again, as the first one is after its first sync: their bells spread over the interval."""
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from buddy.hub.outbox import Bell
    from buddy.hub.team import Organization
    from buddy.sync.models import Connection, Cursor

    now = timezone.now()
    with scopes_disabled():
        pattern = Connection.objects.get(organization=first)
        made = Organization.objects.bulk_create(Organization(name=f"Wholesaler {n}") for n in range(count))
        Connection.objects.bulk_create(_like(pattern, each, books, now) for each in made)
        Cursor.objects.bulk_create(Cursor(organization=each, name="changes", since=now, done=True) for each in made)
        steps = (timedelta(seconds=INTERVAL * n / count) for n in range(count))
        Bell.objects.bulk_create(
            Bell(organization=each, due_at=now + step) for each, step in zip(made, steps, strict=True)
        )


def _like(pattern: Connection, organization: Any, books: Books, now: datetime) -> Connection:
    from buddy.sync.models import Connection

    realm = books.add_company(organization.name).realm
    tokens = books.ask("POST", f"/grants/{realm}")
    return Connection(
        organization=organization,
        environment=pattern.environment,
        realm=realm,
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        access_expires_at=now + timedelta(hours=1),
        refresh_expires_at=now + timedelta(days=100),
        connected_at=now,
        facts=pattern.facts,
        facts_at=now,
        first_synced_at=now,
        last_synced_at=now,
    )


def _used(made: Stack, workers: Sequence[Program]) -> tuple[float, float, float]:
    """CPU seconds so far: of the workers, of PostgreSQL, of QuickBooks."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        postmaster = psutil.Process(cursor.fetchone()[0]).parent()
    assert postmaster
    ended = postmaster.cpu_times()  # sessions that have ended count as its children
    database = ended.children_user + ended.children_system + _cpu([postmaster, *postmaster.children()])
    return _cpu(each.process for each in workers), database, _cpu([made.quickbooks.process])


def _cpu(processes: Iterable[Any]) -> float:
    total = 0.0
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(each.pid).cpu_times()
            total += times.user + times.system
    return total


def _late(since: datetime) -> tuple[int, list[float]]:
    """How many runs began since then, and how many seconds after they were due: an interval after the one before."""
    from django_scopes import scopes_disabled

    from buddy.sync.models import Run

    last: dict[int, datetime] = {}
    late: list[float] = []
    with scopes_disabled():
        found = list(Run.objects.order_by("started_at").values_list("organization_id", "started_at"))
    for organization, started in found:
        if started >= since and organization in last:
            late.append(max(0.0, (started - last[organization]).total_seconds() - INTERVAL))
        last[organization] = started
    return sum(1 for _, started in found if started >= since), late


def _one_by_one(made: Stack, organization: int) -> float:
    """The other way: a process for each company and look, from cron."""
    began = os.times()
    for _ in range(ONE_BY_ONE):
        command = [sys.executable, "manage.py", "sync_now", "--organization", str(organization)]
        subprocess.run(command, env=made.environment, check=True, capture_output=True)
    ended = os.times()
    spent = ended.children_user + ended.children_system - began.children_user - began.children_system
    return spent / ONE_BY_ONE


# --- Three thousand invoices -----------------------------------------------------------------------------------------


@dataclass
class Rush:
    """Seconds until the last invoice was in QuickBooks and Buddy knew, and the calls it took."""

    invoices: int
    seconds: float
    calls: int
    creating: float  # seconds that making them in Buddy took

    @property
    def batches(self) -> int:
        return -(-self.invoices // ITEMS)

    @property
    def floor(self) -> float:
        """With nothing but the allowance: as many as one minute has go at once, the others as places open."""
        return max(0, self.batches - BATCHES_A_MINUTE) * 60 / BATCHES_A_MINUTE

    @property
    def one_by_one(self) -> float:
        """The floor of a call for each invoice, with all that Intuit allows."""
        return max(0, self.invoices - CALLS_A_MINUTE) * 60 / CALLS_A_MINUTE


def rush(made: Stack, invoices: int) -> Rush:
    """All are made in Buddy at once, and go."""
    from django_scopes import scopes_disabled

    from buddy.sync.models import Link

    organization, _ = company(made.books, "One with many invoices")
    made.books.ask("DELETE", "/calls")
    began = time.monotonic()
    _create(organization, invoices)
    created = time.monotonic()
    with scopes_disabled():
        linked = Link.objects.filter(organization=organization, kind="invoice")
        while linked.count() < invoices:
            time.sleep(0.5)
    realm_calls = [each for each in made.books.ask("GET", "/calls") if each["realm"]]
    return Rush(invoices, time.monotonic() - created, len(realm_calls), created - began)


def _create(organization_id: int, count: int) -> None:
    """As many orders and their invoices, in one transaction, so that the worker sees them all at one moment."""
    from django.db import transaction
    from django.utils import timezone
    from django_scopes import scope

    from buddy.hub import invoices, orders
    from buddy.hub.customers import Customer
    from buddy.hub.invoices import InvoiceDraft
    from buddy.hub.orders import LineDraft, OrderStatus
    from buddy.hub.products import Product
    from buddy.hub.team import Organization

    organization = Organization.objects.get(pk=organization_id)
    with scope(organization=organization), transaction.atomic():
        customer, lines = Customer.objects.get(), [LineDraft(Product.objects.get(), 1)]
        today = organization.today(timezone.now())
        placed = [
            orders.place(organization, customer, lines=lines, status=OrderStatus.CONFIRMED, by=None)
            for _ in range(count)
        ]
        drafts = [
            InvoiceDraft(orders=[each], customer=customer, invoice_date=today, due_date=today, ship_to=each.ship_to)
            for each in placed
        ]
        invoices.create_from_orders(organization, drafts, by=None)


# --- Telling ---------------------------------------------------------------------------------------------------------


def told_cycles(companies: int, found: Cycles) -> str:
    each, late = found.workers / found.runs, statistics.quantiles(found.late, n=100, method="inclusive")
    due, cores = companies * found.seconds / INTERVAL, found.one_by_one * companies / INTERVAL
    lag = f"late p50 {late[49]:.2f} s, p95 {late[94]:.2f} s, at most {max(found.late):.1f} s"
    shares = [used / found.seconds for used in (found.workers, found.database, found.quickbooks)]
    return "\n".join(
        [
            f"{companies:,} companies, {WORKERS} workers, every {INTERVAL} s, {found.seconds:.0f} s measured",
            f"runs {found.runs:,} of {due:,.0f} due; {lag}",
            "CPU of one core: workers {:.0%}, PostgreSQL {:.0%}, QuickBooks {:.0%}".format(*shares),
            f"a look: {each * 1000:.0f} ms CPU of a worker",
            f"from cron, a process each: {found.one_by_one * 1000:.0f} ms, {found.one_by_one / each:.0f} times as much",
            f"so cron would need {cores:.1f} cores for all",
        ]
    )


def told_rush(found: Rush) -> str:
    allowed = f"{found.floor:.0f} s ({BATCHES_A_MINUTE} batches a minute)"
    ratio = f", {found.seconds / found.floor:.2f} of it" if found.floor else ""
    other = f"one call each: {found.invoices:,} calls, floor {found.one_by_one:.0f} s ({CALLS_A_MINUTE} calls a minute)"
    return "\n".join(
        [
            f"{found.invoices:,} invoices of one company, made in Buddy in {found.creating:.0f} s",
            f"in QuickBooks after {found.seconds:.0f} s; floor {allowed}{ratio}",
            f"calls {found.calls} for {found.batches} batches; {other}",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=1_000, help="0: without this part")
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--invoices", type=int, default=3_000, help="0: without this part")
    asked = parser.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{date.today()}, {machine}", flush=True)  # noqa: DTZ011 the date of the machine that measures
    with TemporaryDirectory(prefix="buddy-throughput-") as folder, installation(Path(folder)) as (made, workers):
        if asked.invoices:
            print(told_rush(rush(made, asked.invoices)), flush=True)
        if asked.companies:
            print(told_cycles(asked.companies, cycles(made, workers, asked.companies, asked.minutes)), flush=True)


if __name__ == "__main__":
    main()

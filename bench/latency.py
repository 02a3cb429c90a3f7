"""How long a change takes from one side to the other, over real processes: web, worker and QuickBooks.

`python -m bench.latency [--samples N]`, or `make bench`, measures on both databases. See README.md for the figures.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.flows.books import Company
from tests.flows.processes import Stack, new_database

if TYPE_CHECKING:
    from buddy.hub.team import Organization, User

STORES = ("sqlite", "postgres")
EVERY = 0.005  # seconds between two looks for what is to be seen
PATIENCE = 60.0
QUIET = 1.2  # seconds without anything to do before a sample: the webhooks of our own push have come by then


@dataclass
class Sample:
    """Milliseconds of each kind."""

    seen_here: list[float] = field(default_factory=list)
    since_webhook: list[float] = field(default_factory=list)
    pressed: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)


@contextmanager
def stack(folder: Path, store: str) -> Iterator[Stack]:
    """An installation as `make run` starts it, at the usual interval: only webhooks and rings make it quick."""
    if store == "postgres":
        from tests.postgres import start

        os.environ["DATABASE_URL"] = start()
    made = Stack(folder, new_database())
    made.environment["BUDDY_SYNC_INTERVAL"] = "180"
    try:
        made.start()
        yield made
    finally:
        made.end()


def measure(store: str, samples: int) -> Sample:
    with TemporaryDirectory(prefix="buddy-latency-") as folder, stack(Path(folder), store) as running:
        os.environ |= running.environment
        import django

        django.setup()
        logging.disable(logging.INFO)
        from django_scopes import scope

        company = running.books.add_company("Larkspur Fine Foods LLC")
        hotel = company.customer("Hotel Albion")
        company.item("Olives", 12.5)
        organization, admin = _connected(running, company)
        found = Sample()
        with scope(organization=organization):
            for number in range(samples + 1):
                if number == 1:
                    found = Sample()  # the first of each loaded what is loaded late
                _quiet(number)
                _change_there(found, company, hotel["Id"], number)
                _quiet(number)
                _invoice_here(found, organization, admin)
        return found


def _connected(running: Stack, company: Company) -> tuple[Organization, User]:
    """An organization that has brought over one customer and one product."""
    from django_scopes import scope

    from bench.chaos.people import move_in
    from buddy.hub.products import Product
    from buddy.hub.team import Organization, User

    house = move_in("Larkspur Fine Foods", company.realm)
    organization = Organization.objects.get(pk=house.organization)
    with scope(organization=organization):
        _until(Product.objects.exists)
    assert running.worker.running
    return organization, User.objects.get(pk=house.admin)


def _quiet(number: int) -> None:
    """Until nothing has been under way or due for a while, a little longer each time, so that no rhythm is met."""
    since = time.monotonic()
    while time.monotonic() - since < QUIET + number % 7 / 20:
        if not _rested():
            since = time.monotonic()
        time.sleep(EVERY * 4)


def _rested() -> bool:
    from django.utils import timezone

    from buddy.hub.outbox import Bell
    from buddy.sync.models import Connection

    synced = Connection.objects.filter(lease_owner="").exclude(first_synced_at=None)
    return synced.exists() and not Bell.objects.filter(due_at__lte=timezone.now()).exists()


def _change_there(found: Sample, company: Company, customer_id: str, number: int) -> None:
    """The bookkeeper writes a note; a webhook tells of it; it stands in Buddy."""
    from buddy.hub.customers import Customer
    from buddy.sync.models import Notice

    note = f"Note {number}"
    began = time.perf_counter()
    company.change("Customer", customer_id, Notes=note)
    _until(lambda: Customer.objects.filter(notes=note).exists())
    found.seen_here.append((time.perf_counter() - began) * 1000)
    told = Notice.objects.latest("pk").received_at.timestamp()
    found.since_webhook.append((time.time() - told) * 1000)


def _invoice_here(found: Sample, organization: Organization, admin: User) -> None:
    """Create Invoice is pressed; the invoice is in QuickBooks and Buddy knows its number there."""
    from buddy.hub import orders
    from buddy.hub.customers import Customer
    from buddy.hub.orders import LineDraft, OrderStatus
    from buddy.hub.products import Product
    from buddy.sync import invoicing
    from buddy.sync.models import Link

    lines = [LineDraft(Product.objects.get(), Decimal(4))]
    order = orders.place(organization, Customer.objects.get(), lines=lines, status=OrderStatus.CONFIRMED, by=admin)
    today = organization.today(order.created_at)
    began = time.perf_counter()
    (made,) = invoicing.create(organization, [order.pk], combine=False, invoice_date=today, by=admin)
    found.pressed.append((time.perf_counter() - began) * 1000)
    _until(lambda: Link.objects.filter(kind="invoice", object_id=made.pk).exists())
    found.arrived.append((time.perf_counter() - began) * 1000)


def _until(there: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > deadline:
            raise SystemExit(f"not seen within {PATIENCE:.0f} s")
        time.sleep(EVERY)


def told(store: str, found: Sample) -> str:
    rows = (
        ("change in QuickBooks → seen in Buddy", found.seen_here),
        ("  of it since the webhook came", found.since_webhook),
        ("Create Invoice → in QuickBooks, and Buddy knows", found.arrived),
        ("  of it the person waited", found.pressed),
    )
    lines = [f"{store}, {len(found.seen_here)} of each, milliseconds".ljust(58) + "   p50    p95"]
    return "\n".join(
        lines + [f"{what.ljust(58)}{_at(values, 50):6.0f} {_at(values, 95):6.0f}" for what, values in rows]
    )


def _at(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--store", choices=STORES, help="only this one, in this process")
    asked = parser.parse_args()
    if asked.store:
        print(told(asked.store, measure(asked.store, asked.samples)), flush=True)
        return
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{date.today()}, {machine}", flush=True)  # noqa: DTZ011 the date of the machine that measures
    for store in STORES:
        command = [sys.executable, "-m", "bench.latency", "--store", store, "--samples", str(asked.samples)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

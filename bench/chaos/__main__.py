"""`python -m bench.chaos`: see `bench/README.md`. Ends with an error when anything was lost, doubled or overwritten."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from bench.chaos import books, campaign, report, stores

LEASE = 3  # seconds, the shortest that settings allow


def main() -> int:
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the children end too
    with ExitStack() as stack:
        folder = Path(asked.keep or stack.enter_context(TemporaryDirectory(prefix="buddy-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        book = folder / "arrivals"
        url = stack.enter_context(books.served(book, rotation=asked.rotation))
        database_url = stack.enter_context(stores.database(asked.store))
        _set_up(url, database_url, folder)
        plan = campaign.Plan(
            kills=asked.kills,
            minutes=asked.minutes,
            companies=asked.companies,
            workers=asked.workers or (1 if asked.store == "sqlite" else 4),
            seed=asked.seed if asked.seed is not None else time.time_ns() % 1_000_000,
            rotation=asked.rotation,
            lease=LEASE,
        )
        print(report.heading(asked.store, plan), flush=True)
        outcome = campaign.run(plan, url=url, book=book, folder=folder)
        print(report.told(outcome), flush=True)
        return 0 if report.is_green(outcome) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    add = parser.add_argument
    add("--store", choices=("sqlite", "postgres"), default="sqlite")
    add("--kills", type=int, default=1_000)
    add("--minutes", type=float, default=18.0, help="over which they are spread")
    add("--companies", type=int, default=24)
    add("--workers", type=int, help="1 on SQLite, 4 on PostgreSQL")
    add("--seed", type=int, help="of the deaths, the faults and what people do; printed")
    add("--rotation", choices=("sticky", "strict"), default="sticky", help="of refresh tokens")
    add("--keep", default="", help="a folder for the store and the logs, instead of a temporary one")
    return parser


def _set_up(url: str, database_url: str, folder: Path) -> None:
    """Everything a worker needs, imported once."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
        "DATABASE_URL": database_url,
        "BUDDY_DATA": str(folder / "data"),
        "BUDDY_SECRET_KEYS": "only-for-the-campaign-" + "0" * 32,
        "BUDDY_URL": "http://localhost:8000",
        "BUDDY_SYNC_LEASE": str(LEASE),
        "BUDDY_SYNC_INTERVAL": "10",
        "INTUIT_ENVIRONMENT": "sandbox",
        "INTUIT_CLIENT_ID": books.CLIENT_ID,
        "INTUIT_CLIENT_SECRET": books.SECRET,
        "INTUIT_DISCOVERY_URL": f"{url}/.well-known/openid_configuration/",
        "QUICKBOOKS_API_URL": url,
        "EMAIL_URL": "dummymail://",
    }
    django.setup()
    for module in ("buddy.jobs", "buddy.sync.engine", *(["procrastinate.contrib.django"] if database_url else [])):
        import_module(module)
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())

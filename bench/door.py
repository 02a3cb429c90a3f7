"""How soon a webhook is answered: quiet, while a first sync writes, and in a burst beside it.

`python -m bench.door [--records N --deliveries N]`, or `make bench`. See README.md for what the figures mean. Ends with
an error when a delivery was refused or is not remembered, or was answered later than Buddy promises.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from bench.first_sync import Size, served
from bench.parts import REALM, ROOT, environment, finish, start
from bench.parts.web import web_server

VERIFIER = "only-for-measuring"
PROMISED = 100.0  # milliseconds, p99
AT_ONCE = 8  # connections of a burst
APART = 0.03  # seconds between two deliveries that are no burst, on average

type Milliseconds = list[float]


class Door:
    """The address where webhooks arrive, and every event that was delivered there."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/webhooks/quickbooks"
        self.delivered = 0

    def nothing(self, count: int) -> Milliseconds:
        """What web server and Django take to refuse a GET, which does nothing: the floor."""
        with httpx2.Client() as http:
            return [_timed(lambda: http.get(self._url), 405) for _ in range(count)]

    def calmly(self, count: int) -> Milliseconds:
        bodies = self._bodies(count)
        with httpx2.Client() as http:
            return [self._deliver(http, body) for body in bodies if not time.sleep(random.uniform(0, 2 * APART))]

    def burst(self, count: int) -> Milliseconds:
        """As fast as they go, over several connections."""
        bodies = self._bodies(count)
        with httpx2.Client() as http, ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda body: self._deliver(http, body), bodies))

    def _bodies(self, count: int) -> list[bytes]:
        numbers = range(self.delivered, self.delivered + count)
        self.delivered += count
        return [json.dumps([_event(number)]).encode() for number in numbers]

    def _deliver(self, http: httpx2.Client, body: bytes) -> float:
        signature = base64.b64encode(hmac.new(VERIFIER.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"intuit-signature": signature, "Content-Type": "application/json"}
        return _timed(lambda: http.post(self._url, content=body, headers=headers), 200)


def _event(number: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "intuit.bench",
        "type": "qbo.customer.updated.v1",
        "time": "2026-11-24T16:14:55.310Z",
        "intuitentityid": str(number + 1),
        "intuitaccountid": REALM,
        "data": {},
    }


def _timed(ask: object, expected: int) -> float:
    began = time.perf_counter()
    answer = ask()  # type: ignore[operator]
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != expected:
        raise SystemExit(f"answered {answer.status_code}, not {expected}: {answer.text[:200]}")
    return took


@contextmanager
def web(url: str, data: Path) -> Iterator[Door]:
    """Buddy's web server, with a verifier."""
    with web_server(environment(url, data) | {"INTUIT_WEBHOOK_VERIFIER": VERIFIER}) as address:
        yield Door(address)


@contextmanager
def worker(url: str, data: Path) -> Iterator[None]:
    """Buddy's worker, which makes rows of what was delivered while another process has the company."""
    settings = environment(url, data) | {"INTUIT_WEBHOOK_VERIFIER": VERIFIER}
    command = [sys.executable, "manage.py", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def measure(size: Size, deliveries: int, data: Path) -> dict[str, Milliseconds]:
    with served(size, date.today()) as url:  # noqa: DTZ011 the date of the machine that measures
        syncing = start("syncing", url=url, data=data)
        assert syncing.stdout
        syncing.stdout.readline()  # the database is there, and the first sync begins
        with web(url, data) as door:
            door.nothing(20)  # the first ones load what is loaded late
            with worker(url, data):
                found = {"calmly, beside a first sync": door.calmly(deliveries)}
                found["a burst, beside a first sync"] = door.burst(deliveries)
                if syncing.poll() is not None:
                    raise SystemExit("the first sync ended before the deliveries: give it more --records")
                _wait_until_remembered(data, door.delivered)
            finish(syncing)
            found = {"calmly, nothing else": door.calmly(deliveries)} | found
            found = {"the floor: nothing is done": door.nothing(deliveries)} | found
        with worker(url, data):
            _wait_until_remembered(data, door.delivered)
    return found


def _wait_until_remembered(data: Path, delivered: int) -> None:
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(data / "buddy.db")) as database:
        while True:
            (kept,) = database.execute("select count(*) from sync_notice").fetchone()
            if kept == delivered:
                return
            if time.monotonic() > deadline:
                raise SystemExit(f"{delivered} delivered, {kept} remembered")
            time.sleep(0.1)


def share(values: Milliseconds, part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.door", description=__doc__)
    parser.add_argument("--records", type=int, default=40_000, help="customers, invoices and payments, of each (40000)")
    parser.add_argument("--deliveries", type=int, default=200, help="of each kind (200)")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory(prefix="buddy-bench-") as folder:
        found = measure(Size(asked.records, asked.records, asked.records), asked.deliveries, Path(folder))
    floor = share(next(iter(found.values())), 0.5)
    print(f"{asked.deliveries} deliveries of each kind, milliseconds until the answer")
    print(f"{'':32}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}   p50 ÷ floor")
    for title, values in found.items():
        columns = "".join(f"{share(values, part):8.1f}" for part in (0.5, 0.95, 0.99, 1.0))
        print(f"{title:32}{columns}   {share(values, 0.5) / floor:.1f}")
    kept = all(share(values, 0.99) <= PROMISED for values in found.values())
    print("each is remembered;", "within the promise" if kept else f"BEYOND THE PROMISE of {PROMISED:.0f} ms")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.chaos.books`: a QuickBooks in a process of its own. Each call is written down as it arrives.

The simulator logs a call when it has answered it; who overlaps whom can only be told from when it came.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from simulator.app import Simulator
from simulator.server import Server

ROOT = Path(__file__).resolve().parents[2]
CLIENT_ID, SECRET = "chaos", "only-for-the-campaign"


@dataclass(frozen=True)
class Arrival:
    """One call at the moment it came."""

    at: float  # seconds since 1970
    method: str
    path: str
    agent: str
    request_id: str

    @property
    def run(self) -> int | None:
        """The number of the run that made it; users' browsers make calls too, at consent."""
        _, _, number = self.agent.partition("(run ")
        return int(number.rstrip(")")) if number else None


class Doorman:
    """The application, and a line in `book` for every call to what Intuit would serve."""

    def __init__(self, app: Simulator, book: Path) -> None:
        self._app = app
        self._book = book.open("a", buffering=1)
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/_sim"):
            request_id = parse_qs(environ["QUERY_STRING"]).get("requestid", [""])[0]
            rest = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_USER_AGENT", ""), request_id)
            with self._lock:
                self._book.write("\t".join([str(time.time()), *rest]) + "\n")
        return self._app(environ, start_response)


def arrivals(book: Path) -> Iterator[Arrival]:
    """What the doorman wrote, in the order in which the calls came."""
    with book.open() as lines:
        for line in lines:
            at, *rest = line.rstrip("\n").split("\t")
            yield Arrival(float(at), *rest)


@contextmanager
def served(book: Path, *, rotation: str) -> Iterator[str]:
    """The address of such a process."""
    command = [sys.executable, "-m", "bench.chaos.books", "--book", str(book), "--rotation", rotation]
    with book.with_suffix(".log").open("w") as log:  # the broken connections of the dead, above all
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", type=Path, required=True)
    parser.add_argument("--rotation", default="sticky")
    asked = parser.parse_args()
    server = Server("127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.server_port}"
    simulator = Simulator(client_id=CLIENT_ID, client_secret=SECRET, base_url=url, rotation=asked.rotation)
    server.app = Doorman(simulator, asked.book)
    print(url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

"""What is measured, each part in a process of its own, so that its CPU time and memory are its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REALM = "9341452908713326"
UNLIMITED = {"per_second": 100_000, "per_minute": 1_000_000, "concurrent": 6, "batches_per_minute": 100_000}


@dataclass
class Figures:
    """What one part took. `more` is its own."""

    cpu: float = 0.0
    wall: float = 0.0
    peak_mb: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> None:
        """The last line of the process is what it hands back."""
        print(json.dumps(asdict(self)))


@contextmanager
def measured() -> Iterator[Figures]:
    """CPU seconds of all threads of this process, wall time, and the most memory it ever held."""
    figures = Figures()
    cpu, wall = time.process_time(), time.perf_counter()
    yield figures
    figures.cpu, figures.wall = time.process_time() - cpu, time.perf_counter() - wall
    figures.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def start(part: str, *arguments: str, url: str, data: Path) -> subprocess.Popen[str]:
    """Begin a part in its own process, with Buddy's settings for these books."""
    command = [sys.executable, "-m", f"bench.parts.{part}", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(url, data), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def environment(url: str, data: Path) -> dict[str, str]:
    """Buddy's settings for the books at `url`, its database in `data`."""
    return {
        **os.environ,
        "BUDDY_DATA": str(data),
        "BUDDY_SECRET_KEYS": "only-for-measuring-" + "0" * 32,
        "DATABASE_URL": "",
        "INTUIT_ENVIRONMENT": "sandbox",
        "INTUIT_CLIENT_ID": "bench",
        "INTUIT_CLIENT_SECRET": "bench",
        "QUICKBOOKS_API_URL": url,
        "INTUIT_DISCOVERY_URL": f"{url}/.well-known/openid_configuration/",
        "DJANGO_SETTINGS_MODULE": "buddy.settings",
    }


def finish(process: subprocess.Popen[str]) -> Figures:
    """Wait for it and read what it hands back."""
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args} failed:\n{out}")
    return Figures(**json.loads(out.splitlines()[-1]))


def set_up() -> None:
    """Django with the settings of production, throttle off, a log of warnings only, and ready as the worker is."""
    import logging

    import django
    from django.conf import settings

    settings.QUICKBOOKS_LIMITS = UNLIMITED
    django.setup()
    logging.getLogger().setLevel(logging.WARNING)
    from buddy.sync.management.commands.worker import spare_the_collector

    spare_the_collector()

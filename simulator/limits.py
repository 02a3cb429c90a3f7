"""Limits of calls per company, and the meter of reads with its monthly stop (api 10)."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from simulator import refusals

SECOND, MINUTE = 1.0, 60.0


class Limits:
    """500 calls a minute, 10 a second, 40 batches a minute, each per company; off unless switched on."""

    def __init__(
        self,
        *,
        on: bool,
        per_minute: int = 500,
        per_second: int = 10,
        batches_per_minute: int = 40,
        at_once: int = 10,
    ) -> None:
        self.on = on
        self.per_minute, self.per_second, self.batches_per_minute = per_minute, per_second, batches_per_minute
        self.at_once, self._running = at_once, Counter[str]()
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def admit(self, realm: str, *, batch: bool) -> None:
        """Count one call, or raise the 429. Real time counts here, whatever the simulator's clock says."""
        if not self.on:
            return
        rules = [("minute", self.per_minute, MINUTE), ("second", self.per_second, SECOND)]
        if batch:
            rules.append(("batch", self.batches_per_minute, MINUTE))
        now = time.monotonic()
        with self._lock:
            if any(self._used(realm, name, now - span) >= most for name, most, span in rules):
                raise refusals.throttled()
            for name, _, _ in rules:
                self._calls[realm, name].append(now)

    @contextmanager
    def running(self, realm: str) -> Iterator[None]:
        """Ten calls of a company may run at once (api 10); one more gets the 429."""
        with self._lock:
            if self.on and self._running[realm] >= self.at_once:
                raise refusals.throttled()
            self._running[realm] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[realm] -= 1

    def _used(self, realm: str, name: str, since: float) -> int:
        calls = self._calls[realm, name]
        while calls and calls[0] <= since:
            calls.popleft()
        return len(calls)


class Meter:
    """Counts reads per company and month, summed over all companies for the monthly stop (api 10.1)."""

    def __init__(self, *, per_month: int | None = None) -> None:
        self.per_month = per_month
        self.counts: Counter[tuple[str, str]] = Counter()  # (realm, "2026-11")

    def count(self, realm: str, reads: int, now: datetime) -> None:
        self.counts[realm, f"{now:%Y-%m}"] += reads

    def admit(self, now: datetime) -> None:
        """Raise the 429 when this month's reads are used up."""
        if self.per_month is not None and self.in_month(now) >= self.per_month:
            raise refusals.throttled()

    def in_month(self, now: datetime) -> int:
        return sum(count for (_, month), count in self.counts.items() if month == f"{now:%Y-%m}")

    def reads(self, realm: str) -> int:
        return sum(count for (each, _), count in self.counts.items() if each == realm)

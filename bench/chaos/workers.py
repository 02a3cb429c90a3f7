"""Buddy's workers as children of one warmed parent, and when each of them dies or is paused.

The parent has imported everything and holds no connection and no thread, so a new worker is a fork: a few milliseconds.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NoReturn

from bench.chaos import fence, steps
from bench.chaos.steps import Fate, Moment, Watch

AT_ONCE = 6  # companies a worker syncs at a time
INTERVAL = 0.2  # seconds between SQLite's looks for what is due
PAUSED_SHARE = 0.12  # of all strikes
AIMED_SHARE = 0.75  # of all fates; the others come at a random moment, from outside
LONG_SHARE = 0.05  # of all lives: so many times as long, to come to what is rarely come to
LONG = 10
TICK = 0.01


@dataclass
class Worker:
    """One living child. `ends_at`: when it is struck from outside, on the monotonic clock, if it still lives then."""

    pid: int
    ends_at: float
    fatal: bool = True
    wakes_at: float | None = None  # while it is stopped


@dataclass
class Deaths:
    """What was done to workers, as the parent saw it."""

    kills: int = 0
    pauses: int = 0
    ended: int = 0  # by themselves, which none should
    longest_pause: float = 0.0


@dataclass
class Ward:
    """Keeps `size` workers alive at a time, and sees that they die: `pace` a second, which may be changed."""

    size: int
    pace: float
    lease: float
    random: Random
    folder: Path
    deaths: Deaths = field(default_factory=Deaths)
    workers: dict[int, Worker] = field(default_factory=dict)
    _told: int = 0  # bytes of the diary read so far
    struck: dict[Moment, int] = field(default_factory=dict)  # every moment known, and how often it was struck

    @property
    def diary(self) -> Path:
        return self.folder / "diary"

    def tend(self) -> None:
        """One round: notice who died or stopped, strike whose time has come, wake, replace."""
        self._read_diary()
        self._reap()
        now = time.monotonic()
        for worker in list(self.workers.values()):
            if worker.wakes_at is not None:
                if now >= worker.wakes_at:
                    self._wake(worker)
            elif now >= worker.ends_at:
                os.kill(worker.pid, signal.SIGKILL if worker.fatal else signal.SIGSTOP)
                worker.ends_at = now + 1.0  # not again before it was noticed
        while sum(1 for each in self.workers.values() if each.wakes_at is None) < self.size:
            self._bear()
        time.sleep(TICK)

    def spare(self) -> None:
        """Workers that nobody strikes."""
        for _ in range(self.size):
            pid = fork(lambda: work(Fate(), self.folder), self.folder / "worker.log")
            self.workers[pid] = Worker(pid, float("inf"))

    def kill(self) -> None:
        """All of them, those that are stopped too."""
        for worker in self.workers.values():
            os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)
        self.workers.clear()

    def stop(self) -> None:
        """As an operator does: they finish what they are at."""
        for worker in self.workers.values():
            os.kill(worker.pid, signal.SIGTERM)
        for worker in self.workers.values():
            os.waitpid(worker.pid, 0)
        self.workers.clear()

    def _bear(self) -> None:
        """One more, with a life before it, and perhaps an end at one of the moments that were struck least."""
        life, fate = self._destiny(self.size / self.pace)
        pid = fork(lambda: work(fate, self.folder), self.folder / "worker.log")
        self.workers[pid] = Worker(pid, time.monotonic() + life, fate.fatal)

    def _destiny(self, mean: float) -> tuple[float, Fate]:
        """How long at most, and at which moments it ends before."""
        fatal, kind = self.random.random() >= PAUSED_SHARE, self.random.random()
        if kind < LONG_SHARE:
            return LONG * mean, Fate(self._least(), self.random.uniform(0, mean), fatal)
        if kind < AIMED_SHARE:
            return 2 * mean, Fate(self._rarest(), self.random.uniform(0, mean), fatal)
        # Most die young, a few get on with the work.
        return min(self.random.weibullvariate(mean / 2, 0.5), LONG * mean), Fate(fatal=fatal)

    def _least(self) -> frozenset[Moment]:
        """Those that were struck least, or never."""
        least = min(self.struck.values(), default=0)
        return frozenset(moment for moment, count in self.struck.items() if count == least)

    def _rarest(self) -> frozenset[Moment]:
        """The third that was struck least."""
        by_count = sorted(self.struck, key=lambda moment: (self.struck[moment], self.random.random()))
        return frozenset(by_count[: max(1, len(by_count) // 3)])

    def _read_diary(self) -> None:
        if not self.diary.exists() or self.diary.stat().st_size == self._told:
            return
        with self.diary.open("rb") as lines:
            lines.seek(self._told)
            new = lines.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._told += len(whole)
        for line in whole.decode().splitlines():
            word, step, when = line.split("\t")
            self.struck[step, when] = self.struck.get((step, when), 0) + (word != "seen")

    def _reap(self) -> None:
        while self.workers:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return
            worker = self.workers.get(pid)
            if worker is None:
                continue
            if os.WIFSTOPPED(status):
                self._rest(worker)
                continue
            del self.workers[pid]
            self.deaths.kills += os.WIFSIGNALED(status)
            self.deaths.ended += os.WIFEXITED(status)

    def _rest(self, worker: Worker) -> None:
        """Longer than its lease, so that another worker takes its companies over."""
        pause = self.lease * self.random.uniform(1.2, 2.5)
        worker.wakes_at = time.monotonic() + pause
        self.deaths.pauses += 1
        self.deaths.longest_pause = max(self.deaths.longest_pause, pause)

    def _wake(self, worker: Worker) -> None:
        os.kill(worker.pid, signal.SIGCONT)
        worker.wakes_at, worker.fatal = None, True
        worker.ends_at = time.monotonic() + self.random.uniform(0.5, 2.0)


def work(fate: Fate, folder: Path) -> None:
    """What `manage.py worker` does, watched."""
    from buddy import jobs
    from buddy.sync import engine

    fence.install()
    steps.install(Watch(fate, folder / "diary"))
    jobs.serve(engine.run, engine.due, interval=INTERVAL, at_once=AT_ONCE)


def fork(main: Callable[[], object], log: Path) -> int:
    """A child that runs `main` and ends; what it says goes to `log`. Its pid."""
    seed = random.random()
    return os.fork() or _child(main, log, seed)


def _child(main: Callable[[], object], log: Path, seed: float) -> NoReturn:
    code = 1
    try:
        random.seed(seed)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)
        main()
        code = 0
    except BaseException:  # noqa: BLE001 nothing may come back into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

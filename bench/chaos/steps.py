"""The steps of a run as its worker takes them, seen from outside, and death at one of them.

Nothing in Buddy knows of this. Every transaction of a run begins with the question whether the lease is still ours
(R22), so whoever listens to the statements hears it begin; the first of Buddy's sync modules on the stack names it
(`push.claiming.claim`). A call is named by what it asks for (`call batch Invoice`). Each step has three moments: before
it, inside it (its first row written, not committed; the request gone, no answer yet) and after it.
"""

from __future__ import annotations

import inspect
import os
import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote_plus

import httpx2
from django.db import transaction
from django.db.backends.signals import connection_created

WHENS = ("before", "inside", "after")
OWNER_CHECK = 'SELECT 1 FROM "sync_connection"'
UNDER_WAY = 0.03  # seconds, at most, from the moment a request leaves to the death inside it


type Moment = tuple[str, str]  # a step, and before, inside or after it


@dataclass(frozen=True)
class Fate:
    """Whoever has it is struck at the first of these moments that comes after some seconds of life. `fatal`: killed,
    else only stopped."""

    moments: frozenset[Moment] = frozenset()
    after: float = 0.0
    fatal: bool = True


class Watch:
    """Names each step this process comes to, tells the first visit of each, and strikes when its moment has come."""

    def __init__(self, fate: Fate, diary: Path) -> None:
        self._fate = fate
        self._begins = time.monotonic() + fate.after
        self._diary = os.open(diary, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._seen: set[Moment] = set()
        self._lock = Lock()

    def reach(self, step: str, when: str) -> None:
        """This process is at this moment of this step, on some thread."""
        if self.comes(step, when):
            self.strike()

    def comes(self, step: str, when: str) -> bool:
        """Whether this process is to be struck at this moment. Of a request under way it is asked before it leaves."""
        moment = (step, when)
        with self._lock:
            if moment not in self._seen:
                self._seen.add(moment)
                self._write("seen", moment)
            if moment not in self._fate.moments or time.monotonic() < self._begins:
                return False
            self._write("killed" if self._fate.fatal else "stopped", moment)
            self._begins = float("inf")  # once
            return True

    def strike(self) -> None:
        """End, or stop for a while, without a word to anybody."""
        os.kill(os.getpid(), signal.SIGKILL if self._fate.fatal else signal.SIGSTOP)

    def _write(self, word: str, moment: Moment) -> None:
        os.write(self._diary, ("\t".join((word, *moment)) + "\n").encode())


class Statements:
    """Listens to one database connection for the transactions of a run."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._step = ""  # of the transaction under way, until its first write

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(OWNER_CHECK) and context["connection"].in_atomic_block:
            self._begins(_caller())
        result = execute(sql, params, many, context)
        if self._step and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            step, self._step = self._step, ""
            self._watch.reach(step, "inside")
        return result

    def _begins(self, step: str) -> None:
        self._watch.reach(step, "before")
        self._step = step
        transaction.on_commit(lambda: self._watch.reach(step, "after"))


def _caller() -> str:
    """Whose transaction this is: the innermost of the sync's functions that is not there to open transactions."""
    frame = inspect.currentframe()
    assert frame
    while frame.f_back:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("buddy.sync.") and module not in ("buddy.sync.lease", "buddy.sync.work"):
            return f"{module.removeprefix('buddy.sync.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "outside"


class Wire(httpx2.BaseTransport):
    """The way to QuickBooks, watched. One for the whole process, so that a run's end does not close it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._real = httpx2.HTTPTransport(verify=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        step = _call(request)
        self._watch.reach(step, "before")
        if self._watch.comes(step, "inside"):
            Thread(target=self._soon, daemon=True).start()
        answer = self._real.handle_request(request)
        answer.read()
        self._watch.reach(step, "after")
        return answer

    def _soon(self) -> None:
        time.sleep(random.uniform(0, UNDER_WAY))
        self._watch.strike()

    def close(self) -> None:
        """The run is over; the way stays open for the next one."""


def _call(request: httpx2.Request) -> str:
    """`batch Invoice`, `query Customer`, `count Item`, `cdc`, `read Invoice`, `refresh` …"""
    path, query = request.url.path, unquote_plus(request.url.query.decode())
    *_, last = path.rstrip("/").split("/")
    if last == "batch":
        kind = re.search(rb'"(Customer|Item|Invoice)":', request.read())
        return f"call batch {kind[1].decode() if kind else ''}"
    if last == "query":
        asked = re.search(r"SELECT (\S+) FROM (\w+)", query)
        return f"call {'count' if asked and asked[1] != '*' else 'query'} {asked[2] if asked else ''}"
    return f"call read {path.split('/')[-2]}" if last.isdecimal() else f"call {last}"


def install(watch: Watch) -> None:
    """In a new worker: listen on every connection it opens, and on its way to QuickBooks."""
    from django.conf import settings

    settings.QUICKBOOKS_TRANSPORT = Wire(watch)

    def opened(*, connection: Any, **_: Any) -> None:
        if not any(isinstance(each, Statements) for each in connection.execute_wrappers):
            connection.execute_wrappers.append(Statements(watch))

    connection_created.connect(opened, weak=False, dispatch_uid="bench.chaos.steps")

"""One storm, from empty books to the verdict."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.chaos import audited, fence, overlap, people, trouble, verdict
from bench.chaos.books import arrivals
from bench.chaos.overlap import Overlap
from bench.chaos.people import Bookkeepers, House, Journal, Team
from bench.chaos.sides import look
from bench.chaos.verdict import Verdict
from bench.chaos.workers import Ward, fork
from tests.flows.books import Books

DEEDS_A_SECOND = 5.0  # on each side
PATIENCE = 300.0  # seconds after the storm until all must be quiet


@dataclass(frozen=True)
class Plan:
    """What is asked for: so many kills, spread over so many minutes."""

    kills: int
    minutes: float
    companies: int
    workers: int
    seed: int
    rotation: str
    lease: float

    def pace(self, killed: int, seconds: float) -> float:
        """Deaths a second that are needed, so many having come in so many seconds."""
        left = max(self.minutes * 60 - seconds, self.minutes * 6)
        return max(self.kills - killed, 1) / left

    def over(self, killed: int, seconds: float) -> bool:
        """Enough have died, or it has lasted a quarter longer than it was to, and half a minute."""
        return killed >= self.kills or seconds > self.minutes * 60 * 1.25 + 30


@dataclass
class Outcome:
    """What was done, and what was found."""

    plan: Plan
    ward: Ward
    storm: float = 0.0  # seconds
    quiet: float = 0.0
    struck: dict[str, int] = field(default_factory=dict)  # by the simulator's faults
    found: Verdict = field(default_factory=Verdict)
    overlap: Overlap = field(default_factory=Overlap)
    strays: list[tuple[str, str, int, str]] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)  # by outcome
    failures: int = 0  # runs that ended with an exception nobody expected


def run(plan: Plan, *, url: str, book: Path, folder: Path) -> Outcome:
    """The whole campaign. The store is new and empty; `url` is a new QuickBooks whose arrivals stand in `book`."""
    random = Random(plan.seed)
    ward = Ward(plan.workers, plan.pace(0, 0.0), plan.lease, random, folder)
    outcome = Outcome(plan, ward)
    houses = _furnish(plan, url)
    try:
        ward.spare()
        _first_syncs(houses)
        ward.stop()
        houses += _storm(outcome, houses, url, folder)
        ward.spare()
        _calm(outcome, houses)
        audited.compare(outcome.found, houses)
        ward.stop()
    finally:
        ward.kill()
    _judge(outcome, houses, url, book, folder)
    return outcome


# --- Before ----------------------------------------------------------------------------------------------------------


def _furnish(plan: Plan, url: str) -> list[House]:
    """Companies there, organizations here, connected. Nothing has been synced."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    fence.build()
    with _asking(url) as books:
        names = [f"Wholesaler {number}" for number in range(plan.companies)]
        realms = [people.furnish(books, name, customers=people.CUSTOMERS) for name in names]
    houses = [people.move_in(name, realm) for name, realm in zip(names, realms, strict=True)]
    connections.close_all()  # nothing of the parent may be open when it forks
    return houses


def _first_syncs(houses: list[House]) -> None:
    """Everybody begins in step, so that from the first death on there is something to lose. Newcomers do not."""
    from django.db import connections
    from django_scopes import scopes_disabled

    from buddy.sync.models import Connection

    began = time.monotonic()
    with scopes_disabled():
        while Connection.objects.filter(first_synced_at=None).exists():
            if time.monotonic() - began > PATIENCE:
                raise SystemExit(f"{len(houses)} companies were not synced within {PATIENCE:.0f} s")
            time.sleep(0.2)
    connections.close_all()


@contextmanager
def _asking(url: str) -> Iterator[Books]:
    books = Books(url)
    try:
        yield books
    finally:
        books.close()


# --- The storm -------------------------------------------------------------------------------------------------------


def _storm(outcome: Outcome, houses: list[House], url: str, folder: Path) -> list[House]:
    """Workers die, QuickBooks misbehaves, people work, until enough have died. Returns who joined meanwhile."""
    plan, ward = outcome.plan, outcome.ward
    with _asking(url) as books:
        trouble.begin(books, seed=plan.seed, rotation=plan.rotation)
    with _people(outcome, houses, url, folder):
        began = time.monotonic()
        while not plan.over(ward.deaths.kills, outcome.storm):
            ward.tend()
            outcome.storm = time.monotonic() - began
            ward.pace = plan.pace(ward.deaths.kills, outcome.storm)
        ward.deaths.kills += len(ward.workers)
        ward.kill()
    with _asking(url) as books:
        outcome.struck = trouble.end(books)
    joined = [deed for deed in people.read(folder / "journal") if deed.what == "house"]
    return [House(deed.house, int(deed.of), deed.value) for deed in joined]


@contextmanager
def _people(outcome: Outcome, houses: list[House], url: str, folder: Path) -> Iterator[None]:
    """Both sides are at work while the block runs. Whoever stopped before its end makes the storm a weak one."""
    plan, journal = outcome.plan, folder / "journal"

    def in_buddy() -> None:
        team = Team(houses, Books(url), Journal(journal), Random(plan.seed + 1))
        people.until_told(team.act, a_second=DEEDS_A_SECOND, random=team.random)

    def in_quickbooks() -> None:
        keepers = Bookkeepers(houses, Books(url), Journal(journal), Random(plan.seed + 2))
        people.until_told(keepers.act, a_second=DEEDS_A_SECOND, random=keepers.random)

    busy = [fork(act, folder / "people.log") for act in (in_buddy, in_quickbooks)]
    try:
        yield
    finally:
        for pid in busy:
            try:
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
            except ProcessLookupError:  # the ward has found it dead
                outcome.found.wrong.append("somebody stopped working in the middle of the storm: see people.log")


# --- After -----------------------------------------------------------------------------------------------------------


def _calm(outcome: Outcome, houses: list[House]) -> None:
    """People press Sync now, and Reconnect where that is asked for, until nothing is owed or under way."""
    from django.utils import timezone

    ended, began = timezone.now(), time.monotonic()
    waiting = houses
    while waiting and time.monotonic() - began < PATIENCE:
        for house in waiting:
            _press(outcome, house)
        time.sleep(2.0)
        waiting = [house for house in waiting if _unsettled(house, ended)]
    outcome.quiet = time.monotonic() - began
    for house in waiting:
        outcome.found.wrong.append(f"{house.realm}: not quiet after {PATIENCE:.0f} s: {_unsettled(house, ended)}")


def _press(outcome: Outcome, house: House) -> None:
    from django_scopes import scope

    from buddy.hub.team import Organization, User
    from buddy.sync import connection
    from buddy.sync.models import Connection, ConnectionState

    organization = Organization.objects.get(pk=house.organization)
    admin = User.objects.get(pk=house.admin)
    with scope(organization=organization):
        if Connection.objects.get(organization=organization).state == ConnectionState.RECONNECT:
            outcome.found.counts["reconnects after the storm"] += 1
            people.connect(organization, admin, house.realm)
        else:
            connection.sync_now(organization, by=admin)


def _unsettled(house: House, ended: Any) -> list[str]:
    """What is still to be done for this company; a whole run after the storm is the least."""
    from django_scopes import scope

    from buddy.hub.outbox import Mark
    from buddy.hub.team import Organization
    from buddy.sync.models import Connection, Notice, Outcome, Run, Sending

    organization = Organization.objects.get(pk=house.organization)
    with scope(organization=organization):
        done = Run.objects.filter(organization=organization, outcome=Outcome.DONE, started_at__gt=ended)
        words = {
            "no whole run yet": not done.exists(),
            "marks": Mark.objects.filter(organization=organization).exists(),
            "requests without an answer": Sending.objects.filter(organization=organization, settled_at=None).exists(),
            "notices": Notice.objects.filter(organization=organization, handled_at=None).exists(),
            "a lease": Connection.objects.exclude(lease_owner="").filter(organization=organization).exists(),
        }
        return [what for what, is_so in words.items() if is_so]


def _judge(outcome: Outcome, houses: list[House], url: str, book: Path, folder: Path) -> None:
    from django.db.models import Count
    from django_scopes import scope, scopes_disabled

    from buddy.hub.team import Organization
    from buddy.sync.models import Run, Sending

    deeds = people.read(folder / "journal")
    with _asking(url) as books:
        for house in houses:
            with scope(organization=Organization.objects.get(pk=house.organization)):
                verdict.judge(outcome.found, look(house, books), deeds)
    with scopes_disabled():
        company_of = dict(Run.objects.values_list("pk", "organization_id"))
        request_ids = set(Sending.objects.values_list("request_id", flat=True))
        by_outcome = Run.objects.values_list("outcome").annotate(count=Count("pk")).order_by("outcome")
        outcome.runs = dict(by_outcome)
        outcome.strays = fence.strays()
    outcome.overlap = overlap.seen(arrivals(book), company_of, request_ids)
    outcome.found.counts["companies"] = len(houses)
    outcome.found.counts["reconnects"] += sum(deed.what == "reconnect" for deed in deeds)
    outcome.failures = (folder / "worker.log").read_text(errors="replace").count(' failed"')

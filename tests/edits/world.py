"""Buddy and QuickBooks in one process, on one clock that can jump, and the troubles between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import stamina
from django.core.cache import cache
from django.db import connection as database
from django.test import override_settings
from django.utils import timezone
from django_scopes import scope

from buddy.hub.outbox import Bell, Mark
from buddy.sync import connection, engine
from buddy.sync.models import Connection, ConnectionState, Outcome, Run, SendingItem
from simulator.app import Simulator
from tests import makers as make
from tests.edits.written import Written
from tests.sync import bookkeeper as books
from tests.sync.consent import connect_in_browser
from tests.sync.dying import dying, left_behind
from tests.sync.wire import Killed, Wire

SIM = "http://quickbooks.test"
UNLIMITED = {"per_minute": 10_000, "per_second": 1_000, "batches_per_minute": 10_000}
TROUBLES = (
    "lose_reply",
    "error_500",
    "error_500_after",
    "error_504_after",
    "throttle",
    "throttle_xml",
    "unauthorized",
    "html_503",
    "maintenance",
)
_realms = count(9341452900000001)


class Clock:
    """What time it is for Buddy and for QuickBooks: real time, and every jump so far."""

    def __init__(self, sim: Simulator) -> None:
        self._sim, self._ahead = sim, timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def jump(self, by: timedelta) -> None:
        self._ahead += by
        self._sim.clock.now = self()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Django's clock is this one; all of Buddy reads Django's."""
        real, timezone.now = timezone.now, self  # type: ignore[assignment]
        try:
            yield
        finally:
            timezone.now = real


@contextmanager
def quick_commits() -> Iterator[None]:
    """SQLite does not wait for the disk: workers die here, the machine does not."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = OFF")
        yield
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = FULL")


class World:
    """An organization connected to a company of its own; closes with `close`."""

    def __init__(self, *, rotation: str) -> None:
        self.realm = str(next(_realms))
        self.sim = Simulator(client_id="buddy", client_secret="secret", base_url=SIM, rotation=rotation)
        self.company = self.sim.add_company("Larkspur Fine Foods LLC", realm=self.realm)
        self.wire, self.clock = Wire(self.sim), Clock(self.sim)
        self._open = ExitStack()
        self._open.enter_context(self._settings())
        self._open.enter_context(stamina.set_testing(True, attempts=2, cap=True))
        self._open.enter_context(self.clock.shown())
        self._open.enter_context(quick_commits())
        cache.clear()
        self.organization = make.organization()
        self._open.enter_context(scope(organization=self.organization))
        self.admin = make.member("admin", of=self.organization).user
        self.written = Written(self.organization, self.company)
        self.account = books.income_account(self.company)
        self.connect()

    def _settings(self) -> Any:
        return override_settings(
            QUICKBOOKS_TRANSPORT=self.wire,
            QUICKBOOKS_LIMITS=UNLIMITED,
            QUICKBOOKS_API_URL=SIM,
            QUICKBOOKS_APP_URL=f"{SIM}/app",
            INTUIT_CLIENT_ID="buddy",
            INTUIT_CLIENT_SECRET="secret",
            INTUIT_DISCOVERY_URL=f"{SIM}/.well-known/openid_configuration/",
            SYNC_BREATH=0,
        )

    def close(self) -> None:
        self._open.close()

    # --- The connection ----------------------------------------------------------------------------------------------

    def connect(self) -> None:
        connect_in_browser(self.organization, self.sim, self.realm, by=self.admin)

    def disconnect(self) -> None:
        connection.disconnect(self.organization, by=self.admin)

    @property
    def connected(self) -> bool:
        return bool(Connection.objects.get().state == ConnectionState.CONNECTED)

    # --- Runs --------------------------------------------------------------------------------------------------------

    def ring(self) -> None:
        Bell.objects.update_or_create(organization=self.organization, defaults={"due_at": timezone.now()})

    def run(self) -> Outcome | None:
        self.ring()
        return engine.run(self.organization.pk)

    def run_killed(self, at: int) -> bool:
        """A run whose process dies just before its transaction number `at`, or where the wire kills it; did it?"""
        try:
            with dying(at):
                self.run()
        except Killed:
            left_behind(timezone.now())
            return True
        return False

    def calm(self) -> None:
        """No more trouble, connected, and runs until nothing is owed any more."""
        self.sim.faults.clear()
        self.wire.forget_bends()
        for _ in range(12):
            if not self.connected:
                self.connect()
            self.clock.jump(timedelta(minutes=16))  # past every pause and every wait after a failure
            ended = self.run()
            self.written.observe()
            if ended == Outcome.DONE and not self.owed():
                self.run()  # what the last answers brought about comes back
                self.written.observe()
                return
        last = Run.objects.latest("pk")
        raise AssertionError(f"never calm: {last.outcome} {last.error!r}, owed: {self.owed()}")

    def owed(self) -> list[str]:
        open_items = SendingItem.objects.filter(state="open")
        return [f"{mark.kind} {mark.object_id}" for mark in Mark.objects.all()] + [
            f"{item.kind} {item.object_id} on its way" for item in open_items
        ]

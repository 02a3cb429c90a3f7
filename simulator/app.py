"""The simulator as one WSGI application: many companies, one authorization server, one clock, faults by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from simulator.clock import Clock
from simulator.company import Company


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call, as the log at /_sim/calls tells it."""

    method: str
    path: str
    status: int
    user_agent: str
    request_id: str
    metered: bool
    realm: str
    at: datetime


class Simulator:
    """A QuickBooks Online for tests, demos and development. It is a WSGI application."""

    def __init__(
        self,
        *,
        client_id: str = "buddy-demo",
        client_secret: str = "",
        base_url: str = "http://sim.test",
        rotation: str = "sticky",
        throttle: bool = False,
        now: datetime | None = None,
        redirect_uris: Sequence[str] = (),
        webhook_url: str = "",
        webhook_verifier: str = "",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock = Clock(now)
        self.companies: dict[str, Company] = {}
        self.calls: list[Call] = []
        self.flask = Flask("simulator")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.flask.wsgi_app(environ, start_response)

    @property
    def now(self) -> datetime:
        return self.clock.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.clock.now = moment

    def add_company(
        self, name: str, *, realm: str = "", demo: bool = False, preferences: Mapping[str, Any] | None = None
    ) -> Company:
        """A new, empty company (or the demo company); its realm is drawn when none is given."""
        raise NotImplementedError

    def grant(self, realm: str, user: str = "June Lindqvist") -> dict[str, Any]:
        """Consent given without a browser: the token reply (api 1.3) for this realm."""
        raise NotImplementedError

    def revoke(self, realm: str) -> None:
        """The company's admin breaks the connection: every token of this realm dies at once (api 1.6)."""
        raise NotImplementedError

    def expire_access(self, realm: str) -> None:
        """The access tokens of this realm are expired from now; the refresh token still works."""
        raise NotImplementedError

    def deliver_webhooks(self) -> int:
        """Send what is pending now; how many requests were made."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        raise NotImplementedError

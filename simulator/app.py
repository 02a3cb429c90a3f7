"""The simulator as one WSGI application: many companies, one authorization server, one clock, faults by name."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from flask import Flask, Request

from simulator import company_control, consent, console, control, demo_company, oauth_routes, routes, store
from simulator.books import Change
from simulator.choices import Choices
from simulator.clock import Clock
from simulator.company import Company
from simulator.faults import Faults
from simulator.limits import Limits, Meter
from simulator.oauth import AuthorizationServer
from simulator.webhooks import Transport, Webhooks

KEPT_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call, as the log at /_sim/calls tells it. `status` 0 means the reply was lost on purpose."""

    method: str
    path: str
    status: int
    user_agent: str
    request_id: str
    metered: bool
    realm: str
    at: datetime
    query: str = ""
    milliseconds: int = 0


class Simulator:
    """A QuickBooks Online for tests, demos and development. It is a WSGI application.

    `rotation` is sticky, strict or grace (api 1.4); `throttle` switches on the limits of api 10; `now` sets the clock.
    Without `redirect_uris` any redirect address is taken, without `webhook_url` nothing is sent. `app_name` and
    `app_url` are what its pages call the connected app, and where they lead back to.
    """

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
        webhook_transport: Transport | None = None,
        legacy_webhooks: bool = False,
        reads_per_month: int | None = None,
        choices: Choices | None = None,
        app_name: str = "Buddy",
        app_url: str = "",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.app_name, self.app_url = app_name, app_url
        self.clock = Clock(now)
        self.choices = choices or Choices()
        self.companies: dict[str, Company] = {}
        self.faults = Faults()
        self.limits = Limits(on=throttle)
        self.meter = Meter(per_month=reads_per_month)
        self.calls: list[Call] = []
        self.changed: Callable[[], None] = lambda: None  # called after every change; a keeper of the state may listen
        self.oauth = AuthorizationServer(
            self.clock,
            client_id=client_id,
            client_secret=client_secret,
            base_url=self.base_url,
            rotation=rotation,
            redirect_uris=redirect_uris,
            choices=self.choices,
        )
        self.webhooks = Webhooks(
            url=webhook_url,
            verifier=webhook_verifier,
            transport=webhook_transport,
            legacy=legacy_webhooks,
            faults=self.faults,
            clock=self.clock,
        )
        self.flask = self._pages()

    def _pages(self) -> Flask:
        flask = Flask("simulator")
        flask.config["PROPAGATE_EXCEPTIONS"] = True  # a LostReply must reach the server, not become a page
        flask.extensions["simulator"] = self
        for part in (routes, oauth_routes):
            flask.register_blueprint(part.blueprint(self))
        for blueprint in (control.control, company_control.company_control, consent.consent):
            flask.register_blueprint(blueprint)
        console.install(flask)
        return flask

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.flask.wsgi_app(environ, start_response)

    @property
    def now(self) -> datetime:
        return self.clock.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.clock.now = moment

    def add_company(
        self,
        name: str = demo_company.LARKSPUR,
        *,
        realm: str = "",
        demo: bool = False,
        country: str = "USA",
        preferences: Mapping[str, Any] | None = None,
    ) -> Company:
        """A new company with empty books, or the demo company; its realm is drawn when none is given."""
        realm = realm or f"93414{random.randrange(10**11):011d}"
        company = Company(
            name,
            realm,
            self.clock,
            choices=self.choices,
            country=country,
            preferences=preferences,
            on_changes=self.on_changes,
        )
        self.companies[realm] = company
        if demo:
            demo_company.larkspur(company, now=self.now)
        self.changed()
        return company

    def on_changes(self, company: Company, changes: Sequence[Change]) -> None:
        """Called by a company after each act: webhooks go out while it is connected (api 8.1)."""
        if self.oauth.connected(company.realm):
            self.webhooks.tell(company.realm, changes)
        self.changed()

    def grant(self, realm: str, user: str = "June Lindqvist") -> dict[str, Any]:
        """Consent given without a browser: the token reply (api 1.3) for this realm."""
        tokens = self.oauth.issue(realm, user)
        self.changed()
        return tokens

    def revoke(self, realm: str) -> None:
        """The company's admin breaks the connection: every token of this realm dies at once (api 1.6)."""
        self.oauth.disconnect(realm)
        self.changed()

    def expire_access(self, realm: str) -> None:
        """The access tokens of this realm are expired from now; the refresh token still works."""
        self.oauth.expire_access(realm)
        self.changed()

    def deliver_webhooks(self) -> int:
        """Send what is pending now; how many requests were made."""
        return self.webhooks.deliver()

    def reads(self, realm: str) -> int:
        """Metered reads of this realm so far (api 10.1)."""
        return self.meter.reads(realm)

    def log(self, request: Request, realm: str, *, status: int, reads: int, milliseconds: int) -> None:
        """Remember one answered call, and count what is metered."""
        if reads:
            self.meter.count(realm, reads, self.now)
        request_id = request.args.get("requestid", "")
        agent = request.headers.get("User-Agent", "")
        query = request.query_string.decode("latin-1")
        self.calls.append(
            Call(
                request.method,
                request.path,
                status,
                agent,
                request_id,
                bool(reads),
                realm,
                self.now,
                query,
                milliseconds,
            )
        )
        if len(self.calls) > 2 * KEPT_CALLS:
            del self.calls[:KEPT_CALLS]
        if request.method != "GET":
            self.changed()

    def save(self, path: Path) -> None:
        """The whole state into one file, atomically."""
        store.write(Path(path), self)

    @classmethod
    def load(cls, path: Path, **settings: Any) -> Self:
        """A simulator that goes on where the saved one stopped; `settings` are those of the constructor."""
        simulator = cls(**settings)
        store.restore(store.read(Path(path)), simulator)
        return simulator

    def close(self) -> None:
        self.webhooks.close()

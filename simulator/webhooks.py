"""Webhooks: what changed is told to the app's endpoint, signed, aggregated, retried (api 8)."""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

import httpx2

from simulator.books import Change
from simulator.clock import Clock, precise_time, utc_time
from simulator.faults import Faults

Transport = httpx2.BaseTransport
LOG = logging.getLogger(__name__)
ANSWER_WITHIN = 3.0  # seconds (api 8.1)
RETRY_AFTER = (10, 20, 30, 300, 1200, 7200, 14400, 21600)  # seconds; then every six hours (api 8.1)
SILENT = frozenset({"TaxCode", "TaxRate", "CompanyInfo"})  # entities without webhooks (api 8.4)
VERBS = {
    "Create": "created", "Update": "updated", "Delete": "deleted", "Void": "void", "Merge": "merged",
    "Emailed": "emailed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """One change of one company, with the id receivers use to drop duplicates."""

    realm: str
    change: Change
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class Delivery:
    """One request to the endpoint: its bytes, how often it failed, and not before which moment it may go."""

    body: bytes
    attempts: int = 0
    not_before: datetime | None = None


class Webhooks:
    """The queue of one endpoint, delivered in order: a failing request holds back those behind it (api 8.1)."""

    def __init__(
        self,
        *,
        url: str = "",
        verifier: str = "",
        transport: Transport | None = None,
        legacy: bool = False,
        faults: Faults | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.url, self.verifier, self.legacy = url, verifier, legacy
        self.source = f"intuit.{secrets.token_urlsafe(6)}="
        self._faults, self._clock = faults or Faults(), clock or Clock()
        self.notices: list[Notice] = []  # not yet in a request
        self.deliveries: list[Delivery] = []  # made up, not yet taken by the endpoint
        self._lock = Lock()
        self._sending = Lock()  # one request at a time, whoever asks for it
        self._work = Event()
        self._stop = Event()
        self._client = httpx2.Client(transport=transport, timeout=ANSWER_WITHIN)

    def tell(self, realm: str, changes: Iterable[Change]) -> None:
        """Queue what changed in a connected company. Without an endpoint, or while kept back, it is forgotten."""
        if not self.url or self._faults.standing("no_webhooks"):
            return
        with self._lock:
            for change in changes:
                if change.entity not in SILENT:
                    self.notices.append(Notice(realm, change))
        self._work.set()

    @property
    def pending(self) -> int:
        """How many events and made-up requests have not left."""
        return len(self.notices) + len(self.deliveries)

    def deliver(self) -> int:
        """Send what is due; how many requests were made. A failed one stays first in line."""
        sent = 0
        with self._sending:
            self._make_up()
            while delivery := self._due():
                sent += 1
                if not self._post(delivery.body):
                    delivery.attempts += 1
                    break
                self.deliveries.remove(delivery)
        return sent

    def _make_up(self) -> None:
        """One request of all that has happened, with the trouble planned for it."""
        with self._lock:
            events, self.notices = aggregated(self.notices), []
        if not events:
            return
        times, wait = 1, None
        for planned in self._faults.take("webhook", "POST", self.url):
            if planned.name == "webhook_shuffled":
                Random(planned.seed).shuffle(events)
            elif planned.name == "webhook_lost":
                times = 0
            elif planned.name == "webhook_twice":
                times = 2
            elif planned.name == "webhook_late":
                wait = self._clock.now + timedelta(seconds=float(planned.args.get("seconds", 60)))
        self.deliveries += [Delivery(self.payload(events), not_before=wait) for _ in range(times)]

    def _due(self) -> Delivery | None:
        now = self._clock.now
        return next((each for each in self.deliveries if each.not_before is None or each.not_before <= now), None)

    def payload(self, events: list[Notice]) -> bytes:
        """The bytes that are signed and sent: CloudEvents (api 8.3), or the legacy form (api 8.2)."""
        made = _legacy(events) if self.legacy else [self._cloud_event(event) for event in events]
        return json.dumps(made, separators=(",", ":")).encode()

    def _cloud_event(self, event: Notice) -> dict[str, Any]:
        change = event.change
        return {
            "specversion": "1.0",
            "id": event.id,
            "source": self.source,
            "type": f"qbo.{change.entity.lower()}.{VERBS[change.operation]}.v1",
            "datacontenttype": "application/json",
            "time": precise_time(change.at, int(event.id[:4], 16)),
            "intuitentityid": change.id,
            "intuitaccountid": event.realm,
            "data": {"deletedid": change.deleted_id} if change.deleted_id else {},
        }

    def signature(self, body: bytes) -> str:
        """base64(HMAC-SHA256(raw bytes, verifier token)) (api 8.1)."""
        return base64.b64encode(hmac.new(self.verifier.encode(), body, hashlib.sha256).digest()).decode()

    def _post(self, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json",
            "intuit-signature": self.signature(body),
            "User-Agent": "intuit-webhooks",
        }
        try:
            answer = self._client.post(self.url, content=body, headers=headers)
        except httpx2.HTTPError as error:
            LOG.info("webhook not delivered: %s", error)
            return False
        return answer.is_success

    def run(self, *, gather: float = 0.5) -> Thread:
        """Deliver in the background, gathering for a moment what changes together; retries keep to the schedule."""
        thread = Thread(target=self._loop, args=(gather,), name="webhooks", daemon=True)
        thread.start()
        return thread

    def _loop(self, gather: float) -> None:
        retry_at = 0.0
        while not self._stop.is_set():
            self._work.wait(timeout=self._pause(retry_at))
            if monotonic() < retry_at:
                self._work.clear()
                self._stop.wait(min(retry_at - monotonic(), 1.0))
                continue
            self._stop.wait(gather)
            self._work.clear()
            self.deliver()
            failed = max((each.attempts for each in self.deliveries), default=0)
            retry_at = monotonic() + RETRY_AFTER[min(failed, len(RETRY_AFTER)) - 1] if failed else 0.0

    def _pause(self, retry_at: float) -> float | None:
        """How long to sleep when nothing new happens: for ever, unless something waits to be sent (again)."""
        if not self.deliveries:
            return None
        return min(max(retry_at - monotonic(), 0.0), 1.0) if retry_at else 1.0

    def close(self) -> None:
        self._stop.set()
        self._work.set()
        self._client.close()


def aggregated(events: list[Notice]) -> list[Notice]:
    """Several changes of the same kind to one object become one event, the latest (api 8.1)."""
    latest: dict[tuple[str, str, str, str], Notice] = {}
    for event in events:
        key = (event.realm, event.change.entity, event.change.id, event.change.operation)
        latest.pop(key, None)
        latest[key] = event
    return list(latest.values())


def _legacy(events: list[Notice]) -> dict[str, Any]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for event in events:
        change = event.change
        told = {
            "name": change.entity,
            "id": change.id,
            "operation": change.operation,
            "lastUpdated": utc_time(change.at),
        }
        if change.deleted_id:
            told["deletedId"] = change.deleted_id
        by_realm.setdefault(event.realm, []).append(told)
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm, entities in by_realm.items()
        ]
    }

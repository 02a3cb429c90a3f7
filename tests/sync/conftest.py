"""A connected organization, and QuickBooks in this process: the real client through a WSGI transport, no sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import stamina
from django.core.cache import cache
from django_scopes import scope

from buddy.hub.outbox import Bell
from buddy.hub.team import Organization, User
from buddy.sync import engine
from buddy.sync.models import Connection, Outcome
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make

REALM = "9341452908713326"
SIM = "http://quickbooks.test"


@pytest.fixture
def sim(settings: Any) -> Iterator[Simulator]:
    """QuickBooks, empty, with one company."""
    simulator = Simulator(client_id="buddy", client_secret="secret", base_url=SIM)
    settings.QUICKBOOKS_TRANSPORT = httpx2.WSGITransport(app=simulator)
    settings.INTUIT_CLIENT_ID, settings.INTUIT_CLIENT_SECRET = "buddy", "secret"
    settings.INTUIT_DISCOVERY_URL = f"{SIM}/.well-known/openid_configuration/"
    settings.QUICKBOOKS_API_URL, settings.QUICKBOOKS_APP_URL = SIM, f"{SIM}/app"
    settings.QUICKBOOKS_LIMITS = {"per_minute": 10_000, "per_second": 1_000, "batches_per_minute": 10_000}
    cache.clear()
    with stamina.set_testing(True, attempts=2, cap=True):
        yield simulator


@pytest.fixture
def company(sim: Simulator) -> Company:
    return sim.add_company("Larkspur Fine Foods LLC", realm=REALM)


@pytest.fixture
def organization(transactional_db: None) -> Iterator[Organization]:
    """An organization whose scope is active; real transactions, for a run opens its own."""
    made = make.organization()
    with scope(organization=made):
        yield made


@pytest.fixture
def admin(organization: Organization) -> User:
    return make.member("admin", of=organization).user


@pytest.fixture
def connected(organization: Organization, company: Company, sim: Simulator, admin: User) -> Connection:
    """Connected without the browser; nothing synced yet."""
    tokens = sim.grant(REALM)
    now = datetime.now(UTC)
    return Connection.objects.create(
        organization=organization,
        environment="sandbox",
        realm=REALM,
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        access_expires_at=now + timedelta(hours=1),
        refresh_expires_at=now + timedelta(days=100),
        connected_at=now,
        connected_by=admin,
    )


def sync(organization: Organization) -> Outcome | None:
    """One run, now."""
    Bell.objects.update_or_create(organization=organization, defaults={"due_at": datetime.now(UTC)})
    return engine.run(organization.pk)

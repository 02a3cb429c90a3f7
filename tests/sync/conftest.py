"""A connected organization, and QuickBooks in this process: the real client through a WSGI transport, no sockets."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stamina
from django.core.cache import cache
from django_scopes import scope

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Bell
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.sync import engine, invoicing
from buddy.sync.models import Connection, Outcome, Run
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.dying import dying, left_behind
from tests.sync.wire import Killed, Wire

REALM = "9341452908713326"
SIM = "http://quickbooks.test"
DAY = date(2026, 11, 24)


@pytest.fixture
def sim(settings: Any) -> Iterator[Simulator]:
    """QuickBooks, empty, with one company."""
    simulator = Simulator(client_id="buddy", client_secret="secret", base_url=SIM)
    settings.QUICKBOOKS_TRANSPORT = Wire(simulator)
    settings.INTUIT_CLIENT_ID, settings.INTUIT_CLIENT_SECRET = "buddy", "secret"
    settings.INTUIT_DISCOVERY_URL = f"{SIM}/.well-known/openid_configuration/"
    settings.QUICKBOOKS_API_URL, settings.QUICKBOOKS_APP_URL = SIM, f"{SIM}/app"
    settings.QUICKBOOKS_LIMITS = {"per_minute": 10_000, "per_second": 1_000, "batches_per_minute": 10_000}
    settings.SYNC_BREATH = 0  # nobody else writes here
    cache.clear()
    with stamina.set_testing(True, attempts=2, cap=True):
        yield simulator


@pytest.fixture
def wire(sim: Simulator, settings: Any) -> Wire:
    """What goes from Buddy to QuickBooks."""
    found: Wire = settings.QUICKBOOKS_TRANSPORT
    return found


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
    return connect(organization, sim, REALM, by=admin)


@pytest.fixture
def order(connected: Connection, company: Company) -> SalesOrder:
    """A confirmed order of 50.00 of a linked customer and a mapped product, ready to be invoiced."""
    books.customer(company, "Hotel Albion")
    books.item(company, "Olives")
    assert sync(connected.organization) == Outcome.DONE
    return another_order(po_number="HA-7702")


def connect(organization: Organization, sim: Simulator, realm: str, *, by: User) -> Connection:
    tokens = sim.grant(realm)
    now = datetime.now(UTC)
    with scope(organization=organization):
        return Connection.objects.create(
            organization=organization,
            environment="sandbox",
            realm=realm,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            access_expires_at=now + timedelta(hours=1),
            refresh_expires_at=now + timedelta(days=100),
            connected_at=now,
            connected_by=by,
        )


def another_order(quantity: Any = 4, **fields: Any) -> SalesOrder:
    """Of the customer and the product of the fixture `order`."""
    return make.order(Customer.objects.earliest("pk"), [(Product.objects.earliest("pk"), quantity)], **fields)


def invoice(order: SalesOrder, *more: SalesOrder, by: User, combine: bool = False) -> Invoice:
    """Create Invoice was pressed."""
    ids = [each.pk for each in (order, *more)]
    return invoicing.create(order.organization, ids, combine=combine, invoice_date=DAY, by=by)[0]


def ring(organization: Organization) -> None:
    """Due now, and no pause of an earlier run counts."""
    with scope(organization=organization):
        Bell.objects.update_or_create(organization=organization, defaults={"due_at": datetime.now(UTC)})


def sync(organization: Organization) -> Outcome | None:
    """One run, now."""
    ring(organization)
    return engine.run(organization.pk)


def last_run() -> Run:
    return Run.objects.latest("pk")


def sync_killed(organization: Organization, *, at: int = 0) -> bool:
    """One run whose process dies: just before its transaction number `at`, or where the wire kills it. Its lease stays
    until it expires, which here is at once. False when the run came to its end before that.
    """
    ring(organization)
    try:
        with dying(at):
            engine.run(organization.pk)
    except Killed:
        left_behind(datetime.now(UTC))
        return True
    return False

"""The tokens: refreshed under the lease, never lost, never overwritten by a run of an old grant (R23)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.db import connection as database

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.team import User
from buddy.sync import connection, invoicing, status
from buddy.sync.models import Connection, ConnectionState, Link, Outcome
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, invoice, last_run, sync, sync_killed
from tests.sync.consent import connect_in_browser
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def age() -> None:
    """The access token is about to end."""
    Connection.objects.update(access_expires_at=datetime.now(UTC) + timedelta(minutes=4))


def refreshes(wire: Wire) -> list[str]:
    return [each.content.decode() for each in wire.asked if "/tokens/bearer" in each.text]


@pytest.fixture(params=["sticky", "strict"])
def rotation(request: Any, sim: Simulator) -> str:
    """How QuickBooks renews refresh tokens (api 1.4): both must do."""
    sim.oauth.rotation = request.param
    return str(request.param)


def test_a_token_about_to_end_is_refreshed_before_it_is_used(
    rotation: str, connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    before = connected.access_token
    for _ in range(3):
        age()
        assert sync(connected.organization) == Outcome.DONE
    assert len(refreshes(wire)) == 3
    row = Connection.objects.get()
    assert row.access_token != before
    assert row.grant_version == connected.grant_version + 3
    assert not [each for each in sim.calls if each.status == 401]


def test_a_good_token_is_not_refreshed(connected: Connection, wire: Wire) -> None:
    for _ in range(2):
        sync(connected.organization)
    assert refreshes(wire) == []


def test_a_refused_token_is_refreshed_once_and_the_call_made_again(
    rotation: str, connected: Connection, company: Company, sim: Simulator, wire: Wire
) -> None:
    sync(connected.organization)
    sim.expire_access(REALM)
    assert sync(connected.organization) == Outcome.DONE
    assert len(refreshes(wire)) == 1


def test_new_tokens_are_stored_before_they_are_used(connected: Connection, sim: Simulator, wire: Wire) -> None:
    """The process dies right after the refresh: the next one goes on with what was stored."""
    sim.oauth.rotation = "strict"
    sync(connected.organization)
    age()
    wire.kill("/cdc?")
    assert sync_killed(connected.organization)
    assert len(refreshes(wire)) == 1
    stored = Connection.objects.get().refresh_token
    assert stored != connected.refresh_token
    assert sync(connected.organization) == Outcome.DONE
    assert len(refreshes(wire)) == 1


def test_the_refresh_is_made_outside_any_transaction(connected: Connection, wire: Wire) -> None:
    inside: list[bool] = []
    wire.before("/tokens/bearer", lambda: inside.append(database.in_atomic_block))
    age()
    sync(connected.organization)
    assert inside == [False]


def test_a_reconnect_during_a_refresh_is_not_overwritten(
    connected: Connection, sim: Simulator, admin: User, wire: Wire
) -> None:
    sim.oauth.rotation = "strict"
    sync(connected.organization)
    age()
    given: list[str] = []

    def reconnect() -> None:
        given.append(connect_in_browser(connected.organization, sim, REALM, by=admin).refresh_token)

    wire.after("/tokens/bearer", reconnect)
    assert sync(connected.organization) == Outcome.DONE
    assert Connection.objects.get().refresh_token == given[0] != connected.refresh_token
    assert sync(connected.organization) == Outcome.DONE


def test_an_invalid_grant_is_read_once_more_before_a_person_is_asked(
    connected: Connection, sim: Simulator, wire: Wire
) -> None:
    """Somebody else refreshed meanwhile: the stored token is newer than the one that was refused."""
    sim.oauth.rotation = "strict"
    sync(connected.organization)

    def renewed_elsewhere() -> None:
        fresh = sim.grant(REALM)
        Connection.objects.update(refresh_token=fresh["refresh_token"], access_token=fresh["access_token"])

    age()
    wire.before("/tokens/bearer", renewed_elsewhere)
    assert sync(connected.organization) == Outcome.DONE
    assert Connection.objects.get().state == ConnectionState.CONNECTED


def test_a_revoked_connection_asks_for_a_reconnect_and_loses_nothing(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    org = connected.organization
    made = invoice(order, by=admin)
    customers.change(order.customer, {"phone": "555 0101"}, by=None)
    sim.revoke(REALM)
    assert sync(org) == Outcome.FAILED

    row = Connection.objects.get()
    assert row.state == ConnectionState.RECONNECT
    assert "Reconnect QuickBooks" in row.reason
    assert "Reconnect QuickBooks" in last_run().error
    card = status.card(org, now=datetime.now(UTC))
    assert (card.state, card.reason) == ("reconnect", row.reason)
    assert status.pulse(org, now=datetime.now(UTC)).css == "b-bad"
    assert sync(org) is None
    plan = invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY)
    assert plan.blocked
    with pytest.raises(Refused):
        connection.sync_now(org, by=admin)
    assert status.badges(org, "invoice", [made])[made.pk].unsettled is False

    books.customer(company, "Made meanwhile")
    connect_in_browser(org, sim, REALM, by=admin)
    assert sync(org) == Outcome.DONE
    assert Link.objects.filter(kind="invoice", object_id=made.pk).exists()
    assert company.find("Customer", "Hotel Albion")["PrimaryPhone"]["FreeFormNumber"] == "555 0101"  # type: ignore[index]
    assert Customer.objects.filter(display_name="Made meanwhile").exists()
    assert Connection.objects.get().reason == ""


def test_revoked_between_freezing_and_sending_the_request_goes_out_after_the_reconnect(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    wire.before("/batch?", lambda: sim.revoke(REALM))
    assert sync(connected.organization) == Outcome.FAILED
    connect_in_browser(connected.organization, sim, REALM, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert len({(each.text, each.content) for each in wire.batches}) == 1
    assert (len(company.all("Invoice")), Invoice.objects.count()) == (1, 1)


def test_links_and_history_survive_a_disconnect(
    order: SalesOrder, connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    org = connected.organization
    sync(org)
    links = set(Link.objects.values_list("kind", "object_id", "remote_id"))
    connection.disconnect(org, by=admin)
    row = Connection.objects.get()
    assert (row.state, row.access_token, row.refresh_token) == (ConnectionState.DISCONNECTED, "", "")
    assert not sim.oauth.connected(REALM)
    assert sync(org) is None
    connect_in_browser(org, sim, REALM, by=admin)
    assert sync(org) == Outcome.DONE
    assert set(Link.objects.values_list("kind", "object_id", "remote_id")) == links
    assert Customer.objects.count() == 1


def test_a_run_that_is_under_way_at_a_disconnect_writes_nothing_more(
    connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    books.customer(company, "Hotel Albion")
    wire.before("FROM Customer", lambda: connection.disconnect(connected.organization, by=admin))
    assert sync(connected.organization) == Outcome.CUT
    assert not Customer.objects.exists()
    row = Connection.objects.get()
    assert (row.state, row.refresh_token) == (ConnectionState.DISCONNECTED, "")


def test_tokens_are_encrypted_where_they_lie(connected: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM sync_connection")
        access, refresh = cursor.fetchone()
    assert connected.access_token not in access
    assert connected.refresh_token not in refresh
    assert Connection.objects.get().refresh_token == connected.refresh_token


def test_an_older_key_still_reads_tokens_and_the_first_one_writes_them(connected: Connection, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    row = Connection.objects.get()
    assert row.refresh_token == connected.refresh_token
    row.save()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert Connection.objects.get().refresh_token == connected.refresh_token


def test_the_discovery_document_is_read_once_a_day(connected: Connection, wire: Wire) -> None:
    for _ in range(2):
        age()
        sync(connected.organization)
    found = [each for each in wire.asked if "openid_configuration" in each.text]
    assert len(found) == 1
    cache.clear()
    age()
    sync(connected.organization)
    assert len([each for each in wire.asked if "openid_configuration" in each.text]) == 2


def test_keys_that_intuit_does_not_know_are_told_apart_from_an_ended_connection(
    connected: Connection, settings: Any
) -> None:
    sync(connected.organization)
    settings.INTUIT_CLIENT_SECRET = "wrong"
    age()
    assert sync(connected.organization) == Outcome.FAILED
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert "the client secret in Buddy's settings is wrong" in last_run().error

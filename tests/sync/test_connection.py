"""Connecting: every way it can end, and what it leaves behind (R23; issue 2, section 4)."""

from datetime import UTC, datetime, timedelta

import pytest

from buddy.hub.errors import Refused
from buddy.hub.outbox import Bell
from buddy.hub.team import Organization, User
from buddy.sync import connection, status
from buddy.sync.connection import ConnectFailed
from buddy.sync.models import Connection, ConnectionState, Link, Outcome
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, sync
from tests.sync.consent import connect_in_browser, consent, query
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_REALM = "9341452908710002"


def exchanges(wire: Wire) -> int:
    return len([each for each in wire.asked if "/tokens/bearer" in each.text])


def refused(organization: Organization, admin: User, params: dict[str, str], expected: str) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as failed:
        connection.finish(organization, params=params, expected_state=expected, by=admin)
    assert all((failed.value.title, failed.value.what))
    return failed.value


def test_connecting_stores_the_grant_and_rings_the_first_sync(
    organization: Organization, company: Company, sim: Simulator, admin: User
) -> None:
    books.customer(company, "Hotel Albion")
    made = connect_in_browser(organization, sim, REALM, by=admin)
    assert (made.state, made.connected_by, made.realm, made.environment) == ("connected", admin, REALM, "sandbox")
    assert made.refresh_token
    assert made.access_expires_at
    assert Bell.objects.get().due_at <= datetime.now(UTC)
    assert status.card(organization, now=datetime.now(UTC)).state == "first"
    assert sync(organization) == Outcome.DONE
    card = status.card(organization, now=datetime.now(UTC))
    assert (card.state, card.company_name, card.realm) == ("connected", "Larkspur Fine Foods LLC", REALM)
    assert [(each.label, each.value) for each in card.counts or []][:1] == [("Customers", "1 linked")]


def test_a_cancelled_consent_changes_nothing(
    organization: Organization, company: Company, sim: Simulator, admin: User, wire: Wire
) -> None:
    begun = connection.begin(organization, by=admin)
    params = query(sim.oauth.refuse(sim.oauth.asked(query(begun.url))))
    assert "cancelled" in refused(organization, admin, params, begun.state).what
    assert not Connection.objects.exists()
    assert exchanges(wire) == 0


@pytest.mark.parametrize(("expected", "state"), [("right", "wrong"), ("", ""), ("right", "")])
def test_an_answer_nobody_asked_for_is_refused_before_its_code_is_used(
    organization: Organization, company: Company, admin: User, wire: Wire, expected: str, state: str
) -> None:
    params = {"code": "XAB1", "realmId": REALM, "state": state}
    assert refused(organization, admin, params, expected).title == "This answer was not asked for from here"
    assert exchanges(wire) == 0


def test_another_error_of_intuit_is_told(organization: Organization, company: Company, admin: User) -> None:
    params = {"error": "invalid_scope", "state": "s"}
    assert "invalid_scope" in refused(organization, admin, params, "s").what


@pytest.mark.parametrize("params", [{"code": "c"}, {"realmId": REALM}])
def test_an_answer_without_company_or_code_is_refused(
    organization: Organization, company: Company, admin: User, params: dict[str, str]
) -> None:
    refused(organization, admin, {**params, "state": "s"}, "s")
    assert not Connection.objects.exists()


def test_a_code_that_ran_out_is_told_with_what_to_do(
    organization: Organization, company: Company, sim: Simulator, admin: User
) -> None:
    begun = connection.begin(organization, by=admin)
    params = consent(sim, begun, REALM)
    sim.now = datetime.now(UTC) + timedelta(minutes=11)
    failed = refused(organization, admin, params, begun.state)
    assert failed.title == "QuickBooks was not connected"
    assert not Connection.objects.exists()


def test_reconnecting_another_company_is_refused_and_the_links_stay(
    connected: Connection, company: Company, sim: Simulator, admin: User, wire: Wire
) -> None:
    sim.add_company("Another", realm=OTHER_REALM)
    books.customer(company, "Hotel Albion")
    sync(connected.organization)
    before = Connection.objects.values().get()
    begun = connection.begin(connected.organization, by=admin)
    wire.asked.clear()
    failed = refused(connected.organization, admin, consent(sim, begun, OTHER_REALM), begun.state)
    assert failed.title == "That is another QuickBooks company"
    assert REALM in failed.what
    assert OTHER_REALM in failed.what
    assert exchanges(wire) == 0
    assert Connection.objects.values().get() == before
    assert Link.objects.filter(kind="customer").count() == 1


def test_the_same_company_in_another_environment_is_another_company(
    connected: Connection, company: Company, sim: Simulator, admin: User, settings: object
) -> None:
    Connection.objects.update(environment="production")
    begun = connection.begin(connected.organization, by=admin)
    failed = refused(connected.organization, admin, consent(sim, begun, REALM), begun.state)
    assert failed.title == "That is another QuickBooks company"


def test_reconnecting_goes_on_with_the_links_and_ends_pauses(
    connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    books.customer(company, "Hotel Albion")
    sync(connected.organization)
    Connection.objects.update(
        state=ConnectionState.RECONNECT, reason="it ran out", paused_until=datetime.now(UTC) + timedelta(hours=1),
        paused_kind="admin", paused_reason="no admin",
    )  # fmt: skip
    row = connect_in_browser(connected.organization, sim, REALM, by=admin)
    assert (row.state, row.reason, row.paused_until, row.paused_kind) == ("connected", "", None, "")
    assert row.grant_version == connected.grant_version + 1
    assert sync(connected.organization) == Outcome.DONE
    assert Link.objects.filter(kind="customer").count() == 1


def test_disconnecting_tells_intuit_and_forgets_the_tokens_even_if_it_cannot_be_told(
    connected: Connection, company: Company, sim: Simulator, admin: User, wire: Wire
) -> None:
    sync(connected.organization)
    wire.answer("/tokens/revoke", 503, {}, times=9)
    connection.disconnect(connected.organization, by=admin)
    row = Connection.objects.get()
    assert (row.state, row.access_token, row.refresh_token) == ("disconnected", "", "")
    assert status.card(connected.organization, now=datetime.now(UTC)).state == "disconnected"


def test_a_person_who_is_no_longer_an_admin_there_pauses_the_sync(
    connected: Connection, company: Company, sim: Simulator
) -> None:
    sync(connected.organization)
    for grant in sim.oauth.grants.values():
        grant.admin = False
    assert sync(connected.organization) == Outcome.PAUSED
    row = Connection.objects.get()
    assert (row.paused_kind, row.state) == ("admin", "connected")
    assert "no longer an admin" in row.paused_reason


def test_sync_needs_a_connection(organization: Organization, admin: User) -> None:
    with pytest.raises(Refused, match="not connected"):
        connection.sync_now(organization, by=admin)
    assert sync(organization) is None

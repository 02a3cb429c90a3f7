"""Where Buddy itself lives, and whether Intuit can reach it (R26)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from buddy.hub.errors import Refused
from buddy.hub.team import Organization, User
from buddy.sync import connection, requirements, status
from buddy.sync.models import Connection
from simulator.app import Simulator
from simulator.company import Company
from tests.sync.conftest import REALM, sync
from tests.sync.consent import connect_in_browser, query
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "address", ["http://buddy.example", "http://localhost:8000", "https://localhost", "https://203.0.113.7",
                "https://[2001:db8::1]", "https://buddy.localhost"],
)  # fmt: skip
def test_production_keys_are_refused_on_an_address_intuit_does_not_take(
    organization: Organization, sim: Simulator, admin: User, wire: Wire, settings: Any, address: str
) -> None:
    settings.INTUIT_ENVIRONMENT, settings.BUDDY_URL = "production", address
    with pytest.raises(Refused) as refused:
        connection.begin(organization, by=admin)
    assert "/integrations/quickbooks/callback" in str(refused.value)
    assert address in str(refused.value)
    assert wire.asked == []  # before anyone is sent away, and before Intuit is asked anything
    assert [check.state for check in requirements.before()].count("bad") == 1


def test_production_keys_on_a_public_https_address_connect(
    organization: Organization, company: Company, sim: Simulator, admin: User, settings: Any
) -> None:
    settings.INTUIT_ENVIRONMENT, settings.BUDDY_URL = "production", "https://buddy.example"
    made = connect_in_browser(organization, sim, REALM, by=admin)
    assert (made.environment, made.realm) == ("production", REALM)
    assert not [check for check in requirements.before() if check.state == "bad"]


def test_the_exact_address_to_register_is_shown_and_sent(
    organization: Organization, sim: Simulator, admin: User, settings: Any
) -> None:
    settings.BUDDY_URL = "https://buddy.example"
    address = "https://buddy.example/integrations/quickbooks/callback"
    assert connection.redirect_address() == address
    assert any(address in check.detail for check in requirements.before())
    assert query(connection.begin(organization, by=admin).url)["redirect_uri"] == address


def test_without_keys_nothing_is_begun(organization: Organization, admin: User, wire: Wire, settings: Any) -> None:
    settings.INTUIT_CLIENT_ID = ""
    with pytest.raises(Refused, match="INTUIT_CLIENT_ID"):
        connection.begin(organization, by=admin)
    assert wire.asked == []


def test_the_origin_of_the_discovered_consent_page_is_told_for_the_pages_policy(
    organization: Organization, sim: Simulator, admin: User, wire: Wire
) -> None:
    wire.change_answer(
        "openid_configuration", lambda body: body.update(authorization_endpoint="https://consent.test:8443/a/b?c=d")
    )
    begun = connection.begin(organization, by=admin)
    assert begun.authorize_origin == "https://consent.test:8443"
    assert begun.url.startswith("https://consent.test:8443/a/b?c=d")


def test_intuit_out_of_reach_is_said_in_words(
    organization: Organization, sim: Simulator, admin: User, wire: Wire
) -> None:
    wire.answer("openid_configuration", 503, {}, times=9)
    with pytest.raises(Refused, match="could not be reached"):
        connection.begin(organization, by=admin)


def test_polling_without_webhooks_is_no_error(connected: Connection, settings: Any) -> None:
    settings.BUDDY_SYNC_INTERVAL = 180
    sync(connected.organization)
    card = status.card(connected.organization, now=datetime.now(UTC))
    assert (card.state, card.announced, card.interval.total_seconds()) == ("connected", False, 180)
    assert (card.error, card.reason) == ("", "")
    assert status.pulse(connected.organization, now=datetime.now(UTC)).css == "b-ok"

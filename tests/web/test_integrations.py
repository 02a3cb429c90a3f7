"""Settings → Integrations: every state of the card, and every way that connecting can end."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from buddy.hub.outbox import Bell
from buddy.hub.team import Organization, Role
from buddy.sync.models import CallCount, Connection, ConnectionState, Link, Notice, Run, Trigger
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import REALM, sync
from tests.web.conftest import SignIn
from tests.web.consent import begin, callback, connect, give

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "9341452908710002"


def text(answer: Any) -> str:
    """What the page says, its tags taken out."""
    body = answer.content.decode().split("<main", 1)[-1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#x27;", "'").replace("&amp;", "&")


def card(client: Client) -> str:
    return text(client.get(reverse("integrations")))


# --- Before --------------------------------------------------------------------------------------------------------


def test_a_new_organization_is_told_what_it_takes_and_what_buddy_does(admin: Client, sim: Simulator) -> None:
    said = card(admin)
    assert "Not connected" in said
    assert "Your sign-in is a company admin there" in said
    assert "What Buddy reads and writes" in said
    assert "Deletes or voids anything" in said


def test_without_keys_the_card_says_what_to_set_and_the_button_is_off(admin: Client, settings: Any) -> None:
    settings.INTUIT_CLIENT_ID = ""
    answer = admin.get(reverse("integrations"))
    assert "INTUIT_CLIENT_ID" in text(answer)
    assert re.search(r"<button[^>]*disabled[^>]*>.*?Connect QuickBooks", answer.content.decode(), re.DOTALL)


@pytest.mark.parametrize("address", ["http://buddy.example", "https://localhost:8000", "https://203.0.113.7"])
def test_production_keys_on_a_private_address_are_refused_before_anyone_is_sent_away(
    admin: Client, sim: Simulator, settings: Any, address: str
) -> None:
    settings.INTUIT_ENVIRONMENT, settings.BUDDY_URL = "production", address
    answer = admin.post(reverse("integrations_connect"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("integrations_failed")
    assert f"{address}/integrations/quickbooks/callback" in text(answer)
    assert f"{address}/integrations/quickbooks/callback" in card(admin)
    assert not sim.calls


# --- Connecting ------------------------------------------------------------------------------------------------------


def test_connect_leads_to_the_consent_page_and_the_policy_lets_the_form_go_there(admin: Client, sim: Simulator) -> None:
    answer = admin.post(reverse("integrations_connect"))
    assert answer.context["url"].startswith(f"{sim.base_url}/connect/oauth2?")
    assert f"form-action 'self' {sim.base_url}" in answer.headers["Content-Security-Policy"]
    assert "http://quickbooks.test" not in admin.get(reverse("integrations")).headers["Content-Security-Policy"]


def test_consent_connects_and_begins_the_first_sync(
    admin: Client, organization: Organization, sim: Simulator, company: Company
) -> None:
    answer = connect(admin, sim, REALM)
    assert "First sync" in text(answer)
    assert "QuickBooks is connected" in answer.content.decode()
    assert Connection.objects.get().realm == REALM
    assert Bell.objects.get().due_at <= datetime.now(UTC)


def test_a_cancelled_consent_says_that_nothing_was_changed(admin: Client, sim: Simulator, company: Company) -> None:
    answer = connect(admin, sim, REALM, decision="cancel")
    assert "You cancelled at Intuit. Nothing was changed." in text(answer)
    assert "Connect again" in text(answer)
    assert not Connection.objects.exists()


def test_a_wrong_state_is_refused_and_the_code_is_never_used(admin: Client, sim: Simulator, company: Company) -> None:
    answer = connect(admin, sim, REALM, decision="wrong_state")
    assert "does not belong to a connection started in this browser session" in text(answer)
    assert not Connection.objects.exists()
    assert not [call for call in sim.calls if "tokens" in call.path]


def test_a_return_nobody_began_is_refused(admin: Client, sim: Simulator, company: Company) -> None:
    answer = admin.get(callback(code="x", realmId=REALM, state=""), follow=True)
    assert "This answer was not asked for from here" in text(answer)
    assert not Connection.objects.exists()


def test_an_answer_counts_once(admin: Client, sim: Simulator, company: Company) -> None:
    back = give(sim, begin(admin), realm=REALM)
    admin.get(back)
    assert "This answer was not asked for from here" in text(admin.get(back, follow=True))
    assert Connection.objects.get().state == ConnectionState.CONNECTED


def test_an_expired_code_is_said_in_words(admin: Client, sim: Simulator, company: Company) -> None:
    answer = connect(admin, sim, REALM, decision="expired_code")
    assert "QuickBooks was not connected" in text(answer)
    assert not Connection.objects.exists()


def test_the_address_with_the_code_is_left_behind_when_connecting_fails(
    admin: Client, sim: Simulator, company: Company
) -> None:
    back = give(sim, begin(admin), realm=REALM, decision="expired_code")
    answer = admin.get(back)
    assert (answer.status_code, answer["Location"]) == (302, reverse("integrations_failed"))


def test_another_company_is_refused_and_the_first_one_named(admin: Client, sim: Simulator, company: Company) -> None:
    sim.add_company("Quayside Bakery Supply Inc", realm=OTHER)
    connect(admin, sim, REALM)
    admin.post(reverse("integrations_disconnect"))
    answer = connect(admin, sim, OTHER)
    assert "That is another QuickBooks company" in text(answer)
    assert REALM in text(answer)
    assert Connection.objects.get().state == ConnectionState.DISCONNECTED


def test_a_company_that_another_organization_has_is_refused(
    admin: Client, sim: Simulator, company: Company, sign_in: SignIn, organization: Organization
) -> None:
    connect(admin, sim, REALM)
    second = make.organization("Quayside Bakery Supply")
    stranger = sign_in(Role.ADMIN, of=second)
    answer = connect(stranger, sim, REALM)
    assert "This QuickBooks company is already connected" in text(answer)
    with scope(organization=second):
        assert not Connection.objects.exists()


def test_a_failure_is_shown_once_connected_no_more(admin: Client, sim: Simulator, company: Company) -> None:
    connect(admin, sim, REALM, decision="cancel")
    connect(admin, sim, REALM)
    assert admin.get(reverse("integrations_failed"))["Location"] == reverse("integrations")


def test_editors_cannot_connect_or_disconnect_but_may_sync(
    editor: Client, admin: Client, sim: Simulator, company: Company
) -> None:
    assert editor.post(reverse("integrations_connect")).status_code == 403
    assert editor.get(callback(code="x", realmId=REALM, state="y")).status_code == 403
    connect(admin, sim, REALM)
    assert editor.post(reverse("integrations_disconnect")).status_code == 403
    Bell.objects.update(due_at=datetime.now(UTC) + timedelta(hours=1))
    answer = editor.post(reverse("integrations_sync"), follow=True)
    assert "Syncing now" in answer.content.decode()
    assert Bell.objects.get().due_at <= datetime.now(UTC)


# --- Connected -------------------------------------------------------------------------------------------------------


@pytest.fixture
def connected(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Connection:
    """Connected by an admin, and synced once."""
    company.create("Customer", {"DisplayName": "Hotel Albion"})
    connect(admin, sim, REALM)
    sync(organization)
    return Connection.objects.get()


def test_the_first_sync_shows_its_steps_and_asks_again_every_two_seconds(
    admin: Client, sim: Simulator, company: Company, organization: Organization
) -> None:
    connect(admin, sim, REALM)
    Run.objects.create(
        organization=organization,
        owner="worker",
        trigger=Trigger.FIRST,
        started_at=datetime.now(UTC),
        progress={"Term": [7, 7], "Item": [40, 40], "Customer": [30, 60]},
    )
    answer = admin.get(reverse("integrations_card"))
    assert "30 of 60" in text(answer)
    assert "You can leave this page" in text(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert re.search(r'<progress[^>]*max="60" value="30"', answer.content.decode())


def test_a_healthy_connection_tells_company_counts_and_what_comes_next(admin: Client, connected: Connection) -> None:
    said = card(admin)
    assert "Connected" in said
    assert REALM in said
    assert "1 linked of 1" in said
    assert "polling every 3 minutes" in said
    assert "QuickBooks Online" in said


def test_once_changes_are_announced_the_card_says_at_once(admin: Client, connected: Connection) -> None:
    Notice.objects.create(
        organization=connected.organization,
        event_id="1",
        entity="Invoice",
        remote_id="9",
        received_at=datetime.now(UTC),
    )
    assert "and at once on changes" in card(admin)


def test_a_broken_permission_is_red_says_why_and_offers_reconnect(admin: Client, connected: Connection) -> None:
    Connection.objects.update(state=ConnectionState.RECONNECT, reason="June removed Buddy in QuickBooks.")
    said = card(admin)
    assert "Needs reconnect" in said
    assert "June removed Buddy in QuickBooks." in said
    assert "what waits goes out as soon as you reconnect" in said
    assert "Reconnect QuickBooks" in said


def test_reconnecting_keeps_the_links(
    admin: Client, connected: Connection, sim: Simulator, organization: Organization
) -> None:
    before = set(Link.objects.values_list("pk", "remote_id"))
    sim.revoke(REALM)
    connected.access_expires_at = datetime.now(UTC)
    connected.save()
    sync(organization)
    assert "Needs reconnect" in card(admin)
    connect(admin, sim, REALM)
    sync(organization)
    assert before
    assert set(Link.objects.values_list("pk", "remote_id")) >= before
    assert Connection.objects.get().state == ConnectionState.CONNECTED


def test_a_pause_says_why_and_until_when(admin: Client, connected: Connection) -> None:
    until = datetime.now(UTC) + timedelta(minutes=30)
    Connection.objects.update(paused_until=until, paused_kind="throttled", paused_reason="QuickBooks is busy.")
    said = card(admin)
    assert "Paused" in said
    assert "QuickBooks is busy." in said
    assert re.search(r"tries again\s+in (29|30) min", said)


def test_a_run_that_stopped_is_said_and_that_nothing_is_lost(admin: Client, connected: Connection) -> None:
    Run.objects.filter(pk=Run.objects.latest("pk").pk).update(outcome="failed", error="QuickBooks did not answer.")
    assert "QuickBooks did not answer." in card(admin)


def test_disconnecting_asks_first_and_names_what_stays(admin: Client, connected: Connection) -> None:
    asked = text(admin.get(reverse("integrations_disconnect")))
    assert "Keep connected" in asked
    assert "Nothing is changed or deleted in QuickBooks." in asked
    assert Connection.objects.get().state == ConnectionState.CONNECTED


def test_disconnecting_gives_the_permission_back_and_keeps_the_links(
    admin: Client, connected: Connection, sim: Simulator
) -> None:
    links = Link.objects.count()
    answer = admin.post(reverse("integrations_disconnect"), follow=True)
    assert "Disconnected" in text(answer)
    assert "All links are kept" in text(answer)
    assert Link.objects.count() == links > 0
    assert not sim.oauth.connected(REALM)


def test_sync_is_refused_in_words_when_nothing_is_connected(editor: Client, organization: Organization) -> None:
    assert "QuickBooks is not connected." in editor.post(reverse("integrations_sync"), follow=True).content.decode()


def test_a_viewer_sees_the_card_and_no_button(viewer: Client, connected: Connection) -> None:
    said = card(viewer)
    assert "Connected" in said
    assert "Sync now" not in said
    assert "Disconnect" not in said


def test_the_end_of_the_permission_is_counted_down_and_warned_of(
    admin: Client, viewer: Client, connected: Connection
) -> None:
    assert re.search(r"until \w+ \d+, 20\d\d\s+1,82\d more days, or 100 without a sync", card(admin))
    assert "permission ends on" not in card(admin)
    Connection.objects.update(hard_expires_at=datetime.now(UTC) + timedelta(days=12, hours=1))
    said = card(admin)
    assert re.search(r"permission ends on \w+ \d+, 20\d\d, in 12 days", said)
    assert "Reconnect QuickBooks" in said
    assert "An admin of your team can connect it." in card(viewer)


def test_the_months_reads_are_shown_with_where_they_lead(admin: Client, connected: Connection, settings: Any) -> None:
    mine = CallCount.objects.get().reads
    other = make.organization("Zephyr Trading")
    with scope(organization=other):
        CallCount.objects.create(organization=other, day=datetime.now(UTC).date(), reads=70_000)
    said = card(admin)
    found = re.search(rf"Reads this month\s+{mine}\s+of {70_000 + mine:,} in this Buddy; at this pace ([\d,]+)", said)
    assert found
    assert int(found[1].replace(",", "")) > 70_000 + mine
    assert "of 500,000 by the month’s end" in said
    assert "instead of every" not in said

    settings.INTUIT_READS_PER_MONTH = 70_000
    said = card(admin)
    assert re.search(r"asks QuickBooks every \d+ minutes instead of every 3 minutes", said)
    assert "Intuit allows 70,000" in said


def test_without_a_verifier_the_card_says_how_changes_are_found(
    admin: Client, connected: Connection, settings: Any
) -> None:
    assert "Buddy asks QuickBooks for changes" in card(admin)
    settings.INTUIT_WEBHOOK_VERIFIER = "set"
    assert "QuickBooks may announce changes" in card(admin)


@pytest.mark.parametrize("state", ["connected", "reconnect", "disconnected"])
def test_no_word_of_the_machinery_stands_on_the_card(admin: Client, connected: Connection, state: str) -> None:
    Connection.objects.update(state=state)
    said = card(admin).lower()
    for word in ("token", "payload", "webhook", "cdc", "cursor", "realm", "outbox", "entity"):
        assert word not in said

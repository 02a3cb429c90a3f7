"""The connection looks after itself: it pauses by rule, goes on by itself, and tells the admins in time (R23)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from buddy.hub import customers
from buddy.hub.mailing import Letter
from buddy.hub.orders import SalesOrder
from buddy.hub.team import User
from buddy.sync import care, connection, engine, requirements, status
from buddy.sync.models import Connection, ConnectionState, Notice, Outcome
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import REALM, invoice, last_run, ring, sync
from tests.sync.consent import connect_in_browser
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)

type Trouble = Callable[[], None]


def later(**by: float) -> None:
    """That much time goes by for the pause."""
    row = Connection.objects.get()
    Connection.objects.update(paused_until=row.paused_until and row.paused_until - timedelta(**by))
    if row.paused_kind in ("moved", "throttled"):  # what becomes of these depends on how long they last
        Connection.objects.update(paused_since=row.paused_since and row.paused_since - timedelta(**by))


@pytest.fixture
def waiting(order: SalesOrder, admin: User) -> SalesOrder:
    """Synced once, and one invoice waits to go out."""
    invoice(order, by=admin)
    return order


@pytest.fixture(params=["moved", "admin", "subscription"])
def trouble(request: Any, sim: Simulator, company: Company, wire: Wire) -> tuple[str, Trouble, Trouble]:
    """What QuickBooks can say no to everything for, how that begins, and how it ends."""
    kind = str(request.param)

    def begin() -> None:
        if kind == "moved":
            sim.faults.add("wrong_cluster", times=None)
        elif kind == "admin":
            wire.refuse("/v3/", "120", status=401, times=1000)
        else:
            company.subscription = "EXPIRED"

    def end() -> None:
        sim.faults.clear()
        wire.be_straight()
        company.subscription = "SUBSCRIBED"

    return kind, begin, end


# --- Paused ----------------------------------------------------------------------------------------------------------


def test_a_paused_company_is_asked_when_it_says_and_not_once_before(
    waiting: SalesOrder, connected: Connection, company: Company, wire: Wire, trouble: tuple[str, Trouble, Trouble]
) -> None:
    kind, begin, end = trouble
    begin()
    org = connected.organization
    now = datetime.now(UTC)
    assert sync(org) == Outcome.PAUSED
    row = Connection.objects.get()
    assert row.paused_until
    assert row.paused_kind == kind
    every = care.RULES[kind].every
    assert every <= row.paused_until - now < every + timedelta(minutes=1)
    for _ in range(4):
        wire.asked.clear()
        for _ in range(5):
            assert sync(org) is None
        assert org.pk not in engine.due()
        assert wire.asked == []
        later(hours=every.total_seconds() / 3600)
        assert sync(org) == Outcome.PAUSED
        assert len(wire.asked) <= 2  # one look; and one request, where only writing is refused
    end()
    later(hours=6)
    while sync(org) != Outcome.DONE:
        pass
    assert len(company.all("Invoice")) == 1


def test_what_a_company_is_paused_for_is_said_on_the_card_and_on_each_badge(
    waiting: SalesOrder, connected: Connection, trouble: tuple[str, Trouble, Trouble]
) -> None:
    kind, begin, end = trouble
    begin()
    org = connected.organization
    sync(org)
    now = datetime.now(UTC)
    words = {"moved": "another server", "admin": "no longer an admin", "subscription": "subscription"}[kind]
    card = status.card(org, now=now)
    assert words in card.paused_reason
    assert card.paused_until
    made = waiting.customer.invoices.get()
    badge = status.badges(org, "invoice", [made])[made.pk]
    assert words in badge.reason
    assert "Buddy tries again " in badge.reason
    assert not badge.unsettled
    end()
    later(hours=6)
    while sync(org) != Outcome.DONE:
        pass
    assert status.card(org, now=now).paused_reason == ""
    assert status.badges(org, "invoice", [made])[made.pk].state == "ok"
    assert [check.title for check in requirements.checks(org) if check.state == "bad"] == []


def test_a_company_that_stays_moved_for_an_hour_needs_an_admin(
    waiting: SalesOrder, connected: Connection, sim: Simulator, company: Company, admin: User, wire: Wire
) -> None:
    sim.faults.add("wrong_cluster", times=None)
    wire.asked.clear()
    outcomes = []
    while Connection.objects.get().state == ConnectionState.CONNECTED:
        outcomes.append(sync(connected.organization))
        later(minutes=11)
    assert outcomes == [Outcome.PAUSED] * 6 + [Outcome.FAILED]
    assert len(wire.asked) == 7
    assert "another server" in Connection.objects.get().reason
    assert [letter.subject for letter in mail.outbox] == ["QuickBooks needs reconnecting for Larkspur Fine Foods"]
    sim.faults.clear()
    connect_in_browser(connected.organization, sim, REALM, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert len(company.all("Invoice")) == 1


def test_a_pause_that_ends_is_forgotten_and_the_next_one_begins_anew(connected: Connection, sim: Simulator) -> None:
    sync(connected.organization)
    sim.faults.add("wrong_cluster", times=1)
    sync(connected.organization)
    later(minutes=50)
    assert sync(connected.organization) == Outcome.DONE
    row = Connection.objects.get()
    assert (row.paused_kind, row.paused_reason, row.paused_since) == ("", "", None)
    sim.faults.add("wrong_cluster", times=1)
    assert sync(connected.organization) == Outcome.PAUSED
    assert Connection.objects.get().state == ConnectionState.CONNECTED


def test_a_lapsed_subscription_is_mailed_once_however_often_it_is_tried(
    waiting: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    org = connected.organization
    for _ in range(2):
        company.subscription = "EXPIRED"
        sync(org)
        for _ in range(3):
            later(hours=6)
            sync(org)
            connection.sync_now(org, by=admin)
            sync(org)
        company.subscription = "SUBSCRIBED"
        later(hours=6)
        while sync(org) != Outcome.DONE:
            pass
        invoice(make.order(waiting.customer, [(waiting.lines.get().product, 1)]), by=admin)
    assert len(mail.outbox) == 2
    assert mail.outbox[0].subject == "The QuickBooks subscription of Larkspur Fine Foods has ended"
    assert "Renew it in QuickBooks" in mail.outbox[0].body
    assert "Waiting to be sent: 1 invoice." in mail.outbox[0].body


@pytest.mark.parametrize("said", [b"300", b"date"])
def test_quickbooks_may_say_for_how_long_to_be_left_alone(
    connected: Connection, sim: Simulator, wire: Wire, said: bytes
) -> None:
    sync(connected.organization)
    wire.slow_down("/cdc?", seconds=300, as_date=said == b"date")
    now = datetime.now(UTC)
    assert sync(connected.organization) == Outcome.PAUSED
    until = Connection.objects.get().paused_until
    assert until
    assert timedelta(seconds=295) < until - now < timedelta(seconds=330)


def test_when_it_keeps_saying_so_it_is_asked_ever_more_rarely(
    connected: Connection, sim: Simulator, wire: Wire
) -> None:
    """The month's reads may be used up: a call a minute until it is over would help nobody."""
    sync(connected.organization)
    sim.faults.add("throttle", times=None)
    wire.asked.clear()
    waits = []
    for _ in range(10):
        before = datetime.now(UTC)
        assert sync(connected.organization) == Outcome.PAUSED
        until = Connection.objects.get().paused_until
        assert until
        waits.append((until - before).total_seconds())
        later(seconds=waits[-1])
    assert len(wire.asked) == 10
    assert [round(wait / 60) for wait in waits[:2]] == [1, 1]
    assert waits[2] < waits[3] < waits[4] < waits[5]
    assert 3600 <= waits[-1] < 3620


# --- Broken, and told by mail ----------------------------------------------------------------------------------------


def test_a_broken_connection_is_mailed_to_the_admins_once(
    waiting: SalesOrder, connected: Connection, sim: Simulator, admin: User
) -> None:
    org = connected.organization
    second = make.member("admin", of=org).user
    make.member("editor", of=org)
    gone = make.member("admin", of=org).user
    gone.is_active = False
    gone.save()
    customers.change(waiting.customer, {"phone": "555 0101"}, by=None)
    sim.revoke(REALM)
    assert sync(org) == Outcome.FAILED
    for _ in range(3):
        assert sync(org) is None
    (letter,) = mail.outbox
    assert letter.to == [admin.email, second.email]
    assert letter.subject == "QuickBooks needs reconnecting for Larkspur Fine Foods"
    assert "QuickBooks no longer accepts the connection" in letter.body
    assert "Waiting to be sent: 1 customer, 1 invoice." in letter.body
    assert "/settings/integrations/" in letter.body
    assert "<" not in letter.body


def test_each_breakage_is_mailed(connected: Connection, sim: Simulator, admin: User) -> None:
    org = connected.organization
    for number in (1, 2):
        sync(org)
        sim.revoke(REALM)
        sync(org)
        assert len(mail.outbox) == number
        connect_in_browser(org, sim, REALM, by=admin)


def test_a_mail_that_cannot_be_sent_is_tried_again_and_holds_nothing_up(
    connected: Connection, sim: Simulator, settings: Any
) -> None:
    org = connected.organization
    usual = settings.MAILERS
    nobody = {"host": "127.0.0.1", "port": 9}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": nobody}}
    sync(org)
    sim.revoke(REALM)
    assert sync(org) == Outcome.FAILED
    waits = []
    for _ in range(8):
        letter = Letter.objects.get()
        assert letter.try_at
        waits.append((letter.try_at - datetime.now(UTC)).total_seconds())
        assert org.pk not in engine.due()
        Letter.objects.update(try_at=datetime.now(UTC))
        assert org.pk in engine.due()
        assert engine.run(org.pk) is None
    assert [round(wait / 60) for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60]

    settings.MAILERS = usual
    Letter.objects.update(try_at=datetime.now(UTC))
    engine.run(org.pk)
    engine.run(org.pk)
    assert len(mail.outbox) == 1
    assert Letter.objects.get().sent_at
    assert org.pk not in engine.due()


def test_a_letter_of_what_is_over_is_not_sent_any_more(
    connected: Connection, sim: Simulator, admin: User, settings: Any
) -> None:
    org = connected.organization
    usual = settings.MAILERS
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"port": 9}}}
    sync(org)
    sim.revoke(REALM)
    sync(org)
    settings.MAILERS = usual
    connect_in_browser(org, sim, REALM, by=admin)
    assert sync(org) == Outcome.DONE
    assert mail.outbox == []
    assert not Letter.objects.exists()


def test_of_two_workers_one_sends_the_letter(connected: Connection) -> None:
    now = datetime.now(UTC)
    org = connected.organization
    mailing_write(org, now)
    letters = [Letter.objects.get(), Letter.objects.get()]
    assert [care.mailing._claimed(each, now) for each in letters] == [True, False]


def mailing_write(org: Any, now: datetime) -> None:
    care.mailing.write(org, about="test", subject="A test", text="It is one.", link="/", now=now)


# --- How long the permission lasts -----------------------------------------------------------------------------------


def test_the_end_of_the_permission_is_counted_down(connected: Connection) -> None:
    """QuickBooks tells the absolute end since 2026; where it does not, it is five years after consent (api 1.4)."""
    now = datetime.now(UTC)
    found = status.card(connected.organization, now=now).expires
    assert found
    assert (found.days, found.idle_days, found.soon) == (5 * 365 - 1, 99, False)
    Connection.objects.update(hard_expires_at=now + timedelta(days=400, hours=1))
    found = status.card(connected.organization, now=now).expires
    assert found
    assert found.days == 400


def test_before_the_permission_ends_the_admins_are_told_once_and_the_page_warns(
    connected: Connection, admin: User, sim: Simulator
) -> None:
    end = datetime.now(UTC) + timedelta(days=30, hours=1)
    Connection.objects.update(hard_expires_at=end + timedelta(days=1))
    sync(connected.organization)
    assert mail.outbox == []
    for seconds in range(3):  # told anew with each refresh, and never to the second the same
        Connection.objects.update(hard_expires_at=end + timedelta(seconds=seconds))
        assert sync(connected.organization) == Outcome.DONE
    (letter,) = mail.outbox
    assert letter.to == [admin.email]
    assert f"{end:%b} {end.day}, {end.year}" in letter.subject
    assert "five years" in letter.body
    expires = status.card(connected.organization, now=datetime.now(UTC)).expires
    assert expires
    assert expires.soon

    connect_in_browser(connected.organization, sim, REALM, by=admin)
    expires = status.card(connected.organization, now=datetime.now(UTC)).expires
    assert expires
    assert not expires.soon
    assert expires.days > 5 * 365 - 3


def test_a_permission_that_could_not_be_renewed_for_weeks_warns_too(connected: Connection, sim: Simulator) -> None:
    Connection.objects.update(refresh_expires_at=datetime.now(UTC) + timedelta(days=20, hours=1))
    sim.faults.add("error_500", times=None)
    assert sync(connected.organization) == Outcome.FAILED
    assert "has not been able to renew it" in mail.outbox[0].body
    assert last_run().outcome == Outcome.FAILED


def test_a_long_way_from_its_end_nobody_is_told(connected: Connection) -> None:
    for _ in range(3):
        sync(connected.organization)
    ring(connected.organization)
    assert mail.outbox == []
    assert not Letter.objects.exists()


def test_notices_older_than_a_week_are_forgotten_by_a_company_that_is_paused_too(
    waiting: SalesOrder, connected: Connection, company: Company
) -> None:
    company.subscription = "EXPIRED"
    now = datetime.now(UTC)
    for days in (6, 8):
        Notice.objects.create(
            organization=connected.organization,
            event_id=f"{days} days old",
            entity="Invoice",
            remote_id="1",
            received_at=now - timedelta(days=days),
        )
    assert sync(connected.organization) == Outcome.PAUSED
    assert [notice.event_id for notice in Notice.objects.all()] == ["6 days old"]

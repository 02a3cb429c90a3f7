"""The door QuickBooks knocks at."""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client, RequestFactory
from django.urls import reverse
from django_scopes import scope, scopes_disabled
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from buddy.hub.outbox import Bell
from buddy.hub.team import Organization
from buddy.sync import inbox, spool
from buddy.sync.models import Connection, ConnectionState, Notice
from buddy.web import webhooks
from tests import makers as make

VERIFIER = "5f1c7a8e-verifier"
REALM = "9341452908713326"


@pytest.fixture
def connected(organization: Organization, settings: Any) -> Connection:
    settings.INTUIT_WEBHOOK_VERIFIER = VERIFIER
    return Connection.objects.create(
        organization=organization,
        environment=settings.INTUIT_ENVIRONMENT,
        realm=REALM,
        connected_at=datetime(2026, 11, 2, tzinfo=UTC),
    )


def event(realm: str = REALM, id: str = "311") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"event-{realm}-{id}",
        "source": "intuit.dsnZ8aYq=",
        "type": "qbo.invoice.updated.v1",
        "time": "2026-11-24T16:14:55.310Z",
        "intuitentityid": id,
        "intuitaccountid": realm,
        "data": {},
    }


def knock(body: bytes, *, signature: str | None = None) -> Any:
    """Deliver it, and look as a worker does. Returns the door's answer."""
    answer = deliver(body, signature=signature)
    inbox.collect()
    return answer


def deliver(body: bytes, *, signature: str | None = None) -> Any:
    signed = base64.b64encode(hmac.new(VERIFIER.encode(), body, hashlib.sha256).digest()).decode()
    return Client(enforce_csrf_checks=True).post(
        reverse("webhook_quickbooks"),
        data=body,
        content_type="application/json",
        headers={"intuit-signature": signed if signature is None else signature},
    )


def test_a_signed_event_is_remembered_and_rings_and_is_answered_with_nothing(connected: Connection) -> None:
    answer = knock(json.dumps([event()]).encode())

    assert (answer.status_code, answer.content) == (200, b"")
    assert list(Notice.objects.values_list("entity", "remote_id")) == [("Invoice", "311")]
    assert Bell.objects.filter(organization=connected.organization).exists()


def test_the_signature_is_checked_over_the_bytes_as_they_came(connected: Connection) -> None:
    assert knock(b'[  {"odd" :"spacing"}  ]', signature="").status_code == 401
    assert knock(json.dumps([event()], indent=3).encode()).status_code == 200


def test_a_wrong_signature_is_refused_and_nothing_is_remembered(connected: Connection) -> None:
    assert knock(json.dumps([event()]).encode(), signature="bm90IG91cnM=").status_code == 401
    assert not Notice.objects.exists()


def test_without_a_verifier_nobody_is_believed_and_the_answer_says_what_to_set(
    connected: Connection, settings: Any
) -> None:
    settings.INTUIT_WEBHOOK_VERIFIER = ""
    answer = knock(json.dumps([event()]).encode())
    assert answer.status_code == 403
    assert "INTUIT_WEBHOOK_VERIFIER" in answer.content.decode()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b'"hello"', b"\xff\xfe"])
def test_a_signed_body_that_is_no_notification_is_a_bad_request(connected: Connection, body: bytes) -> None:
    assert knock(body).status_code == 400
    assert not Notice.objects.exists()


def test_a_company_nobody_connected_here_is_ignored(connected: Connection) -> None:
    assert knock(json.dumps([event(realm="1234"), event(id="5")]).encode()).status_code == 200
    assert list(Notice.objects.values_list("remote_id", flat=True)) == ["5"]


def test_a_body_beyond_one_mebibyte_is_refused_unread(connected: Connection) -> None:
    assert knock(b"[" + b" " * (1024 * 1024) + b"]").status_code == 413


def test_a_body_that_is_said_to_be_too_large_is_not_even_read(connected: Connection) -> None:
    class Unread(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

    for said in (str(2**20 + 1), "9" * 30):
        request = RequestFactory().post(reverse("webhook_quickbooks"), b"[]", "application/json", CONTENT_LENGTH=said)
        request._stream = Unread()  # type: ignore[attr-defined]
        assert webhooks.quickbooks(request).status_code == 413


def test_a_sender_that_goes_away_in_the_middle_is_a_bad_request(connected: Connection) -> None:
    class Broken(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("the connection was reset")

    request = RequestFactory().post(reverse("webhook_quickbooks"), b"[]", "application/json")
    request._stream = Broken()  # type: ignore[attr-defined]
    assert webhooks.quickbooks(request).status_code == 400


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_posts_are_answered(db: None, method: str) -> None:
    assert getattr(Client(), method)(reverse("webhook_quickbooks")).status_code == 405


# --- Again, several, and too much ------------------------------------------------------------------------------------


def legacy(*realms: str) -> bytes:
    """The format until mid-2026, which has no ids of events (api 8.2)."""
    changed = {"name": "Invoice", "id": "311", "operation": "Update", "lastUpdated": "2026-11-24T16:14:55.000Z"}
    told = [{"realmId": realm, "dataChangeEvent": {"entities": [changed]}} for realm in realms]
    return json.dumps({"eventNotifications": told}).encode()


@pytest.mark.parametrize("body", [json.dumps([event()]).encode(), legacy(REALM)], ids=["events", "legacy"])
def test_what_comes_again_is_known_and_wakes_nobody(connected: Connection, body: bytes) -> None:
    knock(body)
    Bell.objects.update(due_at=datetime(2030, 1, 1, tzinfo=UTC))
    before = list(Notice.objects.values())
    for _ in range(3):
        assert knock(body).status_code == 200
    assert list(Notice.objects.values()) == before
    assert Bell.objects.get().due_at.year == 2030


def test_what_is_new_beside_what_is_known_wakes_a_worker(connected: Connection) -> None:
    knock(json.dumps([event()]).encode())
    Bell.objects.update(due_at=datetime(2030, 1, 1, tzinfo=UTC))
    knock(json.dumps([event(), event(id="312"), event(id="312")]).encode())
    assert sorted(Notice.objects.values_list("remote_id", flat=True)) == ["311", "312"]
    assert Bell.objects.get().due_at.year < 2030


@pytest.mark.parametrize("both", [True, False], ids=["legacy", "events"])
def test_one_delivery_may_tell_of_several_companies(connected: Connection, settings: Any, both: bool) -> None:
    other = make.organization("Zephyr Trading")
    with scope(organization=other):
        connected.pk, connected.organization, connected.realm = None, other, "9341452908710002"
        connected.save()
    realms = (REALM, "1234", connected.realm)
    assert knock(legacy(*realms) if both else json.dumps([event(each) for each in realms]).encode()).status_code == 200
    with scopes_disabled():
        assert {(each.organization.name, each.remote_id) for each in Notice.objects.all()} == {
            ("Larkspur Fine Foods", "311"),
            ("Zephyr Trading", "311"),
        }
        assert Bell.objects.count() == 2


@pytest.mark.parametrize("state", [ConnectionState.RECONNECT, ConnectionState.DISCONNECTED])
def test_a_company_that_is_not_connected_any_more_fills_no_table(connected: Connection, state: str) -> None:
    Connection.objects.update(state=state)
    assert knock(json.dumps([event()]).encode()).status_code == 200
    assert not Notice.objects.exists()


def test_of_a_flood_a_thousand_are_remembered_and_that_there_is_something_to_look_at(connected: Connection) -> None:
    assert knock(json.dumps([event(id=str(number)) for number in range(1500)]).encode()).status_code == 200
    assert Notice.objects.count() == 1000
    assert Bell.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [
        {"intuitentityid": "9" * 41},
        {"intuitentityid": "3\x0011"},
        {"type": f"qbo.{'x' * 21}.updated.v1"},
        {"type": "qbo.invoice.\u2028.v1"},
        {"data": {"deletedid": "7" * 41}},
        {"intuitaccountid": "\x00"},
    ],
)
def test_what_cannot_be_an_event_is_left_out_and_the_rest_is_kept(connected: Connection, odd: dict[str, Any]) -> None:
    assert knock(json.dumps([event() | {"id": "odd"} | odd, event(id="5")]).encode()).status_code == 200
    assert list(Notice.objects.values_list("remote_id", flat=True)) == ["5"]


def test_an_event_whose_id_cannot_be_kept_is_known_again_all_the_same(connected: Connection) -> None:
    body = json.dumps([event() | {"id": "x" * 300}, event(id="5") | {"id": "a\x00b"}]).encode()
    for _ in range(2):
        assert knock(body).status_code == 200
    assert Notice.objects.count() == 2


# --- On SQLite, whose write lock a run may hold -----------------------------------------------------------------------


@pytest.fixture
def busy(sqlite: None, transactional_db: None, connected: Connection) -> Iterator[sqlite3.Connection]:
    """Somebody is writing, and does not come to an end."""
    other = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
    other.execute("begin immediate")
    yield other
    other.close()


def test_it_is_answered_while_a_run_writes_and_the_next_look_makes_rows_of_it(busy: sqlite3.Connection) -> None:
    assert deliver(json.dumps([event()]).encode()).status_code == 200
    assert not Notice.objects.exists()
    busy.rollback()
    inbox.collect()
    assert list(Notice.objects.values_list("remote_id", flat=True)) == ["311"]
    assert Bell.objects.exists()
    assert spool.waiting() == []


def test_a_worker_that_died_before_it_removed_a_delivery_leaves_it_known(sqlite: None, connected: Connection) -> None:
    deliver(json.dumps([event()]).encode())
    (kept,) = [each.read_bytes() for each in spool.waiting()]
    inbox.collect()
    spool.put(kept)
    Bell.objects.update(due_at=datetime(2030, 1, 1, tzinfo=UTC))
    inbox.collect()
    assert Notice.objects.count() == 1
    assert Bell.objects.get().due_at.year == 2030
    assert spool.waiting() == []


def test_what_is_still_being_written_is_left_alone_until_it_is_abandoned(sqlite: None, connected: Connection) -> None:
    deliver(json.dumps([event()]).encode())
    (kept,) = spool.waiting()
    unfinished = kept.rename(kept.with_suffix(".part"))
    inbox.collect()
    assert unfinished.exists()
    assert not Notice.objects.exists()
    os.utime(unfinished, (0, 0))
    inbox.collect()
    assert not unfinished.exists()


def test_a_delivery_that_the_disk_spoiled_keeps_no_other_back(sqlite: None, connected: Connection) -> None:
    spool.put(b'[{"specversion": "1.')
    knock(json.dumps([event()]).encode())
    assert list(Notice.objects.values_list("remote_id", flat=True)) == ["311"]
    assert spool.waiting() == []


# --- Anything at all -------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=120) | st.sampled_from(["", "\x00", "\ud800", REALM, "Customer", "9" * 400])
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANY = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
ODD_EVENT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*event(), "data", "deletedid"), TEXT | ANY) | {"intuitaccountid": st.just(REALM)}
)
ODD_CHANGE = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "id", "operation", "lastUpdated", "deletedId"), TEXT | ANY)
)
ODD_LEGACY = st.builds(
    lambda changes: {"eventNotifications": [{"realmId": REALM, "dataChangeEvent": {"entities": changes}}]},
    st.lists(ODD_CHANGE, max_size=4) | ANY,
)
ODD_BODY = st.binary(max_size=300) | (ANY | st.lists(ODD_EVENT | st.just(event()), max_size=4) | ODD_LEGACY).map(
    lambda value: json.dumps(value).encode()
)
FUZZED = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FUZZED
@given(body=ODD_BODY)
def test_whatever_is_signed_is_taken_or_is_a_bad_request(connected: Connection, body: bytes) -> None:
    assert knock(body).status_code in (200, 400)


@FUZZED
@given(body=ODD_BODY, signature=st.text(max_size=60).filter(lambda text: "\r" not in text and "\n" not in text))
def test_whatever_is_not_signed_is_refused(connected: Connection, body: bytes, signature: str) -> None:
    assert knock(body, signature=signature).status_code == 401
    assert not Notice.objects.exists()

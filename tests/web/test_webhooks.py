"""The door QuickBooks knocks at."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.outbox import Bell
from buddy.hub.team import Organization
from buddy.sync.models import Connection, Notice

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


def test_without_a_verifier_nobody_is_believed(connected: Connection, settings: Any) -> None:
    settings.INTUIT_WEBHOOK_VERIFIER = ""

    assert knock(json.dumps([event()]).encode()).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b'"hello"', b"\xff\xfe"])
def test_a_signed_body_that_is_no_notification_is_a_bad_request(connected: Connection, body: bytes) -> None:
    assert knock(body).status_code == 400
    assert not Notice.objects.exists()


def test_a_company_nobody_connected_here_is_ignored(connected: Connection) -> None:
    assert knock(json.dumps([event(realm="1234"), event(id="5")]).encode()).status_code == 200
    assert list(Notice.objects.values_list("remote_id", flat=True)) == ["5"]


def test_a_body_beyond_one_mebibyte_is_refused_unread(connected: Connection) -> None:
    assert knock(b"[" + b" " * (1024 * 1024) + b"]").status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_posts_are_answered(db: None, method: str) -> None:
    assert getattr(Client(), method)(reverse("webhook_quickbooks")).status_code == 405

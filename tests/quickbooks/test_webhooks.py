"""Notifications: whose they are and what they name (api 8)."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from buddy.quickbooks.records import Note
from buddy.quickbooks.webhooks import parse, verified

VERIFIER = "7c9b1f4e-0d3a-4b8e-9f55-2f6f1c0a9d11"
LEGACY = {
    "eventNotifications": [
        {
            "realmId": "934",
            "dataChangeEvent": {
                "entities": [
                    {
                        "name": "Customer",
                        "id": "58",
                        "operation": "Merge",
                        "lastUpdated": "2026-03-02T16:20:10.000Z",
                        "deletedId": "61",
                    },
                    {"name": "Invoice", "id": "311", "operation": "Update", "lastUpdated": "2026-03-02T16:20:11.000Z"},
                ]
            },
        },
        {
            "realmId": "777",
            "dataChangeEvent": {
                "entities": [
                    {"name": "CreditMemo", "id": "9", "operation": "Void", "lastUpdated": "2026-03-02T16:20:12Z"},
                ]
            },
        },
    ]
}


def event(**changed: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "0b7c1a52",
        "source": "intuit.dsnZ8aYq=",
        "type": "qbo.invoice.updated.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-02T16:14:55.310Z",
        "intuitentityid": "311",
        "intuitaccountid": "934",
        "data": {},
        **changed,
    }


def signature(body: bytes, verifier: str = VERIFIER) -> str:
    return base64.b64encode(hmac.new(verifier.encode(), body, hashlib.sha256).digest()).decode()


def read(notification: Any) -> list[Note]:
    return parse(json.dumps(notification).encode())


def test_intuits_signature_over_the_raw_bytes_is_accepted() -> None:
    body = b'[ {"id":"1"}\n]'
    assert verified(body, signature(body), VERIFIER)
    assert verified(body, f" {signature(body)}\n", VERIFIER)


def test_the_signature_is_the_documented_one() -> None:
    """HMAC-SHA256 in base64, computed with another program for the same bytes."""
    assert verified(b"hello", "iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs=", "secret")


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "no base64!",
        "ümlaut",
        "AAAA",
        "=" * 10,
        signature(b"other"),
        signature(b"body", "other"),
        signature(b"body")[:-4],
        "\0",
    ],
)
def test_anything_else_is_refused_without_a_fuss(given: str) -> None:
    assert not verified(b"body", given, VERIFIER)


def test_the_same_json_in_other_bytes_is_refused() -> None:
    assert not verified(b'{"a": 1}', signature(b'{"a":1}'), VERIFIER)


def test_without_a_verifier_token_nothing_is_verified() -> None:
    assert not verified(b"body", signature(b"body", ""), "")


def test_a_cloud_event_names_company_object_operation_and_time() -> None:
    assert read([event()]) == [
        Note(
            realm="934",
            entity="Invoice",
            id="311",
            operation="updated",
            deleted_id="",
            event_id="0b7c1a52",
            at=datetime(2026, 11, 2, 16, 14, 55, 310_000, tzinfo=UTC),
        )
    ]


def test_a_merge_names_who_vanished_and_nanoseconds_are_cut() -> None:
    (note,) = read(
        [
            event(
                type="qbo.customer.merged.v1",
                time="2026-11-02T16:14:56.001239987Z",
                intuitentityid="58",
                data={"deletedid": "61"},
            )
        ]
    )
    assert (note.entity, note.operation, note.id, note.deleted_id) == ("Customer", "merged", "58", "61")
    assert note.at == datetime(2026, 11, 2, 16, 14, 56, 1239, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "entity", "operation"),
    [
        ("qbo.invoice.void.v1", "Invoice", "voided"),
        ("qbo.invoice.voided.v1", "Invoice", "voided"),
        ("qbo.creditmemo.created.v1", "CreditMemo", "created"),
        ("qbo.paymentmethod.deleted.v1", "PaymentMethod", "deleted"),
        ("qbo.invoice.emailed.v1", "Invoice", "emailed"),
        ("qbo.novelty.polished.v2", "novelty", "polished"),
        ("qbo.customer", "Customer", ""),
    ],
)
def test_the_type_of_an_event_is_read_in_every_wording(kind: str, entity: str, operation: str) -> None:
    (note,) = read([event(type=kind)])
    assert (note.entity, note.operation) == (entity, operation)


def test_names_of_attributes_are_read_in_any_case() -> None:
    upper = {name.upper(): value for name, value in event(data={"DeletedId": "61"}).items()}
    camel = {**event(data={"deletedId": "61"}), "intuitEntityId": "311", "intuitAccountId": "934"}
    del camel["intuitentityid"], camel["intuitaccountid"]
    expected = read([event(data={"deletedid": "61"})])
    assert read([upper]) == expected
    assert read([camel]) == expected


def test_ids_that_come_as_numbers_are_their_digits() -> None:
    (note,) = read([event(intuitentityid=311, intuitaccountid=9341450000000001)])
    assert (note.realm, note.id) == ("9341450000000001", "311")


def test_one_notification_may_carry_several_companies() -> None:
    assert [note.realm for note in read([event(), event(intuitaccountid="777")])] == ["934", "777"]
    assert [(note.realm, note.entity, note.id) for note in read(LEGACY)] == [
        ("934", "Customer", "58"),
        ("934", "Invoice", "311"),
        ("777", "CreditMemo", "9"),
    ]


def test_the_older_format_says_the_same_in_the_same_words() -> None:
    merged, updated, voided = read(LEGACY)
    assert (merged.operation, merged.deleted_id) == ("merged", "61")
    assert (updated.operation, updated.at) == ("updated", datetime(2026, 3, 2, 16, 20, 11, tzinfo=UTC))
    assert voided.operation == "voided"


def test_the_older_format_delivered_twice_has_the_same_event_ids_and_no_two_alike() -> None:
    first, second = read(LEGACY), read(LEGACY)
    assert [note.event_id for note in first] == [note.event_id for note in second]
    assert len({note.event_id for note in first}) == 3


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"type": "qbo.invoice.updated.v1"},
        event(intuitentityid=None),
        event(intuitaccountid=""),
        event(type=7),
        5,
        None,
        "x",
        [],
    ],
)
def test_an_odd_element_does_not_hold_up_the_others(odd: object) -> None:
    assert [note.id for note in read([odd, event()])] == ["311"]


@pytest.mark.parametrize(
    "notification",
    [
        {"eventNotifications": []},
        {"eventNotifications": None},
        {"eventNotifications": [{}]},
        {"eventNotifications": [{"realmId": "1", "dataChangeEvent": {"entities": 5}}]},
        [],
    ],
)
def test_a_notification_of_nothing_is_nothing(notification: Any) -> None:
    assert read(notification) == []


def test_a_time_that_is_none_leaves_the_hint_standing() -> None:
    (note,) = read([event(time="soon")])
    assert note.at is None


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{}", b"null", b"7", b'"x"', b'{"type":"qbo.invoice.updated.v1"}', b"\xff", b"[" * 100_000]
)
def test_nonsense_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(ValueError, match="The notification"):
        parse(body)

"""An answer's bytes cut into records."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from buddy.quickbooks import envelopes
from buddy.quickbooks.errors import Duplicate, Stale
from buddy.quickbooks.records import Record, Tokens, canonical, moment

INVOICE = (
    b'{"AllowIPNPayment":false,"domain":"QBO","sparse":false,"Id":"311","SyncToken":"2",\n'
    b' "MetaData":{"CreateTime":"2026-11-02T08:14:55-08:00","LastUpdatedTime":"2026-11-02T09:00:01-08:00"},\n'
    b' "CustomField":[], "Line":[{"Id":"1","Amount":100.10,"SalesItemLineDetail":{"UnitPrice":25.0250,"Qty":4}}],\n'
    b' "TotalAmt":100.10,"Balance":0,"NotKnownYet":{"a":[1,{"b":null}]}}'
)
STUB = b'{"domain":"QBO","status":"Deleted","Id":"309","MetaData":{"LastUpdatedTime":"2026-11-02T07:50:10-08:00"}}'


def query(*objects: bytes, entity: str = "Invoice") -> bytes:
    rows = b",".join(objects)
    return (
        b'{"QueryResponse":{"%s":[%s],"startPosition":1,"maxResults":%d,"totalCount":9},"time":"2026-11-02T08:14:54.81-08:00"}'
        % (
            entity.encode(),
            rows,
            len(objects),
        )
    )


def test_a_record_keeps_its_own_bytes_as_they_came() -> None:
    page = envelopes.page("1", query(STUB, INVOICE))
    assert [record.raw for record in page.records] == [STUB, INVOICE]


def test_the_head_is_read_from_the_object() -> None:
    (record,) = envelopes.page("1", query(INVOICE)).records
    assert (record.realm, record.entity, record.id, record.sync_token, record.deleted) == (
        "1",
        "Invoice",
        "311",
        "2",
        False,
    )
    assert record.updated_at == datetime(2026, 11, 2, 17, 0, 1, tzinfo=UTC)
    assert record.updated_at is not None
    assert record.updated_at.tzinfo is UTC


def test_money_is_decimal_with_the_scale_it_came_with() -> None:
    body = envelopes.page("1", query(INVOICE)).records[0].body
    line = body["Line"][0]
    assert str(line["Amount"]) == "100.10"
    assert str(line["SalesItemLineDetail"]["UnitPrice"]) == "25.0250"
    assert isinstance(body["TotalAmt"], Decimal)
    assert body["Balance"] == 0
    assert isinstance(body["Balance"], int)


def test_no_number_of_any_kind_becomes_a_float() -> None:
    record = envelopes.page(
        "1", query(b'{"Id":"1","a":1e2,"b":[0.1],"c":{"d":-0.0},"e":123456789012345678.99}')
    ).records[0]
    assert str(record.body) == str(
        {
            "Id": "1",
            "a": Decimal("1E+2"),
            "b": [Decimal("0.1")],
            "c": {"d": Decimal("-0.0")},
            "e": Decimal("123456789012345678.99"),
        }
    )


def test_the_body_is_decoded_once_and_does_not_count_for_equality() -> None:
    first, second = envelopes.page("1", query(INVOICE, INVOICE)).records
    assert first.body is first.body
    assert first == second


def test_a_record_cannot_be_changed() -> None:
    record = envelopes.page("1", query(INVOICE)).records[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.id = "2"  # type: ignore[misc]


def test_the_time_of_the_page_is_the_servers_clock() -> None:
    assert envelopes.page("1", query()).time == datetime(2026, 11, 2, 16, 14, 54, 810_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        b'{"QueryResponse":{},"time":"2026-05-05T02:10:12.07-07:00"}',
        b'{"QueryResponse":{"maxResults":0}}',
        b'{"QueryResponse":{"Customer":[]},"time":"never","new":[1]}',
    ],
)
def test_no_rows_in_any_wording_is_an_empty_page(content: bytes) -> None:
    assert envelopes.page("1", content).records == []


def test_an_object_without_metadata_or_token_is_still_a_record() -> None:
    (record,) = envelopes.page("1", query(b'{"Id":7,"SyncToken":0,"Name":"Net 30"}', entity="Term")).records
    assert (record.id, record.sync_token, record.updated_at) == ("7", "0", None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"time":"x"}',
        b'{"QueryResponse":[]}',
        b'{"QueryResponse":{"Item":[{"Id":',
        b'{"QueryResponse":{"Item":[1]}}',
        b'{"Fault":{"Error":[{"code":"3001"}]}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_query_answer_is_never_taken_for_an_empty_one(content: bytes) -> None:
    with pytest.raises(ValueError):
        envelopes.page("1", content)


@pytest.mark.parametrize(
    ("content", "rows"), [(b'{"QueryResponse":{"totalCount":6},"time":"x"}', 6), (b'{"QueryResponse":{}}', 0)]
)
def test_a_count_is_the_total(content: bytes, rows: int) -> None:
    assert envelopes.total("1", content) == rows


def test_changes_hold_live_and_deleted_objects_of_every_entity() -> None:
    content = (
        b'{"CDCResponse":[{"QueryResponse":[{"Customer":[{"Id":"58","SyncToken":"1"}],"startPosition":1,"maxResults":1},'
        b'{"Invoice":[%s,%s],"startPosition":1,"maxResults":2},{}]}],"time":"2026-11-02T08:30:00.112-08:00"}'
        % (INVOICE, STUB)
    )
    changes = envelopes.changes("1", content)
    assert [(record.entity, record.id, record.deleted) for record in changes.records] == [
        ("Customer", "58", False),
        ("Invoice", "311", False),
        ("Invoice", "309", True),
    ]
    assert changes.time == datetime(2026, 11, 2, 16, 30, 0, 112_000, tzinfo=UTC)
    assert (changes.size, changes.maybe_cut) == (3, False)


def test_a_deleted_stub_has_a_time_but_no_token() -> None:
    (record,) = envelopes.page("1", query(STUB)).records
    assert (record.sync_token, record.updated_at) == ("", datetime(2026, 11, 2, 15, 50, 10, tzinfo=UTC))


def test_a_thousand_changes_may_be_cut_and_fewer_are_not() -> None:
    def changes(n: int) -> bytes:
        rows = ",".join(f'{{"Id":"{i}"}}' for i in range(n))
        return f'{{"CDCResponse":[{{"QueryResponse":[{{"Item":[{rows}]}}]}}],"time":"2026-11-02T08:30:00Z"}}'.encode()

    assert envelopes.changes("1", changes(1000)).maybe_cut
    assert not envelopes.changes("1", changes(999)).maybe_cut


def test_changes_without_a_time_cannot_move_the_cursor_and_are_refused() -> None:
    with pytest.raises(ValueError, match="time"):
        envelopes.changes("1", b'{"CDCResponse":[{"QueryResponse":[{}]}]}')


def test_a_single_answer_is_the_object_beside_the_time() -> None:
    record = envelopes.single("1", b'{"Invoice":%s,"time":"2026-11-02T08:14:54.81-08:00"}' % INVOICE)
    assert (record.entity, record.id, record.raw) == ("Invoice", "311", INVOICE)


def test_the_answer_to_a_delete_is_a_stub() -> None:
    content = b'{"Invoice":{"domain":"QBO","status":"Deleted","Id":"266"},"time":"2020-09-29T05:58:08.11-07:00"}'
    assert envelopes.single("1", content).deleted


@pytest.mark.parametrize(
    "content", [b"{}", b'{"time":"x"}', b'{"Fault":{"Error":[]}}', b'{"fault":{"error":[]},"time":1}']
)
def test_an_answer_without_an_object_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        envelopes.single("1", content)


def test_each_item_of_a_batch_is_a_record_or_an_error_by_its_bid() -> None:
    fault = {
        "Error": [{"Message": "Stale Object Error", "Detail": "x", "code": "5010", "element": ""}],
        "type": "ValidationFault",
    }
    taken = {"Error": [{"Message": "Duplicate Name Exists Error", "code": "6240"}]}
    content = json.dumps(
        {
            "BatchItemResponse": [
                {"Customer": {"Id": "81", "SyncToken": "0"}, "bId": "b1"},
                {"Fault": fault, "bId": "b2"},
                {"bId": "b3", "Fault": taken},
                {"Invoice": {"status": "Deleted", "domain": "QBO", "Id": "9"}, "bId": "b4"},
                {"QueryResponse": {}, "bId": "b5"},
                {"bId": "b6"},
                {"Customer": {"Id": "5"}},
            ],
            "time": "2026-11-02T08:20:00.5-08:00",
        }
    ).encode()
    reply = envelopes.batch("1", content)
    assert list(reply.items) == ["b1", "b2", "b3", "b4"]
    created, stale, duplicate, deleted = reply.items.values()
    assert isinstance(created, Record)
    assert (created.entity, created.id) == ("Customer", "81")
    assert isinstance(stale, Stale)
    assert isinstance(duplicate, Duplicate)
    assert isinstance(deleted, Record)
    assert deleted.deleted


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-05T02:08:55-07:00", datetime(2026, 5, 5, 9, 8, 55, tzinfo=UTC)),
        ("2026-05-05T02:08:55.2-07:00", datetime(2026, 5, 5, 9, 8, 55, 200_000, tzinfo=UTC)),
        ("2026-05-05T02:08:55.07+05:30", datetime(2026, 5, 4, 20, 38, 55, 70_000, tzinfo=UTC)),
        ("2026-11-02T16:14:56.001239987Z", datetime(2026, 11, 2, 16, 14, 56, 1239, tzinfo=UTC)),
        ("2026-11-02T16:14:56", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_in_utc_or_none(text: str, read: datetime | None) -> None:
    assert moment(text) == read


@pytest.mark.parametrize(
    ("given", "spelled"),
    [("creditmemo", "CreditMemo"), ("Invoice", "Invoice"), ("TAXCODE", "TaxCode"), ("Novelty", "Novelty")],
)
def test_an_entity_is_spelled_as_quickbooks_does(given: str, spelled: str) -> None:
    assert canonical(given) == spelled


def test_tokens_never_show_in_a_representation() -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    shown = repr(Tokens("eyJsecret", "RT1-secret", now, now, None))
    assert "secret" not in shown

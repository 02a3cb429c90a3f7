"""One company's books: what is asked, and what is made of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest

from buddy.quickbooks.client import Client
from buddy.quickbooks.errors import (
    Gone,
    Paused,
    QuickBooksError,
    Reconnect,
    Rejected,
    Retryable,
    Stale,
    Throttled,
)
from buddy.quickbooks.records import Call, Record
from tests.quickbooks.wire import REALM, TIME, Wire, answer, client, fault, gateway_fault

XML_THROTTLE = (
    b'<?xml version="1.0"?><IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message>ThrottleExceeded</Message>'
    b"</Error></Fault></IntuitResponse>"
)


def rows(*ids: int, entity: str = "Customer") -> httpx2.Response:
    return answer({"QueryResponse": {entity: [{"Id": str(row)} for row in ids]} if ids else {}, "time": TIME})


def statement(request: httpx2.Request) -> str:
    return request.url.params["query"]


class Tokens:
    """Hands out old-1, then new-2, new-3 … each time a fresh one is demanded."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.token = "old-1"

    def __call__(self, force: bool) -> str:
        self.asked.append(force)
        if force:
            self.token = f"new-{len(self.asked)}"
        return self.token


def test_a_read_asks_for_one_object_of_one_company() -> None:
    wire = Wire(answer({"CreditMemo": {"Id": "7", "SyncToken": "3"}, "time": TIME}))
    record = client(wire).read("CreditMemo", "7")
    assert (record.realm, record.entity, record.id, record.sync_token) == (REALM, "CreditMemo", "7", "3")
    (request,) = wire.asked
    assert (request.method, request.url.path) == ("GET", f"/v3/company/{REALM}/creditmemo/7")
    assert dict(request.url.params) == {"minorversion": "75"}
    assert (request.headers["accept"], request.headers["authorization"]) == ("application/json", "Bearer token")


def test_a_read_of_a_deleted_object_is_gone() -> None:
    with pytest.raises(Gone):
        client(Wire(fault("610"))).read("Invoice", "7")


def test_a_query_names_its_condition_order_and_place() -> None:
    wire = Wire(rows(1, 2))
    page = client(wire).query("Customer", "Active IN (true, false)", order_by="TxnDate", start=1001, limit=500)
    assert [record.id for record in page.records] == ["1", "2"]
    assert statement(wire.asked[0]) == (
        "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY TxnDate STARTPOSITION 1001 MAXRESULTS 500"
    )


def test_a_query_is_encoded_once() -> None:
    wire = Wire(rows())
    client(wire).query("Customer", r"DisplayName = 'Amy\'s & Co +1'")
    sent = wire.asked[0].url.query.decode()
    assert "%5C" in sent
    assert "%26" in sent
    assert "%2B" in sent
    assert "%25" not in sent


def test_a_long_query_goes_in_the_body() -> None:
    calls: list[Call] = []
    wire = Wire(rows(1))
    condition = f"Id IN ({','.join(repr(str(n)) for n in range(1000))})"
    assert len(client(wire, on_call=calls.append).query("Invoice", condition).records) == 1
    assert [call.metered for call in calls] == [True]
    (request,) = wire.asked
    assert (request.method, request.headers["content-type"]) == ("POST", "application/text")
    assert f"WHERE {condition} ORDERBY Id STARTPOSITION 1" in request.content.decode()


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_longer_than_quickbooks_allows_is_never_asked_for(limit: int) -> None:
    with pytest.raises(ValueError, match="1000"):
        client(Wire(rows())).query("Customer", limit=limit)


def test_a_count_is_asked_without_a_place() -> None:
    wire = Wire(answer({"QueryResponse": {"totalCount": 250}, "time": TIME}))
    assert client(wire).count("Invoice", "Balance > '0'") == 250
    assert statement(wire.asked[0]) == "SELECT count(*) FROM Invoice WHERE Balance > '0'"


def test_changes_are_asked_for_all_entities_in_one_call_since_a_moment_with_its_zone() -> None:
    body = {"CDCResponse": [{"QueryResponse": [{"Customer": [{"Id": "1"}]}, {}]}], "time": TIME}
    wire = Wire(answer(body))
    since = datetime(2026, 11, 2, 8, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    changes = client(wire).changes_since(["Customer", "Invoice"], since)
    assert [record.id for record in changes.records] == ["1"]
    assert changes.time == datetime(2026, 11, 2, 16, 14, 54, 810_000, tzinfo=UTC)
    assert dict(wire.asked[0].url.params) == {
        "entities": "Customer,Invoice",
        "changedSince": "2026-11-02T08:00:00+02:00",
        "minorversion": "75",
    }
    assert b"%2B02" in wire.asked[0].url.query


def test_changes_since_a_moment_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        client(Wire(rows())).changes_since(["Customer"], datetime(2026, 11, 2))  # noqa: DTZ001


def test_preferences_and_company_are_read_by_their_own_addresses() -> None:
    wire = Wire(answer({"Preferences": {"Id": "1"}, "time": TIME}), answer({"CompanyInfo": {"Id": "1"}, "time": TIME}))
    books = client(wire)
    assert books.preferences().entity == "Preferences"
    assert books.company_info().entity == "CompanyInfo"
    assert [request.url.path for request in wire.asked] == [
        f"/v3/company/{REALM}/preferences",
        f"/v3/company/{REALM}/companyinfo/{REALM}",
    ]


def test_a_pdf_comes_as_it_is() -> None:
    wire = Wire(answer(content=b"%PDF-1.7 x", **{"Content-Type": "application/pdf"}))
    assert client(wire).pdf("Invoice", "7") == b"%PDF-1.7 x"
    assert (wire.asked[0].url.path, wire.asked[0].headers["accept"]) == (
        f"/v3/company/{REALM}/invoice/7/pdf",
        "application/pdf",
    )


def test_something_else_than_a_pdf_is_not_passed_on() -> None:
    with pytest.raises(Retryable):
        client(Wire(answer({"a": 1}))).pdf("Invoice", "7")


def test_a_batch_goes_out_byte_for_byte_under_its_request_id() -> None:
    wire = Wire(answer({"BatchItemResponse": [{"Customer": {"Id": "81"}, "bId": "b1"}], "time": TIME}))
    body = b'{"BatchItemRequest":[{"bId":"b1"}] }'
    reply = client(wire).batch(body, request_id="7b1c")
    assert isinstance(reply.items["b1"], Record)
    assert reply.time == datetime(2026, 11, 2, 16, 14, 54, 810_000, tzinfo=UTC)
    (request,) = wire.asked
    assert (request.method, request.content, request.headers["content-type"]) == ("POST", body, "application/json")
    assert dict(request.url.params) == {"minorversion": "75", "requestid": "7b1c"}


@pytest.mark.parametrize("request_id", ["", "x" * 37])
def test_a_batch_needs_a_request_id_that_quickbooks_keeps(request_id: str) -> None:
    with pytest.raises(ValueError, match="36"):
        client(Wire(rows())).batch(b"{}", request_id=request_id)


def test_an_invoice_is_mailed_with_an_empty_body_and_a_request_id() -> None:
    wire = Wire(answer({"Invoice": {"Id": "7", "EmailStatus": "EmailSent"}, "time": TIME}))
    assert client(wire).send("Invoice", "7", to="a+b@c.test", request_id="r1").body["EmailStatus"] == "EmailSent"
    (request,) = wire.asked
    assert (request.method, request.content, request.headers["content-type"]) == (
        "POST",
        b"",
        "application/octet-stream",
    )
    assert dict(request.url.params) == {"sendTo": "a+b@c.test", "minorversion": "75", "requestid": "r1"}


def test_a_mail_to_the_documents_own_address_names_none() -> None:
    wire = Wire(answer({"Invoice": {"Id": "7"}, "time": TIME}))
    client(wire).send("Invoice", "7", request_id="r1")
    assert "sendTo" not in wire.asked[0].url.params


ASKING: list[Callable[[Client], Any]] = [
    lambda books: books.read("Customer", "1"),
    lambda books: books.query("Customer"),
    lambda books: list(books.pages("Customer")),
    lambda books: books.count("Customer"),
    lambda books: books.changes_since(["Customer"], datetime.now(UTC)),
    lambda books: books.preferences(),
    lambda books: books.company_info(),
    lambda books: books.pdf("Invoice", "1"),
    lambda books: books.batch(b"{}", request_id="r"),
    lambda books: books.send("Invoice", "1", request_id="r"),
]
NAMES = ["read", "query", "pages", "count", "cdc", "preferences", "company_info", "pdf", "batch", "send"]


@pytest.mark.parametrize("ask", ASKING, ids=NAMES)
def test_a_refused_token_is_refreshed_once_and_the_call_repeated_once(ask: Callable[[Client], Any]) -> None:
    tokens = Tokens()
    wire = Wire(gateway_fault("3200", 401), fault("6000"))
    with pytest.raises(Rejected):
        ask(client(wire, tokens))
    used = [request.headers["authorization"] for request in wire.asked]
    assert used[0] == "Bearer old-1"
    assert used[-1] != "Bearer old-1"
    assert tokens.asked.count(True) == 1


@pytest.mark.parametrize("ask", ASKING, ids=NAMES)
def test_a_token_refused_again_means_reconnect(ask: Callable[[Client], Any]) -> None:
    tokens = Tokens()
    wire = Wire(gateway_fault("3200", 401))
    with pytest.raises(Reconnect):
        ask(client(wire, tokens))
    assert tokens.asked.count(True) == 1
    assert len(wire.asked) <= 3  # a prefetched page is asked once more in the caller's thread


def test_a_repeated_write_is_the_same_request() -> None:
    wire = Wire(gateway_fault("3200", 401), answer({"BatchItemResponse": []}))
    client(wire, Tokens()).batch(b'{"x":1}', request_id="r1")
    first, second = wire.asked
    assert (first.content, first.url) == (second.content, second.url)


def test_an_app_that_is_refused_is_not_refreshed() -> None:
    tokens = Tokens()
    with pytest.raises(Reconnect) as raised:
        client(Wire(gateway_fault("3100", 403)), tokens).read("Customer", "1")
    assert tokens.asked == [False]
    assert "production or sandbox" in raised.value.user_text


@pytest.mark.parametrize(("code", "reason"), [("120", "admin"), ("130", "moved")])
def test_a_lost_admin_or_a_moved_company_pauses_and_is_not_refreshed(code: str, reason: str) -> None:
    tokens = Tokens()
    with pytest.raises(Paused) as raised:
        client(Wire(gateway_fault(code, 401)), tokens).read("Customer", "1")
    assert (tokens.asked, raised.value.reason) == ([False], reason)


def test_a_refresh_that_fails_is_what_the_caller_sees() -> None:
    def access_token(force: bool) -> str:
        if force:
            raise Reconnect("invalid_grant", code="invalid_grant")
        return "old"

    with pytest.raises(Reconnect, match="invalid_grant"):
        client(Wire(gateway_fault("3200", 401)), access_token).read("Customer", "1")


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", b'{"QueryResp', b"[]", b"{}"])
@pytest.mark.parametrize(("ask", "write"), list(zip(ASKING, [False] * 8 + [True] * 2, strict=True)), ids=NAMES)
def test_a_success_nobody_can_read_is_retryable_and_in_doubt_only_for_a_write(
    ask: Callable[[Client], Any], write: bool, content: bytes
) -> None:
    wire = Wire(httpx2.Response(200, content=content))
    with pytest.raises(Retryable) as raised:
        ask(client(wire))
    assert raised.value.in_doubt == write
    assert "Sign in" not in str(raised.value)


@pytest.mark.parametrize("ask", ASKING, ids=NAMES)
def test_a_fault_under_a_success_is_still_a_fault(ask: Callable[[Client], Any]) -> None:
    with pytest.raises(Throttled):
        ask(client(Wire(answer(content=XML_THROTTLE, **{"Content-Type": "application/xml"}))))
    stale = answer({"Fault": {"Error": [{"Message": "Stale", "code": "5010"}]}, "time": TIME})
    with pytest.raises(Stale):
        ask(client(Wire(stale)))


def test_calls_say_what_they_are_and_which_are_metered() -> None:
    calls: list[Call] = []
    for ask in ASKING:
        books = client(Wire(rows()), on_call=calls.append)
        try:
            ask(books)
        except QuickBooksError:  # every question gets the answer of a query here; only the Call is looked at
            continue
    told = [(call.verb, call.entity, call.id, call.metered, call.request_id) for call in calls]
    assert told == [
        ("read", "Customer", "1", True, ""),
        ("query", "Customer", "", True, ""),
        ("query", "Customer", "", True, ""),
        ("count", "Customer", "", True, ""),
        ("cdc", "Customer", "", True, ""),
        ("read", "Preferences", "", True, ""),
        ("read", "CompanyInfo", "", True, ""),
        ("pdf", "Invoice", "1", True, ""),
        ("batch", "", "", False, "r"),
        ("send", "Invoice", "1", False, "r"),
    ]

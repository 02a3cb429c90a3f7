"""One call: what is repeated, what is in doubt, what is told to the log."""

import logging
import threading
from typing import Any

import httpx2
import pytest

from buddy.quickbooks.errors import Gone, Reconnect, Rejected, Retryable, Throttled
from buddy.quickbooks.http import Http, Limiter
from buddy.quickbooks.records import Call
from tests.quickbooks.wire import Wire, answer, fault, gateway_fault

URL = "https://quickbooks.test/v3/company/1/query"
LOST = [
    httpx2.ReadTimeout("slow"),
    httpx2.WriteTimeout("slow"),
    httpx2.ReadError("reset"),
    httpx2.WriteError("reset"),
    httpx2.RemoteProtocolError("Server disconnected without sending a response."),
    httpx2.DecodingError("bad gzip"),
    ConnectionResetError("reset"),
]
UNSENT = [
    httpx2.ConnectError("refused"),
    httpx2.ConnectTimeout("slow"),
    httpx2.PoolTimeout("full"),
    httpx2.ProxyError("407"),
]


def read(wire: Wire, **rest: Any) -> Any:
    return Http(transport=wire).request("GET", URL, **rest)


def write(wire: Wire, **rest: Any) -> Any:
    return Http(transport=wire).request("POST", URL, content=b"{}", write=True, **rest)


def test_a_success_is_answered_with_status_content_and_trace() -> None:
    response = read(Wire(answer({"a": 1})))
    assert (response.status, response.content, response.trace_id) == (200, b'{"a": 1}', "1-tid")


@pytest.mark.parametrize("failure", [*LOST, *UNSENT], ids=lambda failure: type(failure).__name__)
def test_a_read_is_repeated_when_the_wire_fails(failure: Exception) -> None:
    wire = Wire(failure, failure, answer({}))
    assert read(wire).status == 200
    assert len(wire.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_repeated_when_the_server_fails(status: int) -> None:
    wire = Wire(answer(status=status, content=b"<html>"), answer({}))
    assert read(wire).status == 200
    assert len(wire.asked) == 2


def test_a_read_is_given_up_after_four_attempts_and_is_not_in_doubt() -> None:
    wire = Wire(httpx2.ReadTimeout("slow"))
    with pytest.raises(Retryable) as raised:
        read(wire)
    assert len(wire.asked) == 4
    assert not raised.value.in_doubt


def test_a_failing_read_of_a_server_error_is_not_in_doubt() -> None:
    with pytest.raises(Retryable) as raised:
        read(Wire(answer(status=504, content=b"<html>")))
    assert not raised.value.in_doubt


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        (gateway_fault("3001", 429), Throttled),
        (fault("610"), Gone),
        (gateway_fault("3200", 401), Reconnect),
        (fault("4000"), Rejected),
        (answer(status=302, content=b"x"), Rejected),
    ],
)
def test_a_refused_read_is_not_repeated(refusal: httpx2.Response, remedy: type[Exception]) -> None:
    wire = Wire(refusal)
    with pytest.raises(remedy):
        read(wire)
    assert len(wire.asked) == 1


def test_a_read_is_not_repeated_before_the_time_the_server_named() -> None:
    wire = Wire(answer(status=503, content=b"", **{"Retry-After": "30"}))
    with pytest.raises(Retryable) as raised:
        read(wire)
    assert (len(wire.asked), raised.value.wait) == (1, 30.0)


@pytest.mark.parametrize("failure", LOST, ids=lambda failure: type(failure).__name__)
def test_a_write_without_an_answer_is_in_doubt_and_never_repeated(failure: Exception) -> None:
    wire = Wire(failure)
    with pytest.raises(Retryable) as raised:
        write(wire)
    assert len(wire.asked) == 1
    assert raised.value.in_doubt


@pytest.mark.parametrize("failure", UNSENT, ids=lambda failure: type(failure).__name__)
def test_a_write_that_was_never_sent_is_not_in_doubt(failure: Exception) -> None:
    wire = Wire(failure)
    with pytest.raises(Retryable) as raised:
        write(wire)
    assert len(wire.asked) == 1
    assert not raised.value.in_doubt


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_with_a_server_error_is_in_doubt_and_never_repeated(status: int) -> None:
    wire = Wire(fault("10000", status=status))
    with pytest.raises(Retryable) as raised:
        write(wire)
    assert len(wire.asked) == 1
    assert raised.value.in_doubt


def test_a_throttled_write_did_nothing() -> None:
    with pytest.raises(Throttled) as raised:
        write(Wire(gateway_fault("3001", 429)))
    assert not raised.value.in_doubt


def test_a_request_id_used_before_leaves_the_write_in_doubt() -> None:
    with pytest.raises(Retryable) as raised:
        write(Wire(fault("600")))
    assert (raised.value.in_doubt, raised.value.code) == (True, "600")


def test_a_write_may_take_as_long_as_the_server_does_and_a_read_less() -> None:
    wire = Wire(answer({}))
    http = Http(transport=wire)
    http.request("GET", URL)
    http.request("POST", URL, content=b"", write=True)
    reading, writing = (request.extensions["timeout"] for request in wire.asked)
    assert (reading["connect"], reading["read"], writing["connect"], writing["read"]) == (10.0, 60.0, 10.0, 130.0)


def test_a_guard_stops_the_call_before_anything_is_sent() -> None:
    def guard() -> None:
        raise RuntimeError("inside a transaction")

    wire = Wire(answer({}))
    with pytest.raises(RuntimeError, match="inside a transaction"):
        Http(transport=wire, before_call=guard).request("GET", URL)
    assert wire.asked == []


def test_every_attempt_is_told_with_what_it_was_for() -> None:
    calls: list[Call] = []
    wire = Wire(httpx2.ReadTimeout("slow"), answer(status=503, content=b""), answer({}))
    Http(transport=wire, on_call=calls.append).request(
        "GET", URL, params={"query": "select * from Customer"}, verb="query", entity="Customer", id="7", metered=True
    )
    assert [(call.status, call.code, call.metered, call.trace_id) for call in calls] == [
        (None, "ReadTimeout", False, ""),
        (503, "", False, "1-tid"),
        (200, "", True, "1-tid"),
    ]
    assert {(call.verb, call.entity, call.id, call.method, call.path) for call in calls} == {
        ("query", "Customer", "7", "GET", "/v3/company/1/query")
    }


def test_only_a_metered_read_that_succeeded_counts_as_metered() -> None:
    calls: list[Call] = []
    wire = Wire(fault("610"), answer({}))
    http = Http(transport=wire, on_call=calls.append)
    with pytest.raises(Gone):
        http.request("GET", URL, metered=True)
    http.request("GET", URL, metered=True)
    http.request("POST", URL, write=True)
    assert [(call.metered, call.code) for call in calls] == [(False, "610"), (True, ""), (False, "")]


def test_the_log_has_one_line_a_call_without_secrets_values_or_questions(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(answer({"secret": "body"}), fault("6240", "Duplicate Name Exists Error", "Amy"))
    http = Http(transport=wire)
    with caplog.at_level(logging.DEBUG):
        http.request(
            "GET",
            URL,
            params={"query": "a@b.test"},
            headers={"Authorization": "Bearer eyJtoken"},
            verb="query",
            entity="Customer",
        )
        with pytest.raises(Exception, match="6240"):
            http.request(
                "POST", URL, content=b"Amy", write=True, verb="batch", request_id="r-1", auth=("client", "hidden")
            )
    lines = [record.getMessage() for record in caplog.records if record.name.startswith(("buddy", "httpx2"))]
    assert len(lines) == 2
    assert lines[0].startswith("query Customer - status=200 code=- ")
    assert "trace=1-tid" in lines[0]
    assert lines[1].startswith("batch /v3/company/1/query - status=400 code=6240 ")
    assert "request=r-1" in lines[1]
    for hidden in ("eyJtoken", "a@b.test", "Amy", "secret", "hidden", "select"):
        assert hidden not in " ".join(lines)


def test_an_address_keeps_its_own_question() -> None:
    wire = Wire(answer({}))
    Http(transport=wire).request("GET", f"{URL}?a=1")
    assert str(wire.asked[0].url) == f"{URL}?a=1"


def test_the_user_agent_is_sent() -> None:
    wire = Wire(answer({}))
    Http(transport=wire, user_agent="Buddy/1").request("GET", URL)
    assert wire.asked[0].headers["user-agent"] == "Buddy/1"


def test_no_more_calls_than_allowed_are_under_way_at_once() -> None:
    under_way, most, lock, enough = 0, 0, threading.Lock(), threading.Event()

    def slow(_request: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        enough.wait(0.05)
        with lock:
            under_way -= 1
        return answer({})

    http = Http(transport=Wire(slow), limiter=Limiter(per_second=100, concurrent=2))
    threads = [threading.Thread(target=lambda: http.request("GET", URL)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2

"""Every way QuickBooks says no, in every shape it says it (api 9)."""

import json
from html import escape

import pytest

from buddy.quickbooks.errors import (
    Duplicate,
    Gone,
    Paused,
    QuickBooksError,
    Reconnect,
    Rejected,
    Retryable,
    Stale,
    Throttled,
)
from buddy.quickbooks.faults import FAULTS, Fault, fault, from_item

# What api 9.2 demands, said again here and not read from the table: HTTP status, code, remedy, and what stands in
# Message and Detail.
TABLE = [
    (401, "3200", Reconnect, "message=AuthenticationFailed; errorCode=003200; statusCode=401", "Token revoked"),
    (401, "100", Reconnect, "General Authentication Error", ""),
    (403, "3100", Reconnect, "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403", ""),
    (
        429,
        "3001",
        Throttled,
        "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        "The request limit was reached.  Try again later",
    ),
    (401, "120", Paused, "Authorization Failure", "-11014-You do not have access to use QuickBooks Online Plus."),
    (401, "130", Paused, "Wrong Cluster", "-11017-You have accessed the wrong server."),
    (503, "140", Retryable, "Company locked", ""),
    (400, "150", Retryable, "Maintenance", ""),
    (
        400,
        "500",
        Rejected,
        "Unsupported Operation",
        "Operation Could not find resource for relative : /v3/company/1/invioce is not supported.",
    ),
    (400, "600", Retryable, "Duplicate Request ID", ""),
    (400, "610", Gone, "Object Not Found", "Object Not Found : Something you're trying to use has been made inactive."),
    (400, "620", Rejected, "Transaction cannot be linked", ""),
    (400, "700", Rejected, "Parent invalid", ""),
    (400, "800", Rejected, "Cannot delete", ""),
    (400, "900", Rejected, "Own child", ""),
    (400, "1040", Rejected, "Batch too big", ""),
    (
        400,
        "2010",
        Rejected,
        "Request has invalid or unsupported property",
        'Property Name:Unrecognized field "X" (class Invoice)\n specified is unsupported or invalid',
    ),
    (400, "2020", Rejected, "Required param missing", "Required parameter Line is missing in the request"),
    (400, "2030", Rejected, "Invalid ID", "Id should be a valid number. Supplied value:1.5"),
    (400, "2040", Rejected, "Invalid string", ""),
    (400, "2050", Rejected, "String length", "Min:0 Max:21 supported. Supplied length:45"),
    (400, "2060", Rejected, "Invalid date", ""),
    (400, "2070", Rejected, "Invalid date range", ""),
    (400, "2080", Rejected, "Invalid number", ""),
    (400, "2090", Rejected, "Number out of range", ""),
    (400, "2130", Rejected, "Invalid Request Id Format", ""),
    (400, "2170", Rejected, "Invalid Enumeration", "VALUE"),
    (400, "2210", Rejected, "Invalid email", ""),
    (400, "2500", Rejected, "Invalid Reference Id", "Invalid Reference Id : Items element id 12 not found"),
    (400, "3000", Rejected, "Custom field", ""),
    (
        400,
        "4000",
        Rejected,
        "Error parsing query",
        'QueryParserError: Encountered " <IDENTIFIER> "s "" at line 1, column 48.',
    ),
    (400, "4001", Rejected, "Invalid query", "QueryValidationError: invalid context declaration: Custmoer"),
    (400, "4002", Rejected, "Query unsupported", ""),
    (400, "5000", Retryable, "Internal data error", ""),
    (400, "5010", Stale, "Stale Object Error", "You and June Lindqvist were working on this at the same time."),
    (400, "5020", Rejected, "Permission denied", ""),
    (400, "5030", Paused, "Feature not supported", ""),
    (
        400,
        "6000",
        Rejected,
        "A business validation error has occurred while processing your request",
        "Business Validation Error: You must set a transaction amount.",
    ),
    (
        400,
        "6070",
        Rejected,
        "Amount calculation incorrect in the request",
        "Amount is not equal to UnitPrice * Qty. Supplied value:10",
    ),
    (400, "6080", Rejected, "No name", ""),
    (400, "6090", Rejected, "Discount line", ""),
    (400, "6100", Rejected, "Line tax code", ""),
    (400, "6130", Rejected, "Business rule", ""),
    (
        400,
        "6140",
        Duplicate,
        "Duplicate Document Number Error",
        "DocNumber=1042 is assigned to TxnType=Invoice with TxnId=311",
    ),
    (400, "6150", Rejected, "Business rule", ""),
    (400, "6160", Rejected, "Business rule", ""),
    (400, "6180", Rejected, "Too deep", ""),
    (
        400,
        "6190",
        Paused,
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : x",
    ),
    (400, "6200", Rejected, "Account Period Closed", ""),
    (400, "6210", Rejected, "Account Period Closed", ""),
    (400, "6220", Rejected, "Has balance", ""),
    (
        400,
        "6240",
        Duplicate,
        "Duplicate Name Exists Error",
        "The name supplied already exists. : Another customer is already using this name.",
    ),
    (400, "6250", Rejected, "Invalid sales customer", ""),
    (400, "6270", Rejected, "Transaction date", "Transactions with inventory (QOH) products cant be dated earlier"),
    (400, "6520", Rejected, "Quantity required", ""),
    (400, "6540", Rejected, "Deposited Transaction cannot be changed", ""),
    (
        500,
        "10000",
        Retryable,
        "An application error has occurred while processing your request",
        "System Failure Error",
    ),
]

JSON = "application/json;charset=utf-8"


def business(code: str, message: str, detail: str) -> tuple[bytes, str]:
    said = {"Message": message, "Detail": detail, "code": code, "element": ""}
    return json.dumps(
        {"Fault": {"Error": [said], "type": "ValidationFault"}, "time": "2026-11-02T08:31:10.262-08:00"}
    ).encode(), JSON


def bare(code: str, message: str, detail: str) -> tuple[bytes, str]:
    """As recorded for 2030: neither element nor time, and no charset."""
    return json.dumps(
        {"Fault": {"Error": [{"Message": message, "Detail": detail, "code": code}]}}
    ).encode(), "application/json"


def gateway(code: str, message: str, detail: str) -> tuple[bytes, str]:
    said = {"message": message, "detail": detail or None, "code": code, "element": None}
    body = {
        "warnings": None,
        "fault": {"error": [said], "type": "SERVICE"},
        "batchItemResponse": [],
        "time": 1793637070830,
    }
    return json.dumps(body).encode(), JSON


def xml(code: str, message: str, detail: str) -> tuple[bytes, str]:
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="2026-11-02T08:31:10Z" '
        f'xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="{code.zfill(6)}" element="">'
        f"<Message>{escape(message)}</Message><Detail>{escape(detail)}</Detail></Error></Fault></IntuitResponse>"
    )
    return text.encode(), "application/xml"


SHAPES = [business, bare, gateway, xml]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("status", "code", "remedy", "message", "detail"), TABLE, ids=[row[1] for row in TABLE])
def test_a_code_has_its_remedy_in_every_shape(shape, status, code, remedy, message, detail) -> None:  # type: ignore[no-untyped-def]
    body, content_type = shape(code, message, detail)
    error = fault(status, body, content_type, {"intuit_tid": "1-abc"})
    assert type(error) is remedy
    assert (error.code, error.message, error.detail, error.status, error.trace_id) == (
        code,
        message,
        detail,
        status,
        "1-abc",
    )


@pytest.mark.parametrize(("status", "code", "remedy", "message", "detail"), TABLE, ids=[row[1] for row in TABLE])
def test_a_batch_item_has_the_remedy_of_its_code(status, code, remedy, message, detail) -> None:  # type: ignore[no-untyped-def]
    item = {"Error": [{"Message": message, "Detail": detail, "code": code, "element": ""}], "type": "ValidationFault"}
    error = from_item(item)
    assert type(error) is remedy
    assert (error.code, error.status) == (code, None)


def test_the_table_has_one_row_for_each_code_of_the_reference() -> None:
    assert sorted(row.code for row in FAULTS) == sorted(row[1] for row in TABLE)


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.code)
def test_every_text_says_what_happened_what_it_means_and_what_to_do(row: Fault) -> None:
    text = from_item({"Error": [{"code": row.code}]}).user_text
    assert "Nothing is lost" in text or "Nothing was changed in QuickBooks" in text
    assert text.count(". ") + text.endswith(".") >= 3
    for forbidden in (
        "token",
        "payload",
        "webhook",
        "cdc",
        "cursor",
        "realm",
        "outbox",
        "entity",
        "error",
        "oops",
        row.code,
    ):
        assert forbidden not in text.lower().split()


@pytest.mark.parametrize(
    ("code", "reason"), [("120", "admin"), ("130", "moved"), ("6190", "subscription"), ("5030", "plan")]
)
def test_a_pause_names_its_reason(code: str, reason: str) -> None:
    error = from_item({"Error": [{"code": code}]})
    assert isinstance(error, Paused)
    assert error.reason == reason


def test_a_taken_number_names_the_document_that_has_it() -> None:
    detail = "You must specify a different number. DocNumber=SO-1 is assigned to TxnType=Invoice with TxnId=4711"
    error = from_item({"Error": [{"code": "6140", "Detail": detail}]})
    assert isinstance(error, Duplicate)
    assert (error.kind, error.existing_id) == ("number", "4711")


def test_a_taken_name_names_nobody() -> None:
    error = from_item({"Error": [{"code": "6240", "Detail": "The name supplied already exists. : null"}]})
    assert isinstance(error, Duplicate)
    assert (error.kind, error.existing_id) == ("name", "")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [b"", b"<html><body><h1>Bad gateway</h1></body></html>", b"{", b"\xff\xfe", b"[1]", b'"x"']
)
def test_a_server_error_is_retried_whatever_its_body(status: int, body: bytes) -> None:
    error = fault(status, body, "text/html", {})
    assert type(error) is Retryable
    assert error.in_doubt


@pytest.mark.parametrize("code", ["6000", "2020", "5010", "610", "9999"])
def test_a_server_error_is_never_a_final_word_on_a_write(code: str) -> None:
    error = fault(500, *business(code, "x", "y"), {})
    assert type(error) is Retryable
    assert error.in_doubt


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, Reconnect),
        (403, Reconnect),
        (429, Throttled),
        (404, Rejected),
        (400, Rejected),
        (413, Rejected),
        (302, Rejected),
        (408, Retryable),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><style>p{}</style></head><p>Sorry &amp; bye</p>",
        b"{}",
        b'{"Fault":null}',
        b'{"Fault":{"Error":[7]}}',
        b'{"fault":{"error":{}}}',
    ],
)
def test_without_a_readable_fault_the_status_decides(status: int, remedy: type[QuickBooksError], body: bytes) -> None:
    assert type(fault(status, body, "", {})) is remedy


def test_too_many_calls_is_throttling_whatever_the_code() -> None:
    assert type(fault(429, *business("6000", "x", ""), {})) is Throttled


def test_throttling_is_known_by_its_code_under_another_status() -> None:
    error = fault(400, *xml("3001", "ThrottleExceeded", ""), {})
    assert isinstance(error, Throttled)
    assert (error.code, error.wait, error.in_doubt) == ("3001", 60.0, False)


def test_a_wait_named_by_a_proxy_is_kept() -> None:
    error = fault(503, b"", "", {"retry-after": "17"})
    assert isinstance(error, Retryable)
    assert error.wait == 17.0


def test_a_code_nobody_knows_is_rejected_and_never_guessed() -> None:
    error = fault(400, *business("98765", "Something new", "See there"), {})
    assert type(error) is Rejected
    assert (error.code, error.detail) == ("98765", "See there")
    assert "does not know" in error.user_text


def test_of_several_errors_the_first_known_one_counts() -> None:
    body = json.dumps({"Fault": {"Error": [{"code": "77", "Message": "odd"}, {"code": "6240", "Message": "taken"}]}})
    assert type(fault(400, body.encode(), JSON, {})) is Duplicate


def test_an_unfinished_application_error_of_an_item_is_in_doubt_and_a_refusal_is_not() -> None:
    system, internal = (from_item({"Error": [{"code": code}]}) for code in ("10000", "5000"))
    assert isinstance(system, Retryable)
    assert isinstance(internal, Retryable)
    assert (system.in_doubt, internal.in_doubt) == (True, False)


@pytest.mark.parametrize(
    "item", [None, [], "x", {}, {"Error": []}, {"Error": None}, {"Error": [None]}, {"Error": {"code": 5010}}]
)
def test_an_odd_item_fault_is_still_an_error(item: object) -> None:
    assert isinstance(from_item(item), QuickBooksError)


@pytest.mark.parametrize("name", ["intuit_tid", "Intuit-Tid", "INTUIT-TID", "intuit-tid"])
def test_the_trace_id_is_found_in_both_spellings(name: str) -> None:
    assert fault(400, b"", "", {"Date": "x", name: "1-5f"}).trace_id == "1-5f"


def test_the_log_gets_code_status_and_trace_but_no_values() -> None:
    error = fault(400, *business("6240", "Duplicate Name Exists Error", "Amy's Bird Sanctuary"), {"intuit_tid": "1-5f"})
    assert str(error) == "Duplicate Name Exists Error [code=6240 status=400 trace=1-5f]"


def test_a_refused_token_is_not_kept_in_the_detail() -> None:
    token = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..abc"
    error = fault(401, *gateway("3200", "AuthenticationFailed", f"Token expired: {token}"), {})
    assert error.detail == "Token expired: …"


def test_what_an_unexpected_body_says_is_kept_without_its_markup() -> None:
    error = fault(503, b"<html><title>Down</title><p>Back &amp; soon</p></html>", "text/html", {})
    assert error.detail == "Down Back & soon"

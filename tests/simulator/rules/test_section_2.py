"""Addresses, requests, headers and values (section 2)."""

import re
from decimal import Decimal

import httpx2
import pytest

from simulator.app import Simulator
from tests.simulator.caller import Api, Body, exact, sale
from tests.simulator.rules.refusing import refused


def walk(value: object) -> list[object]:
    """Every value there is in a reply, however deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(deep for each in inner for deep in walk(each))]


def test_an_objects_address_is_company_and_entity_in_lower_case(api: Api, customer: Body) -> None:
    """2-3"""
    root = str(api.http.base_url).rstrip("/")
    assert api.http.get(f"{root}/customer/{customer['Id']}").status_code == 200
    for elsewhere in (
        f"{root}/customers/1",
        f"{root}/customer/1/2",
        root.replace("/company/", "/firm/") + "/customer/1",
    ):
        assert api.http.get(elsewhere).json()["Fault"]["Error"][0]["code"] == "500"


@pytest.mark.parametrize("header", [None, "Bearer", "Basic YTpi"])
def test_without_a_bearer_token_there_is_only_401(api: Api, customer: Body, header: str | None) -> None:
    """2.1-1"""
    del api.http.headers["Authorization"]
    response = api.http.get("/customer/1", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert "Harbor" not in response.text


def test_objects_are_posted_as_json(api: Api) -> None:
    """2.1-3"""
    made = api.http.post(
        "/customer", content=b'{"DisplayName":"Caf\xc3\xa9"}', headers={"Content-Type": "application/json"}
    )
    assert made.json()["Customer"]["DisplayName"] == "Café"


def test_send_takes_an_empty_octet_stream(api: Api, invoice: Body) -> None:
    """2.1-5"""
    headers = {"Content-Type": "application/octet-stream"}
    sent = api.http.post(f"/invoice/{invoice['Id']}/send", params={"sendTo": "a@b.co"}, content=b"", headers=headers)
    assert sent.json()["Invoice"]["EmailStatus"] == "EmailSent"


@pytest.mark.parametrize("agent", [None, "anything/1.0"])
def test_the_user_agent_is_free(api: Api, agent: str | None) -> None:
    """2.1-7"""
    del api.http.headers["User-Agent"]
    assert api.http.get("/preferences", headers={"User-Agent": agent} if agent else {}).status_code == 200


@pytest.mark.parametrize("version", ["1", "40", "75"])
def test_any_minor_version_is_75(api: Api, invoice: Body, version: str) -> None:
    """2.1-8"""
    path = f"/invoice/{invoice['Id']}"
    assert api.call("GET", path, minorversion=version)["Invoice"] == api.call("GET", path)["Invoice"]


def test_include_lists_options_and_ignores_what_does_not_concern(api: Api, customer: Body, item: Body) -> None:
    """2.1-10"""
    api.company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [sale(item, 5)], "DocNumber": "7"}
    options = "enhancedAllCustomFields, donotupdateaccountontxns,allowduplicatedocnum"
    assert [api.post("Invoice", body, include=options)["DocNumber"] for _ in range(2)] == ["7", "7"]
    with refused("6140"):
        api.post("Invoice", body, include="enhancedAllCustomFields")


def test_every_reply_has_a_trace_id_of_its_own(sim: Simulator, api: Api, customer: Body) -> None:
    """2.2-3"""
    replies = [api.http.get(path) for path in ("/customer/1", "/customer/1", "/customer/9", "/nowhere")]
    replies.append(api.http.get("/customer/1", headers={"Authorization": "Bearer x"}))
    sim.faults.add("html_503")
    replies.append(api.http.get("/customer/1"))
    assert [reply.status_code for reply in replies] == [200, 200, 400, 400, 401, 503]
    assert len({reply.headers["intuit-tid"] for reply in replies}) == len(replies)


def test_the_trace_id_is_spelled_with_a_hyphen_here_and_an_underscore_there(sim: Simulator, api: Api) -> None:
    """2.2-4"""
    here = {name.decode() for name, _ in api.http.get("/preferences").headers.raw}
    there = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    answered = {name.decode() for name, _ in there.post("/oauth2/v1/tokens/bearer", data=form).headers.raw}
    assert "Intuit-Tid" in here
    assert "intuit_tid" in answered


def test_no_reply_tells_of_limits(sim: Simulator, api: Api) -> None:
    """2.2-5"""
    sim.faults.add("throttle")
    replies = [api.http.get("/preferences") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [429, 200]
    told = {name.lower() for reply in replies for name in reply.headers}
    assert not [name for name in told if name == "retry-after" or "ratelimit" in name]


def test_a_success_has_the_headers_of_2020(api: Api) -> None:
    """2.2-a"""
    headers = api.http.get("/preferences").headers
    trace = headers["intuit-tid"]
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
    assert headers["x-amzn-trace-id"] == f"Root={trace}"
    assert re.fullmatch(r"[0-9a-f]{16}", headers["x-spanid"])
    assert re.fullmatch(r"\d{4}\.\d+", headers["qbo-version"])
    assert re.fullmatch(r"total=\d+, db=\d+", headers["service-time"])
    assert headers["content-type"] == "application/json;charset=utf-8"
    assert headers["strict-transport-security"] == "max-age=15552000"
    assert headers["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert (headers["server"], headers["expires"]) == ("nginx", "0")
    assert "date" in headers
    assert "content-length" not in headers


def test_ids_and_tokens_are_strings_and_a_numeric_token_is_taken(api: Api, customer: Body) -> None:
    """2.3-1"""
    assert (customer["Id"], customer["SyncToken"]) == ("1", "0")
    changed = api.sparse("Customer", {**customer, "SyncToken": 0}, Notes="n")
    assert changed["SyncToken"] == "1"


def test_a_line_amount_has_ten_digits_and_is_kept_to_cents(api: Api, customer: Body, item: Body) -> None:
    """2.3-3"""
    line = sale(item, Decimal("100.12345"), Qty=1, UnitPrice=Decimal("100.12345"))
    with refused("6070"):  # the amount it is compared with has been rounded already
        api.invoice(customer, {**line, "Amount": Decimal("100.13")})
    made = api.invoice(customer, line)["Line"][0]
    assert (made["Amount"], made["SalesItemLineDetail"]["UnitPrice"]) == (Decimal("100.12"), Decimal("100.12345"))
    assert api.invoice(customer, sale(item, 9_999_999_999))["TotalAmt"] == 9_999_999_999
    with refused("2090"):
        api.invoice(customer, sale(item, 10_000_000_000))


@pytest.mark.parametrize("date", ["2026-02-30", "11/02/2026", "tomorrow"])
def test_a_date_is_year_month_day(api: Api, customer: Body, item: Body, date: str) -> None:
    """2.3-4"""
    assert api.invoice(customer, sale(item, 5), TxnDate="2026-02-28")["TxnDate"] == "2026-02-28"
    with refused("2060"):
        api.invoice(customer, sale(item, 5), TxnDate=date)


def test_times_in_objects_have_seconds_and_the_companys_offset(api: Api, customer: Body) -> None:
    """2.3-5"""
    for time in (customer["MetaData"]["CreateTime"], customer["MetaData"]["LastUpdatedTime"]):
        assert re.fullmatch(r"2026-11-02T08:14:\d\d-08:00", time)


def test_the_envelopes_time_has_milliseconds_without_trailing_zeros(api: Api) -> None:
    """2.3-6"""
    times = [api.call("GET", "/preferences")["time"] for _ in range(100)]
    assert all(re.fullmatch(r"2026-11-02T08:1\d:\d\d(\.\d{0,2}[1-9])?-08:00", time) for time in times)
    assert any("." in time for time in times)


def test_what_has_no_value_is_left_out_and_nothing_is_null(api: Api, invoice: Body) -> None:
    """2.3-9"""
    made = api.customer("Quayside", Notes=None, CompanyName="", BillAddr={}, PrimaryPhone={"FreeFormNumber": ""})
    assert not {"Notes", "CompanyName", "BillAddr", "PrimaryPhone", "ParentRef"} & set(made)
    found = [api.call("GET", f"/{entity}/1") for entity in ("customer", "item", "invoice", "term", "account")]
    assert not [value for reply in found for value in walk(reply) if value is None or value == ""]
    gateway = api.http.get("/customer/1", headers={"Authorization": "Bearer x"}).json()
    assert gateway["requestId"] is None


def test_read_only_fields_are_ignored(api: Api) -> None:
    """2.3-10"""
    made = api.customer(Balance=50, BalanceWithJobs=50, FullyQualifiedName="X", Level=3, MetaData={"CreateTime": "no"})
    assert (made["Balance"], made["BalanceWithJobs"], made["FullyQualifiedName"]) == (0, 0, "Harbor Goods")
    assert made["MetaData"]["CreateTime"].startswith("2026")
    changed = api.sparse("Customer", made, domain="X", Balance=7, Notes="n")
    assert (changed["Balance"], changed["domain"]) == (0, "QBO")


@pytest.mark.parametrize("entity", ["Customer", "Item", "Invoice", "Payment", "CreditMemo", "Term"])
def test_a_field_that_does_not_exist_is_refused(api: Api, entity: str) -> None:
    """2.3-11"""
    with refused("2010", f'Unrecognized field "Colour" (class com.intuit.schema.finance.v3.{entity})'):
        api.post(entity, {"Colour": "red"})


def test_enumerations_are_spelled_as_in_traffic(api: Api, invoice: Body) -> None:
    """2.3-12"""
    assert (invoice["PrintStatus"], invoice["EmailStatus"]) == ("NeedToPrint", "NotSet")
    assert not re.search(r'"[A-Z]+_[A-Z_]+"', api.http.get(f"/invoice/{invoice['Id']}").text)


def test_every_reply_is_wrapped_and_has_a_time(api: Api, customer: Body) -> None:
    """2.3-a"""
    batch = exact({"BatchItemRequest": [{"bId": "1", "Query": "select * from Customer"}]})
    replies = [
        api.call("GET", "/customer/1"),
        api.call("GET", "/query", query="select * from Customer"),
        api.call("POST", "/batch", batch),
        api.call("GET", "/cdc", entities="Customer", changedSince="2026-11-01"),
    ]
    assert [list(reply) for reply in replies] == [
        [member, "time"] for member in ("Customer", "QueryResponse", "BatchItemResponse", "CDCResponse")
    ]


def test_objects_are_of_domain_qbo_and_never_sparse(api: Api, customer: Body) -> None:
    """2.3-b"""
    for reply in (customer, api.sparse("Customer", customer, Notes="n"), api.read("Customer", "1")):
        assert (reply["domain"], reply["sparse"]) == ("QBO", False)


@pytest.mark.parametrize(("how", "kept"), [("lose", "Café"), ("keep", "🙂Café"), ("refuse", None)])
def test_emoji_are_lost_in_the_united_states(sim: Simulator, api: Api, how: str, kept: str | None) -> None:
    """2.1-b"""
    sim.choices.exotic_characters = how
    if kept is None:
        with refused("2040"):
            api.customer("🙂Café")
    else:
        assert api.customer("🙂Café")["DisplayName"] == kept
    assert Api(sim, sim.add_company("Maple Ltd", country="CAN")).customer("🙂Café")["DisplayName"] == "🙂Café"

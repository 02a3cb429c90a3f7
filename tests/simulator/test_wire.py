"""What goes over the wire: who is let in, headers, shapes, numbers, order (api 2, 9.1)."""

import re
from datetime import timedelta

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Refused, sale

GATEWAY_KEYS = [
    "warnings", "intuitObject", "fault", "report", "queryResponse", "batchItemResponse", "attachableResponse",
    "syncErrorResponse", "requestId", "time", "status", "cdcresponse",
]  # fmt: skip


def test_a_success_carries_the_recorded_headers(api: Api) -> None:
    """2.2"""
    response = api.http.get("/preferences")
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", response.headers["intuit-tid"])
    assert {"qbo-version", "service-time", "strict-transport-security", "x-spanid"} <= set(response.headers)
    assert "content-length" not in response.headers


def test_a_business_fault_lacks_version_and_service_time(api: Api) -> None:
    """2.2"""
    response = api.http.get("/customer/99")
    assert response.headers["content-type"] == "application/json"
    assert "content-length" in response.headers
    assert "intuit-tid" in response.headers
    assert not {"qbo-version", "service-time"} & set(response.headers)


def test_an_expired_access_token_gets_the_gateways_401(sim: Simulator, api: Api) -> None:
    """9.1 B, 9.2 3200"""
    sim.now += timedelta(hours=1)
    response = api.http.get("/customer/1")
    assert response.status_code == 401
    assert list(response.json()) == GATEWAY_KEYS
    error = response.json()["fault"]["error"][0]
    assert error["code"] == "3200"
    assert error["detail"].startswith("Token expired: eyJ")
    assert response.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'


@pytest.mark.parametrize(("bearer", "detail"), [("short", "Malformed bearer token"), ("x" * 80, "Token revoked")])
def test_a_bad_token_says_why(api: Api, bearer: str, detail: str) -> None:
    """9.2 3200"""
    response = api.http.get("/customer/1", headers={"Authorization": f"Bearer {bearer}"})
    assert detail in response.json()["fault"]["error"][0]["detail"]


def test_another_companys_token_is_refused_with_403(sim: Simulator, api: Api) -> None:
    """9.2 3100"""
    other = sim.add_company("Other Inc")
    response = api.http.get(f"{sim.base_url}/v3/company/{other.realm}/customer/1")
    assert (response.status_code, response.json()["fault"]["error"][0]["code"]) == (403, "3100")
    assert api.http.get(f"{sim.base_url}/v3/company/123/customer/1").status_code == 403


def test_a_lost_admin_role_gives_120(sim: Simulator, api: Api) -> None:
    """1.7"""
    sim.oauth.grants[api.company.realm].admin = False
    with pytest.raises(Refused, match="120"):
        api.read("Customer", "1")


def test_an_ended_subscription_refuses_writes_and_lets_read(company: Company, api: Api) -> None:
    """5.9, 9.2 6190"""
    made = api.customer()
    company.subscription = "EXPIRED"
    with pytest.raises(Refused, match="6190"):
        api.customer("Another")
    assert api.read("Customer", made["Id"])["DisplayName"] == "Harbor Goods"
    assert {"Name": "SubscriptionStatus", "Value": "EXPIRED"} in api.call("GET", "/companyinfo/1")["CompanyInfo"][
        "NameValue"
    ]


def test_who_does_not_ask_for_json_gets_xml(api: Api) -> None:
    """2.1, 9.1 C"""
    made = api.customer("Bits & Pieces")
    good = api.http.get(f"/customer/{made['Id']}", headers={"Accept": "*/*"})
    assert good.headers["content-type"].startswith("application/xml")
    assert "<DisplayName>Bits &amp; Pieces</DisplayName>" in good.text
    bad = api.http.get("/customer/99", headers={"Accept": "application/xml"})
    assert '<Fault type="ValidationFault"><Error code="610">' in bad.text


def test_money_has_two_places_and_zero_is_bare(api: Api) -> None:
    """2.3"""
    invoice = api.invoice(api.customer(), sale(api.item(), 100, Qty=4, UnitPrice=25))
    text = api.http.get(f"/invoice/{invoice['Id']}").text
    assert '"TotalAmt":100.00' in text
    assert '"TotalTax":0}' in text
    assert '"UnitPrice":25,"Qty":4' in text


def test_times_have_seconds_and_the_envelope_milliseconds(api: Api) -> None:
    """2.3"""
    reply = api.call("POST", "/customer", {"DisplayName": "Harbor Goods"})
    assert re.fullmatch(r"2026-11-02T08:1\d:\d\d-08:00", reply["Customer"]["MetaData"]["CreateTime"])
    assert re.fullmatch(r"2026-11-02T08:1\d:\d\d(\.\d{1,3})?-08:00", reply["time"])


def test_names_of_references_are_the_servers(api: Api) -> None:
    """2.3"""
    customer = api.customer()
    lie = {"value": customer["Id"], "name": "Somebody else"}
    invoice = api.post("Invoice", {"CustomerRef": lie, "Line": [sale(api.item(), 5)]})
    assert invoice["CustomerRef"]["name"] == "Harbor Goods"
    api.sparse("Customer", api.read("Customer", customer["Id"]), DisplayName="Harbour Goods")
    assert api.read("Invoice", invoice["Id"])["CustomerRef"]["name"] == "Harbour Goods"


def test_empty_and_read_only_fields_are_ignored_and_left_out(api: Api) -> None:
    """2.3"""
    made = api.customer(Notes="", CompanyName=None, Balance=50, FullyQualifiedName="X")
    assert "Notes" not in made
    assert "CompanyName" not in made
    assert (made["Balance"], made["FullyQualifiedName"]) == (0, "Harbor Goods")


ORDERS = {
    "Invoice": "AllowOnlineACHPayment domain sparse Id SyncToken MetaData CustomField DocNumber TxnDate CurrencyRef "
    "PrivateNote LinkedTxn Line TxnTaxDetail CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr "
    "SalesTermRef DueDate TotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmail Balance",
    "Customer": "Taxable BillAddr Notes Job BillWithParent Balance BalanceWithJobs CurrencyRef PreferredDeliveryMethod "
    "IsProject ClientEntityId domain sparse Id SyncToken MetaData GivenName FamilyName FullyQualifiedName CompanyName "
    "DisplayName PrintOnCheckName Active PrimaryPhone Mobile PrimaryEmailAddr WebAddr",
}


def test_keys_come_in_the_recorded_order(api: Api) -> None:
    """5.3"""
    customer = api.customer(
        WebAddr={"URI": "http://a.example"}, PrimaryEmailAddr={"Address": "a@b.co"}, CompanyName="Harbor Goods Inc",
        BillAddr={"Line1": "1 Pier Rd"}, ShipAddr={"Line1": "1 Pier Rd"}, Notes="n", GivenName="Amy", FamilyName="Lee",
        PrimaryPhone={"FreeFormNumber": "1"}, Mobile={"FreeFormNumber": "2"},
    )  # fmt: skip
    invoice = api.invoice(
        customer, sale(api.item(), 5), PrivateNote="p", CustomerMemo={"value": "m"}, BillEmail={"Address": "a@b.co"},
        SalesTermRef={"value": "2"},
    )  # fmt: skip
    assert [key for key in invoice if key in ORDERS["Invoice"].split()] == ORDERS["Invoice"].split()
    queried = api.query("select * from Customer")["Customer"][0]
    assert [key for key in queried if key in ORDERS["Customer"].split()] == ORDERS["Customer"].split()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_a_wrong_address_or_method_gives_500_as_a_code(api: Api, method: str) -> None:
    """9.2 500"""
    with pytest.raises(Refused) as refused:
        api.call(method, "/customers")
    assert (refused.value.status, refused.value.code) == (400, "500")


def test_bytes_that_are_not_utf8_give_code_500(api: Api) -> None:
    """2.1"""
    response = api.http.post(
        "/customer", content=b'{"DisplayName":"Caf\xe9"}', headers={"Content-Type": "application/json"}
    )
    assert response.json()["Fault"]["Error"][0]["code"] == "500"


def test_broken_json_gives_2010(api: Api) -> None:
    """9.2 2010"""
    response = api.http.post("/customer", content=b'{"DisplayName":', headers={"Content-Type": "application/json"})
    assert response.json()["Fault"]["Error"][0]["code"] == "2010"


def test_the_pdf_is_a_pdf(api: Api) -> None:
    """4.1"""
    invoice = api.invoice(api.customer(), sale(api.item(), 5))
    response = api.http.get(f"/invoice/{invoice['Id']}/pdf", headers={"Accept": "application/pdf"})
    assert response.headers["content-type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-1.4")
    assert b"Invoice 1001" in response.content
    assert response.content.rstrip().endswith(b"%%EOF")


def test_transport_without_sockets_reaches_the_same_api(sim: Simulator) -> None:
    """2"""
    reached = httpx2.Client(transport=httpx2.WSGITransport(app=sim)).get(f"{sim.base_url}/v3/nowhere")
    assert reached.json()["Fault"]["Error"][0]["code"] == "500"

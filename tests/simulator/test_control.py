"""The control API for the books: what scripts and tests ask of a company over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.conftest import REALM

Body = dict[str, Any]


class Control:
    """Verbs of one company over HTTP; what is refused raises with the reply."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http

    def get(self, path: str = "", **params: Any) -> Any:
        return self.http.get(f"/_sim/companies{path}", params=params).raise_for_status().json()

    def act(self, verb: str, **asked: Any) -> Any:
        return self.http.post(f"/_sim/companies/{REALM}/{verb}", json=asked).raise_for_status().json()

    def refused(self, verb: str, **asked: Any) -> Any:
        reply = self.http.post(f"/_sim/companies/{REALM}/{verb}", json=asked)
        assert reply.status_code == 400, reply.text
        return reply.json()


@pytest.fixture
def control(sim: Simulator, company: Company) -> Iterator[Control]:
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url) as http:
        yield Control(http)


@pytest.fixture
def customer(control: Control) -> Body:
    return control.act("create", entity="Customer", body={"DisplayName": "Hotel Albion"})


@pytest.fixture
def invoice(control: Control, customer: Body) -> Body:
    item = {"Name": "Olives", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
    detail = {"ItemRef": {"value": control.act("create", entity="Item", body=item)["Id"]}, "Qty": 2, "UnitPrice": 60}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 120, "SalesItemLineDetail": detail}
    return control.act("create", entity="Invoice", body={"CustomerRef": {"value": customer["Id"]}, "Line": [line]})


def test_companies_are_listed_with_what_they_hold(control: Control, customer: Body) -> None:
    (told,) = control.get()
    assert (told["realm"], told["name"], told["connected"]) == (REALM, "Larkspur Fine Foods LLC", False)
    assert told["records"]["Customer"] == 1


def test_a_company_is_added(sim: Simulator, control: Control) -> None:
    made = control.http.post("/_sim/companies", json={"name": "Northern Deli", "country": "CA", "realm": "77"}).json()
    assert (made["realm"], made["country"]) == ("77", "CA")
    assert sim.companies["77"].name == "Northern Deli"


def test_the_demo_company_can_be_asked_for(control: Control) -> None:
    assert control.http.post("/_sim/companies", json={"demo": True}).json()["records"]["Invoice"] == 250


def test_records_are_read_one_by_one_and_by_condition(control: Control, customer: Body, invoice: Body) -> None:
    assert control.get(f"/{REALM}/Customer/{customer['Id']}")["DisplayName"] == "Hotel Albion"
    assert [each["Id"] for each in control.get(f"/{REALM}/Invoice", where="Balance > '100'")] == [invoice["Id"]]
    assert control.get(f"/{REALM}/invoice", where="Balance > '200'") == []


def test_reading_here_is_not_metered_and_not_logged(sim: Simulator, control: Control, customer: Body) -> None:
    control.get(f"/{REALM}/Customer")
    assert sim.reads(REALM) == 0
    assert list(sim.calls) == []


def test_update_and_deactivate_and_reactivate(control: Control, customer: Body) -> None:
    id = customer["Id"]
    control.act("update", entity="Customer", body={"Id": id, "sparse": True, "Notes": "By the dock"})
    assert control.act("deactivate", entity="Customer", id=id)["DisplayName"] == "Hotel Albion (deleted)"
    after = control.act("reactivate", entity="Customer", id=id)
    assert (after["DisplayName"], after["Notes"]) == ("Hotel Albion", "By the dock")


def test_pay_applies_and_leaves_the_rest_unapplied(control: Control, customer: Body, invoice: Body) -> None:
    paid = control.act(
        "pay", customer=customer["Id"], amount="150.00", invoices={invoice["Id"]: 120}, fields={"PaymentRefNum": "2240"}
    )
    assert (paid["UnappliedAmt"], paid["PaymentRefNum"]) == (30, "2240")
    assert control.get(f"/{REALM}/Invoice/{invoice['Id']}")["Balance"] == 0


def test_void_and_delete(control: Control, customer: Body, invoice: Body) -> None:
    paid = control.act("pay", customer=customer["Id"], amount=120, invoices={invoice["Id"]: 120})
    assert control.act("void", entity="Payment", id=paid["Id"])["TotalAmt"] == 0
    assert control.act("delete", entity="Invoice", id=invoice["Id"])["status"] == "Deleted"
    assert control.get(f"/{REALM}/Invoice") == []


def test_a_credit_is_applied_by_a_payment_of_zero(control: Control, customer: Body, invoice: Body) -> None:
    lines = [line for line in invoice["Line"] if "Id" in line]
    memo = control.act("create", entity="CreditMemo", body={"CustomerRef": {"value": customer["Id"]}, "Line": lines})
    assert control.act("credit", credit_memo=memo["Id"], invoices={invoice["Id"]: 100})["TotalAmt"] == 0
    assert control.get(f"/{REALM}/Invoice/{invoice['Id']}")["Balance"] == 20


def test_customers_are_merged(control: Control, customer: Body, invoice: Body) -> None:
    survivor = control.act("create", entity="Customer", body={"DisplayName": "Albion"})
    control.act("merge", survivor=survivor["Id"], loser=customer["Id"])
    assert control.get(f"/{REALM}/Invoice/{invoice['Id']}")["CustomerRef"]["value"] == survivor["Id"]


def test_send_and_deposit(control: Control, customer: Body, invoice: Body) -> None:
    assert control.act("send", entity="Invoice", id=invoice["Id"], to="ap@a.example")["EmailStatus"] == "EmailSent"
    paid = control.act("pay", customer=customer["Id"], amount=120, invoices={invoice["Id"]: 120})
    control.act("deposit", id=paid["Id"])
    assert control.refused("void", entity="Payment", id=paid["Id"])["Fault"]["Error"][0]["code"] == "6540"


def test_closed_books_refuse_with_the_fault_of_the_api(control: Control, invoice: Body) -> None:
    control.act("close_books", upto="2026-12-31")
    fault = control.refused("void", entity="Invoice", id=invoice["Id"])["Fault"]
    assert (fault["type"], fault["Error"][0]["code"]) == ("ValidationFault", "6210")
    control.act("close_books")
    assert control.act("void", entity="Invoice", id=invoice["Id"])["TotalAmt"] == 0


def test_preferences_are_merged_group_by_group(company: Company, control: Control) -> None:
    control.act("preferences", SalesFormsPrefs={"CustomTxnNumbers": True}, custom_field="P.O. Number")
    assert company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert "AllowShipping" in company.preferences["SalesFormsPrefs"]
    assert company.preferences["SalesFormsPrefs"]["CustomField"]
    control.act("preferences", custom_field="")
    assert company.preferences["SalesFormsPrefs"]["CustomField"] == []


def test_the_connection_is_given_weakened_and_broken(sim: Simulator, control: Control) -> None:
    tokens = control.act("grant", user="Mateo Oduya")
    assert sim.oauth.check(tokens["access_token"]).user == "Mateo Oduya"
    assert control.act("admin", is_admin=False) == {"is_admin": False}
    assert control.act("expire_access") == {"connected": True}
    assert control.act("revoke") == {"connected": False}
    assert not sim.oauth.connected(REALM)


def test_a_lapsed_subscription_refuses_writes(control: Control) -> None:
    control.act("subscription", status="EXPIRED")
    fault = control.refused("create", entity="Customer", body={"DisplayName": "Late"})["Fault"]
    assert fault["Error"][0]["code"] == "6190"


def test_what_the_books_refuse_comes_with_code_and_element(control: Control, customer: Body) -> None:
    taken = control.refused("create", entity="Customer", body={"DisplayName": "hotel albion"})["Fault"]
    assert taken["Error"][0]["code"] == "6240"
    nameless = control.refused("create", entity="Customer", body={})["Fault"]
    assert (nameless["Error"][0]["code"], nameless["Error"][0]["element"]) == ("2020", "DisplayName")


def test_what_is_not_understood_is_said(control: Control) -> None:
    assert "no verb 'explode'; there are admin," in control.refused("explode")["error"]
    assert control.refused("pay", amount=5)["error"] == "missing: customer"
    assert "JSON objects" in control.http.post(f"/_sim/companies/{REALM}/pay", content=b"[1]").text
    assert control.http.get("/_sim/companies/1/Customer").status_code == 404


def test_a_listener_hears_of_every_act(sim: Simulator, control: Control) -> None:
    heard: list[str] = []
    sim.changed = lambda: heard.append("changed")
    control.act("create", entity="Customer", body={"DisplayName": "Heard"})
    control.act("close_books", upto="2026-01-31")
    assert len(heard) >= 2

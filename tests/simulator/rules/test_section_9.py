"""Errors: their shapes and codes (section 9)."""

import re

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, discount, ref, sale
from tests.simulator.rules.bodies import STOCK
from tests.simulator.rules.refusing import refused


def fault(response: httpx2.Response) -> Body:
    body: Body = response.json()
    return body


def test_a_business_fault_has_its_shape(api: Api, customer: Body) -> None:
    """9.1-a, 9.2-39"""
    response = api.http.post("/customer", json={"DisplayName": "Harbor Goods"})
    body = fault(response)
    assert response.status_code == 400
    assert list(body) == ["Fault", "time"]
    assert list(body["Fault"]) == ["Error", "type"]
    [error] = body["Fault"]["Error"]
    assert {"Message", "Detail", "code"} <= set(error) <= {"Message", "Detail", "code", "element"}
    assert error["Detail"] == (
        "The name supplied already exists. : Another customer, vendor or employee is already using this name.  "
        "Please use a different name."
    )


def test_a_code_is_a_string_and_an_element_a_field_empty_or_absent(api: Api) -> None:
    """9.1-b"""
    bodies: list[Body] = [{"CompanyName": "x"}, {"DisplayName": "x", "SalesTermRef": {"value": "9"}}, {"Id": "9"}]
    errors = [fault(api.http.post("/customer", json=body))["Fault"]["Error"][0] for body in bodies]
    assert [error["code"] for error in errors] == ["2020", "2500", "610"]
    assert [error.get("element") for error in errors] == ["DisplayName", "", None]


def test_an_invalid_id_is_refused_without_a_time(api: Api) -> None:
    """9.1-b"""
    assert list(fault(api.http.get("/customer/x"))) == ["Fault"]


@pytest.mark.parametrize(
    ("name", "status", "type"),
    [("unauthorized", 401, "AUTHENTICATION"), ("forbidden", 403, "SERVICE"), ("throttle", 429, "SERVICE")],
)
def test_the_gateway_has_a_shape_of_its_own(sim: Simulator, api: Api, name: str, status: int, type: str) -> None:
    """9.1-c, 9.2-a"""
    sim.faults.add(name)
    response = api.http.get("/preferences")
    body = fault(response)
    assert response.status_code == status
    assert body["fault"]["type"] == type
    assert re.fullmatch(r"\d{13}", str(body["time"]))
    assert (body["warnings"], body["batchItemResponse"], body["cdcresponse"]) == (None, [], [])
    assert set(body["fault"]["error"][0]) == {"message", "detail", "code", "element"}


def test_faults_are_xml_for_who_asks_no_json_and_throttling_sometimes_anyway(sim: Simulator, api: Api) -> None:
    """9.1-d"""
    sim.faults.add("throttle_xml")
    throttled = api.http.get("/preferences")
    unasked = api.http.get("/customer/9", headers={"Accept": "*/*"})
    for response, code in ((throttled, "3001"), (unasked, "610")):
        assert response.headers["content-type"].startswith("application/xml")
        assert "<IntuitResponse " in response.text
        assert 'xmlns="http://schema.intuit.com/finance/v3"' in response.text
        assert f'<Error code="{code}"' in response.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("unauthorized", "message=AuthenticationFailed; errorCode=003200; statusCode=401"),
        ("forbidden", "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"),
        ("throttle", "message=ThrottleExceeded; errorCode=003001; statusCode=429"),
    ],
)
def test_the_gateway_says_the_recorded_words(sim: Simulator, api: Api, name: str, message: str) -> None:
    """9.2-1, 9.2-2, 9.2-3"""
    sim.faults.add(name)
    assert fault(api.http.get("/preferences"))["fault"]["error"][0]["message"] == message


def test_a_company_that_was_moved_answers_in_xml(sim: Simulator, api: Api) -> None:
    """9.2-6, 9.1-d"""
    sim.faults.add("wrong_cluster")
    response = api.http.get("/preferences")
    assert response.status_code == 401
    assert '<Error code="130"' in response.text
    assert "-11017-You have accessed the wrong server" in response.text


@pytest.mark.parametrize(("name", "status", "code"), [("company_locked", 400, "140"), ("maintenance", 503, "150")])
def test_a_company_may_be_locked_or_maintained(sim: Simulator, api: Api, name: str, status: int, code: str) -> None:
    """9.2-7"""
    sim.faults.add(name)
    with refused(code, status=status):
        api.customer()
    assert api.customer()["Id"] == "1"


def test_another_body_under_a_used_requestid_may_be_refused(sim: Simulator, api: Api) -> None:
    """9.2-9"""
    sim.choices.request_id_conflict = "refuse"
    first = api.post("Customer", {"DisplayName": "Harbor"}, requestid="once")
    assert api.post("Customer", {"DisplayName": "Harbor"}, requestid="once") == first
    with refused("600"):
        api.post("Customer", {"DisplayName": "Quay"}, requestid="once")


def test_610_says_inactive_deleted_or_deleted_by_another(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """9.2-10"""
    gone = api.invoice(customer, sale(item, 5))
    company.delete("Invoice", gone["Id"])
    with refused("610", "Another user has deleted this transaction."):
        api.read("Invoice", gone["Id"])
    with refused("610", "has been deleted"):
        api.payment(customer, 5, {"99": 5})
    company.deactivate("Item", item["Id"])
    with refused("610", "Something you're trying to use has been made inactive."):
        api.invoice(customer, sale(item, 5))


def test_an_unknown_field_comes_with_all_known_ones(api: Api) -> None:
    """9.2-14"""
    error = fault(api.http.post("/invoice", json={"Colour": "red"}))["Fault"]["Error"][0]
    assert error["Message"] == "Request has invalid or unsupported property"
    assert re.fullmatch(
        r'Property Name:Unrecognized field "Colour" \(class com\.intuit\.schema\.finance\.v3\.Invoice\), not marked as '
        r"ignorable \(\d+ known properties: .*\bDocNumber\b.*\]\)\n specified is unsupported or invalid",
        error["Detail"],
    )


@pytest.mark.parametrize("id", ["1.5", "x", "-1", "１"])
def test_an_id_is_a_number(api: Api, id: str) -> None:
    """9.2-16"""
    with refused("2030", f"Id should be a valid number. Supplied value:{id}", element="Id"):
        api.post("Customer", {"Id": id, "SyncToken": "0", "sparse": True, "Notes": "n"})


@pytest.mark.parametrize(
    ("rule", "code", "fields"),
    [
        ("9.2-19", "2060", {"TxnDate": "soon"}), ("9.2-19", "2060", {"DueDate": "2026-02-30"}),
        ("9.2-20", "2080", {"Deposit": "much"}), ("9.2-20", "2090", {"Deposit": 10**12}),
        ("9.2-22", "2170", {"PrintStatus": "Perhaps"}), ("9.2-24", "2500", {"CustomerRef": {"value": "77"}}),
        ("9.2-17", "2040", {"DisplayName": "a:b"}), ("9.2-23", "2210", {"BillEmail": {"Address": "nobody"}}),
    ],
)  # fmt: skip
def test_a_bad_value_has_its_code(api: Api, customer: Body, item: Body, rule: str, code: str, fields: Body) -> None:
    head = {"CustomerRef": ref(customer), "Line": [sale(item, 5)], **fields}
    with refused(code):
        api.post("Customer" if "DisplayName" in fields else "Invoice", fields if "DisplayName" in fields else head)


def test_a_date_has_its_range(api: Api, customer: Body, item: Body) -> None:
    """9.2-19"""
    with refused("2070"):
        api.invoice(customer, sale(item, 5), TxnDate="0026-11-02")


@pytest.mark.parametrize(("value", "shown"), [("Perhaps", "Invalid Enumeration : Perhaps")])
def test_a_bad_enumeration_names_the_value(api: Api, customer: Body, item: Body, value: str, shown: str) -> None:
    """9.2-22"""
    with refused("2170", shown):
        api.invoice(customer, sale(item, 5), PrintStatus=value)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"CustomerRef": {"value": "77"}}, "Names element id 77"),
        ({"Line": [sale({"Id": "77"}, 5)]}, "Items element id 77"),
    ],
)  # fmt: skip
def test_a_bad_reference_names_its_list(api: Api, customer: Body, item: Body, fields: Body, named: str) -> None:
    """9.2-24"""
    with refused("2500", f"Invalid Reference Id : {named} not found"):
        api.post("Invoice", {"CustomerRef": ref(customer), "Line": [sale(item, 5)], **fields})
    with refused("2500", "Accounts element id 777 not found"):
        api.item("Pine", IncomeAccountRef={"value": "777"})


def test_a_name_that_is_missing_has_a_code_of_its_own_by_a_switch(sim: Simulator, api: Api) -> None:
    """9.2-34"""
    with refused("2020"):
        api.post("Customer", {"CompanyName": "x"})
    sim.choices.own_codes = True
    with refused("6080"):
        api.post("Customer", {"CompanyName": "x"})


def test_a_second_discount_and_a_line_without_tax_have_codes_of_their_own_by_a_switch(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body
) -> None:
    """9.2-34"""
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    canadian = Api(sim, sim.add_company("Maple Ltd", country="CAN"))
    for switched, codes in ((False, ("6000", "6000")), (True, ("6090", "6100"))):
        sim.choices.own_codes = switched
        with refused(codes[0]):
            api.invoice(customer, sale(item, 100), discount(percent=5), discount(amount=5))
        name = f"C{switched}"
        with refused(codes[1]):
            canadian.invoice(canadian.customer(name), sale(canadian.item(name), 5))


@pytest.mark.parametrize("code", ["6200", "6210"])
def test_closed_books_have_either_code(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body, code: str
) -> None:
    """9.2-37"""
    sim.choices.closed_books_code = code
    company.close_books("2026-10-31")
    with refused(code):
        api.invoice(customer, sale(item, 5), TxnDate="2026-10-31")


def test_what_has_a_balance_may_have_to_stay_active(sim: Simulator, api: Api, customer: Body, invoice: Body) -> None:
    """9.2-38"""
    sim.choices.inactivate_with_balance = "refuse"
    with refused("6220"):
        api.sparse("Customer", api.read("Customer", customer["Id"]), Active=False)


def test_stock_is_not_sold_before_it_was_counted(api: Api, customer: Body) -> None:
    """9.2-41"""
    text = (
        "Transactions with inventory (QOH) products cant be dated earlier than the Inventory Start Date for the product"
    )
    item = api.item(**STOCK)
    with refused("6270", text, element=""):
        api.invoice(customer, sale(item, 5), TxnDate="2026-09-30")


def test_a_fault_has_one_of_the_known_types(sim: Simulator, api: Api) -> None:
    """9.2-a"""
    types = [fault(api.http.get("/customer/9"))["Fault"]["type"]]
    sim.faults.add("error_500")
    types.append(fault(api.http.get("/customer/9"))["Fault"]["type"])
    sim.oauth.grants[api.company.realm].admin = False
    types.append(fault(api.http.get("/customer/9"))["Fault"]["type"])
    assert types == ["ValidationFault", "SystemFault", "AuthorizationFault"]


def test_a_good_answer_may_hold_faults(api: Api) -> None:
    """9.2-b"""
    answers = api.batch({"bId": "1", "operation": "create", "Customer": {}})
    assert answers[0]["Fault"]["Error"][0]["code"] == "2020"

"""Whatever a client sends, it gets a fault of QuickBooks' kind, never a crash (api 9)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.app import Simulator
from simulator.company import Company
from simulator.schema import ENTITIES
from tests.simulator.caller import Api, sale

ODD = [
    None, "", "x", " ", "7", 0, -1, 1.5, 10**15, True, [], {}, [1], [None], [{}], [[]], {"value": 1}, {"value": None},
    {"value": {"a": 1}}, {"x": 1}, "2026-13-45", "2026-01-01T00:00:00Z", "é☃", "a" * 5001, {"Address": 5},
    {"FreeFormNumber": ["5"]}, [{"DetailType": "SalesItemLineDetail"}], [{"Amount": "ten", "LinkedTxn": 5}],
    [{"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": 7}],
    [{"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": 9, "Qty": "many"}}],
    [{"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"DiscountPercent": "x"}}],
    [{"Amount": 5, "LinkedTxn": [{"TxnId": None}]}], [{"Amount": 5, "LinkedTxn": [3]}], [{"DefinitionId": []}],
    {"TotalTax": "much"}, {"TxnTaxCodeRef": 7}, {"TxnTaxCodeRef": {"value": "77"}},
]  # fmt: skip


def beginnings(api: Api) -> dict[str, dict[str, Any]]:
    """A body of each entity that would be taken as it is."""
    customer, item = {"value": api.customer()["Id"]}, api.item()
    document = {"CustomerRef": customer, "Line": [sale(item, 5)]}
    return {
        "Customer": {"DisplayName": "Odd"}, "Vendor": {"DisplayName": "Odd"}, "Employee": {"DisplayName": "Odd"},
        "Item": {"Name": "Odd", "Type": "Service", "IncomeAccountRef": {"value": "79"}}, "Term": {"Name": "Odd"},
        "Account": {"Name": "Odd", "AccountType": "Income"}, "PaymentMethod": {"Name": "Odd"}, "Invoice": document,
        "CreditMemo": document, "Payment": {"CustomerRef": customer, "TotalAmt": 5}, "CompanyInfo": {"SyncToken": "0"},
        "Preferences": {"SyncToken": "0", "sparse": True}, "TaxAgency": {"DisplayName": "Odd"}, "Estimate": document,
        "SalesReceipt": document, "RefundReceipt": {**document, "DepositToAccountRef": {"value": "35"}},
    }  # fmt: skip


@pytest.mark.parametrize("entity", [name for name, each in ENTITIES.items() if each.writable])
def test_odd_values_of_every_field_are_taken_or_refused(company: Company, api: Api, entity: str) -> None:
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True, "AllowDeposit": True}
    company.preferences["TaxPrefs"]["UsingSalesTax"] = True
    beginning = beginnings(api)[entity]
    for field in ENTITIES[entity].fields:
        for odd in ODD:
            response = api.http.post(f"/{entity.lower()}", json={**beginning, field: odd})
            assert response.status_code in (200, 400), (field, odd)
            assert ("Fault" in response.json()) == (response.status_code == 400)
            if entity == "Preferences":
                beginning["SyncToken"] = api.call("GET", "/preferences")["Preferences"]["SyncToken"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-10, 10) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["bId", "Query", "value", "Id"]), inner)
    ),
    max_leaves=6,
)


@given(body=ANYTHING, path=st.sampled_from(["customer", "invoice", "payment", "batch", "invoice?operation=delete"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_at_all_is_answered(served_api: Api, body: Any, path: str) -> None:
    response = served_api.http.post(f"/{path}", json=body)
    assert response.status_code in (200, 400)


@pytest.mark.parametrize("items", [[1], [None], [{}], [{"Customer": 5, "operation": "create"}], [{"Query": 5}], "x"])
def test_odd_batches_are_refused_item_by_item_or_whole(api: Api, items: Any) -> None:
    """6"""
    response = api.http.post("/batch", json={"BatchItemRequest": items})
    assert response.status_code in (200, 400)
    assert "Fault" in response.text


@given(statement=st.text(alphabet="select * from Custmer wh'=<>%()\\,.\n0é", max_size=60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_statement_is_answered(served_api: Api, statement: str) -> None:
    """3"""
    assert served_api.http.get("/query", params={"query": statement}).status_code in (200, 400)


@pytest.fixture(scope="module")
def served_api() -> Api:
    sim = Simulator()
    return Api(sim, sim.add_company("Larkspur"))

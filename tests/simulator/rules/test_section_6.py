"""Batch (section 6)."""

from tests.simulator.caller import Api, Body, ref, sale
from tests.simulator.rules.refusing import refused


def test_a_batch_creates_updates_deletes_and_queries(api: Api, customer: Body, invoice: Body) -> None:
    """6-2, 6-a"""
    answers = api.batch(
        {"bId": "c", "operation": "create", "Customer": {"DisplayName": "Quay"}},
        {"bId": "u", "operation": "update", "Customer": {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "n"}},
        {"bId": "d", "operation": "delete", "Invoice": {"Id": invoice["Id"], "SyncToken": "0"}},
        {"bId": "q", "Query": "select * from Customer"},
        {"bId": "x", "operation": "invent", "Customer": {"DisplayName": "Pier"}},
    )
    assert [list(answer) for answer in answers] == [
        ["Customer", "bId"], ["Customer", "bId"], ["Invoice", "bId"], ["QueryResponse", "bId"], ["Fault", "bId"],
    ]  # fmt: skip
    assert (answers[0]["Customer"]["DisplayName"], answers[1]["Customer"]["Notes"]) == ("Quay", "n")
    assert answers[2]["Invoice"]["status"] == "Deleted"
    assert answers[3]["QueryResponse"]["maxResults"] == 2


def test_options_of_an_item_are_those_of_include(api: Api, customer: Body, item: Body) -> None:
    """6-2"""
    api.company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 5)], "DocNumber": "7"}
    one = {"bId": "1", "operation": "create", "Invoice": body}
    free = {**one, "bId": "2", "optionsData": "allowduplicatedocnum"}
    answers = api.batch(one, {**one, "bId": "3"}, free)
    assert [next(iter(answer)) for answer in answers] == ["Invoice", "Fault", "Invoice"]


def test_a_failed_item_leaves_the_others_and_none_sees_another(api: Api) -> None:
    """6-3"""
    answers = api.batch(
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Harbor"}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "a:b"}},
        {"bId": "3", "operation": "create", "Customer": {"DisplayName": "Dock", "ParentRef": {"value": "1:1"}}},
        {"bId": "4", "operation": "create", "Customer": {"DisplayName": "Quay"}},
    )
    assert ["Fault" in answer for answer in answers] == [False, True, True, False]
    assert api.query("select count(*) from Customer") == {"totalCount": 2}


def test_all_items_may_fail_and_the_answer_is_200(api: Api) -> None:
    """6-4"""
    item = {"operation": "delete", "Invoice": {"Id": "99", "SyncToken": "0"}}
    response = api.http.post("/batch", json={"BatchItemRequest": [{**item, "bId": "1"}, {**item, "bId": "2"}]})
    assert response.status_code == 200
    assert ["Fault" in answer for answer in response.json()["BatchItemResponse"]] == [True, True]


def test_an_item_fault_has_an_element_where_a_single_one_has_none(api: Api) -> None:
    """6-5"""
    single = api.http.post("/customer", json={"Id": "9", "SyncToken": "0"}).json()["Fault"]["Error"][0]
    item = {"bId": "1", "operation": "update", "Customer": {"Id": "9", "SyncToken": "0"}}
    inside = api.batch(item)[0]["Fault"]["Error"][0]
    assert "element" not in single
    assert inside == {**single, "element": ""}


def test_ids_of_items_are_short_beside_a_requestid(api: Api) -> None:
    """6-7"""
    item = {"bId": "12345678901", "Query": "select * from Customer"}
    assert api.batch(item)[0]["bId"] == "12345678901"
    with refused("2130"):
        api.batch(item, requestid="once")
    with refused("2130"):
        api.batch({**item, "bId": "1"}, requestid="x" * 37)


def test_ids_of_items_are_unique(api: Api) -> None:
    """6-7"""
    item = {"bId": "1", "Query": "select * from Customer"}
    with refused("2010"):
        api.batch(item, item)

"""Batch, change data capture, requestid (api 4.8, 6, 7)."""

from datetime import timedelta

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, sale

SINCE = "2026-11-02T00:00:00-08:00"


def changes(api: Api, entities: str, since: str = SINCE) -> list[Body]:
    found: list[Body] = api.call("GET", "/cdc", entities=entities, changedSince=since)["CDCResponse"][0][
        "QueryResponse"
    ]
    return found


def test_a_mixed_batch_answers_each_item_by_itself(api: Api) -> None:
    """6: the recorded mixed batch"""
    made = api.customer()
    api.sparse("Customer", made, Notes="n")
    answers = api.batch(
        {"bId": "b1", "operation": "create", "Customer": {"DisplayName": "Quayside"}},
        {"bId": "b2", "operation": "delete", "Invoice": {"Id": "311", "SyncToken": "2"}},
        {"bId": "b3", "operation": "update", "Customer": {**made, "sparse": True, "Notes": "x"}},
        {"bId": "b4", "Query": "select * from Customer where DisplayName = 'Quayside'"},
    )
    assert [each["bId"] for each in answers] == ["b1", "b2", "b3", "b4"]
    assert answers[0]["Customer"]["DisplayName"] == "Quayside"
    faults = [each["Fault"]["Error"][0] for each in answers[1:3]]
    assert [(each["code"], each["element"]) for each in faults] == [("610", ""), ("5010", "")]
    assert answers[3]["QueryResponse"]["maxResults"] == 1


def test_a_batch_voids_by_options(api: Api) -> None:
    """6"""
    paid = api.payment(api.customer(), 50)
    item = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    answer = api.batch({"bId": "1", "operation": "update", "optionsData": "void", "Payment": item})[0]
    assert answer["Payment"]["TotalAmt"] == 0


def test_a_batch_deletes_with_a_stub(api: Api) -> None:
    """6"""
    invoice = api.invoice(api.customer(), sale(api.item(), 5))
    item = {"Id": invoice["Id"], "SyncToken": "0"}
    answer = api.batch({"bId": "1", "operation": "delete", "Invoice": item})[0]
    assert answer["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}


def test_thirty_items_pass_and_thirty_one_are_too_many(api: Api) -> None:
    """6, 9.2 1040"""
    items = [{"bId": str(number), "Query": "select count(*) from Item"} for number in range(31)]
    assert len(api.batch(*items[:30])) == 30
    with pytest.raises(Refused, match="1040"):
        api.batch(*items)


def test_a_batch_with_a_requestid_happens_once(api: Api) -> None:
    """4.8, 6"""
    item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Quayside"}}
    first = api.batch(item, requestid="r" * 36)
    assert api.batch(item, requestid="r" * 36) == first
    with pytest.raises(Refused, match="2130"):
        api.batch(item, requestid="r" * 37)


def test_a_repeated_requestid_gets_the_original_reply(api: Api) -> None:
    """4.8: also with another body"""
    first = api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="once")
    again = api.call("POST", "/customer", {"DisplayName": "Something else"}, requestid="once")
    assert again == first
    assert api.query("select count(*) from Customer") == {"totalCount": 1}


def test_requestids_are_per_company(sim: Simulator, api: Api) -> None:
    """4.8"""
    api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="once")
    other = Api(sim, sim.add_company("Other Inc"))
    assert other.call("POST", "/customer", {"DisplayName": "Quayside"}, requestid="once")["Customer"]["Id"] == "1"
    assert other.query("select count(*) from Customer") == {"totalCount": 1}


def test_a_replay_shows_the_object_as_it_was(api: Api) -> None:
    """4.8"""
    body = {"DisplayName": "Harbor Goods"}
    first = api.call("POST", "/customer", body, requestid="once")
    api.sparse("Customer", first["Customer"], Notes="n")
    assert api.call("POST", "/customer", body, requestid="once")["Customer"]["SyncToken"] == "0"


def test_a_refused_write_is_not_remembered_unless_switched(sim: Simulator, api: Api) -> None:
    """4.8"""
    api.customer()
    with pytest.raises(Refused, match="6240"):
        api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="a")
    assert api.call("POST", "/customer", {"DisplayName": "Harbor II"}, requestid="a")["Customer"]["Id"] == "2"
    sim.choices.replay_faults = True
    with pytest.raises(Refused, match="6240"):
        api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="b")
    with pytest.raises(Refused, match="6240"):
        api.call("POST", "/customer", {"DisplayName": "Harbor III"}, requestid="b")


def test_requestids_may_be_forgotten_after_days(sim: Simulator, company: Company, api: Api) -> None:
    """4.8, a switch"""
    sim.choices.request_id_days = 1
    api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="a")
    sim.now += timedelta(days=2)
    later = Api(sim, company)
    assert later.call("POST", "/customer", {"DisplayName": "Harbor II"}, requestid="a")["Customer"]["Id"] == "2"


@pytest.mark.parametrize("length", [50, 51])
def test_a_requestid_has_at_most_50_characters(api: Api, length: int) -> None:
    """4.8, 9.2 2130"""
    if length == 50:
        assert api.post("Customer", {"DisplayName": "Harbor Goods"}, requestid="x" * length)
    else:
        with pytest.raises(Refused, match="2130"):
            api.post("Customer", {"DisplayName": "Harbor Goods"}, requestid="x" * length)


def test_cdc_has_one_element_per_entity_in_order(api: Api) -> None:
    """7"""
    customer = api.customer()
    invoice = api.invoice(customer, sale(api.item(), 5))
    found = changes(api, "Invoice,Payment,customer")
    assert [list(part)[:1] for part in found] == [["Invoice"], [], ["Customer"]]
    assert found[0]["Invoice"][0]["Id"] == invoice["Id"]
    assert (found[2]["startPosition"], found[2]["maxResults"]) == (1, 1)


def test_cdc_is_ordered_by_change_with_stubs_last(sim: Simulator, api: Api) -> None:
    """7"""
    customer, item = api.customer(), api.item()
    made = [api.invoice(customer, sale(item, amount)) for amount in (1, 2, 3)]
    api.delete("Invoice", made[0])
    sim.now += timedelta(seconds=2)
    api.sparse("Invoice", made[1], PrivateNote="n")
    rows = changes(api, "Invoice")[0]["Invoice"]
    assert [row["Id"] for row in rows] == ["3", "2", "1"]
    assert set(rows[-1]) == {"domain", "status", "Id", "MetaData"}
    assert rows[-1]["status"] == "Deleted"
    assert set(rows[-1]["MetaData"]) == {"LastUpdatedTime"}


def test_cdc_counts_from_the_moment_given(sim: Simulator, api: Api) -> None:
    """7"""
    api.customer()
    sim.now += timedelta(minutes=1)
    later = api.customer("Quayside")
    found = changes(api, "Customer", later["MetaData"]["LastUpdatedTime"])
    assert [row["DisplayName"] for row in found[0]["Customer"]] == ["Quayside"]


def test_cdc_shows_customers_whose_balance_moved_and_inactive_ones(sim: Simulator, company: Company, api: Api) -> None:
    """4.2, 7"""
    paying, leaving, item = api.customer(), api.customer("Leaving"), api.item()
    sim.now += timedelta(minutes=1)
    since = api.invoice(paying, sale(item, 5))["MetaData"]["LastUpdatedTime"]
    company.deactivate("Customer", leaving["Id"])
    rows = changes(api, "Customer", since)[0]["Customer"]
    assert [(row["Id"], row["SyncToken"], row["Active"]) for row in rows] == [("1", "0", True), ("2", "1", False)]


def test_cdc_stops_at_a_thousand_over_all_entities(company: Company, api: Api) -> None:
    """7"""
    for number in range(600):
        company.create("Customer", {"DisplayName": f"Customer {number}"})
        company.create("Vendor", {"DisplayName": f"Vendor {number}"})
    found = changes(api, "Customer,Vendor")
    assert [part["maxResults"] for part in found] == [600, 400]


def test_cdc_looks_back_thirty_days(sim: Simulator, api: Api) -> None:
    """7, a switch"""
    api.customer()
    old = "2026-09-01T00:00:00-08:00"
    with pytest.raises(Refused, match="4001"):
        changes(api, "Customer", old)
    for window in ("clamp", "ignore"):
        sim.choices.cdc_window = window
        assert len(changes(api, "Customer", old)[0]["Customer"]) == 1


@pytest.mark.parametrize("entities", ["TaxCode", "Nonsense", ""])
def test_cdc_refuses_what_it_does_not_track(api: Api, entities: str) -> None:
    """7"""
    with pytest.raises(Refused):
        changes(api, entities)

"""Change data capture (section 7)."""

from datetime import timedelta

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body
from tests.simulator.rules.refusing import refused

SINCE = "2026-11-02T00:00:00-08:00"


def changed(api: Api, entities: str, since: str = SINCE) -> list[Body]:
    reply = api.call("GET", "/cdc", entities=entities, changedSince=since)
    parts: list[Body] = reply["CDCResponse"][0]["QueryResponse"]
    return parts


def test_a_thousand_is_all_there_is(company: Company, api: Api) -> None:
    """7-2"""
    for number in range(1001):
        company.create("Term", {"Name": f"Term {number}", "DueDays": 5})
    [part] = changed(api, "Term")
    assert (part["startPosition"], part["maxResults"], len(part["Term"])) == (1, 1000, 1000)


def test_nothing_changed_is_an_empty_element(api: Api) -> None:
    """7-3"""
    assert changed(api, "Invoice,Payment,Customer") == [{}, {}, {}]


def test_objects_are_as_they_are_now_and_once(sim: Simulator, api: Api, customer: Body) -> None:
    """7-4"""
    for note in "ab":
        sim.now += timedelta(seconds=5)
        customer = api.sparse("Customer", customer, Notes=note)
    [part] = changed(api, "Customer")
    assert part["Customer"] == api.query("select * from Customer")["Customer"]
    assert part["Customer"][0]["Notes"] == "b"


def test_a_void_is_a_change_and_no_stub(api: Api, invoice: Body) -> None:
    """7-6"""
    api.void("Invoice", invoice)
    [row] = changed(api, "Invoice")[0]["Invoice"]
    assert (row["TotalAmt"], row["PrivateNote"], row["SyncToken"]) == (0, "Voided", "1")
    assert "status" not in row


def test_company_info_is_not_captured(api: Api) -> None:
    """7-8"""
    with refused("4001"):
        changed(api, "CompanyInfo")


def test_what_the_app_wrote_itself_comes_back(sim: Simulator, api: Api, customer: Body) -> None:
    """7-12"""
    sim.now += timedelta(minutes=1)
    written = api.sparse("Customer", customer, Notes="n")
    [row] = changed(api, "Customer", written["MetaData"]["LastUpdatedTime"])[0]["Customer"]
    assert (row["Id"], row["SyncToken"]) == (written["Id"], written["SyncToken"])


def test_a_moment_is_a_date_or_a_timestamp(api: Api, customer: Body) -> None:
    """7-a"""
    for since in ("2026-11-02", "2026-11-02T08:00:00-08:00", "2026-11-02T16:00:00Z"):
        assert changed(api, "Customer", since)[0]["Customer"]
    assert changed(api, "Customer", "2026-11-03") == [{}]
    with refused("2060"):
        changed(api, "Customer", "yesterday")
    with refused("2020"):
        api.call("GET", "/cdc", entities="Customer")

"""Changes that nothing tells of, for clients that check what they were not told."""

from datetime import datetime, timedelta
from typing import Any

import httpx2

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.conftest import REALM

Body = dict[str, Any]


def told(sim: Simulator, company: Company, since: datetime) -> set[str]:
    """The ids CDC names, of everything that changed since."""
    tokens = sim.grant(company.realm)
    url = f"{sim.base_url}/v3/company/{company.realm}/cdc"
    params = {"entities": "Customer,Invoice,Payment", "changedSince": since.isoformat(timespec="seconds")}
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim)) as http:
        reply = http.get(
            url,
            params=params,
            headers={"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"},
        )
    parts = reply.raise_for_status().json()["CDCResponse"][0]["QueryResponse"]
    return {row["Id"] for part in parts for rows in part.values() if isinstance(rows, list) for row in rows}


def history(company: Company, sim: Simulator) -> tuple[Body, Body]:
    """A customer and an open invoice of ten days ago."""
    at = sim.now - timedelta(days=10)
    customer = company.create("Customer", {"DisplayName": "Hotel Albion"}, at=at)
    item = company.create("Item", {"Name": "Olives", "Type": "Service", "IncomeAccountRef": {"value": "79"}}, at=at)
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 2, "UnitPrice": 60}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 120, "SalesItemLineDetail": detail}
    return customer, company.create("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}, at=at)


def test_silent_changes_happen_and_neither_times_nor_tokens_nor_cdc_tell(sim: Simulator, company: Company) -> None:
    customer, invoice = history(company, sim)
    since = sim.now - timedelta(days=9)
    with company.silently():
        company.pay(customer["Id"], 20, {invoice["Id"]: 20})
        company.update("Customer", {"Id": customer["Id"], "sparse": True, "Notes": "Changed"})
    now = company.get("Invoice", invoice["Id"])
    assert now["Balance"] == 100
    assert (now["SyncToken"], now["MetaData"]) == (invoice["SyncToken"], invoice["MetaData"])
    assert company.get("Customer", customer["Id"])["Notes"] == "Changed"
    assert told(sim, company, since) == set()
    company.update("Customer", {"Id": customer["Id"], "sparse": True, "Notes": "Again"})
    assert told(sim, company, since) == {customer["Id"]}


def test_a_silent_deletion_leaves_no_stub_that_cdc_would_show(sim: Simulator, company: Company) -> None:
    _, invoice = history(company, sim)
    with company.silently():
        company.delete("Invoice", invoice["Id"])
    assert company.count("Invoice") == 0
    assert told(sim, company, sim.now - timedelta(days=9)) == set()


def test_silence_is_asked_for_over_http_too(sim: Simulator, company: Company) -> None:
    customer, _ = history(company, sim)
    body = {"Id": customer["Id"], "sparse": True, "Notes": "Changed"}
    with httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url) as http:
        asked = {"entity": "Customer", "body": body, "silently": True}
        shown = http.post(f"/_sim/companies/{REALM}/update", json=asked).raise_for_status().json()
    assert (shown["Notes"], shown["SyncToken"]) == ("Changed", customer["SyncToken"])

"""Webhooks (section 8)."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import httpx2
import pytest

from simulator import webhooks
from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, ref, sale
from tests.simulator.conftest import NOW


class Endpoint:
    """The app's endpoint: what it was sent. `slow` makes it miss its three seconds."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.slow = False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if self.slow:
            raise httpx2.ReadTimeout("three seconds", request=request)
        return httpx2.Response(200)

    def told(self) -> list[tuple[str, str]]:
        """(type, id) of every event so far, which are then forgotten."""
        events = [event for request in self.requests for event in json.loads(request.content)]
        self.requests.clear()
        return [(event["type"], event["intuitentityid"]) for event in events]


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def sim(endpoint: Endpoint) -> Simulator:
    return listening(endpoint)


def listening(endpoint: Endpoint, **settings: Any) -> Simulator:
    return Simulator(
        now=NOW, webhook_url="http://app.test/hooks", webhook_verifier="token-1",
        webhook_transport=httpx2.MockTransport(endpoint), **settings,
    )  # fmt: skip


def test_an_endpoint_has_three_seconds(sim: Simulator, api: Api, endpoint: Endpoint) -> None:
    """8.1-4"""
    assert sim.webhooks._client.timeout.read == 3.0
    endpoint.slow = True
    api.customer()
    assert sim.deliver_webhooks() == 1
    assert sim.webhooks.pending == 1
    endpoint.slow = False
    sim.deliver_webhooks()
    assert sim.webhooks.pending == 0
    assert endpoint.requests[0].content == endpoint.requests[1].content


def test_retries_keep_to_the_schedule() -> None:
    """8.1-5"""
    minute, hour = 60, 3600
    expected = (10, 20, 30, 5 * minute, 20 * minute, 2 * hour, 4 * hour, 6 * hour)
    assert expected == webhooks.RETRY_AFTER


@pytest.mark.parametrize(
    ("trouble", "requests"), [("webhook_lost", 0), ("webhook_twice", 2), ("webhook_shuffled", 1), ("no_webhooks", 0)]
)
def test_events_may_be_lost_doubled_or_shuffled(
    sim: Simulator, api: Api, endpoint: Endpoint, trouble: str, requests: int
) -> None:
    """8.1-6"""
    sim.faults.add(trouble, seed=1)
    for name in "ABCDEF":
        api.customer(name)
    sim.deliver_webhooks()
    assert len({request.content for request in endpoint.requests}) == min(requests, 1)
    assert len(endpoint.requests) == requests
    ids = [id for _, id in endpoint.told()]
    assert (ids != sorted(ids)) is (trouble in ("webhook_shuffled", "webhook_twice"))


def test_an_event_has_no_data_but_ids(sim: Simulator, api: Api, endpoint: Endpoint) -> None:
    """8.1-9, 8.1-10"""
    api.customer("Harbor Goods", Notes="Secret")
    sim.deliver_webhooks()
    [request] = endpoint.requests
    assert b"Secret" not in request.content
    assert b"Harbor" not in request.content
    assert json.loads(request.content)[0]["data"] == {}


def test_the_legacy_format_is_signed_the_same_way(endpoint: Endpoint) -> None:
    """8.3-2, 8.2-a"""
    sim = listening(endpoint, legacy_webhooks=True)
    company = sim.add_company("Larkspur")
    api = Api(sim, company)
    survivor, loser = api.customer("Harbor"), api.customer("Harbor Inc")
    sim.deliver_webhooks()
    endpoint.requests.clear()
    company.merge(survivor["Id"], loser["Id"])
    sim.deliver_webhooks()
    [request] = endpoint.requests
    [note] = json.loads(request.content)["eventNotifications"]
    assert note["realmId"] == company.realm
    [told] = note["dataChangeEvent"]["entities"]
    assert re.fullmatch(r"2026-11-02T16:1\d:\d\d\.\d{3}Z", told.pop("lastUpdated"))
    assert told == {"name": "Customer", "id": survivor["Id"], "operation": "Merge", "deletedId": loser["Id"]}
    digest = hmac.new(b"token-1", request.content, hashlib.sha256).digest()
    assert request.headers["intuit-signature"] == base64.b64encode(digest).decode()


def test_some_times_have_more_than_six_decimals(sim: Simulator, api: Api, endpoint: Endpoint) -> None:
    """8.3-6"""
    for number in range(20):
        api.customer(f"Customer {number}")
    sim.deliver_webhooks()
    times = [event["time"] for event in json.loads(endpoint.requests[0].content)]
    assert all(re.fullmatch(r"2026-11-02T16:1\d:\d\d\.\d{3,9}Z", time) for time in times)
    assert any(len(time.partition(".")[2]) > 7 for time in times)


@pytest.mark.parametrize("entity", ["Invoice", "Payment", "CreditMemo", "SalesReceipt"])
def test_a_void_is_told(
    sim: Simulator, company: Company, api: Api, endpoint: Endpoint, customer: Body, item: Body, entity: str
) -> None:
    """8.4-2"""
    lines = {"TotalAmt": 5} if entity == "Payment" else {"Line": [sale(item, 5)]}
    made = api.post(entity, {"CustomerRef": ref(customer), **lines})
    sim.deliver_webhooks()
    endpoint.told()
    company.void(entity, made["Id"])
    sim.deliver_webhooks()
    assert endpoint.told() == [(f"qbo.{entity.lower()}.void.v1", made["Id"])]


@pytest.mark.parametrize("entity", ["Invoice", "CreditMemo", "Estimate", "SalesReceipt"])
def test_a_mail_is_told(
    sim: Simulator, company: Company, api: Api, endpoint: Endpoint, customer: Body, item: Body, entity: str
) -> None:
    """8.4-3"""
    made = api.post(entity, {"CustomerRef": ref(customer), "Line": [sale(item, 5)]})
    sim.deliver_webhooks()
    endpoint.told()
    company.send(entity, made["Id"], "a@b.co")
    sim.deliver_webhooks()
    assert endpoint.told() == [(f"qbo.{entity.lower()}.emailed.v1", made["Id"])]


@pytest.mark.parametrize(
    ("entity", "body"),
    [
        ("Account", {"Name": "Fees", "AccountType": "Income"}), ("Customer", {"DisplayName": "A"}),
        ("Employee", {"DisplayName": "B"}), ("PaymentMethod", {"Name": "Barter"}),
        ("Item", {"Name": "Oak", "Type": "Service", "IncomeAccountRef": {"value": "79"}}),
        ("Term", {"Name": "Net 45", "DueDays": 45}), ("Vendor", {"DisplayName": "C"}),
    ],
)  # fmt: skip
def test_a_list_tells_creation_and_change(
    sim: Simulator, api: Api, endpoint: Endpoint, entity: str, body: Body
) -> None:
    """8.4-a"""
    made = api.post(entity, body)
    api.sparse(entity, made, Active=False)
    sim.deliver_webhooks()
    assert endpoint.told() == [(f"qbo.{entity.lower()}.{verb}.v1", made["Id"]) for verb in ("created", "updated")]


@pytest.mark.parametrize("entity", ["Invoice", "CreditMemo", "Payment"])
def test_a_transaction_tells_creation_change_and_deletion(
    sim: Simulator, api: Api, endpoint: Endpoint, customer: Body, item: Body, entity: str
) -> None:
    """8.4-a"""
    lines = {"TotalAmt": 5} if entity == "Payment" else {"Line": [sale(item, 5)]}
    sim.deliver_webhooks()
    endpoint.told()
    made = api.post(entity, {"CustomerRef": ref(customer), **lines})
    api.delete(entity, api.sparse(entity, made, PrivateNote="n"))
    sim.deliver_webhooks()
    kind = entity.lower()
    assert [type for type, _ in endpoint.told() if kind in type] == [
        f"qbo.{kind}.{verb}.v1" for verb in ("created", "updated", "deleted")
    ]


def test_preferences_tell_changes_and_tax_codes_nothing(sim: Simulator, api: Api, endpoint: Endpoint) -> None:
    """8.4-a"""
    before = api.call("GET", "/preferences")["Preferences"]
    sales = {"AllowDiscount": True}
    api.post("Preferences", {"SyncToken": before["SyncToken"], "sparse": True, "SalesFormsPrefs": sales})
    sim.deliver_webhooks()
    assert [type for type, _ in endpoint.told()] == ["qbo.preferences.updated.v1"]

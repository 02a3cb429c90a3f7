"""Webhooks: formats, signature, aggregation, retries (api 8)."""

import base64
import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, sale
from tests.simulator.conftest import NOW, REALM


class Receiver:
    """The app's endpoint: what arrived, and what it answers next."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.statuses: list[int] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for request in self.requests for event in json.loads(request.content)]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event["type"], event["intuitentityid"]) for event in self.events]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def sim(receiver: Receiver) -> Simulator:
    return told_simulator(receiver)


def told_simulator(receiver: Receiver, *, legacy: bool = False) -> Simulator:
    return Simulator(
        now=NOW,
        webhook_url="http://app.test/webhooks",
        webhook_verifier="token-1",
        webhook_transport=httpx2.MockTransport(receiver),
        legacy_webhooks=legacy,
    )


def test_cloud_events_name_entity_company_and_verb(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """8.3"""
    made = api.customer()
    assert sim.deliver_webhooks() == 1
    [event] = receiver.events
    assert (event["type"], event["intuitentityid"], event["intuitaccountid"]) == (
        "qbo.customer.created.v1",
        made["Id"],
        REALM,
    )
    assert (event["specversion"], event["datacontenttype"], event["data"]) == ("1.0", "application/json", {})
    assert re.fullmatch(r"2026-11-02T16:1\d:\d\d\.\d{6,9}Z", event["time"])


def test_the_signature_is_over_the_raw_bytes(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """8.1"""
    api.customer("Café Ø")
    sim.deliver_webhooks()
    [request] = receiver.requests
    expected = base64.b64encode(hmac.new(b"token-1", request.content, hashlib.sha256).digest()).decode()
    assert request.headers["intuit-signature"] == expected
    assert request.headers["content-type"] == "application/json"


def test_a_payment_tells_of_itself_and_of_its_invoice(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """8.4"""
    customer = api.customer()
    invoice = api.invoice(customer, sale(api.item(), 5))
    sim.deliver_webhooks()
    receiver.requests.clear()
    paid = api.payment(customer, 5, {invoice["Id"]: 5})
    sim.deliver_webhooks()
    assert set(receiver.told) == {("qbo.payment.created.v1", paid["Id"]), ("qbo.invoice.updated.v1", invoice["Id"])}


def test_voids_deletes_mails_and_merges_have_their_verbs(
    sim: Simulator, company: Company, api: Api, receiver: Receiver
) -> None:
    """8.3, 8.4"""
    customer, loser, item = api.customer(), api.customer("Twin"), api.item()
    first, second = api.invoice(customer, sale(item, 5)), api.invoice(customer, sale(item, 5))
    sim.deliver_webhooks()
    receiver.requests.clear()
    company.send("Invoice", first["Id"], "a@b.co")
    company.void("Invoice", first["Id"])
    company.delete("Invoice", second["Id"])
    company.merge(customer["Id"], loser["Id"])
    sim.deliver_webhooks()
    assert [kind for kind, _ in receiver.told] == [
        "qbo.invoice.emailed.v1", "qbo.invoice.void.v1", "qbo.invoice.deleted.v1", "qbo.customer.merged.v1",
    ]  # fmt: skip
    assert receiver.events[-1]["data"] == {"deletedid": loser["Id"]}


def test_changes_gather_in_one_request_over_companies(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """8.1"""
    other = Api(sim, sim.add_company("Other Inc"))
    made = api.customer()
    other.customer()
    api.sparse("Customer", made, Notes="1")
    api.sparse("Customer", api.read("Customer", made["Id"]), Notes="2")
    sim.deliver_webhooks()
    assert len(receiver.requests) == 1
    assert sorted(kind for kind, _ in receiver.told) == ["qbo.customer.created.v1"] * 2 + ["qbo.customer.updated.v1"]
    assert len({event["id"] for event in receiver.events}) == 3


def test_a_company_that_is_not_connected_is_silent(sim: Simulator, company: Company, receiver: Receiver) -> None:
    """8.1"""
    company.create("Customer", {"DisplayName": "Harbor Goods"})
    assert sim.deliver_webhooks() == 0
    sim.grant(company.realm)
    company.create("Customer", {"DisplayName": "Quayside"})
    assert sim.deliver_webhooks() == 1
    sim.revoke(company.realm)
    company.create("Customer", {"DisplayName": "Bluff Stores"})
    assert sim.deliver_webhooks() == 0


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_failed_request_is_sent_again_before_later_ones(
    sim: Simulator, api: Api, receiver: Receiver, status: int
) -> None:
    """8.1"""
    receiver.statuses = [status]
    api.customer()
    assert sim.deliver_webhooks() == 1
    api.customer("Quayside")
    assert sim.deliver_webhooks() == 2
    bodies = [request.content for request in receiver.requests]
    assert bodies[0] == bodies[1] != bodies[2]
    assert sim.webhooks.pending == 0


def test_no_webhook_leaves_while_they_are_kept_back(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """13.11"""
    sim.faults.add("no_webhooks")
    api.customer()
    assert sim.deliver_webhooks() == 0
    sim.faults.clear("no_webhooks")
    api.customer("Quayside")
    sim.deliver_webhooks()
    assert receiver.told == [("qbo.customer.created.v1", "2")]


def test_the_legacy_format_groups_by_company(receiver: Receiver) -> None:
    """8.2"""
    sim = told_simulator(receiver, legacy=True)
    api = Api(sim, sim.add_company("Larkspur", realm=REALM))
    api.customer()
    sim.deliver_webhooks()
    [note] = json.loads(receiver.requests[0].content)["eventNotifications"]
    [entity] = note["dataChangeEvent"]["entities"]
    assert note["realmId"] == REALM
    assert (entity["name"], entity["id"], entity["operation"]) == ("Customer", "1", "Create")
    assert entity["lastUpdated"].endswith("Z")


def test_the_background_thread_delivers_by_itself(api: Api, receiver: Receiver) -> None:
    """8.1"""
    api.sim.webhooks.run(gather=0.01)
    api.customer()
    for _ in range(200):
        if receiver.requests:
            break
        time.sleep(0.02)
    api.sim.close()
    assert receiver.told == [("qbo.customer.created.v1", "1")]


def test_a_delivery_may_be_lost(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """13.11"""
    sim.faults.add("webhook_lost")
    api.customer()
    assert (sim.deliver_webhooks(), receiver.events) == (0, [])
    api.customer("Quay")
    assert sim.deliver_webhooks() == 1
    assert [entity for _, entity in receiver.told] == ["2"]


def test_a_delivery_may_come_twice_with_the_same_event_ids(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """13.11, 8.3"""
    sim.faults.add("webhook_twice")
    api.customer()
    assert sim.deliver_webhooks() == 2
    assert receiver.requests[0].content == receiver.requests[1].content


def test_events_of_a_delivery_may_be_out_of_order(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """13.11"""
    sim.faults.add("webhook_shuffled", seed=4)
    for number in range(8):
        api.customer(f"Customer {number}")
    sim.deliver_webhooks()
    ids = [entity for _, entity in receiver.told]
    assert sorted(ids) == [str(number) for number in range(1, 9)]
    assert ids != sorted(ids)


def test_a_late_delivery_is_overtaken(sim: Simulator, api: Api, receiver: Receiver) -> None:
    """13.11"""
    sim.faults.add("webhook_late", seconds=90)
    api.customer()
    assert (sim.deliver_webhooks(), sim.webhooks.pending) == (0, 1)
    api.customer("Quay")
    sim.deliver_webhooks()
    sim.now += timedelta(seconds=91)
    sim.deliver_webhooks()
    assert [entity for _, entity in receiver.told] == ["2", "1"]


def test_what_is_pending_and_planned_survives_a_restart(
    sim: Simulator, api: Api, receiver: Receiver, tmp_path: Path
) -> None:
    """issue 3: state"""
    receiver.statuses = [500]
    api.customer()
    sim.deliver_webhooks()
    api.customer("Quay")
    sim.faults.add("lose_reply", path="*/invoice", rate=0.5, seed=7)
    struck = [each.strikes() for each in sim.faults.planned * 5]
    sim.save(tmp_path / "state.json")
    again = Simulator.load(
        tmp_path / "state.json", webhook_url=sim.webhooks.url, webhook_verifier="token-1",
        webhook_transport=httpx2.MockTransport(receiver),
    )  # fmt: skip
    assert again.webhooks.pending == 2
    again.deliver_webhooks()
    assert [entity for _, entity in receiver.told] == ["1", "1", "2"]
    [kept], [first] = again.faults.planned, sim.faults.planned
    assert (kept.told(), len(struck)) == (first.told(), 5)
    assert [kept.strikes() for _ in range(20)] == [first.strikes() for _ in range(20)]
    assert again.faults.add("delay").id > kept.id

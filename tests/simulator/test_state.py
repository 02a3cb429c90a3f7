"""The state file, the program and its socket."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from simulator.app import Simulator
from simulator.keeper import Keeper
from simulator.store import NotAState
from tests.simulator.caller import Api, Body, ref, sale

ROOT = Path(__file__).parents[2]
SETTINGS = {"client_id": "app", "client_secret": "secret"}


@pytest.fixture
def busy(api: Api) -> Body:
    """A company with a bit of everything; the invoice."""
    customer, item = api.customer(), api.item()
    api.customer("Ocean View", Job=True, ParentRef=ref(customer))
    api.company.deactivate("Customer", api.customer("Gone")["Id"])
    invoice = api.invoice(customer, sale(item, 100))
    api.payment(customer, 80, {invoice["Id"]: 60})
    api.delete("Invoice", api.invoice(customer, sale(item, 1)))
    return invoice


def restarted(sim: Simulator, path: Path) -> Simulator:
    sim.save(path)
    return Simulator.load(path, **SETTINGS)


def test_books_and_their_times_are_the_same_after_a_restart(
    sim: Simulator, api: Api, busy: Body, tmp_path: Path
) -> None:
    again = restarted(sim, tmp_path / "state.json").companies[api.company.realm]
    for entity in ("Customer", "Item", "Invoice", "Payment", "Term", "Account", "TaxCode"):
        assert again.all(entity) == api.company.all(entity)
    assert again.preferences == api.company.preferences


def test_sequences_names_numbers_and_links_go_on(sim: Simulator, api: Api, busy: Body, tmp_path: Path) -> None:
    again = restarted(sim, tmp_path / "state.json")
    later = Api(again, again.companies[api.company.realm])
    assert later.customer("New")["Id"] == "4"
    made = later.invoice({"Id": "1"}, sale({"Id": "1"}, 5))
    assert (made["Id"], made["DocNumber"]) == ("4", "1003")
    with pytest.raises(Exception, match="6240"):
        later.customer("Ocean View")
    later.void("Invoice", later.read("Invoice", busy["Id"]))
    assert later.read("Payment", "2")["UnappliedAmt"] == 80


def test_clock_replies_and_stubs_go_on(sim: Simulator, api: Api, busy: Body, tmp_path: Path) -> None:
    first = api.call("POST", "/customer", {"DisplayName": "Once"}, requestid="once")
    sim.now += timedelta(minutes=30)
    again = restarted(sim, tmp_path / "state.json")
    later = Api(again, again.companies[api.company.realm])
    assert later.call("POST", "/customer", {"DisplayName": "Once"}, requestid="once") == first
    found = later.call("GET", "/cdc", entities="Invoice", changedSince="2026-11-02")["CDCResponse"][0]["QueryResponse"]
    assert found[0]["Invoice"][-1]["status"] == "Deleted"
    assert abs(again.now - sim.now) < timedelta(seconds=5)


def test_access_tokens_hold_over_a_restart(sim: Simulator, api: Api, tmp_path: Path) -> None:
    again = restarted(sim, tmp_path / "state.json")
    bearer = api.http.headers["Authorization"].removeprefix("Bearer ")
    assert again.oauth.check(bearer).realm == api.company.realm


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"format": 99}')
    with pytest.raises(NotAState, match="is not a state file"):
        Simulator.load(path)


def test_a_save_replaces_the_file_whole(sim: Simulator, api: Api, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "state.json"
    sim.save(path)
    sim.save(path)
    assert [each.name for each in path.parent.iterdir()] == ["state.json"]
    assert json.loads(path.read_text())["format"] == 2


def test_the_keeper_saves_a_moment_after_a_change_and_at_the_end() -> None:
    saves: list[float] = []
    keeper = Keeper(lambda: saves.append(time.monotonic()), delay=0.05)
    for _ in range(5):
        keeper.changed()
    time.sleep(0.3)
    assert len(saves) == 1
    keeper.close()
    assert len(saves) == 2


def test_the_socket_closes_without_an_answer_when_a_reply_is_lost(sim: Simulator, api: Api, served: str) -> None:
    sim.faults.add("lose_reply")
    url, headers = f"{served}/v3/company/{api.company.realm}/customer", dict(api.http.headers)
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(url, json={"DisplayName": "Harbor Goods"}, headers=headers)
    assert api.company.count("Customer") == 1


def test_one_connection_carries_many_calls_of_both_framings(sim: Simulator, api: Api, served: str) -> None:
    with httpx2.Client(base_url=f"{served}/v3/company/{api.company.realm}", headers=dict(api.http.headers)) as http:
        good = http.get("/preferences")
        bad = http.post("/customer", content=iter([b'{"Display', b'Names":1}']))
    assert good.headers["transfer-encoding"] == "chunked"
    assert bad.headers["content-length"] == str(len(bad.content))
    assert bad.json()["Fault"]["Error"][0]["code"] == "2010"


def test_an_answer_without_a_body_leaves_the_connection_in_order(served: str) -> None:
    with httpx2.Client(base_url=served) as client:
        assert client.delete("/_sim/faults").status_code == 204
        assert client.get("/_sim/faults").json() == []


def test_calls_from_many_threads_leave_the_books_whole(sim: Simulator, api: Api, served: str) -> None:
    """13.7: no id twice, no number twice, the balance the sum"""
    customer, item = api.customer(), api.item()
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 1)]}
    url, headers = f"{served}/v3/company/{api.company.realm}/invoice", dict(api.http.headers)

    def work() -> None:
        with httpx2.Client(headers=headers) as http:
            for _ in range(25):
                http.post(url, json=body)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = api.company.all("Invoice")
    assert len({each["Id"] for each in made}) == len({each["DocNumber"] for each in made}) == 200
    assert api.read("Customer", customer["Id"])["Balance"] == 200


@pytest.fixture
def program(tmp_path: Path) -> Iterator["Program"]:
    running = Program(tmp_path / "state.json")
    yield running
    running.stop()


class Program:
    """`python -m simulator` as a process of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Started; its address."""
        command = [sys.executable, "-m", "simulator", "--port", "0", "--client-secret", "s", "--size", "empty"]
        self.process = subprocess.Popen(
            [*command, "--state", str(self.state)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        assert self.process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        assert found
        return found[0]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=20) == 0


def test_the_program_loses_a_reply_and_remembers_it_after_a_restart(program: Program) -> None:
    """4.8, 13.14"""
    base = program.start()
    realm = "9341450000000001"
    url, params = f"{base}/v3/company/{realm}/customer", {"requestid": "once"}
    bearer = httpx2.post(f"{base}/_sim/grants/{realm}").json()["access_token"]
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    httpx2.post(f"{base}/_sim/faults", json={"name": "lose_reply", "method": "POST"})
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(url, json={"DisplayName": "Harbor Goods"}, params=params, headers=headers)
    program.stop()
    base = program.start()
    url = f"{base}/v3/company/{realm}/customer"
    reply = httpx2.post(url, json={"DisplayName": "Harbor Goods"}, params=params, headers=headers)
    assert (reply.status_code, reply.json()["Customer"]["Id"]) == (200, "1")
    count = httpx2.get(
        f"{url.rpartition('/')[0]}/query", params={"query": "select count(*) from Customer"}, headers=headers
    )
    assert count.json()["QueryResponse"] == {"totalCount": 1}

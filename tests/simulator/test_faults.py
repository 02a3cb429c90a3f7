"""Trouble by name, limits, the meter of reads, and the control API (api 10, 13.13, 13.14)."""

import time
from datetime import timedelta

import httpx2
import pytest

from simulator.app import Simulator
from simulator.faults import LostReply
from simulator.limits import Limits
from simulator.refusals import GatewayFault
from tests.simulator.caller import Api, Body, Refused
from tests.simulator.conftest import NOW


@pytest.fixture
def control(sim: Simulator) -> httpx2.Client:
    return httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=f"{sim.base_url}/_sim")


def customers(api: Api) -> int:
    return api.company.count("Customer")


def test_a_lost_reply_is_lost_after_the_work_is_done(sim: Simulator, api: Api) -> None:
    """4.8, 13.14"""
    sim.faults.add("lose_reply", method="POST", path="*/customer")
    with pytest.raises(ConnectionError) as lost:
        api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="once")
    assert isinstance(lost.value, LostReply)
    assert customers(api) == 1
    assert api.call("POST", "/customer", {"DisplayName": "Harbor Goods"}, requestid="once")["Customer"]["Id"] == "1"
    assert customers(api) == 1
    assert [call.status for call in sim.calls if call.request_id == "once"] == [0, 200]


@pytest.mark.parametrize(
    ("name", "status", "content_type", "kept"),
    [
        ("error_500", 500, "application/json", 0),
        ("html_503", 503, "text/html", 0),
        ("throttle", 429, "application/json", 0),
        ("throttle_xml", 429, "application/xml", 0),
        ("unauthorized", 401, "application/json", 0),
        ("forbidden", 403, "application/json", 0),
        ("wrong_cluster", 401, "application/xml", 0),
        ("company_locked", 400, "application/json", 0),
        ("maintenance", 503, "application/json", 0),
        ("error_500_after", 500, "application/json", 1),
        ("error_504_after", 504, "text/html", 1),
    ],
)
def test_each_fault_answers_in_its_shape_before_or_after_the_work(
    sim: Simulator, api: Api, name: str, status: int, content_type: str, kept: int
) -> None:
    """9.1, 13.14"""
    sim.faults.add(name)
    response = api.http.post("/customer", json={"DisplayName": "Harbor Goods"})
    assert (response.status_code, response.headers["content-type"].split(";")[0]) == (status, content_type)
    assert "intuit-tid" in response.headers
    assert customers(api) == kept
    assert api.http.get("/preferences").status_code == 200


def test_a_500_carries_code_10000(sim: Simulator, api: Api) -> None:
    """9.2"""
    sim.faults.add("error_500")
    with pytest.raises(Refused) as refused:
        api.customer()
    assert (refused.value.code, refused.value.body["Fault"]["type"]) == ("10000", "SystemFault")


def test_a_delay_makes_the_answer_wait(sim: Simulator, api: Api) -> None:
    """13.14"""
    sim.faults.add("delay", seconds=0.2)
    started = time.monotonic()
    api.customer()
    assert time.monotonic() - started >= 0.2


def test_faults_strike_the_next_matching_calls_only(sim: Simulator, api: Api) -> None:
    """13.14"""
    sim.faults.add("error_500", method="POST", path="*/invoice", times=2)
    api.customer()
    statuses = [api.http.post("/invoice", json={}).status_code for _ in range(3)]
    assert statuses == [500, 500, 400]
    assert sim.faults.planned == []


def test_a_seeded_rate_strikes_the_same_calls_each_time(sim: Simulator, api: Api) -> None:
    """13.14"""

    def run() -> list[int]:
        sim.faults.clear()
        sim.faults.add("error_500", rate=0.5, seed=7)
        return [api.http.get("/preferences").status_code for _ in range(20)]

    first = run()
    assert first == run()
    assert {200, 500} == set(first)


def test_an_unknown_fault_is_named(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no fault called 'earthquake'"):
        sim.faults.add("earthquake")


def test_a_star_spares_the_token_endpoint_but_a_path_reaches_it(sim: Simulator, api: Api) -> None:
    """13.14"""
    form = {"grant_type": "refresh_token", "refresh_token": sim.grant(api.company.realm)["refresh_token"]}
    app = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))
    sim.faults.add("lose_reply")
    assert app.post("/oauth2/v1/tokens/bearer", data=form).status_code == 200
    sim.faults.clear()
    sim.faults.add("lose_reply", path="/oauth2/*")
    with pytest.raises(LostReply):
        app.post("/oauth2/v1/tokens/bearer", data=form)


def test_faults_can_be_planned_over_http(control: httpx2.Client, api: Api) -> None:
    """13.14"""
    planned = control.post("/faults", json={"name": "delay", "path": "*/customer", "times": 1, "seconds": 0}).json()
    assert (planned["name"], planned["args"]) == ("delay", {"seconds": 0})
    assert [each["id"] for each in control.get("/faults").json()] == [planned["id"]]
    assert control.delete("/faults").status_code == 204
    assert control.get("/faults").json() == []
    assert control.post("/faults", json={"name": "earthquake"}).status_code == 400


def test_reads_are_metered_and_writes_are_not(sim: Simulator, api: Api) -> None:
    """10.1"""
    realm = api.company.realm
    made = api.customer()
    assert sim.reads(realm) == 0
    api.read("Customer", made["Id"])
    api.query("select * from Customer")
    api.call("GET", "/cdc", entities="Customer", changedSince="2026-11-02")
    api.call("GET", "/preferences")
    api.call("GET", f"/companyinfo/{realm}")
    assert sim.reads(realm) == 5
    with pytest.raises(Refused):
        api.read("Customer", "99")
    assert sim.reads(realm) == 5
    api.batch({"bId": "1", "Query": "select * from Customer"}, {"bId": "2", "operation": "create", "Customer": {}})
    assert sim.reads(realm) == 6
    assert [call.metered for call in sim.calls][:2] == [False, True]


def test_reads_stop_when_the_months_allowance_is_used_up() -> None:
    """10.1"""
    sim = Simulator(now=NOW, reads_per_month=2)
    api = Api(sim, sim.add_company())
    made = api.customer()
    for _ in range(2):
        api.read("Customer", made["Id"])
    with pytest.raises(Refused, match="3001"):
        api.read("Customer", made["Id"])
    assert api.customer("Writes go on")["Id"] == "2"
    sim.now += timedelta(days=31)
    assert Api(sim, api.company).read("Customer", made["Id"])


def test_the_limits_refuse_the_eleventh_call_of_a_second() -> None:
    """10"""
    sim = Simulator(now=NOW, throttle=True)
    api = Api(sim, sim.add_company())
    statuses = [api.http.get("/preferences").status_code for _ in range(40)]
    assert statuses.count(200) >= 10
    assert 429 in statuses
    refused = next(r for r in (api.http.get("/preferences") for _ in range(40)) if r.status_code == 429)
    error = refused.json()["fault"]["error"][0]
    assert (error["code"], error["detail"]) == ("3001", "The request limit was reached.  Try again later")
    assert "retry-after" not in refused.headers


def test_companies_have_limits_of_their_own() -> None:
    """10"""
    limits = Limits(on=True, per_second=2)
    limits.admit("a", batch=False)
    limits.admit("a", batch=False)
    with pytest.raises(GatewayFault):
        limits.admit("a", batch=False)
    limits.admit("b", batch=False)


def test_batches_have_a_limit_of_their_own() -> None:
    """10"""
    limits = Limits(on=True, per_second=1000)
    for _ in range(40):
        limits.admit("a", batch=True)
    limits.admit("a", batch=False)
    with pytest.raises(GatewayFault):
        limits.admit("a", batch=True)


def test_limits_are_off_in_python_unless_asked_for(api: Api) -> None:
    assert {api.http.get("/preferences").status_code for _ in range(30)} == {200}


def test_the_call_log_tells_method_path_and_request_id(control: httpx2.Client, api: Api) -> None:
    api.http.post("/customer", params={"requestid": "r1"}, json={"DisplayName": "Harbor Goods"})
    told: Body = control.get("/calls").json()[-1]
    assert (told["method"], told["path"], told["request_id"], told["status"]) == (
        "POST", f"/v3/company/{api.company.realm}/customer", "r1", 200,
    )  # fmt: skip


def test_the_clock_moves_over_http(sim: Simulator, control: httpx2.Client) -> None:
    before = sim.now
    control.post("/clock", json={"days": 1})
    assert timedelta(days=1) <= sim.now - before < timedelta(days=1, seconds=5)
    assert (
        control.post("/clock", json={"now": "2027-01-01T09:00:00-08:00"}).json()["now"].startswith("2027-01-01T17:00")
    )
    assert control.post("/clock", json={}).status_code == 400


def test_switches_are_read_and_set_over_http(sim: Simulator, control: httpx2.Client) -> None:
    assert control.get("/switches").json()["cdc_window"] == "refuse"
    control.post("/switches", json={"cdc_window": "clamp", "request_id_days": 3, "replay_faults": True})
    assert (sim.choices.cdc_window, sim.choices.request_id_days, sim.choices.replay_faults) == ("clamp", 3, True)
    assert control.post("/switches", json={"gravity": "off"}).status_code == 400


def test_grants_are_given_and_taken_over_http(sim: Simulator, control: httpx2.Client, api: Api) -> None:
    realm = api.company.realm
    bearer = control.post(f"/grants/{realm}").json()["access_token"]
    path = f"{sim.base_url}/v3/company/{realm}/preferences"
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    assert control.get(path, headers=headers).status_code == 200
    control.post(f"/grants/{realm}/expire")
    assert "Token expired" in control.get(path, headers=headers).text
    control.delete(f"/grants/{realm}")
    assert "Token revoked" in control.get(path, headers=headers).text

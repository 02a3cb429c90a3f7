"""Limits and metering (section 10)."""

from contextlib import ExitStack
from datetime import timedelta

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from simulator.limits import Limits
from simulator.refusals import GatewayFault
from tests.simulator.caller import Api, Body, sale
from tests.simulator.rules.refusing import refused


def admitted(limits: Limits, calls: int, *, batch: bool = False) -> int:
    """How many of so many calls are let through."""
    passed = 0
    for _ in range(calls):
        try:
            limits.admit("a", batch=batch)
        except GatewayFault:
            break
        passed += 1
    return passed


def test_a_company_has_500_calls_a_minute() -> None:
    """10-1"""
    assert admitted(Limits(on=True, per_second=10_000), 600) == 500


def test_a_company_has_10_calls_a_second() -> None:
    """10-2"""
    assert admitted(Limits(on=True), 20) == 10


def test_a_company_has_10_calls_at_once() -> None:
    """10-3"""
    limits = Limits(on=True)
    with ExitStack() as running:
        for _ in range(10):
            running.enter_context(limits.running("a"))
        with limits.running("b"):
            pass
        with pytest.raises(GatewayFault), limits.running("a"):
            pass
    with limits.running("a"):
        pass


def test_a_company_has_40_batches_a_minute_of_30_items(api: Api) -> None:
    """10-4"""
    assert admitted(Limits(on=True, per_second=10_000), 60, batch=True) == 40
    items = [{"bId": str(number), "Query": "select count(*) from Item"} for number in range(31)]
    with refused("1040"):
        api.batch(*items)


def test_a_time_out_may_come_after_the_write(sim: Simulator, api: Api) -> None:
    """10-6"""
    sim.faults.add("error_504_after", method="POST")
    response = api.http.post("/customer", params={"requestid": "once"}, json={"DisplayName": "Harbor"})
    assert (response.status_code, response.headers["content-type"]) == (504, "text/html")
    assert api.query("select count(*) from Customer") == {"totalCount": 1}
    assert api.post("Customer", {"DisplayName": "Harbor"}, requestid="once")["Id"] == "1"


def test_an_invoice_has_750_lines(api: Api, customer: Body, item: Body) -> None:
    """10-9"""
    with refused("6000"):
        api.invoice(customer, *[sale(item, 1, TaxCodeRef={"value": "TAX"})] * 751)


@pytest.mark.parametrize(("most", "sent"), [(40, 40), (None, 41)])
def test_mails_are_counted_by_the_day(sim: Simulator, api: Api, invoice: Body, most: int | None, sent: int) -> None:
    """10-10"""
    sim.choices.mails_per_day = most
    path = f"/invoice/{invoice['Id']}/send"
    statuses = [api.http.post(path, params={"sendTo": "a@b.co"}).status_code for _ in range(41)]
    assert statuses.count(200) == sent


def test_writes_are_not_metered(sim: Simulator, api: Api, customer: Body, item: Body) -> None:
    """10.1-1"""
    invoice = api.sparse("Invoice", api.invoice(customer, sale(item, 5)), PrivateNote="n")
    api.call("POST", f"/invoice/{invoice['Id']}/send", sendTo="a@b.co")
    api.delete("Invoice", invoice)
    assert sim.reads(api.company.realm) == 0


def test_reads_of_all_companies_count_together() -> None:
    """10.1-2, 10.1-3"""
    sim = Simulator(reads_per_month=3)
    first, second = (Api(sim, sim.add_company(name)) for name in ("Larkspur", "Quayside"))
    statuses = [each.http.get("/preferences").status_code for each in (first, second, first, second)]
    assert statuses == [200, 200, 200, 429]
    sim.now += timedelta(days=31)
    assert Api(sim, first.company).http.get("/preferences").status_code == 200


def test_oauth_is_not_metered(sim: Simulator, company: Company) -> None:
    """10.1-5"""
    token = sim.grant(company.realm)["refresh_token"]
    app = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert app.post("/oauth2/v1/tokens/bearer", data=form).status_code == 200
    assert app.get("/.well-known/openid_configuration/").status_code == 200
    assert sim.reads(company.realm) == 0

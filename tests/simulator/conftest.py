"""A simulator with one connected company, for every test here."""

from collections.abc import Iterator
from datetime import datetime
from threading import Thread

import pytest

from simulator.app import Simulator
from simulator.clock import PACIFIC
from simulator.company import Company
from simulator.server import Server
from tests.simulator.caller import Api

REALM = "9341450000000001"
NOW = datetime(2026, 11, 2, 8, 14, 55, tzinfo=PACIFIC)


@pytest.fixture
def sim() -> Simulator:
    return Simulator(client_id="app", client_secret="secret", now=NOW)


@pytest.fixture
def company(sim: Simulator) -> Company:
    return sim.add_company("Larkspur Fine Foods LLC", realm=REALM)


@pytest.fixture
def api(sim: Simulator, company: Company) -> Api:
    return Api(sim, company)


@pytest.fixture
def served(sim: Simulator) -> Iterator[str]:
    """The same simulator behind a socket; its address."""
    server = Server("127.0.0.1", 0)
    server.app = sim
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    sim.base_url = sim.oauth.base_url = f"http://127.0.0.1:{server.server_port}"
    yield sim.base_url
    server.shutdown()
    server.server_close()
    thread.join()

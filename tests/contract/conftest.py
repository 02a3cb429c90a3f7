"""The books the contract is checked on: the simulator always, an Intuit sandbox when its keys are given.

For the sandbox set INTUIT_SANDBOX_CLIENT_ID, INTUIT_SANDBOX_CLIENT_SECRET, INTUIT_SANDBOX_REALM and
INTUIT_SANDBOX_TOKEN_FILE, a file that holds the refresh token and is written each time the token changes. The tests
leave customers, invoices and payments behind there, so use a sandbox company of its own.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from buddy.quickbooks import oauth
from buddy.quickbooks.client import Client
from buddy.quickbooks.http import Http, Limiter
from simulator.app import Simulator

SANDBOX_API = "https://sandbox-quickbooks.api.intuit.com"
SANDBOX_DISCOVERY = "https://developer.intuit.com/.well-known/openid_sandbox_configuration/"
KEYS = ("INTUIT_SANDBOX_CLIENT_ID", "INTUIT_SANDBOX_CLIENT_SECRET", "INTUIT_SANDBOX_REALM", "INTUIT_SANDBOX_TOKEN_FILE")


@pytest.fixture(scope="session", params=["simulator", "sandbox"])
def books(request: pytest.FixtureRequest) -> Iterator[Client]:
    if request.param == "simulator":
        yield from _simulated()
    elif missing := [name for name in KEYS if not os.environ.get(name)]:
        pytest.skip(f"no Intuit sandbox: {', '.join(missing)} not set")
    else:
        yield from _sandbox(*(os.environ[name] for name in KEYS))


def _simulated() -> Iterator[Client]:
    simulator = Simulator(client_id="contract", client_secret="secret", base_url="http://sim.test")
    realm = "9341450000000077"
    simulator.add_company("Larkspur Fine Foods LLC", realm=realm, demo=True)
    with Http(transport=httpx2.WSGITransport(app=simulator)) as http:
        endpoints = oauth.discover(http, f"{simulator.base_url}/.well-known/openid_configuration/")
        granted = simulator.grant(realm)["refresh_token"]
        tokens = oauth.refresh(
            http, endpoints, client_id="contract", client_secret="secret", refresh_token=granted, now=datetime.now(UTC)
        )
        yield Client(
            api_url=simulator.base_url, realm=realm, http=http, access_token=lambda _force: tokens.access_token
        )


def _sandbox(client_id: str, client_secret: str, realm: str, token_file: str) -> Iterator[Client]:
    kept = Path(token_file)
    with Http(limiter=Limiter()) as http:
        endpoints = oauth.discover(http, SANDBOX_DISCOVERY)
        tokens = oauth.refresh(
            http,
            endpoints,
            client_id=client_id,
            client_secret=client_secret,
            refresh_token=kept.read_text().strip(),
            now=datetime.now(UTC),
        )
        kept.write_text(tokens.refresh_token)
        yield Client(api_url=SANDBOX_API, realm=realm, http=http, access_token=lambda _force: tokens.access_token)

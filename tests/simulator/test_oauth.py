"""The authorization server (api 1)."""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulator.app import Simulator
from simulator.company import Company
from simulator.oauth import Asked, PageRefused

BACK = "http://localhost:8000/back"
ASKED = {"client_id": "app", "response_type": "code", "redirect_uri": BACK, "state": "s1"}
ACCOUNTING = "com.intuit.quickbooks.accounting"


@pytest.fixture
def http(sim: Simulator) -> httpx2.Client:
    return httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))


def approved(sim: Simulator, company: Company, *, scope: str = ACCOUNTING) -> dict[str, str]:
    """What comes back to the app after a yes."""
    address = sim.oauth.approve(sim.oauth.asked({**ASKED, "scope": scope}), company.realm)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def exchange(http: httpx2.Client, code: str, **headers: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return http.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)


def refresh(http: httpx2.Client, token: str) -> httpx2.Response:
    return http.post("/oauth2/v1/tokens/bearer", data={"grant_type": "refresh_token", "refresh_token": token})


@pytest.mark.parametrize("path", ["openid_configuration", "openid_sandbox_configuration"])
def test_both_discovery_paths_name_the_endpoints(http: httpx2.Client, path: str) -> None:
    """1.1"""
    document = http.get(f"/.well-known/{path}/").json()
    assert document["token_endpoint"].endswith("/oauth2/v1/tokens/bearer")
    assert document["response_types_supported"] == ["code"]
    assert "code_challenge_methods_supported" not in document


def test_the_realm_comes_back_with_the_code(sim: Simulator, company: Company) -> None:
    """1.2"""
    back = approved(sim, company)
    assert back["realmId"] == company.realm
    assert back["state"] == "s1"
    assert len(back["code"]) <= 512


def test_a_refusal_carries_no_realm(sim: Simulator) -> None:
    """1.2"""
    address = sim.oauth.refuse(sim.oauth.asked({**ASKED, "scope": ACCOUNTING}))
    assert parse_qs(urlsplit(address).query) == {"error": ["access_denied"], "state": ["s1"]}


@pytest.mark.parametrize(
    "wrong", [{"client_id": "other"}, {"response_type": "token"}, {"scope": ""}, {"state": ""}, {"redirect_uri": "x"}]
)
def test_a_bad_authorization_request_makes_no_callback(sim: Simulator, wrong: dict[str, str]) -> None:
    """1.5"""
    with pytest.raises(PageRefused):
        sim.oauth.asked({**ASKED, "scope": ACCOUNTING, **wrong})


def test_registered_redirect_addresses_match_exactly() -> None:
    """1.2"""
    sim = Simulator(client_id="app", redirect_uris=[BACK])
    assert sim.oauth.asked({**ASKED, "scope": ACCOUNTING}).redirect_uri == BACK
    with pytest.raises(PageRefused, match="redirect_uri"):
        sim.oauth.asked({**ASKED, "scope": ACCOUNTING, "redirect_uri": f"{BACK}/"})


def test_the_exchange_answers_the_documented_fields(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.3"""
    response = exchange(http, approved(sim, company)["code"])
    assert set(response.json()) == {
        "token_type", "access_token", "expires_in", "refresh_token", "x_refresh_token_expires_in",
    }  # fmt: skip
    assert response.json()["expires_in"] == 3600
    assert response.json()["x_refresh_token_expires_in"] == 8726400
    assert response.headers["cache-control"] == "no-cache, no-store"
    assert response.headers["intuit_tid"]


def test_a_code_works_once(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.2"""
    code = approved(sim, company)["code"]
    assert exchange(http, code).status_code == 200
    again = exchange(http, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_code_dies_after_ten_minutes(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.2, a switch: the real life is unknown"""
    code = approved(sim, company)["code"]
    sim.now += timedelta(minutes=11)
    assert exchange(http, code).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_its_redirect_address(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.3"""
    form = {"grant_type": "authorization_code", "code": approved(sim, company)["code"], "redirect_uri": "http://b/"}
    assert http.post("/oauth2/v1/tokens/bearer", data=form).json() == {"error": "invalid_grant"}


def test_the_hard_expiry_is_told_only_when_asked_for(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.3"""
    plain = exchange(http, approved(sim, company)["code"]).json()
    assert "x_refresh_token_hard_expires_in" not in plain
    header = {"x-include-refresh-token-hard-expires-in": "true"}
    asked = exchange(http, approved(sim, company)["code"], **header).json()
    assert 155_000_000 < asked["x_refresh_token_hard_expires_in"] < 158_000_000


def test_the_id_token_is_signed_by_the_published_key(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.1, 1.3"""
    token = exchange(http, approved(sim, company, scope=f"{ACCOUNTING} openid")["code"]).json()["id_token"]
    signed, _, signature = token.rpartition(".")
    key = http.get("/op/v1/jwks").json()["keys"][0]
    public = rsa.RSAPublicNumbers(e=number(key["e"]), n=number(key["n"])).public_key()
    public.verify(raw(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = json.loads(raw(signed.partition(".")[2]))
    assert (claims["realmid"], claims["aud"]) == (company.realm, ["app"])


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    return int.from_bytes(raw(text), "big")


def test_sticky_rotation_keeps_the_value_for_a_day(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.4"""
    first = sim.grant(company.realm)["refresh_token"]
    assert refresh(http, first).json()["refresh_token"] == first
    sim.now += timedelta(hours=25)
    second = refresh(http, first).json()["refresh_token"]
    assert second != first
    dead = refresh(http, first)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


def test_strict_rotation_changes_the_value_each_time() -> None:
    """1.4"""
    sim = Simulator(client_id="app", client_secret="secret", rotation="strict")
    realm = sim.add_company().realm
    http = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))
    first = sim.grant(realm)["refresh_token"]
    assert refresh(http, first).json()["refresh_token"] != first
    assert refresh(http, first).json()["error"] == "invalid_grant"


def test_grace_rotation_takes_the_previous_value_for_an_hour() -> None:
    """1.4"""
    sim = Simulator(client_id="app", client_secret="secret", rotation="grace")
    realm = sim.add_company().realm
    http = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "secret"))
    first = sim.grant(realm)["refresh_token"]
    second = refresh(http, first).json()["refresh_token"]
    assert refresh(http, first).json()["refresh_token"] == second
    sim.now += timedelta(hours=2)
    assert refresh(http, first).json()["error"] == "invalid_grant"


def test_a_refresh_token_dies_after_a_hundred_days_unused(
    sim: Simulator, company: Company, http: httpx2.Client
) -> None:
    """1.4"""
    token = sim.grant(company.realm)["refresh_token"]
    for _ in range(3):
        sim.now += timedelta(days=99)
        token = refresh(http, token).json()["refresh_token"]
    sim.now += timedelta(days=101)
    assert refresh(http, token).json()["error"] == "invalid_grant"


def test_nothing_outlives_five_years(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.4"""
    token = sim.grant(company.realm)["refresh_token"]
    for _ in range(19):
        sim.now += timedelta(days=95)
        token = refresh(http, token).json()["refresh_token"]
    sim.now += timedelta(days=95)
    assert refresh(http, token).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, 400, "invalid_grant"),
    ],
)
def test_the_token_endpoint_says_what_is_wrong(http: httpx2.Client, form: Any, status: int, error: str) -> None:
    """1.5"""
    response = http.post("/oauth2/v1/tokens/bearer", data=form, headers={"Content-Type": FORM})
    assert (response.status_code, response.json()["error"]) == (status, error)


FORM = "application/x-www-form-urlencoded"


def test_a_wrong_secret_is_an_invalid_client(sim: Simulator) -> None:
    """1.5"""
    http = httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url, auth=("app", "wrong"))
    response = refresh(http, "x")
    assert (response.status_code, response.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_kills_the_grant(
    sim: Simulator, company: Company, http: httpx2.Client, which: str
) -> None:
    """1.6"""
    tokens = sim.grant(company.realm)
    done = http.post("/v2/oauth2/tokens/revoke", json={"token": tokens[which]})
    assert (done.status_code, done.content) == (200, b"")
    assert refresh(http, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert http.post("/v2/oauth2/tokens/revoke", json={"token": tokens[which]}).status_code == 400


def test_a_new_consent_supersedes_the_old_one(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.2"""
    old = sim.grant(company.realm)
    sim.grant(company.realm)
    assert refresh(http, old["refresh_token"]).json()["error"] == "invalid_grant"


def test_user_info_tells_who_connected(sim: Simulator, company: Company, http: httpx2.Client) -> None:
    """1.1"""
    bearer = {"Authorization": f"Bearer {sim.grant(company.realm)['access_token']}"}
    told = httpx2.Client(transport=httpx2.WSGITransport(app=sim)).get(
        f"{sim.base_url}/v1/openid_connect/userinfo", headers=bearer
    )
    assert told.json()["familyName"] == "Lindqvist"


def test_an_asked_request_is_what_was_asked(sim: Simulator) -> None:
    """1.2"""
    assert sim.oauth.asked({**ASKED, "scope": ACCOUNTING}) == Asked("app", BACK, ACCOUNTING, "s1")

"""OAuth 2.0, over HTTP: endpoints, consent, tokens, refusals, the end of a connection (section 1)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api
from tests.simulator.conftest import NOW, REALM

BACK = "https://app.example.com/back"
ACCOUNTING = "com.intuit.quickbooks.accounting"
ASKED = {
    "client_id": "app", "response_type": "code", "scope": ACCOUNTING, "redirect_uri": BACK, "state": "a b&c",
}  # fmt: skip


@pytest.fixture
def sim() -> Simulator:
    return Simulator(client_id="app", client_secret="secret", now=NOW, redirect_uris=[BACK])


@pytest.fixture
def browser(sim: Simulator, company: Company) -> httpx2.Client:
    return httpx2.Client(transport=httpx2.WSGITransport(app=sim), base_url=sim.base_url)


@pytest.fixture
def app(browser: httpx2.Client) -> httpx2.Client:
    return httpx2.Client(transport=browser._transport, base_url=browser.base_url, auth=("app", "secret"))


def consent(browser: httpx2.Client, decision: str = "connect", realm: str = REALM, **asked: str) -> dict[str, str]:
    """What comes back to the app when a person decides."""
    form = {"decision": decision, "company": realm}
    response = browser.post("/connect/oauth2", params={**ASKED, **asked}, data=form)
    where = urlsplit(response.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == BACK
    return {name: values[0] for name, values in parse_qs(where.query).items()}


def token(app: httpx2.Client, **form: str) -> httpx2.Response:
    return app.post("/oauth2/v1/tokens/bearer", data=form)


def exchange(app: httpx2.Client, browser: httpx2.Client, **asked: str) -> httpx2.Response:
    code = consent(browser, **asked)["code"]
    return token(app, grant_type="authorization_code", code=code, redirect_uri=BACK)


@pytest.mark.parametrize(
    ("rule", "name", "path"),
    [
        ("1.1-1", "authorization_endpoint", "/connect/oauth2"),
        ("1.1-2", "token_endpoint", "/oauth2/v1/tokens/bearer"),
        ("1.1-3", "revocation_endpoint", "/v2/oauth2/tokens/revoke"),
        ("1.1-4", "userinfo_endpoint", "/v1/openid_connect/userinfo"),
        ("1.1-5", "userinfo_endpoint", "/v1/openid_connect/userinfo"),
        ("1.1-6", "jwks_uri", "/op/v1/jwks"),
    ],
)
def test_discovery_names_the_endpoints_and_they_are_there(
    browser: httpx2.Client, rule: str, name: str, path: str
) -> None:
    kind = "openid_sandbox_configuration" if rule == "1.1-5" else "openid_configuration"
    address = browser.get(f"/.well-known/{kind}/").json()[name]
    assert urlsplit(address).path == path
    assert browser.get(address).status_code != 404


@pytest.mark.parametrize("kind", ["openid_configuration", "openid_sandbox_configuration"])
def test_discovery_answers_at_both_addresses(browser: httpx2.Client, kind: str) -> None:
    """1.1-8, 1.1-9"""
    assert browser.get(f"/.well-known/{kind}/").json()["issuer"]


def test_the_issuer_ends_in_op_v1(browser: httpx2.Client) -> None:
    """1.1-7"""
    issuer = browser.get("/.well-known/openid_configuration/").json()["issuer"]
    assert issuer == f"{browser.base_url}/op/v1".replace("//op", "/op")


@pytest.mark.parametrize("kind", ["openid-configuration", "openid-configuration/"])
def test_the_name_of_the_rfc_is_not_served(browser: httpx2.Client, kind: str) -> None:
    """1.1-11"""
    assert browser.get(f"/.well-known/{kind}").status_code == 404


def test_discovery_offers_a_code_two_ways_to_authenticate_and_no_pkce(browser: httpx2.Client) -> None:
    """1.1-13"""
    told = browser.get("/.well-known/openid_configuration/").json()
    assert told["response_types_supported"] == ["code"]
    assert set(told["token_endpoint_auth_methods_supported"]) == {"client_secret_basic", "client_secret_post"}
    assert told["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "code_challenge_methods_supported" not in told


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("1.2-1", {"client_id": "another"}),
        ("1.2-2", {"response_type": "token"}),
        ("1.2-3", {"scope": " "}),
        ("1.2-4", {"redirect_uri": f"{BACK}/"}),
        ("1.2-4", {"redirect_uri": f"{BACK}?x=1"}),
        ("1.2-5", {"state": ""}),
    ],
)
def test_a_wrong_consent_request_ends_on_a_page_and_redirects_nobody(
    browser: httpx2.Client, rule: str, wrong: dict[str, str]
) -> None:
    """1.5-7"""
    assert browser.get("/connect/oauth2", params=ASKED).status_code == 200
    refused = browser.get("/connect/oauth2", params={**ASKED, **wrong})
    assert refused.status_code == 400
    assert "location" not in refused.headers
    assert next(iter(wrong)) in refused.text


def test_a_yes_brings_code_state_and_realm(browser: httpx2.Client) -> None:
    """1.2-5, 1.2-a"""
    back = consent(browser)
    assert set(back) == {"code", "state", "realmId"}
    assert back["state"] == ASKED["state"]
    assert len(back["code"]) <= 512
    assert 15 <= len(back["realmId"]) <= 19
    assert back["realmId"].isdigit()


def test_a_no_brings_access_denied_and_no_realm(browser: httpx2.Client) -> None:
    """1.2-b"""
    assert consent(browser, "cancel") == {"error": "access_denied", "state": ASKED["state"]}


def test_another_company_picked_is_another_realm(sim: Simulator, browser: httpx2.Client) -> None:
    """1.2-7"""
    other = sim.add_company("Quayside Stores")
    assert consent(browser)["realmId"] == REALM
    assert consent(browser, realm=other.realm)["realmId"] == other.realm


def test_a_refresh_brings_an_access_token_that_works(app: httpx2.Client, browser: httpx2.Client) -> None:
    """1.3-2"""
    told = exchange(app, browser).json()
    again = token(app, grant_type="refresh_token", refresh_token=told["refresh_token"]).json()
    assert again["access_token"] != told["access_token"]
    headers = {"Authorization": f"Bearer {again['access_token']}", "Accept": "application/json"}
    assert browser.get(f"/v3/company/{REALM}/preferences", headers=headers).status_code == 200


def test_the_token_reply_has_the_documented_values(app: httpx2.Client, browser: httpx2.Client) -> None:
    """1.3-3, 1.3-4, 1.3-5, 1.3-6, 1.3-7, 1.3-8"""
    told = exchange(app, browser).json()
    assert (told["token_type"], told["expires_in"], told["x_refresh_token_expires_in"]) == ("bearer", 3600, 8726400)
    assert 600 < len(told["access_token"]) <= 4096
    assert told["refresh_token"].startswith("RT1-")
    assert len(told["refresh_token"]) <= 512
    assert "id_token" not in told
    assert exchange(app, browser, scope=f"{ACCOUNTING} openid").json()["id_token"].count(".") == 2


@pytest.mark.parametrize("given", [{"auth": ("app", "secret")}, {"headers": {}}])
def test_the_token_endpoint_wants_a_form_and_the_apps_keys(browser: httpx2.Client, given: dict[str, object]) -> None:
    """1.3-a, 1.5-5"""
    form = {"grant_type": "authorization_code", "code": consent(browser)["code"], "redirect_uri": BACK}
    as_form = browser.post("/oauth2/v1/tokens/bearer", data=form, **given)
    assert as_form.status_code == (200 if "auth" in given else 401)
    as_json = browser.post("/oauth2/v1/tokens/bearer", json=form, auth=("app", "secret"))
    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")


def test_the_token_endpoint_sends_the_recorded_headers(app: httpx2.Client, browser: httpx2.Client) -> None:
    """1.3-b"""
    headers = exchange(app, browser).headers
    assert headers["content-type"] == "application/json;charset=utf-8"
    assert (headers["cache-control"], headers["pragma"]) == ("no-cache, no-store", "no-cache")
    assert headers["intuit_tid"]


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (60, 401)])
def test_an_access_token_lives_sixty_minutes(sim: Simulator, company: Company, minutes: int, status: int) -> None:
    """1.4-1"""
    api = Api(sim, company)
    sim.now += timedelta(minutes=minutes)
    assert api.http.get("/preferences").status_code == status


def test_of_two_who_refresh_around_a_change_the_slower_loses(sim: Simulator, app: httpx2.Client) -> None:
    """1.4-a"""
    value = sim.grant(REALM)["refresh_token"]
    sim.now += timedelta(hours=25)
    answers = [token(app, grant_type="refresh_token", refresh_token=value) for _ in range(2)]
    assert answers[0].json()["refresh_token"] != value
    assert answers[1].json()["error"] == "invalid_grant"


def test_a_used_code_and_a_dead_token_get_invalid_grant(app: httpx2.Client, browser: httpx2.Client) -> None:
    """1.5-1, 1.5-3"""
    code = consent(browser)["code"]
    once, again = (token(app, grant_type="authorization_code", code=code, redirect_uri=BACK) for _ in range(2))
    assert once.status_code == 200
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    dead = token(app, grant_type="refresh_token", refresh_token="RT1-1-H0-dead")
    assert (dead.status_code, dead.json()) == (
        400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
    )  # fmt: skip


@pytest.mark.parametrize("form", [{"grant_type": "refresh_token"}, {"grant_type": "authorization_code", "code": "x"}])
def test_a_missing_field_is_an_invalid_request(app: httpx2.Client, form: dict[str, str]) -> None:
    """1.5-5"""
    response = token(app, **form)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_an_app_that_was_disconnected_inside_quickbooks_hears_nothing(
    sim: Simulator, company: Company, app: httpx2.Client
) -> None:
    """1.6-3"""
    sim.webhooks.url = "http://app.test/webhooks"
    api = Api(sim, company)
    value = sim.oauth.grants[REALM].refresh
    assert token(app, grant_type="refresh_token", refresh_token=value).status_code == 200
    sim.revoke(REALM)
    assert sim.webhooks.pending == 0
    assert api.http.get("/preferences").status_code == 401
    assert token(app, grant_type="refresh_token", refresh_token=value).json()["error"] == "invalid_grant"


def test_the_accounting_scope_reads_and_writes_and_others_tell_of_the_user(
    app: httpx2.Client, browser: httpx2.Client
) -> None:
    """1.7-a"""
    bearer = exchange(app, browser, scope=f"{ACCOUNTING} openid profile email phone address").json()["access_token"]
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    made = browser.post(f"/v3/company/{REALM}/customer", json={"DisplayName": "Harbor"}, headers=headers)
    assert made.status_code == 200
    assert browser.get(f"/v3/company/{REALM}/customer/1", headers=headers).status_code == 200
    assert browser.get("/v1/openid_connect/userinfo", headers=headers).json()["email"]

"""Consent, tokens, and how they end (api 1)."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from buddy.quickbooks import oauth
from buddy.quickbooks.errors import QuickBooksError, Reconnect, Rejected, Retryable, Throttled
from buddy.quickbooks.http import Http
from buddy.quickbooks.records import Tokens
from tests.quickbooks.wire import Wire, answer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENDPOINTS = oauth.Endpoints(
    authorization="https://consent.test/connect/oauth2",
    token="https://oauth.test/oauth2/v1/tokens/bearer",
    revocation="https://developer.test/v2/oauth2/tokens/revoke",
    userinfo="https://accounts.test/userinfo",
    issuer="https://oauth.test/op/v1",
    jwks="https://oauth.test/op/v1/jwks",
)
DISCOVERY = {
    "issuer": ENDPOINTS.issuer,
    "authorization_endpoint": ENDPOINTS.authorization,
    "token_endpoint": ENDPOINTS.token,
    "userinfo_endpoint": ENDPOINTS.userinfo,
    "revocation_endpoint": ENDPOINTS.revocation,
    "jwks_uri": ENDPOINTS.jwks,
    "response_types_supported": ["code"],
}
GRANT = {
    "token_type": "bearer",
    "access_token": "eyJnew",
    "expires_in": 3600,
    "refresh_token": "RT1-new",
    "x_refresh_token_expires_in": 8726400,
}
KEYS = {"client_id": "key", "client_secret": "s:e/c"}


def exchange(wire: Wire) -> Tokens:
    return oauth.exchange_code(
        Http(transport=wire), ENDPOINTS, **KEYS, code="code-1", redirect_uri="https://b.test/cb", now=NOW
    )


def refresh(wire: Wire) -> Tokens:
    return oauth.refresh(Http(transport=wire), ENDPOINTS, **KEYS, refresh_token="RT1-old", now=NOW)


def revoke(wire: Wire) -> None:
    oauth.revoke(Http(transport=wire), ENDPOINTS, **KEYS, token="RT1-old")


def refused(error: Any, status: int = 400) -> httpx2.Response:
    return answer(error, status, **{"Intuit-Tid": "1-oauth"})


def test_the_discovery_document_names_the_addresses() -> None:
    wire = Wire(answer(DISCOVERY))
    assert oauth.discover(Http(transport=wire), "https://d.test/.well-known/openid_configuration/") == ENDPOINTS
    assert wire.asked[0].headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "reply",
    [
        answer({}),
        answer({**DISCOVERY, "token_endpoint": None}),
        answer(content=b"<html>"),
        answer(status=404, content=b"<html>"),
        answer({}, 401),
    ],
)
def test_an_address_without_a_discovery_document_names_the_setting_to_correct(reply: httpx2.Response) -> None:
    with pytest.raises(Rejected) as raised:
        oauth.discover(Http(transport=Wire(reply)), "https://d.test/")
    assert "INTUIT_DISCOVERY_URL" in raised.value.user_text


def test_a_discovery_host_that_is_down_is_tried_again_and_later() -> None:
    with pytest.raises(Retryable):
        oauth.discover(Http(transport=Wire(answer(status=503, content=b""))), "https://d.test/")


def test_the_consent_address_carries_what_intuit_asks_for() -> None:
    url = oauth.authorize_url(
        ENDPOINTS,
        client_id="key",
        redirect_uri="https://b.test/cb?x=1",
        scope="openid com.intuit.quickbooks.accounting",
        state="s&1",
    )
    split = urlsplit(url)
    assert f"{split.scheme}://{split.netloc}{split.path}" == ENDPOINTS.authorization
    assert parse_qs(split.query) == {
        "client_id": ["key"],
        "response_type": ["code"],
        "scope": ["openid com.intuit.quickbooks.accounting"],
        "redirect_uri": ["https://b.test/cb?x=1"],
        "state": ["s&1"],
    }
    assert "openid%20com" in url


@pytest.mark.parametrize(
    ("ask", "fields"),
    [
        (exchange, {"grant_type": ["authorization_code"], "code": ["code-1"], "redirect_uri": ["https://b.test/cb"]}),
        (refresh, {"grant_type": ["refresh_token"], "refresh_token": ["RT1-old"]}),
    ],
)
def test_tokens_are_asked_for_by_form_with_the_apps_keys(
    ask: Callable[[Wire], Tokens], fields: dict[str, list[str]]
) -> None:
    wire = Wire(answer(GRANT))
    tokens = ask(wire)
    (request,) = wire.asked
    assert (request.method, str(request.url)) == ("POST", ENDPOINTS.token)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == "application/json"
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"key:s:e/c"
    assert parse_qs(request.content.decode()) == fields
    assert (tokens.access_token, tokens.refresh_token) == ("eyJnew", "RT1-new")
    assert tokens.access_expires_at == NOW + timedelta(hours=1)
    assert tokens.refresh_expires_at == NOW + timedelta(days=101)
    assert tokens.hard_expires_at is None


def test_the_end_of_the_connection_is_kept_when_told() -> None:
    tokens = refresh(Wire(answer({**GRANT, "x_refresh_token_hard_expires_in": 156_000_000})))
    assert tokens.hard_expires_at == NOW + timedelta(seconds=156_000_000)


def test_a_refresh_that_brings_no_new_refresh_token_keeps_the_old_one() -> None:
    grant = {name: value for name, value in GRANT.items() if name != "refresh_token"}
    assert refresh(Wire(answer(grant))).refresh_token == "RT1-old"


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant"},
        {"error_description": "Token invalid", "error": "invalid_grant"},
        {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
    ],
)
@pytest.mark.parametrize("ask", [exchange, refresh])
def test_a_dead_grant_means_reconnect_whatever_its_description(
    ask: Callable[[Wire], Tokens], body: dict[str, str]
) -> None:
    wire = Wire(refused(body))
    with pytest.raises(Reconnect) as raised:
        ask(wire)
    assert (raised.value.code, raised.value.status, raised.value.trace_id) == ("invalid_grant", 400, "1-oauth")
    assert len(wire.asked) == 1


def test_a_spent_code_asks_for_consent_once_more() -> None:
    with pytest.raises(Reconnect) as raised:
        exchange(Wire(refused({"error": "invalid_grant"})))
    assert "used already or is too old" in raised.value.user_text
    assert "Connect QuickBooks" in raised.value.user_text


@pytest.mark.parametrize(
    "reply",
    [
        refused({"error": "invalid_client"}, 401),
        refused({"error": "invalid_client"}),
        refused({}, 401),
        answer(status=401, content=b"<html>"),
    ],
)
@pytest.mark.parametrize("ask", [exchange, refresh, revoke])
def test_wrong_keys_are_a_matter_of_settings_and_not_of_reconnecting(
    ask: Callable[[Wire], Any], reply: httpx2.Response
) -> None:
    with pytest.raises(Rejected) as raised:
        ask(Wire(reply))
    assert "client secret" in raised.value.user_text


@pytest.mark.parametrize("error", ["invalid_request", "unsupported_grant_type", "something_new"])
def test_an_odd_refusal_is_rejected(error: str) -> None:
    with pytest.raises(Rejected) as raised:
        exchange(Wire(refused({"error": error})))
    assert raised.value.code == error


@pytest.mark.parametrize("ask", [exchange, refresh, revoke])
@pytest.mark.parametrize(
    ("reply", "remedy"),
    [
        (answer(status=503, content=b""), Retryable),
        (refused({"error": "invalid_grant"}, 500), Retryable),
        (answer({}, 429), Throttled),
        (httpx2.ReadTimeout("slow"), Retryable),
    ],
)
def test_a_host_that_is_down_is_not_a_dead_grant(
    ask: Callable[[Wire], Any], reply: Any, remedy: type[QuickBooksError]
) -> None:
    wire = Wire(reply)
    with pytest.raises(remedy):
        ask(wire)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"token_type":"bearer"}'])
def test_an_unreadable_grant_is_in_doubt(content: bytes) -> None:
    with pytest.raises(Retryable) as raised:
        refresh(Wire(httpx2.Response(200, content=content)))
    assert raised.value.in_doubt


def test_revoking_names_the_token_in_json() -> None:
    wire = Wire(httpx2.Response(200))
    revoke(wire)
    (request,) = wire.asked
    assert (request.method, str(request.url), json.loads(request.content)) == (
        "POST",
        ENDPOINTS.revocation,
        {"token": "RT1-old"},
    )
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "reply",
    [answer(status=400, content=b""), refused({"error": "invalid_grant"}), refused({"error": "invalid_request"})],
)
def test_revoking_what_is_dead_already_is_a_success(reply: httpx2.Response) -> None:
    revoke(Wire(reply))


def test_no_secret_shows_in_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), pytest.raises(Reconnect) as raised:
        refresh(Wire(refused({"error": "invalid_grant", "error_description": "RT1-old is dead"})))
    lines = [record.getMessage() for record in caplog.records if record.name.startswith(("buddy", "httpx2"))]
    assert lines
    assert not any(secret in f"{raised.value!s}{raised.value!r}{lines}" for secret in ("RT1-old", "s:e/c"))

"""The connection's permission: where consent is given, and the tokens it brings (api 1).

`now` is passed in, so that an expiry is counted from when the caller began to ask, which errs on the safe side.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from buddy.quickbooks.errors import QuickBooksError, Reconnect, Rejected, Retryable
from buddy.quickbooks.faults import fault, trace_id
from buddy.quickbooks.http import Http, Response
from buddy.quickbooks.records import Tokens

ACCOUNTING = "com.intuit.quickbooks.accounting"
REFRESH_LIFE = 8_726_400  # seconds, where the answer does not say (api 1.3)

_JSON = {"Accept": "application/json"}
# Ask to be told the absolute end of the connection too (api 1.3, since 2026).
_TOKEN_HEADERS = {**_JSON, "x-include-refresh-token-hard-expires-in": "true"}

_SETTINGS = (
    "QuickBooks does not know this app: the client ID or the client secret in Buddy's settings is wrong, or they are "
    "of the other world (production or sandbox). Nothing is lost. Whoever runs this Buddy corrects them."
)
_USED_UP = (
    "The permission from QuickBooks was used already or is too old. Nothing is lost. "
    "Press Connect QuickBooks and go through the consent page once more."
)
_ODD = (
    "QuickBooks did not accept how Buddy asked for permission. Nothing is lost. "
    "Check the redirect address registered for the app, then press Connect QuickBooks again."
)
_NO_DISCOVERY = (
    "The address in Buddy's settings that should list Intuit's sign-in addresses does not. Nothing is lost. "
    "Whoever runs this Buddy corrects INTUIT_DISCOVERY_URL."
)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Intuit's addresses, as its discovery document lists them (api 1.1)."""

    authorization: str
    token: str
    revocation: str
    userinfo: str
    issuer: str
    jwks: str


class _Discovery(msgspec.Struct):
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    userinfo_endpoint: str = ""
    issuer: str = ""
    jwks_uri: str = ""


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: int = 3600
    refresh_token: str = ""
    x_refresh_token_expires_in: int = REFRESH_LIFE
    x_refresh_token_hard_expires_in: int | None = None


def discover(http: Http, url: str) -> Endpoints:
    """Read the discovery document. Rejected when there is none at `url`."""
    response = http.request("GET", url, headers=_JSON, verb="discover", read_fault=_no_discovery)
    try:
        found = msgspec.json.decode(response.content, type=_Discovery)
    except ValueError as problem:
        raise Rejected(f"no discovery document: {problem}", user_text=_NO_DISCOVERY) from problem
    return Endpoints(
        authorization=found.authorization_endpoint,
        token=found.token_endpoint,
        revocation=found.revocation_endpoint,
        userinfo=found.userinfo_endpoint,
        issuer=found.issuer,
        jwks=found.jwks_uri,
    )


def authorize_url(
    endpoints: Endpoints, *, client_id: str, redirect_uri: str, scope: str = ACCOUNTING, state: str
) -> str:
    """Where to send the browser for consent (api 1.2). `state` comes back and must be compared."""
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "scope": scope,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{endpoints.authorization}?{urlencode(asked, quote_via=quote)}"


def exchange_code(
    http: Http,
    endpoints: Endpoints,
    *,
    client_id: str,
    client_secret: str,
    code: str,
    redirect_uri: str,
    now: datetime,
) -> Tokens:
    """The first tokens for the code of the callback. The code works once and for minutes: Reconnect when it is spent,
    Rejected when the app's keys or the redirect address are wrong."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    try:
        response = _ask(http, endpoints.token, asked, (client_id, client_secret), verb="exchange")
    except Reconnect as spent:
        spent.user_text = _USED_UP
        raise
    return _tokens(response, now=now, refresh_token="")


def refresh(
    http: Http, endpoints: Endpoints, *, client_id: str, client_secret: str, refresh_token: str, now: datetime
) -> Tokens:
    """New tokens. Store the refresh token that comes back every time: about once a day it is another one, and the
    older is dead then (api 1.4). Reconnect when `refresh_token` is dead, Rejected when the app's keys are wrong."""
    asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    response = _ask(http, endpoints.token, asked, (client_id, client_secret), verb="refresh")
    return _tokens(response, now=now, refresh_token=refresh_token)


def revoke(http: Http, endpoints: Endpoints, *, client_id: str, client_secret: str, token: str) -> None:
    """End the whole grant; either of its tokens will do (api 1.6). One that is dead already is a success."""
    try:
        http.request(
            "POST",
            endpoints.revocation,
            headers={**_JSON, "Content-Type": "application/json"},
            content=msgspec.json.encode({"token": token}),
            auth=(client_id, client_secret),
            write=True,
            verb="revoke",
            read_fault=_refused,
        )
    except (Reconnect, Rejected) as refused:
        if refused.status != 400 or refused.code == "invalid_client":
            raise


def _ask(http: Http, url: str, asked: Mapping[str, str], client: tuple[str, str], *, verb: str) -> Response:
    """A write: a code works once and a refresh may rotate, so neither is repeated here (api 1.4)."""
    return http.request(
        "POST", url, headers=_TOKEN_HEADERS, data=asked, auth=client, write=True, verb=verb, read_fault=_refused
    )


def _tokens(response: Response, *, now: datetime, refresh_token: str) -> Tokens:
    try:
        grant = msgspec.json.decode(response.content, type=_Grant, strict=False)
    except ValueError as problem:
        error = Retryable(f"unreadable answer: {problem}", status=response.status, trace_id=response.trace_id)
        error.in_doubt = True
        raise error from problem
    hard = grant.x_refresh_token_hard_expires_in
    return Tokens(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token or refresh_token,
        access_expires_at=now + timedelta(seconds=grant.expires_in),
        refresh_expires_at=now + timedelta(seconds=grant.x_refresh_token_expires_in),
        hard_expires_at=None if hard is None else now + timedelta(seconds=hard),
    )


def _refused(status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> QuickBooksError:
    """What the OAuth hosts say no with: read by `error` alone, for its description varies (api 1.5)."""
    said = _error_in(body) or ("invalid_client" if status == 401 else "")
    if status == 429 or status >= 500 or not said:
        return fault(status, body, content_type, headers)
    remedy, text = _REFUSALS.get(said, (Rejected, _ODD))
    return remedy(said, code=said, status=status, trace_id=trace_id(headers), user_text=text)


_REFUSALS: dict[str, tuple[type[QuickBooksError], str]] = {
    "invalid_grant": (Reconnect, ""),
    "invalid_client": (Rejected, _SETTINGS),
    "unauthorized_client": (Rejected, _SETTINGS),
}


def _error_in(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return ""
    said = answer.get("error") if isinstance(answer, dict) else None
    return said if isinstance(said, str) else ""


def _no_discovery(status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> QuickBooksError:
    error = fault(status, body, content_type, headers)
    if isinstance(error, Retryable):
        return error
    return Rejected(f"no discovery document: {error}", status=status, user_text=_NO_DISCOVERY)

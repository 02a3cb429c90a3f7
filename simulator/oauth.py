"""The authorization server: consent, codes, tokens and their rotation, revocation (api 1.1–1.7). No HTTP here."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any
from urllib.parse import urlencode, urlsplit

from simulator import refusals
from simulator.choices import Choices
from simulator.clock import Clock
from simulator.signing import Signer

ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=100)
HARD_LIFE = timedelta(days=5 * 365)
STICKY_LIFE = timedelta(hours=24)
GRACE = timedelta(hours=1)
TOLD_REFRESH_SECONDS = 8726400  # what replies say: 101 days (api 1.3)
ACCOUNTING = "com.intuit.quickbooks.accounting"
ROTATIONS = ("sticky", "strict", "grace")


class OAuthRefused(Exception):
    """The token endpoint says no: HTTP status and the `error` body of api 1.5."""

    def __init__(self, status: int, error: str, description: str = "") -> None:
        super().__init__(f"{status} {error} {description}".strip())
        self.status = status
        self.body = {"error": error} | ({"error_description": description} if description else {})


class PageRefused(Exception):
    """The authorization request cannot be answered by a redirect: the browser shows this text (api 1.5)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One authorization request, checked."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str


@dataclass(slots=True)
class Code:
    """An authorization code: single use, minutes of life (api 1.2)."""

    realm: str
    user: str
    scope: str
    redirect_uri: str
    expires: datetime


@dataclass(slots=True)
class Grant:
    """The standing permission for one realm, with its tokens."""

    realm: str
    user: str
    scope: str
    created: datetime
    refresh: str
    refresh_issued: datetime
    refresh_used: datetime
    previous: str = ""
    previous_until: datetime | None = None
    access: dict[str, datetime] = field(default_factory=dict)
    admin: bool = True


class AuthorizationServer:
    """One app (client id and secret), one grant per realm."""

    def __init__(
        self,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        base_url: str,
        rotation: str = "sticky",
        redirect_uris: Sequence[str] = (),
        choices: Choices | None = None,
        signer: Signer | None = None,
    ) -> None:
        if rotation not in ROTATIONS:
            raise ValueError(f"rotation is one of {', '.join(ROTATIONS)}, not {rotation!r}")
        self.clock = clock
        self.client_id, self.client_secret = client_id, client_secret
        self.base_url = base_url
        self.rotation = rotation
        self.redirect_uris = tuple(redirect_uris)
        self.choices = choices or Choices()
        self.signer = signer or Signer()
        self.codes: dict[str, Code] = {}
        self.grants: dict[str, Grant] = {}
        self.lock = RLock()

    def discovery(self) -> dict[str, Any]:
        """The discovery document (api 1.1)."""
        base = self.base_url
        return {
            "issuer": f"{base}/op/v1",
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        }

    # The browser's part

    def asked(self, args: Mapping[str, str]) -> Asked:
        """The request behind the consent page, or PageRefused with the words to show."""
        if args.get("client_id") != self.client_id:
            raise PageRefused("The client_id is not the one of this app. Check the app's keys.")
        redirect_uri = args.get("redirect_uri", "")
        if not self._allowed(redirect_uri):
            raise PageRefused(
                "The redirect_uri query parameter value is invalid. It must match one that the app has registered."
            )
        if args.get("response_type") != "code":
            raise PageRefused('The response_type query parameter must be "code".')
        if not args.get("scope", "").strip():
            raise PageRefused("The scope query parameter is missing.")
        if not args.get("state"):
            raise PageRefused("The state query parameter is missing.")
        return Asked(self.client_id, redirect_uri, args["scope"], args["state"])

    def _allowed(self, redirect_uri: str) -> bool:
        if self.redirect_uris:
            return redirect_uri in self.redirect_uris
        return urlsplit(redirect_uri).scheme in {"http", "https"}

    def approve(self, asked: Asked, realm: str, user: str = "June Lindqvist") -> str:
        """The user said yes for this company: the address to send the browser to."""
        code = "XAB" + secrets.token_urlsafe(36)
        expires = self.clock.now + timedelta(minutes=self.choices.code_minutes)
        with self.lock:
            self.codes[code] = Code(realm, user, asked.scope, asked.redirect_uri, expires)
        return _with_query(asked.redirect_uri, {"code": code, "state": asked.state, "realmId": realm})

    def refuse(self, asked: Asked) -> str:
        """The user said no: back with access_denied and without a realmId."""
        return _with_query(asked.redirect_uri, {"error": "access_denied", "state": asked.state})

    # The app's part

    def authenticate(self, client_id: str, client_secret: str) -> None:
        if not (
            secrets.compare_digest(client_id.encode(), self.client_id.encode())
            and secrets.compare_digest(client_secret.encode(), self.client_secret.encode())
        ):
            raise OAuthRefused(401, "invalid_client")

    def token(self, form: Mapping[str, str], *, hard_expiry: bool = False) -> dict[str, Any]:
        """The token endpoint after client authentication: exchange or refresh (api 1.3)."""
        grant_type = form.get("grant_type", "")
        if not grant_type:
            raise OAuthRefused(400, "invalid_request")
        if grant_type == "authorization_code":
            grant = self._exchange(form)
        elif grant_type == "refresh_token":
            grant = self._refresh(form)
        else:
            raise OAuthRefused(400, "unsupported_grant_type")
        return self._reply(grant, hard_expiry=hard_expiry)

    def _exchange(self, form: Mapping[str, str]) -> Grant:
        if not form.get("code") or not form.get("redirect_uri"):
            raise OAuthRefused(400, "invalid_request")
        with self.lock:
            code = self.codes.pop(form["code"], None)
        if code is None or code.expires < self.clock.now or code.redirect_uri != form["redirect_uri"]:
            raise OAuthRefused(400, "invalid_grant")
        return self.connect(code.realm, code.user, code.scope)

    def connect(self, realm: str, user: str, scope: str = ACCOUNTING) -> Grant:
        """A new grant; it supersedes an older one of the same realm (api 1.2)."""
        now = self.clock.now
        grant = Grant(realm, user, scope, now, _refresh_token(), now, now)
        with self.lock:
            self.grants[realm] = grant
        return grant

    def _refresh(self, form: Mapping[str, str]) -> Grant:
        token = form.get("refresh_token", "")
        if not token:
            raise OAuthRefused(400, "invalid_request")
        with self.lock:
            grant = next((each for each in self.grants.values() if self._holds(each, token)), None)
            if grant is None or self._dead(grant):
                raise OAuthRefused(400, "invalid_grant", "Incorrect or invalid refresh token")
            self._rotate(grant, token)
        return grant

    def _holds(self, grant: Grant, token: str) -> bool:
        if token == grant.refresh:
            return True
        return token == grant.previous and grant.previous_until is not None and self.clock.now < grant.previous_until

    def _dead(self, grant: Grant) -> bool:
        now = self.clock.now
        return now - grant.refresh_used > REFRESH_LIFE or now - grant.created > HARD_LIFE

    def _rotate(self, grant: Grant, token: str) -> None:
        """Sticky: a new value once a day. Strict: each time. Grace: each time, the old lives an hour (api 1.4)."""
        now = self.clock.now
        grant.refresh_used = now
        if token != grant.refresh or (self.rotation == "sticky" and now - grant.refresh_issued < STICKY_LIFE):
            return
        if self.rotation == "grace":
            grant.previous, grant.previous_until = grant.refresh, now + GRACE
        grant.refresh, grant.refresh_issued = _refresh_token(), now

    def issue(self, realm: str, user: str) -> dict[str, Any]:
        """Consent without a browser, for tests and the control API."""
        return self._reply(self.connect(realm, user), hard_expiry=False)

    def _reply(self, grant: Grant, *, hard_expiry: bool) -> dict[str, Any]:
        access, now = _access_token(), self.clock.now
        with self.lock:
            grant.access = {token: until for token, until in grant.access.items() if until > now - ACCESS_LIFE}
            grant.access[access] = now + ACCESS_LIFE
        reply: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": grant.refresh,
            "x_refresh_token_expires_in": TOLD_REFRESH_SECONDS,
        }
        if hard_expiry:
            reply["x_refresh_token_hard_expires_in"] = int((grant.created + HARD_LIFE - now).total_seconds())
        if "openid" in grant.scope.split():
            reply["id_token"] = self.signer.sign(self._claims(grant, now))
        return reply

    def _claims(self, grant: Grant, now: datetime) -> dict[str, Any]:
        seconds = int(now.timestamp())
        return {
            "sub": user_id(grant.user), "aud": [self.client_id], "realmid": grant.realm, "auth_time": seconds,
            "iss": f"{self.base_url}/op/v1", "exp": seconds + 3600, "iat": seconds,
        }  # fmt: skip

    # What the API asks, and how a connection ends

    def check(self, bearer: str) -> Grant:
        """The grant an access token belongs to, or the gateway's 401 (api 9.2, code 3200)."""
        if not 30 <= len(bearer) <= 4096:
            raise refusals.unauthenticated("Malformed bearer token: too short or too long")
        for grant in list(self.grants.values()):
            until = grant.access.get(bearer)
            if until is not None:
                if until <= self.clock.now:
                    raise refusals.unauthenticated(f"Token expired: {bearer}")
                return grant
        raise refusals.unauthenticated("Token revoked")

    def revoke_token(self, token: str) -> None:
        """Either token kills the whole grant; a dead one is refused (api 1.6)."""
        with self.lock:
            for realm, grant in self.grants.items():
                if token and (token in (grant.refresh, grant.previous) or token in grant.access):
                    del self.grants[realm]
                    return
        raise OAuthRefused(400, "invalid_request", "The token is unknown or already revoked")

    def disconnect(self, realm: str) -> None:
        """The admin disconnects the app inside QuickBooks: all tokens die at once, nothing is told (api 1.6)."""
        with self.lock:
            self.grants.pop(realm, None)

    def expire_access(self, realm: str) -> None:
        grant = self.grants.get(realm)
        if grant:
            grant.access = dict.fromkeys(grant.access, self.clock.now)

    def connected(self, realm: str) -> bool:
        return realm in self.grants


def user_id(user: str) -> str:
    """A stable id for a user's name."""
    return str(sum(ord(character) * 31**position for position, character in enumerate(user)) % 10**16)


def _with_query(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}"


def _refresh_token() -> str:
    return f"RT1-{secrets.randbelow(200)}-H0-{secrets.token_hex(18)}"


def _access_token() -> str:
    """As long as the real ones (a JWE), so that a column too short for it shows (api 11.14)."""
    return f"eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..{secrets.token_urlsafe(650)}"

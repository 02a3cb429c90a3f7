"""The connection to one QuickBooks company: begun, finished, broken, ended; its tokens are kept here (R23)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub import activity, mailing, outbox
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.outbox import Mark, Ring
from buddy.hub.team import Organization, User
from buddy.quickbooks import oauth
from buddy.quickbooks.client import Client
from buddy.quickbooks.errors import QuickBooksError, Reconnect
from buddy.quickbooks.http import Http, Limiter
from buddy.quickbooks.oauth import Endpoints
from buddy.quickbooks.records import Call, Tokens
from buddy.sync import closing
from buddy.sync.lease import Lease
from buddy.sync.models import Connection, ConnectionState, Rehearsal

log = logging.getLogger(__name__)

CALLBACK = "/integrations/quickbooks/callback"
FRESH = timedelta(minutes=5)  # an access token with less than this left is refreshed first
DAY = 24 * 3600

_TOKENS = [
    "grant_version",
    "access_token",
    "access_expires_at",
    "refresh_token",
    "refresh_expires_at",
    "hard_expires_at",
]
_PAUSE = ["paused_until", "paused_since", "paused_kind", "paused_reason"]
_PERMISSION = ["state", "reason", *_PAUSE, "connected_by", "connected_at"]
_GRANT = [*_TOKENS, *_PERMISSION]


class ConnectFailed(Refused):
    """Connecting did not succeed; nothing was changed. `title`, `what` happened and what to do `then`, in words."""

    def __init__(self, title: str, what: str, then: str) -> None:
        super().__init__(f"{title}. {what} {then}")
        self.title, self.what, self.then = title, what, then


@dataclass(frozen=True)
class Begun:
    """Where to send the browser; `state` must come back with it; `authorize_origin` joins the page's form-action."""

    url: str
    state: str
    authorize_origin: str


def redirect_address() -> str:
    """The address to register with Intuit, exactly."""
    return f"{settings.BUDDY_URL}{CALLBACK}"


def obstacle() -> str:
    """Why connecting cannot work from this installation, in words, or "" (R26)."""
    if not (settings.INTUIT_CLIENT_ID and settings.INTUIT_CLIENT_SECRET):
        return (
            "This Buddy has no QuickBooks app keys yet. Whoever runs it sets INTUIT_CLIENT_ID and "
            "INTUIT_CLIENT_SECRET; docs/quickbooks-setup.md tells where to get them."
        )
    if settings.INTUIT_ENVIRONMENT == "production" and not _public(settings.BUDDY_URL):
        return (
            f"Intuit lets production keys be used only from a public https address, and Buddy runs at "
            f"{settings.BUDDY_URL}. Set BUDDY_URL to its public https address and register {CALLBACK} under it as "
            "the redirect address, or use development keys with INTUIT_ENVIRONMENT=sandbox."
        )
    return ""


def _public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.scheme == "https" and host != "localhost" and not host.endswith(".localhost")
    return False


def begin(organization: Organization, *, by: User) -> Begun:
    """Ask for consent. Raises Refused when it could not work, before anyone is sent away."""
    if reason := obstacle():
        raise Refused(reason)
    with new_http() as http:
        try:
            found = endpoints(http)
        except QuickBooksError as error:
            log.warning("discovery failed: %s", error)
            raise Refused(error.user_text) from error
    state = secrets.token_urlsafe(24)
    url = oauth.authorize_url(
        found, client_id=settings.INTUIT_CLIENT_ID, redirect_uri=redirect_address(), scope=oauth.ACCOUNTING, state=state
    )
    log.info("connect begun: organization=%s by=%s", organization.pk, by.pk)
    parts = urlsplit(found.authorization)
    return Begun(url, state, f"{parts.scheme}://{parts.netloc}")


def finish(
    organization: Organization, *, params: Mapping[str, str], expected_state: str, by: User, now: datetime | None = None
) -> Connection:
    """The browser is back from consent: check it, exchange the code, keep the tokens, ring the first sync.

    Everything that can be refused is refused before the code is used. Raises ConnectFailed.
    """
    now = now or timezone.now()
    if not expected_state or not secrets.compare_digest(params.get("state", ""), expected_state):
        raise ConnectFailed(*_STRANGER)
    if params.get("error"):
        raise ConnectFailed(*_CANCELLED) if params["error"] == "access_denied" else _refused(params["error"])
    realm, code = params.get("realmId", ""), params.get("code", "")
    if not realm or not code:
        raise _refused("no company was named")
    _check_company(organization, realm)
    tokens = _exchange(code, now)
    try:
        with transaction.atomic():
            return _keep(organization, realm, tokens, by=by, now=now)
    except IntegrityError as error:
        raise ConnectFailed(*_TAKEN) from error


def _check_company(organization: Organization, realm: str) -> None:
    known = Connection.objects.filter(organization=organization).first()
    if known and (known.environment, known.realm) != (settings.INTUIT_ENVIRONMENT, realm):
        raise ConnectFailed(
            "That is another QuickBooks company",
            f"{organization} belongs to the company “{known.company_name or known.realm}” (company ID {known.realm}); "
            f"you chose the one with ID {realm}. Its records have other numbers, so nothing was connected.",
            "Connect again and choose the first company. To use Buddy with another company, make another organization.",
        )
    with scopes_disabled():
        others = Connection.objects.filter(environment=settings.INTUIT_ENVIRONMENT, realm=realm)
        if others.exclude(organization=organization).exists():
            raise ConnectFailed(*_TAKEN)


def _exchange(code: str, now: datetime) -> Tokens:
    try:
        with new_http() as http:
            return oauth.exchange_code(
                http,
                endpoints(http),
                client_id=settings.INTUIT_CLIENT_ID,
                client_secret=settings.INTUIT_CLIENT_SECRET,
                code=code,
                redirect_uri=redirect_address(),
                now=now,
            )
    except QuickBooksError as error:
        log.warning("code exchange failed: %s", error)
        raise ConnectFailed("QuickBooks was not connected", error.user_text, "") from error


def _keep(organization: Organization, realm: str, tokens: Tokens, *, by: User, now: datetime) -> Connection:
    known = Connection.objects.filter(organization=organization).first()
    if known is None:
        # Older customers and products go out only when someone says so (R21).
        Mark.objects.filter(organization=organization).delete()
        known = Connection(organization=organization, connected_at=now)
        if Customer.objects.filter(organization=organization).exists():
            known.rehearsal = Rehearsal.READING
    known.environment, known.realm = settings.INTUIT_ENVIRONMENT, realm
    known.state, known.reason = ConnectionState.CONNECTED, ""
    known.paused_until, known.paused_since, known.paused_kind, known.paused_reason = None, None, "", ""
    known.hard_expires_at = None  # that of the permission before
    known.connected_by, known.connected_at = by, now
    known.grant_version += 1
    _set_tokens(known, tokens)
    known.save(update_fields=None if known.pk is None else _GRANT)  # a run may be renewing its lease on this row
    for told in ("broken:", "paused:", "ends:"):
        mailing.withdraw(organization, about=told)
    _remember(organization, "integration.connected", by, now, note=f"QuickBooks company {realm}")
    outbox.ring(organization, Ring.CONNECTED, by=by, now=now)
    return known


def _set_tokens(row: Connection, tokens: Tokens) -> None:
    row.access_token, row.access_expires_at = tokens.access_token, tokens.access_expires_at
    row.refresh_token, row.refresh_expires_at = tokens.refresh_token, tokens.refresh_expires_at
    row.hard_expires_at = tokens.hard_expires_at or row.hard_expires_at


def disconnect(organization: Organization, *, by: User, now: datetime | None = None) -> None:
    """End the permission. Links stay, so that connecting the same company again goes on where it stopped."""
    now = now or timezone.now()
    row = Connection.objects.get(organization=organization)
    _revoke(row.refresh_token)
    with transaction.atomic():
        Connection.objects.filter(pk=row.pk).update(
            state=ConnectionState.DISCONNECTED,
            reason="",
            access_token="",
            refresh_token="",
            grant_version=row.grant_version + 1,
            lease_owner="",
            lease_expires_at=None,
        )
        _remember(organization, "integration.disconnected", by, now)


def _revoke(token: str) -> None:
    """Tell Intuit. If it cannot be told, the permission ends by itself; ours is forgotten either way."""
    if not token:
        return
    try:
        with new_http() as http:
            oauth.revoke(
                http,
                endpoints(http),
                client_id=settings.INTUIT_CLIENT_ID,
                client_secret=settings.INTUIT_CLIENT_SECRET,
                token=token,
            )
    except QuickBooksError as error:
        log.warning("revoke failed: %s", error)


def sync_now(organization: Organization, *, by: User, now: datetime | None = None) -> None:
    """The Sync button. A pause that a person may have ended ends; one that QuickBooks asked for does not (429)."""
    now = now or timezone.now()
    row = Connection.objects.filter(organization=organization).first()
    if row is None or row.state != ConnectionState.CONNECTED:
        raise Refused("QuickBooks is not connected. Connect it under Settings, Integrations, and the sync starts.")
    with transaction.atomic():
        paused = Connection.objects.filter(pk=row.pk).exclude(paused_kind="throttled")
        paused.update(paused_until=None)
        closing.look_again(organization)
        outbox.ring(organization, Ring.BUTTON, by=by, now=now)
    log.info("sync asked for: organization=%s by=%s", organization.pk, by.pk)


def _remember(organization: Organization, event: str, by: User | None, now: datetime, note: str = "") -> None:
    activity.record(
        organization, event=event, kind="organization", object_id=organization.pk, by=by, now=now, note=note
    )


# --- Speaking --------------------------------------------------------------------------------------------------------


def new_http(
    *,
    limiter: Limiter | None = None,
    on_call: Callable[[Call], None] | None = None,
    before_sending: Callable[[], None] | None = None,
    user_agent: str = "Buddy",
) -> Http:
    """The way to Intuit. Never inside a database transaction: it would hold locks for as long as Intuit likes."""
    return Http(
        transport=settings.QUICKBOOKS_TRANSPORT,
        limiter=limiter,
        on_call=on_call,
        before_call=_outside_transactions,
        before_sending=before_sending,
        user_agent=user_agent,
    )


def _outside_transactions() -> None:
    if database.in_atomic_block:
        raise RuntimeError("QuickBooks was called inside a database transaction")


def endpoints(http: Http) -> Endpoints:
    """Intuit's addresses, read once a day."""
    key = f"quickbooks-endpoints:{settings.INTUIT_DISCOVERY_URL}"
    found: Endpoints | None = cache.get(key)
    if found is None:
        found = oauth.discover(http, settings.INTUIT_DISCOVERY_URL)
        cache.set(key, found, DAY)
    return found


def client(lease: Lease, http: Http, realm: str) -> Client:
    """A client for the holder of the lease, its token refreshed when needed."""
    return Client(
        api_url=settings.QUICKBOOKS_API_URL, realm=realm, http=http, access_token=Keeper(lease, http).access_token
    )


class Keeper:
    """Gives the access token of a run, refreshing it under the lease (R23)."""

    def __init__(self, lease: Lease, http: Http) -> None:
        self._lease, self._http = lease, http
        self._given = ""
        self._good_until: datetime | None = None

    def access_token(self, force: bool) -> str:
        """A token thought good; `force`: the last one was refused."""
        if not force and self._good_until and timezone.now() < self._good_until:
            return self._given
        with self._lease.writing():
            row = self._lease.connection()
            refused = force and row.access_token == self._given
            good = row.access_expires_at is not None and row.access_expires_at > timezone.now() + FRESH
        return self._give(row if good and not refused else self._refresh(row))

    def _give(self, row: Connection) -> str:
        self._given = row.access_token
        self._good_until = row.access_expires_at - FRESH if row.access_expires_at else None
        return self._given

    def _refresh(self, row: Connection) -> Connection:
        try:
            return self._refreshed(row)
        except Reconnect:
            with self._lease.writing():
                again = self._lease.connection()
                stored = again
            if stored.refresh_token == row.refresh_token:
                raise
        return self._refreshed(stored)

    def _refreshed(self, row: Connection) -> Connection:
        """The call outside any transaction, then stored before use, unless someone reconnected meanwhile."""
        tokens = oauth.refresh(
            self._http,
            endpoints(self._http),
            client_id=settings.INTUIT_CLIENT_ID,
            client_secret=settings.INTUIT_CLIENT_SECRET,
            refresh_token=row.refresh_token,
            now=timezone.now(),
        )
        with self._lease.writing():
            current = self._lease.connection()
            if current.grant_version == row.grant_version:
                current.grant_version += 1
                _set_tokens(current, tokens)
                current.save(update_fields=_TOKENS)
        return current


_STRANGER = (
    "This answer was not asked for from here",
    "The page that came back does not belong to a connection started in this browser session. Nothing was changed.",
    "Start again with Connect QuickBooks, and finish in the same browser.",
)
_CANCELLED = (
    "QuickBooks was not connected",
    "You cancelled at Intuit. Nothing was changed.",
    "Connect whenever you are ready.",
)
_TAKEN = (
    "This QuickBooks company is already connected",
    (
        "Another organization in this Buddy keeps step with it, and one company belongs to one organization only. "
        "Nothing was changed."
    ),
    "Choose another company, or disconnect it there and ask whoever runs this Buddy to move it.",
)


def _refused(why: str) -> ConnectFailed:
    return ConnectFailed(
        "QuickBooks was not connected",
        f"Intuit did not give its permission ({why}). Nothing was changed.",
        "Connect again; if it stays like this, check the redirect address registered for the app.",
    )

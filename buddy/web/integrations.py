"""Settings → Integrations: the QuickBooks card in every state, connecting, disconnecting, and Sync now.

Every member may look at the card, since the foot of the sidebar leads here; Editors may press Sync, and only Admins
connect and disconnect.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buddy.hub.errors import Refused
from buddy.hub.team import BothChanged
from buddy.sync import connection, requirements, status
from buddy.sync.audit import report
from buddy.sync.connection import Begun, ConnectFailed
from buddy.web import dialogs, talk
from buddy.web.permission import admin, editor
from buddy.web.request import Request, way_back

STATE = "quickbooks_state"  # in the session: what must come back from consent
FAILURE = "quickbooks_failure"  # in the session: why the last attempt to connect did not succeed
BOTH_CHANGED = {
    BothChanged.ASK: "a person is asked",
    BothChanged.BOOKS: "QuickBooks’ value holds",
    BothChanged.BUDDY: "Buddy’s value holds",
}


@require_GET
def integrations(request: Request) -> HttpResponse:
    return render(request, "integrations/page.html", _card(request))


@never_cache
@require_GET
def card(request: Request) -> HttpResponse:
    """The card alone: it asks for itself again while something is going on."""
    return render(request, "integrations/_card.html", _card(request))


def _card(request: Request) -> dict[str, Any]:
    found = status.card(request.organization, now=timezone.now())
    connected = found.state in ("first", "connected", "reconnect")
    return {
        "card": found,
        "checks": requirements.checks(request.organization) if connected else requirements.before(),
        "obstacle": "" if connected else connection.obstacle(),
        "redirect_address": connection.redirect_address(),
        "every": _words(found.interval),
        "compared": report.latest(request.organization) if connected else None,
        "both_changed": BOTH_CHANGED[BothChanged(request.organization.both_changed)],
        "usually_every": _words(found.usual),
    }


def _words(interval: timedelta) -> str:
    """`3 minutes`, or `20 seconds`."""
    seconds = round(interval.total_seconds())
    number, unit = (round(seconds / 60), "minute") if seconds >= 60 else (seconds, "second")
    return f"{number} {unit}s" if number != 1 else unit


# --- Connecting ------------------------------------------------------------------------------------------------------


@require_POST
@admin
def connect(request: Request) -> HttpResponse:
    """Off to Intuit's consent page. What cannot work is said here, before anyone is sent away (R26)."""
    try:
        begun = connection.begin(request.organization, by=request.user)
    except Refused as refusal:
        return _fail(request, "QuickBooks was not connected", str(refusal), "")
    request.session[STATE] = begun.state
    request.session.pop(FAILURE, None)
    return _forward(request, begun)


def _forward(request: Request, begun: Begun) -> HttpResponse:
    """A page that goes on by itself, and by a button.

    Not a redirect: browsers hold the redirects of a form to the form-action of the page it stood on, and that page
    cannot know where Intuit's discovery document will send us. This one can, and its policy says so (R26).
    """
    asked = urlsplit(begun.url)
    values = {"url": begun.url, "action": asked._replace(query="").geturl(), "query": parse_qsl(asked.query)}
    answer = render(request, "integrations/forward.html", values)
    policy: dict[str, Any] = {**settings.SECURE_CSP}
    policy["form-action"] = [*policy["form-action"], begun.authorize_origin]
    answer._csp_config = policy  # type: ignore[attr-defined]  # noqa: SLF001  # as Django's csp_override does
    return answer


@never_cache
@require_GET
@admin
def callback(request: Request) -> HttpResponse:
    """Back from Intuit. The state is good for one return only."""
    expected = request.session.pop(STATE, "")
    params = request.GET.dict()
    try:
        connection.finish(request.organization, params=params, expected_state=expected, by=request.user)
    except ConnectFailed as failure:
        return _fail(request, failure.title, failure.what, failure.then)
    talk.done(request, "QuickBooks is connected", detail="The first sync has begun")
    return redirect("integrations")


def _fail(request: Request, title: str, what: str, then: str) -> HttpResponse:
    """To a page of its own: the address that holds the code is left behind, and loading again repeats nothing."""
    request.session[FAILURE] = {"title": title, "what": what, "then": then}
    return redirect("integrations_failed")


@never_cache
@require_GET
@admin
def failed(request: Request) -> HttpResponse:
    """Why connecting did not succeed, what that means, and the button that tries again."""
    failure = request.session.get(FAILURE)
    if failure is None:
        return redirect("integrations")
    told = {"obstacle": connection.obstacle(), "redirect_address": connection.redirect_address()}
    return render(request, "integrations/failed.html", failure | told)


# --- Connected -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@admin
def disconnect(request: Request) -> HttpResponse:
    """End Buddy's permission, after saying what that does and does not."""
    back = reverse("integrations")
    if request.method == "POST":
        connection.disconnect(request.organization, by=request.user)
        talk.done(request, "QuickBooks is disconnected", detail="All links are kept for a later reconnect")
        return dialogs.leave(request, back)
    found = status.card(request.organization, now=timezone.now())
    return dialogs.show(request, "integrations/disconnect.html", "Disconnect QuickBooks?", {"card": found}, back=back)


@require_POST
@editor
def sync_now(request: Request) -> HttpResponse:
    """The Sync button."""
    try:
        connection.sync_now(request.organization, by=request.user)
        talk.done(request, "Syncing now", detail="What changed on either side is carried over within seconds")
    except Refused as refusal:
        talk.notice(request, "Nothing was synced", detail=str(refusal))
    return redirect(way_back(request, "integrations"))


urlpatterns = [
    path("settings/integrations/", integrations, name="integrations"),
    path("settings/integrations/card/", card, name="integrations_card"),
    path("integrations/quickbooks/connect/", connect, name="integrations_connect"),
    path(connection.CALLBACK.removeprefix("/"), callback, name="integrations_callback"),
    path("integrations/quickbooks/failed/", failed, name="integrations_failed"),
    path("integrations/quickbooks/disconnect/", disconnect, name="integrations_disconnect"),
    path("integrations/quickbooks/sync/", sync_now, name="integrations_sync"),
]

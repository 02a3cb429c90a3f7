"""The page where a company's admin lets an app work with it; also, what can go wrong there (api 1.2)."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from simulator.console.pages import guard
from simulator.oauth import Asked, PageRefused

if TYPE_CHECKING:
    from simulator.app import Simulator

consent = Blueprint("consent", __name__)

PATH = "/connect/oauth2"
ADMIN = "June Lindqvist"


def simulator() -> "Simulator":
    return cast("Simulator", current_app.extensions["simulator"])


@consent.errorhandler(PageRefused)
def refused(refusal: PageRefused) -> Response:
    """Nobody is redirected to an address that was not registered: the words stand here."""
    return _guarded(render_template("refused.html", reason=str(refusal)), 400)


@consent.get(PATH)
def ask() -> Response:
    asked = simulator().oauth.asked(request.args)
    companies = list(simulator().companies.values())
    connected = {company.realm for company in companies if simulator().oauth.connected(company.realm)}
    page = render_template(
        "consent.html", companies=companies, connected=connected, admin=ADMIN, app_name=simulator().app_name
    )
    return _guarded(page, back_to=asked.redirect_uri)


@consent.post(PATH)
def answer() -> AnyResponse:
    """The request is checked again: what the address says counts, not what a form could claim."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    asked = simulator().oauth.asked(request.args)
    realm = request.form.get("company", "")
    decision = request.form.get("decision", "")
    if decision == "cancel":
        return redirect(simulator().oauth.refuse(asked), 303)
    if realm not in simulator().companies or decision not in _APPROVALS:
        abort(400)
    address = _APPROVALS[decision](asked, realm)
    simulator().changed()
    return redirect(address, 303)


def _connect(asked: Asked, realm: str) -> str:
    return simulator().oauth.approve(asked, realm, ADMIN)


def _let_expire(asked: Asked, realm: str) -> str:
    """As if the browser had slept for an hour before coming back."""
    address = _connect(asked, realm)
    code = parse_qs(urlsplit(address).query)["code"][0]
    simulator().oauth.codes[code].expires = simulator().now - timedelta(minutes=1)
    return address


def _mistake_state(asked: Asked, realm: str) -> str:
    """As if somebody else had begun the connection."""
    return _connect(replace(asked, state=asked.state[::-1] + "x"), realm)


_APPROVALS = {"connect": _connect, "expired_code": _let_expire, "wrong_state": _mistake_state}


def _guarded(page: str, status: int = 200, *, back_to: str = "") -> Response:
    """The form leads to the app's own address, so the policy has to name its origin: browsers check redirects too."""
    origin = urlsplit(back_to)
    return guard(make_response(page, status), forms=f"{origin.scheme}://{origin.netloc}" if back_to else "")

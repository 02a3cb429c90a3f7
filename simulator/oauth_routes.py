"""The authorization server over HTTP: discovery, token, revoke, user info, keys (api 1.1–1.6); not the consent page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

from simulator import wire
from simulator.faults import LostReply
from simulator.oauth import OAuthRefused, user_id
from simulator.refusals import GatewayFault

if TYPE_CHECKING:
    from simulator.app import Simulator

NO_STORE = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


def blueprint(sim: "Simulator") -> Blueprint:
    """Every address of the discovery document but the consent page."""
    routes = Blueprint("oauth", __name__)

    @routes.get("/.well-known/openid_configuration/")
    @routes.get("/.well-known/openid_sandbox_configuration/")
    def discovery() -> Response:
        return jsonify(sim.oauth.discovery())

    @routes.get("/op/v1/jwks")
    def jwks() -> Response:
        return jsonify(sim.oauth.signer.jwks())

    @routes.post("/oauth2/v1/tokens/bearer")
    def token() -> Response:
        return _answered(sim, lambda: _token(sim))

    @routes.post("/v2/oauth2/tokens/revoke")
    def revoke() -> Response:
        return _answered(sim, lambda: _revoke(sim))

    @routes.get("/v1/openid_connect/userinfo")
    def userinfo() -> Response:
        return _userinfo(sim)

    return routes


def _answered(sim: "Simulator", verb: Callable[[], Response]) -> Response:
    """Client authentication, then the verb; refusals as the JSON of api 1.5. A lost reply may be planned here too."""
    try:
        _authenticate(sim)
        response = verb()
    except OAuthRefused as refusal:
        response = jsonify(refusal.body)
        response.status_code = refusal.status
    lost = any(each.name == "lose_reply" for each in sim.faults.take("after", request.method, request.path))
    sim.log(request, "", status=0 if lost else response.status_code, reads=0, milliseconds=0)
    if lost:
        raise LostReply("the simulator lost this reply on purpose")
    response.headers.extend(NO_STORE | {"intuit_tid": wire.trace_headers()["Intuit-Tid"]})
    return response


def _authenticate(sim: "Simulator") -> None:
    """HTTP Basic, or the id and secret in the form."""
    given = request.authorization
    if given is not None and given.type == "basic":
        sim.oauth.authenticate(given.username or "", given.password or "")
        return
    sim.oauth.authenticate(request.form.get("client_id", ""), request.form.get("client_secret", ""))


def _token(sim: "Simulator") -> Response:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthRefused(400, "invalid_request")
    wants_hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    response = jsonify(sim.oauth.token(request.form, hard_expiry=wants_hard))
    response.content_type = "application/json;charset=utf-8"
    return response


def _revoke(sim: "Simulator") -> Response:
    body = request.get_json(silent=True) or request.form
    sim.oauth.revoke_token(str(body.get("token") or ""))
    return Response(b"", 200)


def _userinfo(sim: "Simulator") -> Response:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    try:
        grant = sim.oauth.check(bearer if scheme.lower() == "bearer" else "")
    except GatewayFault:
        response = jsonify({"error": "invalid_token"})
        response.status_code = 401
        return response
    given, _, family = grant.user.partition(" ")
    email = f"{given}.{family}@example.com".lower()
    return jsonify(sub=user_id(grant.user), givenName=given, familyName=family, email=email, emailVerified=True)

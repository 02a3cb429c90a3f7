"""The control API below /_sim: faults, the call log, the clock, the switches, grants. Loopback tools, no authentication."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

if TYPE_CHECKING:
    from simulator.app import Simulator


def blueprint(sim: "Simulator") -> Blueprint:
    """The routes of what a test or a person may do to the simulator itself."""
    routes = Blueprint("control", __name__, url_prefix="/_sim")

    @routes.errorhandler(ValueError)
    def refused(error: ValueError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @routes.get("/faults")
    def planned() -> Response:
        return jsonify([each.told() for each in sim.faults.planned])

    @routes.post("/faults")
    def plan() -> tuple[Response, int]:
        return jsonify(sim.faults.add_told(_body()).told()), 201

    @routes.delete("/faults")
    def forget() -> tuple[str, int]:
        sim.faults.clear(request.args.get("name", ""))
        return "", 204

    @routes.get("/calls")
    def calls() -> Response:
        return jsonify([asdict(call) | {"at": call.at.isoformat()} for call in sim.calls])

    @routes.delete("/calls")
    def forget_calls() -> tuple[str, int]:
        sim.calls.clear()
        return "", 204

    @routes.get("/reads/<realm>")
    def reads(realm: str) -> Response:
        return jsonify(realm=realm, reads=sim.reads(realm))

    @routes.get("/clock")
    def clock() -> Response:
        return jsonify(now=sim.now.isoformat())

    @routes.post("/clock")
    def move_clock() -> Response:
        sim.now = _moment(sim, _body())
        sim.changed()
        return jsonify(now=sim.now.isoformat())

    @routes.get("/switches")
    def switches() -> Response:
        return jsonify(asdict(sim.choices))

    @routes.post("/switches")
    def switch() -> Response:
        for name, value in _body().items():
            sim.choices.change(name, str(value))
        return jsonify(asdict(sim.choices))

    @routes.post("/grants/<realm>")
    def grant(realm: str) -> Response:
        return jsonify(sim.grant(realm, str(_body().get("user") or "June Lindqvist")))

    @routes.delete("/grants/<realm>")
    def revoke(realm: str) -> tuple[str, int]:
        sim.revoke(realm)
        return "", 204

    @routes.post("/grants/<realm>/expire")
    def expire(realm: str) -> tuple[str, int]:
        sim.expire_access(realm)
        return "", 204

    @routes.get("/webhooks")
    def webhooks() -> Response:
        return jsonify(url=sim.webhooks.url, pending=sim.webhooks.pending)

    @routes.post("/webhooks")
    def set_webhooks() -> Response:
        body = _body()
        sim.webhooks.url = str(body.get("url", sim.webhooks.url))
        sim.webhooks.verifier = str(body.get("verifier", sim.webhooks.verifier))
        return jsonify(url=sim.webhooks.url, pending=sim.webhooks.pending)

    @routes.post("/webhooks/deliver")
    def deliver() -> Response:
        return jsonify(requests=sim.deliver_webhooks())

    return routes


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise ValueError("the control API takes JSON objects")
    return body


def _moment(sim: "Simulator", body: dict[str, Any]) -> datetime:
    """`{"now": "2026-12-01T09:00:00-08:00"}`, or an amount of `days`, `hours`, `minutes`, `seconds` to move by."""
    if "now" in body:
        return datetime.fromisoformat(str(body["now"]))
    spans = {name: float(body[name]) for name in ("days", "hours", "minutes", "seconds") if name in body}
    if not spans:
        raise ValueError("give now, or days, hours, minutes, seconds to move the clock by")
    return sim.now + timedelta(**spans)

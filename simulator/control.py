"""The control API below /_sim: faults, call log, clock, switches, grants. For this machine only: no authentication."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, current_app, jsonify, request

if TYPE_CHECKING:
    from simulator.app import Simulator

control = Blueprint("control", __name__, url_prefix="/_sim")


def simulator() -> "Simulator":
    return cast("Simulator", current_app.extensions["simulator"])


@control.errorhandler(ValueError)
def refused(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@control.get("/faults")
def planned() -> Response:
    return jsonify([each.told() for each in simulator().faults.planned])


@control.post("/faults")
def plan() -> tuple[Response, int]:
    return jsonify(simulator().faults.add_told(_body()).told()), 201


@control.delete("/faults")
def forget() -> tuple[str, int]:
    simulator().faults.clear(request.args.get("name", ""))
    return "", 204


@control.get("/calls")
def calls() -> Response:
    return jsonify([asdict(call) | {"at": call.at.isoformat()} for call in simulator().calls])


@control.delete("/calls")
def forget_calls() -> tuple[str, int]:
    simulator().calls.clear()
    return "", 204


@control.get("/reads/<realm>")
def reads(realm: str) -> Response:
    return jsonify(realm=realm, reads=simulator().reads(realm))


@control.get("/clock")
def clock() -> Response:
    return jsonify(now=simulator().now.isoformat())


@control.post("/clock")
def move_clock() -> Response:
    simulator().now = _moment(_body())
    simulator().changed()
    return jsonify(now=simulator().now.isoformat())


@control.get("/switches")
def switches() -> Response:
    return jsonify(asdict(simulator().choices))


@control.post("/switches")
def switch() -> Response:
    for name, value in _body().items():
        simulator().choices.change(name, str(value))
    return jsonify(asdict(simulator().choices))


@control.post("/grants/<realm>")
def grant(realm: str) -> Response:
    return jsonify(simulator().grant(realm, str(_body().get("user") or "June Lindqvist")))


@control.delete("/grants/<realm>")
def revoke(realm: str) -> tuple[str, int]:
    simulator().revoke(realm)
    return "", 204


@control.post("/grants/<realm>/expire")
def expire(realm: str) -> tuple[str, int]:
    simulator().expire_access(realm)
    return "", 204


@control.get("/webhooks")
def webhooks() -> Response:
    return jsonify(url=simulator().webhooks.url, pending=simulator().webhooks.pending)


@control.post("/webhooks")
def set_webhooks() -> Response:
    body = _body()
    simulator().webhooks.url = str(body.get("url", simulator().webhooks.url))
    simulator().webhooks.verifier = str(body.get("verifier", simulator().webhooks.verifier))
    return jsonify(url=simulator().webhooks.url, pending=simulator().webhooks.pending)


@control.post("/webhooks/deliver")
def deliver() -> Response:
    return jsonify(requests=simulator().deliver_webhooks())


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise ValueError("the control API takes JSON objects")
    return body


def _moment(body: dict[str, Any]) -> datetime:
    """`{"now": "2026-12-01T09:00:00-08:00"}`, or an amount of `days`, `hours`, `minutes`, `seconds` to move by."""
    if "now" in body:
        return datetime.fromisoformat(str(body["now"]))
    spans = {name: float(body[name]) for name in ("days", "hours", "minutes", "seconds") if name in body}
    if not spans:
        raise ValueError("give now, or days, hours, minutes, seconds to move the clock by")
    return simulator().now + timedelta(**spans)

"""The API over HTTP: who may call, which verb is meant, what is answered (api 2, 4, 6, 7).

One call goes: planned faults → limits → token → verb under the company's lock → planned faults after the commit → log.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Request, Response, request

from simulator import (
    batch,
    cdc,
    exchange_rates,
    mailing,
    operations,
    refusals,
    selecting,
    tax_service,
    wire,
    writing,
)
from simulator.books import Body
from simulator.company import Company
from simulator.faults import LostReply, Planned
from simulator.oauth import Grant
from simulator.refusals import Fault, GatewayFault
from simulator.rendering import Way, decode, encode, rendered, with_link
from simulator.replays import Replay
from simulator.wire import JSON, Reply

if TYPE_CHECKING:
    from simulator.app import Simulator

SINGLE = frozenset({"preferences", "companyinfo"})
LONGEST_REQUEST_ID, LONGEST_BATCH_ID = 50, 36


@dataclass(slots=True)
class Asked:
    """One API call while it is being answered."""

    request: Request
    company: Company
    grant: Grant
    parts: list[str]  # the path behind the realm
    at: datetime
    reads: int = 0

    def arg(self, name: str) -> str:
        return str(self.request.args.get(name, ""))

    @property
    def path(self) -> str:
        return str(self.request.path)


def blueprint(sim: "Simulator") -> Blueprint:
    """Everything below /v3."""
    routes = Blueprint("api", __name__, url_prefix="/v3")
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    @routes.route("/company/<realm>/<path:rest>", methods=methods)
    def api(realm: str, rest: str) -> Response:
        return _respond(_answer(sim, request, realm, rest))

    @routes.route("/<path:rest>", methods=methods)
    def nowhere(rest: str) -> Response:
        return _respond(wire.fault_reply(refusals.unsupported_operation(f"/v3/{rest}"), sim.clock.now))

    return routes


def _respond(reply: Reply) -> Response:
    """As WSGI response; without Content-Length the server sends chunks, as recorded for successes (api 2.2)."""
    response = Response(iter([reply.body]), reply.status, content_type=reply.content_type)
    for name, value in (wire.trace_headers() | reply.headers).items():
        response.headers[name] = value
    if reply.length:
        response.headers["Content-Length"] = str(len(reply.body))
    return response


def _answer(sim: "Simulator", incoming: Request, realm: str, rest: str) -> Reply:
    started, at = time.monotonic(), sim.clock.now
    reads = 0
    before = sim.faults.take("before", incoming.method, incoming.path)
    if before:
        reply = _planned(before[0], at)
    else:
        reply, reads = _admitted(sim, incoming, realm, rest, at)
    try:
        reply = _after(sim, incoming, reply, at)
        status = reply.status
    except LostReply:
        status = 0
        raise
    finally:
        sim.log(incoming, realm, status=status, reads=reads, milliseconds=int((time.monotonic() - started) * 1000))
    return reply


def _planned(planned: Planned, at: datetime) -> Reply:
    """What a fault before the commit answers."""
    answers: dict[str, Callable[[], Reply]] = {
        "error_500": lambda: wire.fault_reply(refusals.application_error(), at),
        "html_503": wire.html_503,
        "throttle": lambda: wire.gateway_reply(refusals.throttled(), at),
        "throttle_xml": lambda: wire.fault_xml(refusals.throttled(), at),
        "forbidden": lambda: wire.gateway_reply(refusals.unauthorized_app(), at),
        "wrong_cluster": lambda: wire.fault_xml(refusals.wrong_cluster(), at),
        "company_locked": lambda: wire.fault_reply(refusals.company_locked(), at),
        "maintenance": lambda: wire.fault_reply(refusals.maintenance(), at),
        "unauthorized": lambda: wire.gateway_reply(refusals.unauthenticated("Token expired: eyJ"), at),
    }
    return answers[planned.name]()


def _after(sim: "Simulator", incoming: Request, reply: Reply, at: datetime) -> Reply:
    """Faults that strike when the work is done."""
    for planned in sim.faults.take("after", incoming.method, incoming.path):
        if planned.name == "lose_reply":
            raise LostReply("the simulator lost this reply on purpose")
        if planned.name == "delay":
            time.sleep(float(planned.args.get("seconds", 5)))
        elif planned.name == "error_500_after":
            reply = wire.fault_reply(refusals.application_error(), at)
        elif planned.name == "error_504_after":
            reply = wire.html_504()
    return reply


def _admitted(sim: "Simulator", incoming: Request, realm: str, rest: str, at: datetime) -> tuple[Reply, int]:
    """The reply, and how many metered reads the call was; faults become replies in the form asked for."""
    wants_json = "json" in incoming.headers.get("Accept", "")
    try:
        with sim.limits.running(realm):
            asked = _admit(sim, incoming, realm, rest, at)
            reply = _verb(sim, asked)
        reads = asked.reads if reply.status == 200 else 0
    except GatewayFault as fault:
        return (wire.gateway_reply(fault, at) if wants_json else wire.fault_xml(fault, at)), 0
    except Fault as fault:
        return (wire.fault_reply(fault, at) if wants_json else wire.fault_xml(fault, at)), 0
    if not wants_json and reply.content_type.startswith(JSON):
        body = wire.as_xml(msgspec.json.decode(reply.body), at)
        reply = replace(reply, body=body, content_type="application/xml;charset=utf-8")
    return reply, reads


def _admit(sim: "Simulator", incoming: Request, realm: str, rest: str, at: datetime) -> Asked:
    parts = [part for part in rest.split("/") if part]
    sim.limits.admit(realm, batch=parts[:1] == ["batch"])
    scheme, _, bearer = incoming.headers.get("Authorization", "").partition(" ")
    grant = sim.oauth.check(bearer if scheme.lower() == "bearer" else "")
    company = sim.companies.get(realm)
    if company is None or grant.realm != realm:
        raise refusals.unauthorized_app()
    if not grant.admin:
        raise refusals.access_lost()
    return Asked(incoming, company, grant, parts, at)


def _verb(sim: "Simulator", asked: Asked) -> Reply:
    first, method = asked.parts[0].lower(), asked.request.method
    if first == "query" and method in ("GET", "POST"):
        return _read(sim, asked, _query)
    if first == "cdc" and method == "GET":
        return _read(sim, asked, _cdc)
    if first == "batch" and method == "POST":
        return _once(asked, LONGEST_BATCH_ID, _batch)
    if first == "exchangerate" and len(asked.parts) == 1:
        return _read(sim, asked, _rate) if method == "GET" else _once(asked, LONGEST_REQUEST_ID, _enter_rate)
    if [part.lower() for part in asked.parts] == ["taxservice", "taxcode"] and method == "POST":
        return _once(asked, LONGEST_REQUEST_ID, _tax_code)
    if method == "GET":
        return _read(sim, asked, _pdf if asked.parts[-1] == "pdf" else _get)
    if method == "POST" and len(asked.parts) == 1:
        return _once(asked, LONGEST_REQUEST_ID, _post)
    if method == "POST" and len(asked.parts) == 3 and asked.parts[2] == "send":
        return _once(asked, LONGEST_REQUEST_ID, _send)
    raise refusals.unsupported_operation(asked.path)


def _read(sim: "Simulator", asked: Asked, verb: Callable[[Asked], Reply]) -> Reply:
    """A metered read (api 10.1)."""
    sim.meter.admit(asked.at)
    asked.reads = 1
    with asked.company.acting(asked.grant.user, through_api=True):
        return verb(asked)


def _once(asked: Asked, longest: int, verb: Callable[[Asked], Reply]) -> Reply:
    """A write; the same requestid again gets the original reply and does nothing (api 4.8)."""
    request_id = asked.arg("requestid")
    if len(request_id) > longest:
        raise refusals.invalid_request_id(request_id)
    digest = sha256(asked.request.get_data()).hexdigest()
    with asked.company.acting(asked.grant.user, through_api=True):
        remembered = asked.company.replays.find(request_id, asked.at, digest)
        if remembered:
            return Reply(
                remembered.status, remembered.body, remembered.content_type, wire.success_headers(), length=False
            )
        try:
            reply = verb(asked)
        except Fault as fault:
            if asked.company.books.choices.replay_faults:
                refused = wire.fault_reply(fault, asked.at)
                asked.company.replays.keep(request_id, _remembered(refused, asked.at, digest))
            raise
        asked.company.replays.keep(request_id, _remembered(reply, asked.at, digest))
        return reply


def _remembered(reply: Reply, at: datetime, digest: str) -> Replay:
    return Replay(reply.status, reply.body, reply.content_type, at, digest)


def _query(asked: Asked) -> Reply:
    statement = asked.arg("query")
    if asked.request.method == "POST" and not statement:
        statement = _text(asked.request.get_data())
    selection = selecting.select(asked.company.books, statement)
    return wire.success("QueryResponse", selecting.query_response(asked.company.books, selection), asked.at)


def _cdc(asked: Asked) -> Reply:
    changed = cdc.changes(asked.company.books, asked.arg("entities"), asked.arg("changedSince"))
    return wire.success("CDCResponse", changed, asked.at)


def _batch(asked: Asked) -> Reply:
    content, asked.reads = batch.run(asked.company.books, _json(asked.request), short_ids=bool(asked.arg("requestid")))
    return wire.success("BatchItemResponse", content, asked.at)


def _get(asked: Asked) -> Reply:
    books = asked.company.books
    entity = operations.named(asked.parts[0], asked.path)
    if entity.name.lower() in SINGLE:
        record = books.tables[entity.name].records["1"]
        return wire.success(entity.name, rendered(books, record), asked.at)
    if len(asked.parts) != 2:
        raise refusals.unsupported_operation(asked.path)
    found = books.find(entity.name, asked.parts[1]) or writing.existing(books, entity, {"Id": asked.parts[1]})
    wants_link = "invoicelink" in asked.arg("include").lower()
    content = with_link(books, found) if wants_link else rendered(books, found, Way.READ)
    return wire.success(entity.name, content, asked.at)


def _pdf(asked: Asked) -> Reply:
    if len(asked.parts) != 3:
        raise refusals.unsupported_operation(asked.path)
    page = mailing.pdf(asked.company.books, operations.named(asked.parts[0], asked.path), asked.parts[1])
    return Reply(200, page, "application/pdf", wire.success_headers())


def _rate(asked: Asked) -> Reply:
    rate = exchange_rates.read(asked.company.books, asked.arg("sourcecurrencycode"), asked.arg("asofdate"))
    return wire.success("ExchangeRate", encode(rate), asked.at)


def _enter_rate(asked: Asked) -> Reply:
    rate = exchange_rates.enter(asked.company.books, _json(asked.request))
    return wire.success("ExchangeRate", encode(rate), asked.at)


def _tax_code(asked: Asked) -> Reply:
    """The one reply without an envelope: its members stand at the top, beside the time."""
    made = tax_service.create(asked.company.books, _json(asked.request))
    return wire.bare(made, asked.at)


def _post(asked: Asked) -> Reply:
    entity = operations.named(asked.parts[0], asked.path)
    include = operations.options(asked.arg("include"))
    content = operations.write(asked.company.books, entity, asked.arg("operation"), _json(asked.request), include)
    return wire.success(entity.name, content, asked.at)


def _send(asked: Asked) -> Reply:
    entity = operations.named(asked.parts[0], asked.path)
    if not entity.sales:
        raise refusals.unsupported_operation(asked.path)
    record = mailing.send(asked.company.books, entity, asked.parts[1], asked.arg("sendTo"))
    return wire.success(entity.name, rendered(asked.company.books, record), asked.at)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise refusals.not_utf8() from None


def _json(incoming: Request) -> Body:
    """The body as a dict with exact numbers; 500 for bytes that are not UTF-8, 2010 for broken JSON."""
    raw = incoming.get_data()
    _text(raw)
    try:
        body: Any = decode(raw)
    except msgspec.DecodeError as error:
        raise refusals.bad_json(f"Unexpected character or end of input ({error})") from None
    if not isinstance(body, dict):
        raise refusals.bad_json("Can not deserialize instance of the entity")
    return body

"""The control API for the books (/_sim/companies): what a person does in the console, as JSON for tests and scripts."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, abort, current_app, jsonify, request

from simulator import demo_company
from simulator.books import Body
from simulator.company import Company
from simulator.refusals import Fault
from simulator.rendering import encode

if TYPE_CHECKING:
    from simulator.app import Simulator

MOST = 1000


company_control = Blueprint("company_control", __name__, url_prefix="/_sim/companies")


def simulator() -> "Simulator":
    return cast("Simulator", current_app.extensions["simulator"])


def opened(realm: str) -> Company:
    return simulator().companies.get(realm) or abort(404)


@company_control.errorhandler(Fault)
def refused(fault: Fault) -> tuple[Response, int]:
    """The books said no: the same words the API would use (api 9.1 A), status 400."""
    error = {"Message": fault.message, "Detail": fault.detail, "code": fault.code, "element": fault.element or ""}
    return jsonify(Fault={"Error": [error], "type": fault.type}), 400


@company_control.errorhandler(LookupError)
@company_control.errorhandler(ValueError)
@company_control.errorhandler(TypeError)
def misunderstood(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@company_control.get("")
def index() -> Response:
    return _json([_told(company) for company in simulator().companies.values()])


@company_control.post("")
def add() -> Response:
    """`{"name": …, "realm": …, "demo": true, "country": "USA", "preferences": {…}}`, all optional."""
    asked = _body()
    known = {key: asked[key] for key in ("realm", "demo", "country", "preferences") if key in asked}
    return _json(_told(simulator().add_company(str(asked.get("name", demo_company.LARKSPUR)), **known)))


@company_control.get("/<realm>/<entity>")
def records(realm: str, entity: str) -> Response:
    """`?where=Balance > '0'&start=1&limit=100`: as a query of the API, but not metered and not counted."""
    where = f" WHERE {request.args['where']}" if request.args.get("where") else ""
    start, limit = int(request.args.get("start", 1)), min(int(request.args.get("limit", 100)), MOST)
    statement = f"SELECT * FROM {entity}{where} STARTPOSITION {start} MAXRESULTS {limit}"  # noqa: S608, not SQL
    return _json(opened(realm).query(statement))


@company_control.get("/<realm>/<entity>/<record_id>")
def record(realm: str, entity: str, record_id: str) -> Response:
    return _json(opened(realm).get(entity, record_id))


@company_control.post("/<realm>/<verb>")
def act(realm: str, verb: str) -> Response:
    """One of the verbs; with `"silently": true` in a way that neither CDC nor a webhook tells of."""
    company, asked = opened(realm), _body()
    if verb not in VERBS:
        raise LookupError(f"no verb {verb!r}; there are {', '.join(sorted(VERBS))}")
    with company.silently() if asked.pop("silently", False) else nullcontext():
        done = VERBS[verb](company, asked)
    simulator().changed()
    return _json(done)


def _body() -> Body:
    body = request.get_json(silent=True) if request.data else {}
    if not isinstance(body, dict):
        raise ValueError("the control API takes JSON objects")
    return body


def _json(value: Any) -> Response:
    """As the books write it: money with its cents."""
    return Response(encode(value), mimetype="application/json")


def _told(company: Company) -> Body:
    return {
        "realm": company.realm,
        "name": company.name,
        "country": company.country,
        "subscription": company.subscription,
        "connected": simulator().oauth.connected(company.realm),
        "reads": simulator().reads(company.realm),
        "records": {name: len(table.records) for name, table in company.books.tables.items()},
    }


def _need(asked: Body, *names: str) -> list[Any]:
    missing = [name for name in names if name not in asked]
    if missing:
        raise ValueError(f"missing: {', '.join(missing)}")
    return [asked[name] for name in names]


def _ids(asked: Body) -> tuple[str, str]:
    entity, record_id = _need(asked, "entity", "id")
    return str(entity), str(record_id)


def _create(company: Company, asked: Body) -> Body:
    entity, body = _need(asked, "entity", "body")
    return company.create(entity, body)


def _update(company: Company, asked: Body) -> Body:
    entity, body = _need(asked, "entity", "body")
    return company.update(entity, body)


def _pay(company: Company, asked: Body) -> Body:
    customer, amount = _need(asked, "customer", "amount")
    return company.pay(str(customer), amount, asked.get("invoices", {}), **asked.get("fields", {}))


def _credit(company: Company, asked: Body) -> Body:
    memo, invoices = _need(asked, "credit_memo", "invoices")
    return company.credit(str(memo), invoices)


def _merge(company: Company, asked: Body) -> Body:
    survivor, loser = _need(asked, "survivor", "loser")
    return company.merge(str(survivor), str(loser))


def _close_books(company: Company, asked: Body) -> Body:
    company.close_books(asked.get("upto"))
    return company.preferences


def _preferences(company: Company, asked: Body) -> Body:
    """The groups given are merged into what is there; `custom_field` names the P.O. field, or "" to take it away."""
    field = asked.pop("custom_field", None)
    if field:
        company.define_custom_field(str(field))
    elif field is not None:
        company.preferences["SalesFormsPrefs"]["CustomField"] = []
    return company.update("Preferences", {"Id": "1", "sparse": True, **asked}) if asked else company.preferences


def _project(company: Company, asked: Body) -> Body:
    customer, name = _need(asked, "customer", "name")
    return company.project(str(customer), str(name))


def _rate(company: Company, asked: Body) -> Body:
    currency, rate = _need(asked, "currency", "rate")
    company.set_rate(str(currency), rate, asked.get("day"))
    return {"currency": currency, "rate": rate}


def _subscription(company: Company, asked: Body) -> Body:
    (company.subscription,) = _need(asked, "status")
    return {"status": company.subscription}


def _revoke(company: Company, _asked: Body) -> Body:
    simulator().revoke(company.realm)
    return {"connected": False}


def _expire_access(company: Company, _asked: Body) -> Body:
    simulator().expire_access(company.realm)
    return {"connected": simulator().oauth.connected(company.realm)}


def _grant(company: Company, asked: Body) -> Body:
    return simulator().grant(company.realm, str(asked.get("user") or "June Lindqvist"))


def _admin(company: Company, asked: Body) -> Body:
    """Whether the person who connected is still admin (code 120 when not)."""
    grant = simulator().oauth.grants.get(company.realm)
    if grant is None:
        raise LookupError("nobody is connected to this company")
    grant.admin = bool(_need(asked, "is_admin")[0])
    return {"is_admin": grant.admin}


VERBS: dict[str, Callable[[Company, Body], Body]] = {
    "create": _create,
    "update": _update,
    "delete": lambda company, asked: company.delete(*_ids(asked)),
    "void": lambda company, asked: company.void(*_ids(asked)),
    "deactivate": lambda company, asked: company.deactivate(*_ids(asked)),
    "reactivate": lambda company, asked: company.reactivate(*_ids(asked), name=str(asked.get("name", ""))),
    "send": lambda company, asked: company.send(*_ids(asked), to=str(asked.get("to", ""))),
    "deposit": lambda company, asked: company.deposit(str(_need(asked, "id")[0])),
    "pay": _pay,
    "credit": _credit,
    "merge": _merge,
    "project": _project,
    "rate": _rate,
    "close_books": _close_books,
    "preferences": _preferences,
    "subscription": _subscription,
    "revoke": _revoke,
    "expire_access": _expire_access,
    "grant": _grant,
    "admin": _admin,
}

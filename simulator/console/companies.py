"""The list of practice companies, and the addresses by which Buddy opens one record (deep links, R30)."""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from simulator.company import Company
from simulator.console.shell import simulator

companies = Blueprint("companies", __name__)


@companies.get("/")
@companies.get("/console/")
def index() -> str:
    connected = {realm for realm in simulator().companies if simulator().oauth.connected(realm)}
    return render_template("companies.html", found=list(simulator().companies.values()), connected=connected)


@companies.get("/app/customerdetail")
def customer_link() -> AnyResponse:
    record_id = request.args.get("nameId", "")
    found = _holding("Customer", record_id)
    return redirect(url_for("console.open_listed", realm=found.realm, kind="customers", record_id=record_id))


@companies.get("/app/invoice")
def invoice_link() -> AnyResponse:
    record_id = request.args.get("txnId", "")
    found = _holding("Invoice", record_id)
    return redirect(url_for("console.open_document", realm=found.realm, kind="invoices", record_id=record_id))


def _holding(entity: str, record_id: str) -> Company:
    """The company a link means. It names none: the one last looked at, else a connected one, that has the record."""
    looked_at = session.get("realm", "")
    connected = simulator().oauth.connected
    order = sorted(
        simulator().companies.values(),
        key=lambda each: (each.realm != looked_at, not connected(each.realm)),
    )
    return next((each for each in order if each.books.find(entity, record_id)), None) or abort(404)

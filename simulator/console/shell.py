"""What every page of the console shares: its company, the message of the last act, and how a page is answered."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Books, Record
from simulator.company import Company
from simulator.console import wording
from simulator.console.forms import Mistyped
from simulator.console.states import state
from simulator.console.wording import Refused
from simulator.refusals import Fault

if TYPE_CHECKING:
    from simulator.app import Simulator

console = Blueprint("console", __name__, url_prefix="/console/<realm>")

REFUSALS = (Fault, Mistyped)
TABS = {
    "invoices": "Invoices",
    "customers": "Customers",
    "items": "Items",
    "payments": "Payments",
    "credit-memos": "Credit memos",
    "company": "Company",
}
KINDS = {
    "NonInventory": "Goods, not counted",
    "Inventory": "Counted stock",
    "Service": "Service",
    "Category": "Category",
    "Group": "Bundle",
}
ENTITIES = {
    "invoices": "Invoice",
    "customers": "Customer",
    "items": "Item",
    "payments": "Payment",
    "credit-memos": "CreditMemo",
}
SINGULAR = {
    "Invoice": "invoice",
    "Customer": "customer",
    "Item": "item",
    "Payment": "payment",
    "CreditMemo": "credit memo",
}


def simulator() -> "Simulator":
    return cast("Simulator", current_app.extensions["simulator"])


def company() -> Company:
    return cast("Company", g.company)


def books() -> Books:
    return company().books


@console.url_value_preprocessor
def open_company(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The address names the company; pages never see its number again."""
    found = simulator().companies.get((values or {}).pop("realm", ""))
    if found is None:
        abort(404)
    g.company = found


@console.url_defaults
def stay_in_company(_endpoint: str, values: dict[str, Any]) -> None:
    if "company" in g:
        values.setdefault("realm", company().realm)


@console.before_request
def begin() -> None:
    """A page of another site cannot press buttons here; the company that is open is the one deep links mean."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    session["realm"] = company().realm
    if request.method == "GET":  # a page reads the books in one state; a verb takes the lock itself
        company().lock.acquire()
        g.reading = True


@console.after_request
def remember(response: Response) -> Response:
    """Whoever keeps the state in a file hears of every act, also of those that leave no trace in the books."""
    if request.method == "POST":
        simulator().changed()
    return response


@console.teardown_request
def end(_error: BaseException | None) -> None:
    if g.pop("reading", False):
        company().lock.release()


@console.context_processor
def shared() -> dict[str, Any]:
    if "company" not in g:  # the page that says there is no such company
        return {}
    return {
        "company": company(),
        "tabs": TABS,
        "tab_url": tab_url,
        "kinds": KINDS,
        "today": books().today,
        "state": lambda record: state(books(), record),
        "known_as": known_as,
        "app_url": simulator().app_url,
    }


@console.app_template_filter("day")
def _day(text: str) -> str:
    return wording.day(text, date.fromisoformat(books().today))


@console.app_errorhandler(404)
def not_found(error: Exception) -> AnyResponse:
    """A page of the console that is not there; what is outside it stays as it was answered."""
    if not request.path.startswith(("/console", "/app")):
        return cast("AnyResponse", cast("Any", error).get_response())
    return make_response(render_template("missing.html"), 404)


def tab_url(name: str) -> str:
    if name in {"invoices", "credit-memos"}:
        return url_for("console.documents", kind=name)
    if name in {"customers", "items"}:
        return url_for("console.listed", kind=name)
    return url_for("console.payments" if name == "payments" else "console.company_tab")


def known_as(customer_id: str) -> str:
    """A customer's name with those it belongs to: `Marigold Grocers: Eastside`."""
    customer = books().find("Customer", customer_id)
    return str(customer.body["FullyQualifiedName"]).replace(":", ": ") if customer else f"Customer {customer_id}"


def record(entity: str, record_id: str) -> Record:
    """The record the address names, or the page that says it is gone."""
    found = books().find(entity, record_id)
    if found is None:
        abort(404)
    return found


def page(template: str, *, refusal: Exception | None = None, **context: Any) -> Response:
    """A page; with a refusal it says why, keeps what was typed, and is answered with 422."""
    refused = explain(refusal) if refusal else None
    with company().lock:
        text = render_template(f"console/{template}.html", refused=refused, **context)
    return make_response(text, 422 if refusal else 200)


def explain(refusal: Exception) -> Refused:
    if isinstance(refusal, Mistyped):
        return Refused(refusal.text, refusal.path)
    return wording.refused(cast("Fault", refusal))


def done(message: str, endpoint: str, **values: Any) -> AnyResponse:
    """After an act: on to the page that shows its result, with one plain sentence."""
    flash(message)
    return redirect(url_for(endpoint, **values), 303)


def label(found: Record) -> str:
    """What a person calls this record: `Invoice 1042`, `Payment of $250.00`, a customer by its name."""
    body = found.body
    match found.entity.name:
        case "Invoice" | "CreditMemo":
            word = SINGULAR[found.entity.name].capitalize()
            return f"{word} {body['DocNumber']}" if body.get("DocNumber") else f"{word} without a number"
        case "Payment":
            return f"Payment of {wording.dollars(body.get('TotalAmt', Decimal(0)))}"
        case "Customer":
            return str(body["DisplayName"])
        case _:
            return str(body["Name"])


FILTERS: dict[str, Callable[..., Any]] = {
    "money": wording.money,
    "dollars": wording.dollars,
    "price": wording.price,
    "quantity": wording.quantity,
    "breakable": wording.breakable,
    "company_id": wording.company_id,
    "exact": wording.exact,
    "label": label,
}
for _name, _filter in FILTERS.items():
    console.add_app_template_filter(_filter, _name)

"""Payments: the list, one payment with where it went, and recording one against an invoice or a whole customer."""

from collections.abc import Mapping
from decimal import Decimal

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Body, Record
from simulator.console import fields, tabs
from simulator.console.customers import owed_by
from simulator.console.documents import choose_customer
from simulator.console.forms import Mistyped, amount, day, typed
from simulator.console.listing import find
from simulator.console.shell import REFUSALS, books, company, console, done, known_as, page, record
from simulator.console.wording import dollars, money
from simulator.money import ZERO

SHOWN_INVOICES = 100
INPUTS = tuple(field for field in fields.PAYMENT if field.path != "TotalAmt")


@console.get("/payments")
def payments() -> AnyResponse:
    return page("payments", tab="payments", views=tabs.PAYMENTS.views, found=find(books(), tabs.PAYMENTS, request.args))


@console.get("/payments/<record_id>")
def open_payment(record_id: str) -> AnyResponse:
    found = record("Payment", record_id)
    linked = [(line, books().find(*_linked(line))) for line in found.body["Line"]]
    method = books().find("PaymentMethod", found.body.get("PaymentMethodRef", {}).get("value", ""))
    return page("payment", tab="payments", record=found, linked=linked, method=method)


@console.get("/payments/new")
def new_payment() -> AnyResponse:
    """For one invoice its balance stands there already; without a customer one is chosen first."""
    invoice = books().find("Invoice", request.args.get("invoice", ""))
    customer_id = invoice.body["CustomerRef"]["value"] if invoice else request.args.get("customer", "")
    customer = books().find("Customer", customer_id)
    if customer is None:
        return choose_customer("payments", "Record payment: from which customer?", "console.new_payment")
    balance = money(invoice.body["Balance"]) if invoice else ""
    begins = {"TotalAmt": balance, "TxnDate": books().today, "PaymentMethodRef.value": _usual_method(customer)}
    return _form(customer, invoice, begins, {})


@console.post("/payments/new")
def record_payment() -> AnyResponse:
    customer = record("Customer", request.form.get("customer", ""))
    invoice = books().find("Invoice", request.form.get("invoice", ""))
    values = typed(fields.PAYMENT, request.form)
    parts = {
        name.removeprefix("apply-"): text.strip() for name, text in request.form.items() if name.startswith("apply-")
    }
    try:
        applications = {} if invoice else _applications(parts)
        total = _total(values["TotalAmt"], applications)
        if invoice:
            applications = {invoice.id: min(total, invoice.body["Balance"])} if invoice.body["Balance"] else {}
        paid = company().pay(customer.id, total, applications, **_particulars(values))
    except REFUSALS as refusal:
        return _form(customer, invoice, values, parts, refusal)
    return done(_told(paid, customer), "console.open_payment", record_id=paid["Id"])


def _form(
    customer: Record,
    invoice: Record | None,
    values: Mapping[str, str],
    parts: Mapping[str, str],
    refusal: Exception | None = None,
) -> AnyResponse:
    owed = owed_by(customer.id)
    return page(
        "payment_form",
        refusal=refusal,
        tab="payments",
        customer=customer,
        invoice=invoice,
        total=fields.PAYMENT[0],
        inputs=INPUTS,
        values=values,
        parts=parts,
        owed=owed[:SHOWN_INVOICES],
        hidden=max(0, len(owed) - SHOWN_INVOICES),
        choices=fields.choices(books()),
    )


def _usual_method(customer: Record) -> str:
    """The customer's own method, else the cheque, which is what a wholesaler mostly gets."""
    usual = customer.body.get("PaymentMethodRef", {}).get("value")
    cheque = next((each.id for each in books().living("PaymentMethod") if each.body["Name"] in {"Check", "Cheque"}), "")
    return str(usual or cheque)


def _applications(parts: Mapping[str, str]) -> dict[str, Decimal]:
    return {id: amount(text, f"apply-{id}") for id, text in parts.items() if text}


def _total(text: str, applications: Mapping[str, Decimal]) -> Decimal:
    """What was typed; left empty, the sum of what is applied."""
    if not text and applications:
        return sum(applications.values(), ZERO)
    total = amount(text, "TotalAmt")
    if sum(applications.values(), ZERO) > total:
        raise Mistyped(
            "TotalAmt", f"{dollars(sum(applications.values(), ZERO))} are applied below: more than this amount."
        )
    return total


def _particulars(values: Mapping[str, str]) -> Body:
    particulars: Body = {"TxnDate": day(values["TxnDate"], "TxnDate")}
    if values["PaymentMethodRef.value"]:
        particulars["PaymentMethodRef"] = {"value": values["PaymentMethodRef.value"]}
    for name in ("PaymentRefNum", "PrivateNote"):
        if values[name]:
            particulars[name] = values[name]
    return particulars


def _told(paid: Body, customer: Record) -> str:
    message = f"{dollars(paid['TotalAmt'])} from {known_as(customer.id)} is recorded."
    if paid["UnappliedAmt"]:
        message += f" {dollars(paid['UnappliedAmt'])} of it stays on the customer as unapplied."
    return message


def _linked(line: Body) -> tuple[str, str]:
    link = line["LinkedTxn"][0]
    return link["TxnType"], link["TxnId"]

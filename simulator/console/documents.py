"""Invoices and credit memos: their lists, one document and what happened to it, a new one, and small changes."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Body, Record, fold
from simulator.console import fields, tabs
from simulator.console.customers import owed_by
from simulator.console.forms import Field, Mistyped, amount, changed, number, shown, typed
from simulator.console.listing import find
from simulator.console.shell import ENTITIES, REFUSALS, SINGULAR, books, company, console, done, label, page, record
from simulator.rules.custom_fields import definitions

DOCUMENTS = "/<any('invoices', 'credit-memos'):kind>"
LINES, LINES_AT_MOST = 5, 750  # QuickBooks takes no more (api 5.3)
TAX_CODE = "TxnTaxDetail.TxnTaxCodeRef.value"
CENT = Decimal("0.01")
LINE_PARTS = ("item", "text", "quantity", "price")
SALES = "SalesItemLineDetail"


@dataclass(frozen=True, slots=True)
class Movement:
    """One payment or credit on a document, as its page tells it."""

    payment: Record
    amount: Decimal
    is_credit: bool


@console.get("/")
def first_page() -> AnyResponse:
    return redirect(url_for("console.documents", kind="invoices"))


@console.get(DOCUMENTS)
def documents(kind: str) -> AnyResponse:
    tab = tabs.INVOICES if kind == "invoices" else tabs.CREDIT_MEMOS
    return page("documents", tab=kind, kind=kind, views=tab.views, found=find(books(), tab, request.args))


@console.get(f"{DOCUMENTS}/<record_id>")
def open_document(kind: str, record_id: str) -> AnyResponse:
    return _document(kind, record(ENTITIES[kind], record_id))


@console.get(f"{DOCUMENTS}/new")
def new_document(kind: str) -> AnyResponse:
    customer = books().find("Customer", request.args.get("customer", ""))
    if customer is None:
        return choose_customer(
            kind, f"New {SINGULAR[ENTITIES[kind]]}: for which customer?", "console.new_document", kind=kind
        )
    return _form(kind, customer, _beginning(kind, customer), _line_texts({}, LINES))


@console.post(f"{DOCUMENTS}/new")
def create_document(kind: str) -> AnyResponse:
    customer = record("Customer", request.form.get("customer", ""))
    values, lines = typed(head_fields(kind), request.form), _line_texts(request.form, _line_count())
    if "more" in request.form:
        return _form(kind, customer, values, lines + _line_texts({}, LINES))
    try:
        body = {"CustomerRef": {"value": customer.id}, **_head(kind, values, {}), "Line": _new_lines(customer, lines)}
        body["Line"] += _extras(request.form)
        created = company().create(ENTITIES[kind], body)
    except REFUSALS as refusal:
        return _form(kind, customer, values, lines, refusal)
    return done(
        f"{label(record(ENTITIES[kind], created['Id']))} is in the books.",
        "console.open_document",
        kind=kind,
        record_id=created["Id"],
    )


@console.get(f"{DOCUMENTS}/<record_id>/edit")
def edit_document(kind: str, record_id: str) -> AnyResponse:
    found = record(ENTITIES[kind], record_id)
    return _edit_form(kind, found, _head_shown(kind, found.body), _quantities(found))


@console.post(f"{DOCUMENTS}/<record_id>/edit")
def save_document(kind: str, record_id: str) -> AnyResponse:
    """Head fields and quantities; the lines are sent back whole, and only when a quantity changed (api 4.3)."""
    found = record(ENTITIES[kind], record_id)
    values = typed(head_fields(kind), request.form)
    quantities = {id: request.form.get(f"quantity-{id}", text).strip() for id, text in _quantities(found).items()}
    try:
        changes = _head(kind, values, found.body) | _changed_lines(found, quantities)
        token = request.form.get("token", str(found.token))
        company().update(ENTITIES[kind], {"Id": record_id, "SyncToken": token, "sparse": True, **changes})
    except REFUSALS as refusal:
        return _edit_form(kind, found, values, quantities, refusal)
    return done(f"{label(found)} is saved.", "console.open_document", kind=kind, record_id=record_id)


@console.post("/invoices/<record_id>/send")
def send(record_id: str) -> AnyResponse:
    found = record("Invoice", record_id)
    try:
        sent = company().send("Invoice", record_id)
    except REFUSALS as refusal:
        return _document("invoices", found, refusal)
    message = f"{label(found)} counts as sent to {sent['BillEmail']['Address']}. No mail left this machine."
    return done(message, "console.open_document", kind="invoices", record_id=record_id)


@console.post("/credit-memos/<record_id>/apply")
def apply_credit(record_id: str) -> AnyResponse:
    """A payment of zero that joins credit and invoice (api 5.5)."""
    memo = record("CreditMemo", record_id)
    try:
        invoice = record("Invoice", request.form.get("invoice", ""))
        part = amount(request.form.get("amount", ""), "amount")
        company().credit(record_id, {invoice.id: part})
    except REFUSALS as refusal:
        return _document("credit-memos", memo, refusal)
    return done(
        f"{label(memo)} was applied to {label(invoice).lower()}.",
        "console.open_document",
        kind="credit-memos",
        record_id=record_id,
    )


def _line_count() -> int:
    text = request.form.get("lines", "")
    return min(int(text), LINES_AT_MOST) if text.isdigit() else LINES


def choose_customer(tab: str, title: str, endpoint: str, **values: Any) -> AnyResponse:
    """Search for the customer an act is about: a list holds at any number of customers, a menu does not."""
    found = find(books(), tabs.CUSTOMERS, request.args)
    return page("choose_customer", tab=tab, title=title, found=found, endpoint=endpoint, values=values)


def head_fields(kind: str) -> tuple[Field, ...]:
    """The fields of a document's head that this company and this kind of document have."""
    preference = books().preference
    left_out = set()
    if kind == "credit-memos":
        left_out |= {"SalesTermRef.value", "DueDate"}
    if not preference("SalesFormsPrefs.CustomTxnNumbers"):
        left_out.add("DocNumber")
    if not definitions(books()):
        left_out.add("po")
    if not preference("TaxPrefs.UsingSalesTax") or preference("TaxPrefs.PartnerTaxEnabled"):
        left_out.add(TAX_CODE)
    return tuple(field for field in fields.HEAD if field.path not in left_out)


def _document(kind: str, found: Record, refusal: Exception | None = None) -> AnyResponse:
    applied = books().applied.get(found.key, {})
    movements = [_movement(payment_id, part) for payment_id, part in applied.items()]
    return page(
        "document",
        refusal=refusal,
        tab=kind,
        kind=kind,
        record=found,
        movements=sorted(movements, key=lambda each: each.payment.body["TxnDate"]),
        items=books().tables["Item"].records,
        term=books().find("Term", found.body.get("SalesTermRef", {}).get("value", "")),
        invoices=owed_by(found.body["CustomerRef"]["value"])
        if kind == "credit-memos" and found.body["Balance"]
        else [],
        form=request.form,
    )


def _movement(payment_id: str, part: Decimal) -> Movement:
    payment = books().tables["Payment"].records[payment_id]
    return Movement(payment, part, is_credit=not payment.body["TotalAmt"])


def _form(
    kind: str, customer: Record, values: dict[str, str], lines: list[dict[str, str]], refusal: Exception | None = None
) -> AnyResponse:
    items = [each.body for each in books().living("Item") if each.active][:500]
    return page(
        "document_form",
        refusal=refusal,
        tab=kind,
        kind=kind,
        singular=SINGULAR[ENTITIES[kind]],
        customer=customer,
        inputs=head_fields(kind),
        values=values,
        lines=lines,
        items=items,
        choices=fields.choices(books()),
        extras={name: request.form.get(name, "") for name in ("discount", "shipping")},
        allows=books().preference,
    )


def _edit_form(
    kind: str, found: Record, values: dict[str, str], quantities: dict[str, str], refusal: Exception | None = None
) -> AnyResponse:
    return page(
        "document_edit",
        refusal=refusal,
        tab=kind,
        kind=kind,
        record=found,
        inputs=[field for field in head_fields(kind) if field.path != TAX_CODE],  # what is taxed stays taxed
        values=values,
        quantities=quantities,
        items=books().tables["Item"].records,
        choices=fields.choices(books()),
        token=request.form.get("token", str(found.token)),
    )


def _beginning(kind: str, customer: Record) -> dict[str, str]:
    """What a new document begins with: today, the customer's terms and email, the company's sales tax."""
    body = customer.body
    begins = {
        "TxnDate": books().today,
        "SalesTermRef": body.get("SalesTermRef", {}),
        "BillEmail": body.get("PrimaryEmailAddr", {}),
        "TxnTaxDetail": {"TxnTaxCodeRef": _usual_tax_code() if body["Taxable"] else {}},
    }
    return shown(head_fields(kind), begins)


def _usual_tax_code() -> Body:
    usual = books().preference("TaxPrefs.TaxGroupCodeRef")
    groups = fields.choices(books())["tax_codes"]
    return usual or ({"value": groups[0][0]} if groups else {})


def _head_shown(kind: str, body: Body) -> dict[str, str]:
    return {**shown(head_fields(kind), body), "po": _po_number(body)}


def _po_number(body: Body) -> str:
    slot = next(iter(definitions(books())), "")
    return next(
        (str(each.get("StringValue", "")) for each in body.get("CustomField", ()) if each["DefinitionId"] == slot), ""
    )


def _head(kind: str, values: dict[str, str], body: Body) -> Body:
    """The head's changes against `body` ({} for a new document)."""
    inputs = [field for field in head_fields(kind) if field.path not in {"po", TAX_CODE}]
    changes = changed(inputs, shown(inputs, body), values, body)
    if values.get("po", "") != _po_number(body):
        slot = next(iter(definitions(books())))
        kept = [
            each for each in body.get("CustomField", ()) if each["DefinitionId"] != slot and each.get("StringValue")
        ]
        changes["CustomField"] = [*kept, {"DefinitionId": slot, "Type": "StringType", "StringValue": values["po"]}]
    code = values.get(TAX_CODE, "")
    if code and code != body.get("TxnTaxDetail", {}).get("TxnTaxCodeRef", {}).get("value"):
        changes["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": code}}
    return changes


def _line_texts(form: Any, count: int) -> list[dict[str, str]]:
    return [{part: form.get(f"{part}-{row}", "").strip() for part in LINE_PARTS} for row in range(count)]


def _new_lines(customer: Record, texts: list[dict[str, str]]) -> list[Body]:
    lines = [_new_line(customer, row, text) for row, text in enumerate(texts) if any(text.values())]
    if not lines:
        raise Mistyped("item-0", "Enter at least one line.")
    return lines


def _new_line(customer: Record, row: int, text: dict[str, str]) -> Body:
    """The item by SKU or name, its own price where none is typed, tax where both item and customer are taxable."""
    item = _item(text["item"], f"item-{row}")
    quantity = number(text["quantity"] or "1", f"quantity-{row}")
    unit_price = number(text["price"], f"price-{row}") if text["price"] else Decimal(item.body["UnitPrice"])
    taxed = item.body["Taxable"] and customer.body["Taxable"]
    line: Body = {
        "DetailType": SALES,
        "Amount": (quantity * unit_price).quantize(CENT, ROUND_HALF_UP),
        SALES: {
            "ItemRef": {"value": item.id},
            "Qty": quantity,
            "UnitPrice": unit_price,
            "TaxCodeRef": {"value": "TAX" if taxed else "NON"},
        },
    }
    description = text["text"] or item.body.get("Description", "")
    return {**line, "Description": description} if description else line


def _item(text: str, path: str) -> Record:
    if not text:
        raise Mistyped(path, "Choose the item of this line.")
    wanted = fold(text)
    for item in books().living("Item"):
        if item.active and wanted in {fold(item.body["Name"]), fold(item.body.get("Sku", ""))}:
            return item
    raise Mistyped(path, f"No active item has the name or SKU “{text}”.")


def _extras(form: Any) -> list[Body]:
    extras: list[Body] = []
    if form.get("discount", "").strip():
        percent = number(form["discount"].strip().removesuffix("%"), "discount")
        detail = {"PercentBased": True, "DiscountPercent": percent}
        extras.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail})
    if form.get("shipping", "").strip():
        freight = amount(form["shipping"].strip(), "shipping")
        extras.append({"DetailType": SALES, "Amount": freight, SALES: {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}})
    return extras


def _quantities(found: Record) -> dict[str, str]:
    """{line id: quantity} of the lines whose quantity can be changed."""
    return {
        line["Id"]: format(Decimal(line[SALES]["Qty"]), "f")
        for line in found.body["Line"]
        if "Id" in line and "Qty" in line.get(SALES, {})
    }


def _changed_lines(found: Record, quantities: dict[str, str]) -> Body:
    before = _quantities(found)
    if quantities == before:
        return {}
    return {"Line": [_requantified(line, before, quantities) for line in found.body["Line"]]}


def _requantified(line: Body, before: dict[str, str], quantities: dict[str, str]) -> Body:
    id = line.get("Id", "")
    if quantities.get(id) == before.get(id):
        return line
    quantity = number(quantities[id], f"quantity-{id}")
    net = (quantity * Decimal(line[SALES]["UnitPrice"])).quantize(CENT, ROUND_HALF_UP)
    return {**line, "Amount": net, SALES: {**line[SALES], "Qty": quantity}}

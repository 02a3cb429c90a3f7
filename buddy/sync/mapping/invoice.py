"""Invoice ↔ Invoice (api 5.3). Created here, sent once; afterwards QuickBooks' (R15), read back whole."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from msgspec import Struct, field

from buddy.hub.invoices import Invoice, InvoiceLine, LineKind
from buddy.hub.money import CENT, PRICE
from buddy.hub.team import Organization
from buddy.sync.mapping.fields import Body, read_address, write_address

SHIPPING_ITEM = "SHIPPING_ITEM_ID"  # not a real item (api 5.3.2)
NO_MONEY = Decimal("0.00")
PO_FIELD_LENGTH = 31
MEMO_LENGTH = 1000
_MARKER = re.compile(r"#([a-z2-7]{10})\s*$")


class LineIn(Struct):
    """One line as QuickBooks holds it; `item` is the item's id there, empty for text."""

    kind: str
    item: str
    name: str
    description: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal
    taxable: bool


class InvoiceIn(Struct):
    """What Buddy keeps of a QuickBooks invoice; references are ids there."""

    customer: str
    number: str
    invoice_date: date
    due_date: date
    terms: str
    currency: str
    po_number: str
    billing_address: dict[str, str]
    ship_to: dict[str, str]
    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal
    balance: Decimal
    memo: str
    note: str
    lines: list[LineIn]

    @property
    def looks_void(self) -> bool:
        """Nothing left on it (R9): whether it was voided or born at zero, its history tells."""
        return self.total == 0 and all(line.amount == 0 for line in self.lines)

    @property
    def had_prices(self) -> bool:
        """Zero now, but its lines still name a price, or its note says so: it was worth something once."""
        priced = any((line.quantity or 0) * (line.unit_price or 0) for line in self.lines)
        return priced or self.note.startswith("Voided")


def cents(value: Decimal | int | None) -> Decimal:
    return Decimal(value).quantize(CENT, ROUND_HALF_UP) if value else NO_MONEY


def day(value: Any) -> date:
    return date.fromisoformat(value[:10])


# --- In: only what is kept is decoded, since invoices are most of what a first sync reads ----------------------------


class _Ref(Struct):
    value: str | None = None
    name: str | None = None


class _Tax(Struct, rename="pascal"):
    total_tax: Decimal | None = None


class _Slot(Struct, rename="pascal"):
    definition_id: str | None = None
    string_value: str | None = None


class _Sale(Struct, rename="pascal"):
    item_ref: _Ref | None = None
    qty: Decimal | None = None
    unit_price: Decimal | None = None
    tax_code_ref: _Ref | None = None


class _Bundle(Struct, rename="pascal"):
    line: list[_Line] = []


class _Line(Struct, rename="pascal"):
    detail_type: str = ""
    amount: Decimal | None = None
    description: str | None = None
    sale: _Sale | None = field(name="SalesItemLineDetail", default=None)
    bundle: _Bundle | None = field(name="GroupLineDetail", default=None)


class Read(Struct, rename="pascal"):
    """The part of an Invoice that Buddy keeps, in QuickBooks' spelling (api 5.3)."""

    customer_ref: _Ref
    txn_date: str
    due_date: str | None = None
    doc_number: str | None = None
    sales_term_ref: _Ref | None = None
    currency_ref: _Ref | None = None
    custom_field: list[_Slot] = []
    bill_addr: dict[str, Any] | None = None
    ship_addr: dict[str, Any] | None = None
    txn_tax_detail: _Tax | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    customer_memo: _Ref | None = None
    private_note: str | None = None
    line: list[_Line] = []


_decode = msgspec.json.Decoder(Read).decode


def read(raw: bytes, *, po_field: str) -> InvoiceIn:
    """A full invoice object; absent fields are empty (R1). `po_field` is the definition id of the PO field, or ""."""
    body = _decode(raw)
    invoice = InvoiceIn(
        customer=_value(body.customer_ref),
        number=body.doc_number or "",
        invoice_date=day(body.txn_date),
        due_date=day(body.due_date or body.txn_date),
        terms=_value(body.sales_term_ref),
        currency=_value(body.currency_ref),
        po_number=_po_number(body.custom_field, po_field),
        billing_address=read_address(body.bill_addr),
        ship_to=read_address(body.ship_addr),
        subtotal=NO_MONEY,
        discount=NO_MONEY,
        shipping=NO_MONEY,
        tax=cents(body.txn_tax_detail.total_tax if body.txn_tax_detail else None),
        total=cents(body.total_amt),
        balance=cents(body.balance),
        memo=_value(body.customer_memo),
        note=body.private_note or "",
        lines=[],
    )
    for line in body.line:
        _read_line(invoice, line)
    return invoice


def _read_line(invoice: InvoiceIn, line: _Line) -> None:
    if line.detail_type == "SalesItemLineDetail":
        _read_sale(invoice, line, line.sale or _Sale())
    elif line.detail_type == "DiscountLineDetail":
        invoice.discount += cents(line.amount)
    elif line.detail_type == "GroupLineDetail" and line.bundle:
        for inner in line.bundle.line:
            _read_line(invoice, inner)
    elif line.detail_type == "DescriptionOnly":
        invoice.lines.append(LineIn(LineKind.TEXT, "", "", line.description or "", None, None, NO_MONEY, False))


def _read_sale(invoice: InvoiceIn, line: _Line, detail: _Sale) -> None:
    amount = cents(line.amount)
    item = detail.item_ref or _Ref()
    if item.value == SHIPPING_ITEM:
        invoice.shipping += amount
        return
    invoice.subtotal += amount
    invoice.lines.append(
        LineIn(
            LineKind.SALE,
            item.value or "",
            item.name or "",
            line.description or "",
            _price(detail.qty),
            _price(detail.unit_price),
            amount,
            (_value(detail.tax_code_ref) or "NON") != "NON",
        )
    )


def _value(ref: _Ref | None) -> str:
    return (ref.value or "") if ref else ""


def _price(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PRICE, ROUND_HALF_UP)


def _po_number(slots: Sequence[_Slot], po_field: str) -> str:
    found = (slot.string_value for slot in slots if slot.definition_id == po_field)
    return next(found, None) or "" if po_field else ""


# --- Out -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Out:
    """What an invoice needs besides itself: ids there, and the company's settings (requirements)."""

    customer: str
    terms: str
    email: str
    items: Mapping[int, str]  # product id → item id
    tax_codes: Mapping[int, str]  # line id → code of a company outside the US
    txn_tax_code: str  # manual US tax (R20)
    facts: Mapping[str, Any]
    marker: str


def marker(organization: Organization, invoice: Invoice, order_numbers: Sequence[str]) -> str:
    """The readable end of the private note by which we know our own (R13), the same for every attempt."""
    seed = f"{organization.pk}:{invoice.pk}:{invoice.created_at.isoformat()}"
    tag = base64.b32encode(hashlib.sha256(seed.encode()).digest())[:10].decode().lower()
    orders = ", ".join(order_numbers[:3]) + (" …" if len(order_numbers) > 3 else "")
    return f"Buddy {orders} #{tag}".replace("  ", " ")


def tag_in(note: str) -> str:
    """The tag of our marker at the end of a note, or ""."""
    found = _MARKER.search(note)
    return found[1] if found else ""


def new_body(invoice: Invoice, lines: Sequence[InvoiceLine], out: Out) -> dict[str, Any]:
    """What creates this invoice there, everything explicit (R20)."""
    body: dict[str, Any] = {
        "CustomerRef": {"value": out.customer},
        "TxnDate": invoice.invoice_date.isoformat(),
        "DueDate": invoice.due_date.isoformat(),
        "PrivateNote": out.marker,
        "Line": [_line(line, out) for line in lines],
    }
    if out.terms:
        body["SalesTermRef"] = {"value": out.terms}
    if out.email:
        body["BillEmail"] = {"Address": out.email}
    if invoice.ship_to:
        body["ShipAddr"] = {key: part for key, part in write_address(invoice.ship_to.as_dict()).items() if part}
    if out.facts.get("custom_numbers"):
        body["DocNumber"] = invoice.number
    if out.facts.get("multicurrency"):
        body["CurrencyRef"] = {"value": invoice.currency}
    if out.facts.get("tax") == "manual" and out.txn_tax_code and any(line.taxable for line in lines):
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": out.txn_tax_code}}
    if out.facts.get("tax") == "foreign":
        body["GlobalTaxCalculation"] = "TaxExcluded"
    return body | _references(invoice, out.facts)


def _line(line: InvoiceLine, out: Out) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "ItemRef": {"value": out.items[line.product_id or 0]},
        "Qty": _short(line.quantity or Decimal(0)),
        "UnitPrice": _short(line.unit_price or Decimal(0)),
        "TaxCodeRef": {"value": out.tax_codes.get(line.pk) or ("TAX" if line.taxable else "NON")},
    }
    text = {"Description": line.description} if line.description else {}
    return {"DetailType": "SalesItemLineDetail", "Amount": line.amount, "SalesItemLineDetail": detail, **text}


def _references(invoice: Invoice, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The PO number where this company keeps it, and what is printed (R18)."""
    numbers = [number for number in invoice.po_number.split(", ") if number]
    field_id = (facts.get("po_field") or {}).get("id", "")
    slot = po_text(numbers)
    memo = invoice.memo
    if numbers and (not field_id or len(numbers) > 1 or len(slot) < len(invoice.po_number)):
        memo = f"PO {', '.join(numbers)}" + (f"\n{memo}" if memo else "")
    result: dict[str, Any] = {"CustomerMemo": {"value": memo[:MEMO_LENGTH]}} if memo else {}
    if field_id and slot:
        result["CustomField"] = [{"DefinitionId": field_id, "Type": "StringType", "StringValue": slot}]
    return result


def po_text(numbers: Sequence[str]) -> str:
    """One PO number, or as many as fit with how many more: "PO a, b +2"; at most 31 characters."""
    if len(numbers) == 1:
        return numbers[0][:PO_FIELD_LENGTH]
    for shown in range(len(numbers), 0, -1):
        more = f" +{len(numbers) - shown}" if shown < len(numbers) else ""
        text = f"PO {', '.join(numbers[:shown])}{more}"
        if len(text) <= PO_FIELD_LENGTH:
            return text
    return f"PO {numbers[0]}"[:PO_FIELD_LENGTH] if numbers else ""


def _short(value: Decimal) -> Decimal:
    """Without trailing zeros: 4, not 4.0000; never in exponents."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def created_at(body: Body) -> datetime | None:
    stamp = (body.get("MetaData") or {}).get("CreateTime")
    return datetime.fromisoformat(stamp) if stamp else None

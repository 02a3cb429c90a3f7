"""Invoice ↔ Invoice (api 5.3). Created here, sent once; afterwards QuickBooks' (R15), read back whole."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from buddy.hub.invoices import Invoice, InvoiceLine, LineKind
from buddy.hub.money import CENT, PRICE
from buddy.hub.team import Organization
from buddy.sync.mapping.fields import Body, read_address, write_address

SHIPPING_ITEM = "SHIPPING_ITEM_ID"  # not a real item (api 5.3.2)
NO_MONEY = Decimal("0.00")
PO_FIELD_LENGTH = 31
MEMO_LENGTH = 1000
_MARKER = re.compile(r"#([a-z2-7]{10})\s*$")


@dataclass(slots=True)
class LineIn:
    """One line as QuickBooks holds it; `item` is the item's id there, empty for text."""

    kind: str
    item: str
    name: str
    description: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal
    taxable: bool


@dataclass(slots=True)
class InvoiceIn:
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
    lines: list[LineIn] = field(default_factory=list)

    @property
    def looks_void(self) -> bool:
        """Nothing left on it (R9): whether it was voided or born at zero, its history tells."""
        return self.total == 0 and all(line.amount == 0 for line in self.lines)

    @property
    def had_prices(self) -> bool:
        """Zero now, but its lines still name a price, or its note says so: it was worth something once."""
        priced = any((line.quantity or 0) * (line.unit_price or 0) for line in self.lines)
        return priced or self.note.startswith("Voided")


def cents(value: Any) -> Decimal:
    return Decimal(value or 0).quantize(CENT, ROUND_HALF_UP)


def day(value: Any) -> date:
    return date.fromisoformat(value[:10])


def read(body: Body, *, po_field: str) -> InvoiceIn:
    """A full invoice object; absent fields are empty (R1). `po_field` is the definition id of the PO field, or ""."""
    invoice = InvoiceIn(
        customer=body["CustomerRef"]["value"],
        number=body.get("DocNumber") or "",
        invoice_date=day(body["TxnDate"]),
        due_date=day(body.get("DueDate") or body["TxnDate"]),
        terms=(body.get("SalesTermRef") or {}).get("value", ""),
        currency=(body.get("CurrencyRef") or {}).get("value", ""),
        po_number=_po_number(body, po_field),
        billing_address=read_address(body.get("BillAddr")),
        ship_to=read_address(body.get("ShipAddr")),
        subtotal=NO_MONEY,
        discount=NO_MONEY,
        shipping=NO_MONEY,
        tax=cents((body.get("TxnTaxDetail") or {}).get("TotalTax")),
        total=cents(body.get("TotalAmt")),
        balance=cents(body.get("Balance")),
        memo=(body.get("CustomerMemo") or {}).get("value", ""),
        note=body.get("PrivateNote") or "",
    )
    for line in body.get("Line", ()):
        _read_line(invoice, line)
    return invoice


def _read_line(invoice: InvoiceIn, line: Mapping[str, Any]) -> None:
    kind = line.get("DetailType")
    if kind == "SalesItemLineDetail":
        detail = line.get(kind) or {}
        item = detail.get("ItemRef") or {}
        amount = cents(line.get("Amount"))
        if item.get("value") == SHIPPING_ITEM:
            invoice.shipping += amount
            return
        invoice.subtotal += amount
        invoice.lines.append(
            LineIn(
                LineKind.SALE,
                item.get("value", ""),
                item.get("name", ""),
                line.get("Description") or "",
                _price(detail.get("Qty")),
                _price(detail.get("UnitPrice")),
                amount,
                (detail.get("TaxCodeRef") or {}).get("value", "NON") != "NON",
            )
        )
    elif kind == "DiscountLineDetail":
        invoice.discount += cents(line.get("Amount"))
    elif kind == "GroupLineDetail":
        for inner in (line.get(kind) or {}).get("Line", ()):
            _read_line(invoice, inner)
    elif kind == "DescriptionOnly":
        text = line.get("Description") or ""
        invoice.lines.append(LineIn(LineKind.TEXT, "", "", text, None, None, NO_MONEY, False))


def _price(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(PRICE, ROUND_HALF_UP)


def _po_number(body: Body, po_field: str) -> str:
    for slot in body.get("CustomField", ()) if po_field else ():
        if slot.get("DefinitionId") == po_field:
            return slot.get("StringValue") or ""
    return ""


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

"""docs/field-mapping.md, generated from buddy.sync.mapping: `python -m docs.field_mapping`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
from msgspec import inspect

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddy.settings")
    django.setup()

from buddy.hub.address import Address
from buddy.hub.invoices import Invoice, InvoiceLine
from buddy.quickbooks.client import batch_body
from buddy.sync.mapping import MAPPINGS, EntityMapping, reference
from buddy.sync.mapping import invoice as invoices
from buddy.sync.mapping import payment as payments
from buddy.sync.mapping.fields import Field, exactly
from buddy.sync.threeway import Owner

PAGE = Path(__file__).with_name("field-mapping.md")

_HEAD = """\
# Buddy's fields and QuickBooks'

Generated from `buddy/sync/mapping` by `make docs`; a test fails when this page is out of date. That package is the one
place that knows both spellings.

Customers and products are merged field by field. *Either* means that the side that changed since the last agreement
wins, and when both changed to different values a person decides; *QuickBooks* that its value always holds. A field
that QuickBooks leaves out of a whole object is empty (R1). Documents are QuickBooks' once they are sent (R15): they are
read whole and never merged.
"""
_OWNERS = {Owner.EITHER: "either", Owner.QUICKBOOKS: "QuickBooks", Owner.BUDDY: "Buddy"}


def text() -> str:
    """The whole page."""
    tables = [_table(mapping) for mapping in MAPPINGS.values()]
    return "\n".join([_HEAD, *tables, _invoice(), _payment(), _credit(), _term()])


def _table(mapping: EntityMapping) -> str:
    rows = [_row(field) for field in mapping.fields]
    head = [f"## {mapping.kind.capitalize()} ↔ {mapping.entity}", ""]
    return "\n".join([*head, "| | Buddy | QuickBooks | Who wins | Equal when |", "|---|---|---|---|---|", *rows, ""])


def _row(field: Field) -> str:
    theirs = f"`{field.path}`" + (f" (a {field.reference})" if field.reference else "")
    return f"| {field.label} | `{field.name}` | {theirs} | {_OWNERS[field.owner]} | {_equality(field)} |"


def _equality(field: Field) -> str:
    if field.same is exactly:
        return "they are the same"
    words = (field.same.__doc__ or "the amounts are the same").partition(" (")[0].partition(":")[0]
    return words.rstrip(".").lower()


# --- Documents: what is read is what the code decodes or touches; what is sent is what it makes of an example --------


class _Touched(dict[str, Any]):
    """A QuickBooks object that notes which of its paths are read."""

    def __init__(self, body: dict[str, Any], paths: dict[str, None], at: str = "") -> None:
        super().__init__(body)
        self._paths, self._at = paths, at

    def __getitem__(self, key: str) -> Any:
        return self._noted(key, super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        return self._noted(key, super().get(key, default))

    def _noted(self, key: str, value: Any) -> Any:
        path = f"{self._at}{key}"
        if isinstance(value, dict):
            return _Touched(value, self._paths, f"{path}.")
        if isinstance(value, list):
            return [_Touched(each, self._paths, f"{path}[].") for each in value]
        self._paths.setdefault(path)
        return value


def _read(body: dict[str, Any], reader: Any) -> str:
    paths: dict[str, None] = {}
    reader(_Touched(body, paths))
    return _listed(paths)


def _listed(paths: Iterable[str]) -> str:
    """The paths in the order they are read, an address as one."""
    named = dict.fromkeys(re.sub(r"(Addr)\..*", r"\1", path) for path in paths)
    return ", ".join(f"`{path}`" for path in named)


def _decoded(kind: inspect.Type, at: str, within: tuple[type, ...] = ()) -> Iterator[str]:
    """The paths of a msgspec type, a reference and an address as one; a type within itself is not entered again."""
    if isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _decoded(each, at, within)
    elif isinstance(kind, inspect.ListType):
        yield from _decoded(kind.item_type, f"{at}[]", within)
    elif isinstance(kind, inspect.StructType) and at and "value" in {field.name for field in kind.fields}:
        yield at
    elif isinstance(kind, inspect.StructType) and kind.cls not in within:
        for field in kind.fields:
            yield from _decoded(field.type, f"{at}.{field.encode_name}".lstrip("."), (*within, kind.cls))
    elif not isinstance(kind, inspect.NoneType | inspect.StructType):
        yield at


def _invoice() -> str:
    read = _listed(dict.fromkeys(_decoded(inspect.type_info(invoices.Read), "")))
    return f"""\
## Invoice ↔ Invoice

An invoice made in Buddy is sent once, everything explicit. One with a PO number, for a company in the US that numbers
by itself and has a PO field:

```json
{_sent_invoice()}
```

Read back, whole, after that and at every later change: {read}. A line whose item is `{invoices.SHIPPING_ITEM}` is the
shipping; discount lines add up to the discount; the lines of a bundle stand for themselves.
"""


def _sent_invoice() -> str:
    """The body that the mapping makes of an example, as it goes over the wire."""
    made = Invoice(
        number="1042",
        invoice_date=date(2026, 11, 2),
        due_date=date(2026, 12, 2),
        po_number="HA-7702",
        ship_to=Address(line1="1 Pier Rd", city="Salem", region="MA", postal_code="01970"),
        currency="USD",
        created_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    line = InvoiceLine(
        pk=1,
        product_id=7,
        quantity=Decimal("4.0000"),
        unit_price=Decimal("12.5000"),
        amount=Decimal("50.00"),
        taxable=True,
    )
    out = invoices.Out(
        customer="58",
        terms="3",
        email="ap@albion.example",
        items={7: "19"},
        tax_codes={},
        txn_tax_code="",
        facts={"custom_numbers": True, "po_field": {"id": "1", "name": "P.O. Number"}, "tax": "automated"},
        marker="Buddy SO-1042 #abcdefghij",
    )
    wire = batch_body([("i1", "create", "Invoice", invoices.new_body(made, [line], out), "")])
    body = json.loads(wire)["BatchItemRequest"][0]["Invoice"]
    members = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in body.items()]
    return "\n".join(["{", ",\n".join(members), "}"])


def _payment() -> str:
    body = {
        "CustomerRef": {"value": "58"},
        "TxnDate": "2026-11-10",
        "TotalAmt": 50,
        "UnappliedAmt": 0,
        "CurrencyRef": {"value": "USD"},
        "PaymentMethodRef": {"value": "2"},
        "PaymentRefNum": "CHK-8841",
        "Line": [{"Amount": 50, "LinkedTxn": [{"TxnId": "311", "TxnType": "Invoice"}]}],
    }
    return f"## Payment ← Payment\n\nOnly read: {_read(body, payments.read_payment)}.\n"


def _credit() -> str:
    body = {
        "CustomerRef": {"value": "58"},
        "DocNumber": "1043",
        "TxnDate": "2026-11-10",
        "TotalAmt": 20,
        "RemainingCredit": 20,
        "CurrencyRef": {"value": "USD"},
        "PrivateNote": "Broken jar",
    }
    return f"## Credit ← CreditMemo\n\nOnly read: {_read(body, payments.read_credit)}.\n"


def _term() -> str:
    body = {
        "Name": "Net 30",
        "Type": "STANDARD",
        "DueDays": 30,
        "DayOfMonthDue": 1,
        "DueNextMonthDays": 0,
        "Active": True,
    }
    return f"## Payment term ← Term\n\nOnly read, joined by name the first time: {_read(body, reference.term)}.\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")

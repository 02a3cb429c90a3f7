"""Lists a company is set up with: payment terms (carried over), accounts, tax codes, methods (only mirrored)."""

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from buddy.hub.terms import TermKind
from buddy.sync.mapping.customer import plain_name
from buddy.sync.mapping.fields import Body


class Brief(NamedTuple):
    """What the mirror keeps of a record beside its body. `name` is what a person calls a list record, `code` the number
    or code they know it by, `owner` the customer a document is for or the parent of a customer."""

    active: bool
    owner: str
    name: str
    code: str


class _Ref(Struct):
    value: str | None = None


class _Body(Struct, rename="pascal"):
    active: bool | None = None
    name: str | None = None
    display_name: str | None = None
    fully_qualified_name: str | None = None
    doc_number: str | None = None
    sku: str | None = None
    acct_num: str | None = None
    parent_ref: _Ref | None = None
    customer_ref: _Ref | None = None


_decode = msgspec.json.Decoder(_Body).decode


def brief(entity: str, raw: bytes) -> Brief:
    """Only these few members are decoded, not the whole body."""
    body = _decode(raw)
    owner = body.parent_ref if entity == "Customer" else body.customer_ref
    named = (body.fully_qualified_name if entity == "Account" else body.display_name) or body.name or ""
    code = body.doc_number or body.sku or body.acct_num or ""
    return Brief(body.active is not False, (owner.value or "") if owner else "", named, code)


def owner_id(entity: str, body: Body) -> str:
    """The customer a document is for, or the parent of a customer."""
    ref = body.get("ParentRef" if entity == "Customer" else "CustomerRef")
    return str(ref["value"]) if ref and "value" in ref else ""


def term(body: Body) -> dict[str, Any]:
    """A payment term as the hub keeps one (api 5.6)."""
    by_date = body.get("Type") == "DATE_DRIVEN" or "DayOfMonthDue" in body
    return {
        "name": plain_name(body.get("Name"))[:31],
        "kind": TermKind.DAY_OF_MONTH if by_date else TermKind.DAYS,
        "due_days": int(body.get("DueDays") or 0),
        "day_of_month": int(body.get("DayOfMonthDue") or 1),
        "next_month_days": int(body.get("DueNextMonthDays") or 0),
        "active": bool(body.get("Active", True)),
    }

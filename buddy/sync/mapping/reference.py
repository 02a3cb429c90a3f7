"""Lists a company is set up with: payment terms (carried over), accounts, tax codes, methods (only mirrored)."""

from typing import Any

from buddy.hub.terms import TermKind
from buddy.sync.mapping.customer import plain_name
from buddy.sync.mapping.fields import Body

NAME_OF = {"Customer": "DisplayName", "Vendor": "DisplayName", "Employee": "DisplayName"}


def record_name(entity: str, body: Body) -> str:
    """What a person calls a list record."""
    if entity == "Account":
        return str(body.get("FullyQualifiedName") or body.get("Name") or "")
    return str(body.get(NAME_OF.get(entity, "Name")) or "")


def record_code(body: Body) -> str:
    """The number or code a person knows it by."""
    return str(body.get("DocNumber") or body.get("Sku") or body.get("AcctNum") or "")


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

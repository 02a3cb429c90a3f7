"""Customer ↔ Customer (api 5.1)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from buddy.hub import matching
from buddy.hub.address import Address
from buddy.hub.matching import Party
from buddy.sync.mapping.fields import Body, EntityMapping, address, email, flag, money, phone, reference, text
from buddy.sync.threeway import Owner

DELETED = " (deleted)"  # what QuickBooks appends to the name of an inactive list record (api 4.4)


def plain_name(value: Any) -> str:
    """A name without the mark of the inactive."""
    return str(value or "").removesuffix(DELETED)


CUSTOMER = EntityMapping(
    kind="customer",
    entity="Customer",
    fields=(
        text("display_name", "DisplayName", "Display name", read=plain_name, limit=500, is_name=True),
        text("company_name", "CompanyName", "Company name", limit=100),
        text("given_name", "GivenName", "First name", limit=100, is_name=True),
        text("family_name", "FamilyName", "Last name", limit=100, is_name=True),
        email("email", "PrimaryEmailAddr.Address", "Email"),
        phone("phone", "PrimaryPhone.FreeFormNumber", "Phone"),
        phone("alternate_phone", "AlternatePhone.FreeFormNumber", "Other phone"),
        phone("mobile", "Mobile.FreeFormNumber", "Mobile"),
        phone("fax", "Fax.FreeFormNumber", "Fax"),
        address("billing_address", "BillAddr", "Billing address"),
        reference("terms", "SalesTermRef", "Payment terms", "Term"),
        flag("taxable", "Taxable", "Taxable", absent=False),
        text("resale_number", "ResaleNum", "Resale number", limit=16),
        text("notes", "Notes", "Notes", limit=2000),
        flag("active", "Active", "Active", absent=True),
        reference("parent", "ParentRef", "Parent customer", "Customer", owner=Owner.QUICKBOOKS),
        text("currency", "CurrencyRef.value", "Currency", owner=Owner.QUICKBOOKS),
        money("balance", "Balance", "Balance", owner=Owner.QUICKBOOKS),
    ),
)
PEOPLE_EDIT = frozenset(field.name for field in CUSTOMER.fields if field.owner is not Owner.QUICKBOOKS)


def is_project(body: Body) -> bool:
    """Projects are not customers (R8)."""
    return bool(body.get("IsProject"))


class _Email(Struct, rename="pascal"):
    address: str | None = None


class _Phone(Struct, rename="pascal"):
    free_form_number: str | None = None


class _Address(Struct, rename="pascal"):
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None


class _Website(Struct):
    uri: str | None = msgspec.field(default=None, name="URI")


class _Known(Struct, rename="pascal"):
    display_name: str | None = None
    company_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    primary_email_addr: _Email | None = None
    primary_phone: _Phone | None = None
    alternate_phone: _Phone | None = None
    mobile: _Phone | None = None
    bill_addr: _Address | None = None
    web_addr: _Website | None = None
    is_project: bool | None = None


_known = msgspec.json.Decoder(_Known).decode


def as_party(raw: bytes) -> Party | None:
    """What of a record keys are made of, without the rest of it. None for a project: it has none."""
    body = _known(raw)
    if body.is_project:
        return None
    phones = (body.primary_phone, body.alternate_phone, body.mobile)
    return Party(
        id="",
        display_name=plain_name(body.display_name),
        company_name=body.company_name or "",
        email=(body.primary_email_addr and body.primary_email_addr.address) or "",
        phones=tuple(each.free_form_number for each in phones if each and each.free_form_number),
        address=_address(body.bill_addr) if body.bill_addr else Address(),
        person=f"{body.given_name or ''} {body.family_name or ''}".strip(),
        website=(body.web_addr and body.web_addr.uri) or "",
    )


def counted(raw: bytes) -> Iterable[matching.Key]:
    """The keys of a record of which it matters how many there hold them."""
    party = as_party(raw)
    return matching.counted(party) if party else ()


def _address(known: _Address) -> Address:
    return Address(
        line1=known.line1 or "",
        line2=known.line2 or "",
        line3=known.line3 or "",
        line4=known.line4 or "",
        line5=known.line5 or "",
        city=known.city or "",
        postal_code=known.postal_code or "",
        country=known.country or "",
    )


def party(remote_id: str, body: Body, values: Mapping[str, Any], *, linked: bool = False) -> Party:
    """A QuickBooks customer as `hub.matching` compares one."""
    return Party(
        id=remote_id,
        display_name=values["display_name"],
        company_name=values["company_name"],
        email=values["email"],
        phones=tuple(values[name] for name in ("phone", "alternate_phone", "mobile") if values[name]),
        address=Address.of(values["billing_address"]),
        currency=values["currency"],
        active=values["active"],
        sub=bool(body.get("Job") or body.get("ParentRef")),
        linked=linked,
        person=f"{values['given_name']} {values['family_name']}".strip(),
        website=str((body.get("WebAddr") or {}).get("URI") or ""),
    )


def new_body(values: Mapping[str, Any]) -> dict[str, Any]:
    """What creates a customer there: every field that is filled, and its place under a parent."""
    filled = [name for name in PEOPLE_EDIT if values.get(name) not in ("", {}, None) and name != "active"]
    body = CUSTOMER.body(values, filled)
    body["BillAddr"] = {key: value for key, value in body.get("BillAddr", {}).items() if value}
    if not body["BillAddr"]:
        del body["BillAddr"]
    if values.get("parent"):
        body |= {"Job": True, "ParentRef": {"value": values["parent"]}}
    return body

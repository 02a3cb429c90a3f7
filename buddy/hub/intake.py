"""What the books and files bring, set-based: one verb per noun, a fixed number of statements however many the rows.

Nothing is marked here: what the books bring is not owed back to them, and imports mark what they wrote. Callers stand
in a transaction of theirs and pass values by column (attname), complete: every column that has no default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import models

from buddy.hub import activity, bulk, matching, matchkeys
from buddy.hub.activity import Source
from buddy.hub.customers import Customer, sort_key
from buddy.hub.invoices import Application, Credit, Invoice, InvoiceLine, Payment
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm

Columns = Mapping[str, Any]
Change = tuple[int, dict[str, tuple[Any, Any]]]  # id, and by column what it was and what it becomes

_LISTS: dict[type[models.Model], tuple[str, ...]] = {
    Customer: (
        "display_name",
        "company_name",
        "given_name",
        "family_name",
        "email",
        "phone",
        "alternate_phone",
        "mobile",
        "fax",
        "billing_address",
        "terms_id",
        "taxable",
        "resale_number",
        "notes",
        "active",
        "parent_id",
        "currency",
        "balance",
    ),
    Product: ("name", "sku", "description", "base_price", "taxable", "active", "unit"),
    PaymentTerm: ("name", "kind", "due_days", "day_of_month", "next_month_days", "active"),
}
_ADDRESS = _LISTS[Customer].index("billing_address")
_NAMED_BY = {Customer: "display_name", Product: "name"}
_KIND = {Customer: "customer", Product: "product", PaymentTerm: "term"}


def create(
    model: type[models.Model],
    organization: Organization,
    rows: Sequence[Columns],
    *,
    run: int | None,
    now: datetime,
    ids: Sequence[int] | None = None,
    by: User | None = None,
    note: str = "",
) -> list[int]:
    """Add customers, products or terms; returns their ids in the order of `rows`. `ids` may be reserved beforehand.

    `by`: the person who brought them in a file, which `note` names; else the books brought them.
    """
    if not rows:
        return []
    ids = ids or bulk.reserve_ids(model, len(rows))
    org = organization.pk
    columns = ("id", "organization_id", *_LISTS[model], *_derived_columns(model), *_stamps(model))
    tuples = [
        (
            pk,
            org,
            *_values(model, row),
            *_derived(model, row),
            *([now, now] if model in _NAMED_BY else []),
        )
        for pk, row in zip(ids, rows, strict=True)
    ]
    bulk.insert(model, columns, tuples)
    source = Source.PERSON if by else Source.BOOKS
    activity.record_created(organization, kind=_KIND[model], ids=ids, source=source, run=run, now=now, by=by, note=note)
    return list(ids)


def change(model: type[models.Model], rows: Sequence[tuple[int, Columns]], *, now: datetime) -> None:
    """Overwrite customers, products or terms, each row whole: read it in this transaction before."""
    columns = (*_LISTS[model], *_derived_columns(model), *_stamps(model)[1:])
    tuples = [
        (*_values(model, row), *_derived(model, row), *([now] if model in _NAMED_BY else []), pk) for pk, row in rows
    ]
    bulk.update(model, columns, tuples)


def add_match_keys(organization: Organization, keys: Iterable[tuple[int, matching.Key]]) -> None:
    """The match keys of customers just added, each with the customer's id. What is there already is left out."""
    columns = ("organization_id", "customer_id", "key")
    bulk.upsert(matchkeys.MatchKey, columns, [(organization.pk, *key) for key in keys], key=columns)


def _values(model: type[models.Model], row: Columns) -> list[Any]:
    values = [row[name] for name in _LISTS[model]]
    if model is Customer:
        values[_ADDRESS] = _text(row["billing_address"])
    return values


def _text(address: Mapping[str, str]) -> str:
    return msgspec.json.encode(address).decode()


def _derived_columns(model: type[models.Model]) -> tuple[str, ...]:
    return ("sort_name",) if model in _NAMED_BY else ()


def _derived(model: type[models.Model], row: Columns) -> list[Any]:
    return [sort_key(row[_NAMED_BY[model]])[:100]] if model in _NAMED_BY else []


def _stamps(model: type[models.Model]) -> tuple[str, ...]:
    return ("created_at", "updated_at") if model in _NAMED_BY else ()


# --- Documents: the books' altogether (R15) --------------------------------------------------------------------------

INVOICE_COLUMNS = (
    "number",
    "customer_id",
    "invoice_date",
    "due_date",
    "terms_id",
    "currency",
    "po_number",
    "project",
    "billing_address",
    "ship_to",
    "subtotal",
    "discount",
    "shipping",
    "tax",
    "total",
    "balance",
    "memo",
)
LINE_COLUMNS = (
    "position",
    "kind",
    "product_id",
    "order_line_id",
    "name",
    "description",
    "quantity",
    "unit_price",
    "amount",
    "taxable",
)
PAYMENT_COLUMNS = (
    "customer_id",
    "date",
    "amount",
    "unapplied",
    "currency",
    "method",
    "reference",
    "ended",
    "ended_at",
)
CREDIT_COLUMNS = ("customer_id", "number", "date", "total", "remaining", "currency", "ended")
APPLICATION_COLUMNS = ("payment_id", "invoice_id", "credit_id", "other", "amount")

Rows = Sequence[tuple[Any, ...]]


def create_invoices(organization: Organization, ids: Sequence[int], rows: Rows, *, now: datetime) -> None:
    """Add invoices born in the books; each row in the order of INVOICE_COLUMNS, then `ended`. `ids` are reserved."""
    columns = ("id", "organization_id", *INVOICE_COLUMNS, "ended", "born_here", "created_at")
    org = organization.pk
    bulk.insert(Invoice, columns, [(pk, org, *row, False, now) for pk, row in zip(ids, rows, strict=True)])


def change_invoices(rows: Rows) -> None:
    """Overwrite the books' part of invoices: INVOICE_COLUMNS, then the id. How they ended is `invoices.end`'s."""
    bulk.update(Invoice, INVOICE_COLUMNS, rows)


def add_lines(organization: Organization, rows: Rows) -> None:
    """Add lines: the invoice's id, then LINE_COLUMNS."""
    org = organization.pk
    bulk.insert(InvoiceLine, ("organization_id", "invoice_id", *LINE_COLUMNS), [(org, *row) for row in rows])


def save_payments(organization: Organization, ids: Sequence[int], rows: Rows, applications: Rows) -> None:
    """Add or overwrite payments (PAYMENT_COLUMNS) and replace ALL their applications (R9).

    One that has ended keeps its last ones: they count no more, but its invoices tell of it.
    """
    org = organization.pk
    columns = ("id", "organization_id", *PAYMENT_COLUMNS)
    bulk.upsert(Payment, columns, [(pk, org, *row) for pk, row in zip(ids, rows, strict=True)], key=("id",))
    ended = PAYMENT_COLUMNS.index("ended")
    live = [pk for pk, row in zip(ids, rows, strict=True) if not row[ended]]
    bulk.delete(Application, where={"organization_id": org}, among=("payment_id", live))
    bulk.insert(Application, ("organization_id", *APPLICATION_COLUMNS), [(org, *row) for row in applications])


def save_credits(organization: Organization, ids: Sequence[int], rows: Rows) -> None:
    """Add or overwrite credits (CREDIT_COLUMNS)."""
    columns = ("id", "organization_id", *CREDIT_COLUMNS)
    rows = [(pk, organization.pk, *row) for pk, row in zip(ids, rows, strict=True)]
    bulk.upsert(Credit, columns, rows, key=("id",))

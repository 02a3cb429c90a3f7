"""Our side of a chunk of records: the objects, their mapped values, and how values become columns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django.db import connection

from buddy.hub import activity, intake, matchkeys
from buddy.hub.activity import Source
from buddy.hub.address import Address
from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.quickbooks.records import Record
from buddy.sync.mapping import EntityMapping
from buddy.sync.mapping.fields import Field
from buddy.sync.round import Round
from buddy.sync.threeway import Owner, Values

type Ours = Customer | Product
MODELS: dict[str, type[Customer] | type[Product]] = {"Customer": Customer, "Item": Product}


class Sides:
    """Our objects behind a chunk of links, and the way between column values and mapped values.

    `lock`: they are about to be changed, in the caller's transaction.
    """

    def __init__(
        self,
        round: Round,
        mapping: EntityMapping,
        object_ids: Sequence[int],
        records: Sequence[Record],
        *,
        lock: bool = True,
    ) -> None:
        self.round, self.mapping = round, mapping
        model = MODELS[mapping.entity]
        rows = model.objects.filter(organization=round.organization, pk__among=object_ids)
        if lock and connection.vendor == "postgresql":
            rows = rows.select_for_update(no_key=True)
        self.objects = {row.pk: row for row in rows}
        self._references = [field for field in mapping.fields if field.reference]
        self._here = {each.name: self._resolve(each, records) for each in self._references}
        self._there = {each.name: self._resolve_back(each) for each in self._references}

    def _resolve(self, field: Field, records: Sequence[Record]) -> dict[str, int]:
        return self.round.here(field.reference, (field.read(_value(record, field)) for record in records))

    def _resolve_back(self, field: Field) -> dict[int, str]:
        kind = "term" if field.reference == "Term" else "customer"
        return self.round.there(kind, (getattr(row, f"{field.name}_id") for row in self.objects.values()))

    def ours(self, row: Ours) -> dict[str, Any]:
        """Our object's mapped values. A reference to something not linked there cannot be said: None."""
        values: dict[str, Any] = {}
        for field in self.mapping.fields:
            if field.reference:
                target = getattr(row, f"{field.name}_id")
                values[field.name] = self._there[field.name].get(target) if target else ""
            else:
                values[field.name] = plain(getattr(row, field.name))
        return values

    def columns(self, values: Values) -> dict[str, Any]:
        """Mapped values as our columns; a reference to a record we do not have becomes empty."""
        result: dict[str, Any] = {}
        for name, value in values.items():
            field = self.mapping.named(name)
            if field.reference:
                result[f"{name}_id"] = self._here[name].get(value)
            else:
                result[name] = value
        return result

    def write_here(self, changes: Sequence[tuple[Ours, Values]]) -> None:
        """Write these values into our objects, and say so in the activity (balances excepted, R29)."""
        rows, refreshed, entries = [], [], []
        for row, here in changes:
            before = {name: getattr(row, name) for name in here}
            for column, value in self.columns(here).items():
                setattr(row, column, self._field_value(column, value))
            rows.append((row.pk, whole(self.mapping, row)))
            edited = {
                name: value for name, value in here.items() if self.mapping.named(name).owner is not Owner.QUICKBOOKS
            }
            if edited:
                refreshed.append(row)
                entries.append(self._entry(row, before, edited))
        activity.record_all(entries)
        intake.change(MODELS[self.mapping.entity], rows, now=self.round.now)
        if self.mapping.entity == "Customer":
            matchkeys.refresh(self.round.organization, [cast("Customer", row) for row in refreshed])
        self.round.counts[f"{self.mapping.kind}s changed here"] += len(refreshed)

    def _field_value(self, column: str, value: Any) -> Any:
        if column == "billing_address":
            return Address.of(value)
        return Decimal(value) if column in ("balance", "base_price") else value

    def _entry(self, row: Ours, before: dict[str, Any], edited: Values) -> activity.Activity:
        shown = {name: (before[name], getattr(row, name)) for name in edited}
        return activity.entry(
            self.round.organization,
            event=f"{self.mapping.kind}.updated",
            kind=self.mapping.kind,
            object_id=row.pk,
            changes=shown,
            source=Source.BOOKS,
            now=self.round.now,
            run=self.round.run,
        )


def plain(value: Any) -> Any:
    """A column's value as snapshots keep it."""
    if isinstance(value, Address):
        return value.as_dict()
    return str(value) if isinstance(value, Decimal) else value


def whole(mapping: EntityMapping, row: Ours) -> dict[str, Any]:
    """All mapped columns of our object, as `intake` wants them."""
    values: dict[str, Any] = {}
    for field in mapping.fields:
        column = f"{field.name}_id" if field.reference else field.name
        value = getattr(row, column)
        values[column] = value.as_dict() if isinstance(value, Address) else value
    return values | ({"unit": row.unit} if isinstance(row, Product) else {})


def _value(record: Record, field: Field) -> Any:
    value: Any = record.body
    for step in field.path.split("."):
        value = (value or {}).get(step)
    return value

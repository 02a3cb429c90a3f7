"""A record beside what Buddy made of it, value by value. Pure reading: nothing is fetched and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from buddy.hub.customers import Customer
from buddy.quickbooks.records import Record
from buddy.sync.mapping import MAPPINGS
from buddy.sync.mapping.fields import Field
from buddy.sync.models import Link, LinkState, Remote
from buddy.sync.reconcile.sides import Ours, Sides
from buddy.sync.round import Round
from buddy.sync.threeway import Values

NOTHING = Decimal("0.00")


class Fact(NamedTuple):
    """One value that differs, as a person reads it."""

    name: str
    label: str
    ours: str
    theirs: str


class Amount(NamedTuple):
    """One amount both sides should hold alike, and the sum it belongs to."""

    name: str  # a key of SUMS
    currency: str
    here: Decimal
    there: Decimal


SUMS = {
    "receivable": "Open invoices",
    "invoiced": "Invoices in all",
    "customer": "Balances of customers",
    "credit": "Credits still to be used",
    "unapplied": "Payments not applied yet",
    "received": "Payments in all",
}


@dataclass(slots=True)
class Pair:
    """One record as QuickBooks holds it now, and what we hold of it: `object_id` is None when that is nothing."""

    record: Record
    title: str
    object_id: int | None = None
    facts: list[Fact] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    agreed: Agreed | None = None  # of merged records: what the merge needs to explain a difference


class Agreed(NamedTuple):
    """Both sides of a merged record, now and when they last agreed."""

    link: Link
    ours: Values
    theirs: Values


def mapped(round: Round, entity: str, records: Sequence[Record]) -> list[Pair]:
    """Customers, or items, beside our customers or products."""
    mapping = MAPPINGS[entity]
    rows = Link.objects.filter(organization=round.organization, entity=entity)
    links = {link.remote_id: link for link in rows.filter(remote_id__among=[record.id for record in records])}
    live = [record for record in records if not record.deleted]
    sides = Sides(round, mapping, [link.object_id for link in links.values()], live, lock=False)
    pairs = []
    for record in records:
        link = links.get(record.id)
        row = sides.objects.get(link.object_id) if link else None
        if record.deleted:
            pairs.append(_vanished(record, link, row))
            continue
        theirs = mapping.theirs(record.body)
        pair = Pair(record, str(theirs.get("display_name") or theirs.get("name")), row.pk if row else None)
        if row is not None and link is not None:
            ours = sides.ours(row)
            pair.agreed = Agreed(link, ours, theirs)
            pair.facts = [
                Fact(each.name, each.label, shown(ours[each.name]), shown(theirs[each.name]))
                for each in mapping.fields
                if not _same(sides, each, row, ours[each.name], theirs[each.name])
            ]
        pair.amounts = _balances(row, theirs) if entity == "Customer" else []
        pairs.append(pair)
    return _with_names(round, pairs)


def _same(sides: Sides, each: Field, row: Ours, ours: Any, theirs: Any) -> bool:
    """A reference is the same when it leads to the same object here; one that leads to nothing here says nothing."""
    if not each.reference:
        return each.same(ours, theirs)
    (meant,) = sides.columns({each.name: theirs}).values()
    return meant == getattr(row, f"{each.name}_id") if meant or not theirs else True


def _balances(row: Ours | None, theirs: Values) -> list[Amount]:
    here = row.balance if isinstance(row, Customer) else NOTHING
    there = Decimal(theirs["balance"])
    return [Amount("customer", theirs["currency"], here, there)] if here or there else []


def _vanished(record: Record, link: Link | None, row: Ours | None) -> Pair:
    pair = Pair(record, str(row or record.id), row.pk if row else None)
    if link is not None and row is not None and link.state != LinkState.GONE:
        pair.facts = [Fact("state", "State", "linked", "not in QuickBooks")]
    return pair


def _with_names(round: Round, pairs: list[Pair]) -> list[Pair]:
    """References are ids; a person reads names."""
    for pair in pairs:
        pair.facts = [
            each._replace(ours=_named(round, each.name, each.ours), theirs=_named(round, each.name, each.theirs))
            if each.name in ("terms", "parent")
            else each
            for each in pair.facts
        ]
    return pairs


def _named(round: Round, name: str, remote_id: str) -> str:
    entity = "Term" if name == "terms" else "Customer"
    row = Remote.objects.filter(organization=round.organization, entity=entity, remote_id=remote_id).first()
    return row.name if row else remote_id


def customers(round: Round, ids: Iterable[int | None]) -> dict[int, str]:
    """Names of customers here."""
    wanted = {each for each in ids if each}
    rows = Customer.objects.filter(organization=round.organization, pk__among=wanted)
    return dict(rows.values_list("pk", "display_name"))


def shown(value: Any) -> str:
    """A value as a person reads it; nothing is an empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value)

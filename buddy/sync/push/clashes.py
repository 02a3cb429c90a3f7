"""A name that is taken in QuickBooks (6240): who has it there, and what a person can do about it.

Customers, vendors and employees share one space of names (api 5.1). Vendors and employees are read only now (R3),
inactive ones too; they are not mirrored. Nothing is renamed by itself: the question carries a name that is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from buddy.hub import quality
from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.hub.quality import Question, Review, ReviewKind
from buddy.quickbooks.client import Client, literal
from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.mapping import BY_KIND
from buddy.sync.mapping.customer import DELETED, is_project, plain_name
from buddy.sync.mapping.product import is_sellable
from buddy.sync.models import Trouble, Waiting
from buddy.sync.round import name_key
from buddy.sync.work import Work

_SHARED = {"customer": ("Customer", "Vendor", "Employee"), "product": ("Item",)}  # lists that share their names
_WORDS = {"Customer": "a customer", "Vendor": "a vendor", "Employee": "an employee", "Item": "an item"}
_NAMES = 10  # in one query, with the alternatives
_OTHERS = {"customer": ("{} (Customer)", "{} (2)", "{} (3)"), "product": ("{} (2)", "{} (3)", "{} (4)")}


def ask(work: Work, client: Client) -> None:
    """Put every refused name before a person that is not yet. Level, not edge: cut off, the next run asks."""
    mine = {"organization": work.organization}
    asked = Review.objects.filter(**mine, key=OuterRef("cause"), created_at__gte=OuterRef("since"))
    refused = Trouble.objects.filter(~Exists(asked), **mine, cause__startswith="name:")
    pks = {kind: [row.object_id for row in refused if row.kind == kind] for kind in _SHARED}
    for some in batched(Customer.objects.filter(**mine, pk__in=pks["customer"]), _NAMES):
        _ask(work, client, "customer", some)
    for others in batched(Product.objects.filter(**mine, pk__in=pks["product"]), _NAMES):
        _ask(work, client, "product", others)


def _ask(work: Work, client: Client, kind: str, objects: Sequence[Customer | Product]) -> None:
    wanted = [name for row in objects for name in (str(row), *_alternatives(kind, str(row)))]
    found = {entity: by_name(client, entity, wanted) for entity in _SHARED[kind]}
    now = timezone.now()
    with work.writing():
        entity = BY_KIND[kind].entity
        _mirror(work, entity, found[entity])
        questions = [_question(kind, row, [each for some in found.values() for each in some]) for row in objects]
        quality.overtake(work.organization, [question.key for question in questions], now=now)
        quality.ask_all(work.organization, questions, now=now)


def _mirror(work: Work, entity: str, records: Sequence[Record]) -> None:
    """What is not known yet waits for its turn, so that it can be linked to."""
    known = mirror.records(work.organization, entity, [record.id for record in records])
    new = [record for record in records if record.id not in known]
    mirror.write(work.organization, entity, new, waiting={record.id: Waiting.TURN for record in new})


def _question(kind: str, row: Customer | Product, found: Iterable[Record]) -> Question:
    name = str(row)
    holders = sorted((each for each in found if _called(each) == name.casefold()), key=lambda each: not _active(each))
    linkable = next((each.id for each in holders if _may_be(kind, each)), "")
    taken = {_called(each) for each in found}
    free = next((each for each in _alternatives(kind, name) if each.casefold() not in taken), "")
    return Question(
        kind=ReviewKind.PROBLEM,
        key=name_key(kind, row.pk),
        entity=kind,
        title=name,
        object_id=row.pk,
        their_id=linkable,
        data={"explain": _explained(kind, name, holders), "holders": [_told(each) for each in holders], "free": free},
    )


def _may_be(kind: str, record: Record) -> bool:
    """A customer can be a customer there but no project (R8), a product an item that can be sold."""
    if record.entity != BY_KIND[kind].entity:
        return False
    return is_sellable(record.body) if kind == "product" else not is_project(record.body)


def _explained(kind: str, name: str, holders: Sequence[Record]) -> str:
    once = "customers, vendors and employees" if kind == "customer" else "items"
    if not holders:
        return f"QuickBooks says that “{name}” is taken, but shows nobody who has it. Give this one another name."
    who = " and ".join(_WORDS[each.entity] + ("" if _active(each) else " that is inactive") for each in holders)
    return f"“{name}” is {who} in QuickBooks already, and it allows a name only once over all {once}."


def _told(record: Record) -> dict[str, Any]:
    return {"entity": record.entity, "id": record.id, "name": _name(record), "active": _active(record)}


def _alternatives(kind: str, name: str) -> list[str]:
    """Names to use instead, the plainest first, as long as QuickBooks allows."""
    limit = 500 if kind == "customer" else 100
    return [pattern.format(name[: limit - len(pattern)]) for pattern in _OTHERS[kind]]


def _name(record: Record) -> str:
    body: Mapping[str, Any] = record.body
    return plain_name(body.get("DisplayName") or body.get("Name"))


def _called(record: Record) -> str:
    return _name(record).casefold()


def _active(record: Record) -> bool:
    return record.body.get("Active") is not False


def by_name(client: Client, entity: str, names: Iterable[str]) -> list[Record]:
    """The records of these names, inactive ones too, whose names QuickBooks has marked (api 4.4)."""
    field = "Name" if entity == "Item" else "DisplayName"
    plain, odd = [], []
    for name in names:
        try:
            plain += [literal(name), literal(name + DELETED)]
        except ValueError:  # a character that queries cannot hold (api 3.2): search by the part before it
            odd.append(name[: next(at for at, letter in enumerate(name) if not letter.isascii())])
    wheres = [f"{field} IN ({', '.join(plain)})"] if plain else []
    wheres += [f"{field} LIKE {literal(part + '%')}" for part in dict.fromkeys(odd)]
    pages = [client.query(entity, f"{where} AND Active IN (true, false)").records for where in wheres]
    return list({record.id: record for records in pages for record in records}.values())

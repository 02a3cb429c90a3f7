"""The activity log with the names of what it is about: for a run's page, the dashboard and the log's own page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.web import stories
from buddy.web.stories import Story

MODELS: dict[str, Any] = {"customer": Customer, "product": Product, "invoice": Invoice, "order": SalesOrder}
OTHERS = {  # what is no object with a name of its own; a setting's page is not everybody's
    "integration": "QuickBooks connection",
    "term": "Payment terms",
    "review": "Data quality",
    "acceptance": "Data quality",
    "member": "Team",
    "tier": "Pricing tiers",
}

type Ref = tuple[str, int]  # kind and id of one of our objects


@dataclass(frozen=True)
class Name:
    """What an object is called and where its page is; `url` is empty where it has none."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Happening:
    """One entry: what it is about, and what happened to it."""

    name: Name
    story: Story


def told(entries: Iterable[Activity]) -> list[Happening]:
    """A fixed number of queries, however many entries."""
    listed = list(entries)
    known = names((entry.kind, entry.object_id) for entry in listed if entry.object_id is not None)
    return [Happening(about(entry, known), stories.story(entry)) for entry in listed]


def names(refs: Iterable[Ref]) -> dict[Ref, Name]:
    """What is called how, as far as it is still here."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, pk in refs:
        by_kind[kind].add(pk)
    found: dict[Ref, Name] = {}
    for kind, model in MODELS.items():
        rows = model.objects.filter(pk__in=by_kind[kind]) if by_kind[kind] else ()
        title = f"{kind.capitalize()} " if kind in ("invoice", "order") else ""
        found |= {(kind, row.pk): Name(f"{title}{row}", reverse(kind, args=[row.pk])) for row in rows}
    return found


def named(known: dict[Ref, Name], ref: Ref) -> Name:
    return known.get(ref, Name(f"{ref[0].capitalize()} {ref[1]}, not here any more"))


def about(entry: Activity, known: dict[Ref, Name]) -> Name:
    """What an entry is about: one object by its name, or how many."""
    if entry.kind not in MODELS:
        return Name(OTHERS.get(entry.kind, entry.kind.replace("_", " ").capitalize()))
    if entry.object_id is not None:
        return named(known, (entry.kind, entry.object_id))
    return Name(f"{entry.count:,} {entry.kind}{'' if entry.count == 1 else 's'}")

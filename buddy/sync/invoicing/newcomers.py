"""Customers and products of the orders that are not in QuickBooks: they go out with the invoice, or stand in its way.

What may be there already is asked about first, and what QuickBooks would refuse is said here, so that nothing is
created twice and nothing is sent in vain (R21).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync.invoicing.plans import New
from buddy.sync.lookalikes import lookalikes, namesakes
from buddy.sync.mapping import BY_KIND
from buddy.sync.models import ItemWish, Link, Remote, Trouble
from buddy.sync.reconcile.sides import plain
from buddy.sync.round import match_key, name_key

DEPTH = 5  # QuickBooks nests customers no deeper (api 5.1)


@dataclass(frozen=True)
class Hindrance:
    """Why one of them cannot go out with an invoice, and where that is put right."""

    cause: str
    reason: str
    fix_label: str
    fix_url: str


class Newcomers:
    """Of these customers and products, those without a record there. A fixed number of queries."""

    def __init__(self, organization: Organization, customers: Iterable[Customer], products: Iterable[Product]) -> None:
        self._organization = organization
        self.customers = self._unlinked("customer", {row.pk: row for row in _with_parents(organization, customers)})
        self.products = self._unlinked("product", {row.pk: row for row in products})
        self._alike = lookalikes(organization, list(self.customers.values()))
        self._namesakes = namesakes(organization, list(self.customers.values()))
        self._items = self._items_alike()
        self._troubles = self._refused()
        self._reviews = self._questions()
        wishes = ItemWish.objects.filter(organization=organization, product__in=self.products)
        self._wished = set(wishes.values_list("product", flat=True))

    def _unlinked[M: Customer | Product](self, kind: str, rows: Mapping[int, M]) -> dict[int, M]:
        linked = Link.objects.filter(organization=self._organization, kind=kind, object_id__in=rows)
        known = set(linked.values_list("object_id", flat=True))
        return {pk: row for pk, row in rows.items() if pk not in known}

    def _items_alike(self) -> dict[str, str]:
        """What an item there is called, by its name and by its SKU."""
        if not self.products:
            return {}
        items = Remote.objects.filter(organization=self._organization, entity="Item", deleted=False)
        pairs = list(items.values_list("name", "code"))
        return {key.casefold(): name for name, code in pairs for key in (code, name) if key}

    def _refused(self) -> dict[str, Trouble]:
        mine = Q(kind="customer", object_id__in=self.customers) | Q(kind="product", object_id__in=self.products)
        said = Q(cause__startswith="name:") | Q(cause__startswith="fault:")
        rows = Trouble.objects.filter(mine & said, organization=self._organization)
        return {f"{row.kind}:{row.object_id}": row for row in rows}

    def _questions(self) -> dict[str, int]:
        keys = [match_key(found.remote_id) for found in self._alike.values()]
        keys += [name_key(row.kind, row.object_id) for row in self._troubles.values()]
        rows = Review.objects.filter(organization=self._organization, key__in=keys, status=ReviewStatus.PENDING)
        return dict(rows.values_list("key", "pk"))

    # Who goes along

    def of_customer(self, pk: int) -> list[New]:
        """This customer and those above it, from the top, as far as they are not there yet."""
        line: list[New] = []
        row = self.customers.get(pk)
        while row is not None and len(line) < DEPTH:
            line.insert(0, New("customer", row.pk, str(row)))
            row = self.customers.get(row.parent_id or 0)
        return line

    def of_product(self, pk: int) -> list[New]:
        """Nothing when it is there, or on its way already."""
        row = self.products.get(pk)
        return [] if row is None or pk in self._wished else [New("product", pk, str(row))]

    # What stands in the way

    def hindrance(self, new: New) -> Hindrance | None:
        """The first thing that stands in the way of creating it there."""
        return self._refusal(new) or self._unfit(new) or self._double(new)

    def _refusal(self, new: New) -> Hindrance | None:
        row = self._troubles.get(new.key)
        if row is None:
            return None
        page = self._question(name_key(new.kind, new.pk)) or reverse(new.kind, args=[new.pk])
        return Hindrance(row.cause, f"“{new.name}”: {row.reason}", "Put it right", page)

    def _unfit(self, new: New) -> Hindrance | None:
        mapping = BY_KIND[new.kind]
        row = self.customers[new.pk] if new.kind == "customer" else self.products[new.pk]
        values = {each.name: plain(getattr(row, each.name)) for each in mapping.fields if not each.reference}
        why = mapping.unfit(values, values)
        page = reverse(f"{new.kind}_change", args=[new.pk])
        return Hindrance(f"field:{new.key}", f"“{new.name}”: {why}", "Correct it", page) if why else None

    def _double(self, new: New) -> Hindrance | None:
        link = reverse(f"{new.kind}_link", args=[new.pk])
        if new.kind == "product":
            row = self.products[new.pk]
            there = self._items.get(row.name.casefold()) or self._items.get(row.sku.casefold())
            reason = f"“{new.name}” may be the QuickBooks item “{there}”. Choose it, or give this one another name."
            return Hindrance(new.key, reason, "Choose item", link) if there else None
        if alike := self._alike.get(new.pk):
            reason = f"“{new.name}” may be the QuickBooks customer “{alike.name}”. Say whether they are the same."
            page = self._question(match_key(alike.remote_id))
            return Hindrance(new.key, reason, "Decide" if page else "Link customer", page or link)
        if namesake := self._namesakes.get(new.pk):
            reason = f"QuickBooks has a customer “{namesake.name}” already. Link it, or give this one another name."
            return Hindrance(new.key, reason, "Link customer", link)
        return None

    def _question(self, key: str) -> str:
        pk = self._reviews.get(key)
        return reverse("quality_review", args=[pk]) if pk else ""


def _with_parents(organization: Organization, customers: Iterable[Customer]) -> list[Customer]:
    """These and all above them, level by level."""
    found = {row.pk: row for row in customers}
    for _ in range(DEPTH):
        above = {row.parent_id for row in found.values() if row.parent_id} - set(found)
        if not above:
            break
        found |= {row.pk: row for row in Customer.objects.filter(organization=organization, pk__in=above)}
    return list(found.values())

"""Rows that are products, found by SKU, or by name where one of both sides has no SKU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from buddy.hub import checks, products
from buddy.hub.checks import Check
from buddy.hub.imports.records import Found, Records
from buddy.hub.products import Product

_FIELDS = ("name", "sku", "unit", "description", "taxable", "active")


class ProductRows(Records[Product]):
    model = Product
    kind = "product"
    identifying = frozenset(("id", "sku", "name"))

    def checks(self) -> Mapping[str, Check]:
        return {
            **products.CHECKS,
            "sku": checks.line(100),
            "base_price": checks.price_of(self.organization),
            "active": checks.flag,
        }

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        """A product without a name goes by its SKU, and is counted in the usual unit."""
        named = values if values.get("name") or not values.get("sku") else {**values, "name": values["sku"]}
        unit = self.organization.default_unit
        return {"unit": unit, **named} if unit else named

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        sku, name = values.get("sku", ""), values.get("name", "")
        by_sku = [f"sku:{sku.casefold()}"] if sku else []
        if values.get("id"):
            return [f"id:{values['id']}", *by_sku]
        return [*by_sku, f"{'bare' if sku else 'name'}:{name.casefold()}"] if name else by_sku

    def known(self, identities: Iterable[str]) -> Found:
        """`bare:` finds only a product that has no SKU: with one of its own it is another product of that name."""
        wanted = set(identities)
        split = [each.split(":", 1) for each in wanted]
        ids = [int(value) for kind, value in split if kind == "id" and value.isdecimal() and len(value) < 19]
        names = [value[: products.SORT_LENGTH] for kind, value in split if kind in ("name", "bare")]
        of = Product.objects.filter(organization=self.organization)
        found: Found = {f"id:{each.pk}": [each] for each in of.filter(pk__in=ids)}
        by_name = of.filter(active__in=[True, False], sort_name__among=names)
        for product in by_name.order_by("-active", "pk"):
            for kind in ("name", *(["bare"] if not product.sku else [])):
                found.setdefault(f"{kind}:{product.name.casefold()}", []).append(product)
        for identity, product in self._by_sku(value for kind, value in split if kind == "sku"):
            found.setdefault(identity, []).append(product)
        return {identity: found[identity] for identity in wanted if identity in found}

    def _by_sku(self, skus: Iterable[str]) -> Iterable[tuple[str, Product]]:
        """An active one has the SKU before those that are put away."""
        wanted = set(skus)
        ways = {way for sku in wanted for way in (sku, sku.upper(), *self._spellings.get(sku, ()))}
        of = Product.objects.filter(organization=self.organization, sku__among=list(ways))
        taken: set[str] = set()
        for product in of.order_by("-active", "pk") if ways else ():
            folded = product.sku.casefold()
            if folded in wanted - taken:
                taken.add(folded)
                yield f"sku:{folded}", product

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        """How the SKUs here are written, upper and lower case: the index knows them only so."""
        found: dict[str, set[str]] = {}
        skus = Product.objects.filter(organization=self.organization).exclude(sku="").values_list("sku", flat=True)
        for sku in skus.iterator(chunk_size=2000):
            found.setdefault(sku.casefold(), set()).add(sku)
        return found

    def held(self, record: Product) -> dict[str, Any]:
        return {**{name: getattr(record, name) for name in _FIELDS}, "base_price": f"{record.base_price:f}"}

    def columns(self, values: Mapping[str, Any], record: Product | None) -> dict[str, Any]:
        record = record or Product(organization=self.organization)
        price = checks.price(values["base_price"]) if "base_price" in values else record.base_price
        return {**{name: values.get(name, getattr(record, name)) for name in _FIELDS}, "base_price": price}

    def objection(self, values: Mapping[str, Any], record: Product | None, found: Found) -> str:
        """Orders and the books find a product by its SKU, so two active ones cannot share it."""
        holders = found.get(f"sku:{values.get('sku', '').casefold()}", [])
        other = next((each for each in holders if each.active and (record is None or each.pk != record.pk)), None)
        return f"{other} has this SKU. Give this product its own." if other else ""

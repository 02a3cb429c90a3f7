"""Records of QuickBooks to choose from: customers and items to link, and the accounts new items are booked to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef, Q

from buddy.hub.customers import Customer
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync import mirror
from buddy.sync.mapping.customer import is_project
from buddy.sync.mapping.product import is_sellable
from buddy.sync.models import Link, Remote


@dataclass(frozen=True)
class Choice:
    """A QuickBooks record to choose. `taken_by`: the name of what it is linked to already, or ""."""

    remote_id: str
    name: str
    detail: str
    taken_by: str = ""


def choices(organization: Organization, entity: str, text: str = "", limit: int = 20) -> list[Choice]:
    """Active QuickBooks records whose name or code contains `text`: those still free first, by name."""
    rows = Remote.objects.filter(organization=organization, entity=entity, deleted=False, active=True)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    linked = Link.objects.filter(organization=organization, entity=entity, remote_id=OuterRef("remote_id"))
    rows = rows.annotate(is_taken=Exists(linked)).order_by("is_taken", "name", "pk")
    found = list(islice((row for row in rows.iterator(200) if _is_choice(entity, row)), limit))
    taken = _taken(organization, entity, [row.remote_id for row in found])
    return [Choice(row.remote_id, row.name, _detail(row), taken.get(row.remote_id, "")) for row in found]


def _is_choice(entity: str, row: Remote) -> bool:
    """An income account can be booked to; an item must be sellable; a project is no customer (R8)."""
    body = mirror.as_record(row).body
    if entity == "Account":
        return body.get("Classification") == "Revenue" or body.get("AccountType") in ("Income", "Other Income")
    if entity == "Item":
        return is_sellable(body)
    return not is_project(body)


def _detail(row: Remote) -> str:
    body = mirror.as_record(row).body
    parts = [row.code, (body.get("PrimaryEmailAddr") or {}).get("Address"), body.get("AccountSubType")]
    return " · ".join(str(part) for part in parts if part)


def _taken(organization: Organization, entity: str, remote_ids: list[str]) -> dict[str, str]:
    links = Link.objects.filter(organization=organization, entity=entity, remote_id__in=remote_ids)
    pairs = dict(links.values_list("remote_id", "object_id"))
    model = Customer if entity == "Customer" else Product
    names = {row.pk: str(row) for row in model.objects.filter(organization=organization, pk__in=pairs.values())}
    return {remote_id: names.get(pk, "another record") for remote_id, pk in pairs.items()}

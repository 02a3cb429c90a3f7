"""What one pass of reconciling shares: whose it is, when, what the company allows, what it counted and still needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from buddy.hub import bulk
from buddy.hub.team import Organization
from buddy.sync.models import Link, Rehearsal


@dataclass
class Round:
    organization: Organization
    now: datetime
    facts: Mapping[str, Any]
    run: int | None = None
    realm: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    needs: set[tuple[str, str]] = field(default_factory=set)  # (entity, id) that must be read (R11)
    someone_free: bool = False  # a customer here was seen without a link
    all_linked_at: int | None = None  # customers here less their links, when all were found linked
    rehearsal: str = ""  # nothing but the mirror and the plan is written while one is made (see models.Rehearsal)
    decided: set[str] = field(default_factory=set)  # QuickBooks customers linked or created just now

    @property
    def rehearsing(self) -> bool:
        return self.rehearsal in (Rehearsal.READING, Rehearsal.READY)

    def here(self, entity: str, remote_ids: Iterable[str]) -> dict[str, int]:
        """Our object's id for each of their ids that is linked."""
        ids = {remote_id for remote_id in remote_ids if remote_id}
        if not ids:
            return {}
        where = {"organization_id": self.organization.pk, "entity": entity}
        return dict(bulk.find(Link, ("remote_id", "object_id"), where=where, among=("remote_id", ids)))

    def there(self, kind: str, object_ids: Iterable[int | None]) -> dict[int, str]:
        """Their id for each of our objects that is linked."""
        ids = {object_id for object_id in object_ids if object_id}
        if not ids:
            return {}
        where = {"organization_id": self.organization.pk, "kind": kind}
        return dict(bulk.find(Link, ("object_id", "remote_id"), where=where, among=("object_id", ids)))


def match_key(remote_id: str) -> str:
    """The review that asks whom of ours this QuickBooks customer is."""
    return f"match:Customer:{remote_id}"


def name_key(kind: str, object_id: int) -> str:
    """The review that asks what becomes of a customer or product whose name is taken there."""
    return f"name:{kind}:{object_id}"

"""Activity in words: what the log of a record page says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buddy.hub import activity
from buddy.hub.activity import Activity, Source
from buddy.hub.team import Organization

LIMIT = 30

EVENTS = {
    "created": "Created",
    "updated": "Changed",
    "decided": "Changed on both sides",
    "deactivated": "Made inactive",
    "reactivated": "Made active again",
    "location_added": "Place added",
    "location_updated": "Place changed",
    "placed": "Placed",
    "discarded": "Discarded before it reached QuickBooks",
    "voided": "Voided in QuickBooks",
    "deleted": "Deleted in QuickBooks",
    "price_changed": "Price changed",
    "merged": "Merged with another",
    "unmerged": "Merge undone",
    "shipped": "Shipped in part",
    "not_invoiced": "Not invoiced by itself",
    "linked": "Linked to QuickBooks",
    "unlinked": "Link to QuickBooks removed",
    "undo_asked": "To be voided in QuickBooks",
    "undo_declined": "Not voided in QuickBooks",
    "accepted": "Answered together",
    "taken_back": "Answers taken back",
    "snoozed": "Put off",
    "reopened": "Asked again",
}
LABELS = {
    "po_number": "PO number",
    "sku": "SKU",
    "terms_id": "Terms",
    "parent_id": "Part of",
    "parent": "Part of",
    "taxable": "Sales tax",
    "email": "Email",
}


@dataclass(frozen=True)
class Story:
    """One entry: a heading, the changed fields with their old and new values, and who did it when."""

    title: str
    changes: list[tuple[str, str, str]]
    note: str
    who: str
    mark: str  # in the dot: initials, or QB
    css: str
    at: datetime


def of(organization: Organization, kind: str, pk: int) -> list[Story]:
    """What happened to one object, the latest first."""
    return [story(entry) for entry in activity.of(organization, kind, pk, limit=LIMIT)]


def story(entry: Activity) -> Story:
    """One entry of the log in words."""
    name = entry.event.partition(".")[2]
    title = EVENTS.get(name, name.replace("_", " ").capitalize())
    who, mark = _who(entry)
    css = "is-ok" if entry.source == Source.BOOKS else ""
    return Story(title, list(_changes(entry)), entry.note, who, mark, css, entry.at)


def _who(entry: Activity) -> tuple[str, str]:
    if entry.source == Source.BOOKS:
        return "QuickBooks", "QB"
    if entry.user:
        return str(entry.user), entry.user.initials
    return ("Buddy", "B") if entry.source == Source.BUDDY else ("Someone who left", "–")


def _changes(entry: Activity) -> Iterator[tuple[str, str, str]]:
    for field, (before, after) in entry.changes.items():
        label = LABELS.get(field, field.replace("_", " ").capitalize())
        yield label, _words(before), _words(after)


def _words(value: Any) -> str:
    """A value as it was logged, on one line; what was empty says so."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(value).splitlines()) if value not in (None, "") else "nothing"

"""Who did what, when: people, imports and the books alike, with the value before and after (R29)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Required, TypedDict, Unpack

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub import bulk
from buddy.hub.team import Organization, User


class Source(models.TextChoices):
    PERSON = "person", "Person"
    BOOKS = "books", "The books"
    BUDDY = "buddy", "Buddy"


class Activity(models.Model):
    """One thing that happened to one object, or to many at once (`members`, as ranges of ids)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    event = models.CharField(max_length=60)  # "customer.updated"
    kind = models.CharField(max_length=20)  # "customer"
    object_id = models.BigIntegerField(null=True)  # null: see members
    members = models.JSONField(default=list)  # [[first id, last id], …] in order: what one run created
    first_member = models.BigIntegerField(null=True)
    last_member = models.BigIntegerField(null=True)
    count = models.PositiveIntegerField(default=1)
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    note = models.TextField(blank=True)
    run = models.BigIntegerField(null=True)  # the sync run that did it

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at", "-id"], name="activity_recent"),
            models.Index(fields=["organization", "kind", "-at", "-id"], name="activity_by_kind"),
            models.Index(fields=["organization", "source", "user", "-at", "-id"], name="activity_by_person"),
            models.Index(fields=["organization", "kind", "object_id", "-at"], name="activity_of_object"),
            models.Index(fields=["organization", "run", "id"], condition=Q(run__isnull=False), name="activity_of_run"),
        ]


class Happening(TypedDict, total=False):
    """What `record` is told. `changes` holds, by field, what it was and what it became."""

    event: Required[str]  # "customer.updated"
    kind: Required[str]
    object_id: Required[int]
    now: Required[datetime]
    changes: Mapping[str, Sequence[Any]]
    by: User | None
    source: str  # not given: the person's, or Buddy's own
    note: str
    run: int | None


def record(organization: Organization, **what: Unpack[Happening]) -> None:
    """One thing happened to one object."""
    entry(organization, **what).save()


def entry(organization: Organization, **what: Unpack[Happening]) -> Activity:
    """As `record`, but not yet written: for `record_all`."""
    by = what.get("by")
    return Activity(
        organization=organization,
        at=what["now"],
        source=what.get("source") or (Source.PERSON if by else Source.BUDDY),
        user=by,
        event=what["event"],
        kind=what["kind"],
        object_id=what["object_id"],
        changes={field: [_plain(value) for value in pair] for field, pair in what.get("changes", {}).items()},
        note=what.get("note", ""),
        run=what.get("run"),
    )


def record_all(entries: Iterable[Activity]) -> None:
    Activity.objects.bulk_create(entries)


def record_created(
    organization: Organization,
    *,
    kind: str,
    ids: Sequence[int],
    source: str,
    run: int | None,
    now: datetime,
    by: User | None = None,
    note: str = "",
) -> None:
    """These came to be in one go: one entry, whatever their number, and one for all that a run creates (R29), or that
    an import does, which `note` names.
    """
    if not ids:
        return
    begun = _begun(organization, kind, run, note) if run is not None or note else None
    members = _ranges(ids, begun[1] if begun else ())
    values = {
        "members": members,
        "first_member": members[0][0],
        "last_member": members[-1][1],
        "count": sum(last - first + 1 for first, last in members),
    }
    if begun:
        where = {"organization_id": organization.pk, "id": begun[0]}
        bulk.change(Activity, {**values, "members": json.dumps(members)}, where=where)
    else:
        Activity.objects.create(
            organization=organization,
            at=now,
            source=source,
            user=by,
            event=f"{kind}.created",
            kind=kind,
            run=run,
            note=note,
            **values,
        )


def _begun(organization: Organization, kind: str, run: int | None, note: str) -> tuple[int, list[list[int]]] | None:
    """The entry of what this run, or this import, has created so far, and its members."""
    where = {"organization_id": organization.pk, "kind": kind, "event": f"{kind}.created", "note": note}
    among = ("note", [note]) if run is None else ("run", [run])
    found = bulk.find(Activity, ("id", "members", "object_id"), where=where, among=among)
    return next(((pk, json.loads(members)) for pk, members, one in found if one is None), None)


def of(organization: Organization, kind: str, object_id: int, limit: int = 50) -> list[Activity]:
    """What happened to one object, the latest first, with the one entry of many in which it was created."""
    around = Q(object_id=None, first_member__lte=object_id, last_member__gte=object_id)
    rows = Activity.objects.filter(Q(object_id=object_id) | around, organization=organization, kind=kind)
    found: list[Activity] = []
    for row in rows.select_related("user").order_by("-at", "-id").iterator(chunk_size=200):
        if len(found) == limit:
            break
        if row.object_id is not None or any(first <= object_id <= last for first, last in row.members):
            found.append(row)
    return found


def last_edits(organization: Organization, kind: str, object_id: int, fields: Iterable[str]) -> dict[str, Activity]:
    """For each of these fields, who wrote its present value and when, as far as the latest entries tell."""
    wanted = set(fields)
    found: dict[str, Activity] = {}
    for entry in of(organization, kind, object_id):
        for name in wanted & set(entry.changes) - set(found):
            found[name] = entry
    return found


def differences(row: models.Model, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """By field, what the row holds and what it is to hold."""
    return {field: (getattr(row, field), value) for field, value in values.items()}


def _ranges(ids: Iterable[int], known: Iterable[Sequence[int]] = ()) -> list[list[int]]:
    """[1, 2, 3, 7] is [[1, 3], [7, 7]]; joined to the ranges already `known`."""
    found: list[list[int]] = []
    for first, last in sorted([*((each, each) for each in ids), *((first, last) for first, last in known)]):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found


def _plain(value: Any) -> str | int | bool | None:
    """A value as it is read later: as JSON holds it, or in words."""
    if value is None or isinstance(value, str | bool | int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)

"""Both sides changed the same field since they last agreed (R6): a person is asked, or was heard beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from buddy.hub import activity, quality
from buddy.hub.activity import Source
from buddy.hub.address import Address
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.quickbooks.records import Record
from buddy.sync.mapping import EntityMapping
from buddy.sync.models import Link, Remote
from buddy.sync.reconcile.reviews import fingerprint
from buddy.sync.reconcile.sides import Ours
from buddy.sync.round import Round
from buddy.sync.threeway import Merge, Values

DECIDED = "Both sides had changed it. Whose value holds is set under Settings, Organization."


def conflict_key(mapping: EntityMapping, remote_id: str) -> str:
    return f"conflict:{mapping.entity}:{remote_id}"


def ask_conflict(
    round: Round, mapping: EntityMapping, link: Link, row: Ours, result: Merge, ours: Values, record: Record
) -> None:
    """Both sides changed these fields: one review for the record, with both values, who wrote them and when."""
    fields = _compared(round, mapping, link, result.conflicts, ours, record)
    values = [[each[name] for name in ("name", "agreed", "ours", "theirs")] for each in fields]
    _put(round, mapping, link, row, {"fields": fields, "fingerprint": fingerprint(values)})


def remember_decided(
    round: Round, mapping: EntityMapping, link: Link, row: Ours, result: Merge, ours: Values, record: Record
) -> None:
    """Both sides changed these fields, and the organization had said who wins: the question and its answer are kept,
    with the value that lost, and the record's history names both."""
    fields = _compared(round, mapping, link, result.decided, ours, record)
    _put(round, mapping, link, row, {"fields": fields})
    whose = "theirs" if result.decided[0] in result.here else "ours"
    decision = {"chosen": dict.fromkeys(result.decided, whose), "beforehand": True}
    review = Review.objects.get(
        organization=round.organization,
        key=conflict_key(mapping, link.remote_id),
        status=ReviewStatus.PENDING,
    )
    quality.settle(review, decision=decision, by=None, now=round.now)
    lost = "ours" if whose == "theirs" else "theirs"
    activity.record(
        round.organization,
        event=f"{mapping.kind}.decided",
        kind=mapping.kind,
        object_id=row.pk,
        changes={
            each["name"]: (_told(round, mapping, each, lost), _told(round, mapping, each, whose)) for each in fields
        },
        note=DECIDED,
        source=Source.BUDDY,
        now=round.now,
        run=round.run,
    )


def _told(round: Round, mapping: EntityMapping, compared: Mapping[str, Any], side: str) -> Any:
    """A value as the history tells it: an address in its lines, another record by its name."""
    value, entity = compared[side], mapping.named(compared["name"]).reference
    if entity:
        rows = Remote.objects.filter(organization=round.organization, entity=entity, remote_id=value)
        return rows.values_list("name", flat=True).first() or value
    return Address.of(value) if isinstance(value, dict) else value


def _put(round: Round, mapping: EntityMapping, link: Link, row: Ours, data: Mapping[str, Any]) -> None:
    quality.ask(
        round.organization,
        kind=ReviewKind.CONFLICT,
        key=conflict_key(mapping, link.remote_id),
        entity=mapping.kind,
        title=str(row),
        object_id=row.pk,
        their_id=link.remote_id,
        money=getattr(row, "balance", Decimal(0)),
        data=data,
        now=round.now,
    )


def _compared(
    round: Round, mapping: EntityMapping, link: Link, names: Sequence[str], ours: Values, record: Record
) -> list[dict[str, Any]]:
    """Each field of a card: what was agreed, what each side holds now, and whose that is. QuickBooks tells when a
    record changed last, not who did it."""
    theirs = mapping.theirs(record.body)
    edits = activity.last_edits(round.organization, mapping.kind, link.object_id, names)
    agreed = link.ours or {}
    return [
        {
            "name": name,
            "label": mapping.named(name).label,
            "agreed": agreed.get(name),
            "ours": ours[name],
            "theirs": theirs[name],
            "ours_by": str(edits[name].user or "") if name in edits else "",
            "ours_at": edits[name].at.isoformat() if name in edits else "",
            "theirs_at": record.updated_at.isoformat() if record.updated_at else "",
        }
        for name in names
    ]


def conflicts_over(round: Round, mapping: EntityMapping, links: Sequence[Link]) -> None:
    if links:
        keys = [conflict_key(mapping, link.remote_id) for link in links]
        quality.overtake(round.organization, keys, now=round.now)

"""The first link of our objects and their records: there is no base yet to merge on (R7)."""

from __future__ import annotations

from collections.abc import Mapping

from buddy.hub import outbox
from buddy.hub.outbox import Ring
from buddy.quickbooks.records import Record
from buddy.sync import threeway
from buddy.sync.mapping import EntityMapping
from buddy.sync.reconcile.links import new_links
from buddy.sync.reconcile.reviews import ask_difference
from buddy.sync.reconcile.sides import Sides
from buddy.sync.round import Round

Pairs = Mapping[str, tuple[int, str]]  # their id → our id, and the rule by which they belong together


def join(round: Round, mapping: EntityMapping, pairs: Pairs, records: Mapping[str, Record]) -> None:
    """Join these: blank sides fill, and where both differ one review per record shows the fields."""
    if not pairs:
        return
    sides = Sides(round, mapping, [pk for pk, _ in pairs.values()], [records[each] for each in pairs])
    links, changes, owed = [], [], []
    for remote_id, (pk, rule) in pairs.items():
        row = sides.objects[pk]
        ours, theirs = sides.ours(row), mapping.theirs(records[remote_id].body)
        result = threeway.first_link(mapping.fields, ours=ours, theirs=theirs)
        links.append((pk, remote_id, rule, result.ours, result.theirs))
        if result.here:
            changes.append((row, result.here))
        if result.there:
            owed.append(pk)
        if result.conflicts:
            ask_difference(round, mapping, row, remote_id, result.conflicts, ours, theirs)
    sides.write_here(changes)
    new_links(round, mapping.kind, mapping.entity, links)
    outbox.mark(round.organization, mapping.kind, owed, by=None, now=round.now, why=Ring.AGAIN)
    round.counts[f"{mapping.kind}s linked"] += len(pairs)

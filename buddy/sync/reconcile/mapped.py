"""Customers and products: records both sides may change, merged field by field (R6, R7)."""

from __future__ import annotations

from collections.abc import Sequence

from buddy.hub import outbox
from buddy.hub.outbox import Ring
from buddy.hub.team import BothChanged
from buddy.quickbooks.records import Record
from buddy.sync import mirror, threeway
from buddy.sync.mapping import MAPPINGS
from buddy.sync.models import Link, LinkState, Waiting
from buddy.sync.reconcile import customers, products
from buddy.sync.reconcile.conflicts import ask_conflict, conflicts_over, remember_decided
from buddy.sync.reconcile.links import Agreed, agree
from buddy.sync.reconcile.prepared import Prepared
from buddy.sync.reconcile.sides import Ours, Sides
from buddy.sync.round import Round
from buddy.sync.threeway import Merge, Owner, Values


def store(round: Round, chunk: Prepared) -> None:
    """Make the hub agree with these, and tell the mirror which of them wait."""
    waiting = carry_over(round, chunk)
    if chunk.copies:
        mirror.store(chunk.copies, waiting=waiting)
        return
    for reason in Waiting:
        ids = [record.id for record in chunk.records if waiting.get(record.id, Waiting.NO) == reason]
        mirror.set_waiting(round.organization, chunk.entity, ids, reason)


def carry_over(round: Round, chunk: Prepared) -> dict[str, Waiting]:
    """Merge the linked ones, place the new ones; returns which of them wait, and for what."""
    entity, records = chunk.entity, chunk.records
    links = _links(round, entity, [record.id for record in records])
    if entity == "Customer":
        unknown = [record for record in records if not record.deleted and record.id not in links]
        links |= _links(round, entity, customers.adopt(round, chunk, unknown))
    gone = [links[record.id] for record in records if record.deleted and record.id in links]
    if gone:
        Link.objects.filter(pk__in=[link.pk for link in gone]).update(state=LinkState.GONE, synced_at=round.now)
    live = [record for record in records if not record.deleted]
    if not live:
        return {}
    merge_linked(round, chunk, [(record, links[record.id]) for record in live if record.id in links])
    new = [record for record in live if record.id not in links]
    if entity == "Item":
        return products.place(round, chunk, new)
    return customers.place_at_once(round, chunk, new) if chunk.copies else customers.place(round, chunk, new)


def _links(round: Round, entity: str, remote_ids: Sequence[str]) -> dict[str, Link]:
    known = round.here(entity, remote_ids)
    rows = Link.objects.filter(organization=round.organization, entity=entity, remote_id__among=list(known))
    return {link.remote_id: link for link in rows} if known else {}


def merge_linked(round: Round, chunk: Prepared, pairs: Sequence[tuple[Record, Link]]) -> None:
    """The three-way merge of records that are linked: write here, note what is owed there, ask about conflicts."""
    if not pairs:
        return
    mapping = MAPPINGS[chunk.entity]
    sides = Sides(round, mapping, [link.object_id for _, link in pairs], [record for record, _ in pairs])
    changes: list[tuple[Ours, Values]] = []
    agreed: list[Agreed] = []
    owed: list[int] = []
    met: list[tuple[Link, Ours, Merge, Values, Record]] = []  # both sides changed the same field
    for record, link in pairs:
        ours_object = sides.objects.get(link.object_id)
        if ours_object is None:
            continue
        ours, theirs = sides.ours(ours_object), chunk.theirs[record.id]
        result = threeway.merge(
            mapping.fields,
            agreed_ours=link.ours or {},
            agreed_theirs=link.theirs or {},
            ours=ours,
            theirs=theirs,
            both=_winner(round, link),
        )
        state = LinkState.AGREED if theirs["active"] else LinkState.INACTIVE
        agreed.append((link.pk, result.ours, result.theirs, LinkState.CONFLICT if result.conflicts else state))
        if result.here:
            changes.append((ours_object, result.here))
        if result.there:
            owed.append(link.object_id)
        if result.conflicts or result.decided:
            met.append((link, ours_object, result, ours, record))
    for each in met:
        tell = ask_conflict if each[2].conflicts else remember_decided
        tell(round, mapping, *each)
    sides.write_here(changes)
    agree(round, agreed)
    outbox.mark(round.organization, mapping.kind, owed, by=None, now=round.now, why=Ring.AGAIN)
    open_still = {link.pk for link, _, result, _, _ in met if result.conflicts}
    conflicts_over(
        round, mapping, [link for _, link in pairs if link.state == LinkState.CONFLICT and link.pk not in open_still]
    )


def _winner(round: Round, link: Link) -> Owner:
    """Whose value holds where both changed. A record about which a question is open stays with the person asked."""
    return Owner.EITHER if link.state == LinkState.CONFLICT else _WINNERS[round.organization.both_changed]


_WINNERS: dict[str, Owner] = {
    BothChanged.ASK: Owner.EITHER,
    BothChanged.BOOKS: Owner.QUICKBOOKS,
    BothChanged.BUDDY: Owner.BUDDY,
}

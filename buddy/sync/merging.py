"""Customers merged in QuickBooks: the survivor's id takes over the link of the one that vanished (R10)."""

from __future__ import annotations

from collections.abc import Sequence

from buddy.hub import activity, duplicates, quality
from buddy.hub.activity import Source
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.outbox import Mark
from buddy.hub.quality import ReviewKind
from buddy.hub.team import Organization
from buddy.sync.models import ItemState, Link, LinkState, Remote, RemoteKey, SendingItem, Trouble, Waiting
from buddy.sync.round import Round, match_key


def witnesses(organization: Organization, vanished: Sequence[str]) -> dict[str, str]:
    """For each linked customer that vanished, one of its invoices there, which names the survivor when read."""
    links = Link.objects.filter(organization=organization, entity="Customer", remote_id__in=vanished)
    found: dict[str, str] = {}
    for remote_id in links.values_list("remote_id", flat=True):
        invoices = Remote.objects.filter(
            organization=organization, entity="Invoice", owner_id=remote_id, deleted=False
        ).order_by("-pk")
        if newest := invoices.values_list("remote_id", flat=True).first():
            found[remote_id] = newest
    return found


def follow(round: Round, *, vanished: str, survivor: str) -> None:
    """Re-point everything of `vanished` to `survivor`, in the caller's transaction. Twice does no harm.

    Documents that waited for its customer still name it: they are left in `Round.needs`, to be read again.
    """
    if vanished == survivor:
        return
    org = round.organization
    _repoint_mirror(round, vanished, survivor)
    links = Link.objects.filter(organization=org, entity="Customer")
    link = links.filter(remote_id=vanished).first()
    if link is None:
        return
    other = links.filter(remote_id=survivor).first()
    if other is None:
        link.remote_id, link.state, link.theirs = survivor, LinkState.AGREED, None
        link.save(update_fields=["remote_id", "state", "theirs"])
        _decided(round, survivor)
        _remember(round, link, vanished, survivor)
    elif not _merge_here_too(round, link, other):
        link.state = LinkState.GONE
        link.save(update_fields=["state"])
        _ask_duplicate(round, link, other)
    round.counts["customers merged there"] += 1


def _repoint_mirror(round: Round, vanished: str, survivor: str) -> None:
    org = round.organization
    Remote.objects.filter(organization=org, entity="Customer", remote_id=vanished).update(
        deleted=True, waiting=Waiting.NO
    )
    RemoteKey.objects.filter(organization=org, remote_id=vanished).delete()
    quality.overtake(org, [match_key(vanished)], now=round.now)
    documents = Remote.objects.filter(organization=org, owner_id=vanished).exclude(entity="Customer")
    waiting = documents.filter(waiting=Waiting.CUSTOMER)
    round.needs.update(waiting.values_list("entity", "remote_id"))
    waiting.update(waiting=Waiting.TURN)
    documents.update(owner_id=survivor)


def _decided(round: Round, survivor: str) -> None:
    """The survivor is ours now: no question is open about it, and what waited for it can come."""
    rows = Remote.objects.filter(organization=round.organization, entity="Customer", remote_id=survivor)
    rows.update(waiting=Waiting.TURN)
    quality.overtake(round.organization, [match_key(survivor)], now=round.now)
    round.decided.add(survivor)


def _remember(round: Round, link: Link, vanished: str, survivor: str) -> None:
    activity.record(
        round.organization,
        event="customer.merged",
        kind="customer",
        object_id=link.object_id,
        changes={"books_id": (vanished, survivor)},
        source=Source.BOOKS,
        now=round.now,
        run=round.run,
    )


def _merge_here_too(round: Round, link: Link, other: Link) -> bool:
    """Both were linked, so two customers here are one there: follow, unless something of it is still to be sent."""
    org = round.organization
    of_gone = {"organization": org, "kind": "customer", "object_id": link.object_id}
    on_its_way = (
        Mark.objects.filter(**of_gone).exists() or SendingItem.objects.filter(**of_gone, state=ItemState.OPEN).exists()
    )
    rows = Customer.objects.filter(organization=org).in_bulk([link.object_id, other.object_id])
    if on_its_way or len(rows) < 2:
        return False
    try:
        duplicates.merge(rows[other.object_id], rows[link.object_id], by=None, source=Source.BOOKS, now=round.now)
    except Refused:
        return False
    link.delete()
    Trouble.objects.filter(**of_gone).delete()
    _decided(round, other.remote_id)
    return True


def _ask_duplicate(round: Round, link: Link, other: Link) -> None:
    """Two customers here are one there, and an edit of one was never sent: which values stay, a person says."""
    names = dict(
        Customer.objects.filter(organization=round.organization, pk__in=[link.object_id, other.object_id]).values_list(
            "pk", "display_name"
        )
    )
    quality.ask(
        round.organization,
        kind=ReviewKind.DUPLICATE,
        key=f"duplicate:Customer:{min(names)}:{max(names)}",
        entity="customer",
        title=names[other.object_id],
        object_id=other.object_id,
        their_id=other.remote_id,
        data={"explain": "These two were merged in QuickBooks.", "others": [[link.object_id, names[link.object_id]]]},
        now=round.now,
    )

"""Invoices, credit memos and payments: QuickBooks' altogether (R15), so they are copied, never merged.

A document whose customer is not decided waits in the mirror, and so does a payment on an invoice that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db.models import Count

from buddy.hub import quality
from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.models import Link, Remote, Waiting
from buddy.sync.reconcile import credit_memos, invoices, payments, prepared
from buddy.sync.reconcile.owners import DEPTH
from buddy.sync.reconcile.prepared import Prepared
from buddy.sync.round import Round, match_key

type Reconciler = Callable[[Round, Sequence[Record], Mapping[str, Any]], dict[str, Waiting]]

_RECONCILERS: dict[str, Reconciler] = {
    "Invoice": invoices.carry_over,
    "CreditMemo": credit_memos.carry_over,
    "Payment": payments.carry_over,
}
ENTITIES = tuple(_RECONCILERS)
WHOLE = 1000  # documents that are carried over together with the answer that frees them; more wait for the next run


def store(round: Round, chunk: Prepared) -> None:
    """Copy these documents into the hub and the mirror, in one transaction of the caller's."""
    waiting = _RECONCILERS[chunk.entity](round, chunk.records, chunk.theirs)
    if chunk.copies:
        mirror.store(chunk.copies, waiting=waiting)
    round.counts[f"{chunk.entity} waiting"] += len(waiting)


def free(round: Round) -> None:
    """Customers were decided just now: carry over what waited for them in the same transaction (R2); of very many,
    the rest in its turn."""
    release(round, round.decided)
    round.decided.clear()
    for entity in ENTITIES:
        for records in mirror.waiting_turn(round.organization, entity, round.realm, size=WHOLE):
            store(round, prepared.document(round, entity, records))
            break


def release(round: Round, customers: Collection[str]) -> None:
    """It is the turn of the documents of these customers and their projects, and of payments on what waited."""
    waiting = Remote.objects.filter(organization=round.organization, waiting=Waiting.CUSTOMER, entity__in=ENTITIES)
    if not waiting.exists():
        return
    family = set(customers)
    for _ in range(DEPTH):
        below = Remote.objects.filter(organization=round.organization, entity="Customer", owner_id__in=family)
        family |= set(below.values_list("remote_id", flat=True))
    for some in batched(family, 1000):
        waiting.filter(owner_id__in=some).update(waiting=Waiting.TURN)
    waiting.filter(entity="Payment").update(waiting=Waiting.TURN)


def count_waiting(round: Round) -> None:
    """Tell each open match how many documents wait for it, so that the most urgent stands first."""
    rows = Remote.objects.filter(organization=round.organization, waiting=Waiting.CUSTOMER, entity__in=ENTITIES)
    counted = rows.values_list("owner_id").annotate(count=Count("pk")).order_by()
    quality.set_blocking(round.organization, {match_key(owner): count for owner, count in counted})


def release_children(round: Round) -> int:
    """It is the turn of the customers whose parent is decided now; returns how many."""
    parents = Link.objects.filter(organization=round.organization, entity="Customer").values("remote_id")
    waiting = Remote.objects.filter(organization=round.organization, entity="Customer", waiting=Waiting.CUSTOMER)
    return waiting.filter(owner_id__in=parents).update(waiting=Waiting.TURN)

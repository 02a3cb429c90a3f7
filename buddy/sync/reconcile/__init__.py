"""A page of the mirror made true in the hub: find links, match, merge, write, or ask a person.

Set-based: the number of queries depends on the chunk, never on its rows. Fetches nothing (R11): what a chunk still
needs is left in `Round.needs`. Everything runs in the caller's transaction.
"""

from collections.abc import Sequence

from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.models import Waiting
from buddy.sync.reconcile import documents, lists, mapped
from buddy.sync.round import Round

CARRIED_OVER = ("Term", "Item", "Customer", "Invoice", "CreditMemo", "Payment")  # in the order they depend (R5)
MATCHED = ("Item", "Customer")  # all of an entity must be mirrored before the first is decided

_CHUNK = {"Term": 500, "Item": 250, "Customer": 250, "Invoice": 200, "CreditMemo": 250, "Payment": 400}


def chunk_size(entity: str) -> int:
    """How many records one transaction takes, so that it stays short (R28)."""
    return _CHUNK.get(entity, 1000)


def carry_over(round: Round, entity: str, records: Sequence[Record]) -> None:
    """Make the hub agree with these records; what cannot be decided yet waits in the mirror.

    Records of MATCHED entities must be mirrored already, all of them: what makes a match unique is counted there.
    Others are mirrored here, in the same transaction.
    """
    if entity in MATCHED:
        waiting = mapped.carry_over(round, entity, records)
        for reason in Waiting:
            ids = [record.id for record in records if waiting.get(record.id, Waiting.NO) == reason]
            mirror.set_waiting(round.organization, entity, ids, reason)
    elif entity in documents.ENTITIES:
        documents.carry_over(round, entity, records)
    else:
        if entity == "Term":
            lists.carry_over_terms(round, records)
        mirror.write(round.organization, entity, records, waiting={})


__all__ = ["CARRIED_OVER", "MATCHED", "Round", "carry_over", "chunk_size"]

"""A page of the mirror made true in the hub: find links, match, merge, write, or ask a person.

Set-based: the number of queries depends on the chunk, never on its rows. Fetches nothing (R11): what a chunk still
needs is left in `Round.needs`. Everything runs in the caller's transaction.
"""

from collections.abc import Sequence

from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.reconcile import documents, lists, mapped, prepared
from buddy.sync.reconcile.prepared import Prepared
from buddy.sync.round import Round

CARRIED_OVER = ("Term", "Item", "Customer", "Invoice", "CreditMemo", "Payment")  # in the order they depend (R5)
MATCHED = ("Item", "Customer")  # all of an entity must be mirrored before the first is decided

_CHUNK = {"Term": 500, "Item": 500, "Customer": 334, "Invoice": 250, "CreditMemo": 500, "Payment": 1000}


def chunk_size(entity: str) -> int:
    """How many records one transaction takes, so that it stays short (R28)."""
    return _CHUNK.get(entity, 1000)


def prepare(round: Round, entity: str, records: Sequence[Record], *, at_once: bool = False) -> Prepared:
    """All that can be done before the transaction: the records decoded and mapped.

    Records of MATCHED entities are mirrored already, all of them: what makes a match unique is counted there.
    `at_once`: customers that are not, since nobody here could match. Asks the database nothing.
    """
    if entity in MATCHED:
        return prepared.mapped(round, entity, records, at_once=at_once)
    if entity in documents.ENTITIES:
        return prepared.document(round, entity, records)
    return prepared.listed(round, entity, records)


def store(round: Round, chunk: Prepared) -> None:
    """Make the hub agree with these records; what cannot be decided yet waits in the mirror.

    What is not in the mirror yet is written there in the same transaction.
    """
    if chunk.entity in MATCHED:
        mapped.store(round, chunk)
    elif chunk.entity in documents.ENTITIES:
        documents.store(round, chunk)
    elif chunk.copies:
        if chunk.entity == "Term":
            lists.carry_over_terms(round, chunk.records)
        mirror.store(chunk.copies, waiting={})


def carry_over(round: Round, entity: str, records: Sequence[Record]) -> None:
    """Both together, for a few records."""
    store(round, prepare(round, entity, records))


__all__ = ["CARRIED_OVER", "MATCHED", "Prepared", "Round", "carry_over", "chunk_size", "prepare", "store"]

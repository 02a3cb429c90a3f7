"""Merging two customers, as only the web UI can (api 5.1.3): the loser goes, its transactions are the winner's."""

from decimal import Decimal

from simulator import refusals
from simulator.books import Books, Record, fold
from simulator.schema import ENTITIES


def merge(books: Books, survivor_id: str, loser_id: str) -> Record:
    """The survivor. GET of the loser answers 610, CDC lists its stub; tokens of the re-pointed transactions stay."""
    survivor, loser = books.find("Customer", survivor_id), books.find("Customer", loser_id)
    if survivor is None or loser is None or survivor is loser:
        raise refusals.inactive()
    if books.children[loser.id]:
        raise refusals.business("A customer with sub-customers cannot be merged into another.")
    owed = Decimal(loser.body["Balance"])
    books.move_balance(loser.id, -owed)
    _repoint(books, loser, survivor)
    books.move_balance(survivor.id, owed)
    _forget(books, loser)
    books.touch(survivor, "Merge", deleted_id=loser.id)
    return survivor


def _repoint(books: Books, loser: Record, survivor: Record) -> None:
    for entity in (entity for entity in ENTITIES.values() if entity.transaction):
        for record in books.living(entity.name):
            if record.body.get("CustomerRef", {}).get("value") == loser.id:
                record.body["CustomerRef"] = {"value": survivor.id}
                books.redraw(record)
                if books.choices.merge_touches_transactions:
                    books.refresh(record)


def _forget(books: Books, loser: Record) -> None:
    names = books.tables["Customer"].names
    if names.get(fold(loser.body["DisplayName"])) == loser.id:
        del names[fold(loser.body["DisplayName"])]
    parent = loser.body.get("ParentRef", {}).get("value")
    if parent:
        books.children[parent].remove(loser.id)
    books.drop(loser)

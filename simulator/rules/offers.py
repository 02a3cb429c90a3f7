"""An invoice made from an estimate: the link both carry, and the estimate closed by it (api 5.3 LinkedTxn)."""

from typing import Any

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.checking import mapping


def read(links: list[Any]) -> list[Body]:
    """Of the links a client sends only estimates count: those to payments are the server's."""
    named = [mapping("LinkedTxn", link) for link in links]
    return [
        {"TxnId": str(link.get("TxnId", "")), "TxnType": "Estimate"}
        for link in named
        if link.get("TxnType") == "Estimate"
    ]


def check(books: Books, links: list[Body]) -> None:
    for link in links:
        if link["TxnType"] == "Estimate" and books.find("Estimate", link["TxnId"]) is None:
            raise refusals.link_deleted()


def of(body: Body) -> list[Body]:
    """The links to estimates."""
    return [link for link in body.get("LinkedTxn", ()) if link["TxnType"] == "Estimate"]


def close(books: Books, invoice: Record, earlier: Body) -> None:
    """Estimates newly named are closed, those no longer named are open again."""
    named, before = ({link["TxnId"] for link in of(body)} for body in (invoice.body, earlier))
    for id in named - before:
        _mark(books, id, "Closed", [{"TxnId": invoice.id, "TxnType": "Invoice"}])
    for id in before - named:
        _mark(books, id, "Pending", [])


def _mark(books: Books, id: str, status: str, links: list[Body]) -> None:
    estimate = books.find("Estimate", id)
    if estimate is None:
        return
    estimate.body["TxnStatus"] = status
    estimate.body["LinkedTxn"] = links
    books.touch(estimate)

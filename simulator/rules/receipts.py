"""What is never owed: sales receipts, refund receipts and estimates (api 4.1, 5.3.1)."""

from collections.abc import Set
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.money import ZERO
from simulator.rules import numbering, settling
from simulator.rules.sales import SalesRules


class UnowedRules(SalesRules):
    """A sales document that moves nobody's balance and needs no customer."""

    def required(self, body: Body, before: Record | None) -> None:
        if not body.get("Line"):
            raise refusals.required("Line")

    def rebalance(self, books: Books, record: Record, earlier: Body) -> None:
        """Nothing is open on it."""

    def delete(self, books: Books, record: Record) -> None:
        settling.check_period(books, record.body["TxnDate"])
        numbering.forget(books, record)


class SalesReceiptRules(UnowedRules):
    """Paid on the spot: the money goes to Undeposited Funds unless said otherwise."""

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body = super().complete(books, body, before, options)
        body.setdefault("DepositToAccountRef", undeposited(books))
        body["Balance"] = ZERO
        return body


class RefundReceiptRules(SalesReceiptRules):
    """Money given back, from an account that must be named."""

    def required(self, body: Body, before: Record | None) -> None:
        super().required(body, before)
        if before is None and not body.get("DepositToAccountRef"):
            raise refusals.required("DepositToAccountRef")


class EstimateRules(UnowedRules):
    """An offer; an invoice made from it closes it and is named by it."""

    defaults: ClassVar[Body] = {**SalesRules.defaults, "TxnStatus": "Pending"}
    kept: ClassVar[tuple[str, ...]] = (*SalesRules.kept, "LinkedTxn")

    def required(self, body: Body, before: Record | None) -> None:
        super().required(body, before)
        if not body.get("CustomerRef"):
            raise refusals.required("CustomerRef")


def undeposited(books: Books) -> Body:
    """Where money lies that no bank deposit has taken yet."""
    account = books.holder("Account", fold(":Undeposited Funds"))
    return {"value": account.id if account else "4"}

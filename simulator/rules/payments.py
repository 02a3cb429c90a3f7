"""Payments: applied to invoices and credits line by line, the rest unapplied (api 5.4)."""

from collections.abc import Set
from decimal import Decimal
from typing import Any, ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.checking import decimal, mapping, scalar
from simulator.money import ZERO, cents
from simulator.refusals import Fault
from simulator.rules import currency, settling
from simulator.rules.lines import LINE_KEYS
from simulator.rules.listed import Rules
from simulator.rules.receipts import undeposited

LINKABLE = ("Invoice", "CreditMemo")
VOIDED = "Voided"


class PaymentRules(Rules):
    defaults: ClassVar[Body] = {"ProcessPayment": False, "Line": []}
    kept: ClassVar[tuple[str, ...]] = ("ProcessPayment", "LinkedTxn", "TotalAmt", "CustomerRef", "CurrencyRef")

    def required(self, body: Body, before: Record | None) -> None:
        if not body.get("CustomerRef"):
            raise refusals.required("CustomerRef")
        if body.get("TotalAmt") is None:
            raise refusals.business("You must set a transaction amount.")

    def read(self, values: Body) -> Body:
        if "Line" in values:
            values["Line"] = [line for line in map(_read, values["Line"] or []) if line["Amount"]]
        return values

    def references(self, books: Books, body: Body, before: Record | None) -> None:
        super().references(books, body, before)
        for line in body["Line"]:
            if books.find(*settling.key_of(line)) is None:
                raise refusals.link_deleted()

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        if before and before.body.get("LinkedTxn"):
            raise refusals.deposited()
        body.setdefault("TxnDate", books.today)
        settling.check_period(books, body["TxnDate"])
        if before:
            settling.check_period(books, before.body["TxnDate"])
        self._paid(books, body)
        body["Line"] = self._applications(books, body, before)
        body["UnappliedAmt"] = settling.unapplied_of(body)
        if body["UnappliedAmt"] < 0:
            raise refusals.business("The amount applied is more than the amount of the payment.")
        return body

    @staticmethod
    def _paid(books: Books, body: Body) -> None:
        """Currency of the customer; money goes to Undeposited Funds unless said otherwise (api 5.4)."""
        if body["TotalAmt"] < 0:
            raise refusals.business("Transaction amount must be 0 or greater.")
        customer = books.tables["Customer"].records[body["CustomerRef"]["value"]]
        currency.follow(books, body, customer)
        if body["TotalAmt"]:
            body.setdefault("DepositToAccountRef", undeposited(books))

    def _applications(self, books: Books, body: Body, before: Record | None) -> list[Body]:
        earlier = {settling.key_of(line): line for line in before.body["Line"]} if before else {}
        family = set(books.family(body["CustomerRef"]["value"]))
        lines: dict[tuple[str, str], Body] = {}
        for line in body["Line"]:
            key = settling.key_of(line)
            if key in lines:
                raise refusals.business("A payment cannot be linked to the same transaction twice.")
            old = earlier.get(key)
            same = old and old["Amount"] == line["Amount"]
            lines[key] = old if old and same else _applied(books, line, old, family, body["CurrencyRef"])
        return list(lines.values())

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        settling.reapply(books, record, earlier)

    def delete(self, books: Books, record: Record) -> None:
        self._unlink(books, record)
        settling.owe_nothing(books, record)

    def void(self, books: Books, record: Record) -> None:
        """Amount and lines go, the invoices are open again, the note says so (api 4.6)."""
        self._unlink(books, record)
        earlier = dict(record.body)
        note = earlier.get("PrivateNote")
        record.body |= {"TotalAmt": ZERO, "PrivateNote": f"{VOIDED} - {note}" if note else VOIDED}
        settling.reapply(books, record, earlier)

    @staticmethod
    def _unlink(books: Books, record: Record) -> None:
        settling.check_period(books, record.body["TxnDate"])
        if record.body.get("LinkedTxn"):
            raise refusals.deposited()
        earlier = dict(record.body)
        record.body["Line"] = []
        settling.reapply(books, record, earlier)


def _read(line: Any) -> Body:
    for name in mapping("Line", line):
        if name not in LINE_KEYS:
            raise refusals.unknown_property(name, "Line", sorted(LINE_KEYS))
    links = line.get("LinkedTxn")
    if not links or not isinstance(links, list):
        raise refusals.required("LinkedTxn")
    if len(links) > 1:
        raise refusals.business("A payment line can be linked to one transaction only.")
    if line.get("Amount") is None:
        raise refusals.required("Line.Amount")
    first = mapping("LinkedTxn", links[0])
    linked = {name: str(scalar(name, first.get(name)) or "") for name in ("TxnId", "TxnType")}
    amount = cents(decimal("Line.Amount", line["Amount"]))
    if amount < 0:
        raise refusals.number_range("Line.Amount", amount)
    return {"Amount": amount, "LinkedTxn": [linked]}


def _applied(books: Books, line: Body, old: Body | None, family: set[str], payer_currency: Body) -> Body:
    """One line checked against its document, with what the server tells about it (LineEx)."""
    document = books.find(*settling.key_of(line))
    if document is None or document.body["CustomerRef"]["value"] not in family:
        raise Fault(
            "620", "Transaction cannot be linked", "Transaction cannot be linked : it belongs to another customer."
        )
    if document.body["CurrencyRef"] != payer_currency:
        raise refusals.business(currency.MISMATCH)
    balance = cents(books.open_balance(document) + (old["Amount"] if old else ZERO))
    if line["Amount"] > balance:
        if books.choices.over_application == "refuse" or not balance:
            raise refusals.business(
                f"The amount applied to transaction {document.id} is more than its open balance of {balance:.2f}."
            )
        line = {**line, "Amount": balance}
    return {**line, "LineEx": told_of(document, balance)}


def told_of(document: Record, balance: Decimal) -> Body:
    """What a line tells of its document: id, what was open before this payment, number (api 5.4)."""
    extras = [("txnId", document.id), ("txnOpenBalance", f"{balance:.2f}")]
    if "DocNumber" in document.body:
        extras.append(("txnReferenceNumber", document.body["DocNumber"]))
    return {"any": [_name_value(name, value) for name, value in extras]}


def _name_value(name: str, value: str) -> Body:
    """The odd shape in which replies carry these pairs (recorded)."""
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }

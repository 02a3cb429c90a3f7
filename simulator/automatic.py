"""What QuickBooks does by itself at a create: opening balances, credits and payments applied (api 5.1, 5.4, 5.5)."""

from collections.abc import Iterator, Set
from decimal import Decimal

from simulator import checking, writing
from simulator.books import Body, Books, Record
from simulator.money import ZERO, cents
from simulator.rules import settling
from simulator.rules.bundles import SALES
from simulator.schema import CREDIT_MEMO, CUSTOMER, INVOICE, PAYMENT, Entity

OTHER = {"Invoice": "CreditMemo", "CreditMemo": "Invoice"}


def create(books: Books, entity: Entity, given: Body, options: Set[str] = writing.NO_OPTIONS) -> Record:
    """A new object, with all that follows from it."""
    if entity is CUSTOMER:
        return _opened(books, given, options)
    if entity is PAYMENT:
        given = _spread(books, given)
    record = writing.create(books, entity, given, options)
    if entity.name in OTHER and books.preference("SalesFormsPrefs.AutoApplyCredit"):
        _use_credits(books, record)
    return record


def _opened(books: Books, given: Body, options: Set[str]) -> Record:
    """A Balance with its OpenBalanceDate is an opening balance: a document of that day brings it (api 5.1)."""
    amount, day = ZERO, given.get("OpenBalanceDate")
    if day and given.get("Balance"):
        amount, day = cents(checking.decimal("Balance", given["Balance"])), checking.day("OpenBalanceDate", day)
        settling.check_period(books, day)
    customer = writing.create(books, CUSTOMER, given, options)
    if books.in_person and given.get("IsProject"):
        customer.body["IsProject"] = True
    if amount:
        line = {"DetailType": SALES, "Description": "Opening Balance", "Amount": abs(amount), SALES: {}}
        untaxed = {"GlobalTaxCalculation": "NotApplicable"}
        document = {"CustomerRef": {"value": customer.id}, "TxnDate": day, "Line": [line], **untaxed}
        writing.create(books, INVOICE if amount > 0 else CREDIT_MEMO, document)
    return customer


def _spread(books: Books, given: Body) -> Body:
    """With AutoApplyPayments, a payment that names no document goes to the oldest open invoices (api 5.4).

    Only where a person enters it: payments of apps stayed unapplied in recordings.
    """
    wanted = books.in_person or books.choices.auto_apply_app_payments
    customer = given.get("CustomerRef")
    if not wanted or not books.preference("SalesFormsPrefs.AutoApplyPayments"):
        return given
    if given.get("Line") or not isinstance(customer, dict):
        return given
    left, lines = cents(checking.decimal("TotalAmt", given.get("TotalAmt") or 0)), []
    for invoice in _open(books, "Invoice", str(customer.get("value"))):
        part = min(left, Decimal(invoice.body["Balance"]))
        if part > 0:
            lines.append(_line(invoice, part))
            left -= part
    return {**given, "Line": lines}


def _use_credits(books: Books, record: Record) -> None:
    """A payment of nothing applies each credit as soon as there is something to apply it to (api 5.5)."""
    for other in list(_open(books, OTHER[record.entity.name], record.body["CustomerRef"]["value"])):
        part = min(Decimal(record.body["Balance"]), Decimal(other.body["Balance"]))
        if part > 0:
            invoice, memo = (record, other) if record.entity is INVOICE else (other, record)
            body = {
                "CustomerRef": record.body["CustomerRef"],
                "TotalAmt": 0,
                "TxnDate": max(invoice.body["TxnDate"], memo.body["TxnDate"]),
                "Line": [_line(invoice, part), _line(memo, part)],
            }
            writing.create(books, PAYMENT, body)


def _open(books: Books, entity: str, customer: str) -> Iterator[Record]:
    """The customer's documents on which something is open, the oldest first."""
    found = (each for each in books.living(entity) if each.body["CustomerRef"]["value"] == customer)
    return iter(sorted((each for each in found if each.body["Balance"]), key=lambda each: each.body["TxnDate"]))


def _line(document: Record, amount: Decimal) -> Body:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document.id, "TxnType": document.entity.name}]}

"""How documents settle each other: applications, balances of documents and customers (api 5.3, 5.4)."""

from decimal import Decimal

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.money import ZERO, cents
from simulator.rules import currency, offers


def check_period(books: Books, txn_date: str) -> None:
    """6210, or 6200 by the switch, for any change dated in a closed period (api 5.3.6)."""
    closed = books.preference("AccountingInfoPrefs.BookCloseDate")
    if closed and txn_date <= closed:
        raise refusals.books_closed(closed, books.choices.closed_books_code)


def rebalance(books: Books, document: Record, earlier: Body) -> None:
    """Work out what is open on an invoice or credit memo, and move the customer's balance by the difference."""
    balance = cents(books.open_balance(document))
    body = document.body
    body["Balance"] = balance
    currency.at_home(body, "Balance", "HomeBalance")
    if document.entity.name == "CreditMemo":
        body["RemainingCredit"] = balance
    else:
        body["LinkedTxn"] = [*offers.of(body), *payment_links(books, document)]
    _shift(books, earlier, _sign(document) * Decimal(earlier.get("Balance", 0)), body, _sign(document) * balance)


def payment_links(books: Books, document: Record) -> list[Body]:
    return [{"TxnId": id, "TxnType": "Payment"} for id in books.applied[document.key]]


def owe_nothing(books: Books, record: Record) -> None:
    """The record is going away: take its part out of the customer's balance."""
    open_part = -Decimal(record.body["UnappliedAmt"]) if _is_payment(record) else (
        _sign(record) * Decimal(record.body["Balance"])
    )  # fmt: skip
    books.move_balance(record.body["CustomerRef"]["value"], -open_part)


def _is_payment(record: Record) -> bool:
    return record.entity.name == "Payment"


def _sign(document: Record) -> int:
    return -1 if document.entity.name == "CreditMemo" else 1


def _shift(books: Books, earlier: Body, old: Decimal, body: Body, new: Decimal) -> None:
    before = earlier.get("CustomerRef", {}).get("value")
    after = body["CustomerRef"]["value"]
    if before in (None, after):
        books.move_balance(after, new - old)
    else:
        books.move_balance(before, -old)
        books.move_balance(after, new)


def reapply(books: Books, payment: Record, earlier: Body) -> None:
    """Put a payment's lines in force: every document whose part changed gets a new token (api 4.2)."""
    wanted = {key_of(line): Decimal(line["Amount"]) for line in payment.body["Line"]}
    had = {key_of(line): Decimal(line["Amount"]) for line in earlier.get("Line", ())}
    for key in [*had, *(key for key in wanted if key not in had)]:
        if wanted.get(key) != had.get(key):
            _apply(books, payment.id, key, wanted.get(key))
    unapplied = unapplied_of(payment.body)
    payment.body["UnappliedAmt"] = unapplied
    _shift(books, earlier, -Decimal(earlier.get("UnappliedAmt", 0)), payment.body, -unapplied)


def _apply(books: Books, payment_id: str, key: tuple[str, str], amount: Decimal | None) -> None:
    document = books.find(*key)
    if document is None:
        return
    earlier = dict(document.body)
    if amount is None:
        books.applied[key].pop(payment_id, None)
    else:
        books.applied[key][payment_id] = amount
    rebalance(books, document, earlier)
    books.touch(document)


def key_of(line: Body) -> tuple[str, str]:
    linked = line["LinkedTxn"][0]
    return linked["TxnType"], linked["TxnId"]


def unapplied_of(payment: Body) -> Decimal:
    """UnappliedAmt = TotalAmt − Σ invoice lines + Σ credit-memo lines (api 5.3)."""
    used = sum((_part(line) for line in payment["Line"]), ZERO)
    return cents(Decimal(payment["TotalAmt"]) - used)


def _part(line: Body) -> Decimal:
    return -Decimal(line["Amount"]) if key_of(line)[0] == "CreditMemo" else Decimal(line["Amount"])


def release(books: Books, document: Record) -> None:
    """Every payment lets go of this document and becomes unapplied by as much (api 4.5)."""
    for payment_id in list(books.applied[document.key]):
        _shorten(books, document, payment_id, ZERO)


def trim(books: Books, document: Record) -> None:
    """When a document's total falls below what was applied, the newest payments give back the rest (api 5.3.6)."""
    excess = -books.open_balance(document)
    for payment_id, amount in reversed(list(books.applied[document.key].items())):
        if excess <= 0:
            return
        _shorten(books, document, payment_id, max(amount - excess, ZERO))
        excess -= amount


def _shorten(books: Books, document: Record, payment_id: str, rest: Decimal) -> None:
    """One payment's part of a document becomes `rest`. The document itself is rebalanced by the caller."""
    payment = books.tables["Payment"].records[payment_id]
    earlier = dict(payment.body)
    kept = (line if key_of(line) != document.key else {**line, "Amount": rest} for line in earlier["Line"])
    payment.body["Line"] = _balanced([line for line in kept if line["Amount"]], Decimal(earlier["TotalAmt"]))
    books.applied[document.key].pop(payment_id)
    if rest:
        books.applied[document.key][payment_id] = rest
    _reapply_others(books, payment, earlier, document)
    payment.body["UnappliedAmt"] = unapplied_of(payment.body)
    moved = Decimal(payment.body["UnappliedAmt"]) - Decimal(earlier["UnappliedAmt"])
    books.move_balance(payment.body["CustomerRef"]["value"], -moved)
    books.touch(payment)


def _balanced(lines: list[Body], total: Decimal) -> list[Body]:
    """A payment never holds more than it brought, nor gives more than it has: newest lines give way first.

    Credits it no longer needs go back; when a credit has shrunk, less is applied to invoices.
    """
    unapplied = unapplied_of({"TotalAmt": total, "Line": lines})
    giving_way = "CreditMemo" if unapplied > total else "Invoice"
    back = max(unapplied - total, -unapplied)
    result = []
    for line in reversed(lines):
        if key_of(line)[0] == giving_way and back > 0:
            part = min(back, Decimal(line["Amount"]))
            back -= part
            result.append({**line, "Amount": cents(line["Amount"] - part)})
        else:
            result.append(line)
    return [line for line in reversed(result) if line["Amount"]]


def _reapply_others(books: Books, payment: Record, earlier: Body, document: Record) -> None:
    wanted = {key_of(line): Decimal(line["Amount"]) for line in payment.body["Line"]}
    for line in earlier["Line"]:
        key = key_of(line)
        if key != document.key and wanted.get(key) != Decimal(line["Amount"]):
            _apply(books, payment.id, key, wanted.get(key))

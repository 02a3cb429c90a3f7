"""Invoices, credit memos and payments beside what Buddy made of them: what reconciling would write, and what stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from buddy.hub.invoices import Application, Credit, Ended, Invoice, InvoiceLine, LineKind, Payment
from buddy.hub.terms import PaymentTerm
from buddy.quickbooks.records import Record
from buddy.sync.audit.pairs import NOTHING, Amount, Fact, Pair, customers, shown
from buddy.sync.mapping.invoice import InvoiceIn, LineIn
from buddy.sync.mapping.payment import CreditIn, PaymentIn
from buddy.sync.reconcile import prepared
from buddy.sync.reconcile.owners import Owners
from buddy.sync.reconcile.payments import Settled
from buddy.sync.round import Round

type Values = Mapping[str, Any]

_LABELS = {
    "number": "Number",
    "customer": "Customer",
    "invoice_date": "Date",
    "date": "Date",
    "due_date": "Due",
    "terms": "Terms",
    "currency": "Currency",
    "subtotal": "Subtotal",
    "discount": "Discount",
    "shipping": "Delivery",
    "tax": "Tax",
    "total": "Total",
    "balance": "Balance",
    "amount": "Amount",
    "unapplied": "Not applied",
    "reference": "Reference",
    "remaining": "Still to be used",
    "ended": "Status",
}
_STATUS = {Ended.NOT: "counts", Ended.VOIDED: "voided", Ended.DELETED: "deleted", Ended.DISCARDED: "discarded"}
_INVOICE = (
    "number",
    "customer_id",
    "invoice_date",
    "due_date",
    "terms_id",
    "currency",
    "subtotal",
    "discount",
    "shipping",
    "tax",
    "total",
    "balance",
    "ended",
)
_PAYMENT = ("customer_id", "date", "amount", "unapplied", "currency", "reference", "ended")
_CREDIT = ("customer_id", "number", "date", "total", "remaining", "currency", "ended")


def invoices(round: Round, records: Sequence[Record]) -> list[Pair]:
    """Totals, balance, dates, customer, terms, status, and each line's quantity, price and amount."""
    theirs = {each.id: cast("InvoiceIn", prepared.read(round, each)) for each in records if not each.deleted}
    here = round.here("Invoice", [record.id for record in records])
    owners = Owners(round, {invoice.customer for invoice in theirs.values()})
    terms = round.here("Term", (invoice.terms for invoice in theirs.values()))
    held = _held(Invoice, _INVOICE, round, here.values())
    lines = _lines(round, here.values())
    home = round.organization.currency
    pairs = []
    for record in records:
        pk, invoice = here.get(record.id), theirs.get(record.id)
        if invoice is None:
            pairs.append(_vanished(record, "Invoice", pk, held, {"receivable": "balance", "invoiced": "total"}))
            continue
        pair = Pair(record, f"Invoice {invoice.number or record.id}", pk)
        ours = held.get(pk or 0)
        if ours is not None:
            meant = _invoice(invoice, owners, terms, home, ours)
            pair.facts = _facts(ours, meant) + _line_facts(lines[pk or 0], invoice.lines)
        pair.amounts = _amounts(
            invoice.currency or home,
            ours,
            receivable=("balance", invoice.balance if invoice.balance > 0 else NOTHING),
            invoiced=("total", invoice.total),
        )
        pairs.append(pair)
    return _with_names(round, pairs)


def _invoice(invoice: InvoiceIn, owners: Owners, terms: Mapping[str, int], home: str, ours: Values) -> Values:
    """What Buddy should hold, in the order of _INVOICE."""
    return {
        "number": invoice.number,
        "customer_id": owners.customer(invoice.customer),
        "invoice_date": invoice.invoice_date,
        "due_date": invoice.due_date,
        "terms_id": terms.get(invoice.terms),
        "currency": invoice.currency or home,
        "subtotal": invoice.subtotal,
        "discount": invoice.discount,
        "shipping": invoice.shipping,
        "tax": invoice.tax,
        "total": invoice.total,
        "balance": invoice.balance,
        "ended": _status(invoice, ours),
    }


def _status(invoice: InvoiceIn, ours: Values) -> Ended:
    """Void is derived (R9): at zero now, and worth something once, by its own lines or by what we remember."""
    was_worth = invoice.had_prices or ours["total"] > 0 or ours["ended"] == Ended.VOIDED
    return Ended.VOIDED if invoice.looks_void and was_worth else Ended.NOT


def _lines(round: Round, ids: Iterable[int]) -> defaultdict[int, list[tuple[Any, ...]]]:
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(organization=round.organization, invoice_id__among=list(ids))
    columns = ("invoice_id", "kind", "description", "quantity", "unit_price", "amount")
    for invoice, *line in rows.order_by("invoice_id", "position", "id").values_list(*columns):
        found[invoice].append(tuple(line))
    return found


def _line_facts(ours: Sequence[tuple[Any, ...]], theirs: Sequence[LineIn]) -> list[Fact]:
    """The first line that differs stands for all: a line that is missing moves those behind it."""
    meant = [(line.kind, line.description, line.quantity, line.unit_price, line.amount) for line in theirs]
    if list(ours) == meant:
        return []
    counts = f"{len(ours)} lines", f"{len(meant)} lines"
    if len(ours) != len(meant):
        return [Fact("lines", "Lines", *counts)]
    at = next(index for index, (one, other) in enumerate(zip(ours, meant, strict=True)) if one != other)
    return [Fact("lines", f"Line {at + 1}", _line(ours[at]), _line(meant[at]))]


def _line(line: tuple[Any, ...]) -> str:
    kind, description, quantity, unit_price, amount = line
    said = f" ({description})" if description else ""
    if kind == LineKind.TEXT or quantity is None:
        return f"{shown(amount)}{said}"
    price = "" if unit_price is None else f" × {unit_price.normalize():f}"
    return f"{quantity.normalize():f}{price} = {shown(amount)}{said}"


def payments(round: Round, records: Sequence[Record]) -> list[Pair]:
    """Amounts, date, payer, status, and what each part settled."""
    theirs = {each.id: cast("PaymentIn", prepared.read(round, each)) for each in records if not each.deleted}
    here = round.here("Payment", [record.id for record in records])
    owners = Owners(round, {payment.customer for payment in theirs.values()})
    settled = Settled(round, theirs)
    held = _held(Payment, _PAYMENT, round, here.values())
    applied = _applied(round, here.values())
    home = round.organization.currency
    pairs = []
    for record in records:
        pk, payment = here.get(record.id), theirs.get(record.id)
        if payment is None:
            pairs.append(_vanished(record, "Payment", pk, held, {"unapplied": "unapplied", "received": "amount"}))
            continue
        pair = Pair(record, f"Payment of {shown(payment.amount)} on {shown(payment.date)}", pk)
        ours = held.get(pk or 0)
        if ours is not None and pk is not None:
            pair.facts = _facts(ours, _payment(payment, owners, home))
            if not payment.is_void:  # a voided one keeps what it settled, for the history of its invoices
                meant = [settled.row(pk, line)[1:] for line in payment.lines]
                pair.facts += _application_facts(round, applied[pk], meant)
        pair.amounts = _amounts(
            payment.currency or home,
            ours,
            unapplied=("unapplied", payment.unapplied),
            received=("amount", payment.amount),
        )
        pairs.append(pair)
    return _with_names(round, pairs)


def _payment(payment: PaymentIn, owners: Owners, home: str) -> Values:
    return {
        "customer_id": owners.customer(payment.customer),
        "date": payment.date,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "currency": payment.currency or home,
        "reference": payment.reference,
        "ended": Ended.VOIDED if payment.is_void else Ended.NOT,
    }


def _applied(round: Round, ids: Iterable[int]) -> defaultdict[int, list[tuple[Any, ...]]]:
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Application.objects.filter(organization=round.organization, payment_id__among=list(ids))
    for payment, *line in rows.values_list("payment_id", "invoice_id", "credit_id", "other", "amount"):
        found[payment].append(tuple(line))
    return found


def _application_facts(round: Round, ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> list[Fact]:
    if sorted(ours, key=repr) == sorted(theirs, key=repr):
        return []
    return [Fact("applications", "Settles", _settles(round, ours), _settles(round, theirs))]


def _settles(round: Round, lines: Iterable[tuple[Any, ...]]) -> str:
    """`50.00 of invoice 1042, 20.00 of a JournalEntry`; asked only for what differs."""
    parts = []
    for invoice, credit, other, amount in lines:
        row = Invoice.objects.filter(organization=round.organization, pk=invoice).first() if invoice else None
        what = f"invoice {row}" if row else "a credit" if credit else f"a {other}"
        parts.append(f"{shown(amount)} of {what}")
    return ", ".join(parts) or "nothing"


def credits(round: Round, records: Sequence[Record]) -> list[Pair]:
    """Total, what is left of it, date, customer, status."""
    theirs = {each.id: cast("CreditIn", prepared.read(round, each)) for each in records if not each.deleted}
    here = round.here("CreditMemo", [record.id for record in records])
    owners = Owners(round, {credit.customer for credit in theirs.values()})
    held = _held(Credit, _CREDIT, round, here.values())
    home = round.organization.currency
    pairs = []
    for record in records:
        pk, credit = here.get(record.id), theirs.get(record.id)
        if credit is None:
            pairs.append(_vanished(record, "Credit memo", pk, held, {"credit": "remaining"}))
            continue
        pair = Pair(record, f"Credit memo {credit.number or record.id}", pk)
        ours = held.get(pk or 0)
        pair.facts = [] if ours is None else _facts(ours, _credit(credit, owners, home, ours))
        pair.amounts = _amounts(credit.currency or home, ours, credit=("remaining", credit.remaining))
        pairs.append(pair)
    return _with_names(round, pairs)


def _credit(credit: CreditIn, owners: Owners, home: str, ours: Values) -> Values:
    was_worth = ours["total"] > 0 or ours["ended"] == Ended.VOIDED
    return {
        "customer_id": owners.customer(credit.customer),
        "number": credit.number,
        "date": credit.date,
        "total": credit.total,
        "remaining": credit.remaining,
        "currency": credit.currency or home,
        "ended": Ended.VOIDED if credit.is_void(was_worth_something=was_worth) else Ended.NOT,
    }


# --- Shared ----------------------------------------------------------------------------------------------------------


def _held(model: Any, columns: Sequence[str], round: Round, ids: Iterable[int]) -> dict[int, Values]:
    rows = model.objects.filter(organization=round.organization, pk__among=list(ids))
    return {pk: dict(zip(columns, row, strict=True)) for pk, *row in rows.values_list("pk", *columns)}


def _facts(ours: Values, meant: Values) -> list[Fact]:
    """What differs. A reference that leads to nothing here says nothing, and a term that came later is no news."""
    facts = []
    for column, there in meant.items():
        unknown = there is None or (column == "terms_id" and ours[column] is None)
        if ours[column] != there and not unknown:
            name = column.removesuffix("_id")
            show: Callable[[Any], str] = _STATUS.__getitem__ if name == "ended" else shown
            facts.append(Fact(name, _LABELS[name], show(ours[column]), show(there)))
    return facts


def _amounts(currency: str, ours: Values | None, **sums: tuple[str, Decimal]) -> list[Amount]:
    """Both sides of each sum; what has ended here counts nothing. An invoice overpaid is no receivable."""
    live = ours is not None and not ours["ended"]
    found = []
    for name, (column, there) in sums.items():
        here = ours[column] if live and ours is not None else NOTHING
        if name == "receivable":
            here = max(here, NOTHING)
        if here or there:
            found.append(Amount(name, currency, here, there))
    return found


def _vanished(record: Record, what: str, pk: int | None, held: Mapping[int, Values], sums: Mapping[str, str]) -> Pair:
    """Deleted there: it must have ended here."""
    ours = held.get(pk or 0)
    pair = Pair(record, f"{what} {(ours or {}).get('number') or record.id}", pk if ours else None)
    if ours is not None and ours["ended"] != Ended.DELETED:
        pair.facts = [Fact("ended", "Status", _STATUS[ours["ended"]], "not in QuickBooks")]
        pair.amounts = _amounts(ours["currency"], ours, **{name: (column, NOTHING) for name, column in sums.items()})
    return pair


def _with_names(round: Round, pairs: list[Pair]) -> list[Pair]:
    """Customers and terms are ids; a person reads names. One query each, and none where none differs."""
    odd = [each for pair in pairs for each in pair.facts if each.name in ("customer", "terms")]
    if not odd:
        return pairs
    names = {
        name: customers(round, _ids(odd, name)) if name == "customer" else _terms(round, _ids(odd, name))
        for name in ("customer", "terms")
    }
    for pair in pairs:
        pair.facts = [
            each._replace(ours=_name(names[each.name], each.ours), theirs=_name(names[each.name], each.theirs))
            if each.name in names
            else each
            for each in pair.facts
        ]
    return pairs


def _ids(facts: Iterable[Fact], name: str) -> set[int]:
    return {int(pk) for fact in facts if fact.name == name for pk in (fact.ours, fact.theirs) if pk}


def _terms(round: Round, ids: Iterable[int]) -> dict[int, str]:
    rows = PaymentTerm.objects.filter(organization=round.organization, pk__in=ids)
    return dict(rows.values_list("pk", "name"))


def _name(names: Mapping[int, str], pk: str) -> str:
    return names.get(int(pk), pk) if pk else "none"

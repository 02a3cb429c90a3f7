"""Invoices, payments and credits: QuickBooks' altogether, so at quiet Buddy holds exactly what stands there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from buddy.hub.invoices import Credit, Ended, Invoice, Payment
from buddy.sync.models import Link
from simulator.company import Body, Company


def apart(company: Company, wanted: Sequence[int]) -> list[str]:
    """Every difference; `wanted`: our invoices that were made here, each of which is there exactly once."""
    return [*_invoices(company), *_payments(company), *_credits(company), *_wanted(company, wanted)]


def _links(kind: str) -> dict[str, int]:
    return dict(Link.objects.filter(kind=kind).values_list("remote_id", "object_id"))


def _voided(body: Body) -> bool:
    return bool(body["TotalAmt"] == 0)


def _invoices(company: Company) -> Iterator[str]:
    """Same total and same balance on both sides; what ended there has ended here."""
    there = {str(each["Id"]): each for each in company.all("Invoice")}
    links, rows = _links("invoice"), Invoice.objects.in_bulk()
    for id, body in there.items():
        row = rows.get(links.get(id, 0))
        if row is None:
            yield f"invoice {id} is not here"
        elif (row.total, row.balance) != (body["TotalAmt"], body["Balance"]):
            yield f"invoice {id}: {row.total}, {row.balance} open here; {body['TotalAmt']}, {body['Balance']} there"
        elif (row.ended == Ended.VOIDED) != _voided(body):
            yield f"invoice {id} is {row.ended or 'live'} here, {body['TotalAmt']} there"
    gone = {pk for id, pk in links.items() if id not in there}
    yield from (f"invoice {pk} is gone there, {rows[pk].ended or 'live'} here" for pk in gone if not rows[pk].ended)


def _payments(company: Company) -> Iterator[str]:
    """Same amount, same rest, and the same settled invoices."""
    there = {str(each["Id"]): each for each in company.all("Payment")}
    links, invoices = _links("payment"), {pk: id for id, pk in _links("invoice").items()}
    rows = Payment.objects.prefetch_related("applications").in_bulk()
    for id, body in there.items():
        row = rows.get(links.get(id, 0))
        if row is None:
            yield f"payment {id} is not here"
            continue
        ours: Counter[str] = Counter()
        for each in row.applications.all():
            if each.invoice_id and not row.ended:  # what a voided one once settled stays, for the history
                ours[invoices.get(each.invoice_id, "?")] += each.amount  # type: ignore[assignment]
        theirs: Counter[str] = Counter()
        for line in body.get("Line", ()):
            if line["LinkedTxn"][0]["TxnType"] == "Invoice":
                theirs[line["LinkedTxn"][0]["TxnId"]] += line["Amount"]
        if (row.amount, row.unapplied, ours) != (body["TotalAmt"], body["UnappliedAmt"], theirs):
            yield f"payment {id}: {row.amount}, {row.unapplied}, {ours} here; {body['TotalAmt']}, {theirs} there"
    live = [id for id, pk in links.items() if id not in there and not rows[pk].ended]
    yield from (f"payment {id} is gone there, live here" for id in live)


def _credits(company: Company) -> Iterator[str]:
    there = {str(each["Id"]): each for each in company.all("CreditMemo")}
    links, rows = _links("credit"), Credit.objects.in_bulk()
    for id, body in there.items():
        row = rows.get(links.get(id, 0))
        held = (row.total, row.remaining) if row else None
        if held != (body["TotalAmt"], body["Balance"]):
            yield f"credit {id}: {held} here; {body['TotalAmt']}, {body['Balance']} there"


def _wanted(company: Company, wanted: Sequence[int]) -> Iterator[str]:
    """Made here once: there once, linked; or ended, as QuickBooks says."""
    numbers = Counter(_purchase_order(each) for each in company.all("Invoice"))
    linked = set(Link.objects.filter(kind="invoice").values_list("object_id", flat=True))
    for row in Invoice.objects.filter(pk__in=wanted):
        there = numbers[row.po_number]
        if row.pk not in linked or there > 1 or (there == 0 and row.ended != Ended.DELETED):
            yield f"invoice {row.pk} ({row.po_number}): {there} times there, {'' if row.pk in linked else 'not '}linked"


def _purchase_order(body: Body) -> str:
    found = re.search(r"PO-\d+", str(body.get("CustomerMemo", "")))
    return found.group() if found else ""

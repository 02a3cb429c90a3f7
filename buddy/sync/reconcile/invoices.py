"""Invoices as QuickBooks holds them: new ones, changed ones, voided, deleted and un-voided ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from buddy.hub import bulk, intake, invoices, orders, quality
from buddy.hub.activity import Source, record_created
from buddy.hub.invoices import Ended, Invoice, InvoiceLine
from buddy.hub.orders import OrderLine
from buddy.hub.quality import ReviewKind
from buddy.quickbooks.records import Record
from buddy.sync.mapping.invoice import InvoiceIn, LineIn, tag_in
from buddy.sync.models import Link, SendingItem, Waiting
from buddy.sync.reconcile.links import CREATED_HERE, new_links, touch
from buddy.sync.reconcile.owners import Owners
from buddy.sync.round import Round

type Pairs = dict[str, int]


def carry_over(round: Round, records: Sequence[Record], theirs: Mapping[str, InvoiceIn]) -> dict[str, Waiting]:
    """Copy these invoices into the hub; returns those that wait for their customer."""
    here = round.here("Invoice", [record.id for record in records])
    owners = Owners(round, {invoice.customer for invoice in theirs.values()})
    waiting = {each: Waiting.CUSTOMER for each, invoice in theirs.items() if owners.customer(invoice.customer) is None}
    ready = {each: invoice for each, invoice in theirs.items() if each not in waiting}
    here |= _adopt(round, {each: invoice for each, invoice in ready.items() if each not in here})
    rows = Rows(round, owners, ready)
    _create(round, rows, [each for each in ready if each not in here])
    _change(round, rows, {each: here[each] for each in ready if each in here})
    _end(round, [here[record.id] for record in records if record.deleted and record.id in here], Ended.DELETED)
    touch(round, "Invoice", here)
    return waiting


def _adopt(round: Round, new: Mapping[str, InvoiceIn]) -> Pairs:
    """Invoices that carry our marker are our own, sent without an answer so far (R13). A copy made there is not:
    its original is linked already, or is older."""
    tags = {tag: each for each, invoice in sorted(new.items(), reverse=True) if (tag := tag_in(invoice.note))}
    if not tags:
        return {}
    items = SendingItem.objects.filter(organization=round.organization, kind="invoice", marker__in=tags)
    owners = dict(items.values_list("marker", "object_id"))
    linked = set(round.there("invoice", owners.values()))
    pairs = {tags[tag]: object_id for tag, object_id in owners.items() if object_id not in linked}
    links = [(object_id, each, "sent", None, None) for each, object_id in pairs.items()]
    new_links(round, "invoice", "Invoice", links)
    round.counts["invoices recognised"] += len(pairs)
    return pairs


class Rows:
    """Invoices of one chunk as the hub's rows, their references resolved in three queries."""

    def __init__(self, round: Round, owners: Owners, theirs: Mapping[str, InvoiceIn]) -> None:
        self.owners, self.theirs = owners, theirs
        self._terms = round.here("Term", (invoice.terms for invoice in theirs.values()))
        items = {line.item for invoice in theirs.values() for line in invoice.lines}
        self.products = round.here("Item", items)
        self._home = round.organization.currency

    def invoice(self, remote_id: str, *, po_number: str | None = None) -> tuple[Any, ...]:
        """In the order of `intake.INVOICE_COLUMNS`. `po_number`: ours, when Buddy made the invoice."""
        each = self.theirs[remote_id]
        return (
            each.number,
            self.owners.customer(each.customer),
            each.invoice_date,
            each.due_date,
            self._terms.get(each.terms),
            each.currency or self._home,
            each.po_number if po_number is None else po_number,
            self.owners.project(each.customer),
            _text(each.billing_address),
            _text(each.ship_to),
            each.subtotal,
            each.discount,
            each.shipping,
            each.tax,
            each.total,
            each.balance,
            each.memo,
        )

    def line(self, invoice: int, position: int, line: LineIn, order_line: int | None = None) -> tuple[Any, ...]:
        """The invoice's id, then in the order of `intake.LINE_COLUMNS`."""
        return (
            invoice,
            position,
            line.kind,
            self.products.get(line.item),
            order_line,
            line.name[:200],
            line.description,
            line.quantity,
            line.unit_price,
            line.amount,
            line.taxable,
        )


def _text(address: Mapping[str, str]) -> str:
    return msgspec.json.encode(address).decode()


def _create(round: Round, rows: Rows, new: Sequence[str]) -> None:
    """Invoices born in QuickBooks."""
    if not new:
        return
    ids = bulk.reserve_ids(Invoice, len(new))
    ended = [Ended.VOIDED if _born_void(rows.theirs[each]) else Ended.NOT for each in new]
    values = [(*rows.invoice(each), how.value) for each, how in zip(new, ended, strict=True)]
    intake.create_invoices(round.organization, ids, values, now=round.now)
    lines = [
        rows.line(pk, position, line)
        for pk, each in zip(ids, new, strict=True)
        for position, line in enumerate(rows.theirs[each].lines, 1)
    ]
    intake.add_lines(round.organization, lines)
    links = [(pk, each, CREATED_HERE, None, None) for pk, each in zip(ids, new, strict=True)]
    new_links(round, "invoice", "Invoice", links)
    record_created(round.organization, kind="invoice", ids=ids, source=Source.BOOKS, run=round.run, now=round.now)
    round.counts["invoices created here"] += len(new)


def _born_void(invoice: InvoiceIn) -> bool:
    """First seen at zero: voided if its lines or its note tell of a price once, else "no charge" (R9)."""
    return invoice.looks_void and invoice.had_prices


def _change(round: Round, rows: Rows, pairs: Pairs) -> None:
    """Invoices known here: QuickBooks' values replace ours, order links and our PO number stay."""
    if not pairs:
        return
    before = Invoice.objects.filter(organization=round.organization, pk__in=pairs.values()).in_bulk()
    changed = {each: pk for each, pk in pairs.items() if pk in before}
    intake.change_invoices([(*rows.invoice(each, po_number=_our_po(before[pk])), pk) for each, pk in changed.items()])
    _replace_lines(round, rows, changed)
    voided = [pk for each, pk in changed.items() if _is_voided(before[pk], rows.theirs[each])]
    revived = [pk for each, pk in changed.items() if before[pk].ended and rows.theirs[each].total > 0]
    _end(round, voided, Ended.VOIDED)
    _revive(round, revived)
    round.counts["invoices changed here"] += len(changed)


def _our_po(invoice: Invoice) -> str | None:
    return invoice.po_number if invoice.born_here else None


def _is_voided(before: Invoice, now: InvoiceIn) -> bool:
    """Was worth something and is nothing now, all lines too (R9)."""
    return not before.ended and now.looks_void and (before.total > 0 or now.had_prices)


def _replace_lines(round: Round, rows: Rows, pairs: Pairs) -> None:
    """Lines that changed are replaced; each stays with the order line it was made from (R16)."""
    held: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(organization=round.organization, invoice__in=pairs.values()):
        held.setdefault(line.invoice_id, []).append(line)
    fresh, stale = [], []
    for each, pk in pairs.items():
        old, new = held.get(pk, []), rows.theirs[each].lines
        if [_shown(line) for line in old] == [_shown_there(rows, line) for line in new]:
            continue
        stale.append(pk)
        fresh += [
            rows.line(pk, position, line, order_line)
            for position, (line, order_line) in enumerate(zip(new, _order_lines(rows, old, new), strict=True), 1)
        ]
    if not stale:
        return
    sold = OrderLine.objects.filter(organization=round.organization, invoice_lines__invoice__in=stale)
    touched = set(sold.values_list("order_id", flat=True))  # asked before: a line taken off names its order no more
    InvoiceLine.objects.filter(organization=round.organization, invoice__in=stale).delete()
    intake.add_lines(round.organization, fresh)
    orders.recount(round.organization, touched)


def _order_lines(rows: Rows, old: Sequence[InvoiceLine], new: Sequence[LineIn]) -> list[int | None]:
    """For each line there, our order line behind it: that of the line that says the same, else of one that sells the
    same product, else, where its product is not known here, of the next that is left. Lines move when one goes."""
    left = list(old)
    found: dict[int, int | None] = {}
    likenesses: tuple[Callable[[InvoiceLine, LineIn], bool], ...] = (
        lambda line, there: _shown(line) == _shown_there(rows, there),
        lambda line, there: line.product_id == rows.products.get(there.item, 0),
        lambda line, there: line.kind == there.kind and there.item not in rows.products,
    )
    for alike in likenesses:
        for position, there in enumerate(new):
            match = next((line for line in left if alike(line, there)), None) if position not in found else None
            if match is not None:
                left.remove(match)
                found[position] = match.order_line_id
    return [found.get(position) for position in range(len(new))]


def _shown(line: InvoiceLine) -> tuple[Any, ...]:
    return line.kind, line.product_id, line.description, line.quantity, line.unit_price, line.amount


def _shown_there(rows: Rows, line: LineIn) -> tuple[Any, ...]:
    product = rows.products.get(line.item)
    return line.kind, product, line.description, line.quantity, line.unit_price, line.amount


def _end(round: Round, ids: Sequence[int], how: Ended) -> None:
    """Voided or deleted there: it no longer counts, and its orders can be invoiced again."""
    if ids:
        invoices.end(round.organization, ids, how, now=round.now, run=round.run)
        round.counts[f"invoices {how.value}"] += len(ids)


def _revive(round: Round, ids: Sequence[int]) -> None:
    """Un-voided there. If its orders were invoiced again meanwhile, a person must say which invoice holds (R11)."""
    for pk in invoices.revive(round.organization, ids, now=round.now, run=round.run) if ids else ():
        invoice = Invoice.objects.get(organization=round.organization, pk=pk)
        link = Link.objects.filter(organization=round.organization, kind="invoice", object_id=pk).first()
        quality.ask(
            round.organization,
            kind=ReviewKind.PROBLEM,
            key=f"twice:Invoice:{pk}",
            entity="invoice",
            title=f"Invoice {invoice}: its orders are invoiced twice",
            object_id=pk,
            their_id=link.remote_id if link else "",
            money=invoice.total,
            data={
                "explain": "The invoice was voided, its orders were invoiced again, and then it was restored in "
                "QuickBooks. Void or delete one of the two invoices in QuickBooks."
            },
            now=round.now,
        )

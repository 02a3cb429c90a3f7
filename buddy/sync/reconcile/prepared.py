"""A chunk of records with all that can be known without the database, so that its transaction stays short (R28)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buddy.hub.matching import Party
from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.mapping import CUSTOMER, MAPPINGS, invoice, payment
from buddy.sync.mapping.customer import is_project, party
from buddy.sync.round import Round


@dataclass(frozen=True, slots=True)
class Prepared:
    """`theirs`: by id, what the mapping reads of each live record. `parties`: customers as matching compares them,
    projects left out. `copies`: what goes into the mirror with them, unless it is there already."""

    entity: str
    records: Sequence[Record]
    theirs: Mapping[str, Any] = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)
    copies: mirror.Copies | None = None


def mapped(round: Round, entity: str, records: Sequence[Record], *, at_once: bool) -> Prepared:
    """Customers or items, which are mirrored before they are decided, unless `at_once`."""
    live = [record for record in records if not record.deleted]
    theirs = {record.id: MAPPINGS[entity].theirs(record.body) for record in live}
    if at_once:
        return Prepared(entity, records, theirs, copies=mirror.copies(round.organization, entity, records, keyed=False))
    return Prepared(entity, records, theirs, _parties(live, theirs) if entity == CUSTOMER.entity else {})


def _parties(records: Sequence[Record], theirs: Mapping[str, Any]) -> dict[str, Party]:
    parties = {each.id: party(each.id, each.body, theirs[each.id]) for each in records if not is_project(each.body)}
    for each in parties.values():
        _ = each.keys  # worked out here, kept by the party
    return parties


def document(round: Round, entity: str, records: Sequence[Record]) -> Prepared:
    """Invoices, credit memos or payments."""
    theirs = {record.id: read(round, record) for record in records if not record.deleted}
    return Prepared(entity, records, theirs, copies=mirror.copies(round.organization, entity, records))


def read(round: Round, record: Record) -> invoice.InvoiceIn | payment.PaymentIn | payment.CreditIn:
    """What the mapping reads of one document."""
    if record.entity == "Invoice":
        return invoice.read(record.raw, po_field=(round.facts.get("po_field") or {}).get("id", ""))
    return payment.read_payment(record.body) if record.entity == "Payment" else payment.read_credit(record.body)


def listed(round: Round, entity: str, records: Sequence[Record]) -> Prepared:
    """Terms and what is only mirrored."""
    return Prepared(entity, records, copies=mirror.copies(round.organization, entity, records))

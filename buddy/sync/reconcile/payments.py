"""Payments as QuickBooks holds them: what came in, and what each settled (R9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buddy.hub import bulk, intake
from buddy.hub.invoices import Ended, Payment
from buddy.quickbooks.records import Record
from buddy.sync.mapping.payment import ApplicationIn, PaymentIn
from buddy.sync.models import Remote, Waiting
from buddy.sync.reconcile.links import CREATED_HERE, new_links, touch
from buddy.sync.reconcile.owners import Owners
from buddy.sync.round import Round


def carry_over(round: Round, records: Sequence[Record], theirs: Mapping[str, PaymentIn]) -> dict[str, Waiting]:
    """Copy these payments into the hub and replace all their applications; returns those that wait.

    One that settles an invoice still waiting is copied, and read again when that invoice is carried over.
    """
    here = round.here("Payment", [record.id for record in records])
    owners = Owners(round, {payment.customer for payment in theirs.values()})
    ready = {each: payment for each, payment in theirs.items() if owners.customer(payment.customer) is not None}
    new = [each for each in ready if each not in here]
    ids = here | dict(zip(new, bulk.reserve_ids(Payment, len(new)), strict=True))
    settled = Settled(round, ready)
    intake.save_payments(
        round.organization,
        [ids[each] for each in ready],
        _rows(round, owners, ready),
        [settled.row(ids[each], line) for each, payment in ready.items() for line in payment.lines],
    )
    links = [(ids[each], each, CREATED_HERE, None, None) for each in new]
    new_links(round, "payment", "Payment", links)
    touch(round, "Payment", here)
    _delete(round, [here[record.id] for record in records if record.deleted and record.id in here])
    waiting = [each for each in theirs if each not in ready or settled.waits(theirs[each])]
    return dict.fromkeys(waiting, Waiting.CUSTOMER)


class Settled:
    """Our invoices and credits behind the lines of a chunk of payments."""

    def __init__(self, round: Round, payments: Mapping[str, PaymentIn]) -> None:
        lines = [line for payment in payments.values() for line in payment.lines]
        invoices = {line.remote_id for line in lines if line.document == "Invoice"}
        self._invoices = round.here("Invoice", invoices)
        self._credits = round.here("CreditMemo", {line.remote_id for line in lines if line.document == "CreditMemo"})
        self._waiting = _waiting(round, invoices - set(self._invoices))

    def row(self, payment: int, line: ApplicationIn) -> tuple[Any, ...]:
        """In the order of `intake.APPLICATION_COLUMNS`."""
        invoice = self._invoices.get(line.remote_id) if line.document == "Invoice" else None
        credit = self._credits.get(line.remote_id) if line.document == "CreditMemo" else None
        other = "" if invoice or credit else line.document[:40]
        return payment, invoice, credit, other, line.amount

    def waits(self, payment: PaymentIn) -> bool:
        return any(line.document == "Invoice" and line.remote_id in self._waiting for line in payment.lines)


def _waiting(round: Round, invoices: set[str]) -> set[str]:
    """Those of these invoices that are mirrored and wait."""
    if not invoices:
        return set()
    rows = Remote.objects.filter(organization=round.organization, entity="Invoice", remote_id__among=invoices)
    return set(rows.exclude(waiting=Waiting.NO).values_list("remote_id", flat=True))


def _rows(round: Round, owners: Owners, payments: Mapping[str, PaymentIn]) -> list[tuple[Any, ...]]:
    """In the order of `intake.PAYMENT_COLUMNS`."""
    methods = _method_names(round, {payment.method for payment in payments.values()})
    return [
        (
            owners.customer(each.customer),
            each.date,
            each.amount,
            each.unapplied,
            each.currency or round.organization.currency,
            methods.get(each.method, ""),
            each.reference,
            (Ended.VOIDED if each.is_void else Ended.NOT).value,
            round.now if each.is_void else None,
        )
        for each in payments.values()
    ]


def _method_names(round: Round, remote_ids: set[str]) -> dict[str, str]:
    rows = Remote.objects.filter(
        organization=round.organization, entity="PaymentMethod", remote_id__in=remote_ids - {""}
    )
    return {remote_id: name[:100] for remote_id, name in rows.values_list("remote_id", "name")}


def _delete(round: Round, ids: Sequence[int]) -> None:
    """Deleted there: it counts no more. The row and what it settled stay, for the invoice's history."""
    if ids:
        rows = Payment.objects.filter(organization=round.organization, pk__in=ids, ended=Ended.NOT)
        rows.update(ended=Ended.DELETED, ended_at=round.now, unapplied=0)

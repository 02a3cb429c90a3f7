"""Invoices stop counting, or count again: what that does to their orders (R11, R15, R16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, orders
from buddy.hub.activity import Source
from buddy.hub.errors import Refused
from buddy.hub.invoices.tables import Ended, Invoice, InvoiceLine
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization, User


@transaction.atomic
def discard(invoice: Invoice, *, by: User | None, now: datetime | None = None) -> list[SalesOrder]:
    """Give up an invoice that never reached the books; returns the orders it frees.

    Only the sync knows whether it may have reached them: the caller has looked, and found nothing (R15).
    """
    organization, at = invoice.organization, now or timezone.now()
    rows = Invoice.objects.select_for_update().filter(organization=organization)
    invoice.refresh_from_db(from_queryset=rows)
    if invoice.ended or not invoice.born_here:
        raise Refused(f"Invoice {invoice} cannot be discarded: it was {invoice.ended or 'made in the books'}.")
    Mark.objects.filter(organization=organization, kind="invoice", object_id=invoice.pk).delete()
    freed = _end(organization, [invoice.pk], Ended.DISCARDED, by=by, source=Source.PERSON, now=at)
    invoice.refresh_from_db(fields=["ended", "ended_at"])
    return freed


@transaction.atomic
def end(
    organization: Organization, invoice_ids: Iterable[int], ended: str, *, now: datetime, run: int | None = None
) -> list[SalesOrder]:
    """These were voided or deleted in the books; returns the orders this frees. A fixed number of queries."""
    return _end(organization, invoice_ids, Ended(ended), by=None, source=Source.BOOKS, now=now, run=run)


@transaction.atomic
def revive(
    organization: Organization, invoice_ids: Iterable[int], *, now: datetime, run: int | None = None
) -> dict[int, list[SalesOrder]]:
    """These count again. Returns, by invoice, its orders of which more is now invoiced than was ordered: they were
    invoiced again meanwhile, and a person must say which invoice holds (R11). A fixed number of queries.
    """
    rows = Invoice.objects.filter(organization=organization, pk__in=set(invoice_ids)).exclude(ended=Ended.NOT)
    ids = list(rows.values_list("pk", flat=True))
    rows.update(ended=Ended.NOT, ended_at=None)
    affected = _orders_of(organization, ids)
    order_ids = {order.pk for found in affected.values() for order in found}
    orders.recount(organization, order_ids)
    _record(organization, "revived", ids, affected, by=None, source=Source.BOOKS, now=now, run=run)
    twice = orders.overdrawn(order_ids)
    by_invoice = {pk: [order for order in found if order.pk in twice] for pk, found in affected.items()}
    return {pk: found for pk, found in by_invoice.items() if found}


def _end(
    organization: Organization,
    invoice_ids: Iterable[int],
    ended: Ended,
    *,
    by: User | None,
    source: Source,
    now: datetime,
    run: int | None = None,
) -> list[SalesOrder]:
    rows = Invoice.objects.filter(organization=organization, pk__in=set(invoice_ids)).exclude(ended=ended)
    was = dict(rows.values_list("pk", "ended"))
    rows.update(ended=ended, ended_at=now)
    freed_by = _orders_of(organization, [pk for pk, before in was.items() if not before])
    freed = {order.pk: order for found in freed_by.values() for order in found}
    orders.recount(organization, freed)
    _record(organization, ended.value, was, freed_by, by=by, source=source, now=now, run=run)
    return list(freed.values())


def _orders_of(organization: Organization, invoice_ids: Iterable[int]) -> dict[int, list[SalesOrder]]:
    """By invoice, the orders it was made of."""
    lines = InvoiceLine.objects.filter(
        organization=organization, invoice__in=set(invoice_ids), order_line__isnull=False
    ).order_by("invoice", "order_line__order")
    pairs = lines.values_list("invoice", "order_line__order").distinct()
    found = SalesOrder.objects.filter(organization=organization).in_bulk({order_id for _, order_id in pairs})
    by_invoice: dict[int, list[SalesOrder]] = defaultdict(list)
    for invoice_id, order_id in pairs:
        by_invoice[invoice_id].append(found[order_id])
    return by_invoice


def _record(
    organization: Organization,
    what: str,
    invoice_ids: Iterable[int],
    affected: Mapping[int, Sequence[SalesOrder]],
    *,
    by: User | None,
    source: Source,
    now: datetime,
    run: int | None,
) -> None:
    """On each invoice, and on each order whose lines came free or were taken again by it."""
    event = "order.invoiced" if what == "revived" else "order.freed"
    happened = [(f"invoice.{what}", "invoice", pk) for pk in invoice_ids]
    happened += [(event, "order", order.pk) for found in affected.values() for order in found]
    activity.record_all(
        activity.entry(organization, event=event, kind=kind, object_id=pk, by=by, source=source, now=now, run=run)
        for event, kind, pk in happened
    )

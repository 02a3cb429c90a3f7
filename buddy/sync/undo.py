"""Taking back what a run created in QuickBooks: its invoices are voided there while they are unpaid and unchanged.

A wish is a row (`Undo`) and a mark, and the push makes a frozen request of it as of anything else (R12). A sent invoice
is QuickBooks' (R15): so it is read again just before, and compared with what QuickBooks answered when it was created.
A payment or an edit between that look and the void moves the SyncToken (api 4.2), and the void is refused as stale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from buddy.hub import activity, outbox
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.outbox import Mark, Ring
from buddy.hub.team import Organization, User
from buddy.quickbooks.records import Record
from buddy.sync import mirror
from buddy.sync.mapping.invoice import InvoiceIn, read
from buddy.sync.models import Connection, ConnectionState, ItemState, Link, Run, SendingItem
from buddy.sync.record import Undo, UndoState

_NAMES = {
    "customer": "customer",
    "number": "number",
    "invoice_date": "date",
    "due_date": "due date",
    "terms": "terms",
    "currency": "currency",
    "po_number": "PO number",
    "billing_address": "billing address",
    "ship_to": "ship-to address",
    "memo": "memo",
    "note": "private note",
    "lines": "lines",
    "tax": "tax",
    "total": "total",
}


@dataclass(frozen=True)
class Candidate:
    """An invoice that the run created. `obstacle`: in words, why it cannot be undone, or ""."""

    invoice: Invoice
    obstacle: str


def created(run: Run) -> QuerySet[SendingItem]:
    """The invoices that this run created in QuickBooks, as its confirmed items."""
    return SendingItem.objects.filter(
        organization=run.organization_id,
        sending__run=run,
        entity="Invoice",
        operation="create",
        state=ItemState.CONFIRMED,
    ).order_by("pk")


def candidates(run: Run) -> list[Candidate]:
    """What the run created and whether it can be undone, by what the mirror knows."""
    items = list(created(run).select_related("organization"))
    invoices = Invoice.objects.select_related("customer").in_bulk([item.object_id for item in items])
    asked = set(Undo.objects.filter(invoice__in=invoices, state=UndoState.ASKED).values_list("invoice_id", flat=True))
    records = mirror.records(run.organization, "Invoice", [item.remote_id for item in items])
    found = []
    for item in items:
        invoice = invoices[item.object_id]
        why = "It is on its way already." if invoice.pk in asked else obstacle(item.answer, records.get(item.remote_id))
        found.append(Candidate(invoice, why))
    return found


@transaction.atomic
def ask(run: Run, invoice_ids: Collection[int], *, by: User, now: datetime | None = None) -> int:
    """Have these invoices of the run voided in QuickBooks; returns how many were asked for. Those that cannot be undone
    are left out: the page has said why. Whether each still can is looked at again before it is sent."""
    organization, at = run.organization, now or timezone.now()
    if not Connection.objects.filter(organization=organization, state=ConnectionState.CONNECTED).exists():
        raise Refused("QuickBooks is not connected, so nothing can be undone there.")
    ready = [each.invoice.pk for each in candidates(run) if not each.obstacle and each.invoice.pk in invoice_ids]
    for pk in ready:
        wish = {"asked_by": by, "asked_at": at, "state": UndoState.ASKED, "reason": "", "settled_at": None}
        Undo.objects.update_or_create(organization=organization, invoice_id=pk, defaults=wish)
    activity.record_all(_told(organization, "undo_asked", pk, by=by, now=at) for pk in ready)
    outbox.mark(organization, "invoice", ready, by=by, now=at, why=Ring.ANSWER)
    return len(ready)


def obstacle(answer: str, record: Record | None) -> str:
    """Why an invoice cannot be voided, judged by what QuickBooks answered when it was created and holds now; or ""."""
    if record is None or record.deleted:
        return "It was deleted in QuickBooks."
    if not answer:
        return "What QuickBooks answered when it was created is not on record, so nobody can tell that it is unchanged."
    then, now = read(answer.encode(), po_field=""), read(record.raw, po_field="")
    if now.looks_void:
        return "It is voided in QuickBooks already."
    if _token(answer) != "0":  # found after a lost answer: someone was there first
        return "It was changed in QuickBooks before Buddy had the answer to its creation."
    if now.balance != now.total:
        return f"{now.total - now.balance:,.2f} of it is paid or credited in QuickBooks."
    if changed := _changed(then, now):
        return f"It was changed in QuickBooks: {', '.join(changed)}."
    return "It was emailed to the customer from QuickBooks." if _mailed(record.body) else ""


def _changed(then: InvoiceIn, now: InvoiceIn) -> list[str]:
    return [name for field, name in _NAMES.items() if getattr(then, field) != getattr(now, field)]


def _token(answer: str) -> str:
    return str(msgspec.json.decode(answer).get("SyncToken", ""))


def _mailed(body: Mapping[str, object]) -> bool:
    return body.get("EmailStatus") == "EmailSent"


# --- For the push ----------------------------------------------------------------------------------------------------


def to_read(organization: Organization) -> set[tuple[str, str]]:
    """The invoices to be looked at there before they are voided, as entity and id."""
    owed = Mark.objects.filter(organization=organization, kind="invoice").values_list("object_id", flat=True)
    ids = _asked(organization, owed).values("invoice_id")
    links = Link.objects.filter(organization=organization, kind="invoice", object_id__in=ids)
    return {("Invoice", remote_id) for remote_id in links.values_list("remote_id", flat=True)}


def answers_of(organization: Organization, object_ids: Sequence[int]) -> dict[int, str]:
    """Of those that are to be undone: what QuickBooks answered when they were created."""
    wishes = _asked(organization, object_ids)
    items = SendingItem.objects.filter(
        organization=organization, kind="invoice", operation="create", state=ItemState.CONFIRMED
    ).filter(object_id__in=wishes.values("invoice_id"))
    known = dict(items.order_by("pk").values_list("object_id", "answer"))
    return {pk: known.get(pk, "") for pk in wishes.values_list("invoice_id", flat=True)}


def decline(organization: Organization, reasons: Mapping[int, str], *, run: int | None, now: datetime) -> None:
    """These stay as they are, and say why."""
    for pk, reason in reasons.items():
        _asked(organization, [pk]).update(state=UndoState.DECLINED, reason=reason, settled_at=now)
    activity.record_all(
        _told(organization, "undo_declined", pk, note=reason, run=run, now=now) for pk, reason in reasons.items()
    )


def done(organization: Organization, object_ids: Iterable[int], *, now: datetime) -> None:
    """These are voided."""
    _asked(organization, object_ids).update(state=UndoState.DONE, settled_at=now)


def _asked(organization: Organization, object_ids: Iterable[int]) -> QuerySet[Undo]:
    return Undo.objects.filter(organization=organization, state=UndoState.ASKED, invoice__in=object_ids)


def _told(
    organization: Organization,
    what: str,
    pk: int,
    *,
    now: datetime,
    by: User | None = None,
    note: str = "",
    run: int | None = None,
) -> activity.Activity:
    return activity.entry(
        organization, event=f"invoice.{what}", kind="invoice", object_id=pk, by=by, note=note, run=run, now=now
    )

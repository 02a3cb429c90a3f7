"""Another date for invoices that have not reached the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from buddy.hub import activity
from buddy.hub.invoices.tables import Invoice
from buddy.hub.team import Organization, User


@transaction.atomic
def redate(organization: Organization, rows: Sequence[Invoice], day: date, *, by: User | None, now: datetime) -> None:
    """Date these on that day, and move what is due accordingly: by their terms, else by as many days.

    Only the sync knows that none of them is in the books: the caller has seen to that.
    """
    entries = []
    for row in rows:
        new = {"invoice_date": day, "due_date": _due(row, day)}
        changes = activity.differences(row, new)
        Invoice.objects.filter(organization=organization, pk=row.pk).update(**new)
        row.invoice_date, row.due_date = new["invoice_date"], new["due_date"]
        entries.append(
            activity.entry(
                organization,
                event="invoice.redated",
                kind="invoice",
                object_id=row.pk,
                changes=changes,
                by=by,
                now=now,
            )
        )
    activity.record_all(entries)


def _due(row: Invoice, day: date) -> date:
    return row.terms.due_date(day) if row.terms else row.due_date + (day - row.invoice_date)

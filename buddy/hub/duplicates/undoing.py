"""Undoing a merge: the customer that went comes back under its old id, with everything that was its own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from buddy.hub import activity, customers, matchkeys
from buddy.hub.activity import Source
from buddy.hub.customers import Customer, Location
from buddy.hub.duplicates.scanning import soon
from buddy.hub.duplicates.tables import COLUMNS, OWNED, Merge
from buddy.hub.errors import Refused
from buddy.hub.invoices import Ended, Invoice
from buddy.hub.pricing import CustomerPrice
from buddy.hub.products import Product
from buddy.hub.team import User


def obstacle(merge: Merge) -> str:
    """Why this merge cannot be undone any more, in words; "" when it can."""
    organization = merge.organization_id
    if merge.undone_at:
        return "This merge was undone already."
    if merge.source == Source.BOOKS:
        return "These two were merged in the books, where that cannot be undone."
    if not Customer.objects.filter(organization=organization, pk=merge.survivor_id).exists():
        return "The customer was merged into another one since. Undo that first."
    since = Invoice.objects.filter(
        organization=organization, customer=merge.survivor_id, born_here=True, created_at__gt=merge.at
    ).exclude(ended=Ended.DISCARDED)
    if invoice := since.order_by("pk").first():
        return f"Invoice {invoice} was made for the merged customer since, so the two stay one."
    return ""


@transaction.atomic
def undo(merge: Merge, *, by: User | None, now: datetime | None = None) -> Customer:
    """Bring back the customer that was merged away. Refused once something depends on the merge.

    What moved and still stands with the survivor goes back; a field that was edited since the merge keeps its edit.
    Nothing is owed to the books by this: the caller knows which of the two they know.
    """
    at = now or timezone.now()
    survivor = _locked(merge)
    if why := obstacle(merge):
        raise Refused(why)
    gone = _revived(merge)
    for name, ids in merge.moved.items():
        _move_back(name, ids, merge, gone)
    _restore_prices(merge)
    changes = customers.overwrite(survivor, _unchanged_since(merge, survivor), now=at)
    matchkeys.refresh(merge.organization, [survivor, gone])
    for customer, about in ((survivor, changes), (gone, {})):
        activity.record(
            merge.organization,
            event="customer.unmerged",
            kind="customer",
            object_id=customer.pk,
            changes=about,
            by=by,
            now=at,
            note=str(gone if customer is survivor else survivor),
        )
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    soon(merge.organization)
    return gone


def _locked(merge: Merge) -> Customer:
    merge.refresh_from_db(from_queryset=Merge.objects.select_for_update().filter(organization=merge.organization_id))
    rows = Customer.objects.select_for_update().filter(organization=merge.organization_id, pk=merge.survivor_id)
    return rows.first() or Customer(organization=merge.organization)


def _revived(merge: Merge) -> Customer:
    """The row as it was. A parent or terms that are no more are left out."""
    gone = Customer(**{COLUMNS[name].name: _value(COLUMNS[name], value) for name, value in merge.gone.items()})
    gone.save(force_insert=True)
    return gone


def _move_back(name: str, ids: list[int], merge: Merge, gone: Customer) -> None:
    if name == "repeated":
        Location.objects.filter(organization=merge.organization_id, pk__in=ids).update(active=True)
        return
    model, owner = OWNED[name]
    rows = model.objects.filter(**{"organization": merge.organization_id, owner: merge.survivor_id, "pk__among": ids})
    rows.update(**{owner: gone})


def _restore_prices(merge: Merge) -> None:
    """Prices that gave way stand again, unless another was agreed on since or the product is no more."""
    products = Product.objects.filter(organization=merge.organization_id)
    known = set(products.filter(pk__in=[each["product_id"] for each in merge.given_way]).values_list("pk", flat=True))
    CustomerPrice.objects.bulk_create(
        [
            CustomerPrice(organization=merge.organization, **{**each, "price": Decimal(each["price"])})
            for each in merge.given_way
            if each["product_id"] in known
        ],
        ignore_conflicts=True,
    )


def _unchanged_since(merge: Merge, survivor: Customer) -> dict[str, Any]:
    """What the survivor held before, of the fields that hold the merged value still."""
    same = [name for name in merge.before if getattr(survivor, name) == COLUMNS[name].to_python(merge.after[name])]
    return {COLUMNS[name].name: _value(COLUMNS[name], merge.before[name]) for name in same}


def _value(column: models.Field[Any, Any], stored: Any) -> Any:
    """What stood in that column; of something that is no more, nothing."""
    if isinstance(column, models.ForeignKey):
        return column.related_model.objects.filter(pk=stored).first()  # type: ignore[attr-defined]
    return column.to_python(stored)

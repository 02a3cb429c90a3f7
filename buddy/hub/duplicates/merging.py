"""Merging: one customer takes over everything of another, which then is no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, customers, matchkeys, outbox, quality
from buddy.hub.activity import Source
from buddy.hub.customers import Customer, Location
from buddy.hub.duplicates.scanning import soon
from buddy.hub.duplicates.survivorship import Side, renamed, suggested, surviving
from buddy.hub.duplicates.tables import OWNED, PRICE_COLUMNS, Merge, held
from buddy.hub.errors import Refused
from buddy.hub.pricing import CustomerPrice
from buddy.hub.team import User


@transaction.atomic
def merge(
    survivor: Customer,
    gone: Customer,
    choices: Mapping[str, Side] | None = None,
    *,
    by: User | None,
    source: str = Source.PERSON,
    now: datetime | None = None,
) -> Merge:
    """Make `gone` part of `survivor`: orders, invoices, payments, credits and places move, `gone` is deleted.

    `choices` says for fields of `duplicates.CHOSEN` whose value stays; the others are as `suggested`. Nothing is lost:
    the returned row holds all of it for `undo`. The survivor is owed to the books, unless they merged the two: then its
    values stand as they are. Refused when the two cannot be one.
    """
    at = now or timezone.now()
    _lock(survivor, gone)
    if source == Source.BOOKS:
        values = renamed(survivor, gone)
    else:
        values = surviving(survivor, gone, {**suggested(survivor, gone), **(choices or {})})
    record = Merge(
        organization=survivor.organization,
        survivor_id=survivor.pk,
        gone_id=gone.pk,
        gone_name=gone.display_name,
        at=at,
        by=by,
        source=source,
        gone=held(gone),
        before=held(survivor, values) if values else {},
        given_way=_settle_prices(survivor, gone),
        moved={name: _move(name, survivor, gone) for name in OWNED},
    )
    _put_away_repeated_places(survivor, record)
    Customer.objects.get(organization=survivor.organization_id, pk=gone.pk).delete()
    changes = customers.overwrite(survivor, values, now=at)
    record.after = held(survivor, values) if values else {}
    record.save()
    _remember(survivor, record, changes)
    return record


def _lock(survivor: Customer, gone: Customer) -> None:
    """Both as they are now, and ours until the transaction ends; in one order, so that no two wait for each other."""
    rows = Customer.objects.select_for_update().filter(organization=survivor.organization_id)
    if survivor.pk == gone.pk or gone.organization_id != survivor.organization_id:
        raise Refused("Choose two different customers to merge.")
    if rows.filter(pk__in=[survivor.pk, gone.pk]).order_by("pk").count() < 2:
        raise Refused("One of the two was merged or removed meanwhile. Look at the list again.")
    for customer in sorted((survivor, gone), key=lambda each: each.pk):
        customer.refresh_from_db(from_queryset=rows)
    if survivor.currency != gone.currency:
        raise Refused(
            f"{survivor} is billed in {survivor.currency} and {gone} in {gone.currency}. "
            "Customers of two currencies stay two."
        )


def _settle_prices(survivor: Customer, gone: Customer) -> list[dict[str, Any]]:
    """Of two prices for one product the one agreed last holds. Returns the others, which are deleted: undoing brings
    them back."""
    both = CustomerPrice.objects.filter(organization=survivor.organization_id, customer__in=[survivor, gone])
    latest: dict[int, CustomerPrice] = {}
    older: list[CustomerPrice] = []
    for price in both.order_by("updated_at", "pk"):
        if price.product_id in latest:
            older.append(latest[price.product_id])
        latest[price.product_id] = price
    both.filter(pk__in=[price.pk for price in older]).delete()
    return [{name: getattr(price, name) for name in PRICE_COLUMNS} for price in older]


def _move(name: str, survivor: Customer, gone: Customer) -> list[int]:
    model, owner = OWNED[name]
    rows = model.objects.filter(**{"organization": survivor.organization_id, owner: gone})
    if name == "children":
        rows = rows.exclude(pk=survivor.pk)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if ids:
        rows.update(**{owner: survivor})
    return ids


def _put_away_repeated_places(survivor: Customer, record: Merge) -> None:
    """Of places with one name and address one is enough to choose from. The others stay for their orders."""
    moved = set(record.moved["locations"])
    places = list(survivor.locations.filter(active=True))
    known = {(place.name, place.address) for place in places if place.pk not in moved}
    again = [place.pk for place in places if place.pk in moved and (place.name, place.address) in known]
    Location.objects.filter(organization=survivor.organization_id, pk__in=again).update(active=False)
    record.moved["repeated"] = again


def _remember(survivor: Customer, record: Merge, changes: Mapping[str, Any]) -> None:
    organization = survivor.organization
    activity.record(
        organization,
        event="customer.merged",
        kind="customer",
        object_id=survivor.pk,
        changes=changes,
        by=record.by,
        source=record.source,
        now=record.at,
        note=record.gone_name,
    )
    matchkeys.refresh(organization, [survivor])
    outbox.forget(organization, "customer", [record.gone_id])
    if record.source != Source.BOOKS:
        outbox.mark(organization, "customer", [survivor.pk], by=record.by, now=record.at)
    quality.overtake_about(organization, "customer", record.gone_id, now=record.at)
    soon(organization)

"""Customers and the places they are shipped to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone
from django_scopes import ScopedManager

from buddy.hub import activity, checks, matching, matchkeys, outbox, searching
from buddy.hub.address import AddressField
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.hub.tiers import Tier

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

SORT_LENGTH = 120  # how much of a name takes part in sorting: the index key of every list


def sort_key(name: str) -> str:
    """A name as lists order it: the same on every database, whatever its collation."""
    return name.casefold()[:SORT_LENGTH]


class Customer(models.Model):
    """A business that buys. `email` and the phones are as typed; several emails stand in one field with commas."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    display_name = models.CharField(max_length=500)
    sort_name = models.CharField(max_length=SORT_LENGTH, editable=False)
    company_name = models.CharField(max_length=100, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    alternate_phone = models.CharField(max_length=30, blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    fax = models.CharField(max_length=30, blank=True)
    billing_address = AddressField()
    terms = models.ForeignKey(PaymentTerm, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    tier = models.ForeignKey(Tier, on_delete=models.SET_NULL, null=True, blank=True, related_name="customers")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    taxable = models.BooleanField(default=True)
    resale_number = models.CharField(max_length=16, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    balance = models.DecimalField(max_digits=15, decimal_places=2, default=0)  # as the books say; never computed here
    notes = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    former_names = models.JSONField(default=list, db_default=models.Value("[]"))  # of customers merged into this one
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    search = searching.found_in("sort_name", lowered=("company_name", "email"), phones=("phone", "mobile"))

    objects = ScopedManager(organization="organization")
    locations: RelatedManager[Location]

    class Meta:
        indexes = [
            # `search` rides along: the index that lists are sorted by is also the one they are searched in
            models.Index(fields=["organization", "active", "sort_name", "id", "search"], name="customer_list"),
            models.Index(fields=["organization", "active", "-balance", "-id"], name="customer_by_balance"),
            models.Index(fields=["organization", "updated_at"], name="customer_by_change"),
        ]

    def __str__(self) -> str:
        return self.display_name


class Location(models.Model):
    """A place a customer is shipped to."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(max_length=120)
    address = AddressField()
    contact = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    delivery_notes = models.TextField(blank=True)
    active = models.BooleanField(default=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


# What a person may set. The balance is the books'; active is `deactivate` and `reactivate`.
CHECKS: dict[str, checks.Check] = {
    "display_name": checks.name(500, required="Enter the name this customer goes by."),
    "company_name": checks.line(100),
    "given_name": checks.name(100),
    "family_name": checks.name(100),
    "email": checks.emails(100),
    "phone": checks.line(30),
    "alternate_phone": checks.line(30),
    "mobile": checks.line(30),
    "fax": checks.line(30),
    "billing_address": checks.postal_address,
    "taxable": checks.flag,
    "resale_number": checks.line(16),
    "currency": checks.currency,
    "notes": checks.paragraphs_of(2000),
}
_LOCATION_CHECKS: dict[str, checks.Check] = {
    "name": checks.line(120, required="Enter a name for this place, such as Back door."),
    "address": checks.postal_address,
    "contact": checks.line(120),
    "phone": checks.line(30),
    "delivery_notes": checks.paragraphs,
    "active": checks.flag,
}


@transaction.atomic
def create(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Customer:
    """Add a customer, and owe it to the books. Names may repeat: ask `likely_duplicates` before."""
    at = now or timezone.now()
    given = {"display_name": "", "currency": organization.currency, **values}
    kept = checks.all_of(given, _checks(organization))
    customer = Customer.objects.create(
        organization=organization, **kept, sort_name=sort_key(kept["display_name"]), created_at=at, updated_at=at
    )
    matchkeys.refresh(organization, [customer])
    activity.record(organization, event="customer.created", kind="customer", object_id=customer.pk, by=by, now=at)
    outbox.mark(organization, "customer", [customer.pk], by=by, now=at)
    return customer


@transaction.atomic
def change(customer: Customer, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None) -> Customer:
    """Set these fields. What stays as it was is neither checked, recorded nor owed to the books."""
    _read_again(customer)
    new = checks.new_ones(customer, values, _checks(customer.organization, customer))
    return _set(customer, new, event="customer.updated", by=by, now=now)


@transaction.atomic
def deactivate(customer: Customer, *, by: User | None, now: datetime | None = None) -> Customer:
    """Put a customer away: no new orders. Everything about it stays."""
    _read_again(customer)
    new = {"active": False} if customer.active else {}
    return _set(customer, new, event="customer.deactivated", by=by, now=now)


@transaction.atomic
def reactivate(customer: Customer, *, by: User | None, now: datetime | None = None) -> Customer:
    _read_again(customer)
    new = {} if customer.active else {"active": True}
    return _set(customer, new, event="customer.reactivated", by=by, now=now)


@dataclass(frozen=True)
class LikelyDuplicate:
    customer: Customer
    score: float  # 0 to 1, for their order only
    reasons: tuple[matching.Reason, ...]


def likely_duplicates(organization: Organization, values: Mapping[str, Any]) -> list[LikelyDuplicate]:
    """Whom a customer with these values may be already, the likeliest first. The values need not be valid yet."""
    known = {field: value for field, value in values.items() if field in CHECKS and value is not None}
    newcomer = matchkeys.party(Customer(organization=organization, **known))
    ids = {pk for found in matchkeys.find(organization, matching.keys(newcomer)).values() for pk in found}
    customers = Customer.objects.filter(organization=organization).in_bulk(list(ids))
    others = [matchkeys.party(customer) for customer in customers.values()]
    decision = matching.decide([newcomer], others, holders_there={}, holders_here={})[newcomer.id]
    return [
        LikelyDuplicate(customers[candidate.ours_id], candidate.score, candidate.reasons)
        for candidate in decision.candidates
    ]


@transaction.atomic
def add_location(
    customer: Customer, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Location:
    """Add a place this customer is shipped to."""
    kept = checks.all_of({"name": "", **values}, _LOCATION_CHECKS)
    location = Location.objects.create(organization=customer.organization, customer=customer, **kept)
    _record(customer, "customer.location_added", by=by, now=now or timezone.now(), note=location.name)
    return location


@transaction.atomic
def change_location(
    location: Location, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Location:
    """Set these fields of a place. Orders already placed keep the address they were placed with."""
    rows = Location.objects.select_for_update().filter(organization=location.organization_id)
    location.refresh_from_db(from_queryset=rows)
    new = checks.new_ones(location, values, _LOCATION_CHECKS)
    if new:
        changes = activity.differences(location, new)
        _assign(location, new)
        event = "customer.location_updated"
        _record(location.customer, event, by=by, now=now or timezone.now(), note=location.name, changes=changes)
    return location


def overwrite(customer: Customer, values: Mapping[str, Any], *, now: datetime) -> dict[str, tuple[Any, Any]]:
    """Set fields to values that a customer held already, so unchecked, and return what changed: for a merge and its
    undoing, which record and owe what follows themselves."""
    changes = activity.differences(customer, values)
    _assign(
        customer,
        {**values, "sort_name": sort_key(values.get("display_name", customer.display_name)), "updated_at": now},
    )
    return changes


def ancestry(customer: Customer) -> set[int]:
    """The customer and everybody above it, by id."""
    line: set[int] = set()
    above: Customer | None = customer
    while above and above.pk not in line:
        line.add(above.pk)
        above = above.parent
    return line


def _checks(organization: Organization, customer: Customer | None = None) -> dict[str, checks.Check]:
    def parent(value: Any) -> Customer | None:
        chosen: Customer | None = checks.row_of(Customer, organization)(value)
        if customer and chosen and customer.pk in ancestry(chosen):
            raise checks.Unfit("A customer cannot stand under itself. Choose another parent.")
        return chosen

    return {
        **CHECKS,
        "terms": checks.row_of(PaymentTerm, organization),
        "tier": checks.row_of(Tier, organization),
        "parent": parent,
    }


def _read_again(customer: Customer) -> None:
    """The row as it is now, and ours until the transaction ends: "before" is then true."""
    rows = Customer.objects.select_for_update().filter(organization=customer.organization_id)
    customer.refresh_from_db(from_queryset=rows)


def _set(customer: Customer, new: Mapping[str, Any], *, event: str, by: User | None, now: datetime | None) -> Customer:
    if not new:
        return customer
    at = now or timezone.now()
    changes = activity.differences(customer, new)
    _assign(customer, {**new, "sort_name": sort_key(new.get("display_name", customer.display_name)), "updated_at": at})
    matchkeys.refresh(customer.organization, [customer])
    _record(customer, event, by=by, now=at, changes=changes)
    outbox.mark(customer.organization, "customer", [customer.pk], by=by, now=at)
    return customer


def _assign(row: models.Model, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        setattr(row, field, value)
    row.save(update_fields=list(values))


def _record(
    customer: Customer,
    event: str,
    *,
    by: User | None,
    now: datetime,
    note: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    activity.record(
        customer.organization,
        event=event,
        kind="customer",
        object_id=customer.pk,
        changes=changes or {},
        by=by,
        now=now,
        note=note,
    )

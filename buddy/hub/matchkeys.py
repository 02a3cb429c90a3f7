"""The indexed keys of every customer, for finding one among 100,000 without reading them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count
from django_scopes import ScopedManager

from buddy.hub import bulk, matching
from buddy.hub.matching import Key, Party
from buddy.hub.team import Organization

if TYPE_CHECKING:
    from buddy.hub.customers import Customer


class MatchKey(models.Model):
    """One key of one customer, as `matching` makes them: of an email address, a name, a phone, a door."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey("hub.Customer", on_delete=models.CASCADE, related_name="match_keys")
    key = models.BigIntegerField()

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key", "customer"], name="one_key_each")]


def party(customer: Customer, *, linked: bool = False) -> Party:
    """A customer as matching sees it. Whether it is joined to a record of the books, the caller knows."""
    return Party(
        id=customer.pk,
        display_name=customer.display_name,
        company_name=customer.company_name,
        email=customer.email,
        phones=(customer.phone, customer.alternate_phone, customer.mobile),
        address=customer.billing_address,
        currency=customer.currency,
        active=customer.active,
        sub=customer.parent_id is not None,
        linked=linked,
        person=f"{customer.given_name} {customer.family_name}".strip(),
        former_names=tuple(customer.former_names),
    )


def refresh(organization: Organization, customers: Sequence[Customer]) -> None:
    """Make the stored keys those of the customers as they are now: a fixed number of queries however many they are.

    Call in the transaction that wrote the customers.
    """
    wanted = {(customer.pk, key) for customer in customers for key in matching.keys(party(customer))}
    stored = {
        (customer_id, key): pk
        for pk, customer_id, key in MatchKey.objects.filter(
            organization=organization, customer_id__among=[customer.pk for customer in customers]
        ).values_list("pk", "customer", "key")
    }
    stale = [pk for row, pk in stored.items() if row not in wanted]
    if stale:
        MatchKey.objects.filter(organization=organization, pk__in=stale).delete()
    columns = ("customer_id", "key", "organization_id")
    missing = [(*row, organization.pk) for row in wanted if row not in stored]
    bulk.upsert(MatchKey, columns, missing, key=columns)


def find(organization: Organization, keys: Iterable[Key]) -> dict[Key, list[int]]:
    """The ids of the customers who hold each key. Keys that too many hold are left out, and so are those of nobody."""
    useful = [key for key, count in holders(organization, keys).items() if count <= matching.most(key)]
    found: dict[Key, list[int]] = {}
    for key, customer_id in _stored(organization, useful).values_list("key", "customer"):
        found.setdefault(key, []).append(customer_id)
    return found


def holders(organization: Organization, keys: Iterable[Key]) -> dict[Key, int]:
    """How many customers hold each key, inactive ones too. Keys of nobody are left out."""
    counted = _stored(organization, keys).values("key").annotate(count=Count("pk"))
    return dict(counted.order_by().values_list("key", "count"))


def _stored(organization: Organization, keys: Iterable[Key]) -> models.QuerySet[MatchKey]:
    return MatchKey.objects.filter(organization=organization, key__among=set(keys))

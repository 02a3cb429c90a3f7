"""The tables: Merge, with everything that undoing needs; Pair, two customers that may be one; Scan, how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.activity import Source
from buddy.hub.address import Address
from buddy.hub.customers import SORT_LENGTH, Customer, Location
from buddy.hub.invoices import Credit, Invoice, Payment
from buddy.hub.orders import SalesOrder
from buddy.hub.pricing import CustomerPrice
from buddy.hub.team import Organization, User

type Owned = type[SalesOrder | Invoice | Payment | Credit | Location | CustomerPrice | Customer]

OWNED: dict[str, tuple[Owned, str]] = {  # what belongs to a customer, and the field that says to whom
    "orders": (SalesOrder, "customer"),
    "invoices": (Invoice, "customer"),
    "payments": (Payment, "customer"),
    "credits": (Credit, "customer"),
    "locations": (Location, "customer"),
    "prices": (CustomerPrice, "customer"),
    "children": (Customer, "parent"),
}
PRICE_COLUMNS = ("customer_id", "product_id", "price", "updated_at")  # what is kept of a price that gave way
_FIELDS = Customer._meta.concrete_fields  # noqa: SLF001  # Django documents _meta
COLUMNS = {column.attname: column for column in _FIELDS if not column.generated}


class Merge(models.Model):
    """`gone_id` was merged into `survivor_id`. Plain ids: either may have gone itself by now, into a third."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    survivor_id = models.BigIntegerField()
    gone_id = models.BigIntegerField()
    gone_name = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=10, choices=Source)
    gone = models.JSONField(encoder=DjangoJSONEncoder)  # the whole row, by column
    before = models.JSONField(encoder=DjangoJSONEncoder)  # of the survivor, by column, what the merge changed
    after = models.JSONField(encoder=DjangoJSONEncoder)
    moved = models.JSONField()  # {"orders": [ids], …}
    given_way = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # prices that the other's stands for now
    aside = models.JSONField(default=dict)  # what whoever asked for the merge wants back when it is undone
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "gone_id"], condition=Q(undone_at=None), name="gone_into_one"
            )
        ]
        indexes = [models.Index(fields=["organization", "survivor_id", "-at"], name="merges_of_survivor")]

    def __str__(self) -> str:
        return self.gone_name


class Pair(models.Model):
    """Two customers that may be one business, the older first. Goes with either of them."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    one = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    likelihood = models.FloatField()  # 0 to 1, for their order
    compared = models.CharField(max_length=20)  # stands for every value that was compared

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "one", "other"], name="one_pair_each")]
        indexes = [models.Index(fields=["organization", "-likelihood", "id"], name="pairs_by_likelihood")]


class Scan(models.Model):
    """When an organization's customers are looked through next, and how far a look has come."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True)
    next_at = models.DateTimeField(db_index=True)
    whole_at = models.DateTimeField()  # from then on all of them are compared, and not only what changed
    compared_at = models.DateTimeField(null=True)  # what changed since the look that began then is not compared yet
    rules = models.PositiveIntegerField(default=0)  # the version of the rules by which it was
    began_at = models.DateTimeField(null=True)  # of the look under way
    whole = models.BooleanField(default=True)  # and whether it looks at all of them
    after_name = models.CharField(max_length=SORT_LENGTH, blank=True)  # the last customer it has compared, in the
    after = models.BigIntegerField(default=0)  # order of their names: those who are alike stand close to each other

    objects = ScopedManager(organization="organization")


def held(customer: Customer, fields: Iterable[str] = ()) -> dict[str, Any]:
    """What the customer holds, by column, as JSON keeps it: of these fields, or all."""
    wanted = set(fields)
    values = {name: getattr(customer, name) for name, column in COLUMNS.items() if not wanted or column.name in wanted}
    return {name: value.as_dict() if isinstance(value, Address) else value for name, value in values.items()}


def standing(survivor: Customer) -> models.QuerySet[Merge]:
    """The merges into this customer that were not undone, the latest first."""
    rows = Merge.objects.filter(organization=survivor.organization_id, survivor_id=survivor.pk, undone_at=None)
    return rows.select_related("by").order_by("-at", "-pk")


def survivor_of(gone_id: int) -> int | None:
    """The customer into which the one of this id was merged in the end, if it was."""
    into = Merge.objects.filter(gone_id=gone_id, undone_at=None).values_list("survivor_id", flat=True).first()
    return into and (survivor_of(into) or into)

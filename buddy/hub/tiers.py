"""Pricing tiers: groups of customers that buy at a discount, or at prices of their own (buddy.hub.pricing)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django_scopes import ScopedManager

from buddy.hub import activity, checks
from buddy.hub.errors import Refused
from buddy.hub.team import Organization, User


class Tier(models.Model):
    """`discount_percent` is taken off the list price. A tier that is not active stays with its customers, who then pay
    the list price."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    name = models.CharField(max_length=50)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    priority = models.PositiveIntegerField(default=1)  # where it stands in lists; 1 is first
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["priority", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_tier_per_name"),
            models.CheckConstraint(
                condition=models.Q(discount_percent__gte=0, discount_percent__lte=100), name="tier_takes_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@transaction.atomic
def create(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Tier:
    """Add a tier. Invalid when its name is another's."""
    at = now or timezone.now()
    kept = checks.all_of({"name": "", **values}, _checks(organization))
    tier = Tier.objects.create(organization=organization, created_at=at, **kept)
    activity.record(organization, event="tier.created", kind="tier", object_id=tier.pk, by=by, now=at, note=tier.name)
    return tier


@transaction.atomic
def change(tier: Tier, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None) -> Tier:
    """Set these fields. Orders already placed keep their prices."""
    read_again(tier)
    new = checks.new_ones(tier, values, _checks(tier.organization, tier))
    if new:
        changes = activity.differences(tier, new)
        for field, value in new.items():
            setattr(tier, field, value)
        tier.save(update_fields=list(new))
        activity.record(
            tier.organization,
            event="tier.updated",
            kind="tier",
            object_id=tier.pk,
            changes=changes,
            by=by,
            now=now or timezone.now(),
            note=tier.name,
        )
    return tier


def read_again(tier: Tier) -> None:
    """The row as it is now, and ours until the transaction ends."""
    row = Tier.objects.select_for_update().filter(organization=tier.organization_id, pk=tier.pk)
    if not row.exists():
        raise Refused(f"{tier} was deleted meanwhile.")
    tier.refresh_from_db(from_queryset=row)


def _checks(organization: Organization, tier: Tier | None = None) -> dict[str, checks.Check]:
    as_line = checks.line(50, required="Enter a name for this tier, such as Wholesale.")

    def name(value: Any) -> str:
        text: str = as_line(value)
        others = Tier.objects.filter(organization=organization, name__iexact=text)
        if others.exclude(pk=tier.pk if tier else 0).exists():
            raise checks.Unfit(f"There is a tier {text} already. Choose another name.")
        return text

    return {
        "name": name,
        "discount_percent": checks.percentage,
        "priority": checks.whole(1, 999),
        "active": checks.flag,
    }

"""Payment terms: when an invoice is due."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django_scopes import ScopedManager

from buddy.hub import activity, checks
from buddy.hub.team import Organization, User


class TermKind(models.TextChoices):
    DAYS = "days", "So many days after the invoice"
    DAY_OF_MONTH = "date", "On a day of the month"


class PaymentTerm(models.Model):
    """Net 30, or "the 10th of next month if within 15 days of it"."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    name = models.CharField(max_length=31)
    kind = models.CharField(max_length=4, choices=TermKind, default=TermKind.DAYS)
    due_days = models.PositiveIntegerField(default=0)
    day_of_month = models.PositiveSmallIntegerField(default=1)
    next_month_days = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        ordering = ["kind", "due_days", "name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="one_term_per_name")]

    def __str__(self) -> str:
        return self.name

    def due_date(self, invoice_date: date) -> date:
        """The day payment is due for an invoice of this date (api 5.6)."""
        if self.kind == TermKind.DAYS:
            return invoice_date + timedelta(days=self.due_days)
        due = _day_in_month(invoice_date.year, invoice_date.month, self.day_of_month)
        while due < invoice_date or (due - invoice_date).days < self.next_month_days:
            following = due.replace(day=1) + timedelta(days=32)
            due = _day_in_month(following.year, following.month, self.day_of_month)
        return due


def _day_in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


_CHECKS: dict[str, checks.Check] = {
    "kind": checks.choice(TermKind),
    "due_days": checks.whole(0, 999),
    "day_of_month": checks.whole(1, 31),
    "next_month_days": checks.whole(0, 999),
    "active": checks.flag,
}


@transaction.atomic
def create(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> PaymentTerm:
    """Add payment terms. Invalid when the name is taken."""
    term = PaymentTerm.objects.create(
        organization=organization, **checks.all_of({"name": "", **values}, _checks(organization))
    )
    activity.record(
        organization, event="term.created", kind="term", object_id=term.pk, by=by, now=now or timezone.now()
    )
    return term


@transaction.atomic
def change(
    term: PaymentTerm, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> PaymentTerm:
    """Set these fields. Invoices keep the due date they have."""
    rows = PaymentTerm.objects.select_for_update().filter(organization=term.organization_id)
    term.refresh_from_db(from_queryset=rows)
    new = checks.new_ones(term, values, _checks(term.organization, term))
    if new:
        changes = activity.differences(term, new)
        for field, value in new.items():
            setattr(term, field, value)
        term.save(update_fields=list(new))
        activity.record(
            term.organization,
            event="term.updated",
            kind="term",
            object_id=term.pk,
            changes=changes,
            by=by,
            now=now or timezone.now(),
        )
    return term


def _checks(organization: Organization, term: PaymentTerm | None = None) -> dict[str, checks.Check]:
    as_line = checks.line(31, required="Enter a name, such as Net 30.")

    def name(value: Any) -> str:
        text: str = as_line(value)
        same = PaymentTerm.objects.filter(organization=organization, name__iexact=text)
        if same.exclude(pk=term.pk if term else 0).exists():
            raise checks.Unfit("There are terms of this name already. Use another one.")
        return text

    return {**_CHECKS, "name": name}

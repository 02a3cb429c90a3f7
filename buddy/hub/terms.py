"""Payment terms: when an invoice is due."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.team import Organization


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

"""Receivables by age: how long past due what is owed is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.db.models import Count, Q, Sum

from buddy.hub.invoices.tables import InvoiceQuerySet


class Age(models.TextChoices):
    """Days past due. The value stands in addresses of the list."""

    NOT_DUE = "not-due", "Not due"
    MONTH = "1-30", "1–30"
    TWO = "31-60", "31–60"
    THREE = "61-90", "61–90"
    OLDER = "91", "Over 90"


_SPANS = {Age.NOT_DUE: (None, 0), Age.MONTH: (1, 30), Age.TWO: (31, 60), Age.THREE: (61, 90), Age.OLDER: (91, None)}


@dataclass(frozen=True)
class Owed:
    """What is owed in one currency, by age, and on how many invoices."""

    currency: str
    amounts: Mapping[Age, Decimal]
    counts: Mapping[Age, int]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))

    @property
    def late(self) -> Decimal:
        return self.total - self.amounts[Age.NOT_DUE]

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def late_count(self) -> int:
        return self.count - self.counts[Age.NOT_DUE]


def aged(age: str, today: date) -> Q:
    """Due as long ago as this age says; `today` in the organization's time zone."""
    least, most = _SPANS[Age(age)]
    latest = Q(due_date__lte=today - timedelta(days=least)) if least is not None else Q()
    return latest & (Q(due_date__gte=today - timedelta(days=most)) if most is not None else Q())


def owed(rows: InvoiceQuerySet, today: date) -> list[Owed]:
    """What is unpaid of these invoices, for each currency (R19): one query, answered by the index of unpaid ones."""
    sums = {f"sum_{age.name}": Sum("balance", filter=aged(age, today), default=Decimal(0)) for age in Age}
    counts = {f"count_{age.name}": Count("pk", filter=aged(age, today)) for age in Age}
    grouped = rows.unpaid().order_by("currency").values("currency").annotate(**sums, **counts)
    found = cast("Iterable[dict[str, Any]]", grouped)  # the stubs forget what was annotated
    return [
        Owed(
            each["currency"],
            {age: each[f"sum_{age.name}"] for age in Age},
            {age: each[f"count_{age.name}"] for age in Age},
        )
        for each in found
    ]

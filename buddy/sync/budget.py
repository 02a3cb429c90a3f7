"""Metered reads of the whole installation, how far they go, and the cadence that makes them last (R25)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Sum
from django_scopes import scopes_disabled

from buddy.hub.team import Organization
from buddy.sync.models import CallCount

SAFE = 0.9  # of the month's allowance, which the forecast may reach
WEEK = 7  # days looked back on
FEW = 3  # days that tell a habit; fewer may be a first sync's burst


@dataclass(frozen=True)
class Forecast:
    """Reads of this month: of one company, of all, and what all would come to by its end at the usual pace.

    `stretch`: how many times longer than usual all companies wait between two looks, so that it does not come to that.
    """

    company: int
    total: int
    by_end: int
    allowed: int
    stretch: float


def interval() -> timedelta:
    return timedelta(seconds=settings.BUDDY_SYNC_INTERVAL)


def forecast(organization: Organization, *, now: datetime) -> Forecast:
    """How the month goes, as this organization sees it."""
    total = reads_this_month(now)
    rows = CallCount.objects.filter(organization=organization, day__year=now.year, day__month=now.month)
    return Forecast(
        company=rows.aggregate(total=Sum("reads"))["total"] or 0,
        total=total,
        by_end=round(total + _pace(now) * _days_left(now)),
        allowed=settings.INTUIT_READS_PER_MONTH,
        stretch=stretch(now),
    )


def reads_this_month(now: datetime) -> int:
    """Over all organizations: Intuit meters the app, not the company (api 10.1)."""
    with scopes_disabled():
        rows = CallCount.objects.filter(day__year=now.year, day__month=now.month)
        return rows.aggregate(total=Sum("reads"))["total"] or 0


def left(now: datetime) -> int:
    """Reads of this month that may still be spent on what is not a look at changes."""
    return max(int(settings.INTUIT_READS_PER_MONTH * SAFE) - reads_this_month(now), 0)


def stretch(now: datetime) -> float:
    """1 while the reads last; else by how much all cadences lengthen. A first sync's burst alone does not stretch."""
    allowed = settings.INTUIT_READS_PER_MONTH * SAFE - reads_this_month(now)
    needed = _pace(now) * _days_left(now)
    if needed <= 0 or needed <= allowed:
        return 1.0
    return min(needed / max(allowed, 1.0), 100.0)


def _days_left(now: datetime) -> float:
    days = monthrange(now.year, now.month)[1]
    return max(days - now.day + 1 - now.hour / 24, 0.05)


def _pace(now: datetime) -> float:
    """Reads a day: one look per interval and organization, or what a usual day of the last week took, if more."""
    today = now.date()
    with scopes_disabled():
        organizations = CallCount.objects.filter(day=today).values("organization").distinct().count()
        rows = CallCount.objects.filter(day__lt=today, day__gte=today - timedelta(days=WEEK))
        days = list(rows.values("day").annotate(total=Sum("reads")).values_list("total", flat=True))
    usual = median(days) if len(days) >= FEW else 0
    return max(organizations * (timedelta(days=1) / interval()), usual)

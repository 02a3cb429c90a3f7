"""Metered reads of the whole installation, and how far the cadence must stretch for them to last (R25)."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django_scopes import scopes_disabled

from buddy.sync.models import CallCount

SAFE = 0.9  # of the month's allowance, which the forecast may reach


def interval() -> timedelta:
    return timedelta(seconds=settings.BUDDY_SYNC_INTERVAL)


def reads_this_month(now: datetime) -> int:
    """Over all organizations: Intuit meters the app, not the company (api 10.1)."""
    with scopes_disabled():
        rows = CallCount.objects.filter(day__year=now.year, day__month=now.month)
        return rows.aggregate(total=Sum("reads"))["total"] or 0


def stretch(now: datetime) -> float:
    """1 while the reads last; else by how much all cadences lengthen. A first sync's burst alone does not stretch."""
    days = monthrange(now.year, now.month)[1]
    left = max(days - now.day + 1 - now.hour / 24, 0.05)
    allowed = settings.INTUIT_READS_PER_MONTH * SAFE - reads_this_month(now)
    needed = _recent_pace(now) * left
    if needed <= 0 or needed <= allowed:
        return 1.0
    return min(needed / max(allowed, 1.0), 100.0)


def _recent_pace(now: datetime) -> float:
    """Reads a day, by the steady cadence: one look per interval and connected organization."""
    with scopes_disabled():
        organizations = CallCount.objects.filter(day=now.date()).values("organization").distinct().count()
    return organizations * timedelta(days=1) / interval()

"""The connection looks after itself: it pauses by rule, says what it waits for, and warns the admins (R23, R24).

Each pause names when it is tried again, and until then not one call is made. What an admin has to do is mailed once.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from buddy.hub import activity, mailing
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from buddy.quickbooks.errors import Paused, Reconnect, Throttled
from buddy.sync.lease import Lease
from buddy.sync.models import Connection, ConnectionState, ItemState, Outcome, SendingItem

HARD_LIFE = timedelta(days=5 * 365)  # of a permission, where QuickBooks does not tell its end (api 1.4)
WARN = timedelta(days=30)  # before the permission ends
SETTINGS = "/settings/integrations/"  # where admins connect
THROTTLED = "throttled"
LONGEST_THROTTLE = timedelta(hours=1)
EPISODE = timedelta(minutes=10)  # of work after a pause; another one then is not the same one going on


@dataclass(frozen=True)
class Rule:
    """How a pause goes: tried again after `every`; after `most` in a row an admin must reconnect; mailed or not."""

    every: timedelta
    most: timedelta | None = None
    mailed: str = ""  # the subject


RULES = {
    "moved": Rule(timedelta(minutes=10), most=timedelta(hours=1)),
    "subscription": Rule(timedelta(hours=6), mailed="The QuickBooks subscription of {organization} has ended"),
    "admin": Rule(timedelta(hours=6), mailed="QuickBooks wants an admin for {organization}"),
    "plan": Rule(timedelta(hours=6), mailed="The QuickBooks plan of {organization} does not include this"),
}
_MOVED = (
    "QuickBooks has moved this company to another server, and for more than an hour Buddy has not found it there. "
    "Nothing is lost, and all links stay. An admin presses Reconnect QuickBooks."
)


# --- Broken and paused -----------------------------------------------------------------------------------------------


def broken(lease: Lease, error: Reconnect, *, now: datetime) -> None:
    """QuickBooks no longer accepts us: what is waiting waits until an admin reconnects."""
    with lease.writing():
        row = lease.connection()
        _break(row, error.user_text, now)


def _break(row: Connection, reason: str, now: datetime) -> None:
    row.state, row.reason = ConnectionState.RECONNECT, reason
    row.paused_until, row.paused_since, row.paused_kind, row.paused_reason = None, None, "", ""
    row.save(update_fields=["state", "reason", *_PAUSE])
    organization = row.organization
    activity.record(
        organization,
        event="integration.broken",
        kind="organization",
        object_id=organization.pk,
        by=None,
        now=now,
        note=reason,
    )
    mailing.write(
        organization,
        about=f"broken:{row.grant_version}",
        subject=f"QuickBooks needs reconnecting for {organization}",
        text=f"{reason}\n\n{_waiting(organization)}\n\nReconnect here:",
        link=SETTINGS,
        now=now,
    )


def pause(lease: Lease, error: Paused | Throttled, *, now: datetime) -> tuple[Outcome, datetime | None]:
    """Leave the company alone, by the rule of what was said; until when. None when only an admin can go on."""
    with lease.writing():
        row = lease.connection()
        kind = error.reason if isinstance(error, Paused) else THROTTLED
        since = _since(row, kind, now)
        rule = RULES.get(kind, Rule(timedelta(hours=1)))
        if rule.most and now - since >= rule.most:
            _break(row, _MOVED, now)
            return Outcome.FAILED, None
        until = now + (_slowed(error, now - since) if isinstance(error, Throttled) else rule.every)
        row.paused_until, row.paused_since, row.paused_kind, row.paused_reason = until, since, kind, error.user_text
        row.save(update_fields=_PAUSE)
        if rule.mailed:
            _tell_of_pause(row, rule, now)
    return Outcome.PAUSED, until


_PAUSE = ["paused_until", "paused_since", "paused_kind", "paused_reason"]


def _since(row: Connection, kind: str, now: datetime) -> datetime:
    """When this pause began: the tries in between, if nothing came of them, belong to it."""
    worked = kind == THROTTLED and row.paused_until is not None and now - row.paused_until > EPISODE
    return row.paused_since if row.paused_kind == kind and row.paused_since and not worked else now


def _slowed(error: Throttled, already: timedelta) -> timedelta:
    """As long as QuickBooks says, and doubled each time it says so again: the month's reads may be used up."""
    said = timedelta(seconds=error.wait or 60.0)
    jitter = timedelta(seconds=random.uniform(0, 10))  # noqa: S311 spreads load, guards nothing
    return max(said, min(already, LONGEST_THROTTLE)) + jitter


def _tell_of_pause(row: Connection, rule: Rule, now: datetime) -> None:
    hours = round(rule.every.total_seconds() / 3600)
    again = f"Buddy tries again by itself every {hours} hours, and at once when somebody presses Sync now:"
    mailing.write(
        row.organization,
        about=f"paused:{row.paused_kind}:{row.paused_since:%Y-%m-%dT%H:%M:%S.%f}",
        subject=rule.mailed.format(organization=row.organization),
        text=f"{row.paused_reason}\n\n{_waiting(row.organization)}\n\n{again}",
        link=SETTINGS,
        now=now,
    )


def resumed(row: Connection) -> None:
    """A run came to its end, so whatever the company was paused for is over."""
    if row.paused_kind:
        row.paused_until, row.paused_since, row.paused_kind, row.paused_reason = None, None, "", ""
        row.save(update_fields=_PAUSE)
        mailing.withdraw(row.organization, about="paused:")


def _waiting(organization: Organization) -> str:
    """What cannot go out meanwhile, in words."""
    owed = set(Mark.objects.filter(organization=organization).values_list("kind", "object_id"))
    items = SendingItem.objects.filter(organization=organization, state=ItemState.OPEN)
    counts = Counter(kind for kind, _ in owed | set(items.values_list("kind", "object_id")))
    told = [f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}" for kind in sorted(counts)]
    if not told:
        return "Nothing waits to be sent at the moment. What changes in QuickBooks is read as soon as syncing goes on."
    return f"Waiting to be sent: {', '.join(told)}. They go out by themselves as soon as syncing goes on."


def in_words(organization: Organization, row: Connection | None, *, now: datetime) -> str:
    """Why what is owed does not go out now, or "" when it is on its way."""
    if row is None or row.state == ConnectionState.DISCONNECTED:
        return "QuickBooks is not connected; it goes out as soon as it is."
    if row.state == ConnectionState.RECONNECT:
        return f"{row.reason} It goes out as soon as an admin has reconnected.".strip()
    if row.paused_until and row.paused_until > now:
        return f"{row.paused_reason} Buddy tries again {_at(organization, row.paused_until, now)}."
    return ""


def _at(organization: Organization, moment: datetime, now: datetime) -> str:
    """`at 14:05`, or `on Nov 25 at 02:05`, in the organization's time."""
    there = moment.astimezone(ZoneInfo(organization.time_zone))
    day = "" if organization.today(moment) == organization.today(now) else f"on {there:%b} {there.day} "
    return f"{day}at {there:%H:%M}"


# --- How long the permission lasts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expiry:
    """Both ends of the permission (api 1.4), with the days until then.

    `at`: five years after consent, whatever is done. `idle_at`: about 100 days after the tokens were last renewed,
    which every sync puts off.
    """

    at: datetime
    days: int
    idle_at: datetime
    idle_days: int

    @property
    def idle(self) -> bool:
        """Whether idleness comes first. Near the end QuickBooks tells both as the same."""
        return self.idle_days < self.days

    @property
    def nearest(self) -> datetime:
        return self.idle_at if self.idle else self.at

    @property
    def days_left(self) -> int:
        return min(self.days, self.idle_days)

    @property
    def soon(self) -> bool:
        return self.days_left <= WARN.days


def expiry(row: Connection, *, now: datetime) -> Expiry | None:
    """How long the permission lasts; None when there is none."""
    if row.state != ConnectionState.CONNECTED or row.refresh_expires_at is None:
        return None
    at, idle_at = row.hard_expires_at or row.connected_at + HARD_LIFE, row.refresh_expires_at
    return Expiry(at, max((at - now).days, 0), idle_at, max((idle_at - now).days, 0))


def warn(row: Connection, *, now: datetime) -> None:
    """Tell the admins once that the permission is about to end. Call in a transaction."""
    ending = expiry(row, now=now)
    if ending is None or not ending.soon:
        return
    day = f"{ending.nearest:%b} {ending.nearest.day}, {ending.nearest.year}"
    why = (
        "Buddy has not been able to renew it for weeks, and after about 100 days it ends by itself."
        if ending.idle
        else "QuickBooks lets a permission last five years and not longer."
    )
    mailing.write(
        row.organization,
        about=f"ends:{ending.idle_at.date()}" if ending.idle else f"ends:of {row.connected_at.date()}",
        subject=f"QuickBooks needs reconnecting for {row.organization} by {day}",
        text=f"Buddy’s permission to sync with QuickBooks ends on {day}. {why} After that nothing is synced until an "
        f"admin reconnects; nothing is lost, and all links stay.\n\nReconnect before that, in a minute, here:",
        link=SETTINGS,
        now=now,
    )

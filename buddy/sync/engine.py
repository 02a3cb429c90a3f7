"""One run: notices → changes → sendings → housekeeping, under the company's lease (architecture, section 5).

Level, not edge: a run reads the rows that say what must be done and makes both sides agree. Cut off anywhere, the
next run goes on from the rows.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub.outbox import Bell, Mark
from buddy.hub.scoping import scope
from buddy.hub.team import Organization
from buddy.quickbooks.errors import Paused, QuickBooksError, Reconnect, Retryable, Throttled
from buddy.quickbooks.http import Limiter
from buddy.sync import budget, connection, lease, pull, push
from buddy.sync.lease import Lease, LeaseLost
from buddy.sync.models import Connection, Notice, Outcome, Run, Trigger
from buddy.sync.reconcile import documents
from buddy.sync.work import Calls, Work, new_round

if TYPE_CHECKING:
    from buddy.quickbooks.client import Client

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=7)  # how long handled notices are kept, so that repeats are recognised
RUNS_KEPT = timedelta(days=90)
PAUSES = {"moved": timedelta(minutes=10), "subscription": timedelta(hours=6), "admin": timedelta(hours=6)}
RETRY = timedelta(seconds=30)  # first wait after a failure; doubled each time
LONGEST_RETRY = timedelta(minutes=15)


def due() -> list[int]:
    """Organizations whose sync is due, over the whole installation."""
    with scopes_disabled():
        return lease.due(timezone.now())


def run(organization_id: int) -> Outcome | None:
    """Sync one organization, unless another worker has it or nothing is due. Never raises what a run can expect."""
    organization = Organization.objects.get(pk=organization_id)
    with scope(organization):
        held = lease.acquire(organization, now=timezone.now())
        if held is None:
            return None
        with held.kept():
            return _run(held)


@dataclass
class _Ending:
    outcome: Outcome
    error: str = ""


def _run(held: Lease) -> Outcome:
    row = Connection.objects.select_related("organization").get(organization=held.organization)
    run = _open(held, row)
    calls = Calls()
    limits = settings.QUICKBOOKS_LIMITS
    limiter = Limiter.empty(**limits) if held.taken_over else Limiter(**limits)  # R24
    work = Work(held, run, new_round(row, now=run.started_at, run=run.pk), row.realm)
    try:
        with connection.new_http(limiter=limiter, on_call=calls.note, user_agent=f"Buddy (run {run.pk})") as http:
            ending = _kept_in_words(work, lambda: _sync(work, connection.client(held, http, row.realm)))
        _close(work, ending)
    except LeaseLost:
        log.warning("run %s: the lease was taken over; nothing more is written", run.pk)
        return Outcome.CUT  # whoever took it over has closed this run already
    finally:
        calls.save(run)
    return ending.outcome


def _open(held: Lease, row: Connection) -> Run:
    """A new Run; one that was never finished was cut off."""
    now = timezone.now()
    unfinished = Run.objects.filter(organization=held.organization, outcome=Outcome.RUNNING)
    with held.writing():
        unfinished.update(outcome=Outcome.CUT, finished_at=now)
        return Run.objects.create(
            organization=held.organization, owner=held.owner, trigger=_trigger(row), started_at=now
        )


def _trigger(row: Connection) -> Trigger:
    if row.first_synced_at is None:
        return Trigger.FIRST
    if Notice.objects.filter(organization=row.organization, handled_at=None).exists():
        return Trigger.NOTICE
    if Mark.objects.filter(organization=row.organization).exists():
        return Trigger.MARK
    return Trigger.SCHEDULE


def _sync(work: Work, client: Client) -> None:
    notices = list(Notice.objects.filter(organization=work.organization, handled_at=None).order_by("pk"))
    merges = [each for each in notices if each.merged_id and each.entity == "Customer"]
    pull.follow_merges(work, client, [(each.remote_id, each.merged_id) for each in merges])
    pull.anything(work, client)
    with work.writing():
        Notice.objects.filter(pk__in=[each.pk for each in notices]).update(handled_at=timezone.now())
    push.drain(work, client)
    _housekeeping(work)


def _housekeeping(work: Work) -> None:
    now = timezone.now()
    with work.writing():
        Notice.objects.filter(organization=work.organization, handled_at__lt=now - REMEMBERED).delete()
        Run.objects.filter(organization=work.organization, finished_at__lt=now - RUNS_KEPT).delete()
        documents.count_waiting(work.round)


# --- Endings ---------------------------------------------------------------------------------------------------------


def _kept_in_words(work: Work, act: Callable[[], None]) -> _Ending:
    """Do it, and turn every way it can end into an outcome and what follows for the company."""
    try:
        act()
    except LeaseLost:
        raise
    except QuickBooksError as error:
        log.warning("run %s: %s", work.run.pk, error)
        return _Ending(*_after(work, error))
    except Exception:
        log.exception("run %s failed", work.run.pk)
        _later(work)
        return _Ending(
            Outcome.FAILED,
            "Something in Buddy went wrong. Nothing is lost, and it tries again by itself; the worker’s log says more.",
        )
    return _Ending(Outcome.DONE)


def _after(work: Work, error: QuickBooksError) -> tuple[Outcome, str]:
    now = timezone.now()
    if isinstance(error, Reconnect):
        connection.broken(work.lease, error, now=now)
        return Outcome.FAILED, error.user_text
    if isinstance(error, Paused):
        until = now + PAUSES.get(error.reason, timedelta(hours=1))
        connection.pause(work.lease, kind=error.reason, reason=error.user_text, until=until)
        return Outcome.PAUSED, error.user_text
    if isinstance(error, Throttled):
        until = now + timedelta(seconds=error.wait or 60.0) + _jitter(10)
        connection.pause(work.lease, kind="throttled", reason=error.user_text, until=until)
        _due(work, until)
        return Outcome.PAUSED, error.user_text
    _later(work)
    return Outcome.FAILED, error.user_text if isinstance(error, Retryable) else f"{error.user_text} ({error.message})"


def _later(work: Work) -> None:
    """Sooner than the usual interval after a first failure, later after several in a row."""
    ended = Run.objects.filter(organization=work.organization).exclude(pk=work.run.pk).order_by("-pk")
    failures = 0
    for outcome in ended.values_list("outcome", flat=True)[:8]:
        if outcome != Outcome.FAILED:
            break
        failures += 1
    _due(work, timezone.now() + min(RETRY * 2**failures, LONGEST_RETRY) + _jitter(5))


def _due(work: Work, at: datetime) -> None:
    """Move the bell, unless it was rung for something new meanwhile."""
    with work.writing():
        Bell.objects.filter(organization=work.organization, due_at__gt=timezone.now()).update(due_at=at)


def _jitter(seconds: int) -> timedelta:
    return timedelta(seconds=random.uniform(0, seconds))  # noqa: S311 spreads load, guards nothing


def _close(work: Work, ending: _Ending) -> None:
    now = timezone.now()
    with work.writing() as row:
        work.run.finished_at, work.run.outcome, work.run.error = now, ending.outcome, ending.error
        work.run.counts, work.run.progress = dict(work.round.counts), {}
        work.run.save(update_fields=["finished_at", "outcome", "error", "counts", "progress"])
        if ending.outcome == Outcome.DONE:
            row.last_synced_at = now
            row.save(update_fields=["last_synced_at"])
            _stretch(work)


def _stretch(work: Work) -> None:
    """When the month's reads will not last, every company waits longer between two looks (R25)."""
    factor = budget.stretch(timezone.now())
    if factor > 1:
        bell = Bell.objects.filter(organization=work.organization, due_at__gt=timezone.now())
        bell.update(due_at=timezone.now() + budget.interval() * factor)

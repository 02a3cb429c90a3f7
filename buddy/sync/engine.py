"""One run: notices → changes → sendings → audit → housekeeping, under the company's lease (architecture, section 5).

Level, not edge: a run reads the rows that say what must be done and makes both sides agree. Cut off anywhere, the
next run goes on from the rows.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub import duplicates, imports, mailing
from buddy.hub.outbox import Bell, Ring
from buddy.hub.scoping import scope
from buddy.hub.team import Organization
from buddy.quickbooks.errors import Paused, QuickBooksError, Reconnect, Retryable, Throttled
from buddy.quickbooks.http import Limiter
from buddy.sync import accepting, audit, budget, care, connection, inbox, lease, pull, push, rehearsal
from buddy.sync.lease import Lease, LeaseLost
from buddy.sync.models import Connection, Notice, Outcome, Rehearsal, Run, Trigger
from buddy.sync.reconcile import documents
from buddy.sync.work import Work, new_round

if TYPE_CHECKING:
    from buddy.quickbooks.client import Client

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=7)  # how long notices are kept, so that repeats are recognised
QUIET_KEPT = timedelta(days=1)  # runs in which nothing happened
RUNS_KEPT = timedelta(days=400)  # all others, with their calls: a business year and its closing
OVERDUE = timedelta(hours=1)  # so that several are forgotten at a time
AT_ONCE = 200
RETRY = timedelta(seconds=30)  # first wait after a failure; doubled each time
LONGEST_RETRY = timedelta(minutes=15)


def due() -> list[int]:
    """Organizations that have something to do, over the whole installation: a sync, a file to import, a letter to post,
    answers to work off, customers to look through for duplicates."""
    now = timezone.now()
    inbox.collect(now=now)
    with scopes_disabled():
        waiting = (lease.due(now), imports.due(now), mailing.due(now), accepting.due(), duplicates.due(now))
    return list(dict.fromkeys(chain.from_iterable(waiting)))


def run(organization_id: int) -> Outcome | None:
    """Import what files wait, sync the organization unless another worker does or nothing is due, post its letters.
    Then work off some of what was answered for many, and look for duplicates, until the next sync is due.

    Never raises what a run can expect.
    """
    organization = Organization.objects.get(pk=organization_id)
    with scope(organization):
        imports.work(organization, sent=push.sent)
        outcome = _leased(organization)
        mailing.post(organization, now=timezone.now())
        accepting.work_off(organization)
        duplicates.scan(organization, now=timezone.now(), others_wait=lambda: organization_id in _syncs_due())
    return outcome


def _syncs_due() -> list[int]:
    with scopes_disabled():
        return lease.due(timezone.now())


def _leased(organization: Organization) -> Outcome | None:
    held = lease.acquire(organization, now=timezone.now())
    if held is None:
        return None
    try:
        with held.kept():
            return _run(held)
    except LeaseLost as lost:  # whoever took it over closes, or has closed, this run
        log.warning("%s; nothing more is written", lost)
        return Outcome.CUT


@dataclass
class _Ending:
    outcome: Outcome
    error: str = ""


def _run(held: Lease) -> Outcome:
    row = Connection.objects.select_related("organization").get(organization=held.organization)
    run = _open(held, row)
    limits = settings.QUICKBOOKS_LIMITS
    limiter = Limiter.empty(**limits) if held.taken_over else Limiter(**limits)  # R24
    work = Work(held, run, new_round(row, now=run.started_at, run=run.pk), row.realm)
    try:
        with connection.new_http(
            limiter=limiter, on_call=work.calls.note, before_sending=held.assured, user_agent=f"Buddy (run {run.pk})"
        ) as http:
            ending = _kept_in_words(work, lambda: _sync(work, connection.client(held, http, row.realm)))
        _close(work, ending)
    finally:
        work.calls.save(run)
    return ending.outcome


def _open(held: Lease, row: Connection) -> Run:
    """A new Run; one that was never finished was cut off."""
    now = timezone.now()
    unfinished = Run.objects.filter(organization=held.organization, outcome=Outcome.RUNNING)
    with held.writing():
        unfinished.update(outcome=Outcome.CUT, finished_at=now)
        Notice.objects.filter(organization=held.organization, received_at__lt=now - REMEMBERED).delete()
        return Run.objects.create(
            organization=held.organization,
            owner=held.owner,
            trigger=_trigger(held, row),
            asked_by_id=held.rung_by,
            started_at=now,
        )


_TRIGGERS = {
    Ring.INTERVAL: Trigger.SCHEDULE,
    Ring.CHANGE: Trigger.MARK,
    Ring.NEWS: Trigger.NOTICE,
    Ring.BUTTON: Trigger.BUTTON,
    Ring.ANSWER: Trigger.ANSWER,
    Ring.CONNECTED: Trigger.CONNECTED,
    Ring.AGAIN: Trigger.AGAIN,
}


def _trigger(held: Lease, row: Connection) -> Trigger:
    if row.first_synced_at is None:
        return Trigger.FIRST
    return Trigger.TAKEOVER if held.taken_over else _TRIGGERS[held.ring]


def _sync(work: Work, client: Client) -> None:
    _cycle(work, client)
    audit.anything(work, client, between=partial(_cycle_if_rung, work, client))
    _housekeeping(work)


def _cycle_if_rung(work: Work, client: Client) -> None:
    """A long audit lets nobody wait: what somebody rang for meanwhile is done between two of its pages."""
    if work.lease.answer_bell():
        _cycle(work, client)


def _cycle(work: Work, client: Client) -> None:
    if work.round.rehearsal == Rehearsal.APPROVED:
        rehearsal.carry_out(work)
    notices = list(Notice.objects.filter(organization=work.organization, handled_at=None).order_by("pk"))
    merges = [each for each in notices if each.merged_id and each.entity == "Customer"]
    pull.follow_merges(work, client, [(each.remote_id, each.merged_id) for each in merges])
    pull.anything(work, client)
    with work.writing():
        Notice.objects.filter(pk__in=[each.pk for each in notices]).update(handled_at=timezone.now())
    if work.round.rehearsing:
        rehearsal.plan(work)
    else:
        push.drain(work, client)


def _housekeeping(work: Work) -> None:
    now = timezone.now()
    with work.writing():
        audit.forget_old(work.organization, now=now)
        documents.count_waiting(work.round)
        _forget_runs(work.organization, now)


def _forget_runs(organization: Organization, now: datetime) -> None:
    """Those in which nothing happened go after a day, or one each few minutes would hide the others."""
    runs = Run.objects.filter(organization=organization)
    quiet = runs.filter(quiet=True)
    if quiet.filter(finished_at__lt=now - QUIET_KEPT - OVERDUE).exists():
        _forget(quiet.filter(finished_at__lt=now - QUIET_KEPT))
    oldest = runs.order_by("pk").first()
    if oldest and oldest.started_at < now - RUNS_KEPT - OVERDUE:
        _forget(runs.filter(started_at__lt=now - RUNS_KEPT))


def _forget(runs: QuerySet[Run]) -> None:
    """A few hundred, the oldest first, so that the transaction stays short (R28)."""
    ids = list(runs.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    Run.objects.filter(pk__in=ids).delete()


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
        care.broken(work.lease, error, now=now)
        return Outcome.FAILED, error.user_text
    if isinstance(error, Paused | Throttled):
        outcome, until = care.pause(work.lease, error, now=now)
        if until:
            _due(work, until)
        return outcome, error.user_text
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
        later = Bell.objects.filter(organization=work.organization, due_at__gt=timezone.now())
        later.update(due_at=at, ring=Ring.AGAIN)


def _jitter(seconds: int) -> timedelta:
    return timedelta(seconds=random.uniform(0, seconds))  # noqa: S311 spreads load, guards nothing


def _close(work: Work, ending: _Ending) -> None:
    now = timezone.now()
    with work.writing():
        row = work.lease.connection()
        work.run.finished_at, work.run.outcome, work.run.error = now, ending.outcome, ending.error
        work.run.counts, work.run.progress = dict(work.round.counts), {}
        work.run.waiting = sum(len(ids) for ids in work.held.values())
        happened = work.came or work.went or any(work.run.counts.values())
        work.run.quiet = ending.outcome == Outcome.DONE and not happened
        work.run.save(update_fields=["finished_at", "outcome", "error", "counts", "progress", "waiting", "quiet"])
        if ending.outcome == Outcome.DONE:
            row.last_synced_at = now
            row.save(update_fields=["last_synced_at"])
            care.resumed(row)
            _stretch(work)
        care.warn(row, now=now)


def _stretch(work: Work) -> None:
    """When the month's reads will not last, every company waits longer between two looks (R25)."""
    factor = budget.stretch(timezone.now())
    if factor > 1:
        bell = Bell.objects.filter(organization=work.organization, due_at__gt=timezone.now())
        bell.update(due_at=timezone.now() + budget.interval() * factor)

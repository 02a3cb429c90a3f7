"""Do the books match? Every night, and whenever somebody asks, QuickBooks is read again and compared to the cent (M20).

planning     when, how much of it, and what that costs in reads
comparing    one entity: read again, beside the mirror and the hub; what was missed is taken in
pairs        customers and items, documents: one record beside what is here
explaining   why a difference is none, and what puts right one that is
fixing       the button of a line, and looking again
report       what the page shows
meter        the reads it spends
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from buddy.hub import outbox
from buddy.hub.errors import Refused
from buddy.hub.outbox import Ring
from buddy.hub.team import Organization, User
from buddy.quickbooks.errors import QuickBooksError
from buddy.sync import budget
from buddy.sync.audit import planning
from buddy.sync.audit.comparing import Comparison
from buddy.sync.audit.fixing import fix, give_up, look_again
from buddy.sync.audit.meter import Meter, OutOfReads
from buddy.sync.audit.planning import Part, cost, next_night
from buddy.sync.lease import LeaseLost
from buddy.sync.models import Audit, AuditLine, AuditOutcome, Connection, ConnectionState, Verdict
from buddy.sync.work import Work

if TYPE_CHECKING:
    from buddy.quickbooks.client import Client

log = logging.getLogger(__name__)

KEPT = timedelta(days=400)  # how long past audits can be looked at
STALE = timedelta(hours=12)  # what was compared before a longer break is compared again

__all__ = ["anything", "ask", "cost", "fix", "forget_old", "next_night"]


# --- Asking ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(organization: Organization, *, whole: bool, by: User | None, now: datetime | None = None) -> Audit:
    """Compare now. Refused, in words, when it cannot begin, or when the month's reads would not last (R25)."""
    at = now or timezone.now()
    row = Connection.objects.select_for_update().filter(organization=organization).first()
    if row is None or row.state != ConnectionState.CONNECTED:
        raise Refused("QuickBooks is not connected. Connect it under Settings, Integrations, then compare.")
    if row.first_synced_at is None:
        raise Refused("The first sync is still reading your books. Compare when it is done.")
    if Audit.objects.filter(organization=organization, finished_at=None).exists():
        raise Refused("The books are being compared already. The result appears here.")
    if (short := _too_few_reads(cost(organization, whole=whole), budget.left(at))) is not None:
        raise Refused(short)
    audit = Audit.objects.create(
        organization=organization,
        nightly=False,
        whole=whole,
        asked_by=by,
        asked_at=at,
        since=planning.since(organization, row.first_synced_at),
    )
    outbox.ring(organization, Ring.BUTTON, by=by, now=at)
    return audit


def _too_few_reads(needed: int, left: int) -> str | None:
    if needed <= left:
        return None
    return (
        f"Comparing takes about {needed:,} reads, and {left:,} are left of this month’s allowance. "
        "It can be done when the new month begins, or with a larger allowance (INTUIT_READS_PER_MONTH)."
    )


# --- In a run --------------------------------------------------------------------------------------------------------


def anything(work: Work, client: Client, *, between: Callable[[], None]) -> None:
    """What this run has to do: look again at what somebody put right, and compare when that is due.

    `between` is called between two pages, so that nobody waits for a long audit. A mistake of ours here ends the audit
    and not the run.
    """
    try:
        look_again(work, client)
        audit = _due(work)
        if audit is not None:
            _compare(work, client, audit, between)
    except (LeaseLost, QuickBooksError):
        raise
    except Exception:
        log.exception("run %s: the audit failed", work.run.pk)
        _stop(work, "Something in Buddy went wrong while comparing; the worker’s log says more.")
        give_up(work)


def _due(work: Work) -> Audit | None:
    """The audit that is under way, or asked for, or whose night has come. Never during a first sync."""
    organization, now = work.organization, timezone.now()
    with work.writing():
        row = work.lease.connection()
        if row.first_synced_at is None:
            return None
        if under_way := Audit.objects.filter(organization=organization, finished_at=None).first():
            return under_way
        due_at, row.audit_due_at = row.audit_due_at, next_night(organization, now=now)
        if due_at is not None and due_at > now:
            return None
        row.save(update_fields=["audit_due_at"])
        if due_at is None:
            return None
        return Audit.objects.create(
            organization=organization,
            whole=planning.is_whole_due(organization, row.first_synced_at, now=now),
            asked_at=now,
            since=planning.since(organization, row.first_synced_at),
        )


def _compare(work: Work, client: Client, audit: Audit, between: Callable[[], None]) -> None:
    """What is not compared yet, entity by entity."""
    left = budget.left(timezone.now()) - work.calls.reads
    _begin(work, audit)
    parts = _affordable(audit, left)
    short = _too_few_reads(sum(part.reads for part in parts), left)
    if short is not None:
        _stop(work, short)
        return
    meter, before = Meter(work.calls, allowed=left), audit.reads
    try:
        for part in parts:
            _compare_part(work, client, audit, part, meter, between)
            _spend(work, audit, before + meter.spent)
    except OutOfReads:
        _spend(work, audit, before + meter.spent)
        _stop(work, "The month’s reads were used up before everything was compared.")
        return
    except QuickBooksError:
        _spend(work, audit, before + meter.spent)
        raise
    _finish(work, audit)


def _spend(work: Work, audit: Audit, reads: int) -> None:
    audit.reads = reads
    with work.writing():
        audit.save(update_fields=["reads"])


def _begin(work: Work, audit: Audit) -> None:
    """Or go on where a run was cut off, unless that was long ago."""
    now = timezone.now()
    with work.writing():
        if audit.started_at is None or audit.started_at < now - STALE:
            audit.started_at, audit.figures = now, {}
        audit.outcome = AuditOutcome.RUNNING
        audit.save(update_fields=["started_at", "figures", "outcome"])


def _affordable(audit: Audit, left: int) -> list[Part]:
    """What is still to be compared; the monthly whole look is put off to next month rather than left undone."""
    for whole in (audit.whole, False):
        parts = planning.plan(audit.organization, whole=whole, since=audit.since)
        parts = [part for part in parts if part.entity not in audit.figures]
        if sum(part.reads for part in parts) <= left or not audit.nightly:
            audit.whole = whole
            break
    return parts


def _compare_part(
    work: Work, client: Client, audit: Audit, part: Part, meter: Meter, between: Callable[[], None]
) -> None:
    with work.writing():  # of this entity's beginning in a run that was cut off
        half = AuditLine.objects.filter(organization=work.organization, audit=audit, entity=part.entity)
        half.filter(verdict=Verdict.DIFFERENCE).delete()
    comparison = Comparison(work, client, audit, part, meter=meter, between=lambda: meter.beside(between))
    audit.figures[part.entity] = comparison.run()
    with work.writing():
        audit.save(update_fields=["figures", "whole"])


def _finish(work: Work, audit: Audit) -> None:
    audit.whole = all(each["whole"] for each in audit.figures.values())
    audit.outcome = AuditOutcome.MATCHES if _matches(audit) else AuditOutcome.DIFFERS
    audit.finished_at, audit.progress = timezone.now(), {}
    with work.writing():
        audit.save(update_fields=["whole", "outcome", "finished_at", "progress"])
    log.info("run %s: audit %s %s, %d reads", work.run.pk, audit.pk, audit.outcome, audit.reads)


def _matches(audit: Audit) -> bool:
    """No line, every count the same, and every sum the same but for what is explained."""
    return not any(
        each["differences"]
        or each["there"] != each["mirror"]
        or any(Decimal(there) - Decimal(here) != Decimal(because) for _, _, here, there, because in each["sums"])
        for each in audit.figures.values()
    )


def _stop(work: Work, reason: str) -> None:
    with work.writing():
        Audit.objects.filter(organization=work.organization, finished_at=None).update(
            outcome=AuditOutcome.STOPPED, reason=reason, finished_at=timezone.now(), progress={}
        )


def forget_old(organization: Organization, *, now: datetime) -> None:
    """In the caller's transaction."""
    Audit.objects.filter(organization=organization, finished_at__lt=now - KEPT).delete()

"""Buddy's own opinion, when all is quiet: every company is compared with QuickBooks, whole (M20)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.chaos.people import House
from bench.chaos.verdict import Verdict

PATIENCE = 180.0  # seconds until all must be through


def compare(verdict: Verdict, houses: Sequence[House]) -> None:
    """Ask for it as an admin does, wait for the workers to do it, and take over what they found."""
    from django_scopes import scopes_disabled

    from buddy.hub.team import Organization, User
    from buddy.sync import audit
    from buddy.sync.findings import Audit, AuditOutcome

    with scopes_disabled():
        began = time.monotonic()
        while Audit.objects.filter(finished_at=None).exists() and time.monotonic() - began < PATIENCE:
            time.sleep(0.5)  # a night's own, which began just now
        for house in houses:
            by = User.objects.get(pk=house.admin)
            audit.ask(Organization.objects.get(pk=house.organization), whole=True, by=by)
        while Audit.objects.filter(finished_at=None).exists() and time.monotonic() - began < PATIENCE:
            time.sleep(0.5)
        for found in Audit.objects.filter(nightly=False).prefetch_related("lines"):
            matches = found.outcome == AuditOutcome.MATCHES
            lines = "; ".join(f"{line.title}: {line.said}" for line in found.lines.all())
            words = f"organization {found.organization_id}: the audit says {found.outcome}: {found.reason}{lines}"
            verdict.counts["audits that match to the cent"] += verdict.check(matches, words)

"""What the page shows of an audit: the verdict, both sides of every sum, the counts, and the lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from buddy.hub.team import Organization
from buddy.sync import pull
from buddy.sync.audit.explaining import sentence
from buddy.sync.audit.pairs import SUMS
from buddy.sync.models import Audit, AuditLine, AuditOutcome, Verdict

LABELS = {
    "Item": "Products",
    "Customer": "Customers",
    "Invoice": "Invoices",
    "CreditMemo": "Credit memos",
    "Payment": "Payments",
}
OPEN_SUMS = ("receivable", "customer", "credit", "unapplied")  # complete even when only what is open was read
SHOWN = 100  # lines on the page
HISTORY = 30


@dataclass(frozen=True)
class Sum:
    """One amount of both sides in one currency; `because`: how much of the difference is explained."""

    label: str
    currency: str
    here: Decimal
    there: Decimal
    because: Decimal

    @property
    def difference(self) -> Decimal:
        return self.there - self.here

    @property
    def even(self) -> bool:
        return self.difference == self.because


@dataclass(frozen=True)
class Count:
    """One kind of record: how many QuickBooks has, Buddy knows of, and has; and how many were compared."""

    label: str
    there: int
    mirror: int
    linked: int
    only_here: int
    compared: int
    whole: bool

    @property
    def even(self) -> bool:
        return self.there == self.mirror


@dataclass(frozen=True)
class Cause:
    """Why some differ and nothing is wrong: `3 wait for an answer in Data quality`; `titles` are the first few."""

    label: str
    text: str
    titles: list[str]
    count: int
    asked: bool  # Data quality answers it


@dataclass(frozen=True)
class Report:
    """One audit as its page tells it. `left`: differences not put right yet."""

    audit: Audit
    sums: list[Sum] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    lines: list[AuditLine] = field(default_factory=list)
    missed: list[AuditLine] = field(default_factory=list)
    found: int = 0
    left: int = 0
    taken: int = 0

    @property
    def going_on(self) -> bool:
        """The page asks again by itself."""
        return self.audit.finished_at is None or any(line.asked_at for line in self.lines)

    @property
    def percent(self) -> int:
        """About how far one under way is: entities that are done, and the share of the one it is at."""
        shares = [min(done / total, 1) if total else 0 for done, total in self.audit.progress.values()]
        return round((len(self.audit.figures) + sum(shares)) / len(LABELS) * 100)


def of(audit: Audit) -> Report:
    """Its page. A fixed number of queries."""
    rows = audit.lines.order_by("pk")
    different = rows.filter(verdict=Verdict.DIFFERENCE)
    missed = rows.filter(verdict=Verdict.TAKEN)
    open_ones = list(different.filter(settled_at=None)[:SHOWN])
    settled = list(different.exclude(settled_at=None)[: SHOWN - len(open_ones)])
    figures = [(entity, audit.figures[entity]) for entity in pull.LARGE if entity in audit.figures]
    beyond = sum(each["differences"] for _, each in figures) - different.count()
    return Report(
        audit,
        sums=[each for entity, found in figures for each in _sums(found)],
        counts=[_count(entity, found) for entity, found in figures],
        causes=[each for entity, found in figures for each in _causes(entity, found)],
        lines=open_ones + settled,
        missed=list(missed[:SHOWN]),
        found=different.count() + max(beyond, 0),
        left=different.filter(settled_at=None).count() + max(beyond, 0),
        taken=missed.count(),
    )


def _sums(found: dict[str, Any]) -> Iterator[Sum]:
    for name, currency, here, there, because in found["sums"]:
        if found["whole"] or name in OPEN_SUMS:
            yield Sum(SUMS[name], currency, Decimal(here), Decimal(there), Decimal(because))


def _count(entity: str, found: dict[str, Any]) -> Count:
    names = ("there", "mirror", "linked", "only_here", "compared", "whole")
    return Count(LABELS[entity], **{name: found[name] for name in names})


def _causes(entity: str, found: dict[str, Any]) -> Iterator[Cause]:
    for cause, each in found["causes"].items():
        text = sentence(cause, each["count"])
        yield Cause(LABELS[entity], text, each["titles"], each["count"], cause in ("asked", "customer"))


def latest(organization: Organization) -> Audit | None:
    """The one under way, else the last."""
    return Audit.objects.filter(organization=organization).select_related("asked_by").order_by("-pk").first()


def history(organization: Organization) -> list[Audit]:
    """The last ones that ended, newest first."""
    ended = Audit.objects.filter(organization=organization, finished_at__isnull=False)
    return list(ended.select_related("asked_by").order_by("-pk")[:HISTORY])


def differences_left(organization: Organization) -> int:
    """Of the last audit that came to its end, how many are not put right."""
    ended = Audit.objects.filter(
        organization=organization, outcome__in=[AuditOutcome.MATCHES, AuditOutcome.DIFFERS]
    ).order_by("-pk")
    last = ended.first()
    if last is None or last.outcome == AuditOutcome.MATCHES:
        return 0
    return last.lines.filter(verdict=Verdict.DIFFERENCE, settled_at=None).count()

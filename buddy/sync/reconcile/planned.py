"""Carrying out an approved plan: what it says of each customer comes before what matching would say now.

A row is trusted while both records are as they were compared and nobody new looks like one of them. Otherwise, and
where the plan was not approved, a person is asked; nothing is guessed anew behind a plan that somebody read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from buddy.hub.matching import Decision
from buddy.hub.quality import Review, ReviewStatus
from buddy.quickbooks.records import Record
from buddy.sync.models import Act, PlanRow
from buddy.sync.round import Round, match_key


@dataclass
class Verdicts:
    """By QuickBooks id: with whom it is linked, about whom a person is asked, and who is left out."""

    decisions: dict[str, Decision]
    left_out: list[str] = field(default_factory=list)


def verdicts(round: Round, records: Mapping[str, Record], found: Mapping[str, Decision]) -> Verdicts:
    """What becomes of these, by the plan. Records that it does not know are decided as ever. Two queries."""
    rows = PlanRow.objects.filter(organization=round.organization, remote_id__among=list(records))
    result = Verdicts(dict(found))
    rows_by_id = {row.remote_id: row for row in rows.select_related("customer")}
    targets = [row.customer_id for row in rows_by_id.values() if row.customer_id]
    taken = set(round.there("customer", targets))
    for remote_id, row in rows_by_id.items():
        fresh = found.get(remote_id, Decision("new"))
        trusted = row.approved and _as_compared(row, records[remote_id], fresh) and row.customer_id not in taken
        result.decisions[remote_id] = _decision(row, fresh) if trusted else replace(fresh, verdict="review", rule="")
        if trusted and row.act == Act.SKIP:
            result.left_out.append(remote_id)
    return result


def _as_compared(row: PlanRow, record: Record, fresh: Decision) -> bool:
    known = {pk for pk, _ in row.candidates} | {row.customer_id}
    return (
        (row.seen_there, row.token_there) == (record.updated_at, record.sync_token)
        and (row.customer is None or row.seen_here == row.customer.updated_at)
        and all(candidate.ours_id in known for candidate in fresh.candidates)
    )


def _decision(row: PlanRow, fresh: Decision) -> Decision:
    if row.act == Act.LINK:
        by = f"by {row.chosen_by}" if row.chosen_by else row.rule
        return replace(fresh, verdict="certain", ours_id=row.customer_id, rule=by[:60])
    if row.act == Act.CREATE_HERE:
        return replace(fresh, verdict="new")
    return replace(fresh, verdict="review", rule="")


def dismiss(round: Round, remote_ids: Collection[str]) -> None:
    """The plan leaves these out: their questions were answered before they were asked."""
    if remote_ids:
        rows = Review.objects.filter(
            organization=round.organization,
            key__in=[match_key(each) for each in remote_ids],
            status=ReviewStatus.PENDING,
        )
        rows.update(status=ReviewStatus.DISMISSED, settled_at=round.now, decision={"answer": "skipped in the plan"})

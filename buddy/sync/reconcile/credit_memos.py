"""Credit memos as QuickBooks holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buddy.hub import bulk, intake
from buddy.hub.invoices import Credit, Ended
from buddy.quickbooks.records import Record
from buddy.sync.mapping.payment import CreditIn
from buddy.sync.models import Waiting
from buddy.sync.reconcile.links import new_links, touch
from buddy.sync.reconcile.owners import Owners
from buddy.sync.round import Round


def carry_over(round: Round, records: Sequence[Record], theirs: Mapping[str, CreditIn]) -> dict[str, Waiting]:
    """Copy these credits into the hub; returns those that wait for their customer."""
    here = round.here("CreditMemo", [record.id for record in records])
    owners = Owners(round, {credit.customer for credit in theirs.values()})
    ready = {each: credit for each, credit in theirs.items() if owners.customer(credit.customer) is not None}
    new = [each for each in ready if each not in here]
    ids = here | dict(zip(new, bulk.reserve_ids(Credit, len(new)), strict=True))
    rows = [_row(round, owners, credit) for credit in ready.values()]
    intake.save_credits(round.organization, [ids[each] for each in ready], rows)
    new_links(round, "credit", "CreditMemo", [(ids[each], each, "created from QuickBooks", None, None) for each in new])
    touch(round, "CreditMemo", here)
    gone = [here[record.id] for record in records if record.deleted and record.id in here]
    Credit.objects.filter(organization=round.organization, pk__in=gone).update(ended=Ended.DELETED, remaining=0)
    return {each: Waiting.CUSTOMER for each in theirs if each not in ready}


def _row(round: Round, owners: Owners, credit: CreditIn) -> tuple[object, ...]:
    """In the order of `intake.CREDIT_COLUMNS`."""
    voided = credit.total == 0 and credit.note.startswith("Voided")
    return (
        owners.customer(credit.customer),
        credit.number,
        credit.date,
        credit.total,
        credit.remaining,
        credit.currency or round.organization.currency,
        (Ended.VOIDED if voided else Ended.NOT).value,
    )

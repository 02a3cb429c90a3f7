"""Credit memos as QuickBooks holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q

from buddy.hub import bulk, intake
from buddy.hub.invoices import Credit, Ended
from buddy.quickbooks.records import Record
from buddy.sync.mapping.payment import CreditIn
from buddy.sync.models import Waiting
from buddy.sync.reconcile.links import CREATED_HERE, new_links, touch
from buddy.sync.reconcile.owners import Owners
from buddy.sync.round import Round


def carry_over(round: Round, records: Sequence[Record], theirs: Mapping[str, CreditIn]) -> dict[str, Waiting]:
    """Copy these credits into the hub; returns those that wait for their customer."""
    here = round.here("CreditMemo", [record.id for record in records])
    owners = Owners(round, {credit.customer for credit in theirs.values()})
    ready = {each: credit for each, credit in theirs.items() if owners.customer(credit.customer) is not None}
    new = [each for each in ready if each not in here]
    ids = here | dict(zip(new, bulk.reserve_ids(Credit, len(new)), strict=True))
    worth = _worth_something(round, here)
    rows = [_row(round, owners, credit, was_worth_something=each in worth) for each, credit in ready.items()]
    intake.save_credits(round.organization, [ids[each] for each in ready], rows)
    new_links(round, "credit", "CreditMemo", [(ids[each], each, CREATED_HERE, None, None) for each in new])
    touch(round, "CreditMemo", here)
    gone = [here[record.id] for record in records if record.deleted and record.id in here]
    Credit.objects.filter(organization=round.organization, pk__in=gone).update(ended=Ended.DELETED, remaining=0)
    return {each: Waiting.CUSTOMER for each in theirs if each not in ready}


def _worth_something(round: Round, here: Mapping[str, int]) -> set[str]:
    """Their ids of those that were worth something, or voided after they were."""
    if not here:
        return set()
    rows = Credit.objects.filter(Q(total__gt=0) | Q(ended=Ended.VOIDED), organization=round.organization)
    known = set(rows.filter(pk__among=list(here.values())).values_list("pk", flat=True))
    return {each for each, pk in here.items() if pk in known}


def _row(round: Round, owners: Owners, credit: CreditIn, *, was_worth_something: bool) -> tuple[object, ...]:
    """In the order of `intake.CREDIT_COLUMNS`."""
    voided = credit.is_void(was_worth_something=was_worth_something)
    return (
        owners.customer(credit.customer),
        credit.number,
        credit.date,
        credit.total,
        credit.remaining,
        credit.currency or round.organization.currency,
        (Ended.VOIDED if voided else Ended.NOT).value,
    )

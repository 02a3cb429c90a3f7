"""The plan of a first sync into a Buddy that held customers before: made from the mirror, changed by people, approved,
carried out. Until it is approved nothing but the mirror and the plan itself is written, on either side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from buddy.hub import activity, invoices, outbox
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.matchkeys import MatchKey
from buddy.hub.outbox import Ring
from buddy.hub.team import Organization, User
from buddy.quickbooks.records import Record
from buddy.sync import mirror, pull, reconcile, threeway
from buddy.sync.mapping import CUSTOMER
from buddy.sync.models import Act, Connection, Link, PlanRow, Rehearsal, Remote, RemoteKey
from buddy.sync.reconcile import Prepared, customers
from buddy.sync.reconcile.sides import Sides
from buddy.sync.round import Round
from buddy.sync.work import Work

CLOCKS = timedelta(minutes=1)  # an edit that was committed while the plan was made is looked at again
SOME = 500


# --- Making it -------------------------------------------------------------------------------------------------------


def plan(work: Work) -> None:
    """Bring the plan up to date with both sides: whatever moved since it was made is compared again."""
    began = timezone.now()
    for remote_ids in batched(_stale(work.organization), reconcile.chunk_size("Customer")):
        found = mirror.records(work.organization, "Customer", remote_ids, work.realm)
        chunk = reconcile.prepare(work.round, "Customer", list(found.values()))
        with work.writing():
            row = work.lease.connection()
            if row.rehearsal == Rehearsal.APPROVED:  # while we looked: what was approved stands
                return
            _plan_chunk(work.round, chunk)
    with work.writing():
        row = work.lease.connection()
        if row.rehearsal == Rehearsal.APPROVED:
            return
        _plan_ours(work.organization)
        Connection.objects.filter(pk=row.pk, rehearsal=Rehearsal.READING).update(rehearsal=Rehearsal.READY)
        Connection.objects.filter(pk=row.pk).update(planned_at=began)


def _stale(organization: Organization) -> list[str]:
    """QuickBooks customers that have no row, or whose row does not tell of the records as they are now."""
    theirs = Remote.objects.filter(organization=organization, entity="Customer", deleted=False)
    linked = Link.objects.filter(organization=organization, entity="Customer", remote_id=OuterRef("remote_id"))
    rows = PlanRow.objects.filter(organization=organization)
    fresh = rows.filter(
        remote_id=OuterRef("remote_id"), seen_there=OuterRef("updated_at"), token_there=OuterRef("sync_token")
    )
    fresh = fresh.filter(Q(customer=None) | Q(seen_here=F("customer__updated_at")))
    unplanned = theirs.exclude(Exists(fresh)).exclude(Exists(linked)).values_list("remote_id", flat=True)
    PlanRow.objects.filter(Exists(linked)).delete()  # somebody linked it meanwhile
    return sorted({*unplanned, *_touched(organization)})


def _touched(organization: Organization) -> set[str]:
    """Those that share an e-mail or a name with a customer here that was added or changed since the last plan."""
    since = Connection.objects.get(organization=organization).planned_at
    if since is None:
        return set()
    changed = Customer.objects.filter(organization=organization, updated_at__gte=since - CLOCKS).values("pk")
    keys = MatchKey.objects.filter(organization=organization, customer__in=changed)
    holders = RemoteKey.objects.filter(organization=organization, key__in=keys.values("key"))
    return set(holders.values_list("remote_id", flat=True))


def _plan_chunk(round: Round, chunk: Prepared) -> None:
    """Plan these records; a row that would say the same as before stays, and with it what a person chose."""
    before = _before(round, chunk)
    ids = [each.remote_id for each in before.values()]
    promised = PlanRow.objects.filter(organization=round.organization, act=Act.LINK).exclude(remote_id__in=ids)
    taken = set(promised.values_list("customer", flat=True))
    decisions, ours = customers.decide(round, list(chunk.parties.values()), promised=taken)
    rows = [_row(round, record, chunk, decisions.get(record.id), ours) for record in chunk.records]
    new = [row for row in rows if row.remote_id not in before or not _holds(before[row.remote_id], row)]
    PlanRow.objects.filter(pk__in=[before[row.remote_id].pk for row in new if row.remote_id in before]).delete()
    _tell_changes(round, chunk, [row for row in new if row.act == Act.LINK])
    _take_from_ours(round.organization, [row.customer_id for row in new if row.customer_id])
    PlanRow.objects.bulk_create(new)


def _before(round: Round, chunk: Prepared) -> dict[str, PlanRow]:
    ids = [record.id for record in chunk.records]
    rows = PlanRow.objects.filter(organization=round.organization, remote_id__among=ids).select_related("customer")
    return {row.remote_id: row for row in rows}


def _holds(before: PlanRow, now: PlanRow) -> bool:
    """Is the older row still true? Its records are as they were, and the same customers are like them."""
    as_seen = before.customer is None or before.seen_here == before.customer.updated_at
    same_there = (before.seen_there, before.token_there) == (now.seen_there, now.token_there)
    return same_there and as_seen and before.candidates == now.candidates


def _row(round: Round, record: Record, chunk: Prepared, decision: Any, ours: dict[int, Customer]) -> PlanRow:
    remote_id, theirs = record.id, chunk.theirs[record.id]
    row = PlanRow(
        organization=round.organization,
        remote_id=remote_id,
        their_name=theirs["display_name"],
        seen_there=record.updated_at,
        token_there=record.sync_token,
        money=Decimal(theirs["balance"]),
        act=Act.CREATE_HERE,
        why=[["missing", "Nobody similar here"]],
    )
    if remote_id not in chunk.parties:
        row.act, row.why = Act.SKIP, [["missing", "A project: its invoices go to its customer"]]
        return row
    if decision and decision.candidates:
        best = decision.candidates[0]
        row.candidates = [[each.ours_id, str(ours[each.ours_id])] for each in decision.candidates]
        row.why = [[reason.verdict, reason.text] for reason in best.reasons]
    if decision and decision.verdict == "certain":
        _promise(row, ours[decision.ours_id], decision.rule)
    elif decision and decision.verdict == "review":
        row.act = Act.ASK
    elif not theirs["active"] and not row.money:
        row.act, row.why = Act.SKIP, [["missing", "Inactive in QuickBooks, and nothing is open"]]
    return row


def _promise(row: PlanRow, customer: Customer, rule: str) -> None:
    row.act, row.rule = Act.LINK, rule
    row.customer, row.our_name, row.seen_here = customer, str(customer), customer.updated_at


def _tell_changes(round: Round, chunk: Prepared, rows: Sequence[PlanRow]) -> None:
    """What linking these would write, field by field, on either side; and where both differ, which will be asked."""
    if not rows:
        return
    by_id = {record.id: record for record in chunk.records}
    records = [by_id[row.remote_id] for row in rows]
    sides = Sides(round, CUSTOMER, [row.customer_id for row in rows if row.customer_id], records)
    for row in rows:
        ours, theirs = sides.ours(sides.objects[row.customer_id or 0]), chunk.theirs[row.remote_id]
        merge = threeway.first_link(CUSTOMER.fields, ours=ours, theirs=theirs)
        row.changes = {
            "here": _pairs(merge.here, ours, theirs),
            "there": _pairs(merge.there, theirs, ours),
            "differ": _pairs(merge.conflicts, ours, theirs),
        }
        row.fields = len(row.changes["here"]) + len(row.changes["there"])


def _pairs(names: Collection[str], before: threeway.Values, after: threeway.Values) -> dict[str, list[Any]]:
    """By what people call the field; balances are the books' own and no edit of anybody's."""
    return {CUSTOMER.named(name).label: [before[name], after[name]] for name in names if name != "balance"}


def _take_from_ours(organization: Organization, customer_ids: Sequence[int | None]) -> None:
    """Customers that are promised stand in the row of their record, not in one of their own."""
    PlanRow.objects.filter(organization=organization, remote_id="", customer__in=customer_ids).delete()


def _plan_ours(organization: Organization) -> None:
    """Customers of Buddy alone: those nobody there is, nor may be."""
    rows = PlanRow.objects.filter(organization=organization)
    asked = {pk for found in rows.filter(act=Act.ASK).values_list("candidates", flat=True) for pk, _ in found}
    rows.filter(remote_id="", customer__in=asked).delete()
    for some in batched(_alone(organization, asked), SOME):
        PlanRow.objects.bulk_create(_alone_row(organization, customer) for customer in some)


def _alone(organization: Organization, asked: Collection[int]) -> Iterator[Customer]:
    linked = Link.objects.filter(organization=organization, kind="customer", object_id=OuterRef("pk"))
    planned = PlanRow.objects.filter(organization=organization, customer=OuterRef("pk"))
    ours = Customer.objects.filter(organization=organization, active=True)
    alone: QuerySet[Customer] = ours.exclude(Exists(linked)).exclude(Exists(planned))
    return (customer for customer in alone.iterator(chunk_size=SOME) if customer.pk not in asked)


def _alone_row(organization: Organization, customer: Customer) -> PlanRow:
    return PlanRow(
        organization=organization,
        customer=customer,
        act=Act.CREATE_THERE,
        why=[["missing", "Nobody similar there"]],
        our_name=str(customer),
        seen_here=customer.updated_at,
    )


# --- Looking at it, changing it --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """All rows of one act."""

    act: Act
    number: int
    money: Decimal
    fields: int
    customers: int  # those on which fields are written


def groups(organization: Organization) -> dict[str, Group]:
    """The plan in figures, by act."""
    rows = PlanRow.objects.filter(organization=organization).values_list("act").order_by()
    changed = Count("pk", filter=Q(fields__gt=0))
    counted = rows.annotate(n=Count("pk"), open=Sum("money"), written=Sum("fields"), changed=changed)
    found = {row[0]: Group(Act(row[0]), *row[1:]) for row in counted}
    return {act.value: found.get(act.value, Group(act, 0, Decimal(0), 0, 0)) for act in Act}


def options(row: PlanRow) -> list[tuple[str, str]]:
    """What can be planned for this row, as value and words; a link names the customer."""
    if not row.remote_id:
        return [(Act.CREATE_THERE.value, "Create in QuickBooks"), (Act.LEAVE.value, "Leave in Buddy only")]
    links = [(f"link:{pk}", f"Link to {name}") for pk, name in row.candidates]
    if row.customer_id and row.customer_id not in {pk for pk, _ in row.candidates}:
        links.append((f"link:{row.customer_id}", f"Link to {row.our_name}"))
    rest = (Act.CREATE_HERE, Act.SKIP, Act.ASK)
    return [*links, *((act.value, act.label) for act in rest)]


def planned(row: PlanRow) -> str:
    """Which of its options holds."""
    return f"link:{row.customer_id}" if row.act == Act.LINK else row.act


@transaction.atomic
def choose(row: PlanRow, option: str, *, by: User) -> PlanRow:
    """Plan something else for this row. Refused when it is no option, or its customer is promised to another."""
    if option not in dict(options(row)):
        raise Refused("That is not possible for this customer. Look at the plan again.")
    _check_ready(row.organization)
    act, _, customer_id = option.partition(":")
    if customer_id:
        _choose_link(row, int(customer_id))
    else:
        if row.remote_id:
            row.customer, row.our_name, row.seen_here, row.changes, row.fields = None, "", None, {}, 0
        row.act, row.rule = Act(act), ""
    row.chosen_by = by
    row.save()
    _plan_ours(row.organization)
    return row


def _choose_link(row: PlanRow, customer_id: int) -> None:
    promised = PlanRow.objects.filter(organization=row.organization, customer=customer_id).exclude(pk=row.pk)
    other = promised.exclude(remote_id="").first()
    customer = Customer.objects.filter(organization=row.organization, pk=customer_id).first()
    if other or customer is None:
        raise Refused(f"That customer is planned to be linked to {other.their_name if other else 'nobody'} already.")
    promised.delete()
    _promise(row, customer, "")
    connection = Connection.objects.get(organization=row.organization)
    round = Round(row.organization, timezone.now(), connection.facts, realm=connection.realm)
    found = mirror.records(row.organization, "Customer", [row.remote_id])
    _tell_changes(round, reconcile.prepare(round, "Customer", list(found.values())), [row])


def _check_ready(organization: Organization) -> Connection:
    row = Connection.objects.select_for_update().filter(organization=organization).first()
    if row is None or row.rehearsal != Rehearsal.READY:
        raise Refused("There is no plan to change: it was approved already, or is being made.")
    return row


# --- Approving and carrying it out -----------------------------------------------------------------------------------

GROUPS = (Act.LINK, Act.CREATE_HERE, Act.CREATE_THERE)


@transaction.atomic
def approve(organization: Organization, acts: Collection[str], *, by: User, now: datetime | None = None) -> int:
    """Let the rows of these acts come true; about the other QuickBooks customers a person is asked, one by one, and
    other customers of Buddy stay in Buddy. Rows that are skipped need no approval. Returns how many rows that are.
    """
    at = now or timezone.now()
    row = _check_ready(organization)
    chosen = {*(act for act in GROUPS if act in acts), Act.SKIP}
    number = PlanRow.objects.filter(organization=organization, act__in=chosen).update(approved=True)
    row.rehearsal = Rehearsal.APPROVED
    row.save(update_fields=["rehearsal"])
    activity.record(
        organization,
        event="integration.plan_approved",
        kind="integration",
        object_id=row.pk,
        by=by,
        now=at,
        note=", ".join(f"{group.number} {group.act.label.lower()}" for group in groups(organization).values()),
    )
    outbox.ring(organization, Ring.ANSWER, by=by, now=at)
    return number


def carry_out(work: Work) -> None:
    """Make the hub agree with the mirror as the plan says. Cut off, it goes on with what still waits for its turn."""
    for entity in reconcile.CARRIED_OVER:
        pull.settle(work, entity)
    with work.writing():
        row = work.lease.connection()
        rows = PlanRow.objects.filter(organization=work.organization)
        leads = rows.filter(act=Act.CREATE_THERE, approved=True, seen_here=F("customer__updated_at"))
        ids = list(leads.values_list("customer", flat=True))
        outbox.mark(work.organization, "customer", ids, by=None, now=work.round.now, why=Ring.ANSWER)
        rows.delete()
        invoices.continue_numbers(work.organization)
        row.rehearsal, row.first_synced_at = Rehearsal.NONE, row.first_synced_at or timezone.now()
        row.save(update_fields=["rehearsal", "first_synced_at"])
    work.round.rehearsal = Rehearsal.NONE

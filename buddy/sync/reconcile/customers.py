"""QuickBooks customers without a link: recognised, matched, created here, or asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from buddy.hub import bulk, intake, matching, matchkeys, outbox, quality
from buddy.hub.customers import Customer
from buddy.hub.matching import Decision, Party
from buddy.hub.quality import Question, ReviewKind
from buddy.quickbooks.records import Record
from buddy.sync import threeway
from buddy.sync.mapping import CUSTOMER, EntityMapping
from buddy.sync.mapping.customer import is_project, party
from buddy.sync.mapping.invoice import created_at
from buddy.sync.models import ItemState, Link, Rehearsal, Remote, RemoteKey, SendingItem, Trouble, Waiting
from buddy.sync.reconcile import planned
from buddy.sync.reconcile.joining import join
from buddy.sync.reconcile.links import CREATED_HERE, new_links
from buddy.sync.reconcile.prepared import Prepared
from buddy.sync.reconcile.reviews import fingerprint
from buddy.sync.round import Round, match_key, name_key
from buddy.sync.threeway import Values

_COMPARED = (  # what matching looks at: a moved balance does not make a dismissed question a new one
    "display_name",
    "company_name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "alternate_phone",
    "mobile",
    "billing_address",
    "currency",
    "active",
    "parent",
)
LIKELY = 0.5  # a score below this, with nothing that is the same, is called an unlikely match
FEW = 100  # customers that are sooner compared than it is known whether there is anybody to compare with
EARLIER = timedelta(minutes=10)  # how far the two clocks may stand apart (R13)


def place(round: Round, chunk: Prepared, records: Sequence[Record]) -> dict[str, Waiting]:
    """Give each of these a customer here, or leave it waiting: for its parent, or for a person."""
    theirs = chunk.theirs
    by_id = {record.id: record for record in records if record.id in chunk.parties}
    parents, waiting = _parents(round, by_id, theirs)
    ready = {remote_id: record for remote_id, record in by_id.items() if remote_id not in waiting}
    decisions, ours = decide(round, [chunk.parties[each] for each in ready])
    left_out: list[str] = []
    if round.rehearsal == Rehearsal.APPROVED:
        by_plan = planned.verdicts(round, ready, decisions)
        decisions, left_out = by_plan.decisions, by_plan.left_out
    certain = {each: decision for each, decision in decisions.items() if decision.verdict == "certain"}
    doubtful = {each: decision for each, decision in decisions.items() if decision.verdict == "review"}
    link_certain(
        round, {each: (int(decision.ours_id or 0), decision.rule) for each, decision in certain.items()}, ready
    )
    ask_matches(round, doubtful, theirs, ours)
    planned.dismiss(round, left_out)
    new = {each: theirs[each] for each in ready if each not in certain and each not in doubtful}
    _create(round, new, parents)
    _add_keys(round, {each: chunk.parties[each] for each in new})
    return waiting | dict.fromkeys(doubtful, Waiting.PERSON)


def place_at_once(round: Round, chunk: Prepared, records: Sequence[Record]) -> dict[str, Waiting]:
    """As `place`, before all of them are mirrored: while nobody here is free, none can be anybody of ours, whoever
    comes after it. Else, and under a parent that is not here yet, each waits for its turn."""
    theirs = {record.id: chunk.theirs[record.id] for record in records if not is_project(record.body)}
    waiting = dict.fromkeys(theirs, Waiting.TURN)
    if all_linked(round):
        parents = round.here("Customer", (values["parent"] for values in theirs.values()))
        new = {each: values for each, values in theirs.items() if not values["parent"] or values["parent"] in parents}
        _create(round, new, parents)
        waiting = {each: Waiting.TURN for each in theirs if each not in new}
    return waiting


def adopt(round: Round, chunk: Prepared, new: Sequence[Record]) -> list[str]:
    """Link customers we created and had no answer about: the same name, made since, equal to what was sent (R13).

    What was sent is the agreement. What somebody there has edited since is news, which merging brings here."""
    theirs = chunk.theirs
    records = {record.id: record for record in new if record.id in chunk.parties}
    if not records:
        return []
    names = {theirs[remote_id]["display_name"].casefold(): remote_id for remote_id in records}
    open_items = SendingItem.objects.filter(
        organization=round.organization, kind="customer", operation="create", state=ItemState.OPEN
    ).select_related("sending")
    adopted = []
    for item in open_items:
        sent = item.ours or {}
        remote_id = names.get(str(sent.get("display_name", "")).casefold(), "")
        born = created_at(records[remote_id].body) if remote_id else None
        if born and born >= item.sending.frozen_at - EARLIER and as_sent(CUSTOMER, sent, theirs[remote_id]):
            agreed = when_created(CUSTOMER, sent, theirs[remote_id])
            new_links(round, "customer", "Customer", [(item.object_id, remote_id, "sent", sent, agreed)])
            adopted.append(remote_id)
    return adopted


def when_created(mapping: EntityMapping, sent: Values, theirs: Values) -> Values:
    """What their record held when it was created: what was sent, where it holds something else by now."""
    edited = {
        field.name: sent[field.name]
        for field in mapping.fields
        if field.owner is not threeway.Owner.QUICKBOOKS
        and sent.get(field.name) is not None
        and not field.same(sent[field.name], theirs[field.name])
    }
    return {**theirs, **edited}


def as_sent(mapping: EntityMapping, sent: Values, theirs: Values) -> bool:
    """Does their record hold every value that was sent?"""
    return all(
        field.same(sent[field.name], theirs[field.name])
        for field in mapping.fields
        if field.owner is not threeway.Owner.QUICKBOOKS
        and field.name != "active"  # what is created is active; made inactive since, it is still ours
        and sent.get(field.name) not in (None, "", {})
    )


def _parents(
    round: Round, records: Mapping[str, Record], theirs: Mapping[str, Values]
) -> tuple[dict[str, int], dict[str, Waiting]]:
    """Our ids of the parents known here, and who must wait for a parent that is not decided yet."""
    wanted = {theirs[remote_id]["parent"] for remote_id in records} - {""}
    if not wanted:
        return {}, {}
    known = round.here("Customer", wanted)
    coming = set(
        Remote.objects.filter(organization=round.organization, entity="Customer", remote_id__among=wanted - set(known))
        .exclude(waiting=Waiting.NO)
        .values_list("remote_id", flat=True)
    )
    return known, {each: Waiting.CUSTOMER for each in records if theirs[each]["parent"] in coming}


def decide(
    round: Round, parties: Sequence[Party], *, promised: Collection[int] = ()
) -> tuple[dict[str, Decision], dict[int, Customer]]:
    """Compare with the customers here that share a key. No such customer: nothing to decide, all are new.

    `promised`: customers here that a plan links to others.
    """
    if len(parties) > FEW and all_linked(round):
        return {}, {}
    keys = {key for each in parties for key in each.keys}
    found = matchkeys.find(round.organization, keys)
    ids = {pk for holders in found.values() for pk in holders}
    if not ids:
        return {}, {}
    ours = {row.pk: row for row in Customer.objects.filter(organization=round.organization, pk__among=ids)}
    linked = {*round.there("customer", ours), *promised}
    here = [matchkeys.party(row, linked=row.pk in linked) for row in ours.values()]
    counted = {key for each in (*parties, *here) for key in matching.counted(each)}
    decisions = matching.decide(
        parties,
        here,
        holders_there=holders_there(round, counted),
        holders_here=matchkeys.holders(round.organization, counted),
        name_alone=round.organization.name_alone_links,
    )
    return {str(each): decision for each, decision in decisions.items()}, ours


def all_linked(round: Round) -> bool:
    """Is every customer here joined to one there? Then there is nobody to compare with, as in the first sync of an
    empty Buddy. Once that was seen, it holds until the bell is rung, which whoever adds or parts customers does; after
    that two counts tell: one more of ours needs one more link. Once somebody was free, the rest of the run compares."""
    if round.someone_free:
        return False
    if round.all_linked_at is not None and not outbox.is_rung(round.organization):
        return True
    customers = Customer.objects.filter(organization=round.organization)
    links = Link.objects.filter(organization=round.organization, kind="customer")
    surplus = customers.count() - links.count()
    if surplus != round.all_linked_at:
        round.someone_free = customers.exclude(Exists(links.filter(object_id=OuterRef("pk")))).exists()
        round.all_linked_at = surplus
    return not round.someone_free


def holders_there(round: Round, keys: set[matching.Key]) -> dict[matching.Key, int]:
    """How many QuickBooks customers hold each key."""
    rows = RemoteKey.objects.filter(organization=round.organization, key__among=keys)
    return dict(Counter(rows.values_list("key", flat=True)))


def link_certain(round: Round, pairs: Mapping[str, tuple[int, str]], records: Mapping[str, Record]) -> None:
    """Join these: blank sides fill, and where both differ one review per customer shows the fields (R7)."""
    if not pairs:
        return
    join(round, CUSTOMER, pairs, records)
    _put_right(round, [pk for pk, _ in pairs.values()])
    quality.overtake(round.organization, [match_key(remote_id) for remote_id in pairs], now=round.now)
    round.decided.update(pairs)


def _put_right(round: Round, object_ids: Sequence[int]) -> None:
    """They are linked: what stood in the way of sending them is over."""
    Trouble.objects.filter(organization=round.organization, kind="customer", object_id__in=object_ids).delete()
    quality.overtake(round.organization, [name_key("customer", pk) for pk in object_ids], now=round.now)


def ask_whose(round: Round, record: Record) -> None:
    """A person has to say whose this one is: whoever is like it here stands to choose, be it nobody."""
    values = CUSTOMER.theirs(record.body)
    decisions, ours = decide(round, [party(record.id, record.body, values)])
    ask_matches(round, {record.id: decisions.get(record.id, Decision("review"))}, {record.id: values}, ours)


def ask_matches(
    round: Round,
    doubtful: Mapping[str, Decision],
    theirs: Mapping[str, Values],
    ours: Mapping[int, Customer],
) -> None:
    """One review per QuickBooks customer that may be one of ours: candidates, with the reasons for and against."""
    questions = [_match(remote_id, decision, theirs[remote_id], ours) for remote_id, decision in doubtful.items()]
    quality.ask_all(round.organization, questions, now=round.now)
    round.counts["customers to review"] += len(doubtful)


def _match(remote_id: str, decision: Decision, theirs: Values, ours: Mapping[int, Customer]) -> Question:
    compared = {name: theirs[name] for name in _COMPARED}
    scores = [(each.ours_id, each.score) for each in decision.candidates]
    kind, ground = _kind_and_ground(decision)
    return Question(
        kind=kind,
        key=match_key(remote_id),
        entity="customer",
        title=theirs["display_name"],
        their_id=remote_id,
        money=Decimal(theirs["balance"]),
        ground=ground,
        data={
            "theirs": dict(theirs),
            "version": matching.RULES_VERSION,
            "fingerprint": fingerprint(matching.RULES_VERSION, compared, scores),
            "candidates": [_candidate(each, ours) for each in decision.candidates],
        },
    )


def _kind_and_ground(decision: Decision) -> tuple[ReviewKind, str]:
    """How likely it is one of ours; and in words what speaks for the only one it may be, if nothing speaks against."""
    if not decision.candidates:
        return ReviewKind.NEW, "Nobody similar here"
    best, *others = decision.candidates
    kind = ReviewKind.MATCH if _is_likely(best) else ReviewKind.UNLIKELY
    if others or any(why.verdict == "differs" for why in best.reasons):
        return kind, ""
    words = [_AGREED.get((why.field, why.verdict), "") for why in best.reasons]
    return kind, ", ".join(filter(None, words))


def _is_likely(candidate: matching.Candidate) -> bool:
    """A good score, or the very same name, email or phone."""
    same = {why.field for why in candidate.reasons if why.verdict == "same"}
    return candidate.score >= LIKELY or not same.isdisjoint(("name", "email", "phone"))


_AGREED = {
    ("name", "same"): "same name",
    ("name", "alike"): "names alike",
    ("email", "same"): "same email",
    ("phone", "same"): "same phone",
    ("domain", "same"): "same domain",
    ("address", "same"): "same address",
    ("address", "alike"): "addresses agree",
}


def _candidate(candidate: matching.Candidate, ours: Mapping[int, Customer]) -> dict[str, Any]:
    row = ours[int(candidate.ours_id)]
    return {
        "id": row.pk,
        "name": row.display_name,
        "score": candidate.score,
        "reasons": [{"field": why.field, "verdict": why.verdict, "text": why.text} for why in candidate.reasons],
    }


def _create(round: Round, new: Mapping[str, Values], parents: Mapping[str, int]) -> None:
    """Customers nobody here could be (R21), without their keys. Parents come before their children in the chunk."""
    if not new:
        return
    pks = dict(zip(new, bulk.reserve_ids(Customer, len(new)), strict=True))
    terms = round.here("Term", (values["terms"] for values in new.values()))
    known = {**parents, **pks}
    rows = [_columns(values, terms, known) for values in new.values()]
    intake.create(Customer, round.organization, rows, run=round.run, now=round.now, ids=list(pks.values()))
    links = [(pk, each, CREATED_HERE, new[each], new[each]) for each, pk in pks.items()]
    new_links(round, "customer", "Customer", links)
    round.decided.update(pks)
    round.counts["customers created here"] += len(pks)


def _add_keys(round: Round, parties: Mapping[str, Party]) -> None:
    """By which these, just created, are found from now on."""
    pks = round.here("Customer", parties)
    keys = [(pks[each], key) for each, party in parties.items() for key in party.keys]
    intake.add_match_keys(round.organization, keys)


def _columns(values: Values, terms: Mapping[str, int], parents: Mapping[str, int]) -> dict[str, Any]:
    return {**values, "terms_id": terms.get(values["terms"]), "parent_id": parents.get(values["parent"])}


def create_here(round: Round, remote_id: str, record: Record) -> None:
    """A person said this QuickBooks customer is a new one."""
    values = CUSTOMER.theirs(record.body)
    parents = round.here("Customer", [values["parent"]])
    _create(round, {remote_id: values}, parents)
    _add_keys(round, {remote_id: party(remote_id, record.body, values)})
    quality.overtake(round.organization, [match_key(remote_id)], now=round.now)

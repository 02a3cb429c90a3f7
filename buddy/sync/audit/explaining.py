"""Why both sides may differ and nothing is wrong, and what puts right what is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from buddy.hub.outbox import Mark
from buddy.hub.quality import Review, ReviewStatus
from buddy.quickbooks.records import Record
from buddy.sync import threeway
from buddy.sync.audit.pairs import Agreed, Pair
from buddy.sync.mapping import MAPPINGS
from buddy.sync.mapping.customer import is_project
from buddy.sync.mapping.product import is_sellable
from buddy.sync.models import Fix, ItemState, Link, LinkState, Remote, SendingItem, Trouble, Waiting
from buddy.sync.round import Round

KINDS = {"Item": "product", "Customer": "customer", "Invoice": "invoice", "CreditMemo": "credit", "Payment": "payment"}

CAUSES = {  # what explains a difference, for one and for many
    "asked": ("waits for an answer in Data quality", "wait for an answer in Data quality"),
    "customer": ("waits for its customer, who is asked about", "wait for their customers, who are asked about"),
    "owed": ("was changed in Buddy and waits to go out", "were changed in Buddy and wait to go out"),
    "unsent": ("is on its way to QuickBooks", "are on their way to QuickBooks"),
    "kept": ("differs as it was agreed to", "differ as it was agreed to"),
    "meanwhile": (
        "was changed in QuickBooks while this ran, and is up to date",
        "were changed in QuickBooks while this ran, and are up to date",
    ),
    "project": ("is a project and counts with its customer", "are projects and count with their customers"),
    "not sold": ("is a category, a bundle or inactive", "are categories, bundles or inactive"),
    "copy": (
        "carries the mark of another invoice: a copy made in QuickBooks. If it was not meant, void it there",
        "carry the mark of another invoice: copies made in QuickBooks. If they were not meant, void them there",
    ),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair that differs. `cause` explains it (a key of CAUSES), or it is a difference with its fix."""

    pair: Pair
    cause: str = ""
    said: str = ""
    fix: Fix = Fix.NONE


def judge(round: Round, entity: str, pairs: Sequence[Pair]) -> list[Judged]:
    """Those that differ, each explained or not. A fixed number of queries."""
    odd = [pair for pair in pairs if pair.facts or (pair.object_id is None and not pair.record.deleted)]
    if not odd:
        return []
    waiting = _waiting(round, entity, [pair.record.id for pair in odd])
    busy = busy_ones(round, KINDS[entity], [pair.object_id for pair in odd if pair.object_id])
    asked = _asked(round, entity, [pair.record.id for pair in odd])
    return [_judge(entity, pair, waiting.get(pair.record.id, Waiting.NO), busy, asked) for pair in odd]


def _judge(entity: str, pair: Pair, waiting: str, busy: set[int], asked: Mapping[str, set[str]]) -> Judged:
    if pair.object_id is None:
        cause = missing_here(entity, pair.record, waiting)
        return Judged(pair, cause, "It is in QuickBooks and not in Buddy.", Fix.READ)
    if pair.agreed is not None:
        return _judge_merged(entity, pair, pair.agreed, busy, asked.get(pair.record.id, set()))
    cause = "customer" if waiting == Waiting.CUSTOMER else ""  # a payment on an invoice that waits
    if pair.record.deleted:
        return Judged(pair, cause, "It is not in QuickBooks any more, and still counts in Buddy.", Fix.READ)
    return Judged(pair, cause, "Buddy holds other values than QuickBooks.", Fix.READ)


def missing_here(entity: str, record: Record, waiting: str) -> str:
    """Why a record of QuickBooks may have nothing here; empty when nothing explains it."""
    if waiting == Waiting.PERSON:
        return "asked"
    if waiting == Waiting.CUSTOMER:
        return "customer"
    if entity == "Customer" and is_project(record.body):
        return "project"
    if entity == "Item" and not (is_sellable(record.body) and record.body.get("Active", True)):
        return "not sold"
    return ""


def _judge_merged(entity: str, pair: Pair, agreed: Agreed, busy: set[int], asked: set[str]) -> Judged:
    """A merged record may differ on purpose: its change goes out, or is asked about, or was agreed to."""
    link, ours, theirs = agreed
    mapping = MAPPINGS[entity]
    merge = threeway.merge(
        mapping.fields, agreed_ours=link.ours or {}, agreed_theirs=link.theirs or {}, ours=ours, theirs=theirs
    )
    cause, wrong = "", []
    for fact in pair.facts:
        name, closed = fact.name, link.state == LinkState.CONFLICT  # a question asked and closed
        if name in asked:
            cause = "asked"
        elif mapping.named(name).owner is threeway.Owner.QUICKBOOKS:
            wrong.append(fact)
        elif pair.object_id in busy:
            cause = "owed"
        elif name in merge.there or name in merge.here or (name in merge.conflicts and not closed):
            wrong.append(fact)
        else:
            cause = "kept"
    if not wrong:
        return Judged(pair, cause)
    pair.facts = wrong
    if all(fact.name in merge.there for fact in wrong):
        return Judged(pair, "", "Buddy holds a newer value that was never sent.", Fix.SEND)
    return Judged(pair, "", "Buddy holds other values than QuickBooks.", Fix.READ)


def busy_ones(round: Round, kind: str, object_ids: Iterable[int]) -> set[int]:
    """Those that are owed, on their way, or held back with a reason that is shown on their page."""
    where = {"organization": round.organization, "kind": kind, "object_id__among": list(object_ids)}
    found: set[int] = set()
    for rows in (
        Mark.objects.filter(**where),
        Trouble.objects.filter(**where),
        SendingItem.objects.filter(state=ItemState.OPEN, **where),
    ):
        found.update(rows.values_list("object_id", flat=True))
    return found


def _waiting(round: Round, entity: str, remote_ids: Sequence[str]) -> dict[str, str]:
    rows = Remote.objects.filter(organization=round.organization, entity=entity, remote_id__among=remote_ids)
    return dict(rows.exclude(waiting=Waiting.NO).values_list("remote_id", "waiting"))


def _asked(round: Round, entity: str, remote_ids: Sequence[str]) -> dict[str, set[str]]:
    """By record, the fields an open question is about."""
    if entity not in MAPPINGS:
        return {}
    keys = {f"{what}:{entity}:{each}": each for each in remote_ids for what in ("conflict", "difference")}
    rows = Review.objects.filter(organization=round.organization, key__in=keys, status=ReviewStatus.PENDING)
    found: dict[str, set[str]] = {}
    for key, data in rows.values_list("key", "data"):
        found.setdefault(keys[key], set()).update(each["name"] for each in data.get("fields", ()))
    return found


def copies(round: Round, tags: Mapping[str, str]) -> list[str]:
    """Invoices there that carry the mark of an invoice of ours which is another one there. `tags`: by record."""
    if not tags:
        return []
    items = SendingItem.objects.filter(organization=round.organization, marker__in=set(tags.values()))
    senders = dict(items.values_list("marker", "object_id"))
    links = Link.objects.filter(organization=round.organization, kind="invoice", object_id__in=senders.values())
    originals = dict(links.values_list("object_id", "remote_id"))
    return [each for each, tag in tags.items() if originals.get(senders.get(tag, 0), each) != each]


def sentence(cause: str, count: int) -> str:
    """`3 wait for an answer in Data quality`."""
    one, many = CAUSES[cause]
    return f"{count:,} {one if count == 1 else many}"

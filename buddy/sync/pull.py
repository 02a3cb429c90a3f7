"""QuickBooks → the mirror → the hub: everything once, then what changed, and single records when asked (R3, R4, R5)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched

from django.utils import timezone

from buddy.hub import invoices
from buddy.quickbooks.client import PAGE, Client, literal
from buddy.quickbooks.errors import Gone
from buddy.quickbooks.records import Record
from buddy.sync import merging, mirror, reconcile, requirements
from buddy.sync.ahead import ahead
from buddy.sync.mapping.reference import owner_id
from buddy.sync.models import Cursor, Remote, Waiting
from buddy.sync.reconcile import documents, keys
from buddy.sync.work import Work

log = logging.getLogger(__name__)

SMALL = ("Term", "Account", "TaxCode", "TaxRate", "PaymentMethod")  # read daily; not all of them are in CDC (api 5.7)
LARGE = ("Item", "Customer", "Invoice", "CreditMemo", "Payment")  # in the order they depend (R5)
LISTS = (*SMALL, "Item", "Customer")
EVERY = "Active IN (true, false)"  # inactive ones are hidden otherwise (api 3.3)
OVERLAP = timedelta(minutes=10)  # between two looks, against clocks that disagree (R4)
WINDOW = timedelta(days=29)  # CDC looks back 30 days (api 7)
DAILY = timedelta(days=1)
RECOUNTS = 3  # how often a full pull is repeated when rows shifted under it (R5)
IDS, ROWS = 100, PAGE  # in one IN (…), on one page
CHANGES, FULL = "changes", "full"


def anything(work: Work, client: Client) -> None:
    """What this run has to read: everything, if that was never finished; else one look at what changed."""
    cursor = Cursor.objects.filter(organization=work.organization, name=CHANGES).first()
    if cursor is None or cursor.since is None:
        everything(work, client)
    elif cursor.since < timezone.now() - WINDOW:
        everything(work, client, sweep=True)
    else:
        changes(work, client, cursor.since)
        daily(work, client)


# --- Everything ------------------------------------------------------------------------------------------------------


def everything(work: Work, client: Client, *, sweep: bool = False) -> None:
    """The whole company, page by page. Cut off, it goes on with the entity it was at (R22).

    The cursor for changes is the server's time at the very first answer, so nothing that happens meanwhile is missed.
    `sweep`: also find what was deleted while nobody looked.
    """
    if sweep:
        with work.writing():
            Cursor.objects.filter(organization=work.organization).exclude(name=CHANGES).delete()
    company(work, client)
    for entity in (*SMALL, *LARGE):
        if not Cursor.objects.filter(organization=work.organization, name=entity, done=True).exists():
            at_once = entity == "Customer" and not sweep and not work.round.rehearsing
            seen = _whole_entity(work, client, entity, at_once=at_once)
            if at_once:
                _in_short(work, keys.stores(work.organization))
            if sweep and entity in LARGE:
                _sweep(work, client, entity, seen)
            settle(work, entity)
            with work.writing():
                Cursor.objects.create(organization=work.organization, name=entity, done=True)
    with work.writing():
        row = work.lease.connection()
        full = Cursor.objects.get(organization=work.organization, name=FULL)
        Cursor.objects.update_or_create(
            organization=work.organization, name=CHANGES, defaults={"since": full.since, "done": True}
        )
        Cursor.objects.filter(organization=work.organization).exclude(name=CHANGES).delete()
        if work.round.rehearsing:  # the plan comes first
            return
        invoices.continue_numbers(work.organization)
        row.first_synced_at = row.first_synced_at or timezone.now()
        row.save(update_fields=["first_synced_at"])


def company(work: Work, client: Client) -> None:
    """How the company is set up (R3). Read daily: it changes without notice."""
    about = client.company_info().body
    with work.writing():  # at once, so that the page names the company while the rest is read
        row = work.lease.connection()
        row.company_name = str(about.get("CompanyName") or "")[:200]
        row.save(update_fields=["company_name"])
    found = requirements.facts(client.preferences().body, about)
    with work.writing():
        row = work.lease.connection()
        row.facts, row.facts_at = found, timezone.now()
        row.save(update_fields=["facts", "facts_at"])
    work.round.facts = found


def _whole_entity(work: Work, client: Client, entity: str, *, at_once: bool = False) -> set[str]:
    """Take every record of one entity. Returns the ids."""
    seen: set[str] = set()
    _store(work, entity, _whole_pages(work, client, entity, seen), at_once=at_once)
    return seen


def _whole_pages(work: Work, client: Client, entity: str, seen: set[str]) -> Iterator[_Page]:
    """What is news, each record once; paged again while the count and what was `seen` disagree (R5)."""
    where = _every(entity)
    for _ in range(RECOUNTS):
        total = client.count(entity, where) if entity in LARGE else None
        for page in client.pages(entity, where, total=total):
            if not seen:
                _remember_start(work, page.time)
            fresh = [record for record in page.records if record.id not in seen]
            seen.update(record.id for record in fresh)
            yield _Page(mirror.news(work.organization, entity, fresh), done=len(seen), total=total)
        if total is None or len(seen) >= total:
            break
        log.info("%s: counted %d, saw %d: paging again", entity, total, len(seen))


def _remember_start(work: Work, time: datetime | None) -> None:
    if not Cursor.objects.filter(organization=work.organization, name=FULL).exists():
        with work.writing():
            since = (time or timezone.now()) - OVERLAP
            Cursor.objects.create(organization=work.organization, name=FULL, since=since)


def _sweep(work: Work, client: Client, entity: str, seen: set[str]) -> None:
    """What we mirror and a full pull did not show may be deleted: one read each says so (R11)."""
    held = Remote.objects.filter(organization=work.organization, entity=entity, deleted=False)
    missing = [each for each in held.values_list("remote_id", flat=True).iterator() if each not in seen]
    for some in batched(sorted(missing), IDS):
        found = _read(client, entity, some)
        _take(work, entity, found)
        _follow_merges(work, client, found)


# --- What changed ----------------------------------------------------------------------------------------------------


def changes(work: Work, client: Client, since: datetime) -> None:
    """One metered read: all that changed since. The cursor moves only when all of it is taken (R4)."""
    answer = client.changes_since(LARGE, since)
    if answer.maybe_cut:
        _wide(work, client, since)
    else:
        _take_changes(work, client, answer.records)
    with work.writing():
        Cursor.objects.filter(organization=work.organization, name=CHANGES).update(since=answer.time - OVERLAP)


def _wide(work: Work, client: Client, since: datetime) -> None:
    """More changed than one answer holds: page each entity by time, then ask for its deletions alone (R4)."""
    for entity in LARGE:
        for records in pages(client, entity, changed_since(since)):
            _take(work, entity, records)
        answer = client.changes_since([entity], since)
        _take_changes(work, client, [record for record in answer.records if record.deleted])
        if answer.maybe_cut and _lost_any(work, client, entity):
            _sweep(work, client, entity, _whole_entity(work, client, entity))
            settle(work, entity)


def _lost_any(work: Work, client: Client, entity: str) -> bool:
    """Do we hold more than there is? Then something was deleted that the cut answer did not show."""
    held = Remote.objects.filter(organization=work.organization, entity=entity, deleted=False).count()
    return held > count(client, entity)


def _take_changes(work: Work, client: Client, records: Sequence[Record]) -> None:
    by_entity: dict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        by_entity[record.entity][record.id] = record
    for entity in LARGE:
        found = list(by_entity[entity].values())
        _take(work, entity, found)
        _follow_merges(work, client, found)  # before the survivor could be taken for a new customer
        settle(work, entity)


def daily(work: Work, client: Client) -> None:
    """Small lists and settings, once a day, outside the one-read cycle (R3)."""
    with work.writing():
        row = work.lease.connection()
        read_at = row.facts_at
    if read_at and read_at > timezone.now() - DAILY:
        return
    for entity in SMALL:
        _whole_entity(work, client, entity)
    company(work, client)


# --- Single records --------------------------------------------------------------------------------------------------


def named(work: Work, client: Client, refs: Iterable[tuple[str, str]]) -> None:
    """These records as they are now; one that QuickBooks no longer has is marked deleted (R11)."""
    by_entity: dict[str, list[str]] = defaultdict(list)
    for entity, remote_id in refs:
        by_entity[entity].append(remote_id)
    for entity, ids in sorted(by_entity.items(), key=lambda pair: LARGE.index(pair[0])):
        for some in batched(sorted(set(ids)), IDS):
            _take(work, entity, _read(client, entity, some))
        settle(work, entity)


def _read(client: Client, entity: str, ids: Sequence[str]) -> list[Record]:
    if len(ids) == 1:
        return [_read_one(client, entity, ids[0])]
    wanted = f"Id IN ({', '.join(literal(each) for each in ids)})" + (f" AND {EVERY}" if entity in LISTS else "")
    found = client.query(entity, wanted).records
    missing = set(ids) - {record.id for record in found}
    return found + [_read_one(client, entity, each) for each in sorted(missing)]


def _read_one(client: Client, entity: str, remote_id: str) -> Record:
    try:
        return client.read(entity, remote_id)
    except Gone:
        return Record(client.realm, entity, remote_id, "", timezone.now(), True, b"{}")


# --- For whoever compares --------------------------------------------------------------------------------------------


def count(client: Client, entity: str) -> int:
    """How many of these QuickBooks has, inactive ones too. One metered read."""
    return client.count(entity, _every(entity))


def pages(client: Client, entity: str, where: str = "", *, total: int | None = None) -> Iterator[list[Record]]:
    """These records as they are now, page by page; nothing is stored. A metered read a page."""
    conditions = " AND ".join(filter(None, (where, _every(entity))))
    for page in client.pages(entity, conditions, total=total):
        yield page.records


def changed_since(moment: datetime) -> str:
    """The condition for what changed there since."""
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")
    return f"MetaData.LastUpdatedTime >= {literal(stamp)}"


def single(client: Client, entity: str, ids: Sequence[str]) -> list[Record]:
    """These records as they are now, at most `IDS`; nothing is stored. One that is not there is marked as deleted."""
    return _read(client, entity, ids)


def take_in(work: Work, client: Client, entity: str, records: Sequence[Record]) -> None:
    """Mirror these and carry them over, even where token and time tell of no change."""
    _store(work, entity, [_Page(records)])
    _follow_merges(work, client, records)
    settle(work, entity)


def _every(entity: str) -> str:
    return EVERY if entity in LISTS else ""


# --- Into the mirror and on ------------------------------------------------------------------------------------------


type _Way = Callable[[Work, str, Sequence[Record]], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class _Page:
    """Records as they came. `done` of `total`: how far a full pull is with them."""

    records: Sequence[Record]
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a page goes into one transaction, and how."""

    way: _Way
    page: _Page


def _take(work: Work, entity: str, records: Sequence[Record]) -> None:
    """Mirror what is new of these; documents are carried over in the same transaction, the rest by `settle`."""
    _store(work, entity, [_Page(mirror.news(work.organization, entity, records))])


def _store(work: Work, entity: str, pages: Iterable[_Page], *, at_once: bool = False) -> None:
    """Mirror these as `_take` does. `at_once`: customers are carried over too, as long as nobody here could be one."""

    def prepare(part: _Part) -> tuple[Callable[[], None], _Page]:
        return part.way(work, entity, part.page.records), part.page

    for store, page in ahead(prepare, _parts(work, entity, pages, at_once=at_once)):
        with work.writing():
            store()
            work.took(entity, page.records)
            if page.done:
                work.progress(entity, page.done, page.total)


def _parts(work: Work, entity: str, pages: Iterable[_Page], *, at_once: bool) -> Iterator[_Part]:
    """How far one is, is told with a page's last part: another transaction would cost another breath (R28)."""
    for page in pages:
        way, size = _way(work, entity, at_once=at_once)
        *before, last = list(batched(page.records, size)) or [()]
        for some in before:
            yield _Part(way, _Page(some))
        if last or page.done:
            yield _Part(way, _Page(last, page.done, page.total))


def _way(work: Work, entity: str, *, at_once: bool) -> tuple[_Way, int]:
    decided_later = entity in reconcile.MATCHED and (not at_once or work.round.someone_free)
    if decided_later or work.round.rehearsing:
        return _to_mirror, PAGE
    return partial(_to_carry_over, at_once=at_once), reconcile.chunk_size(entity)


def _to_mirror(work: Work, entity: str, records: Sequence[Record]) -> Callable[[], None]:
    """To be carried over when all of them are here, or the plan is approved; what was deleted waits for no turn."""
    copies = mirror.copies(work.organization, entity, records)
    waiting = {each.id: Waiting.TURN for each in records if entity in reconcile.CARRIED_OVER and not each.deleted}

    def store() -> None:
        mirror.store(copies, waiting=waiting)
        deleted = [record for record in records if record.deleted]
        if deleted and not work.round.rehearsing:
            reconcile.carry_over(work.round, entity, deleted)

    return store


def _to_carry_over(work: Work, entity: str, records: Sequence[Record], *, at_once: bool = False) -> Callable[[], None]:
    return partial(reconcile.store, work.round, reconcile.prepare(work.round, entity, records, at_once=at_once))


def _in_short(work: Work, stores: Iterable[Callable[[], None]]) -> None:
    for store in stores:
        with work.writing():
            store()


def settle(work: Work, entity: str) -> None:
    """Carry over what waits for its turn, until nothing more comes free. While a plan is made, nothing has a turn."""
    if work.round.rehearsing:
        return
    _in_turn(work, entity)
    if entity == "Customer" and work.round.decided:
        while _children_released(work):
            _in_turn(work, entity)
        with work.writing():
            documents.release(work.round, work.round.decided)
        work.round.decided.clear()
        for document in documents.ENTITIES:
            settle(work, document)


def _children_released(work: Work) -> bool:
    with work.writing():
        return documents.release_children(work.round) > 0


def _in_turn(work: Work, entity: str) -> None:
    turns = mirror.waiting_turn(work.organization, entity, work.realm, size=reconcile.chunk_size(entity))
    _in_short(work, ahead(partial(_to_carry_over, work, entity), turns))


def _follow_merges(work: Work, client: Client, records: Sequence[Record]) -> None:
    """A linked customer that vanished was merged into another: one of its invoices, read by id, names it (R10)."""
    vanished = [record.id for record in records if record.deleted and record.entity == "Customer"]
    merges = []
    for remote_id, invoice in merging.witnesses(work.organization, vanished).items():
        record = _read_one(client, "Invoice", invoice)
        if not record.deleted:
            merges.append((owner_id("Invoice", record.body), remote_id))
    if merges:
        follow_merges(work, client, merges)


def follow_merges(work: Work, client: Client, merges: Iterable[tuple[str, str]]) -> None:
    """These customers were merged there: (survivor, vanished). What waited for one of them is read again."""
    for survivor, vanished in merges:
        with work.writing():
            merging.follow(work.round, vanished=vanished, survivor=survivor)
    needs, work.round.needs = work.round.needs, set()
    named(work, client, needs)
    settle(work, "Customer")

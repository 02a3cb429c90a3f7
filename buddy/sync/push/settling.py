"""What the answer to a frozen request means for each of its items (R12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from buddy.hub import invoices, outbox, quality
from buddy.hub.outbox import Ring
from buddy.quickbooks.errors import Duplicate, Gone, Paused, QuickBooksError, Reconnect, Retryable, Stale
from buddy.quickbooks.records import BatchReply, Record
from buddy.sync import closing, mirror, reconcile, threeway, undo
from buddy.sync.mapping import MAPPINGS
from buddy.sync.mapping.fields import Field
from buddy.sync.models import Connection, ItemState, ItemWish, Link, Sending, SendingItem, Trouble
from buddy.sync.reconcile import documents
from buddy.sync.reconcile.customers import when_created
from buddy.sync.reconcile.reviews import ask_difference
from buddy.sync.reconcile.sides import MODELS
from buddy.sync.round import name_key
from buddy.sync.threeway import Owner
from buddy.sync.work import Work

_STOPS = (Retryable, Reconnect, Paused)  # not the item's fault: owed again, and the run ends
STALE_TRIES = 3  # read, merge and send again at most so often in a row


@dataclass
class Settled:
    """`doubtful`: items without an answer that says anything. `stop`: what ends the run, once all is stored.
    `closed`: the books may be closed further than we know."""

    doubtful: list[SendingItem] = field(default_factory=list)
    stop: QuickBooksError | None = None
    closed: bool = False


def settle(work: Work, sending: Sending, reply: BatchReply) -> Settled:
    """Store every answer, in one transaction."""
    result = Settled()
    with work.writing():
        items = list(sending.items.filter(state=ItemState.OPEN))
        confirmed = [(item, record) for item in items if isinstance(record := reply.items.get(item.bid), Record)]
        confirm(work, confirmed)
        for item in items:
            answer = reply.items.get(item.bid)
            if answer is None or (isinstance(answer, Retryable) and answer.in_doubt):
                result.doubtful.append(item)
            elif isinstance(answer, QuickBooksError):
                _refused(work, item, answer)
                result.closed = result.closed or answer.code in closing.CODES
                result.stop = answer if isinstance(answer, _STOPS) else result.stop
        close(sending, timezone.now())
    return result


def refuse(work: Work, sending: Sending, error: QuickBooksError) -> None:
    """The request as a whole was refused, so every item of it was."""
    with work.writing():
        for item in sending.items.filter(state=ItemState.OPEN):
            item.code, item.said = error.code, f"{error.detail or error.message} [{error.trace_id}]"
            reject(work, item, error)
        close(sending, timezone.now())


def close(sending: Sending, now: datetime) -> None:
    """A Sending is settled when none of its items is open."""
    if not sending.items.filter(state=ItemState.OPEN).exists():
        sending.settled_at = now
        sending.save(update_fields=["settled_at"])


# --- Confirmed -------------------------------------------------------------------------------------------------------


def confirm(work: Work, pairs: Sequence[tuple[SendingItem, Record]], *, looked: bool = False) -> None:
    """QuickBooks has it: link, remember what each side holds, and read the answer back as any other record.

    `looked`: no answers, but records as they were found there, which somebody may have edited since."""
    now, latest = timezone.now(), _latest(work, [record for _, record in pairs])
    for (item, record), known in zip(pairs, latest, strict=True):
        _agree(work, item, record, known, now, looked=looked)
        item.state, item.remote_id, item.settled_at = ItemState.CONFIRMED, record.id, now
        item.answer = record.raw.decode()
        item.save(update_fields=["state", "remote_id", "answer", "settled_at"])
        Trouble.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id).delete()
        voided = item.operation == "void"
        work.round.counts["invoices voided there" if voided else f"{item.kind}s sent"] += 1
        work.went["void" if voided else item.kind] += 1
    undo.done(work.organization, [item.object_id for item, _ in pairs if item.operation == "void"], now=now)
    names = [name_key(item.kind, item.object_id) for item, _ in pairs if item.entity in MAPPINGS]
    quality.overtake(work.organization, names, now=now)
    _read_back(work, latest)
    _free(work, pairs)


def _latest(work: Work, records: Sequence[Record]) -> list[Record]:
    """Each as it is now, as far as is known: an answer that was repeated (api 4.8) may be older than the mirror, and
    what was read since would not be read again."""
    held: dict[tuple[str, str], Record] = {}
    for entity in {record.entity for record in records}:
        ids = [record.id for record in records if record.entity == entity]
        found = mirror.records(work.organization, entity, ids, work.realm)
        held |= {(entity, remote_id): record for remote_id, record in found.items()}
    return [max(record, held.get((record.entity, record.id), record), key=_version) for record in records]


def _version(record: Record) -> tuple[bool, int, datetime]:
    """Later ones are greater. A balance moves no token (api 4.2)."""
    return record.deleted, int(record.sync_token or 0), record.updated_at or datetime.min.replace(tzinfo=UTC)


def _agree(work: Work, item: SendingItem, record: Record, known: Record, now: datetime, *, looked: bool) -> None:
    """What was sent and what was answered is the agreement now; of fields that were not sent it stays as it was, and
    of those too about which both sides have agreed since, by what is `known` of the record."""
    link = Link.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id).first()
    if link is None:
        link = Link(organization=work.organization, kind=item.kind, object_id=item.object_id, rule="sent")
        link.entity, link.remote_id = item.entity, record.id
    mapping = MAPPINGS.get(item.entity)
    if mapping and link.remote_id == record.id and (item.operation == "update" or link.pk is None):
        theirs: Mapping[str, Any] = mapping.theirs(record.body)
        if looked and item.operation == "create":
            theirs = when_created(mapping, item.ours or {}, theirs)
        fields = sent_fields(item)
        if known is not record:
            fields = [each for each in fields if not _agreed_since(each, link, mapping.theirs(known.body))]
        else:
            _ask_unheeded(work, item, link, fields, theirs)
        link.note = _note(fields, item.ours or {}, theirs)
        link.ours = {**(link.ours or {}), **{each.name: (item.ours or {})[each.name] for each in fields}}
        link.theirs = {**(link.theirs or {}), **{each.name: theirs[each.name] for each in fields}}
    link.synced_at = now
    link.save()


def _agreed_since(field: Field, link: Link, theirs: Mapping[str, Any]) -> bool:
    agreed = link.theirs or {}
    return threeway.name_in(agreed, field.name) and field.same(agreed[field.name], theirs[field.name])


def sent_fields(item: SendingItem) -> list[Field]:
    """The fields a request set."""
    ours = item.ours or {}
    return [
        each
        for each in MAPPINGS[item.entity].fields
        if each.owner is not Owner.QUICKBOOKS and ours.get(each.name) is not None
    ]


def _note(fields: Sequence[Field], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Where QuickBooks stored something else than was sent, say so; nothing is sent again (R6)."""
    otherwise = [
        each for each in fields if ours[each.name] not in ("", {}) and not each.same(ours[each.name], theirs[each.name])
    ]
    return "; ".join(f"QuickBooks stored {each.label.lower()} as “{_words(theirs[each.name])}”" for each in otherwise)


def _words(value: Any) -> str:
    return ", ".join(value.values()) if isinstance(value, dict) else str(value)


def _ask_unheeded(
    work: Work, item: SendingItem, link: Link, fields: Sequence[Field], theirs: Mapping[str, Any]
) -> None:
    """QuickBooks said yes and still holds the old value: a person looks, nothing is sent again (R14)."""
    if item.operation != "update":
        return
    ours, before = item.ours or {}, link.theirs or {}
    unheeded = [
        each.name
        for each in fields
        if threeway.name_in(before, each.name)
        and each.same(before[each.name], theirs[each.name])
        and not each.same(ours[each.name], theirs[each.name])
    ]
    row = MODELS[item.entity].objects.filter(organization=work.organization, pk=item.object_id).first()
    if unheeded and row is not None:
        ask_difference(work.round, MAPPINGS[item.entity], row, link.remote_id, unheeded, ours, theirs)


def _read_back(work: Work, records: Sequence[Record]) -> None:
    """As any other record: customers and items merge what was not sent (a balance that moved meanwhile), invoices are
    QuickBooks' now (R15)."""
    for entity in {record.entity for record in records}:
        some = [record for record in records if record.entity == entity]
        if entity in reconcile.MATCHED:
            mirror.write(work.organization, entity, some, waiting={})
        reconcile.carry_over(work.round, entity, some)


def _free(work: Work, pairs: Sequence[tuple[SendingItem, Record]]) -> None:
    work.round.decided.update(record.id for item, record in pairs if item.entity == "Customer")
    if work.round.decided:
        documents.free(work.round)
    created = [item.object_id for item, _ in pairs if item.kind == "product"]
    ItemWish.objects.filter(organization=work.organization, product__in=created).delete()


# --- Refused: nothing was written for the item, so its retry is a new item in a new Sending (R12) --------------------


def _refused(work: Work, item: SendingItem, error: QuickBooksError) -> None:
    item.code, item.said = error.code, f"{error.detail or error.message} [{error.trace_id}]"
    remedies: dict[type[QuickBooksError], Callable[[Work, SendingItem, Any], None]] = {
        Stale: _stale,
        Duplicate: _duplicate,
        Gone: _gone,
        Retryable: _again,
        Reconnect: _again,
        Paused: _again,
    }
    remedy = next((act for kind, act in remedies.items() if isinstance(error, kind)), reject)
    if (item.kind, item.operation) == ("invoice", "create") and error.code in closing.CODES:
        remedy = _closed
    remedy(work, item, error)


def _end(item: SendingItem, state: ItemState) -> None:
    item.state, item.settled_at = state, timezone.now()
    item.save(update_fields=["state", "code", "said", "settled_at"])


def again(work: Work, item: SendingItem) -> None:
    """Nothing was written there: it is owed again, and will be composed anew."""
    _end(item, ItemState.RETURNED)
    outbox.mark(work.organization, item.kind, [item.object_id], by=None, now=timezone.now(), why=Ring.AGAIN)


def _again(work: Work, item: SendingItem, error: QuickBooksError) -> None:  # noqa: ARG001 the remedies share one shape
    again(work, item)


def _closed(work: Work, item: SendingItem, error: QuickBooksError) -> None:
    """The closing date has moved since it was read: read it, then it waits or moves by the organization's choice. If
    it is refused once more after that, we do not know the date: a person looks."""
    before = SendingItem.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id)
    last = before.exclude(pk=item.pk).order_by("-pk").first()
    if last and (last.state, last.code) == (ItemState.RETURNED, item.code):
        reject(work, item, error)
        return
    Connection.objects.filter(organization=work.organization).update(facts_at=None)
    again(work, item)


def _stale(work: Work, item: SendingItem, error: Stale) -> None:
    """Read, merge, send again, at most three times in a row; then a person looks."""
    last = SendingItem.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id)
    recent = last.exclude(pk=item.pk).order_by("-pk").values_list("state", "code")[: STALE_TRIES - 1]
    if [tuple(row) for row in recent] == [(ItemState.RETURNED, "5010")] * (STALE_TRIES - 1):
        reject(work, item, error)
        return
    link = Link.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id).first()
    if link:
        work.round.needs.add((item.entity, link.remote_id))
    again(work, item)


def _duplicate(work: Work, item: SendingItem, error: Duplicate) -> None:
    if error.kind == "number" and item.kind == "invoice":
        _number_taken(work, item, error)
        return
    reject(work, item, error, cause=name_key(item.kind, item.object_id) if error.kind == "name" else "")


def _number_taken(work: Work, item: SendingItem, error: Duplicate) -> None:
    """The number is another document's (R17). If that one carries our marker it is this invoice, adopted when it is
    read; else the next number goes out in a new Sending."""
    if error.existing_id:
        work.round.needs.add(("Invoice", error.existing_id))
    invoices.next_number(work.organization, item.object_id)
    again(work, item)


def _gone(work: Work, item: SendingItem, error: Gone) -> None:
    """The object itself, or something it refers to, is inactive or deleted there: read it again and tell a person."""
    link = Link.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id).first()
    if link:
        work.round.needs.add((item.entity, link.remote_id))
    reject(work, item, error)


def reject(work: Work, item: SendingItem, error: QuickBooksError, *, cause: str = "") -> None:
    """A person has to settle it; until then the object says what is wrong. `cause`: what it is apart from the code.
    An invoice that could not be voided stays as it is, which is no trouble."""
    _end(item, ItemState.REJECTED)
    work.round.counts[f"{item.kind}s refused"] += 1
    if item.operation == "void":
        undo.decline(work.organization, {item.object_id: error.user_text}, run=work.run.pk, now=timezone.now())
        return
    Trouble.objects.update_or_create(
        organization=work.organization,
        kind=item.kind,
        object_id=item.object_id,
        defaults={
            "cause": cause or f"fault:{error.code or 'unknown'}",
            "reason": error.user_text,
            "said": item.said,
            "since": timezone.now(),
        },
    )

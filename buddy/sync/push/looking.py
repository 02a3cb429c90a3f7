"""In doubt, look there before sending again (R13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta

from django.utils import timezone

from buddy.hub.invoices import Invoice
from buddy.quickbooks.client import Client, literal
from buddy.quickbooks.errors import Gone
from buddy.quickbooks.records import Record
from buddy.sync.mapping import MAPPINGS
from buddy.sync.mapping.invoice import created_at, read, tag_in
from buddy.sync.models import ItemState, Link, Sending, SendingItem
from buddy.sync.push.clashes import by_name
from buddy.sync.push.settling import again, close, confirm, reject, sent_fields
from buddy.sync.reconcile.customers import EARLIER, as_sent
from buddy.sync.work import Work

UNCERTAIN = timedelta(hours=1)  # after this, resending alone is no longer trusted


def look(work: Work, client: Client, sending: Sending) -> None:
    """Find what became of the open items: what is there is adopted, what is not goes out again in a new Sending."""
    items = list(sending.items.filter(state=ItemState.OPEN))
    found: dict[int, Record] = {}
    for entity in sorted({item.entity for item in items}):
        mine = [item for item in items if item.entity == entity]
        found |= _updates(work, client, [item for item in mine if item.operation == "update"])
        found |= _voids(work, client, [item for item in mine if item.operation == "void"])
        created = [item for item in mine if item.operation == "create"]
        if created:
            found |= (
                _invoices(work, client, sending, created) if entity == "Invoice" else _named(client, sending, created)
            )
    with work.writing():
        confirm(work, [(item, found[item.pk]) for item in items if item.pk in found], looked=True)
        for item in items:
            if item.pk not in found and item.state == ItemState.OPEN:
                again(work, item)
        close(sending, timezone.now())


def _invoices(work: Work, client: Client, sending: Sending, items: Sequence[SendingItem]) -> dict[int, Record]:
    """By number first, where Buddy gives them; else, and for the rest, one paged read of what was made since."""
    wanted = {item.marker: item.pk for item in items if item.marker}
    found: dict[int, Record] = {}
    if work.round.facts.get("custom_numbers") and (numbers := _numbers(work, items)):
        found = _marked(client, f"DocNumber IN ({', '.join(map(literal, numbers))})", wanted)
    if len(found) < len(wanted):
        since = (sending.frozen_at - EARLIER).astimezone(UTC).isoformat(timespec="seconds")
        found |= _marked(client, f"MetaData.CreateTime >= {literal(since)}", wanted)
    return found


def _numbers(work: Work, items: Sequence[SendingItem]) -> list[str]:
    """The numbers our invoices were sent with, as far as a query can hold them (api 3.2)."""
    rows = Invoice.objects.filter(organization=work.organization, pk__in=[item.object_id for item in items])
    return [number for number in rows.values_list("number", flat=True) if number and number.isascii()]


def _marked(client: Client, where: str, wanted: Mapping[str, int]) -> dict[int, Record]:
    """Those of ours among these invoices; our marker is compared here, for notes cannot be filtered."""
    found: dict[int, Record] = {}
    for page in client.pages("Invoice", where):
        for record in page.records:
            tag = tag_in(record.body.get("PrivateNote") or "")
            if tag in wanted:
                found.setdefault(wanted[tag], record)
    return found


def _named(client: Client, sending: Sending, items: Sequence[SendingItem]) -> dict[int, Record]:
    """Customers and items by name, inactive ones too; ours only if made since and equal to what was sent."""
    found: dict[int, Record] = {}
    for item in items:
        mapping = MAPPINGS[item.entity]
        name = str((item.ours or {}).get("display_name" if item.entity == "Customer" else "name", ""))
        for record in by_name(client, item.entity, [name]):
            born = created_at(record.body)
            ours = born is not None and born >= sending.frozen_at - EARLIER
            if ours and as_sent(mapping, item.ours or {}, mapping.theirs(record.body)):
                found[item.pk] = record
    return found


def _updates(work: Work, client: Client, items: Sequence[SendingItem]) -> dict[int, Record]:
    """An update happened if the record now holds what was sent; reading it tells."""
    found: dict[int, Record] = {}
    for item in items:
        link = _link(work, item)
        record = _linked(work, client, item, link)
        if record is None:
            continue
        theirs = MAPPINGS[item.entity].theirs(record.body)
        if all(each.same((item.ours or {})[each.name], theirs[each.name]) for each in sent_fields(item)):
            found[item.pk] = record
    return found


def _voids(work: Work, client: Client, items: Sequence[SendingItem]) -> dict[int, Record]:
    """A void happened if nothing is left on the invoice."""
    found: dict[int, Record] = {}
    for item in items:
        record = _linked(work, client, item, _link(work, item))
        if record is not None and read(record.raw, po_field="").looks_void:
            found[item.pk] = record
    return found


def _link(work: Work, item: SendingItem) -> Link | None:
    return Link.objects.filter(organization=work.organization, kind=item.kind, object_id=item.object_id).first()


def _linked(work: Work, client: Client, item: SendingItem, link: Link | None) -> Record | None:
    """The record as it is now. Its item is rejected when QuickBooks no longer has it."""
    if link is None:
        return None
    try:
        return client.read(item.entity, link.remote_id)
    except Gone as error:
        with work.writing():
            reject(work, item, error)
        return None

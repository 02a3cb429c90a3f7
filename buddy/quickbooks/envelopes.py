"""An answer's bytes cut into records: only the envelope and each object's head are decoded here.

A page of 1,000 invoices is 4 MB, and most of its objects are unchanged since the last pull: their bodies need never be
decoded, and every record keeps its own bytes as they came, so nothing is encoded again.

Lenient where QuickBooks is (api 3.4, 7): `{}`, missing arrays, unknown members and unknown fields are all fine. What
is not the expected envelope, a fault under HTTP 200 among it, raises ValueError and is never taken for an empty answer.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct, field

from buddy.quickbooks.errors import QuickBooksError
from buddy.quickbooks.faults import from_item
from buddy.quickbooks.records import BatchReply, Changes, Page, Record, moment


class _MetaData(Struct, rename="pascal"):
    last_updated_time: str = ""


class _Head(Struct, rename="pascal"):
    id: str | int = ""
    sync_token: str | int = ""
    meta_data: _MetaData | None = None
    status: str = field(default="", name="status")


class _Query(Struct):
    members: dict[str, Raw] = field(name="QueryResponse")
    time: str = ""


class _Queries(Struct):
    responses: list[dict[str, Raw]] = field(name="QueryResponse")


class _Cdc(Struct):
    queries: list[_Queries] = field(name="CDCResponse")
    time: str = ""


class _Batch(Struct):
    items: list[dict[str, Raw]] = field(name="BatchItemResponse")
    time: str = ""


_query = msgspec.json.Decoder(_Query).decode
_cdc = msgspec.json.Decoder(_Cdc).decode
_batch = msgspec.json.Decoder(_Batch).decode
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_objects = msgspec.json.Decoder(list[Raw]).decode
_head = msgspec.json.Decoder(_Head).decode
_string = msgspec.json.Decoder(str).decode
_anything = msgspec.json.Decoder().decode


def page(realm: str, content: bytes) -> Page:
    """The answer to a query, in its order."""
    envelope = _query(content)
    return Page(list(_records(realm, envelope.members)), moment(envelope.time))


def total(_realm: str, content: bytes) -> int:
    """The answer to a `count(*)`."""
    return int(_anything(_query(content).members.get("totalCount", b"0")))


def changes(realm: str, content: bytes) -> Changes:
    """The answer of change data capture: live objects and deleted stubs of every entity asked for."""
    envelope = _cdc(content)
    records = [
        record for query in envelope.queries for members in query.responses for record in _records(realm, members)
    ]
    time = moment(envelope.time)
    if time is None:  # it is the next cursor (R4): an answer without one is of no use
        raise ValueError("the answer has no time")
    return Changes(records, time)


def single(realm: str, content: bytes) -> Record:
    """The answer to a read or a write of one object."""
    members = _members(content)
    if "Fault" in members or "fault" in members:
        raise ValueError("the answer is a fault")
    record = _object_in(realm, members)
    if record is None:
        raise ValueError("the answer holds no object")
    return record


def batch(realm: str, content: bytes) -> BatchReply:
    """The answer to a batch. An item that is neither an object nor a fault is left out, and so is in doubt (R13)."""
    envelope = _batch(content)
    items: dict[str, Record | QuickBooksError] = {}
    for members in envelope.items:
        outcome = _outcome(realm, members)
        if outcome is not None and "bId" in members:
            items[_string(members["bId"])] = outcome
    return BatchReply(items, moment(envelope.time))


def _outcome(realm: str, members: dict[str, Raw]) -> Record | QuickBooksError | None:
    return from_item(_anything(members["Fault"])) if "Fault" in members else _object_in(realm, members)


def _object_in(realm: str, members: dict[str, Raw]) -> Record | None:
    """The one object beside `time` or `bId`."""
    for entity, raw in members.items():
        if entity != "QueryResponse" and _opens_with(raw, b"{"):
            return _record(realm, entity, raw)
    return None


def _records(realm: str, members: dict[str, Raw]) -> Iterator[Record]:
    """Every array of a QueryResponse holds objects; its other members are numbers (startPosition, totalCount)."""
    for entity, array in members.items():
        if _opens_with(array, b"["):
            for raw in _objects(array):
                yield _record(realm, entity, raw)


def _record(realm: str, entity: str, raw: Raw) -> Record:
    head = _head(raw)
    return Record(
        realm=realm,
        entity=entity,
        id=str(head.id),
        sync_token=str(head.sync_token),
        updated_at=moment(head.meta_data.last_updated_time) if head.meta_data else None,
        deleted=head.status == "Deleted",
        raw=bytes(raw),
    )


def _opens_with(raw: Raw, bracket: bytes) -> bool:
    return bytes(memoryview(raw)[:1]) == bracket

"""From a record to the JSON a client receives: recorded key order, names of references, no empties (api 2.3, 5.3)."""

from decimal import Decimal
from typing import Any

import msgspec

from simulator.books import Body, Books, Record
from simulator.clock import entity_time
from simulator.rules.currency import CURRENCIES
from simulator.schema import PREFERENCES, Entity

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """JSON as QuickBooks writes it: Decimal as a number with the places it has."""
    return _encoder.encode(value)


def decode(raw: bytes) -> Any:
    """JSON with exact numbers: int or Decimal, never float. msgspec.DecodeError for what is not JSON."""
    return _decoder.decode(raw)


def rendered(books: Books, record: Record) -> bytes:
    """The object as JSON bytes, kept until it or a name in it changes. Preferences may change in place: never kept."""
    if record.rendered is None or record.rendered_at != books.naming or record.entity is PREFERENCES:
        record.rendered = _encoder.encode(shown(books, record))
        record.rendered_at = books.naming
    return record.rendered


def shown(books: Books, record: Record) -> Body:
    """The object as a dict in reply order."""
    entity, body = record.entity, record.body
    envelope: Body = {
        "domain": "QBO", "sparse": False, "Id": record.id, "SyncToken": str(record.token),
        "MetaData": _meta(books, record),
    }  # fmt: skip
    result: Body = {}
    for name in entity.order:
        if name in body:
            result[name] = _named(books, entity, name, body[name])
        elif name in envelope:
            result[name] = envelope[name]
    return result


def _meta(books: Books, record: Record) -> Body:
    meta: Body = {"CreateTime": entity_time(record.created, books.zone)}
    if record.entity.name == "Invoice":  # only invoices tell who changed them (api 5.0)
        meta["LastModifiedByRef"] = {"value": books.realm}
    meta["LastUpdatedTime"] = entity_time(record.updated, books.zone)
    return meta


def _named(books: Books, entity: Entity, name: str, value: Any) -> Any:
    if name == "Line":
        return [_named_line(books, line) for line in value]
    rule = entity.fields.get(name)
    if rule is not None and rule.kind == "ref":
        return named_ref(books, rule.target, value)
    return value


def _named_line(books: Books, line: Body) -> Body:
    kind = line.get("DetailType", "")
    if kind == "SalesItemLineDetail":
        return {**line, kind: {key: _in_detail(books, key, value) for key, value in line[kind].items()}}
    if kind == "GroupLineDetail":
        bundle = named_ref(books, "Item", line[kind]["GroupItemRef"])
        inside = [_named_line(books, each) for each in line[kind]["Line"]]
        return {**line, kind: {**line[kind], "GroupItemRef": bundle, "Line": inside}}
    if kind == "DiscountLineDetail":
        account = named_ref(books, "Account", line[kind]["DiscountAccountRef"])
        return {**line, kind: {**line[kind], "DiscountAccountRef": account}}
    return line


def _in_detail(books: Books, key: str, value: Any) -> Any:
    target = {"ItemRef": "Item", "ItemAccountRef": "Account"}.get(key)
    return named_ref(books, target, value) if target else value


def named_ref(books: Books, target: str, ref: Body) -> Body:
    """A reference with the name its target has now; names in requests were ignored (api 2.3)."""
    name = _name_of(books, target, ref["value"])
    return {"value": ref["value"], "name": name} if name else ref


def _name_of(books: Books, target: str, id: str) -> str:
    if target == "Currency":
        return CURRENCIES.get(id, id)
    if target in ("", "Term", "PaymentMethod", "TaxCode"):
        return id if target == "" else ""
    record = books.find(target, id)
    if record is None:
        return ""
    key = "FullyQualifiedName" if target in ("Item", "Account") else record.entity.name_field
    return str(record.body.get(key, ""))


def stub(id: str) -> Body:
    """What a delete answers (api 4.4)."""
    return {"domain": "QBO", "status": "Deleted", "Id": id}

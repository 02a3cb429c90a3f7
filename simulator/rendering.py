"""From a record to the JSON a client receives: recorded key order, names of references, no empties (api 2.3, 5.3)."""

from decimal import Decimal
from enum import Enum
from hashlib import blake2b
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


class Way(Enum):
    """How a client came by an object: people look a little different each way (recorded, api 5.1, 5.1.1)."""

    PLAIN = "plain"  # for the second actor: without what only replies have
    READ = "read"  # GET: another Id of each address, no coordinates
    WRITTEN = "written"  # the reply of a write: coordinates
    QUERIED = "queried"  # query and CDC: coordinates, and two ids that mean nothing


PEOPLE = frozenset({"Customer", "Vendor", "Employee"})
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
NOWHERE = {"Lat": "INVALID", "Long": "INVALID"}  # what sandboxes know of the place


def rendered(books: Books, record: Record, way: Way = Way.QUERIED) -> bytes:
    """The object as JSON bytes, kept until it or a name in it changes. Preferences may change in place: never kept."""
    if way is not Way.QUERIED and record.entity.name in PEOPLE:
        return _encoder.encode(shown(books, record, way))
    if record.rendered is None or record.rendered_at != books.naming or record.entity is PREFERENCES:
        record.rendered = _encoder.encode(shown(books, record, Way.QUERIED))
        record.rendered_at = books.naming
    return record.rendered


def shown(books: Books, record: Record, way: Way = Way.PLAIN) -> Body:
    """The object as a dict in reply order."""
    entity, body = record.entity, record.body
    envelope: Body = {
        "domain": "QBO", "sparse": False, "Id": record.id, "SyncToken": str(record.token),
        "MetaData": _meta(books, record),
    }  # fmt: skip
    noisy = entity.name in PEOPLE and books.choices.noisy_replies
    if noisy and way is Way.QUERIED:
        envelope |= _noise(books, record)
    result: Body = {}
    for name in entity.order:
        if name in body:
            result[name] = _named(books, entity, name, body[name])
        elif name in envelope:
            result[name] = envelope[name]
    if noisy and way is not Way.PLAIN:
        for name in ADDRESSES:
            if name in result:
                result[name] = _located(result[name], way)
    return result


def _noise(books: Books, record: Record) -> Body:
    seed = f"{books.realm}/{record.entity.name}/{record.id}".encode()
    return {"ClientEntityId": "0", "V4IDPseudonym": f"002098{blake2b(seed, digest_size=16).hexdigest()}"}


def _located(address: Body, way: Way) -> Body:
    if way is not Way.READ:
        return address | NOWHERE
    return {**address, "Id": str(int(address["Id"]) + 5)} if str(address.get("Id", "")).isdigit() else address


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


def with_link(books: Books, record: Record) -> bytes:
    """An invoice with the address where it can be paid: with QuickBooks Payments and a BillEmail (api 5.3)."""
    payable = books.preference("SalesFormsPrefs.ETransactionPaymentEnabled") and record.body.get("BillEmail")
    if record.entity.name != "Invoice" or not payable:
        return rendered(books, record)
    token = blake2b(f"{books.realm}/{record.id}".encode(), digest_size=40).hexdigest()
    record.body["InvoiceLink"] = f"https://connect.intuit.com/t/scs-v1-{token}"
    try:
        return _encoder.encode(shown(books, record))
    finally:
        del record.body["InvoiceLink"]


def stub(id: str) -> Body:
    """What a delete answers (api 4.4)."""
    return {"domain": "QBO", "status": "Deleted", "Id": id}

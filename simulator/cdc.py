"""Change data capture: what changed since a moment, deleted objects as stubs at the end, 1,000 in all (api 7)."""

from datetime import datetime, timedelta

from simulator import refusals
from simulator.books import Books, Stub
from simulator.clock import entity_time, parse_time
from simulator.rendering import encode, rendered
from simulator.schema import BY_LOWER_NAME, Entity

MOST = 1000
WINDOW = timedelta(days=30)
UNSUPPORTED = frozenset({"TaxCode", "TaxRate", "TaxAgency", "CompanyInfo"})


def changes(books: Books, entities: str, since: str) -> bytes:
    """The content of `CDCResponse`: one element per entity asked for, `{}` where nothing changed."""
    asked = [_entity(name.strip()) for name in entities.split(",") if name.strip()]
    if not asked:
        raise refusals.required("entities")
    start = _window(books, _since(books, since))
    left, parts = MOST, []
    for entity in asked:
        rows = _changed(books, entity, start)[:left]
        left -= len(rows)
        parts.append(_part(entity, rows))
    return b'[{"QueryResponse":[%s]}]' % b",".join(parts)


def _entity(name: str) -> Entity:
    entity = BY_LOWER_NAME.get(name.lower())
    if entity is None or entity.name in UNSUPPORTED:
        raise refusals.query_invalid(f"invalid context declaration: {name}")
    return entity


def _since(books: Books, text: str) -> datetime:
    if not text:
        raise refusals.required("changedSince")
    try:
        return parse_time(text.replace(" ", "+"), books.zone)
    except ValueError:
        raise refusals.invalid_date("changedSince", text) from None


def _window(books: Books, since: datetime) -> datetime:
    """Thirty days back, and no further: refused, clamped, or let pass by the switch `cdc_window`."""
    oldest = books.clock.now - WINDOW
    if since >= oldest or books.choices.cdc_window == "ignore":
        return since
    if books.choices.cdc_window == "clamp":
        return oldest
    raise refusals.query_invalid("changedSince is more than 30 days ago")


def _changed(books: Books, entity: Entity, since: datetime) -> list[bytes]:
    table = books.tables[entity.name]
    living = [record for record in table.records.values() if record.updated >= since]
    living.sort(key=lambda record: (record.updated, record.change))
    gone = sorted((stub for stub in table.stubs.values() if stub.updated >= since), key=lambda stub: stub.change)
    return [rendered(books, record) for record in living[:MOST]] + [_stub(books, stub) for stub in gone]


def _stub(books: Books, stub: Stub) -> bytes:
    times = {"LastUpdatedTime": entity_time(stub.updated, books.zone)}
    return encode({"domain": "QBO", "status": "Deleted", "Id": stub.id, "MetaData": times})


def _part(entity: Entity, rows: list[bytes]) -> bytes:
    if not rows:
        return b"{}"
    return b'{"%s":[%s],"startPosition":1,"maxResults":%d}' % (entity.name.encode(), b",".join(rows), len(rows))

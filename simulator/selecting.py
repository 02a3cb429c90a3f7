"""Which objects a query finds, in which order and page (api 3.1, 3.3), and its reply (api 3.4)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator import checking, refusals
from simulator.books import Books, Record, Table, fold
from simulator.clock import parse_time
from simulator.query import Condition, Statement, parse
from simulator.rendering import rendered
from simulator.schema import BY_LOWER_NAME, SHARED_NAMES, Entity

DEFAULT_LIMIT, MOST = 100, 1000
NUMBERS = frozenset({
    "Balance", "BalanceWithJobs", "TotalAmt", "UnappliedAmt", "CurrentBalance", "RemainingCredit", "RateValue", "Level",
})  # fmt: skip
TIMES = {"metadata.createtime": "created", "metadata.lastupdatedtime": "updated"}
INSIDE = {"ref": "value", "email": "Address", "phone": "FreeFormNumber", "web": "URI", "memo": "value"}
WITH_TOTAL = frozenset({"Invoice"})  # lists that carry totalCount without being asked (api 3.4)
UNLIMITED = frozenset({"TaxCode"})  # MAXRESULTS is not honoured here (api 3.1)

Test = Callable[[Record], bool]
Value = Any  # str, Decimal, bool, datetime or None: what one property is compared by


@dataclass(slots=True)
class Selection:
    """What a statement found: this page, and how many there are in all."""

    entity: Entity
    records: list[Record]
    total: int
    start: int
    counted: bool


@dataclass(frozen=True, slots=True)
class Property:
    """One property as queries see it: how to read a record, and how to read a literal."""

    get: Callable[[Record], Value]
    literal: Callable[[str | bool], Value]


def select(books: Books, text: str) -> Selection:
    """Run one statement; Fault 4000, 4001 or 2030 for what it may not ask."""
    statement = parse(text, unicode=books.choices.unicode_queries)
    entity = BY_LOWER_NAME.get(statement.entity.lower())
    if entity is None:
        raise refusals.query_invalid(f"invalid context declaration: {statement.entity}")
    limit = _limit(books, statement)
    found = _found(books, entity, statement)
    if entity.name in UNLIMITED:
        limit = len(found)
    first = statement.start - 1
    return Selection(entity, found[first : first + limit], len(found), statement.start, statement.count)


def _limit(books: Books, statement: Statement) -> int:
    limit = DEFAULT_LIMIT if statement.limit is None else statement.limit
    if limit > MOST and books.choices.max_results_over == "refuse":
        raise refusals.query_invalid(f"value {limit} is too large. Max allowed value is {MOST}")
    return min(limit, MOST)


def _found(books: Books, entity: Entity, statement: Statement) -> list[Record]:
    """Every match in order, remembered until something in the table changes: paging costs one search."""
    table = books.tables[entity.name]
    question = (statement.conditions, statement.order)
    kept = table.answers.get(question)
    if kept and kept[0] == table.revision:
        return kept[1]
    found = _search(books, entity, table, statement)
    if len(table.answers) > 32:
        table.answers.clear()
    table.answers[question] = (table.revision, found)
    return found


def _search(books: Books, entity: Entity, table: Table, statement: Statement) -> list[Record]:
    tests = [_test(books, entity, condition) for condition in statement.conditions]
    names_active = any(condition.path.lower() == "active" for condition in statement.conditions)
    if not entity.transaction and not names_active:
        tests.append(lambda record: record.active)
    matches = list(_candidates(entity, table, statement))
    for test in tests:
        matches = list(filter(test, matches))
    return _sorted(books, entity, matches, statement)


def _candidates(entity: Entity, table: Table, statement: Statement) -> Iterable[Record]:
    """The few records an Id or a name picks out, else all."""
    for condition in statement.conditions:
        path = condition.path.lower()
        if path == "id" and condition.operator in ("=", "in"):
            ids = sorted({str(value) for value in condition.values}, key=lambda id: (len(id), id))
            return [table.records[id] for id in ids if id in table.records]
    if entity.name in SHARED_NAMES and not any(each.path.lower() == "active" for each in statement.conditions):
        for condition in statement.conditions:
            if condition.path.lower() == "displayname" and condition.operator == "=":
                id = table.names.get(fold(str(condition.values[0])))
                return [table.records[id]] if id else []
    return table.records.values()


def _test(books: Books, entity: Entity, condition: Condition) -> Test:
    wanted = _property(books, entity, condition.path)
    if condition.path.lower() == "id":
        _check_id(entity, condition)
    if condition.operator == "like":
        return _like(wanted, str(condition.values[0]))
    values = tuple(wanted.literal(value) for value in condition.values)
    if condition.operator == "in":
        return lambda record: wanted.get(record) in values
    return _compare(wanted.get, condition.operator, values[0])


def _check_id(entity: Entity, condition: Condition) -> None:
    if condition.operator not in ("=", "in"):
        raise refusals.query_invalid(f"operator {condition.operator} is not supported for property Id")
    if entity.name != "TaxCode":
        for value in condition.values:
            checking.id_format(value)


def _like(wanted: Property, pattern: str) -> Test:
    """Only % is special; case does not matter (api 3.1)."""
    regex = re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("%")), re.DOTALL)
    return lambda record: regex.fullmatch(str(wanted.get(record) or "")) is not None


def _compare(get: Callable[[Record], Value], operator: str, value: Value) -> Test:
    if operator == "=":
        return lambda record: get(record) == value
    if operator == "!=":
        return lambda record: get(record) != value
    ordered = {
        "<": lambda found: found < value, ">": lambda found: found > value,
        "<=": lambda found: found <= value, ">=": lambda found: found >= value,
    }[operator]  # fmt: skip

    def test(record: Record) -> bool:
        found = get(record)
        return found is not None and bool(ordered(found))

    return test


def _property(books: Books, entity: Entity, path: str) -> Property:
    lower = path.lower()
    if lower in TIMES:
        attribute = TIMES[lower]
        return Property(lambda record: getattr(record, attribute), lambda value: _moment(books, path, value))
    if lower == "id":
        return Property(lambda record: record.id, str)
    name = {known.lower(): known for known in entity.known}.get(lower)
    if name is None:
        raise refusals.query_invalid(f"Property {path} not found for Entity {entity.name}")
    if name not in entity.filters:
        raise refusals.query_invalid(f"property '{name}' is not queryable")
    return _body_property(entity, name)


def _body_property(entity: Entity, name: str) -> Property:
    rule = entity.fields.get(name)
    kind = rule.kind if rule else "text"
    if kind in ("money", "number", "whole") or name in NUMBERS:
        return Property(lambda record: _decimal(record.body.get(name)), lambda value: _number(name, value))
    if kind == "flag":
        return Property(lambda record: bool(record.body.get(name)), _flag)
    inside = INSIDE.get(kind)
    if inside:
        return Property(lambda record: _folded((record.body.get(name) or {}).get(inside)), _literal_text)
    return Property(lambda record: _folded(record.body.get(name)), _literal_text)


def _folded(value: Any) -> str | None:
    return None if value is None else str(value).casefold()


def _literal_text(value: str | bool) -> str:
    return str(value).casefold()


def _flag(value: str | bool) -> bool:
    return value if isinstance(value, bool) else value.lower() == "true"


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _number(name: str, value: str | bool) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise refusals.query_invalid(f"Invalid value '{value}' for property {name}") from None


def _moment(books: Books, path: str, value: str | bool) -> datetime:
    try:
        return parse_time(str(value), books.zone)
    except ValueError:
        raise refusals.query_invalid(f"Invalid value '{value}' for property {path}") from None


def _sorted(books: Books, entity: Entity, records: list[Record], statement: Statement) -> list[Record]:
    """In the order asked; by default lists by name, transactions newest change first (api 3.3)."""
    if not statement.order:
        if entity.transaction:
            return sorted(records, key=lambda record: (record.updated, record.change), reverse=True)
        return sorted(records, key=lambda record: str(record.body.get(entity.name_field, "")).casefold())
    if len(statement.order) == 1 and statement.order[0][0].lower() == "id" and not statement.order[0][1]:
        return records  # tables are kept in the order of ids, and so is what was picked from them
    for path, descending in reversed(statement.order):
        key = _sort_key(books, entity, path)
        records = sorted(records, key=key, reverse=descending)
    return records


def _sort_key(books: Books, entity: Entity, path: str) -> Callable[[Record], Any]:
    if path.lower() == "id":
        return lambda record: (len(record.id), record.id)
    get = _property(books, entity, path).get

    def key(record: Record) -> tuple[bool, Value]:
        value = get(record)
        return value is not None, value if value is not None else 0

    return key


def query_response(books: Books, selection: Selection) -> bytes:
    """The `QueryResponse` member: `{}` for nothing, totalCount for count(*) (api 3.4)."""
    if selection.counted:
        return b'{"totalCount":%d}' % selection.total
    if not selection.records:
        return b"{}"
    name = selection.entity.name
    rows = b",".join([rendered(books, record) for record in selection.records])
    start = b"" if name == "Preferences" else b',"startPosition":%d' % selection.start
    total = b',"totalCount":%d' % selection.total if name in WITH_TOTAL else b""
    return b'{"%s":[%s]%s,"maxResults":%d%s}' % (name.encode(), rows, start, len(selection.records), total)

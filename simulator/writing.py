"""Every write to the books, in the order of validation of api 13.9; nothing changes before all checks have passed."""

from collections.abc import Iterator, Set
from contextlib import contextmanager

from simulator import checking, refusals
from simulator.books import Body, Books, Record, Stub
from simulator.refusals import Fault
from simulator.rules import RULES, tax
from simulator.rules.listed import Rules
from simulator.schema import Entity

NO_OPTIONS: Set[str] = frozenset()


def create(books: Books, entity: Entity, given: Body, options: Set[str] = NO_OPTIONS) -> Record:
    """Check and keep a new object (api 4.1)."""
    with own_codes(books):
        return _create(books, entity, given, options)


def _create(books: Books, entity: Entity, given: Body, options: Set[str]) -> Record:
    writable(books, entity)
    given = _kept_characters(books, given)
    checking.properties(entity, given)
    rules = RULES[entity.name]
    rules.required({**rules.defaults, **given}, None)
    body = _fresh(rules) | _without_cleared(rules.read(checking.values(entity, given)))
    rules.required(body, None)
    rules.references(books, body, None)
    record = books.add(entity, rules.complete(books, body, None, options))
    rules.saved(books, record, {})
    return record


def update(books: Books, entity: Entity, given: Body, options: Set[str] = NO_OPTIONS) -> Record:
    """Sparse: what is given changes. Full: all else is reset (api 4.1). No change moves nothing (api 4.2)."""
    with own_codes(books):
        return _update(books, entity, given, options)


def _update(books: Books, entity: Entity, given: Body, options: Set[str]) -> Record:
    writable(books, entity)
    given = _kept_characters(books, given)
    checking.properties(entity, given)
    record = existing(books, entity, given)
    rules = RULES[entity.name]
    sparse = str(given.get("sparse", False)).lower() == "true"
    base = dict(record.body) if sparse else _reset(rules, record)
    rules.required(base | {name: value for name, value in given.items() if name in entity.fields}, record)
    body = _merged(rules, base, rules.read(checking.values(entity, given)))
    rules.required(body, record)
    rules.references(books, body, record)
    check_token(record, given)
    body = rules.complete(books, body, record, options)
    _replace(books, rules, record, body)
    return record


def _replace(books: Books, rules: Rules, record: Record, body: Body) -> None:
    earlier = record.body
    if {**body, "_last_line": 0} == {**earlier, "_last_line": 0}:
        return
    record.body = body
    rules.saved(books, record, earlier)
    rules.edited(books, record)
    books.touch(record)


def delete(books: Books, entity: Entity, given: Body) -> Stub:
    """Delete a transaction for good; only a stub remains (api 4.4)."""
    record = _checked(books, entity, given)
    RULES[entity.name].delete(books, record)
    books.note(record, "Delete")
    return books.drop(record)


def void(books: Books, entity: Entity, given: Body) -> Record:
    """Void a transaction (api 4.5, 4.6)."""
    record = _checked(books, entity, given)
    RULES[entity.name].void(books, record)
    books.touch(record, "Void")
    return record


def _checked(books: Books, entity: Entity, given: Body) -> Record:
    writable(books, entity)
    record = existing(books, entity, given)
    check_token(record, given)
    return record


@contextmanager
def own_codes(books: Books) -> Iterator[None]:
    """With the switch `own_codes` some refusals come under the codes the SDKs list for them (api 9.2)."""
    try:
        yield
    except Fault as fault:
        if books.choices.own_codes and fault.own:
            fault.code, fault.message = fault.own
        raise


def writable(books: Books, entity: Entity) -> None:
    """6190 when the subscription has ended; some lists cannot be written through the API at all (api 5.7)."""
    check_subscription(books)
    if not entity.writable:
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{entity.name.lower()}")


def check_subscription(books: Books) -> None:
    if books.subscription not in {"TRIAL", "SUBSCRIBED", "TRIALOPTIN"}:
        raise refusals.subscription_ended()


def existing(books: Books, entity: Entity, given: Body) -> Record:
    """The object an update, delete or void names: 2030 for a bad Id, 610 for none."""
    id = "1" if entity.name in {"Preferences", "CompanyInfo"} else checking.id_format(given.get("Id"))
    record = books.find(entity.name, id)
    if record is None:
        raise refusals.deleted() if id in books.tables[entity.name].stubs else refusals.inactive()
    return record


def check_token(record: Record, given: Body) -> None:
    """5010 unless the token is the current one; a higher one fails too (api 4.2)."""
    token = given.get("SyncToken")
    if token is None or token == "":
        raise refusals.required("SyncToken")
    if str(token) != str(record.token):
        raise refusals.stale(record.entity.name, record.by)


def _kept_characters(books: Books, given: Body) -> Body:
    exotic = books.choices.exotic_characters
    if exotic == "keep" or not tax.is_domestic(books):
        return given
    kept: Body = checking.repertoire(given, exotic)
    return kept


def _fresh(rules: Rules) -> Body:
    return {name: list(value) if isinstance(value, list) else value for name, value in rules.defaults.items()}


def _reset(rules: Rules, record: Record) -> Body:
    """What a full update starts from: the defaults, and what a client cannot write anyway (api 4.1)."""
    return _fresh(rules) | {name: record.body[name] for name in rules.kept if name in record.body}


def _without_cleared(values: Body) -> Body:
    return {name: value for name, value in values.items() if value is not None}


def _merged(rules: Rules, base: Body, values: Body) -> Body:
    """Given values over the base; a cleared one falls back to the default."""
    merged = base | values
    for name in [name for name, value in values.items() if value is None]:
        del merged[name]
        if name in rules.defaults:
            merged[name] = rules.defaults[name]
    return merged

"""Batch: up to 30 independent items in one call; each has its own result or fault (api 6)."""

from typing import Any

from simulator import operations, refusals, selecting
from simulator.books import Body, Books
from simulator.checking import mapping
from simulator.refusals import Fault
from simulator.rendering import encode
from simulator.schema import BY_LOWER_NAME
from simulator.wire import fault_body

MOST, LONGEST_ID = 30, 10
OWN_KEYS = frozenset({"bId", "operation", "optionsData", "Query"})


def run(books: Books, body: Body, *, short_ids: bool = False) -> tuple[bytes, int]:
    """The content of `BatchItemResponse`, and how many items were reads. `short_ids`: a requestid came with it."""
    items = body.get("BatchItemRequest")
    if not isinstance(items, list) or not items:
        raise refusals.required("BatchItemRequest")
    if len(items) > MOST:
        raise refusals.batch_too_big(len(items), MOST)
    items = [mapping("BatchItemRequest", item) for item in items]
    _check_ids([str(item["bId"]) for item in items if "bId" in item], short=short_ids)
    reads = sum(1 for item in items if "Query" in item)
    return b"[%s]" % b",".join(_answer(books, item) for item in items), reads


def _check_ids(ids: list[str], *, short: bool) -> None:
    """A bId is unique in its batch, and short beside a requestid, which it makes longer (api 4.8, 6)."""
    for id in ids:
        if short and len(id) > LONGEST_ID:
            raise refusals.invalid_request_id(id)
        if ids.count(id) > 1:
            raise refusals.bad_json(f"bId {id} is not unique in the batch;")


def _answer(books: Books, item: Any) -> bytes:
    bid = encode(item["bId"]) if "bId" in item else None
    tail = b',"bId":%s}' % bid if bid else b"}"
    try:
        name, content = _result(books, item)
    except Fault as fault:
        name, content = "Fault", encode(fault_body(fault, in_batch=True))
    return b'{"%s":%s%s' % (name.encode(), content, tail)


def _result(books: Books, item: Body) -> tuple[str, bytes]:
    if "Query" in item:
        return "QueryResponse", selecting.query_response(books, selecting.select(books, str(item["Query"])))
    name = next((key for key in item if key not in OWN_KEYS), "")
    entity = BY_LOWER_NAME.get(name.lower())
    operation = str(item.get("operation", ""))
    if entity is None or not operation:
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{name.lower()}")
    given = mapping(name, item[name])
    include = operations.options(str(item.get("optionsData", "")))
    return entity.name, operations.write(books, entity, operation, given, include)

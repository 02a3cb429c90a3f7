"""One company's books: what is asked of QuickBooks and what is sent there, as records (api 3, 4, 6, 7)."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import msgspec

from buddy.quickbooks import envelopes
from buddy.quickbooks.errors import QuickBooksError, Reconnect, Retryable
from buddy.quickbooks.faults import fault
from buddy.quickbooks.http import Http, Response
from buddy.quickbooks.records import BatchReply, Body, Changes, Page, Record

BATCH_ITEMS = 30
BATCH_ID_LENGTH = 10  # of a bId, when the batch has a request id (api 6)
BATCH_REQUEST_ID_LENGTH = 36
REQUEST_ID_LENGTH = 50
PAGE = 1000
LONGEST_ADDRESS = 1500  # a longer statement goes in the body of a POST (api 3)

# What the body of each operation must hold. `sparse`: see batch_body.
_NEEDS = {"create": (), "update": ("Id", "SyncToken", "sparse"), "delete": ("Id", "SyncToken")}
_TEXT = {"Content-Type": "application/text"}
_JSON = {"Content-Type": "application/json"}
_NO_BODY = {"Content-Type": "application/octet-stream"}  # what `send` wants for its empty body (api 2.1)

_encode = msgspec.json.Encoder(order="deterministic").encode


class Client:
    """The books of one company (`realm`), read and written with the token that `access_token` gives.

    `access_token(False)` gives a token thought to be good; `access_token(True)` refreshes first, and is asked for at
    most once a call: when QuickBooks still refuses, the call raises Reconnect. Both are only asked in the caller's
    thread, never in a prefetching one.

    All methods raise `buddy.quickbooks.errors`. Metered reads (api 10.1): read, query, pages, count, changes_since,
    preferences, company_info, pdf. Free: batch, send.
    """

    def __init__(
        self,
        *,
        api_url: str,
        realm: str,
        http: Http,
        access_token: Callable[[bool], str],
        minor_version: int = 75,
    ) -> None:
        self.realm = realm
        self._company = f"{api_url.rstrip('/')}/v3/company/{quote(realm, safe='')}"
        self._http = http
        self._access_token = access_token
        self._version = {"minorversion": str(minor_version)}

    # Reading

    def read(self, entity: str, id: str) -> Record:
        """One object as it is now. Gone when it is deleted or never was (api 4.1: 400, code 610)."""
        response = self._call("GET", _path(entity, id), verb="read", entity=entity, id=id, metered=True)
        return self._understood(envelopes.single, response)

    def query(self, entity: str, where: str = "", *, order_by: str = "Id", start: int = 1, limit: int = PAGE) -> Page:
        """One page, from the `start`-th row (the first is 1). `where` is a condition in QuickBooks' language; values
        in it go through `literal`. Inactive records of lists show only if `where` says `Active IN (true, false)`."""
        statement = _select(entity, where, order_by=order_by, start=start, limit=limit)
        return self._understood(envelopes.page, self._ask(self._call, entity, statement))

    def pages(
        self,
        entity: str,
        where: str = "",
        *,
        order_by: str = "Id",
        limit: int = PAGE,
        prefetch: int = 2,
        total: int | None = None,
    ) -> Iterator[Page]:
        """Every page in order, up to the first short one. While one is in use the next is fetched, and with `total`
        rows known, up to `prefetch` of them. Rows shift while one pages (api 3.3): count and deduplicate (R5).

        Closing the iterator, or an error, drops what was asked ahead and waits for the calls under way.
        """
        known = -(-total // limit) if total is not None else 1
        starts = itertools.count(1, limit)
        asked: deque[_Ahead] = deque()
        pool = ThreadPoolExecutor(max(prefetch, 1), thread_name_prefix="quickbooks-page")

        def ask_ahead() -> None:
            nonlocal known
            while not asked or (known > 0 and len(asked) < prefetch):
                statement = _select(entity, where, order_by=order_by, start=next(starts), limit=limit)
                asked.append(self._prefetch(pool, entity, statement))
                known -= 1

        try:
            full = True
            while full:
                ask_ahead()
                page = self._arrived(entity, asked.popleft())
                full = len(page.records) >= limit
                if full:
                    ask_ahead()
                yield page
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def count(self, entity: str, where: str = "") -> int:
        """How many rows a query has."""
        return self._understood(envelopes.total, self._ask(self._call, entity, _count(entity, where), verb="count"))

    def changes_since(self, entities: Sequence[str], since: datetime) -> Changes:
        """What changed since, deleted objects as stubs. At most 1,000 objects over all entities and 30 days back
        (api 7): at `maybe_cut` ask for less (R4). `since` must carry its zone."""
        if since.tzinfo is None:
            raise ValueError("since must carry its time zone")
        names = ",".join(entities)
        params = {"entities": names, "changedSince": since.isoformat(timespec="seconds")}
        return self._understood(
            envelopes.changes, self._call("GET", "cdc", params=params, verb="cdc", entity=names, metered=True)
        )

    def preferences(self) -> Record:
        """How the company is set up: numbers, tax, currency, custom fields (api 5.8)."""
        response = self._call("GET", "preferences", verb="read", entity="Preferences", metered=True)
        return self._understood(envelopes.single, response)

    def company_info(self) -> Record:
        """Name, country, subscription (api 5.9). Metered: not a ping."""
        path = f"companyinfo/{quote(self.realm, safe='')}"
        response = self._call("GET", path, verb="read", entity="CompanyInfo", metered=True)
        return self._understood(envelopes.single, response)

    def pdf(self, entity: str, id: str) -> bytes:
        """A document as QuickBooks prints it."""
        response = self._call(
            "GET",
            f"{_path(entity, id)}/pdf",
            headers={"Accept": "application/pdf"},
            verb="pdf",
            entity=entity,
            id=id,
            metered=True,
        )
        if not response.content.startswith(b"%PDF"):
            raise _unreadable(response, "no PDF")
        return response.content

    # Writing

    def batch(self, body: bytes, *, request_id: str) -> BatchReply:
        """Send a body made by `batch_body`. The same bytes under the same `request_id` may be sent again: QuickBooks
        then repeats its first answer (api 4.8). A bId that is missing from the reply is in doubt (R13)."""
        _check_length(request_id, BATCH_REQUEST_ID_LENGTH)
        response = self._call(
            "POST", "batch", headers=_JSON, content=body, write=True, batch=True, request_id=request_id, verb="batch"
        )
        return self._understood(envelopes.batch, response, write=True)

    def send(self, entity: str, id: str, *, to: str = "", request_id: str) -> Record:
        """Let QuickBooks email a document, to its own address or first setting it to `to` (api 4.7)."""
        _check_length(request_id, REQUEST_ID_LENGTH)
        response = self._call(
            "POST",
            f"{_path(entity, id)}/send",
            params={"sendTo": to} if to else {},
            headers=_NO_BODY,
            content=b"",
            write=True,
            request_id=request_id,
            verb="send",
            entity=entity,
            id=id,
        )
        return self._understood(envelopes.single, response, write=True)

    # How

    def _call(self, method: str, path: str, **rest: Any) -> Response:
        """One call; when the token is refused, once more with a fresh one. A 401 did nothing, so a write may too."""
        token = self._access_token(False)
        try:
            return self._call_with(token, method, path, **rest)
        except Reconnect as refused:
            if not _token_refused(refused):
                raise
        return self._call_with(self._instead_of(token), method, path, **rest)

    def _instead_of(self, refused: str) -> str:
        """Another token than the refused one: what someone refreshed meanwhile, else a fresh one."""
        current = self._access_token(False)
        return current if current != refused else self._access_token(True)

    def _call_with(
        self,
        token: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        request_id: str = "",
        **rest: Any,
    ) -> Response:
        return self._http.request(
            method,
            f"{self._company}/{path}",
            params={**params, **self._version, **({"requestid": request_id} if request_id else {})},
            headers={"Accept": "application/json", "Authorization": f"Bearer {token}", **headers},
            request_id=request_id,
            **rest,
        )

    def _ask(self, call: Callable[..., Response], entity: str, statement: str, *, verb: str = "query") -> Response:
        if len(quote(statement)) > LONGEST_ADDRESS:
            content = statement.encode()
            return call("POST", "query", headers=_TEXT, content=content, verb=verb, entity=entity, metered=True)
        return call("GET", "query", params={"query": statement}, verb=verb, entity=entity, metered=True)

    def _prefetch(self, pool: ThreadPoolExecutor, entity: str, statement: str) -> "_Ahead":
        """Ask for a page in the background. The guard and the token, which may use the database, are asked here."""
        self._http.before_call()
        token = self._access_token(False)
        return _Ahead(statement, token, pool.submit(self._page_with, token, entity, statement))

    def _arrived(self, entity: str, ahead: "_Ahead") -> Page:
        try:
            return ahead.page.result()
        except Reconnect as refused:
            if not _token_refused(refused):
                raise
        return self._page_with(self._instead_of(ahead.token), entity, ahead.statement)

    def _page_with(self, token: str, entity: str, statement: str) -> Page:
        return self._understood(envelopes.page, self._ask(partial(self._call_with, token), entity, statement))

    def _understood[T](self, read: Callable[[str, bytes], T], response: Response, *, write: bool = False) -> T:
        try:
            return read(self.realm, response.content)
        except ValueError as problem:
            raise _unreadable(response, str(problem), write=write) from problem


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A page that was asked for and may not have come yet."""

    statement: str
    token: str
    page: Future[Page]


def batch_body(items: Iterable[tuple[str, str, str, Body, str]]) -> bytes:
    """The bytes of a batch of (bId, operation, entity, body, options): the same items give the same bytes.

    `operation` is create, update or delete; `options` is what QuickBooks calls optionsData ("void", "…"), or "". Money
    is Decimal and stays as it is written, a JSON number with its scale. Raises ValueError for what QuickBooks would
    refuse or, worse, accept: an update that is not sparse resets every field it leaves out (api 4.1). A float is a
    TypeError.
    """
    requests: dict[str, Body] = {}
    for bid, operation, entity, body, options in items:
        if bid in requests or not 1 <= len(bid) <= BATCH_ID_LENGTH:
            raise ValueError(f"bId {bid!r}: must be unique, of 1 to {BATCH_ID_LENGTH} characters")
        requests[bid] = {"bId": bid, "operation": operation, entity: _exact(_checked(operation, body))}
        if options:
            requests[bid]["optionsData"] = options
    if not 1 <= len(requests) <= BATCH_ITEMS:
        raise ValueError(f"{len(requests)} items: a batch has 1 to {BATCH_ITEMS}")
    return _encode({"BatchItemRequest": list(requests.values())})


def literal(value: str) -> str:
    """A value quoted and escaped for a query (api 3.2): the backslash first, then the quote.

    ValueError for characters that QuickBooks' query language cannot read: control characters, and all outside
    ISO-8859-1, typographic quotes and dashes above all.
    """
    for character in value:
        if not (" " <= character <= "~" or "\xa0" <= character <= "\xff"):
            raise ValueError(
                f"QuickBooks cannot search for the character {character!r}: search with LIKE for the part before it, "
                "or among the records already read."
            )
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _checked(operation: str, body: Body) -> Body:
    if operation not in _NEEDS:
        raise ValueError(f"operation {operation!r}: must be one of {', '.join(_NEEDS)}")
    missing = [name for name in _NEEDS[operation] if not body.get(name)]
    if missing:
        raise ValueError(f"{operation} without {', '.join(missing)}")
    return body


def _exact(value: Any) -> Any:
    """The same value with every number one that JSON writes exactly, and none in exponent notation."""
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: amounts are Decimal")
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a number")
        return msgspec.Raw(f"{value:f}".encode())
    return value


def _select(entity: str, where: str, *, order_by: str, start: int, limit: int) -> str:
    if not 1 <= limit <= PAGE:
        raise ValueError(f"limit {limit}: a page has 1 to {PAGE} rows")
    return f"{_from('*', entity, where)} ORDERBY {order_by} STARTPOSITION {start} MAXRESULTS {limit}"


def _count(entity: str, where: str) -> str:
    return _from("count(*)", entity, where)


def _from(what: str, entity: str, where: str) -> str:
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {what} FROM {entity}{condition}"  # noqa: S608 values in `where` go through `literal`


def _path(entity: str, id: str) -> str:
    return f"{entity.lower()}/{quote(id, safe='')}"


def _check_length(request_id: str, longest: int) -> None:
    if not 1 <= len(request_id) <= longest:
        raise ValueError(f"request id {request_id!r}: must have 1 to {longest} characters")


def _token_refused(error: Reconnect) -> bool:
    """A fresh token may help, unless the app itself is refused (403, code 3100)."""
    return error.status == 401


def _unreadable(response: Response, problem: str, *, write: bool = False) -> QuickBooksError:
    """A success that is none: a fault under HTTP 200 (seen with XML, api 9.1), or not what was asked for."""
    content_type = response.headers.get("Content-Type", "")
    said = fault(response.status, response.content, content_type, response.headers)
    if said.code:
        return said
    error = Retryable(f"unreadable answer: {problem}", status=response.status, trace_id=response.trace_id)
    error.in_doubt = write
    return error

"""The only user of the HTTP library: one call to Intuit, throttled, bounded in time, retried where safe, logged.

Reads are repeated a few times when the wire or the server fails. Writes never are: whether one happened is unknown
then, and only the caller knows the frozen bytes to send again (R12).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Self, cast

import httpx2
import stamina
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from buddy.quickbooks.errors import QuickBooksError, Retryable
from buddy.quickbooks.faults import fault, trace_id
from buddy.quickbooks.records import Call

type ReadFault = Callable[[int, bytes, str, Mapping[str, str]], QuickBooksError]

log = logging.getLogger(__name__)
# The library logs whole addresses, and a query may hold an email address.
logging.getLogger("httpx2").setLevel(logging.WARNING)

CONNECT_TIMEOUT = 10.0
READ_PATIENCE = 90.0  # no further attempt at a read begins after these seconds
_SECOND, _MINUTE = 1000, 60_000

# From here the request has certainly not been sent. Every other failure may have come after the bytes had left.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is a success (2xx); everything else is raised."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    trace_id: str


class Limiter:
    """One company's allowance (api 10, R24), below Intuit's own: calls a minute, a second and at once, and batches.

    `clock` gives seconds and `sleep` takes them.
    """

    def __init__(
        self,
        *,
        per_minute: int = 400,
        per_second: int = 8,
        concurrent: int = 6,
        batches_per_minute: int = 36,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls = InMemoryBucket([Rate(per_second, _SECOND), Rate(per_minute, _MINUTE)])
        self._batches = InMemoryBucket([Rate(batches_per_minute, _MINUTE)])
        self._concurrent = threading.BoundedSemaphore(concurrent)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    @classmethod
    def empty(cls, **settings: Any) -> "Limiter":
        """An allowance that is used up and fills again steadily: for taking over a run whose calls are unknown."""
        limiter = cls(**settings)
        limiter._use_up(limiter._calls)
        limiter._use_up(limiter._batches)
        return limiter

    @contextmanager
    def slot(self, *, batch: bool = False) -> Iterator[None]:
        """Wait for leave to make one call, and count as under way until the end of the block."""
        if batch:
            self._admit(self._batches)
        with self._concurrent:
            self._admit(self._calls)
            yield

    def _admit(self, bucket: InMemoryBucket) -> None:
        while (wait := self._try(bucket)) is not None:
            self._sleep(wait)

    def _try(self, bucket: InMemoryBucket) -> float | None:
        """Take one from the bucket, or say for how many seconds it has none."""
        with self._lock:
            item = RateItem("call", self._now())
            bucket.leak(item.timestamp)
            return None if bucket.put(item) else cast("int", bucket.waiting(item)) / 1000

    def _use_up(self, bucket: InMemoryBucket) -> None:
        """As if the last minute had used everything at an even pace, so that one place opens at that pace."""
        limit, now = bucket.rates[-1].limit, self._now()
        bucket.items.extend(RateItem("before", now - _MINUTE + _MINUTE * (n + 1) // limit) for n in range(limit))

    def _now(self) -> int:
        return int(self._clock() * 1000)


class Http:
    """Calls to Intuit for one run or one request. Safe to use from several threads.

    `before_call()` raises where a call is not allowed (inside a database transaction). `before_sending()` raises when
    an attempt must not be made any more; it is asked last, once the limiter has let the attempt go. `on_call(Call)` is
    told of every attempt. These two run in the thread that makes the attempt, a prefetching one too, so they must not
    touch the database.
    """

    def __init__(
        self,
        *,
        transport: httpx2.BaseTransport | None = None,
        limiter: Limiter | None = None,
        on_call: Callable[[Call], None] | None = None,
        before_call: Callable[[], None] | None = None,
        before_sending: Callable[[], None] | None = None,
        user_agent: str = "Buddy",
        read_timeout: float = 60.0,
        write_timeout: float = 130.0,
        read_attempts: int = 4,
    ) -> None:
        self._client = httpx2.Client(transport=transport, headers={"User-Agent": user_agent})
        self._limiter = limiter
        self._on_call = on_call
        self.before_call = before_call or _allowed
        self._before_sending = before_sending or _allowed
        self._read_timeout = httpx2.Timeout(read_timeout, connect=CONNECT_TIMEOUT)
        self._write_timeout = httpx2.Timeout(write_timeout, connect=CONNECT_TIMEOUT)
        self._read_attempts = read_attempts

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        write: bool = False,
        verb: str = "",
        entity: str = "",
        id: str = "",
        metered: bool = False,
        batch: bool = False,
        request_id: str = "",
        read_fault: ReadFault = fault,
    ) -> Response:
        """One call. Raises what `read_fault` makes of an answer that is no success, or Retryable when none came.

        A read is made up to `read_attempts` times (never after a 429: the company pauses then); a write once.
        """
        self.before_call()
        asked = _Asked(verb, entity, id, metered, request_id, write, auth, read_fault)
        request = self._client.build_request(
            method,
            url,
            headers=dict(headers or {}),
            params=dict(params) if params is not None else None,  # {} would drop the address's own
            content=content,
            data=dict(data) if data is not None else None,
            timeout=self._write_timeout if write else self._read_timeout,
        )

        def attempt() -> Response:
            with self._limiter.slot(batch=batch) if self._limiter else nullcontext():
                return self._attempt(request, asked)

        return attempt() if write else self._repeated(attempt)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repeated(self, attempt: Callable[[], Response]) -> Response:
        for tried in stamina.retry_context(
            _worth_repeating,
            attempts=self._read_attempts,
            timeout=READ_PATIENCE,
            wait_initial=0.5,
            wait_max=10.0,
            wait_jitter=0.5,
        ):
            with tried:
                return attempt()
        raise AssertionError("stamina raises the last failure")

    def _attempt(self, request: httpx2.Request, asked: "_Asked") -> Response:
        self._before_sending()
        began = time.monotonic()
        try:
            answer = self._client.send(request, auth=asked.auth)
        except (httpx2.RequestError, OSError) as failure:  # a transport may let the socket's own error through
            self._tell(request, asked, began, None, code=type(failure).__name__)
            raise _unanswered(failure, write=asked.write) from failure
        if answer.is_success:
            self._tell(request, asked, began, answer)
            return Response(answer.status_code, answer.headers, answer.content, trace_id(answer.headers))
        error = _refused(answer, asked)
        self._tell(request, asked, began, answer, code=error.code)
        raise error

    def _tell(
        self, request: httpx2.Request, asked: "_Asked", began: float, answer: httpx2.Response | None, *, code: str = ""
    ) -> None:
        call = Call(
            verb=asked.verb,
            entity=asked.entity,
            id=asked.id,
            method=request.method,
            path=request.url.path,
            status=None if answer is None else answer.status_code,
            milliseconds=round((time.monotonic() - began) * 1000),
            trace_id="" if answer is None else trace_id(answer.headers),
            metered=asked.metered and answer is not None and answer.is_success,
            request_id=asked.request_id,
            code=code,
        )
        _log(call)
        if self._on_call:
            self._on_call(call)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a call is for, beside its bytes."""

    verb: str
    entity: str
    id: str
    metered: bool
    request_id: str
    write: bool
    auth: tuple[str, str] | None
    read_fault: ReadFault


def _refused(answer: httpx2.Response, asked: _Asked) -> QuickBooksError:
    content_type = answer.headers.get("Content-Type", "")
    error = asked.read_fault(answer.status_code, answer.content, content_type, answer.headers)
    if isinstance(error, Retryable):
        error.in_doubt = error.in_doubt and asked.write
    return error


def _unanswered(failure: Exception, *, write: bool) -> Retryable:
    error = Retryable(f"no answer: {type(failure).__name__}", code=type(failure).__name__)
    error.in_doubt = write and not isinstance(failure, _NEVER_SENT)
    return error


def _worth_repeating(failure: Exception) -> bool:
    """A failure that is over in a moment. Where the server named a wait (429), the company pauses, not this call."""
    return isinstance(failure, Retryable) and failure.wait is None


def _log(call: Call) -> None:
    log.info(
        "%s %s %s status=%s code=%s %d ms trace=%s request=%s",
        call.verb or call.method,
        call.entity or call.path,
        call.id or "-",
        call.status or "-",
        call.code or "-",
        call.milliseconds,
        call.trace_id or "-",
        call.request_id or "-",
    )


def _allowed() -> None:
    """Without a guard, everything is allowed."""

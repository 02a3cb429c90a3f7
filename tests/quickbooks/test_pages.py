"""Paging with prefetching threads: order, how far ahead, and that nothing is left running."""

import re
import threading
from collections.abc import Iterator

import httpx2
import pytest

from buddy.quickbooks.errors import Rejected, Throttled
from buddy.quickbooks.http import Limiter
from tests.quickbooks.wire import TIME, Wire, answer, client, fault, gateway_fault


class Rows:
    """A company with so many rows; it remembers which places were asked for, and in which threads."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.starts: list[int] = []
        self.threads: set[str] = set()
        self.lock = threading.Lock()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        found = re.search(r"STARTPOSITION (\d+) MAXRESULTS (\d+)", request.url.params["query"])
        assert found
        start, limit = int(found[1]), int(found[2])
        with self.lock:
            self.starts.append(start)
            self.threads.add(threading.current_thread().name)
        ids = range(start, min(start + limit, self.rows + 1))
        return answer({"QueryResponse": {"Item": [{"Id": str(row)} for row in ids]} if ids else {}, "time": TIME})


def prefetching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("quickbooks-page")]


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    assert prefetching() == []


@pytest.mark.parametrize("prefetch", [0, 1, 2, 5])
@pytest.mark.parametrize("total", [None, 0, 95, 200])
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 95, 100])
def test_every_row_comes_once_and_in_order(rows: int, total: int | None, prefetch: int) -> None:
    pages = client(Wire(Rows(rows))).pages("Item", limit=10, prefetch=prefetch, total=total)
    ids = [int(record.id) for page in pages for record in page.records]
    assert ids == list(range(1, rows + 1))


@pytest.mark.parametrize(("rows", "calls"), [(0, 1), (9, 1), (10, 2), (95, 10)])
@pytest.mark.parametrize("known", [True, False])
def test_no_more_pages_are_asked_for_than_there_are(rows: int, calls: int, known: bool) -> None:
    source = Rows(rows)
    assert len(list(client(Wire(source)).pages("Item", limit=10, prefetch=4, total=rows if known else None))) == calls
    assert len(source.starts) == calls


def test_the_next_page_is_fetched_while_one_is_in_use() -> None:
    source = Rows(95)
    pages = client(Wire(source)).pages("Item", limit=10)
    next(pages)
    for _ in range(200):
        if len(source.starts) == 2:
            break
        threading.Event().wait(0.01)
    assert source.starts == [1, 11]
    pages.close()


def test_with_the_total_known_several_pages_are_fetched_at_once() -> None:
    both = threading.Barrier(3, timeout=5)
    source = Rows(95)

    def together(request: httpx2.Request) -> httpx2.Response:
        if len(source.starts) < 3:
            both.wait()
        return source(request)

    pages = client(Wire(together)).pages("Item", limit=10, prefetch=3, total=95)
    assert next(pages).records[0].id == "1"
    pages.close()


def test_closing_early_stops_asking_and_leaves_no_thread() -> None:
    source = Rows(10_000)
    pages = client(Wire(source)).pages("Item", limit=10, prefetch=3, total=10_000)
    next(pages)
    pages.close()
    assert len(source.starts) <= 4
    assert prefetching() == []


def test_an_error_of_the_consumer_leaves_no_thread() -> None:
    def consume() -> None:
        for _page in client(Wire(Rows(10_000))).pages("Item", limit=10, prefetch=3, total=10_000):
            raise LookupError

    with pytest.raises(LookupError):
        consume()


def test_a_page_that_fails_is_raised_where_it_would_have_come() -> None:
    source = Rows(95)

    def failing(request: httpx2.Request) -> httpx2.Response:
        return fault("6000") if "STARTPOSITION 31 " in request.url.params["query"] else source(request)

    pages = client(Wire(failing)).pages("Item", limit=10, prefetch=3, total=95)
    assert [next(pages).records[0].id for _ in range(3)] == ["1", "11", "21"]
    with pytest.raises(Rejected):
        next(pages)
    assert prefetching() == []


def test_a_throttled_page_stops_the_paging() -> None:
    source = Rows(95)
    wire = Wire(source, source, gateway_fault("3001", 429))
    with pytest.raises(Throttled):
        list(client(wire).pages("Item", limit=10))


def test_tokens_and_the_guard_are_asked_in_the_callers_thread() -> None:
    asked: set[str] = set()
    source = Rows(35)

    def access_token(_force: bool) -> str:
        asked.add(threading.current_thread().name)
        return "token"

    list(client(Wire(source), access_token).pages("Item", limit=10))
    assert asked == {threading.current_thread().name}
    assert threading.current_thread().name not in source.threads


def test_a_guard_stops_paging_before_a_thread_asks() -> None:
    source = Rows(35)

    def guard() -> None:
        if threading.current_thread() is threading.main_thread():
            raise RuntimeError("inside a transaction")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        next(client(Wire(source), before_call=guard).pages("Item"))
    assert source.starts == []


def test_a_token_that_dies_while_paging_is_refreshed_once_and_no_page_is_lost() -> None:
    source, tokens, forced = Rows(95), ["old"], []

    def access_token(force: bool) -> str:
        if force:
            forced.append(True)
            tokens.append("new")
        return tokens[-1]

    def dying(request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] == "Bearer old" and len(source.starts) >= 4:
            return gateway_fault("3200", 401)
        return source(request)

    pages = client(Wire(dying), access_token).pages("Item", limit=10, prefetch=3, total=95)
    assert [int(record.id) for page in pages for record in page.records] == list(range(1, 96))
    assert forced == [True]


def test_paging_keeps_within_the_allowance() -> None:
    slept: list[float] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    limiter = Limiter(per_second=2, per_minute=100, clock=lambda: now, sleep=sleep)
    list(client(Wire(Rows(95)), limiter=limiter).pages("Item", limit=10, prefetch=1, total=95))
    assert 3.9 < now < 5.1

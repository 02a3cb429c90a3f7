"""Preparing on a thread what the database is given next, while it still writes what came before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor


def ahead[T, R](prepare: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What `prepare` makes of each item, in their order; while one is in use the next is made on another thread.

    `prepare` must not ask the database: connections and scopes belong to the caller's thread, on which `items` is read.
    """
    coming: deque[Future[R]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as pool:
        for item in items:
            coming.append(pool.submit(prepare, item))
            if len(coming) > 1:
                yield coming.popleft().result()
        for last in coming:
            yield last.result()

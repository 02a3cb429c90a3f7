"""Buddy's WSGI application, telling of each answer how long it took inside the server, how much of that it
computed, and how many queries it asked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddy.settings")

from django.core.wsgi import get_wsgi_application
from django.db import connection

_buddy = get_wsgi_application()


class _Counter:
    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    counter, began, worked = _Counter(), time.perf_counter(), time.thread_time()

    def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        took, cpu = (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000
        told = [("X-Milliseconds", f"{took:.2f}"), ("X-Computing", f"{cpu:.2f}"), ("X-Queries", str(counter.queries))]
        return start_response(status, [*headers, *told], *more)

    with connection.execute_wrapper(counter):
        answer: Iterable[bytes] = _buddy(environ, begin)
        return answer

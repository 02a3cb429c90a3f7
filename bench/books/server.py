"""Serves pre-rendered books over HTTP/1.1 with connections kept open, and nothing else: no faults, no limits.

`python -m bench.books.server --customers N --invoices N --payments N --today YYYY-MM-DD` prints its address when all
pages are ready. Deliberately no framework: its own work must not weigh on the machine that is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

from bench.books import rendering
from bench.books.plan import Plan

_SELECT = re.compile(
    r"select\s+(?P<what>\*|count\(\*\))\s+from\s+(?P<entity>\w+)(?:.*?startposition\s+(?P<start>\d+))?",
    re.IGNORECASE | re.DOTALL,
)
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
TOKENS = (
    b'{"token_type":"bearer","access_token":"token","expires_in":3600,"refresh_token":"refresh",'
    b'"x_refresh_token_expires_in":8726400}'
)


class Books:
    """The answer to every request."""

    def __init__(self, plan: Plan) -> None:
        self._pages = rendering.pages(plan)
        self._counts = rendering.counts(plan)

    def answer(self, address: str, body: bytes) -> bytes:
        parts = urlsplit(address)
        if parts.path.endswith("/query"):
            return self._query(parse_qs(parts.query).get("query", [body.decode()])[0])
        if parts.path.endswith("/preferences"):
            return rendering.preferences()
        return rendering.company_info() if "/companyinfo/" in parts.path else TOKENS

    def _query(self, statement: str) -> bytes:
        found = _SELECT.match(statement)
        if not found:
            raise ValueError(f"not understood: {statement}")
        if found["what"] != "*":
            return rendering.count(self._counts.get(found["entity"], 0))
        return self._pages.get((found["entity"], int(found["start"] or 1)), rendering.empty())


class Conversation(asyncio.Protocol):
    """One connection: requests one after another, answered as they become complete."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = int(found[1]) if (found := _LENGTH.search(head)) else 0
            if len(self._received) < end + 4 + length:
                return
            body, self._received = self._received[end + 4 : end + 4 + length], self._received[end + 4 + length :]
            self._respond(self._books.answer(head.split(b" ", 2)[1].decode(), body))

    def _respond(self, content: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: {len(content)}\r\n"
        self._transport.write(f"{head}intuit_tid: 1-bench\r\n\r\n".encode())
        self._transport.write(content)


async def serve(books: Books, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Conversation(books), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("customers", "invoices", "payments"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    gc.disable()  # nothing here is ever let go
    books = Books(Plan(asked.customers, asked.invoices, asked.payments, asked.today))
    asyncio.run(serve(books, asked.port))


if __name__ == "__main__":
    main()

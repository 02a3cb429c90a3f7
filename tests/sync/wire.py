"""The wire between Buddy and the simulator, on which a test listens, and which it bends for single calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from typing import Any
from urllib.parse import unquote_plus

import httpx2
import msgspec

from simulator.app import Simulator

type Go = Callable[[httpx2.Request], httpx2.Response]
type Bend = Callable[[httpx2.Request, Go], httpx2.Response]


class Killed(BaseException):
    """The process dies here. Nothing of Buddy catches it, as nothing catches a power cut."""


@dataclass(frozen=True)
class Asked:
    """One request that left Buddy. `text` is its method, path and query, readable."""

    text: str
    content: bytes
    timeout: dict[str, float]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Of a batch: its items."""
        found: list[dict[str, Any]] = msgspec.json.decode(self.content)["BatchItemRequest"]
        return found


class Wire(httpx2.BaseTransport):
    """Everything goes to the simulator, in this process; `asked` remembers what went."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = httpx2.WSGITransport(app=simulator)
        self._bends: list[tuple[str, Bend]] = []
        self._lock = Lock()
        self.asked: list[Asked] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        text = unquote_plus(f"{request.method} {request.url.path}?{request.url.query.decode()}")
        with self._lock:
            self.asked.append(Asked(text, content, request.extensions["timeout"]))
            found = next((each for each in self._bends if each[0] in text), None)
            if found:
                self._bends.remove(found)
        return found[1](request, self._simulator.handle_request) if found else self._simulator.handle_request(request)

    def bend(self, part: str, act: Bend, *, times: int = 1) -> None:
        """The next `times` calls whose text contains `part` are answered by `act(request, go on)`."""
        self._bends += [(part, act)] * times

    def forget_bends(self) -> None:
        """From now on everything goes straight."""
        self._bends.clear()

    def before(self, part: str, act: Callable[[], Any], *, times: int = 1) -> None:
        """Something happens elsewhere just before such a call reaches QuickBooks."""

        def first(request: httpx2.Request, go: Go) -> httpx2.Response:
            act()
            return go(request)

        self.bend(part, first, times=times)

    def after(self, part: str, act: Callable[[], Any], *, times: int = 1) -> None:
        """Something happens elsewhere when QuickBooks has done such a call and its answer is on the way."""

        def then(request: httpx2.Request, go: Go) -> httpx2.Response:
            answer = go(request)
            answer.read()
            act()
            return answer

        self.bend(part, then, times=times)

    def answer(self, part: str, status: int, body: Any, *, times: int = 1) -> None:
        """QuickBooks does nothing and answers this."""
        headers = {"Content-Type": "application/json"}
        content = msgspec.json.encode(body)
        self.bend(part, lambda *_: httpx2.Response(status, headers=headers, content=content), times=times)

    def refuse(self, part: str, code: str, *, status: int = 400, detail: str = "", times: int = 1) -> None:
        """QuickBooks does nothing and answers with this fault."""
        said = {"Message": "No", "Detail": detail, "code": code, "element": ""}
        self.answer(part, status, {"Fault": {"Error": [said], "type": "ValidationFault"}}, times=times)

    def slow_down(self, part: str, *, seconds: int, as_date: bool = False) -> None:
        """Such a call is one too many, and the answer says for how long none may follow."""
        said = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True) if as_date else str(seconds)
        self.bend(part, lambda *_: httpx2.Response(429, headers={"Retry-After": said}, content=b"{}"))

    def be_straight(self) -> None:
        """Nothing is bent any more."""
        with self._lock:
            self._bends.clear()

    def show_no_changes(self, *, times: int = 1) -> None:
        """QuickBooks' next looks at changes are empty."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.answer("/cdc?", 200, {"CDCResponse": [{"QueryResponse": [{}]}], "time": now}, times=times)

    def store_otherwise(self, sent: bytes, stored: bytes) -> None:
        """QuickBooks takes the next batch, but keeps another value than the one that was sent."""

        def change(request: httpx2.Request, go: Go) -> httpx2.Response:
            assert sent in request.content, request.content
            content = request.content.replace(sent, stored)
            headers = [(name, value) for name, value in request.headers.items() if name.lower() != "content-length"]
            return go(httpx2.Request(request.method, request.url, headers=headers, content=content))

        self.bend("/batch?", change)

    def change_answer(self, part: str, change: Callable[[dict[str, Any]], Any], *, times: int = 1) -> None:
        """QuickBooks does such a call, and its JSON answer is changed on the way."""

        def changed(request: httpx2.Request, go: Go) -> httpx2.Response:
            answer = go(request)
            body = msgspec.json.decode(answer.read())
            change(body)
            headers = {"Content-Type": "application/json"}
            return httpx2.Response(answer.status_code, headers=headers, content=msgspec.json.encode(body))

        self.bend(part, changed, times=times)

    def kill(self, part: str) -> None:
        """Buddy dies when it makes such a call, which QuickBooks still carries out."""

        def killed(request: httpx2.Request, go: Go) -> httpx2.Response:
            go(request)
            raise Killed

        self.bend(part, killed)

    @property
    def batches(self) -> list[Asked]:
        return [each for each in self.asked if "/batch?" in each.text]

    def sent(self, entity: str) -> list[dict[str, Any]]:
        """The bodies of this entity that went out in batches, in order."""
        return [item[entity] for batch in self.batches for item in batch.items if entity in item]

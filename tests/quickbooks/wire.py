"""A wire with a script on its other end: what each call is answered, and what was asked."""

import json
from collections.abc import Callable
from typing import Any

import httpx2

from buddy.quickbooks.client import Client
from buddy.quickbooks.http import Http

API = "https://quickbooks.test"
REALM = "9341450000000001"
TIME = "2026-11-02T08:14:54.81-08:00"

type Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


class Wire(httpx2.MockTransport):
    """Answers in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(self._answer)
        self.asked: list[httpx2.Request] = []
        self._answers = list(answers)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return (
            answer(request)
            if callable(answer)
            else httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)
        )


def answer(body: Any = None, status: int = 200, *, content: bytes = b"", **headers: str) -> httpx2.Response:
    """An answer as QuickBooks words it: JSON unless raw `content` is given."""
    sent = {"Content-Type": "application/json;charset=utf-8", "Intuit-Tid": "1-tid", **headers}
    return httpx2.Response(status, headers=sent, content=content or json.dumps(body).encode())


def fault(code: str, message: str = "No", detail: str = "", status: int = 400, **error: str) -> httpx2.Response:
    said = {"Message": message, "Detail": detail, "code": code, **error}
    return answer({"Fault": {"Error": [said], "type": "ValidationFault"}, "time": TIME}, status)


def gateway_fault(code: str, status: int, detail: str | None = None) -> httpx2.Response:
    message = f"message=Refused; errorCode={code.zfill(6)}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": code, "element": None}
    body = {"warnings": None, "intuitObject": None, "fault": {"error": [error], "type": "AUTHENTICATION"}, "time": 1}
    return answer(body, status)


def client(wire: httpx2.BaseTransport, access_token: Callable[[bool], str] | None = None, **http: Any) -> Client:
    return Client(
        api_url=API,
        realm=REALM,
        http=Http(transport=wire, **http),
        access_token=access_token or (lambda _force: "token"),
    )

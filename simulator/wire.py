"""Replies on the wire: envelope, the four fault shapes, XML for who asks no JSON, recorded headers (api 2.2, 9.1)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from simulator.clock import envelope_time
from simulator.refusals import Fault, GatewayFault
from simulator.rendering import encode

JSON = "application/json"
SCHEMA = "http://schema.intuit.com/finance/v3"
QBO_VERSION = "1984.126"
ATTRIBUTES = ("domain", "sparse", "status", "name", "startPosition", "maxResults", "totalCount")  # in XML


@dataclass
class Reply:
    """One answer. `length`: whether Content-Length is sent; faults have it, successes are chunked (api 2.2)."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    length: bool = True
    fault: bool = False


def success(member: str, content: bytes, at: datetime) -> Reply:
    """`{"<member>":…,"time":"…"}` with the headers only successes carry."""
    body = b'{"%s":%s,"time":"%s"}' % (member.encode(), content, envelope_time(at).encode())
    return Reply(200, body, "application/json;charset=utf-8", success_headers(), length=False)


def bare(members: Mapping[str, Any], at: datetime) -> Reply:
    """A success without an envelope."""
    body = encode({**members, "time": envelope_time(at)})
    return Reply(200, body, "application/json;charset=utf-8", success_headers(), length=False)


def success_headers() -> dict[str, str]:
    return {
        "Qbo-Version": QBO_VERSION,
        "Service-Time": "total=24, db=8",
        "Expires": "0",
        "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    }


def fault_body(fault: Fault, *, in_batch: bool = False) -> dict[str, Any]:
    """Shape A. `element` is left out where the recordings leave it out; in a batch it is always there (api 6)."""
    error = {"Message": fault.message, "Detail": fault.detail, "code": fault.code}
    element = "" if in_batch and fault.element is None else fault.element
    if element is not None:
        error["element"] = element
    return {"Error": [error], "type": fault.type}


def fault_reply(fault: Fault, at: datetime) -> Reply:
    body: dict[str, Any] = {"Fault": fault_body(fault)}
    if fault.timed:
        body["time"] = envelope_time(at)
    return Reply(fault.status, encode(body), fault=True)


def gateway_reply(fault: GatewayFault, at: datetime) -> Reply:
    """Shape B: lower case, nulls, milliseconds since 1970 (api 9.1)."""
    error = {"message": fault.message, "detail": fault.detail, "code": fault.code, "element": None}
    body: dict[str, Any] = {
        "warnings": None, "intuitObject": None, "fault": {"error": [error], "type": fault.type}, "report": None,
        "queryResponse": None, "batchItemResponse": [], "attachableResponse": [], "syncErrorResponse": None,
        "requestId": None, "time": int(at.timestamp() * 1000), "status": None, "cdcresponse": [],
    }  # fmt: skip
    headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if fault.status == 401 else {}
    return Reply(fault.status, encode(body), headers=headers, fault=True)


def html_503() -> Reply:
    """Shape D: a page of the edge (api 9.1)."""
    return _html(503, "Service Unavailable")


def html_504() -> Reply:
    """What the edge says when the server takes longer than 120 s, though the write may succeed (api 10)."""
    return _html(504, "Gateway Time-out")


def _html(status: int, reason: str) -> Reply:
    page = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>"
    return Reply(status, page.encode(), "text/html", fault=True)


def fault_xml(fault: Fault | GatewayFault, at: datetime) -> Reply:
    """Shape C (api 9.1)."""
    detail = f"<Detail>{escape(fault.detail)}</Detail>" if fault.detail else "<Detail/>"
    element = f" element={quoteattr(fault.element)}" if isinstance(fault, Fault) and fault.element is not None else ""
    inner = (
        f'<Fault type="{fault.type}"><Error code="{fault.code}"{element}>'
        f"<Message>{escape(fault.message)}</Message>{detail}</Error></Fault>"
    )
    headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if fault.status == 401 else {}
    return Reply(fault.status, _document(inner, at), "application/xml", headers, fault=True)


def as_xml(body: Mapping[str, Any], at: datetime) -> bytes:
    """A successful reply as XML: what a client gets that does not ask for JSON (api 2.1)."""
    return _document("".join(_element(name, value) for name, value in body.items() if name != "time"), at)


def _document(inner: str, at: datetime) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<IntuitResponse time="{envelope_time(at)}" xmlns="{SCHEMA}">{inner}</IntuitResponse>'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_scalar(value))}</{name}>"
    attributes = "".join(f" {key}={quoteattr(_scalar(value[key]))}" for key in ATTRIBUTES if key in value)
    if "value" in value and not isinstance(value["value"], dict):
        return f"<{name}{attributes}>{escape(_scalar(value['value']))}</{name}>"
    inner = "".join(_element(key, each) for key, each in value.items() if key not in ATTRIBUTES)
    return f"<{name}{attributes}>{inner}</{name}>"


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def trace_headers() -> dict[str, str]:
    """The headers every reply carries; Intuit-Tid is what support asks for (api 2.2)."""
    trace = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return {
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Server": "nginx",
        "Strict-Transport-Security": "max-age=15552000",
        "Intuit-Tid": trace,
        "X-Spanid": secrets.token_hex(8),
        "X-Amzn-Trace-Id": f"Root={trace}",
    }

"""The four shapes in which QuickBooks words a fault (api 9.1), read into one. Nothing here ever raises.

A: `{"Fault": {"Error": [{"Message", "Detail", "code", "element"}]}}`, the books' own refusal.
B: `{"fault": {"error": [{"message", "detail", "code", "element"}]}}`, the gateway's.
C: A or B as XML, which comes although JSON was asked for.
D: HTML, or nothing at all.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NO_MESSAGE = "a fault without a message"


@dataclass(frozen=True, slots=True)
class Said:
    """One error of a fault, whatever its shape."""

    message: str
    code: str = ""
    detail: str = ""
    element: str = ""


def said_in(body: bytes, content_type: str) -> list[Said]:
    """Every error a body names; none for shape D."""
    text = body.decode("utf-8", "replace")
    if "xml" in content_type or text.lstrip().startswith("<"):
        return [_from_xml(*match.groups()) for match in _XML_ERROR.finditer(text)]
    try:
        return _from_json(json.loads(text))
    except (ValueError, RecursionError):
        return []


def said_in_item(fault: object) -> list[Said]:
    """Every error of a batch item's `Fault` member."""
    return _from_json({"Fault": fault})


def plain_text(body: bytes, limit: int = 300) -> str:
    """What the beginning of an unexpected body says, without its markup, for a person to read."""
    text = re.sub(r"<[^>]*>", " ", body[:4000].decode("utf-8", "replace"))
    return " ".join(html.unescape(text).split())[:limit]


def _from_json(answer: object) -> list[Said]:
    errors = _lower(_lower(answer).get("fault")).get("error")
    if isinstance(errors, dict):
        errors = [errors]
    if not isinstance(errors, list):
        return []
    return [_one(_lower(error)) for error in errors if isinstance(error, dict)]


def _lower(value: object) -> dict[str, Any]:
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def _one(error: Mapping[str, Any]) -> Said:
    def text(name: str) -> str:
        return str(error.get(name) or "")

    return Said(text("message") or _NO_MESSAGE, _code(text("code")), text("detail"), text("element"))


# By regular expressions: the XML is flat and short, and they expand no entities.
_XML_ERROR = re.compile(r"<Error\b([^>]*)>(.*?)</Error>", re.DOTALL)


def _from_xml(attributes: str, inner: str) -> Said:
    def attribute(name: str) -> str:
        found = re.search(rf"""\b{name}\s*=\s*["']([^"']*)""", attributes)
        return html.unescape(found[1]) if found else ""

    def element(name: str) -> str:
        found = re.search(rf"<{name}>(.*?)</{name}>", inner, re.DOTALL)
        return html.unescape(found[1]).strip() if found else ""

    return Said(element("Message") or _NO_MESSAGE, _code(attribute("code")), element("Detail"), attribute("element"))


def _code(code: str) -> str:
    """`003001` and `3001` are the same code."""
    return code.lstrip("0") or code

"""A person at the console without a browser: opens pages, reads them, fills in the form that is there and sends it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin

import httpx2

from simulator.app import Simulator

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"}


@dataclass
class Form:
    """One form of a page with the values it would send as it stands."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, words on it


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms, self.words = address, [], []
        self.form: Form | None = None
        self.inside: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            action = urljoin(self.address, found.get("action") or self.address)
            self.form = Form(action, found.get("method", "get"))
            self.forms.append(self.form)
        elif tag == "input" and self.form is not None and "name" in found:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.form.values[found["name"]] = found.get("value", "")
        elif tag == "option" and self.form is not None:
            select = next((each["name"] for name, each in reversed(self.inside) if name == "select"), None)
            if select and ("selected" in found or select not in self.form.values):  # else a suggestion of a datalist
                self.form.values[select] = found.get("value", "")
        elif tag == "textarea" and self.form is not None:
            self.form.values[found["name"]] = ""
        elif tag == "button" and self.form is not None:
            self.form.buttons.append((found.get("name", ""), found.get("value", ""), ""))
        if tag not in VOID:
            self.inside.append((tag, found))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, found = self.inside[-1] if self.inside else ("", {})
        if self.form is not None and tag == "textarea":
            self.form.values[found["name"]] += data
        elif self.form is not None and any(name == "button" for name, _ in self.inside):
            name, value, words = self.form.buttons[-1]
            self.form.buttons[-1] = (name, value, words + data)
        if tag not in {"script", "style"}:
            self.words.append(data)


class Person:
    """Sits at one simulator; `status`, `text` and `forms` are those of the page in front of them."""

    def __init__(self, sim: Simulator, base: str) -> None:
        transport = httpx2.WSGITransport(app=sim)
        self.http = httpx2.Client(transport=transport, base_url=sim.base_url, follow_redirects=True)
        self.base = f"{sim.base_url}{base}"

    def open(self, path: str) -> Self:
        return self._read(self.http.get(f"{self.base}{path}"))

    def press(self, words: str, **typed: str) -> Self:
        """Fill in the form that has this button, and press it."""
        form, button = self._find(words)
        values: dict[str, Any] = {**form.values, **{name.replace("__", "."): value for name, value in typed.items()}}
        if button[0]:
            values[button[0]] = button[1]
        values = {name: value for name, value in values.items() if value is not None}
        if form.method == "get":
            return self._read(self.http.get(form.action, params=values))
        return self._read(self.http.post(form.action, data=values))

    def value(self, name: str) -> str:
        """What stands in this input."""
        return next(form.values[name] for form in self.forms if name in form.values)

    def _find(self, words: str) -> tuple[Form, tuple[str, str, str]]:
        for form in self.forms:
            for button in form.buttons:
                if " ".join(button[2].split()).startswith(words):
                    return form, button
        raise AssertionError(f"no button {words!r} on {self.address}: {self.text[:300]}")

    def _read(self, response: httpx2.Response) -> Self:
        reader = _Reader(str(response.url))
        reader.feed(response.text)
        self.status, self.address, self.html = response.status_code, str(response.url), response.text
        self.forms, self.text = reader.forms, " ".join(" ".join(reader.words).split())
        self.headers = response.headers
        return self

"""Two values of one field side by side: what is the same, and which words of what is not (ui: reviews). Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from buddy.hub.address import Address

ALIKE = 0.4  # below this, marking the words that differ would mark nearly all


@dataclass(frozen=True)
class Line:
    """One field of a card. `verdict` is in words; `ours` and `theirs` have the differing words marked. Of a value that
    people changed: who did it here, and when on either side. `chosen`: whose value was taken, once that is settled."""

    name: str
    label: str
    ours: SafeString
    theirs: SafeString
    verdict: str
    css: str
    icon: str
    agreed: str = ""
    ours_by: str = ""
    ours_at: datetime | None = None
    theirs_at: datetime | None = None
    chosen: str = ""

    @property
    def differs(self) -> bool:
        return self.verdict == "Differs"


def line(name: str, label: str, ours: str, theirs: str, *, same: Callable[[str, str], bool], agreed: str = "") -> Line:
    """Compare two texts of one field; `same` says when a difference does not count."""
    if not ours or not theirs:
        return Line(name, label, _plain(ours), _plain(theirs), "Only one side", "is-mute", "circle-dashed", agreed)
    marked = _marked(ours, theirs)
    if ours == theirs or same(ours, theirs):
        return Line(name, label, *marked, "Same", "is-ok", "check", agreed)
    return Line(name, label, *marked, "Differs", "is-warn", "arrows-diff", agreed)


def text(value: Any) -> str:
    """A mapped value as a person reads it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(Address.of(value).lines())
    return str(value or "")


def _plain(value: str) -> SafeString:
    """As it is, except that an email address may break after its @."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in value.split("@")))


def _marked(ours: str, theirs: str) -> tuple[SafeString, SafeString]:
    """Both, with the words that the other has not in `<mark>`; as they are when nearly all would be marked."""
    one, other = ours.split(" "), theirs.split(" ")
    steps = SequenceMatcher(None, one, other, autojunk=False)
    if steps.ratio() < ALIKE:
        return _plain(ours), _plain(theirs)
    pieces = steps.get_opcodes()
    return (
        _joined([(tag != "equal", " ".join(one[start:end])) for tag, start, end, _, _ in pieces]),
        _joined([(tag != "equal", " ".join(other[start:end])) for tag, _, _, start, end in pieces]),
    )


def _joined(parts: list[tuple[bool, str]]) -> SafeString:
    told = ((differs, _plain(words)) for differs, words in parts if words)
    shown = ((format_html("<mark>{}</mark>", words) if differs else words,) for differs, words in told)
    return format_html_join(" ", "{}", shown)

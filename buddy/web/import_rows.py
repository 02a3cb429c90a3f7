"""The rows of an import for people: what each will do or did, and why, on the page and in the file of the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from buddy.hub import imports as hub
from buddy.hub.imports import Act, Import, ImportRow, Kind, Outcome, State
from buddy.web.lists import View
from buddy.web.spreadsheet import Cell

ACT_VIEWS: list[View[ImportRow]] = [
    View("all", "All", lambda rows, _: rows),
    *(View(act.value, str(act.label), lambda rows, _, act=act: rows.filter(act=act)) for act in Act),  # type: ignore[misc]
]
OUTCOME_VIEWS: list[View[ImportRow]] = [
    View("all", "All", lambda rows, _: rows),
    *(View(each.value, str(each.label), lambda rows, _, each=each: rows.filter(outcome=each)) for each in Outcome),  # type: ignore[misc]
]
PILLS = {
    Act.CREATE: ("is-ok", "plus"),
    Act.UPDATE: ("is-info", "edit"),
    Act.ASK: ("is-warn", "help-circle"),
    Act.UNCHANGED: ("is-mute", "circle-dashed"),
    Act.REFUSE: ("is-bad", "circle-x"),
    Outcome.CREATED: ("is-ok", "plus"),
    Outcome.UPDATED: ("is-info", "edit"),
    Outcome.LEFT_OUT: ("is-warn", "circle-minus"),
    Outcome.REFUSED: ("is-bad", "circle-x"),
    Outcome.REMOVED: ("is-mute", "trash"),
    Outcome.RESTORED: ("is-mute", "history"),
    Outcome.KEPT: ("is-warn", "lock"),
}
# What the rows are called, and the page of one of them.
NOUNS = {Kind.CUSTOMERS: "customer", Kind.PRODUCTS: "product", Kind.ORDERS: "order"}
NAMED_BY = {
    Kind.CUSTOMERS: ("display_name", "company_name", "family_name", "id"),
    Kind.PRODUCTS: ("name", "sku", "id"),
    Kind.ORDERS: ("number", "customer", "sku", "product"),
}


@dataclass(frozen=True)
class Shown:
    """One row of the file as the page shows it."""

    row: ImportRow
    name: str
    words: str
    css: str
    icon: str
    why: str
    changes: list[tuple[str, str, str]]
    link: str
    choices: list[tuple[str, str]]
    chosen: str


def shown(row: ImportRow, batch: Import) -> Shown:
    """What the row will do while the import waits to be applied, and what it did from then on."""
    planned = batch.state == State.PLANNED
    labels = hub.labels(batch.kind)
    word: Act | Outcome = Act(row.act) if planned else Outcome(row.outcome or "left_out")
    css, icon = PILLS.get(word, ("is-mute", "circle-dashed"))
    name = next((str(row.values[key]) for key in NAMED_BY[Kind(batch.kind)] if row.values.get(key)), "")
    there = row.object_id and row.outcome != Outcome.REMOVED
    return Shown(
        row=row,
        name=name or next((str(cell) for cell in row.cells if cell != ""), ""),
        words=str(word.label),
        css=css,
        icon=icon,
        why=row.said if planned else row.told or ("Stopped before it." if not row.outcome else ""),
        changes=[(labels[field], _words(before), _words(after)) for field, (before, after) in row.changes.items()],
        link=reverse(NOUNS[Kind(batch.kind)], args=[row.object_id]) if there else "",
        choices=_choices(row, batch),
        chosen={Act.CREATE: "new", Act.ASK: "skip"}.get(Act(row.act), str(row.object_id)) if row.act else "",
    )


def _choices(row: ImportRow, batch: Import) -> list[tuple[str, str]]:
    if not row.candidates or batch.state != State.PLANNED:
        return []
    updates = [(str(pk), f"Update {name}" + (f" ({why})" if why else "")) for pk, name, why in row.candidates]
    return [("skip", "Leave this row out"), ("new", "Create a new one"), *updates]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(value).splitlines())


def result(batch: Import, row: ImportRow) -> Iterator[list[Cell]]:
    """The row's own cells, what it does or did, and why."""
    one = shown(row, batch)
    width = len(batch.columns)
    cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
    yield [*cells, one.words, " ".join(filter(None, [one.why, *_told(one)]))]


def _told(one: Shown) -> list[str]:
    return [f"{label}: {before or '(empty)'} → {after or '(empty)'}." for label, before, after in one.changes]

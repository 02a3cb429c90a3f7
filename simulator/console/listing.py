"""Finding records among very many: a view, words to search for, an order and a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.books import Books, Record
from simulator.money import ZERO

PAGE = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """One list of the console: what its views keep, what its search reads, what it can be ordered by."""

    entity: str
    views: Mapping[str, tuple[str, Callable[[Books, Record], bool]]]  # address → (label, keeps)
    haystack: Callable[[Books, Record], str]
    orders: Mapping[str, Callable[[Books, Record], Any]]
    first_order: str  # "-" in front: downwards
    weigh: Callable[[Books, Record], Decimal] | None = None  # the sum shown beside the count


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what matched, and where it stands among the rest."""

    records: list[Record]
    view: str
    words: str
    order: str
    page: int
    pages: int
    count: int
    weight: Decimal | None

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.page * PAGE, self.count)


def find(books: Books, tab: Tab, asked: Mapping[str, str]) -> Found:
    """The page that the address asks for (`view`, `q`, `sort`, `page`); anything unknown falls back to the first."""
    view = asked.get("view", "")
    view = view if view in tab.views else next(iter(tab.views))
    words = " ".join(asked.get("q", "").split())
    order = asked.get("sort", "")
    order = order if order.removeprefix("-") in tab.orders else tab.first_order
    matching = _matching(books, tab, view, words)
    key = tab.orders[order.removeprefix("-")]
    matching.sort(key=lambda record: (key(books, record), int(record.id)), reverse=order.startswith("-"))
    pages = max(1, -(-len(matching) // PAGE))
    page = min(max(1, int(asked.get("page", "1")) if asked.get("page", "1").isdigit() else 1), pages)
    weight = sum((tab.weigh(books, record) for record in matching), ZERO) if tab.weigh else None
    return Found(matching[(page - 1) * PAGE : page * PAGE], view, words, order, page, pages, len(matching), weight)


def _matching(books: Books, tab: Tab, view: str, words: str) -> list[Record]:
    """Every record of the view that holds each of the words somewhere."""
    keeps = tab.views[view][1]
    wanted = words.casefold().split()
    return [
        record
        for record in books.living(tab.entity)
        if keeps(books, record) and (not wanted or _holds(tab.haystack(books, record).casefold(), wanted))
    ]


def _holds(haystack: str, wanted: list[str]) -> bool:
    return all(word in haystack for word in wanted)

"""Labelled lists in one form, whatever files a folder holds (docs/matching.md describes them)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Self

from buddy.hub.address import Address
from buddy.hub.matching import Party

type Row = dict[str, str]
type Pair = tuple[str, str]  # ids, the smaller first


_COLUMNS = ("rid", "name", "email", "phone", "addr", "city", "state", "zip", "country", "web")


def pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True)
class Lists:
    """Two lists to link, or one (`right` empty) to find duplicates in. `asked`: the pairs that are labelled, where not
    all are."""

    name: str
    left: Sequence[Row]
    right: Sequence[Row]
    same: frozenset[Pair]
    asked: frozenset[Pair] = field(default_factory=frozenset)

    @property
    def rows(self) -> list[Row]:
        return [*self.left, *self.right]

    @classmethod
    def of_pairs(cls, name: str, rows: Sequence[Row], labels: Sequence[Row]) -> Self:
        """Each label's `a` on the left and `b` on the right."""
        by_id = {row["rid"]: row for row in rows}
        left, right = {label["a"] for label in labels}, {label["b"] for label in labels}
        same = frozenset(pair(label["a"], label["b"]) for label in labels if label["label"] == "1")
        everything = frozenset(pair(label["a"], label["b"]) for label in labels)
        asked = everything if everything != same else frozenset()
        return cls(name, [by_id[each] for each in sorted(left)], [by_id[each] for each in sorted(right)], same, asked)


def found(folder: Path) -> list[Lists]:
    """Every set this folder holds, by the names of its files."""
    known = [*folder.glob("*.csv")]
    made = [_one_list(path) for path in sorted(known) if path.name.startswith("chicago")]
    for path in sorted(known):
        if path.stem.endswith("fodors_zagats_pairs"):
            made.append(_two_sources(path))
        if "overture" in path.name and path.stem.endswith(("_labels", "_truth")):
            records = path.with_name(path.name.rsplit("_", 1)[0] + "_records.csv")
            made.append(Lists.of_pairs(path.stem.rsplit("_", 1)[0], read(records), read(path)))
        if path.stem.endswith("_hub"):
            made.append(two_sided(path.stem.removesuffix("_hub"), read(path), read(path.with_name(_qbo(path)))))
    return made


def read(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def two_sided(name: str, hub: Sequence[Row], qbo: Sequence[Row]) -> Lists:
    """Two lists with the truth in `cluster`."""
    here = defaultdict(list)
    for row in hub:
        here[row["cluster"]].append(row["rid"])
    same = frozenset(pair(row["rid"], other) for row in qbo for other in here[row["cluster"]])
    return Lists(name, _compared(qbo), _compared(hub), same)


def _compared(rows: Iterable[Row]) -> list[Row]:
    """Only what is compared: the memory measured should be that of matching."""
    return [{column: row[column] for column in _COLUMNS} for row in rows]


def _qbo(path: Path) -> str:
    return path.name.replace("_hub", "_qbo")


def _one_list(path: Path) -> Lists:
    rows = read(path)
    clusters = defaultdict(list)
    for row in rows:
        clusters[row["cluster"]].append(row["rid"])
    return Lists(
        path.stem, rows, [], frozenset(pair(*each) for ids in clusters.values() for each in combinations(ids, 2))
    )


def _two_sources(path: Path) -> Lists:
    rows = read(path.with_name(path.name.replace("_pairs", "")))
    sources = sorted({row["src"] for row in rows})
    left, right = ([row for row in rows if row["src"] == source] for source in sources)
    same = frozenset(pair(label["a"], label["b"]) for label in read(path) if label["label"] == "1")
    return Lists(path.stem.removesuffix("_pairs"), left, right, same)


def parties(rows: Iterable[Row], *, first_id: int = 0) -> list[Party]:
    return [party(row, number) for number, row in enumerate(rows, first_id)]


def party(row: Row, id: int) -> Party:
    """As the mapping would make it of a QuickBooks customer. `alt`, a brand or a contact, is nothing we hold."""
    return Party(
        id=id,
        display_name=row["name"],
        email=row["email"],
        phones=(row["phone"],),
        address=Address(
            line1=row["addr"],
            city=row["city"],
            region=row["state"],
            postal_code=row["zip"],
            country=row["country"],
        ),
        sub=":" in row["name"],
        website=row["web"] if "." in row["web"] else "",
    )

"""Fit the weights of `buddy.hub.matching.weights` anew, on the labelled lists of a folder.

`python -m bench.matching.fit FOLDER` prints the table. Logistic regression, each set counting as much as every other,
small weights preferred, so that no level rests on a handful of rows. With `--check` it is fitted on a random half of
every set and judged on the other half, three times.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.matching.lists import Lists, Pair, found, pair, parties
from bench.matching.ours import holders
from buddy.hub.matching import sharing
from buddy.hub.matching.blocking import Key
from buddy.hub.matching.deciding import by_key, near
from buddy.hub.matching.evidence import compare
from buddy.hub.matching.parties import Party
from buddy.hub.matching.scoring import FIELDS, levels

EPOCHS = 400
RATE = 0.5
PENALTY = 1.0
ROWS_OF_A_SET = 1000.0  # what each set counts, however large it is


type Level = tuple[str, str]  # a field and its level


class Example(NamedTuple):
    levels: tuple[Level, ...]
    same: bool
    weight: float


class Table(NamedTuple):
    bias: float
    weights: dict[Level, float]

    def score(self, some: Iterable[Level]) -> float:
        return 1 / (1 + math.exp(-self.bias - sum(self.weights.get(level, 0.0) for level in some)))


def pairs(lists: Lists) -> list[tuple[Pair, tuple[Level, ...], bool]]:
    """Every pair worth comparing, with its levels and the truth."""
    left = parties(lists.left)
    right = parties(lists.right, first_id=len(left)) or left
    ids = [row["rid"] for row in lists.rows]
    there, here = holders(left), holders(right)
    index = by_key(right)
    made = {}
    for one in left:
        for other in _candidates(one, index, lists, ids, right):
            key = pair(ids[int(one.id)], ids[int(other.id)])
            if one.id != other.id and key not in made:
                known = sharing.within(one, other, here) if right is left else sharing.between(one, other, there, here)
                made[key] = (key, _known(levels(compare(one, other).evidence, known)), key in lists.same)
    return list(made.values())


def _known(found: tuple[str, ...]) -> tuple[Level, ...]:
    return tuple(level for level in zip(FIELDS, found, strict=True) if level[1])


def _candidates(
    one: Party, index: Mapping[Key, list[Party]], lists: Lists, ids: list[str], right: list[Party]
) -> Iterable[Party]:
    if not lists.asked:
        return near(one, index)
    mine = ids[int(one.id)]
    return [other for other in right if pair(mine, ids[int(other.id)]) in lists.asked]


def fit(examples: Sequence[Example]) -> Table:
    """Full-batch gradient descent with a step of its own for each weight (Adagrad)."""
    weights: dict[Level, float] = defaultdict(float)
    bias, seen_bias = 0.0, 1e-8
    seen: dict[Level, float] = defaultdict(lambda: 1e-8)
    total = sum(each.weight for each in examples)
    for _ in range(EPOCHS):
        slope: dict[Level, float] = defaultdict(float)
        slope_bias = 0.0
        for each in examples:
            guess = 1 / (1 + math.exp(-bias - sum(weights[level] for level in each.levels)))
            off = (guess - each.same) * each.weight
            slope_bias += off
            for level in each.levels:
                slope[level] += off
        for level, steep in slope.items():
            value = (steep + PENALTY * weights[level]) / total
            seen[level] += value * value
            weights[level] -= RATE * value / math.sqrt(seen[level])
        seen_bias += (slope_bias / total) ** 2
        bias -= RATE * slope_bias / total / math.sqrt(seen_bias)
    return Table(bias, dict(weights))


def examples(some: Sequence[tuple[Pair, tuple[Level, ...], bool]]) -> list[Example]:
    return [Example(each, same, ROWS_OF_A_SET / len(some)) for _, each, same in some]


def halves(lists: Lists, some: Sequence[tuple[Pair, tuple[Level, ...], bool]], seed: int) -> tuple[list, list]:
    """Records that are one stay in one half."""
    chance = random.Random(seed)
    root: dict[str, str] = {}

    def top(id: str) -> str:
        while root.setdefault(id, id) != id:
            id = root[id]
        return id

    for one, other in lists.same:
        root[top(one)] = top(other)
    side: dict[str, bool] = defaultdict(lambda: chance.random() < 0.5)
    split: tuple[list, list] = ([], [])
    for each in some:
        split[side[top(each[0][0])]].append(each)
    return split


def best_f1(scored: Iterable[tuple[float, bool]], same: int) -> float:
    right = best = 0.0
    for number, (_, is_same) in enumerate(sorted(scored, reverse=True), 1):
        right += is_same
        best = max(best, 2 * right / (number + same))
    return best


def check(sets: Sequence[Lists], made: dict[str, list]) -> None:
    for seed in range(3):
        split = {each.name: halves(each, made[each.name], seed) for each in sets}
        table = fit([example for half, _ in split.values() for example in examples(half)])
        for name, (_, other) in split.items():
            scored = [(table.score(each), same) for _, each, same in other]
            print(f"{seed} {name:32} best F1 {best_f1(scored, sum(same for *_, same in other)):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    sets = found(given.folder)
    made = {each.name: pairs(each) for each in sets}
    if given.check:
        check(sets, made)
        return
    table = fit([example for some in made.values() for example in examples(some)])
    print(f"BIAS = {table.bias:.2f}\nWEIGHTS = {{")
    for level, value in sorted(table.weights.items()):
        print(f"    ({json.dumps(level[0])}, {json.dumps(level[1])}): {value:.2f},")
    print("}")


if __name__ == "__main__":
    main()

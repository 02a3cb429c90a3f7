"""The figures of one set: how many certain links, how many of them wrong, and what is left for people."""

from __future__ import annotations

from dataclasses import dataclass

from bench.matching.lists import Lists
from bench.matching.ours import Answers


@dataclass(frozen=True)
class Figures:
    certain: int
    wrong: int
    certain_recall: float
    recall_with_review: float
    cards: float  # pairs put before a person, per true pair; what links by itself is none
    best_f1: float


def figures(lists: Lists, answers: Answers) -> Figures:
    certain = {key for key in answers.certain if not lists.asked or key in lists.asked}
    shown = {key: score for key, score in answers.shown.items() if not lists.asked or key in lists.asked}
    true = len(lists.same)
    return Figures(
        certain=len(certain),
        wrong=len(certain - lists.same),
        certain_recall=len(certain & lists.same) / true,
        recall_with_review=len(shown.keys() & lists.same) / true,
        cards=(len(shown) - len(certain)) / true,
        best_f1=_best_f1(lists, shown),
    )


def _best_f1(lists: Lists, shown: dict[tuple[str, str], float]) -> float:
    """At the best threshold, which nobody would know beforehand."""
    right = best = 0.0
    ranked = sorted(shown, key=lambda key: -shown[key])
    for number, key in enumerate(ranked, 1):
        right += key in lists.same
        if number == len(ranked) or shown[ranked[number]] != shown[key]:
            best = max(best, 2 * right / (number + len(lists.same)))
    return best

"""Buddy, and what one would use instead: each measured in a process of its own."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.matching import first_hit, ours, splink
from bench.matching.lists import Lists
from bench.matching.measures import Figures, figures

SIDES: dict[str, Callable[[Lists], ours.Answers]] = {
    "Buddy": ours.answers,
    "splink": splink.answers,
    "first hit": first_hit.answers,
}


@dataclass(frozen=True)
class Measured:
    figures: Figures
    seconds: float
    megabytes: float


def measured(side: str, lists: Lists) -> Measured:
    """In a process of its own, so that the peak of memory is its own too."""
    begun = time.process_time()
    made = SIDES[side](lists)
    seconds = time.process_time() - begun
    return Measured(figures(lists, made), seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

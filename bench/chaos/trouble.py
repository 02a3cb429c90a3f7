"""The simulator's faults, by their names, at seeded rates (simulator/README.md)."""

from __future__ import annotations

from typing import Any

from tests.flows.books import Books

TOKENS = "*/tokens/bearer"

# name, share of the matching calls, and what else the fault takes
STORM: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("lose_reply", 0.02, {"method": "GET"}),
    ("lose_reply", 0.06, {"method": "POST", "path": "*/batch"}),
    ("error_500", 0.01, {}),
    ("html_503", 0.01, {}),
    ("error_500_after", 0.04, {"method": "POST", "path": "*/batch"}),
    ("error_504_after", 0.04, {"method": "POST", "path": "*/batch"}),
    ("unauthorized", 0.01, {}),
    ("throttle", 0.0015, {}),
    ("throttle_xml", 0.0015, {}),
    ("delay", 0.01, {"seconds": 1}),
    ("delay", 0.003, {"seconds": 4}),  # longer than the lease, which its heart keeps
)
# A lost answer to a refresh: with strict rotation the new token is gone for good (api 1.4), and an admin reconnects.
LOST_TOKENS = ("lose_reply", 0.2, {"method": "POST", "path": TOKENS})


def begin(books: Books, *, seed: int, rotation: str) -> None:
    """Plan the storm. The same seed strikes the same calls, counted in the order in which they come."""
    planned = [*STORM, LOST_TOKENS] if rotation == "strict" else STORM
    for number, (name, rate, how) in enumerate(planned):
        books.plan(name, rate=rate, seed=seed * 1000 + number, **how)


def end(books: Books) -> dict[str, int]:
    """Forget all faults; how often each struck."""
    struck: dict[str, int] = {}
    for planned in books.ask("GET", "/faults"):
        struck[planned["name"]] = struck.get(planned["name"], 0) + planned["struck"]
    books.forget_faults()
    return struck

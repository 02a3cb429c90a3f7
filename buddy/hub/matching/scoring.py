"""How likely two parties are one: a sum of weights, one per field, each for its own reason. Never for linking alone.

The weights stand in `weights`; they were fitted on labelled lists (docs/matching.md tells which and how well).
"""

from __future__ import annotations

import math
from functools import lru_cache

from buddy.hub.matching.evidence import SAME, Evidence
from buddy.hub.matching.sharing import Sharing
from buddy.hub.matching.weights import BIAS, WEIGHTS

FIELDS = (
    "name",
    "letters",
    "phone",
    "address",
    "phone and address",
    "door",
    "postal code",
    "city",
    "domain",
    "page",
    "email",
    "form",
    "number",
    "bracket",
    "department",
)


def score(evidence: Evidence, sharing: Sharing) -> float:
    """From 0 to 1."""
    return _score(levels(evidence, sharing))


@lru_cache(maxsize=65536)
def _score(found: tuple[str, ...]) -> float:
    total = BIAS + sum(WEIGHTS.get(level, 0.0) for level in zip(FIELDS, found, strict=True))
    return round(1 / (1 + math.exp(-total)), 3)


def levels(evidence: Evidence, sharing: Sharing) -> tuple[str, ...]:
    """The level of each of FIELDS, "" where nothing is known. What many share says less."""
    return (
        _name(evidence),
        next((text for floor, text in _LETTERS if evidence.letters >= floor), "less"),
        f"same, {_holders(sharing.phone)}" if evidence.phone == SAME else evidence.phone,
        evidence.address,
        f"{evidence.phone or 'unknown'}, {_road(evidence)}",
        f"same, {_holders(sharing.door)}" if evidence.same_door else "",
        evidence.postal,
        evidence.city,
        f"same, {_holders(sharing.domain)}" if evidence.domain == SAME else evidence.domain,
        evidence.page,
        evidence.email,
        evidence.form,
        evidence.number,
        evidence.bracket,
        f"differs, name {evidence.name}, phone {evidence.phone or 'unknown'}" if evidence.department else "",
    )


_LETTERS = ((0.95, "0.95"), (0.85, "0.85"), (0.7, "0.7"), (0.5, "0.5"), (0.3, "0.3"))


def _name(evidence: Evidence) -> str:
    if evidence.name not in ("within", "partly"):
        return evidence.name
    amount = "most" if evidence.similarity >= 0.75 else "half" if evidence.similarity >= 0.5 else "less"
    return f"{evidence.name}, {amount}"


def _holders(count: int) -> str:
    return "few" if count <= 2 else "some" if count <= 4 else "more" if count <= 10 else "many"


def _road(evidence: Evidence) -> str:
    if evidence.same_door:
        return "same door"
    return "street" if evidence.address in ("unit", "road", "street") else evidence.address or "unknown"

"""What only a person can settle about two records that were joined."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from buddy.hub import quality
from buddy.hub.quality import ReviewKind
from buddy.sync.mapping import EntityMapping
from buddy.sync.reconcile.sides import Ours
from buddy.sync.round import Round
from buddy.sync.threeway import Values


def fingerprint(*compared: Any) -> str:
    """Stands for what a question compared: while that stays the same, a "no" stays a "no"."""
    return sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()[:20]


def ask_difference(
    round: Round, mapping: EntityMapping, row: Ours, remote_id: str, names: Sequence[str], ours: Values, theirs: Values
) -> None:
    """The first link found both sides filled and different: neither is written, one review shows the fields (R7)."""
    fields = [
        {"name": name, "label": mapping.named(name).label, "ours": ours[name], "theirs": theirs[name]} for name in names
    ]
    quality.ask(
        round.organization,
        kind=ReviewKind.DIFFERENCE,
        key=f"difference:{mapping.entity}:{remote_id}",
        entity=mapping.kind,
        title=str(row),
        object_id=row.pk,
        their_id=remote_id,
        money=getattr(row, "balance", Decimal(0)),
        data={"fields": fields, "fingerprint": fingerprint(fields)},
        now=round.now,
    )

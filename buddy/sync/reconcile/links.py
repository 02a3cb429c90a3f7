"""Links, written set-based."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from buddy.hub import bulk
from buddy.sync.models import Link, LinkState
from buddy.sync.round import Round
from buddy.sync.threeway import Values

CREATED_HERE = "created from QuickBooks"  # the rule of a link whose object here was made of the record there

NewLink = tuple[int, str, str, Values | None, Values | None]  # our id, their id, the rule, ours, theirs
Agreed = tuple[int, Values, Values, LinkState]  # the link's id, ours, theirs, state


def new_links(round: Round, kind: str, entity: str, links: Iterable[NewLink]) -> None:
    """Join our objects and their records, with what each side holds."""
    columns = (
        "organization_id",
        "kind",
        "object_id",
        "entity",
        "remote_id",
        "rule",
        "ours",
        "theirs",
        "state",
        "note",
        "synced_at",
    )
    rows = [
        (
            round.organization.pk,
            kind,
            object_id,
            entity,
            remote_id,
            rule,
            held,
            held if theirs is ours else _text(theirs),
            _state(theirs).value,
            "",
            round.now,
        )
        for object_id, remote_id, rule, ours, theirs in links
        for held in (_text(ours),)
    ]
    bulk.insert(Link, columns, rows)


def agree(round: Round, links: Sequence[Agreed]) -> None:
    """Store what both sides agree on now."""
    rows = [(_text(ours), _text(theirs), state.value, round.now, pk) for pk, ours, theirs, state in links]
    bulk.update(Link, ("ours", "theirs", "state", "synced_at"), rows)


def touch(round: Round, entity: str, remote_ids: Iterable[str]) -> None:
    """These were compared just now."""
    if ids := list(remote_ids):
        rows = Link.objects.filter(organization=round.organization, entity=entity, remote_id__among=ids)
        rows.update(synced_at=round.now)


def _state(theirs: Values | None) -> LinkState:
    return LinkState.INACTIVE if theirs and theirs.get("active") is False else LinkState.AGREED


def _text(values: Values | None) -> Any:
    return None if values is None else msgspec.json.encode(values).decode()

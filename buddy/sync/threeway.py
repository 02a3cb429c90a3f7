"""The three-way merge, pure: what was agreed, what we hold, what they hold: write here, send there, or ask (R6, R7).

Values are plain JSON (text, true/false, numbers as text, addresses as mappings). `None` means "cannot be said on
this side" and takes no part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Value = Any
Values = Mapping[str, Value]


class Owner(Enum):
    """Who wins a field (survivorship)."""

    BUDDY = "Buddy"
    QUICKBOOKS = "QuickBooks"
    EITHER = "the side that changed last; both: a person decides"


class Comparable(Protocol):
    """What the merge needs to know of a field."""

    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> Owner: ...
    @property
    def same(self) -> Callable[[Value, Value], bool]: ...


@dataclass
class Merge:
    """`here`: values to write in Buddy; `there`: names of fields to send; `conflicts`: names for a person;
    `decided`: those of `here` and `there` that both sides had changed, for which it was said beforehand who wins."""

    here: dict[str, Value] = field(default_factory=dict)
    there: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    ours: dict[str, Value] = field(default_factory=dict)  # the new agreement, our side
    theirs: dict[str, Value] = field(default_factory=dict)  # the new agreement, their side


def merge(
    fields: tuple[Comparable, ...],
    *,
    agreed_ours: Values,
    agreed_theirs: Values,
    ours: Values,
    theirs: Values,
    both: Owner = Owner.EITHER,
) -> Merge:
    """Compare both sides with what each held when they last agreed. `both`: who wins a field that both changed.

    A conflicting field keeps its old agreement, so that it stays one until it is settled; a field still to be
    sent keeps our old agreement, so that it stays owed.
    """
    result = Merge(ours=dict(agreed_ours), theirs=dict(agreed_theirs))
    for each in fields:
        _merge_field(each, result, ours.get(each.name), theirs.get(each.name), both)
    return result


def _merge_field(each: Comparable, result: Merge, ours: Value, theirs: Value, both: Owner) -> None:
    name = each.name
    if ours is None or theirs is None:
        return
    changed_here = each.owner is not Owner.QUICKBOOKS and not _unchanged(each, result.ours, ours)
    changed_there = each.owner is not Owner.BUDDY and not _unchanged(each, result.theirs, theirs)
    if changed_here and changed_there and not each.same(ours, theirs):
        if both is Owner.EITHER:
            result.conflicts.append(name)
            return
        result.decided.append(name)
        changed_here, changed_there = both is Owner.BUDDY, both is Owner.QUICKBOOKS
    if each.owner is Owner.QUICKBOOKS and not each.same(ours, theirs):
        changed_there = True  # its value holds, however ours came to be another
    if changed_here and not changed_there:
        result.there.append(name)
        result.theirs[name] = theirs
    elif changed_there and not each.same(ours, theirs):
        result.here[name] = result.ours[name] = result.theirs[name] = theirs
    else:
        result.ours[name], result.theirs[name] = ours, theirs


def _unchanged(each: Comparable, agreed: Values, now: Value) -> bool:
    return name_in(agreed, each.name) and each.same(agreed[each.name], now)


def name_in(agreed: Values, name: str) -> bool:
    """Was this field part of the agreement? One added to the mapping later was not."""
    return name in agreed and agreed[name] is not None


def first_link(fields: tuple[Comparable, ...], *, ours: Values, theirs: Values) -> Merge:
    """The first agreement has no base: blank sides fill; where both differ neither is written, a person is asked (R7).

    A difference counts as agreed to differ: only a later change of one side flows.
    """
    result = Merge()
    for each in fields:
        name, mine, other = each.name, ours.get(each.name), theirs.get(each.name)
        if mine is None or other is None:
            continue
        result.ours[name], result.theirs[name] = mine, other
        if each.same(mine, other):
            continue
        if each.owner is Owner.QUICKBOOKS or mine in ("", {}):
            result.here[name] = result.ours[name] = other
        elif each.owner is Owner.BUDDY or other in ("", {}):
            result.there.append(name)
            del result.ours[name]
        else:
            result.conflicts.append(name)
    return result

"""Customers not in QuickBooks that may be there under another name: a person is asked before one is created (R21)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from buddy.hub import matching, matchkeys
from buddy.hub.customers import Customer
from buddy.hub.matching import Key
from buddy.hub.quality import MATCHES, Review, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync.models import Remote, RemoteKey, Waiting
from buddy.sync.round import match_key

_PROOFS = (matching.EMAIL, matching.NAME)


@dataclass(frozen=True)
class Lookalike:
    """A QuickBooks customer that is not decided yet."""

    remote_id: str
    name: str


def lookalikes(organization: Organization, customers: Collection[Customer]) -> dict[int, Lookalike]:
    """For those of these customers that have one, an undecided customer there that they may be: it shares an email
    or a name with them, or an open question names them. Five queries, whatever their number."""
    if not customers:
        return {}
    asked = _asked_about(organization, {row.pk for row in customers})
    keys = {row.pk: _proofs(row) for row in customers}
    holders = _holders(organization, set().union(*keys.values()))
    shared = {pk: holders[key] for pk, some in keys.items() for key in some if key in holders}
    return asked | shared


def namesakes(organization: Organization, customers: Collection[Customer]) -> dict[int, Lookalike]:
    """For those of these customers that have one, a customer there of exactly their name, which QuickBooks allows
    once (6240), decided or not. Two queries."""
    names = {key for row in customers for key in _proofs(row) if matching.kind(key) == matching.NAME}
    found = RemoteKey.objects.filter(organization=organization, key__in=names)
    rows = Remote.objects.filter(
        organization=organization,
        entity="Customer",
        remote_id__in=found.values("remote_id"),
        deleted=False,
        active=True,
    )
    held = {name.casefold(): Lookalike(remote_id, name) for remote_id, name in rows.values_list("remote_id", "name")}
    return {row.pk: held[key] for row in customers if (key := row.display_name.casefold()) in held}


def _proofs(row: Customer) -> set[Key]:
    return {key for key in matching.keys(matchkeys.party(row)) if matching.kind(key) in _PROOFS}


def _holders(organization: Organization, keys: Collection[Key]) -> Mapping[Key, Lookalike]:
    found = RemoteKey.objects.filter(organization=organization, key__in=keys)
    pairs = list(found.values_list("key", "remote_id"))
    rows = Remote.objects.filter(
        organization=organization,
        entity="Customer",
        remote_id__in={remote_id for _, remote_id in pairs},
        waiting=Waiting.PERSON,
        deleted=False,
    )
    undecided = dict(rows.values_list("remote_id", "name"))
    for remote_id in _told_apart(organization, undecided):
        del undecided[remote_id]
    return {key: Lookalike(remote_id, undecided[remote_id]) for key, remote_id in pairs if remote_id in undecided}


def _told_apart(organization: Organization, remote_ids: Iterable[str]) -> set[str]:
    """Those of which a person said that they are none of ours."""
    by_key = {match_key(remote_id): remote_id for remote_id in remote_ids}
    reviews = Review.objects.filter(organization=organization, key__in=by_key)
    latest = dict(reviews.order_by("pk").values_list("key", "status"))
    return {by_key[key] for key, status in latest.items() if status == ReviewStatus.DISMISSED}


def _asked_about(organization: Organization, pks: Collection[int]) -> dict[int, Lookalike]:
    """Those an open question names as a candidate, which may be by phone or address alone."""
    questions = Review.objects.filter(organization=organization, kind__in=MATCHES, status=ReviewStatus.PENDING)
    found: dict[int, Lookalike] = {}
    for their_id, title, candidates in questions.order_by("pk").values_list("their_id", "title", "data__candidates"):
        for each in candidates or ():
            if each["id"] in pks:
                found.setdefault(each["id"], Lookalike(their_id, title))
    return found

"""The match keys of customers who came in a first sync, written when all of them are here.

A key's place in its index is anywhere. Written with each customer they would make every transaction touch a page for
each; ten thousand customers' keys in the order of the index touch a third of the pages, and take a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from operator import itemgetter

from buddy.hub import bulk, intake, matchkeys
from buddy.hub.customers import Customer
from buddy.hub.matching import Key
from buddy.hub.team import Organization
from buddy.sync.ahead import ahead
from buddy.sync.mapping.customer import as_party
from buddy.sync.models import Link, Remote, RemoteKey
from buddy.sync.reconcile.links import CREATED_HERE

CUSTOMERS = 10_000  # whose keys are in memory at a time
KEYS = 4_000  # in one transaction, so that it stays short (R28)

type Store = Callable[[], None]
type _Row = tuple[str, str, int | None]  # id there, body, the customer here that was made of it


@dataclass(frozen=True, slots=True)
class Batch:
    """Keys in the order of their indexes: of records there, and of customers here."""

    there: list[tuple[str, Key]]
    here: list[tuple[int, Key]]


def stores(organization: Organization) -> Iterator[Store]:
    """What writes the keys of every mirrored customer, and of those here that were made of one; each in a transaction
    of the caller's. Done twice, nothing is there twice.
    """
    writer = Writer(organization)
    for batch in ahead(prepare, _rows(organization)):
        yield from writer.parts(batch)
    yield from writer.last()


def _rows(organization: Organization) -> Iterator[list[_Row]]:
    """All mirrored customers, so many at a time."""
    last = 0
    where = {"organization_id": organization.pk, "entity": "Customer", "rule": CREATED_HERE}
    mirrored = Remote.objects.filter(organization=organization, entity="Customer", deleted=False)
    while found := list(mirrored.filter(pk__gt=last).order_by("pk").values_list("pk", "remote_id", "body")[:CUSTOMERS]):
        last = found[-1][0]
        ids = [remote_id for _, remote_id, _ in found]
        made = dict(bulk.find(Link, ("remote_id", "object_id"), where=where, among=("remote_id", ids)))
        yield [(remote_id, body, made.get(remote_id)) for _, remote_id, body in found]


def prepare(some: Sequence[_Row]) -> Batch:
    """Their keys. Asks the database nothing."""
    parties = [(remote_id, as_party(body.encode()), made) for remote_id, body, made in some]
    return Batch(
        sorted(((each, key) for each, party, _ in parties if party for key in party.counted), key=itemgetter(1)),
        sorted(((made, key) for _, party, made in parties if party and made for key in party.keys), key=itemgetter(1)),
    )


@dataclass
class Writer:
    """Stores batches part by part, and remembers whom to look at again."""

    organization: Organization
    edited: set[int] = field(default_factory=set)  # by people, since they came: their keys are those of their row

    def parts(self, batch: Batch) -> Iterator[Store]:
        for there in batched(batch.there, KEYS):
            yield partial(self._store_there, there)
        for here in batched(batch.here, KEYS):
            yield partial(self._store_here, here)

    def last(self) -> Iterator[Store]:
        """What is left when all batches are stored."""
        for some in batched(sorted(self.edited), 200):
            yield partial(self._refresh, some)

    def _store_there(self, keys: Sequence[tuple[str, Key]]) -> None:
        columns = ("organization_id", "remote_id", "key")
        bulk.upsert(RemoteKey, columns, [(self.organization.pk, *key) for key in keys], key=columns)

    def _store_here(self, keys: Sequence[tuple[int, Key]]) -> None:
        stamps = ("id", "created_at", "updated_at")
        ids = {pk for pk, _ in keys}
        found = bulk.find(Customer, stamps, where={"organization_id": self.organization.pk}, among=("id", ids))
        as_they_came = {pk for pk, created_at, updated_at in found if created_at == updated_at}
        self.edited |= {pk for pk, _, _ in found} - as_they_came
        intake.add_match_keys(self.organization, [key for key in keys if key[0] in as_they_came])

    def _refresh(self, ids: Sequence[int]) -> None:
        matchkeys.refresh(self.organization, list(Customer.objects.filter(organization=self.organization, pk__in=ids)))

"""QuickBooks items without a link: joined to a product by SKU, then by exact name, else created here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from buddy.hub import intake
from buddy.hub.products import Product
from buddy.quickbooks.records import Record
from buddy.sync.mapping import PRODUCT
from buddy.sync.mapping.product import is_sellable
from buddy.sync.models import Link, Remote, Waiting
from buddy.sync.reconcile.joining import join
from buddy.sync.reconcile.links import CREATED_HERE, new_links
from buddy.sync.reconcile.prepared import Prepared
from buddy.sync.round import Round
from buddy.sync.threeway import Values


def place(round: Round, chunk: Prepared, records: Sequence[Record]) -> dict[str, Waiting]:
    """Give each sellable, active item a product. One that could be several products waits for a person to choose."""
    items = {record.id: record for record in records if is_sellable(record.body)}
    if not items:
        return {}
    theirs = {remote_id: chunk.theirs[remote_id] for remote_id in items}
    open_products = _unlinked(round)
    joined, unclear = _join(theirs, open_products, _their_holders(round))
    link(round, joined, items)
    new = [each for each in theirs if each not in joined and each not in unclear and theirs[each]["active"]]
    _create(round, {remote_id: theirs[remote_id] for remote_id in new})
    return dict.fromkeys(unclear, Waiting.PERSON)


def _unlinked(round: Round) -> list[Product]:
    taken = Link.objects.filter(organization=round.organization, kind="product").values("object_id")
    return list(Product.objects.filter(organization=round.organization).exclude(pk__in=taken))


def _their_holders(round: Round) -> Counter[str]:
    """How many items there carry each name: one SKU or name on two items proves nothing."""
    items = Remote.objects.filter(organization=round.organization, entity="Item", deleted=False)
    held: Counter[str] = Counter()
    for name, sku in items.values_list("name", "code").iterator():
        held.update({name.casefold(), sku.casefold()})
    return held


def _join(
    theirs: Mapping[str, Values], ours: Sequence[Product], held_there: Counter[str]
) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """Pairs by SKU, then by exact name, each held once on both sides; and items that several products could be."""
    joined: dict[str, tuple[int, str]] = {}
    unclear: set[str] = set()
    for rule, ours_of, theirs_of in _RULES:
        here = _by(ours_of, (row for row in ours if row.pk not in {pk for pk, _ in joined.values()}))
        for remote_id, values in theirs.items():
            rows = here.get(theirs_of(values).casefold(), [])
            if remote_id in joined or not rows:
                continue
            if len(rows) == 1 and held_there[theirs_of(values).casefold()] <= 1 and values["active"]:
                joined[remote_id] = (rows[0].pk, rule)
                del here[theirs_of(values).casefold()]
            else:
                unclear.add(remote_id)
    return joined, unclear - set(joined)


_RULES: tuple[tuple[str, Callable[[Product], str], Callable[[Values], str]], ...] = (
    ("sku", lambda row: row.sku, lambda values: values["sku"]),
    ("name", lambda row: row.name, lambda values: values["name"]),
)


def _by(key: Callable[[Product], str], rows: Iterable[Product]) -> dict[str, list[Product]]:
    found: dict[str, list[Product]] = {}
    for row in rows:
        if key(row):
            found.setdefault(key(row).casefold(), []).append(row)
    return found


def link(round: Round, pairs: Mapping[str, tuple[int, str]], items: Mapping[str, Record]) -> None:
    """Join these, as customers are: blanks fill, differences are asked about (R7)."""
    join(round, PRODUCT, pairs, items)


def _create(round: Round, new: Mapping[str, Values]) -> None:
    rows = [{**values, "unit": ""} for values in new.values()]
    pks = intake.create(Product, round.organization, rows, run=round.run, now=round.now)
    links = [(pk, each, CREATED_HERE, new[each], new[each]) for pk, each in zip(pks, new, strict=True)]
    new_links(round, "product", "Item", links)
    round.counts["products created here"] += len(pks)

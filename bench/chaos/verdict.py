"""When all is quiet: what people did is on both sides, once, or stands in a review."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bench.chaos.people import Deed, held_there
from bench.chaos.sides import Sides
from tests.flows.books import Body

MARKER = " #"  # before the tag that ends the private note of an invoice of ours (R13)


@dataclass
class Verdict:
    """What was counted, and in words whatever should not have been."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def check(self, right: bool, words: str) -> bool:
        if not right:
            self.wrong.append(words)
        return right


def judge(verdict: Verdict, sides: Sides, deeds: Iterable[Deed]) -> None:
    """Everything about one wholesaler."""
    mine: defaultdict[str, list[Deed]] = defaultdict(list)
    for deed in deeds:
        if deed.house == sides.house.organization:
            mine[deed.what].append(deed)
    _edits(verdict, sides, mine["edit"])
    _new_customers(verdict, sides, mine["customer"])
    _invoices(verdict, sides, mine["invoice"])
    _payments(verdict, sides, mine["payment"])
    _whole_books(verdict, sides)


# --- Customers -------------------------------------------------------------------------------------------------------


def _edits(verdict: Verdict, sides: Sides, edits: Sequence[Deed]) -> None:
    of_field: defaultdict[tuple[str, str], list[Deed]] = defaultdict(list)
    for deed in sorted(edits, key=lambda each: each.at):
        pk = deed.of if deed.side == "here" else sides.ours("customer", deed.of)
        if verdict.check(bool(pk), f"{sides.house.realm}: customer {deed.of} was edited there and is not here"):
            of_field[pk, deed.name].append(deed)
    verdict.counts["edits"] += len(edits)
    for (pk, name), written in of_field.items():
        _field(verdict, sides, pk, name, written)


def _field(verdict: Verdict, sides: Sides, pk: str, name: str, written: Sequence[Deed]) -> None:
    """What was last written on a side stays there while a question is open. Else both sides hold one of the two, and
    the other one was overwritten by a person who saw it."""
    where = f"{sides.house.realm} customer {pk} {name}"
    if not verdict.check(bool(sides.theirs("customer", pk)), f"{where}: edited and not linked"):
        return
    here, there = sides.customers_here[pk][name], held_there(sides.customers_there[sides.theirs("customer", pk)])[name]
    last = {deed.side: deed.value for deed in written}
    if name in sides.asked.get(pk, ()):
        verdict.counts["in a review"] += 1
        kept = last.get("here", here) == here and last.get("there", there) == there
        verdict.check(kept, f"{where}: in a review, but {here!r} here and {there!r} there after {last}")
        return
    verdict.counts["landed"] += 1
    if verdict.check(here == there, f"{where}: {here!r} here, {there!r} there, and nobody is asked; written {last}"):
        seen = {deed.saw for deed in written if deed.saw != deed.value}
        lost = [value for value in last.values() if value != here and value not in seen]
        verdict.check(not lost, f"{where}: {here!r} on both sides, {lost} overwritten though nobody had seen it")


def _new_customers(verdict: Verdict, sides: Sides, made: Sequence[Deed]) -> None:
    names = Counter(body["DisplayName"] for body in sides.customers_there.values())
    for deed in made:
        verdict.counts["customers made"] += 1
        there = sides.theirs("customer", deed.of) if deed.side == "here" else deed.of
        here = deed.of if deed.side == "here" else sides.ours("customer", deed.of)
        once = bool(here) and there in sides.customers_there and names[deed.value] == 1
        verdict.check(once, f"{sides.house.realm}: {deed.value!r}: {here!r} here, {there!r} there")


# --- Money -----------------------------------------------------------------------------------------------------------


def tag(invoice: Body) -> str:
    """What tells an invoice of ours from all others, or ""."""
    _, mark, found = str(invoice.get("PrivateNote") or "").rpartition(MARKER)
    return found if mark else ""


def _invoices(verdict: Verdict, sides: Sides, wanted: Sequence[Deed]) -> None:
    tags = Counter(found for body in sides.invoices_there.values() if (found := tag(body)))
    verdict.counts["invoices wanted"] += len(wanted)
    verdict.counts["invoices in QuickBooks"] += len(tags)
    verdict.counts["invoices doubled"] += sum(tags.values()) - len(tags)
    verdict.check(max(tags.values(), default=0) <= 1, f"{sides.house.realm}: doubled {tags.most_common(1)}")
    for deed in wanted:
        there = sides.invoices_there.get(sides.theirs("invoice", deed.value))
        verdict.counts["invoices linked"] += there is not None
        if verdict.check(there is not None, f"{sides.house.realm}: invoice {deed.value} is not in QuickBooks"):
            assert there is not None
            verdict.check(bool(tag(there)), f"{sides.house.realm}: invoice {deed.value} is linked to another's")
    verdict.counts["invoices lost"] += max(0, len(wanted) - len(tags))
    verdict.check(
        len(wanted) == len(tags), f"{sides.house.realm}: {len(wanted)} invoices wanted, {len(tags)} of ours there"
    )


def _payments(verdict: Verdict, sides: Sides, recorded: Sequence[Deed]) -> None:
    for deed in recorded:
        verdict.counts["payments recorded"] += 1
        here = sides.payments_here.get(sides.ours("payment", deed.of))
        words = f"{sides.house.realm}: payment {deed.of} of {deed.value} is {here} here"
        verdict.counts["payments here"] += verdict.check(here == Decimal(deed.value), words)


def _whole_books(verdict: Verdict, sides: Sides) -> None:
    """Both sides hold the same customers, invoices and payments, to the cent."""
    for kind, here, there in (
        ("customer", set(sides.customers_here), sides.customers_there),
        ("invoice", set(sides.invoices_here), sides.invoices_there),
        ("payment", set(sides.payments_here), sides.payments_there),
    ):
        joined = {theirs for (k, pk), theirs in sides.linked.items() if k == kind and pk in here}
        right = joined == set(there) and len(joined) == len(here)
        words = f"{sides.house.realm}: {len(here)} {kind}s here, {len(there)} there, {len(joined)} joined"
        verdict.check(right, words)
    for pk, (total, balance) in sides.invoices_here.items():
        body = sides.invoices_there.get(sides.theirs("invoice", pk), {})
        theirs = (body.get("TotalAmt"), body.get("Balance"))
        same = tuple(map(_money, theirs)) == (total, balance)
        verdict.counts["invoices equal to the cent"] += verdict.check(
            same, f"{sides.house.realm}: invoice {pk} is {total}, {balance} here and {theirs} there"
        )


def _money(value: object) -> Decimal:
    return Decimal(str(value or 0))

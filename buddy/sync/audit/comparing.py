"""One entity, from its first page to its count: read again, beside the mirror and the hub, three ways.

What QuickBooks holds and the mirror does not is taken in on the spot. What then still differs is explained, or it is a
line. Memory holds a page and the ids seen; killed, the next run begins this entity again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from buddy.hub.invoices import Invoice
from buddy.quickbooks.records import Record
from buddy.sync import mirror, pull
from buddy.sync.audit import documents, explaining, pairs, planning
from buddy.sync.audit.explaining import KINDS
from buddy.sync.audit.meter import Meter
from buddy.sync.audit.pairs import Amount, Fact, Pair
from buddy.sync.audit.planning import Part
from buddy.sync.mapping import MAPPINGS
from buddy.sync.mapping.invoice import tag_in
from buddy.sync.models import Audit, AuditLine, Cursor, Fix, Remote, Verdict
from buddy.sync.reconcile import prepared
from buddy.sync.round import Round
from buddy.sync.work import Work

if TYPE_CHECKING:
    from buddy.quickbooks.client import Client

MOST_LINES = 500  # of one entity; more are counted
EXAMPLES = 5
CLOCKS = timedelta(seconds=2)  # QuickBooks keeps whole seconds (api 2.3)
CHUNK = 500

type Compare = Callable[[Round, Sequence[Record]], list[Pair]]

_COMPARE: dict[str, Compare] = {
    "Invoice": documents.invoices,
    "CreditMemo": documents.credits,
    "Payment": documents.payments,
}


def compare(round: Round, entity: str, records: Sequence[Record]) -> list[Pair]:
    """Each of these records beside what we hold of it."""
    if entity in MAPPINGS:
        return pairs.mapped(round, entity, records)
    return _COMPARE[entity](round, records)


@dataclass
class Tally:
    """What was counted of one entity, as `Audit.figures` keeps it."""

    compared: int = 0
    differences: int = 0
    taken: int = 0
    there: int = 0
    mirror: int = 0
    linked: int = 0
    only_here: int = 0
    sums: defaultdict[tuple[str, str], list[Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    )
    causes: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(lambda: [0, []]))

    def add(self, amounts: Iterable[Amount], *, explained: bool) -> None:
        for amount in amounts:
            here, there, because = self.sums[amount.name, amount.currency]
            because += amount.there - amount.here if explained else 0
            self.sums[amount.name, amount.currency] = [here + amount.here, there + amount.there, because]

    def explain(self, cause: str, title: str) -> None:
        found = self.causes[cause]
        found[0] += 1
        if len(found[1]) < EXAMPLES:
            found[1].append(title)

    def figures(self, *, whole: bool) -> dict[str, Any]:
        names = ("compared", "differences", "taken", "there", "mirror", "linked", "only_here")
        return {
            **{name: getattr(self, name) for name in names},
            "whole": whole,
            "sums": [[*key, *map(str, sums)] for key, sums in sorted(self.sums.items())],
            "causes": {cause: {"count": count, "titles": titles} for cause, (count, titles) in self.causes.items()},
        }


class Comparison:
    """The comparison of one entity."""

    def __init__(
        self, work: Work, client: Client, audit: Audit, part: Part, *, meter: Meter, between: Callable[[], None]
    ) -> None:
        self.work, self.client, self.audit, self.part = work, client, audit, part
        self.entity, self.round = part.entity, work.round
        self.meter, self.between = meter, between
        self.seen: set[str] = set()
        self.whole = part.whole
        self.tally = Tally()
        self.written = 0

    def run(self) -> dict[str, Any]:
        """Everything of it; returns its figures."""
        self._read(self.part.conditions)
        self._read_unseen()
        self._count()
        if self.tally.there != self.tally.mirror and not self.whole:
            self.whole = True  # something came or went untold: only reading all of it tells what
            self._read(("",))
            self._read_unseen()
            self._count()
        elif self.tally.there > len(self.seen) and self.whole:
            self._read(("",))  # rows slid over a page border (R5)
            self._count()
        self._not_here()
        self._not_there()
        return self.tally.figures(whole=self.whole)

    # Reading

    def _read(self, conditions: Iterable[str]) -> None:
        for where in conditions:
            expected = None if where else planning.live(self.work.organization, self.entity).count()
            self.meter.check()
            for records in pull.pages(self.client, self.entity, where, total=expected):
                self._page(records)
                self.between()
                self.meter.check()

    def _read_unseen(self) -> None:
        """What should be there and was on no page: read by id, which proves what is gone (R11)."""
        for ids in batched(sorted(set(self._unseen())), pull.IDS):
            self.meter.check()
            self._page(pull.single(self.client, self.entity, ids))
            self.between()

    def _unseen(self) -> Iterator[str]:
        expected = planning.expected_there(self.work.organization, self.entity, whole=self.whole)
        return (each for each in expected if each not in self.seen)

    def _count(self) -> None:
        """Both sides at one moment."""
        self.meter.check()
        rows = planning.live(self.work.organization, self.entity)
        self.tally.there = pull.count(self.client, self.entity)
        self.tally.mirror = rows.count()
        self.tally.linked = self.tally.mirror - planning.unlinked(self.work.organization, self.entity).count()

    # A page

    def _page(self, records: Sequence[Record]) -> None:
        records = [record for record in records if record.id not in self.seen]
        self.seen.update(record.id for record in records)
        found = compare(self.round, self.entity, records)
        if fresh := news(self.round, self.entity, records):
            found = self._take(found, fresh)
        self._judge(found)
        self._tell()

    def _take(self, found: Sequence[Pair], fresh: Sequence[Record]) -> list[Pair]:
        """What the mirror did not know, into both; then the same records beside what is here now.

        The lines are written before: a change that is taken in a run which is cut off then is told of all the same.
        """
        ids = {record.id for record in fresh}
        untold = {pair.record.id: pair for pair in found if pair.record.id in ids and is_told(pair)}
        late = self._late(fresh)
        self._write([self._missed(pair) for each, pair in untold.items() if each not in late])
        pull.take_in(self.work, self.client, self.entity, fresh)
        after = compare(self.round, self.entity, fresh)
        for pair in after:
            if pair.record.id in late and pair.record.id in untold:
                self.tally.explain("meanwhile", pair.title)
        self._keep_missed([pair for pair in after if pair.record.id in untold and pair.record.id not in late])
        return [pair for pair in found if pair.record.id not in ids] + after

    def _late(self, fresh: Sequence[Record]) -> set[str]:
        """Those that changed after the last look at changes: the next one would have told of them."""
        look = Cursor.objects.get(organization=self.work.organization, name=pull.CHANGES).since
        if look is None:
            return set()
        since = look + pull.OVERLAP - CLOCKS
        return {each.id for each in fresh if not each.deleted and each.updated_at and each.updated_at >= since}

    def _missed(self, was: Pair) -> AuditLine:
        return self._line(Verdict.TAKEN, was, _untold(was), Fix.NONE)

    def _keep_missed(self, after: Sequence[Pair]) -> None:
        """Lines of new records get what they became here; one that only waits is no line but a cause."""
        lines = AuditLine.objects.filter(organization=self.work.organization, audit=self.audit, entity=self.entity)
        new = {line.remote_id: line for line in lines.filter(verdict=Verdict.TAKEN, object_id=None)}
        waiting = [each.record.id for each in after if each.object_id is None]
        self.tally.taken += len(after) - len(waiting)
        came = []
        for pair in after:
            if pair.object_id is not None and (line := new.get(pair.record.id)):
                line.object_id = pair.object_id
                came.append(line)
        with self.work.writing():
            lines.filter(remote_id__in=waiting).delete()
            AuditLine.objects.bulk_update(came, ["object_id"])

    def _judge(self, found: Sequence[Pair], *, counted: bool = True) -> None:
        """Add up, explain, and write down what nothing explains."""
        judged = {each.pair.record.id: each for each in explaining.judge(self.round, self.entity, found)}
        lines = []
        for pair in found:
            verdict = judged.get(pair.record.id)
            if counted:
                self.tally.compared += 1
                self.tally.add(pair.amounts, explained=bool(verdict and verdict.cause))
            if verdict and verdict.cause:
                self.tally.explain(verdict.cause, pair.title)
            elif verdict:
                self.tally.differences += 1
                lines.append(self._line(Verdict.DIFFERENCE, pair, verdict.said, verdict.fix))
        self._mark_copies(found)
        self._write(lines)

    def _mark_copies(self, found: Sequence[Pair]) -> None:
        if self.entity == "Invoice":
            notes = {pair.record.id: str(pair.record.body.get("PrivateNote", "")) for pair in found}
            tags = {each: tag for each, note in notes.items() if (tag := tag_in(note))}
            titles = {pair.record.id: pair.title for pair in found}
            for each in explaining.copies(self.round, tags):
                self.tally.explain("copy", titles[each])

    # What only one side has

    def _not_here(self) -> None:
        """Mirrored, not read again just now, and nothing here: why?"""
        if self.whole:
            return
        rows = planning.unlinked(self.work.organization, self.entity).order_by("pk")
        for some in batched(rows.iterator(chunk_size=CHUNK), CHUNK):
            records = [mirror.as_record(row, self.work.realm) for row in some if row.remote_id not in self.seen]
            self._judge(compare(self.round, self.entity, records), counted=False)

    def _not_there(self) -> None:
        """Here, and no record stands behind it: on its way, or lost. People and products may be ours alone."""
        rows = planning.only_here(self.work.organization, self.entity)
        if self.entity in MAPPINGS:
            self.tally.only_here = rows.count()
            return
        for some in batched(rows.order_by("pk").iterator(chunk_size=CHUNK), CHUNK):
            busy = explaining.busy_ones(self.round, KINDS[self.entity], [row.pk for row in some])
            self.tally.only_here += len(some)
            self._write([self._lost(row) for row in some if not self._on_its_way(row, busy)])

    def _on_its_way(self, row: Any, busy: set[int]) -> bool:
        """Counts the row in its sum, too."""
        sent = row.pk in busy
        if isinstance(row, Invoice):
            amounts = [Amount("receivable", row.currency, row.balance, Decimal(0))] if row.balance > 0 else []
            self.tally.add(amounts, explained=sent)
        if sent:
            self.tally.explain("unsent", f"{self.entity} {row}")
        return sent

    def _lost(self, row: Any) -> AuditLine:
        self.tally.differences += 1
        fix = Fix.SEND if isinstance(row, Invoice) else Fix.NONE
        title = f"Invoice {row}" if isinstance(row, Invoice) else f"{KINDS[self.entity].capitalize()} {row.pk}"
        return AuditLine(
            organization=self.work.organization,
            audit=self.audit,
            verdict=Verdict.DIFFERENCE,
            entity=self.entity,
            kind=KINDS[self.entity],
            object_id=row.pk,
            title=title,
            said="It is in Buddy and not in QuickBooks, and nothing is on its way.",
            fix=fix,
        )

    # Writing down

    def _line(self, verdict: Verdict, pair: Pair, said: str, fix: Fix) -> AuditLine:
        return AuditLine(
            organization=self.work.organization,
            audit=self.audit,
            verdict=verdict,
            entity=self.entity,
            remote_id=pair.record.id,
            kind=KINDS[self.entity],
            object_id=pair.object_id,
            title=pair.title[:500],
            said=said,
            facts=as_json(pair.facts),
            fix=fix,
        )

    def _write(self, lines: Sequence[AuditLine]) -> None:
        """One line a record: that it still differs matters more than that it was missed."""
        kept = lines[: max(MOST_LINES - self.written, 0)]
        self.written += len(kept)
        if kept:
            known = AuditLine.objects.filter(organization=self.work.organization, audit=self.audit, entity=self.entity)
            differing = [line.remote_id for line in kept if line.verdict == Verdict.DIFFERENCE and line.remote_id]
            with self.work.writing():
                known.filter(remote_id__in=differing).delete()
                AuditLine.objects.bulk_create(kept, ignore_conflicts=True)

    def _tell(self) -> None:
        """How far it is, for the page that shows it."""
        self.audit.progress = {self.entity: [len(self.seen), self._expected()]}
        with self.work.writing():
            self.audit.save(update_fields=["progress"])

    def _expected(self) -> int:
        if self.whole:
            return max(planning.live(self.work.organization, self.entity).count(), len(self.seen))
        return max(planning.open_here(self.work.organization, self.entity).count(), len(self.seen))


def news(round: Round, entity: str, records: Sequence[Record]) -> list[Record]:
    """Those the mirror holds otherwise. By values where only the text differs: queries write some fields differently
    than changes do (api 5.1.1)."""
    rows = Remote.objects.filter(
        organization=round.organization, entity=entity, remote_id__among=[record.id for record in records]
    )
    known = {row.remote_id: row for row in rows}
    return [record for record in records if _is_news(round, record, known.get(record.id))]


def _is_news(round: Round, record: Record, row: Remote | None) -> bool:
    if row is None or record.deleted or row.deleted:
        return row is None or record.deleted != row.deleted
    if (row.sync_token, row.updated_at) != (record.sync_token, record.updated_at):
        return True
    if row.body == record.raw.decode():
        return False
    return bool(_values(round, record) != _values(round, mirror.as_record(row)))


def _values(round: Round, record: Record) -> Any:
    if record.entity in MAPPINGS:
        return MAPPINGS[record.entity].theirs(record.body)
    return prepared.read(round, record)


def is_told(was: Pair) -> bool:
    """Does taking it in change anything here that a person would want to hear of?"""
    return bool(was.facts) or (was.object_id is None and not was.record.deleted)


def _untold(was: Pair) -> str:
    if was.record.deleted:
        return "It was deleted in QuickBooks, and nothing had told Buddy. It is taken in now."
    if was.object_id is None:
        return "It was in QuickBooks and not in Buddy, and nothing had told of it. It is here now."
    return "It was changed in QuickBooks, and nothing had told Buddy. The change is taken in now."


def as_json(facts: Iterable[Fact]) -> list[dict[str, str]]:
    return [{"label": fact.label, "ours": fact.ours, "theirs": fact.theirs} for fact in facts]

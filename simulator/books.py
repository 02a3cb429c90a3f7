"""What one company's books hold: records in tables, their numbers, names and links, and the trail of changes.

Nothing here refuses anything; the rules (package `rules`) decide, the books remember.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from simulator.choices import Choices
from simulator.clock import PACIFIC, Clock
from simulator.money import ZERO
from simulator.schema import ENTITIES, PREFERENCES, Entity

Body = dict[str, Any]
Key = tuple[str, str]  # entity, id
UNTOLD = timedelta(days=31)  # how old silent changes look: beyond what CDC looks back (api 7)


@dataclass(slots=True)
class Record:
    """One object. `body` is what a client may see apart from the envelope; references in it carry no names."""

    entity: Entity
    id: str
    body: Body
    created: datetime
    updated: datetime
    token: int = 0
    change: int = 0
    by: str = ""
    last_line: int = 0  # highest Line.Id ever given in this document
    rendered: bytes | None = None
    rendered_at: int = -1

    @property
    def key(self) -> Key:
        return self.entity.name, self.id

    @property
    def active(self) -> bool:
        return bool(self.body.get("Active", True))


@dataclass(slots=True)
class Stub:
    """What is left of a deleted object: enough for CDC."""

    id: str
    updated: datetime
    change: int


@dataclass(slots=True)
class Table:
    """All objects of one entity, in the order of their ids; `revision` moves with every change."""

    records: dict[str, Record] = field(default_factory=dict)
    stubs: dict[str, Stub] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # folded name → id
    revision: int = 0
    answers: dict[Any, tuple[int, list[Record]]] = field(default_factory=dict)  # what queries found, by revision


@dataclass(slots=True)
class Numbers:
    """One sequence of document numbers: the last one given, and which document holds which."""

    last: str = "1000"
    holders: dict[str, Key] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the trail, for webhooks: `operation` is Create, Update, Delete, Void, Merge or Emailed."""

    entity: str
    id: str
    operation: str
    at: datetime
    deleted_id: str = ""


class Books:
    """The state of one company. Callers hold the company's lock."""

    def __init__(self, realm: str, clock: Clock, choices: Choices, zone: ZoneInfo = PACIFIC) -> None:
        self.realm = realm
        self.clock = clock
        self.choices = choices
        self.zone = zone
        self.tables: dict[str, Table] = {name: Table() for name in ENTITIES}
        self.applied: defaultdict[Key, dict[str, Decimal]] = defaultdict(dict)  # document → {payment id: amount}
        self.children: defaultdict[str, list[str]] = defaultdict(list)  # customer id → ids of its sub-customers
        self.numbers: defaultdict[str, Numbers] = defaultdict(Numbers)  # by sequence
        self.mails: Counter[str] = Counter()  # sent for apps, by day
        self.rates: dict[tuple[str, str], Decimal] = {}  # (currency, day) → rate, as somebody entered it
        self.sequences: dict[str, int] = {}
        self.user = "June Lindqvist"  # who is acting, for the text of 5010
        self.moment: datetime | None = None  # set while history is written
        self.in_person = True  # somebody acts in QuickBooks' own pages, not an app through the API
        self.silent = False  # what changes now leaves no trace: no token, time, stub or notice tells of it
        self.trail: list[Change] = []
        self.changes = 0
        self.naming = 0  # moves when a name that replies repeat has changed
        self.subscription = "SUBSCRIBED"
        self._preferences_seen = b""

    @property
    def now(self) -> datetime:
        """The time of this call, in whole seconds as MetaData keeps it (api 2.3)."""
        return (self.moment or self.clock.now).replace(microsecond=0)

    @property
    def today(self) -> str:
        """The company's calendar day, default of TxnDate (api 5.3)."""
        return self.now.astimezone(self.zone).date().isoformat()

    @property
    def preferences(self) -> Body:
        return self.tables["Preferences"].records["1"].body

    def preference(self, path: str) -> Any:
        """A value such as `SalesFormsPrefs.AllowDiscount`, None when it is not there."""
        value: Any = self.preferences
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def next(self, sequence: str) -> str:
        """The next number of a sequence: one for all transactions, one per list, one for addresses (api 5.0)."""
        number = self.sequences.get(sequence, 0) + 1
        self.sequences[sequence] = number
        return str(number)

    def find(self, entity: str, id: str) -> Record | None:
        table = self.tables.get(entity)
        return table.records.get(id) if table else None

    def living(self, entity: str) -> Iterable[Record]:
        return self.tables[entity].records.values()

    def holder(self, entity: str, folded: str) -> Record | None:
        """Who holds this folded name in the list of `entity`."""
        id = self.tables[entity].names.get(folded)
        return self.tables[entity].records[id] if id is not None else None

    def add(self, entity: Entity, body: Body) -> Record:
        """Keep a new object under the next id."""
        id = self.next("Txn" if entity.transaction else entity.name)
        now = self.now - UNTOLD if self.silent else self.now
        record = Record(entity, id, body, created=now, updated=now, by=self.user)
        self.tables[entity.name].records[id] = record
        self._mark(record)
        self.note(record, "Create")
        return record

    def touch(self, record: Record, operation: str = "Update", *, deleted_id: str = "") -> None:
        """The object itself changed: SyncToken +1, LastUpdatedTime now (api 4.2)."""
        record.token += not self.silent
        record.by = self.user
        if record.entity is PREFERENCES:
            self._preferences_seen = msgspec.json.encode(record.body)
        self.refresh(record)
        self.note(record, operation, deleted_id)

    def notice_preferences(self) -> None:
        """Preferences may be changed in place, from Python: a difference to what was last seen is a change like any."""
        record = self.tables["Preferences"].records["1"]
        present = msgspec.json.encode(record.body)
        seen, self._preferences_seen = self._preferences_seen, present
        if seen and seen != present:
            self.touch(record)

    def refresh(self, record: Record) -> None:
        """Something the server computes changed: LastUpdatedTime moves, the SyncToken stays (api 4.2)."""
        if not self.silent:
            record.updated = max(record.updated, self.now)
        self._mark(record)

    def _mark(self, record: Record) -> None:
        self.changes += 1
        record.change = self.changes
        self.redraw(record)

    def redraw(self, record: Record) -> None:
        """What is kept for fast answers no longer holds; no time moves."""
        record.rendered = None
        self.tables[record.entity.name].revision += 1

    def drop(self, record: Record) -> Stub:
        """Forget an object; its stub stays for CDC (api 7), older than CDC looks back when nobody is to know."""
        table = self.tables[record.entity.name]
        del table.records[record.id]
        self.changes += 1
        table.revision += 1
        stub = table.stubs[record.id] = Stub(record.id, max(self.now, record.updated), self.changes)
        if self.silent:
            stub.updated = self.now - UNTOLD
        return stub

    def note(self, record: Record, operation: str, deleted_id: str = "") -> None:
        if self.silent:
            return
        self.trail.append(Change(record.entity.name, record.id, operation, self.moment or self.clock.now, deleted_id))

    def open_balance(self, record: Record) -> Decimal:
        """What is still owed on an invoice, or still to be used of a credit memo (identities of api 5.3)."""
        total = Decimal(record.body.get("TotalAmt", 0)) - Decimal(record.body.get("Deposit", 0))
        return total - sum(self.applied[record.key].values(), ZERO)

    def family(self, customer_id: str) -> Iterator[str]:
        """This customer and all its sub-customers, however deep."""
        yield customer_id
        for child in self.children.get(customer_id, ()):
            yield from self.family(child)

    def move_balance(self, customer_id: str, amount: Decimal) -> None:
        """A document changed what the customer owes: Balance here, BalanceWithJobs up to the top (api 5.1)."""
        customer = self.find("Customer", customer_id)
        if customer is None or not amount:
            return
        customer.body["Balance"] = _sum(customer.body.get("Balance", ZERO), amount)
        while customer is not None:
            customer.body["BalanceWithJobs"] = _sum(customer.body.get("BalanceWithJobs", ZERO), amount)
            self.refresh(customer)
            parent = customer.body.get("ParentRef")
            customer = self.find("Customer", parent["value"]) if parent else None


def _sum(balance: Decimal | int, amount: Decimal) -> Decimal:
    return Decimal(balance) + amount or ZERO


def fold(name: str) -> str:
    """Names are compared without regard to case (api 5.1)."""
    return name.strip().casefold()

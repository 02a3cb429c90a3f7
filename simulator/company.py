"""One company: its lock, its books, and the verbs by which its people keep them (the second actor beside the API).

Every verb obeys the rules the API obeys and raises the same `Fault`. Bodies are QuickBooks' own JSON as dicts; money is
Decimal or int in what is returned (int, float, str or Decimal in what is given).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from simulator import automatic, mailing, merging, selecting, writing
from simulator.books import Body, Books, Change, Record, fold
from simulator.choices import Choices
from simulator.clock import PACIFIC, Clock
from simulator.money import cents
from simulator.refusals import inactive, unsupported_operation
from simulator.rendering import decode, encode, shown, stub
from simulator.replays import Replays
from simulator.rules.listed import cut_suffix
from simulator.schema import BY_LOWER_NAME, Entity
from simulator.starting import open_books

Amount = Decimal | int | float | str


class Company:
    """The books of one realm. `subscription` and `preferences` may be read and changed at any time."""

    def __init__(
        self,
        name: str,
        realm: str,
        clock: Clock,
        *,
        choices: Choices | None = None,
        country: str = "USA",
        zone: ZoneInfo = PACIFIC,
        preferences: Mapping[str, Any] | None = None,
        on_changes: Callable[["Company", Sequence[Change]], None] | None = None,
    ) -> None:
        self.lock = RLock()
        self.books = Books(realm, clock, choices or Choices(), zone)
        self.user = "June Lindqvist"
        self.on_changes = on_changes
        self.replays = Replays(self.books.choices)
        open_books(self.books, name, country=country, preferences=preferences)

    @property
    def realm(self) -> str:
        return self.books.realm

    @property
    def name(self) -> str:
        return str(self.books.tables["CompanyInfo"].records["1"].body["CompanyName"])

    @property
    def country(self) -> str:
        return str(self.books.tables["CompanyInfo"].records["1"].body["Country"])

    @property
    def preferences(self) -> Body:
        """The Preferences object; change it in place, or by `update("Preferences", …)` as an API client does.

        What was changed in place counts (SyncToken, CDC, webhook) from the next act or call on.
        """
        return self.books.preferences

    @property
    def subscription(self) -> str:
        """SUBSCRIBED, TRIAL, EXPIRED … (api 5.9); writes are refused with 6190 when it has ended."""
        return self.books.subscription

    @subscription.setter
    def subscription(self, status: str) -> None:
        self.books.subscription = status
        info = self.books.tables["CompanyInfo"].records["1"]
        for pair in info.body["NameValue"]:
            if pair["Name"] == "SubscriptionStatus":
                pair["Value"] = status
        self.books.refresh(info)

    @contextmanager
    def acting(self, user: str = "", *, at: datetime | None = None, through_api: bool = False) -> Iterator[Books]:
        """Hold the lock, act as `user` (at a moment of history), and tell the listeners what changed."""
        with self.lock:
            self.books.user, self.books.moment, self.books.in_person = user or self.user, at, not through_api
            self.books.notice_preferences()
            try:
                yield self.books
            finally:
                self.books.moment, self.books.in_person = None, True
                trail, self.books.trail = self.books.trail, []
        if trail and self.on_changes:
            self.on_changes(self, trail)

    @contextmanager
    def silently(self) -> Iterator[None]:
        """What is done inside obeys the rules but leaves no trace: SyncTokens and times stay, what is new or deleted
        is older than CDC looks back, and no webhook is sent. For clients that check what they were not told."""
        with self.lock:
            self.books.silent = True
            try:
                yield
            finally:
                self.books.silent = False

    def create(self, entity: str, body: Body, *, at: datetime | None = None, options: Set[str] = frozenset()) -> Body:
        """A new object, as the reply would show it. `at` backdates CreateTime and LastUpdatedTime (history)."""
        with self.acting(at=at) as books:
            return self._shown(automatic.create(books, kind(entity), plain_json(body), options))

    def update(self, entity: str, body: Body, *, at: datetime | None = None, options: Set[str] = frozenset()) -> Body:
        """Full or sparse by the body (api 4.1); a missing SyncToken is filled in with the current one."""
        with self.acting(at=at) as books:
            given = {"SyncToken": self._token(entity, str(body.get("Id", "1"))), **plain_json(body)}
            return self._shown(writing.update(books, kind(entity), given, options))

    def delete(self, entity: str, id: str, *, at: datetime | None = None) -> Body:
        """Delete a transaction (api 4.4): the stub."""
        with self.acting(at=at) as books:
            writing.delete(books, kind(entity), {"Id": id, "SyncToken": self._token(entity, id)})
            return stub(id)

    def void(self, entity: str, id: str, *, at: datetime | None = None) -> Body:
        """Void an Invoice, Payment or CreditMemo (api 4.5, 4.6)."""
        with self.acting(at=at) as books:
            return self._shown(writing.void(books, kind(entity), {"Id": id, "SyncToken": self._token(entity, id)}))

    def deactivate(self, entity: str, id: str) -> Body:
        """Make a list object inactive; its name gains " (deleted)" (api 4.4)."""
        return self.update(entity, {"Id": id, "sparse": True, "Active": False})

    def reactivate(self, entity: str, id: str, name: str = "") -> Body:
        """Make it active again, under `name` or its old name, which must be free."""
        field = kind(entity).name_field
        wanted = name or cut_suffix(self.get(entity, id)[field])
        return self.update(entity, {"Id": id, "sparse": True, "Active": True, field: wanted})

    def pay(
        self,
        customer_id: str,
        amount: Amount,
        applications: Mapping[str, Amount] | None = None,
        *,
        at: datetime | None = None,
        **fields: Any,
    ) -> Body:
        """Record a payment: `applications` is {invoice id: amount}, the rest unapplied; `fields` are Payment's."""
        lines = [_application("Invoice", id, part) for id, part in (applications or {}).items()]
        body = {"CustomerRef": {"value": customer_id}, "TotalAmt": cents(str(amount)), "Line": lines, **fields}
        return self.create("Payment", body, at=at)

    def credit(self, credit_memo_id: str, applications: Mapping[str, Amount], *, at: datetime | None = None) -> Body:
        """Apply a credit memo to invoices: the zero payment that does it (api 5.5)."""
        memo = self.get("CreditMemo", credit_memo_id)
        total = sum((cents(str(part)) for part in applications.values()), Decimal(0))
        lines = [_application("Invoice", id, part) for id, part in applications.items()]
        lines.append(_application("CreditMemo", credit_memo_id, total))
        customer = {"value": memo["CustomerRef"]["value"]}
        return self.create("Payment", {"CustomerRef": customer, "TotalAmt": 0, "Line": lines}, at=at)

    def send(self, entity: str, id: str, to: str = "", *, at: datetime | None = None) -> Body:
        """Email a document (api 4.7)."""
        with self.acting(at=at) as books:
            return self._shown(mailing.send(books, kind(entity), id, to))

    def merge(self, survivor_id: str, loser_id: str) -> Body:
        """Merge two customers as the web UI does (api 5.1.3): the survivor."""
        with self.acting() as books:
            return self._shown(merging.merge(books, survivor_id, loser_id))

    def project(self, customer_id: str, name: str, *, at: datetime | None = None) -> Body:
        """A project of this customer: a sub-customer no client can make (api 5.1)."""
        parent = {"value": customer_id}
        return self.create(
            "Customer", {"DisplayName": name, "Job": True, "ParentRef": parent, "IsProject": True}, at=at
        )

    def set_rate(self, currency: str, rate: Amount, day: date | str | None = None) -> None:
        """Enter an exchange rate: home units for one foreign unit, from this day on (api 5.10)."""
        with self.acting() as books:
            books.rates[currency, str(day or books.today)] = Decimal(str(rate))

    def deposit(self, payment_id: str) -> Body:
        """Put a payment into a bank deposit: from now on it cannot be changed (6540, api 4.6)."""
        with self.acting() as books:
            record = self._record("Payment", payment_id)
            record.body["LinkedTxn"] = [{"TxnId": books.next("Txn"), "TxnType": "Deposit"}]
            books.touch(record)
            return self._shown(record)

    def get(self, entity: str, id: str) -> Body:
        """One object as a reply shows it; Fault 610 when there is none."""
        with self.lock:
            return self._shown(self._record(entity, id))

    def all(self, entity: str, *, inactive: bool = True) -> list[Body]:
        """Every living object, by Id."""
        with self.lock:
            records = list(self.books.living(kind(entity).name))
            return [self._shown(record) for record in records if inactive or record.active]

    def find(self, entity: str, name: str) -> Body | None:
        """The object with this DisplayName (Name; DocNumber for documents), ignoring case; inactive ones too."""
        with self.lock:
            field = kind(entity).name_field
            found = (r for r in self.books.living(kind(entity).name) if fold(str(r.body.get(field, ""))) == fold(name))
            record = next(found, None)
            return self._shown(record) if record else None

    def query(self, statement: str) -> list[Body]:
        """The objects `SELECT * …` returns."""
        with self.lock:
            return [self._shown(record) for record in selecting.select(self.books, statement).records]

    def count(self, entity: str, where: str = "") -> int:
        """How many objects there are, inactive list objects left out unless `where` asks for them."""
        with self.lock:
            statement = " ".join(("SELECT COUNT(*) FROM", kind(entity).name, "WHERE" if where else "", where))
            return selecting.select(self.books, statement).total

    def close_books(self, upto: date | str | None) -> None:
        """Nothing dated on or before this day may change (api 5.3.6); None opens the books again."""
        with self.acting() as books:
            prefs = books.preferences["AccountingInfoPrefs"]
            prefs.pop("BookCloseDate", None)
            if upto:
                prefs["BookCloseDate"] = str(upto)
            books.notice_preferences()

    def define_custom_field(self, name: str, slot: int = 1) -> None:
        """Switch on one of the three text fields of sales forms, e.g. "PO Number" (api 5.3.5)."""
        if slot not in (1, 2, 3):
            raise ValueError("there are custom fields 1, 2 and 3")
        with self.acting() as books:
            self._define(books.preferences["SalesFormsPrefs"], name, slot)
            books.notice_preferences()

    @staticmethod
    def _define(prefs: Body, name: str, slot: int) -> None:
        pairs = [
            each
            for group in prefs["CustomField"]
            for each in group["CustomField"]
            if not each["Name"].endswith(str(slot))
        ]
        pairs.append({"Name": f"SalesFormsPrefs.UseSalesCustom{slot}", "Type": "BooleanType", "BooleanValue": True})
        pairs.append({"Name": f"SalesFormsPrefs.SalesCustomName{slot}", "Type": "StringType", "StringValue": name})
        uses = [each for each in pairs if each["Type"] == "BooleanType"]
        names = [each for each in pairs if each["Type"] == "StringType"]
        prefs["CustomField"] = [{"CustomField": uses}, {"CustomField": names}]

    def _record(self, entity: str, id: str) -> Record:
        record = self.books.find(kind(entity).name, id)
        if record is None:
            raise inactive()
        return record

    def _token(self, entity: str, id: str) -> str:
        record = self.books.find(kind(entity).name, id)
        return str(record.token) if record else "0"

    def _shown(self, record: Record) -> Body:
        return plain_json(shown(self.books, record))


def kind(entity: str) -> Entity:
    """The entity of this name, in any case; the fault for an unknown one is the router's."""
    found = BY_LOWER_NAME.get(entity.lower())
    if found is None:
        raise unsupported_operation(f"/v3/company/{entity}")
    return found


def plain_json(body: Body) -> Body:
    """A copy as it comes out of JSON: floats exact as Decimal, dates as text, nothing shared with the books."""
    copy: Body = decode(encode(body))
    return copy


def _application(entity: str, id: str, amount: Amount) -> Body:
    return {"Amount": cents(str(amount)), "LinkedTxn": [{"TxnId": str(id), "TxnType": entity}]}

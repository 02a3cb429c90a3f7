"""One company's books, and the verbs by which its people keep them: the second actor beside the API.

Every verb obeys the rules the API obeys and raises the same `Fault`. Bodies are QuickBooks' own JSON as dicts; money is
Decimal in what is returned (int, float, str or Decimal in what is given).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Body = dict[str, Any]


class Company:
    """The books of one realm. `name`, `realm`, `country`, `subscription` and `preferences` may be read and changed."""

    realm: str
    name: str
    subscription: str  # SUBSCRIBED, EXPIRED … (api 5.9)
    preferences: Body  # the Preferences object; change it in place

    def create(self, entity: str, body: Body, *, at: datetime | None = None) -> Body:
        """A new object, as the reply would show it. `at` backdates CreateTime and LastUpdatedTime (history for a demo)."""
        raise NotImplementedError

    def update(self, entity: str, body: Body, *, at: datetime | None = None) -> Body:
        """Full or sparse by the body (api 4.1); a missing SyncToken is filled in with the current one."""
        raise NotImplementedError

    def delete(self, entity: str, id: str) -> Body:
        """Delete a transaction (api 4.4): the stub."""
        raise NotImplementedError

    def void(self, entity: str, id: str) -> Body:
        """Void an Invoice, Payment or CreditMemo (api 4.5, 4.6)."""
        raise NotImplementedError

    def deactivate(self, entity: str, id: str) -> Body:
        """Make a list object inactive; its name gains " (deleted)" (api 4.4)."""
        raise NotImplementedError

    def reactivate(self, entity: str, id: str, name: str = "") -> Body:
        """Make it active again, under `name` or its old name, which must be free."""
        raise NotImplementedError

    def pay(
        self,
        customer_id: str,
        amount: Decimal | int | str,
        applications: Mapping[str, Decimal | int | str] | None = None,
        *,
        at: datetime | None = None,
        **fields: Any,
    ) -> Body:
        """Record a payment: `applications` is {invoice id: amount}; the rest stays unapplied. `fields` are Payment fields."""
        raise NotImplementedError

    def credit(
        self, credit_memo_id: str, applications: Mapping[str, Decimal | int | str], *, at: datetime | None = None
    ) -> Body:
        """Apply a credit memo to invoices: the zero payment that does it (api 5.5)."""
        raise NotImplementedError

    def send(self, entity: str, id: str, to: str = "") -> Body:
        """E-mail a document (api 4.7)."""
        raise NotImplementedError

    def merge(self, survivor_id: str, loser_id: str) -> Body:
        """Merge two customers as the web UI does (api 5.1.3): the survivor."""
        raise NotImplementedError

    def get(self, entity: str, id: str) -> Body:
        """One object as a reply shows it; Fault 610 when there is none."""
        raise NotImplementedError

    def all(self, entity: str, *, inactive: bool = True) -> list[Body]:
        """Every living object, by Id."""
        raise NotImplementedError

    def find(self, entity: str, name: str) -> Body | None:
        """The object with this DisplayName (Name; DocNumber for documents), ignoring case."""
        raise NotImplementedError

    def query(self, statement: str) -> list[Body]:
        """What `SELECT …` returns; the number alone for count(*) is in `count()`."""
        raise NotImplementedError

    def count(self, entity: str, where: str = "") -> int:
        raise NotImplementedError

    def close_books(self, upto: date | str | None) -> None:
        """Nothing dated on or before this day may change (api 5.3.6); None opens the books again."""
        raise NotImplementedError

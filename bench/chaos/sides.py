"""One wholesaler as both sides hold it, read when all is quiet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from bench.chaos.people import FOUGHT_OVER, HERE, THERE, House
from tests.flows.books import Body, Books


@dataclass
class Sides:
    """Ours by our number, theirs by their id, both as text. `asked`: of a customer, the fields of its open reviews."""

    house: House
    customers_here: dict[str, dict[str, str]]
    customers_there: dict[str, Body]
    invoices_here: dict[str, tuple[Decimal, Decimal]]  # total and balance
    invoices_there: dict[str, Body]
    payments_here: dict[str, Decimal]
    payments_there: dict[str, Body]
    linked: dict[tuple[str, str], str]  # kind and our number: their id
    asked: dict[str, set[str]]

    def theirs(self, kind: str, pk: str) -> str:
        return self.linked.get((kind, pk), "")

    def ours(self, kind: str, remote_id: str) -> str:
        return next((pk for (k, pk), theirs in self.linked.items() if (k, theirs) == (kind, remote_id)), "")


def look(house: House, books: Books) -> Sides:
    """Read both. Call in the organization's scope."""
    from buddy.hub.customers import Customer
    from buddy.hub.invoices import Invoice, Payment
    from buddy.sync.models import Link

    mine = {"organization": house.organization}
    names = (*HERE, *THERE, FOUGHT_OVER)
    links = Link.objects.filter(**mine).values_list("kind", "object_id", "remote_id")
    invoices = Invoice.objects.filter(**mine).values_list("pk", "total", "balance")
    return Sides(
        house,
        {str(row.pk): {name: getattr(row, name) for name in names} for row in Customer.objects.filter(**mine)},
        _there(books, house, "Customer"),
        {str(pk): (total, balance) for pk, total, balance in invoices},
        _there(books, house, "Invoice"),
        {str(pk): amount for pk, amount in Payment.objects.filter(**mine).values_list("pk", "amount")},
        _there(books, house, "Payment"),
        {(kind, str(ours)): theirs for kind, ours, theirs in links},
        _asked(house),
    )


def _asked(house: House) -> dict[str, set[str]]:
    from buddy.hub.quality import Review, ReviewStatus

    asked: defaultdict[str, set[str]] = defaultdict(set)
    for review in Review.objects.filter(organization=house.organization, status=ReviewStatus.PENDING):
        asked[str(review.object_id)] |= {each["name"] for each in review.data.get("fields", ())}
    return dict(asked)


def _there(books: Books, house: House, entity: str) -> dict[str, Body]:
    """All of them, in pages of what the control API gives at once."""
    found: dict[str, Body] = {}
    path, start = f"/companies/{house.realm}/{entity}?limit=1000&start=", 1
    while page := books.ask("GET", f"{path}{start}"):
        found |= {each["Id"]: each for each in page}
        start += len(page)
    return found

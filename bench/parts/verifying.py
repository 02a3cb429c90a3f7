"""What arrived, held against the plan: every link, every line, totals, statuses and what each payment settled."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from bench.books.plan import ITEMS, LINES, TERMS, Bill, Plan
from bench.books.rendering import customer_email, customer_name, invoice_number, item_name
from bench.parts import Figures, set_up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("customers", "invoices", "payments"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    asked = parser.parse_args()
    set_up()
    from django_scopes import scopes_disabled

    with scopes_disabled():
        found = Arrived(Plan(asked.customers, asked.invoices, asked.payments, asked.today)).check()
    Figures(more=found).tell()


class Arrived:
    """The database of a finished first sync beside the plan of the books."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.theirs = {kind: self._links(kind) for kind in ("customer", "product", "invoice", "payment", "term")}

    def _links(self, kind: str) -> dict[int, str]:
        """By our id, theirs."""
        from buddy.sync.models import Link

        return dict(Link.objects.filter(kind=kind).values_list("object_id", "remote_id").iterator())

    def check(self) -> dict[str, Any]:
        """Counts of what was compared. AssertionError at the first difference."""
        self._mirror()
        self._customers()
        self._products()
        lines = self._lines()
        statuses = self._invoices()
        return {
            "customers": len(self.theirs["customer"]),
            "invoices": len(self.theirs["invoice"]),
            "lines": lines,
            "payments": self._payments(),
            **statuses,
        }

    def _mirror(self) -> None:
        from buddy.sync.models import Remote

        held = Counter(Remote.objects.values_list("entity", flat=True).iterator())
        wanted = {"Customer": self.plan.customers, "Invoice": self.plan.invoices, "Item": ITEMS, "Term": len(TERMS)}
        equal({entity: held[entity] for entity in wanted}, wanted, "mirrored")
        equal(Remote.objects.exclude(waiting="").exclude(entity="Customer").count(), 0, "documents that wait")

    def _customers(self) -> None:
        from buddy.hub.customers import Customer

        wanted = {
            str(number): (customer_name(number), customer_email(number), self.plan.balances.get(number, Decimal(0)))
            for number in range(1, self.plan.customers + 1)
            if not self.plan.is_project(number)
        }
        rows = Customer.objects.values_list("pk", "display_name", "email", "balance", "parent_id").iterator()
        held = {self.theirs["customer"][pk]: (rest, parent) for pk, *rest, parent in rows}
        equal(len(held), len(wanted), "customers")
        for remote_id, values in wanted.items():
            found, parent = held[remote_id]
            equal(tuple(found), values, f"customer {remote_id}")
            equal(
                self.theirs["customer"].get(parent, "0"),
                str(self.plan.parent(int(remote_id))),
                f"parent of {remote_id}",
            )

    def _products(self) -> None:
        from buddy.hub.products import Product

        held = {self.theirs["product"][pk]: name for pk, name in Product.objects.values_list("pk", "name")}
        equal(held, {str(number): item_name(number) for number in range(1, ITEMS + 1)}, "products")

    def _lines(self) -> int:
        """Every line of every invoice, in the order of the invoices' ids."""
        from buddy.hub.invoices import InvoiceLine

        bills = {str(bill.id): bill for bill in self.plan.bills}
        columns = ("invoice_id", "position", "product_id", "quantity", "unit_price", "amount")
        rows = InvoiceLine.objects.order_by("invoice_id", "position").values_list(*columns).iterator()
        seen = 0
        for invoice, some in groupby(rows, itemgetter(0)):
            bill = bills[self.theirs["invoice"][invoice]]
            held = [(self.theirs["product"][product], *rest) for _, _, product, *rest in some]
            equal(held, [(str(each.item), each.quantity, each.price, each.amount) for each in bill.lines], f"{bill.id}")
            seen += len(held)
        equal(seen, len(bills) * LINES, "lines")
        return seen

    def _invoices(self) -> Counter[str]:
        from buddy.hub.invoices import Invoice

        held = {self.theirs["invoice"][row.pk]: row for row in Invoice.objects.iterator()}
        equal(len(held), len(self.plan.bills), "invoices")
        statuses: Counter[str] = Counter()
        for bill in self.plan.bills:
            row = held[str(bill.id)]
            values = (row.number, row.total, row.balance, row.due_date, self.theirs["customer"][row.customer_id])
            equal(values, (invoice_number(bill), bill.total, bill.balance, bill.due, self._owner(bill)), f"{bill.id}")
            equal(row.status(self.plan.today), bill.status(self.plan.today), f"status of {bill.id}")
            statuses[bill.status(self.plan.today)] += 1
        return statuses

    def _owner(self, bill: Bill) -> str:
        """A project's invoices are its customer's (R8)."""
        return str(self.plan.parent(bill.customer) if self.plan.is_project(bill.customer) else bill.customer)

    def _payments(self) -> int:
        from buddy.hub.invoices import Application

        rows = Application.objects.values_list("payment_id", "invoice_id", "amount").iterator()
        held = {
            self.theirs["payment"][paid]: (self.theirs["invoice"][invoice], amount) for paid, invoice, amount in rows
        }
        equal(held, dict(self._settled()), "payments")
        return len(held)

    def _settled(self) -> Iterator[tuple[str, tuple[str, Decimal]]]:
        for _, paid in self.plan.paid:
            yield str(paid.id), (str(paid.invoice), paid.amount)


def equal(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: found {str(found)[:300]}, wanted {str(wanted)[:300]}")


if __name__ == "__main__":
    main()

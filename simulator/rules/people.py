"""Customers, vendors and employees: one space of names over three lists; sub-customers and their place (api 5.1)."""

from collections.abc import Set
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.refusals import Fault
from simulator.rules import tax
from simulator.rules.currency import CURRENCIES, home_currency, several
from simulator.rules.listed import ListRules, number_address
from simulator.schema import SHARED_NAMES

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
DEEPEST = 4


class PersonRules(ListRules):
    """DisplayName is built from the name parts when absent and unique over Customer, Vendor and Employee."""

    def required(self, body: Body, before: Record | None) -> None:
        if before is None and not body.get("DisplayName") and not any(body.get(part) for part in NAME_PARTS):
            raise refusals.required("DisplayName")

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        if not body.get("DisplayName"):
            body["DisplayName"] = self._built(body) or (before.body["DisplayName"] if before else "")
        body = super().complete(books, body, before, options)
        body.setdefault("PrintOnCheckName", body["DisplayName"][:110])
        return body

    @staticmethod
    def _built(body: Body) -> str:
        return " ".join(body[part] for part in NAME_PARTS if body.get(part))

    def unique(self, books: Books, body: Body, before: Record | None) -> None:
        if not body["Active"]:
            return
        for entity in SHARED_NAMES:
            holder = books.holder(entity, fold(body["DisplayName"]))
            if holder is not None and holder is not before:
                raise refusals.duplicate_name()


class VendorRules(PersonRules):
    defaults: ClassVar[Body] = {"Active": True, "Vendor1099": False, "Balance": 0}
    kept: ClassVar[tuple[str, ...]] = ("Active", "Balance", "CurrencyRef")

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body.setdefault("CurrencyRef", {"value": home_currency(books)})
        return super().complete(books, body, before, options)


class CustomerRules(PersonRules):
    """Balances are the server's; a sub-customer (Job) has a parent, at most four levels below the top (api 5.1)."""

    defaults: ClassVar[Body] = {
        "Taxable": True, "Job": False, "BillWithParent": False, "Balance": 0, "BalanceWithJobs": 0,
        "PreferredDeliveryMethod": "Print", "IsProject": False, "Active": True,
    }  # fmt: skip
    kept: ClassVar[tuple[str, ...]] = (
        "Balance", "BalanceWithJobs", "CurrencyRef", "IsProject", "Active", "DefaultTaxCodeRef",
    )  # fmt: skip

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        self._currency(books, body, before)
        if body["Taxable"] and tax.is_domestic(books):
            body.setdefault("DefaultTaxCodeRef", {"value": tax.AUTOMATED_CODE})
        for kind in ("BillAddr", "ShipAddr"):
            number_address(books, body, before, kind)
        self._inactivation(books, body, before)
        body = super().complete(books, body, before, options)
        return self._placed(books, body, before)

    @staticmethod
    def _currency(books: Books, body: Body, before: Record | None) -> None:
        home = home_currency(books)
        chosen = body.setdefault("CurrencyRef", {"value": home})["value"]
        if before and before.body["CurrencyRef"]["value"] != chosen:
            raise refusals.business("The currency of a customer cannot be changed.")
        if chosen not in CURRENCIES:
            raise refusals.invalid_reference("Currencies", chosen)
        if chosen != home and not several(books):
            raise refusals.business("Multi-currency is not enabled for this company.")

    @staticmethod
    def _inactivation(books: Books, body: Body, before: Record | None) -> None:
        closing = before is not None and before.active and not body["Active"]
        if closing and body["Balance"] and books.choices.inactivate_with_balance == "refuse":
            raise refusals.has_balance("Customer")

    def _placed(self, books: Books, body: Body, before: Record | None) -> Body:
        if not body.get("ParentRef") or not body.get("Job", True):
            if body.get("Job"):
                raise refusals.required("ParentRef")
            body.pop("ParentRef", None)
            body.pop("Level", None)
            body["FullyQualifiedName"] = body["DisplayName"]
            return body
        parent = books.find("Customer", body["ParentRef"]["value"])
        if parent is None:
            raise refusals.invalid_reference("Names", body["ParentRef"]["value"])
        if before and parent.id in books.family(before.id):
            raise Fault("900", "Invalid Parent", "A customer cannot be its own parent or its own sub-customer's child.")
        body["Job"] = True
        body["Level"] = parent.body.get("Level", 0) + 1
        if body["Level"] > DEEPEST:
            raise refusals.too_deep()
        body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{body['DisplayName']}"
        return body

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        super().saved(books, record, earlier)
        self._move(books, record, earlier)
        if earlier and earlier["FullyQualifiedName"] != record.body["FullyQualifiedName"]:
            books.naming += 1
            self._rename_children(books, record)

    @staticmethod
    def _move(books: Books, record: Record, earlier: Body) -> None:
        old = earlier.get("ParentRef", {}).get("value")
        new = record.body.get("ParentRef", {}).get("value")
        if old == new:
            return
        if old:
            books.children[old].remove(record.id)
        if new:
            books.children[new].append(record.id)

    def _rename_children(self, books: Books, parent: Record) -> None:
        for id in books.children.get(parent.id, ()):
            child = books.tables["Customer"].records[id]
            child.body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{child.body['DisplayName']}"
            books.refresh(child)
            self._rename_children(books, child)

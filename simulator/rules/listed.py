"""The rules every entity shares, and all there is to say about plain lists: terms, methods, accounts, tax codes."""

from collections.abc import Set
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.schema import Entity

DELETED = " (deleted)"


class Rules:
    """How one entity is kept: called in the order of validation (api 13.9), checks before any change."""

    defaults: ClassVar[Body] = {}  # what the server sets where the client says nothing
    kept: ClassVar[tuple[str, ...]] = ()  # what a full update cannot reset (api 4.1)

    def __init__(self, entity: Entity) -> None:
        self.entity = entity

    def required(self, body: Body, before: Record | None) -> None:
        """2020 when something that must be there is not."""

    def read(self, values: Body) -> Body:
        """Canonical form of what `checking` leaves as it was given (lines, custom fields)."""
        return values

    def references(self, books: Books, body: Body, before: Record | None) -> None:
        """2500 for a reference to nothing, 610 to something inactive; what was there before may stay (api 5.2)."""
        for name, target in self.entity.references:
            value = body.get(name)
            if value and target in books.tables and not (before and before.body.get(name) == value):
                refer(books, target, value["value"])

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        """The body as it will be kept, with all the server computes; 6xxx when a business rule says no."""
        return body

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        """What else changes because this did. `earlier` is the body before, empty for a new object."""

    def edited(self, books: Books, record: Record) -> None:
        """What an edit does to the object beside what was asked for."""

    def delete(self, books: Books, record: Record) -> None:
        """Before the record is dropped; a list object cannot be deleted (api 4.4)."""
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{self.entity.name.lower()}?operation=delete")

    def void(self, books: Books, record: Record) -> None:
        raise refusals.unsupported_operation(f"/v3/company/{books.realm}/{self.entity.name.lower()}?operation=void")


def refer(books: Books, target: str, id: str) -> Record:
    """The active object a reference names."""
    record = books.find(target, id)
    if record is None:
        raise refusals.invalid_reference(books_list(target), id)
    if not record.active:
        raise refusals.inactive()
    return record


def books_list(target: str) -> str:
    return {"Customer": "Names", "Vendor": "Names", "Employee": "Names"}.get(target, f"{target}s")


class ListRules(Rules):
    """A list with unique names whose objects can be made inactive (api 4.4)."""

    defaults: ClassVar[Body] = {"Active": True}
    kept: ClassVar[tuple[str, ...]] = ("Active",)

    def required(self, body: Body, before: Record | None) -> None:
        if not body.get(self.entity.name_field):
            raise refusals.required(self.entity.name_field)

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body[self.entity.name_field] = self.suffixed(body[self.entity.name_field], body["Active"])
        self.unique(books, body, before)
        return body

    @staticmethod
    def suffixed(name: str, active: bool) -> str:
        """An inactive object carries " (deleted)" behind its name (api 4.4)."""
        return name if active or name.endswith(DELETED) else name + DELETED

    def name_key(self, body: Body) -> str:
        """What must be unique in the list, folded."""
        return fold(body[self.entity.name_field])

    def unique(self, books: Books, body: Body, before: Record | None) -> None:
        holder = books.holder(self.entity.name, self.name_key(body)) if body["Active"] else None
        if holder is not None and holder is not before:
            raise refusals.duplicate_name(self.entity.name.lower())

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        names = books.tables[self.entity.name].names
        if earlier and names.get(self.name_key(earlier)) == record.id:
            del names[self.name_key(earlier)]
        if record.active:
            names[self.name_key(record.body)] = record.id
        if earlier and earlier.get(self.entity.name_field) != record.body[self.entity.name_field]:
            books.naming += 1


class TermRules(ListRules):
    """STANDARD terms count days, DATE_DRIVEN ones name a day of the month (api 5.6)."""

    defaults: ClassVar[Body] = {"Active": True}

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body = super().complete(books, body, before, options)
        if not 0 <= body.get("DiscountPercent", 0) <= 100:
            raise refusals.number_range("DiscountPercent", body["DiscountPercent"])
        if "DayOfMonthDue" in body:
            if not 1 <= body["DayOfMonthDue"] <= 31:
                raise refusals.number_range("DayOfMonthDue", body["DayOfMonthDue"])
            body["Type"] = "DATE_DRIVEN"
            body.pop("DueDays", None)
        else:
            body["Type"] = "STANDARD"
            body.setdefault("DueDays", 0)
            body.setdefault("DiscountDays", 0)
        return body


class PaymentMethodRules(ListRules):
    defaults: ClassVar[Body] = {"Active": True, "Type": "NON_CREDIT_CARD"}


class TaxAgencyRules(ListRules):
    """Whom sales tax is paid to (api 5.7)."""

    defaults: ClassVar[Body] = {"TaxTrackedOnPurchases": False, "TaxTrackedOnSales": True}
    kept: ClassVar[tuple[str, ...]] = ()

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        holder = books.holder(self.entity.name, self.name_key(body))
        if holder is not None and holder is not before:
            raise refusals.duplicate_name("tax agency")
        return body


class CompanyInfoRules(Rules):
    """One object; what the server knows of the company stays whatever a client sends (api 5.9)."""

    kept: ClassVar[tuple[str, ...]] = (
        "CompanyName", "Country", "SupportedLanguages", "CompanyStartDate", "NameValue", "DefaultTimeZone",
        "CompanyAddr",
    )  # fmt: skip

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        if not body.get("CompanyName"):
            raise refusals.required("CompanyName")
        for kind in ("CompanyAddr", "LegalAddr", "CustomerCommunicationAddr"):
            number_address(books, body, before, kind)
        return body


def number_address(books: Books, body: Body, before: Record | None, kind: str) -> None:
    """An address gets an Id; an unchanged or edited one keeps it, so that a no-op stays a no-op (api 5.1.1)."""
    address = body.get(kind)
    if not address:
        return
    earlier = before.body.get(kind, {}) if before else {}
    id = address.get("Id") or earlier.get("Id") or _same_place(body, address) or books.next("Address")
    body[kind] = {"Id": id, **{part: text for part, text in address.items() if part != "Id"}}


class PreferencesRules(Rules):
    """One object, updatable in parts: given groups are merged into what is there (api 5.8)."""

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        merged = _merged(before.body, body) if before else body
        if merged.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled") is False and before:
            earlier = before.body.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled")
            merged["CurrencyPrefs"]["MultiCurrencyEnabled"] = bool(earlier)  # once on, never off (api 5.10)
        return merged


def _same_place(body: Body, address: Body) -> str:
    """A shipping address that equals the billing address is the same object."""
    billing = body.get("BillAddr", {})
    same = {**billing, "Id": ""} == {**address, "Id": ""}
    return str(billing.get("Id", "")) if same else ""


def _merged(present: Body, given: Body) -> Body:
    """What is given over what is there, at every depth."""
    merged = dict(present)
    for name, value in given.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict) and "value" not in value
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def cut_suffix(name: str) -> str:
    return name.removesuffix(DELETED)

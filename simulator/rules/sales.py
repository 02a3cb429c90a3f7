"""Invoices and credit memos: numbers, dates, lines, tax, totals, what they do to others (api 5.3, 5.5)."""

from calendar import monthrange
from collections.abc import Set
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.checking import decimal, mapping, scalar
from simulator.money import ZERO, cents
from simulator.rules import lines as line_rules
from simulator.rules import settling, tax
from simulator.rules.listed import Rules, home_currency
from simulator.rules.people import number_address

VOIDED = "Voided"


class SalesRules(Rules):
    """What invoices and credit memos share."""

    defaults: ClassVar[Body] = {
        "ApplyTaxAfterDiscount": False, "PrintStatus": "NeedToPrint", "EmailStatus": "NotSet",
    }  # fmt: skip
    kept: ClassVar[tuple[str, ...]] = ("DocNumber", "DeliveryInfo")

    def required(self, body: Body, before: Record | None) -> None:
        if not body.get("Line"):
            raise refusals.required("Line")
        if not body.get("CustomerRef"):
            raise refusals.required("CustomerRef")

    def read(self, values: Body) -> Body:
        if values.get("Line") is not None:
            values["Line"] = line_rules.read(values["Line"])
        if values.get("CustomField") is not None:
            values["CustomField"] = [_custom_field(each) for each in values["CustomField"]]
        if values.get("TxnTaxDetail") is not None:
            values["TxnTaxDetail"] = _tax_detail(values["TxnTaxDetail"])
        return values

    def references(self, books: Books, body: Body, before: Record | None) -> None:
        super().references(books, body, before)
        line_rules.references(books, body["Line"], before.body["Line"] if before else [])

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        self._dated(books, body, before)
        self._customer(books, body, before)
        body["CustomField"] = custom_fields(books, body.get("CustomField") or [])
        self._lined(books, body, before)
        self._mailed(body)
        self._numbered(books, body, before, options)
        return body

    def _dated(self, books: Books, body: Body, before: Record | None) -> None:
        body.setdefault("TxnDate", books.today)
        settling.check_period(books, body["TxnDate"])
        if before:
            settling.check_period(books, before.body["TxnDate"])

    def _customer(self, books: Books, body: Body, before: Record | None) -> None:
        """Currency and addresses come from the customer; a paid document keeps its customer (api 5.3.6)."""
        customer = books.tables["Customer"].records[body["CustomerRef"]["value"]]
        if before and before.body["CustomerRef"] != body["CustomerRef"] and books.applied[before.key]:
            raise refusals.business("The customer of a transaction with payments cannot be changed.")
        currency = customer.body["CurrencyRef"]["value"]
        if body.setdefault("CurrencyRef", {"value": currency})["value"] != currency:
            raise refusals.business("The currency of the transaction must be the customer's currency.")
        if currency != home_currency(books):
            body.setdefault("ExchangeRate", Decimal(1))
        for kind in ("BillAddr", "ShipAddr"):
            if kind in body:
                number_address(books, body, before, kind)
            elif before is None and kind in customer.body:
                body[kind] = dict(customer.body[kind])
        if "BillAddr" in body or "ShipAddr" in body:
            body["FreeFormAddress"] = True
        self._shipped_from(books, body, before)

    @staticmethod
    def _shipped_from(books: Books, body: Body, before: Record | None) -> None:
        company = books.tables["CompanyInfo"].records["1"].body.get("CompanyAddr")
        if "ShipFromAddr" in body:
            number_address(books, body, before, "ShipFromAddr")
        elif company:
            city, state, code = (company.get(part, "") for part in ("City", "CountrySubDivisionCode", "PostalCode"))
            lines = {"Line1": company.get("Line1", ""), "Line2": f"{city}, {state}  {code}"}
            body["ShipFromAddr"] = {"Id": company["Id"], **lines}

    def _lined(self, books: Books, body: Body, before: Record | None) -> None:
        """Lines, tax and totals. Tax is worked out anew only when what it hangs on has changed."""
        earlier = before.body if before else {}
        given_tax = body.get("TxnTaxDetail") if body.get("TxnTaxDetail") is not earlier.get("TxnTaxDetail") else None
        if before and body["Line"] is earlier["Line"]:
            lines = _as_kept(body["Line"])
        else:
            lines, last = line_rules.complete(books, body["Line"], before, domestic=tax.is_domestic(books))
            body["Line"], body["_last_line"] = lines.shown, last
        hangs_on = ("Line", "ShipAddr", "BillAddr", "CustomerRef", "ApplyTaxAfterDiscount", "GlobalTaxCalculation")
        if given_tax or not before or any(body.get(name) != earlier.get(name) for name in hangs_on):
            body["TxnTaxDetail"] = tax.assess(books, body, lines, given_tax)
        self._totalled(body, lines)

    def _totalled(self, body: Body, lines: line_rules.Lines) -> None:
        total = lines.net
        if body.get("GlobalTaxCalculation") != "TaxInclusive":
            total += Decimal(body["TxnTaxDetail"]["TotalTax"])
        body["TotalAmt"] = cents(total)
        if total < 0:
            raise refusals.business("Transaction amount must be 0 or greater.")
        if body.get("ExchangeRate") is not None:
            body["HomeTotalAmt"] = cents(total * body["ExchangeRate"])

    @staticmethod
    def _mailed(body: Body) -> None:
        if body["EmailStatus"] == "NeedToSend":
            if not body.get("BillEmail"):
                raise refusals.required("BillEmail")
            body["DeliveryInfo"] = {"DeliveryType": "Email"}

    @staticmethod
    def _numbered(books: Books, body: Body, before: Record | None, options: Set[str]) -> None:
        """One sequence for all sales documents; 6140 only with custom numbers and the warning on (api 5.3.1)."""
        custom = bool(books.preference("SalesFormsPrefs.CustomTxnNumbers"))
        given = body.get("DocNumber")
        if given == "AUTO_GENERATE" or (before is None and not given and not custom):
            body["DocNumber"] = next_number(books)
            return
        if not given:
            return
        holder = books.numbers.get(given)
        lenient = not custom or not books.choices.warn_duplicate_numbers or "allowduplicatedocnum" in options
        if holder and not lenient and not (before and holder == before.key):
            raise refusals.duplicate_number(given, *holder)

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        record.last_line = record.body.pop("_last_line", record.last_line)
        self._renumber(books, record, earlier)
        settling.trim(books, record)
        self.rebalance(books, record, earlier)

    @staticmethod
    def _renumber(books: Books, record: Record, earlier: Body) -> None:
        old, new = earlier.get("DocNumber"), record.body.get("DocNumber")
        if old and old != new and books.numbers.get(old) == record.key:
            del books.numbers[old]
        if new:
            books.numbers.setdefault(new, record.key)
            if not earlier:
                books.last_number = new

    def rebalance(self, books: Books, record: Record, earlier: Body) -> None:
        settling.rebalance(books, record, earlier)

    def delete(self, books: Books, record: Record) -> None:
        settling.check_period(books, record.body["TxnDate"])
        if books.applied[record.key]:
            if books.choices.delete_paid_invoice == "refuse":
                raise refusals.business(
                    "You can't delete this transaction because payments are linked to it. Unlink them first."
                )
            settling.release(books, record)
        if books.numbers.get(record.body.get("DocNumber", "")) == record.key:
            del books.numbers[record.body["DocNumber"]]
        settling.owe_nothing(books, record)

    def void(self, books: Books, record: Record) -> None:
        """Amounts to zero, payments released, "Voided" before the note; everything else stays (api 4.5)."""
        settling.check_period(books, record.body["TxnDate"])
        settling.release(books, record)
        earlier = dict(record.body)
        body = record.body
        body["PrivateNote"] = f"{VOIDED} - {earlier['PrivateNote']}" if earlier.get("PrivateNote") else VOIDED
        body["Line"] = [{**line, "Amount": ZERO} if "Amount" in line else line for line in body["Line"]]
        body["TxnTaxDetail"] = {"TotalTax": ZERO}
        body["TotalAmt"] = ZERO
        body.pop("Deposit", None)
        self.rebalance(books, record, earlier)


class InvoiceRules(SalesRules):
    """Adds terms, due date, deposit and the online-payment flags."""

    defaults: ClassVar[Body] = {
        **SalesRules.defaults, "AllowIPNPayment": False, "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": True, "AllowOnlineACHPayment": True, "LinkedTxn": [],
    }  # fmt: skip
    kept: ClassVar[tuple[str, ...]] = (*SalesRules.kept, "AllowIPNPayment", "AllowOnlinePayment", "LinkedTxn")

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body.setdefault("TxnDate", books.today)
        self._due(books, body, before)
        self._switched(books, body)
        return super().complete(books, body, before, options)

    @staticmethod
    def _due(books: Books, body: Body, before: Record | None) -> None:
        """An explicit DueDate wins; a changed term counts anew; else the company's default (api 5.3)."""
        same_due = before is not None and body.get("DueDate") is before.body.get("DueDate")  # kept, not sent again
        new_term = before is not None and body.get("SalesTermRef") != before.body.get("SalesTermRef")
        if "DueDate" in body and not (same_due and new_term):
            return
        term = body.get("SalesTermRef") or books.preference("SalesFormsPrefs.DefaultTerms")
        body["DueDate"] = due_date(books, body["TxnDate"], term)

    @staticmethod
    def _switched(books: Books, body: Body) -> None:
        """What a preference must allow (api 5.3.3)."""
        if body.get("Deposit") and not books.preference("SalesFormsPrefs.AllowDeposit"):
            raise refusals.business("Deposits are turned off for this company: AllowDeposit is false.")
        shipping = any(body.get(name) for name in ("ShipDate", "TrackingNum", "ShipMethodRef"))
        if shipping and not books.preference("SalesFormsPrefs.AllowShipping"):
            raise refusals.business("Shipping is turned off for this company: AllowShipping is false.")


class CreditMemoRules(SalesRules):
    """The same head and lines; what is left of it is RemainingCredit (api 5.5)."""


def due_date(books: Books, txn_date: str, term: Body | None) -> str:
    """The day an invoice falls due under a term, STANDARD or DATE_DRIVEN (api 5.6)."""
    start = date.fromisoformat(txn_date)
    record = books.find("Term", term["value"]) if term else None
    if record is None:
        return (start + timedelta(days=books.choices.default_term_days)).isoformat()
    if record.body["Type"] == "STANDARD":
        return (start + timedelta(days=record.body.get("DueDays", 0))).isoformat()
    return _day_of_month(start, record.body["DayOfMonthDue"], record.body.get("DueNextMonthDays", 0)).isoformat()


def _day_of_month(start: date, due_day: int, grace: int) -> date:
    """The next such day; a month later when it is fewer than `grace` days away."""
    due = _in_month(start.year, start.month, due_day)
    while due < start or (grace and (due - start).days < grace):
        due = _in_month(due.year + due.month // 12, due.month % 12 + 1, due_day)
    return due


def _in_month(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, monthrange(year, month)[1]))


def next_number(books: Books) -> str:
    """The last number of the sequence plus one, its prefix kept: after ABC-1000 comes ABC-1001 (api 5.3.1)."""
    number = books.last_number
    while True:
        digits = number[len(number.rstrip("0123456789")) :]
        prefix = number[: len(number) - len(digits)]
        number = prefix + str(int(digits or 0) + 1).zfill(len(digits))
        if number not in books.numbers:
            return number


def custom_fields(books: Books, given: list[Body]) -> list[Body]:
    """One slot per enabled definition, with its value if any; 3000 for one that is not enabled (api 5.3.5)."""
    enabled = definitions(books)
    values = {each["DefinitionId"]: each.get("StringValue") for each in given}
    for definition_id in values:
        if definition_id not in enabled:
            raise refusals.custom_field(definition_id)
    return [
        {"DefinitionId": id, "Name": name, "Type": "StringType"}
        | ({"StringValue": values[id]} if values.get(id) else {})
        for id, name in enabled.items()
    ]


def definitions(books: Books) -> dict[str, str]:
    """{DefinitionId: name} of the custom fields switched on in Preferences."""
    found: dict[str, dict[str, Any]] = {"use": {}, "name": {}}
    for group in books.preference("SalesFormsPrefs.CustomField") or []:
        for each in group.get("CustomField", []):
            path, id = each["Name"][:-1], each["Name"][-1]
            if path.endswith("UseSalesCustom"):
                found["use"][id] = each.get("BooleanValue")
            elif path.endswith("SalesCustomName"):
                found["name"][id] = each.get("StringValue", "")
    return {id: name for id, name in sorted(found["name"].items()) if found["use"].get(id)}


def _custom_field(given: Any) -> Body:
    if not mapping("CustomField", given).get("DefinitionId"):
        raise refusals.required("DefinitionId")
    text = str(scalar("StringValue", given.get("StringValue")) or "")
    if len(text) > 31:
        raise refusals.bad_length("CustomField.StringValue", len(text), 31)
    return {"DefinitionId": str(scalar("DefinitionId", given["DefinitionId"])), "StringValue": text}


def _tax_detail(given: Body) -> Body:
    detail: Body = {}
    if given.get("TxnTaxCodeRef"):
        code = given["TxnTaxCodeRef"]
        id = scalar("TxnTaxCodeRef", code.get("value") if isinstance(code, dict) else code)
        detail["TxnTaxCodeRef"] = {"value": str(id or "")}
    if given.get("TotalTax") is not None:
        detail["TotalTax"] = decimal("TotalTax", given["TotalTax"])
    return detail


def _as_kept(shown: list[Body]) -> line_rules.Lines:
    """The sums of lines that did not change."""
    lines = line_rules.Lines(shown=shown)
    for line in shown:
        amount = Decimal(line.get("Amount", 0))
        if line["DetailType"] == line_rules.SUBTOTAL:
            lines.subtotal = amount
        elif line["DetailType"] == line_rules.DISCOUNT:
            lines.discount = amount
        elif line["DetailType"] == line_rules.SALES and "Id" not in line:
            lines.shipping = amount
    return lines

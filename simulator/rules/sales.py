"""Invoices and credit memos: numbers, dates, lines, tax, totals, what they do to others (api 5.3, 5.5)."""

from collections.abc import Set
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.checking import decimal, scalar
from simulator.money import ZERO, cents
from simulator.rules import currency, custom_fields, labels, numbering, offers, settling, tax
from simulator.rules import lines as line_rules
from simulator.rules.bundles import GROUP, SALES
from simulator.rules.due_dates import set_due_date
from simulator.rules.listed import Rules, number_address

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
        customer = body.get("CustomerRef")
        if isinstance(customer, dict) and customer.get("value") == "":
            raise refusals.business("Unexpected Internal Error. (-30003)")
        if not customer:
            raise refusals.required("CustomerRef")

    def read(self, values: Body) -> Body:
        if values.get("Line") is not None:
            values["Line"] = line_rules.read(values["Line"])
        if values.get("CustomField") is not None:
            values["CustomField"] = [custom_fields.read(each) for each in values["CustomField"]]
        if values.get("TxnTaxDetail") is not None:
            values["TxnTaxDetail"] = _tax_detail(values["TxnTaxDetail"])
        return values

    def references(self, books: Books, body: Body, before: Record | None) -> None:
        super().references(books, body, before)
        line_rules.references(books, body["Line"], before.body["Line"] if before else [])
        _tracked(books, body, before)

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        self._dated(books, body, before)
        self._customer(books, body, before)
        body["CustomField"] = custom_fields.slots(books, body.get("CustomField") or [])
        self._lined(books, body, before)
        self._in_stock(books, body, before)
        self._mailed(body)
        numbering.number(books, body, before, self.entity.sequence, options)
        return body

    def _dated(self, books: Books, body: Body, before: Record | None) -> None:
        body.setdefault("TxnDate", books.today)
        settling.check_period(books, body["TxnDate"])
        if before:
            settling.check_period(books, before.body["TxnDate"])

    def _customer(self, books: Books, body: Body, before: Record | None) -> None:
        """Currency and addresses come from the customer; a paid document keeps its customer (api 5.3.6)."""
        owner = body.get("CustomerRef")
        customer = books.tables["Customer"].records[owner["value"]] if owner else None
        if before and before.body.get("CustomerRef") != owner and books.applied[before.key]:
            raise refusals.business("The customer of a transaction with payments cannot be changed.")
        currency.follow(books, body, customer)
        for kind in ("BillAddr", "ShipAddr"):
            if kind in body:
                number_address(books, body, before, kind)
            elif before is None and customer and kind in customer.body:
                body[kind] = dict(customer.body[kind])
        if "BillAddr" in body or "ShipAddr" in body:
            body["FreeFormAddress"] = True
        self._shipped_from(books, body, before)
        if before is None:
            _copy_to(books, body)

    @staticmethod
    def _shipped_from(books: Books, body: Body, before: Record | None) -> None:
        company = books.tables["CompanyInfo"].records["1"].body.get("CompanyAddr")
        if "ShipFromAddr" in body:
            number_address(books, body, before, "ShipFromAddr")
        elif company:
            lines = filter(None, (company.get("Line1"), labels.town(company)))
            numbered = {f"Line{number}": text for number, text in enumerate(lines, start=1)}
            body["ShipFromAddr"] = {"Id": company["Id"], **numbered}

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

    def _in_stock(self, books: Books, body: Body, before: Record | None) -> None:
        """6270 for a sale before the stock of an item was first counted (api 5.2)."""
        if before and body["TxnDate"] == before.body["TxnDate"] and body["Line"] is before.body["Line"]:
            return
        for line in line_rules.selling(body["Line"]):
            item = books.find("Item", line[SALES].get("ItemRef", {}).get("value", ""))
            if item and body["TxnDate"] < item.body.get("InvStartDate", ""):
                raise refusals.before_inventory_start()

    def edited(self, books: Books, record: Record) -> None:
        """After an edit addresses come back as the lines of a label (api 5.1.1)."""
        owner = record.body.get("CustomerRef")
        customer = books.find("Customer", owner["value"]) if owner else None
        for kind in ("BillAddr", "ShipAddr"):
            if kind in record.body:
                record.body[kind] = labels.flowed(record.body[kind], customer.body if customer else {})

    def _totalled(self, body: Body, lines: line_rules.Lines) -> None:
        total = lines.net
        if body.get("GlobalTaxCalculation") != "TaxInclusive":
            total += Decimal(body["TxnTaxDetail"]["TotalTax"])
        body["TotalAmt"] = cents(total)
        if total < 0:
            raise refusals.business("Transaction amount must be 0 or greater.")
        currency.at_home(body, "TotalAmt", "HomeTotalAmt")

    @staticmethod
    def _mailed(body: Body) -> None:
        if body["EmailStatus"] == "NeedToSend":
            if not body.get("BillEmail"):
                raise refusals.required("BillEmail")
            body["DeliveryInfo"] = {"DeliveryType": "Email"}

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        record.last_line = record.body.pop("_last_line", record.last_line)
        numbering.renumber(books, record, earlier)
        settling.trim(books, record)
        self.rebalance(books, record, earlier)

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
        numbering.forget(books, record)
        settling.owe_nothing(books, record)

    def void(self, books: Books, record: Record) -> None:
        """Amounts to zero, payments released, "Voided" before the note; everything else stays (api 4.5)."""
        settling.check_period(books, record.body["TxnDate"])
        settling.release(books, record)
        earlier = dict(record.body)
        body = record.body
        body["PrivateNote"] = f"{VOIDED} - {earlier['PrivateNote']}" if earlier.get("PrivateNote") else VOIDED
        body["Line"] = [_voided_line(line) for line in body["Line"]]
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

    def read(self, values: Body) -> Body:
        if "LinkedTxn" in values:
            values["LinkedTxn"] = offers.read(values["LinkedTxn"] or [])
        return super().read(values)

    def references(self, books: Books, body: Body, before: Record | None) -> None:
        super().references(books, body, before)
        offers.check(books, body["LinkedTxn"])

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        payments = settling.payment_links(books, before) if before else []
        body["LinkedTxn"] = [*offers.of(body), *payments]
        body.setdefault("TxnDate", books.today)
        set_due_date(books, body, before)
        self._switched(books, body)
        return super().complete(books, body, before, options)

    def saved(self, books: Books, record: Record, earlier: Body) -> None:
        super().saved(books, record, earlier)
        offers.close(books, record, earlier)

    def delete(self, books: Books, record: Record) -> None:
        super().delete(books, record)
        offers.close(books, replace(record, body={}), record.body)

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


def _copy_to(books: Books, body: Body) -> None:
    """Copies of mails go where the preferences say (api 5.3)."""
    for field, preference in (("BillEmailCc", "SalesEmailCc"), ("BillEmailBcc", "SalesEmailBcc")):
        default = books.preference(f"SalesFormsPrefs.{preference}")
        if default and field not in body:
            body[field] = dict(default)


def _tracked(books: Books, body: Body, before: Record | None) -> None:
    """Classes and locations only where the company keeps them (api 5.3.3)."""
    classes = any(books.preference(f"AccountingInfoPrefs.ClassTrackingPerTxn{each}") for each in ("", "Line"))
    locations = books.preference("AccountingInfoPrefs.TrackDepartments")
    earlier = before.body if before else {}
    classed = body.get("ClassRef") != earlier.get("ClassRef") or any(
        "ClassRef" in line[SALES] for line in line_rules.selling(body["Line"])
    )
    if classed and not classes:
        raise refusals.business("Class tracking is turned off for this company.")
    if body.get("DepartmentRef") != earlier.get("DepartmentRef") and not locations:
        raise refusals.business("Location tracking is turned off for this company.")


def _voided_line(line: Body) -> Body:
    if line["DetailType"] == GROUP:
        return {**line, GROUP: {**line[GROUP], "Line": [_voided_line(each) for each in line[GROUP]["Line"]]}}
    return {**line, "Amount": ZERO} if "Amount" in line else line


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
        elif line["DetailType"] == SALES and "Id" not in line:
            lines.shipping = amount
    return lines

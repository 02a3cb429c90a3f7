"""Paid, partly paid, voided, credited: what QuickBooks says, never what we think (R9)."""

import json
from decimal import Decimal

import pytest

from buddy.hub.customers import Customer
from buddy.hub.invoices import Credit, Invoice, InvoiceStatus, Payment
from buddy.hub.quality import Review
from buddy.sync.mapping import invoice as invoice_mapping
from buddy.sync.mapping.payment import read_payment
from buddy.sync.models import Connection
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def there(company: Company) -> dict[str, str]:
    """A customer and one invoice of 50.00 in QuickBooks."""
    customer = books.customer(company, "Hotel Albion")
    return {"customer": customer["Id"], "invoice": books.invoice(company, customer["Id"])["Id"]}


def state() -> InvoiceStatus:
    return Invoice.objects.get().status(DAY)


def test_an_invoice_goes_from_open_over_partial_to_paid(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    sync(connected.organization)
    assert state() == InvoiceStatus.OPEN
    company.pay(
        there["customer"], 20, {there["invoice"]: 20}, PaymentRefNum="CHK-8841", PaymentMethodRef={"value": "2"}
    )
    sync(connected.organization)
    assert (state(), Invoice.objects.get().balance) == (InvoiceStatus.PARTIAL, Decimal(30))
    company.pay(there["customer"], 30, {there["invoice"]: 30})
    sync(connected.organization)
    assert state() == InvoiceStatus.PAID
    first = Payment.objects.earliest("pk")
    assert (first.amount, first.reference, first.method, first.unapplied) == (20, "CHK-8841", "Check", 0)
    assert [each.amount for each in Invoice.objects.get().applications.all()] == [20, 30]


def test_an_overdue_invoice_says_so(connected: Connection, company: Company, there: dict[str, str]) -> None:
    books.change(company, "Invoice", there["invoice"], DueDate="2026-11-20")
    sync(connected.organization)
    assert state() == InvoiceStatus.OVERDUE


@pytest.mark.parametrize("note", ["Voided", "Annulé", "Storniert am 24.11.", ""])
def test_an_invoice_that_fell_to_zero_is_voided_in_any_language(
    connected: Connection, company: Company, there: dict[str, str], note: str
) -> None:
    sync(connected.organization)
    item = company.all("Item")[0]["Id"]
    zero = [books.sale(item, 4, 0)]
    books.change(company, "Invoice", there["invoice"], Line=zero, PrivateNote=note)
    sync(connected.organization)
    assert state() == InvoiceStatus.VOIDED


def test_an_invoice_first_seen_voided_is_voided(connected: Connection, company: Company, there: dict[str, str]) -> None:
    company.void("Invoice", there["invoice"])
    sync(connected.organization)
    assert state() == InvoiceStatus.VOIDED


def test_an_invoice_born_at_zero_is_no_charge_and_stays_so(connected: Connection, company: Company) -> None:
    customer, item = books.customer(company, "Hotel Albion"), books.item(company, "Sample", 0)
    invoice = books.invoice(company, customer["Id"], [books.sale(item["Id"], 1, 0)])
    sync(connected.organization)
    assert state() == InvoiceStatus.NO_CHARGE
    books.change(company, "Invoice", invoice["Id"], CustomerMemo={"value": "With our compliments"})
    sync(connected.organization)
    assert state() == InvoiceStatus.NO_CHARGE


def test_an_invoice_paid_by_a_discount_of_everything_is_not_voided(connected: Connection, company: Company) -> None:
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    customer, item = books.customer(company, "Hotel Albion"), books.item(company, "Olives")
    discount = {
        "Amount": 50, "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 100},
    }  # fmt: skip
    books.invoice(company, customer["Id"], [books.sale(item["Id"]), discount])
    sync(connected.organization)
    here = Invoice.objects.get()
    assert (state(), here.subtotal, here.discount, here.total) == (InvoiceStatus.NO_CHARGE, 50, 50, 0)


def test_a_voided_payment_counts_for_nothing_and_stays_in_the_history(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    payment = company.pay(there["customer"], 50, {there["invoice"]: 50})
    sync(connected.organization)
    assert state() == InvoiceStatus.PAID
    company.void("Payment", payment["Id"])
    sync(connected.organization)
    here = Payment.objects.get()
    assert (here.ended, here.amount, state()) == ("voided", 0, InvoiceStatus.OPEN)
    assert here.applications.get().amount == 50


def test_a_credit_being_applied_is_no_cash(connected: Connection, company: Company, there: dict[str, str]) -> None:
    memo = books.credit_memo(company, there["customer"], 15)
    sync(connected.organization)
    assert Credit.objects.get().remaining == 15
    company.credit(memo["Id"], {there["invoice"]: 15})
    sync(connected.organization)
    applied = Payment.objects.get()
    assert (applied.amount, applied.ended) == (0, "")
    lines = {
        (each.invoice_id is not None, each.credit_id is not None, each.amount) for each in applied.applications.all()
    }
    assert lines == {(True, False, 15), (False, True, 15)}
    assert (Credit.objects.get().remaining, Invoice.objects.get().balance) == (0, 35)
    assert sum(each.amount for each in Payment.objects.all()) == 0


@pytest.mark.parametrize("note", ["Voided", "Annulé", ""])
def test_a_credit_that_fell_to_zero_is_voided_in_any_language(
    connected: Connection, company: Company, there: dict[str, str], note: str
) -> None:
    memo = books.credit_memo(company, there["customer"], 15)
    sync(connected.organization)
    zero = [books.sale(company.all("Item")[0]["Id"], 1, 0)]
    books.change(company, "CreditMemo", memo["Id"], Line=zero, PrivateNote=note)
    sync(connected.organization)
    books.change(company, "CreditMemo", memo["Id"], CustomerMemo={"value": "Filed"})
    sync(connected.organization)
    here = Credit.objects.get()
    assert (here.ended, here.total, here.remaining) == ("voided", 0, 0)


def test_a_credit_of_nothing_is_not_voided(connected: Connection, company: Company, there: dict[str, str]) -> None:
    books.credit_memo(company, there["customer"], 0)
    sync(connected.organization)
    assert Credit.objects.get().ended == ""


def test_a_credit_deleted_there_has_nothing_left(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    memo = books.credit_memo(company, there["customer"], 15)
    sync(connected.organization)
    company.delete("CreditMemo", memo["Id"])
    sync(connected.organization)
    assert (Credit.objects.get().ended, Credit.objects.get().remaining) == ("deleted", 0)


def test_a_payment_reversed_by_deleting_it_leaves_the_invoice_open_and_stays_in_the_history(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    payment = company.pay(there["customer"], 50, {there["invoice"]: 50})
    sync(connected.organization)
    company.delete("Payment", payment["Id"])
    sync(connected.organization)
    here = Payment.objects.get()
    assert (here.ended, state(), Invoice.objects.get().balance) == ("deleted", InvoiceStatus.OPEN, Decimal(50))
    assert here.applications.get().amount == 50


def test_a_payment_moved_to_another_customer_belongs_to_that_one(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    other = books.customer(company, "Blue Door Deli")
    theirs = books.invoice(company, other["Id"])
    payment = company.pay(there["customer"], 50, {there["invoice"]: 50})
    sync(connected.organization)
    line = {"Amount": 50, "LinkedTxn": [{"TxnId": theirs["Id"], "TxnType": "Invoice"}]}
    books.change(company, "Payment", payment["Id"], CustomerRef={"value": other["Id"]}, Line=[line])
    sync(connected.organization)
    here = Payment.objects.get()
    assert (here.customer.display_name, here.amount) == ("Blue Door Deli", 50)
    assert here.applications.get().invoice.customer == here.customer  # type: ignore[union-attr]
    balances = dict(Invoice.objects.values_list("customer__display_name", "balance"))
    assert balances == {"Hotel Albion": Decimal(50), "Blue Door Deli": Decimal(0)}


def test_one_payment_of_the_parent_settles_invoices_of_several_children(
    connected: Connection, company: Company
) -> None:
    top = books.customer(company, "Albion Group")
    salem, lynn = (books.customer(company, name, parent=top["Id"]) for name in ("Albion Salem", "Albion Lynn"))
    first, second = books.invoice(company, salem["Id"])["Id"], books.invoice(company, lynn["Id"])["Id"]
    payment = company.pay(top["Id"], 100, {first: 50, second: 30})
    sync(connected.organization)
    here = Payment.objects.get()
    assert (here.customer.display_name, here.unapplied) == ("Albion Group", 20)
    assert dict(Invoice.objects.values_list("customer__display_name", "balance")) == {
        "Albion Salem": Decimal(0), "Albion Lynn": Decimal(20),
    }  # fmt: skip
    company.void("Payment", payment["Id"])
    sync(connected.organization)
    assert {row.balance for row in Invoice.objects.all()} == {Decimal(50)}


def test_all_applications_of_a_payment_are_replaced_when_it_is_read(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    second = books.invoice(company, there["customer"])["Id"]
    payment = company.pay(there["customer"], 50, {there["invoice"]: 30, second: 20})
    sync(connected.organization)
    assert Payment.objects.get().applications.count() == 2
    line = {"Amount": 50, "LinkedTxn": [{"TxnId": second, "TxnType": "Invoice"}]}
    books.change(company, "Payment", payment["Id"], Line=[line])
    sync(connected.organization)
    here = Payment.objects.get().applications.get()
    assert here.amount == 50
    assert {each.balance for each in Invoice.objects.all()} == {Decimal(50), Decimal(0)}
    books.change(company, "Payment", payment["Id"], Line=[])
    sync(connected.organization)
    assert (Payment.objects.get().applications.count(), Payment.objects.get().unapplied) == (0, 50)


def test_a_payment_of_the_parent_settles_the_invoice_of_the_child(connected: Connection, company: Company) -> None:
    top = books.customer(company, "Albion Group")
    child = books.customer(company, "Albion Salem", parent=top["Id"])
    invoice = books.invoice(company, child["Id"])
    company.pay(top["Id"], 50, {invoice["Id"]: 50})
    sync(connected.organization)
    payment = Payment.objects.get()
    assert payment.customer.display_name == "Albion Group"
    assert payment.applications.get().invoice == Invoice.objects.get()
    assert state() == InvoiceStatus.PAID


def test_what_settles_an_invoice_without_a_name_still_settles_it(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    """A deposit on the invoice is in its balance though no payment tells of it: the balance is QuickBooks'."""
    company.preferences["SalesFormsPrefs"]["AllowDeposit"] = True
    books.change(company, "Invoice", there["invoice"], Deposit=10)
    sync(connected.organization)
    here = Invoice.objects.get()
    assert (here.balance, here.settled, here.applications.count()) == (40, 10, 0)


def test_a_payment_line_on_a_document_buddy_does_not_keep_is_named() -> None:
    payment = read_payment(
        {
            "CustomerRef": {"value": "1"}, "TxnDate": "2026-11-24", "TotalAmt": 5,
            "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "JournalEntry"}]}],
        }
    )  # fmt: skip
    assert [(each.document, each.remote_id, each.amount) for each in payment.lines] == [("JournalEntry", "9", 5)]
    assert not payment.is_void


def test_the_customers_balance_is_the_one_quickbooks_tells(
    connected: Connection, company: Company, there: dict[str, str]
) -> None:
    sync(connected.organization)
    assert Customer.objects.get().balance == 50
    company.pay(there["customer"], 70)
    sync(connected.organization)
    assert Customer.objects.get().balance == -20
    assert not Review.objects.exists()


def test_every_line_kind_of_an_invoice_is_read() -> None:
    """Shipping, discount, text and bundles (api 5.3.2); a server's subtotal is none."""
    sale = books.sale("3", 2, 10, Description="Two")
    body = {
        "CustomerRef": {"value": "1"}, "TxnDate": "2026-11-24", "TotalAmt": Decimal("33.25"), "Balance": 5,
        "TxnTaxDetail": {"TotalTax": Decimal("1.25")}, "CustomField": [{"DefinitionId": "2", "StringValue": "PO-1"}],
        "Line": [
            sale,
            {"DetailType": "GroupLineDetail", "GroupLineDetail": {"Line": [books.sale("4", 1, 10)]}},
            {"DetailType": "DescriptionOnly", "Description": "Leave at the back door"},
            {"Amount": 30, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
            {"Amount": 3, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}},
            {"Amount": 5, "DetailType": "SalesItemLineDetail",
             "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}},
        ],
    }  # fmt: skip
    read = invoice_mapping.read(json.dumps(body, default=float).encode(), po_field="2")
    assert (read.subtotal, read.discount, read.shipping, read.tax, read.total) == (
        30, 3, 5, Decimal("1.25"), Decimal("33.25"),
    )  # fmt: skip
    assert [(line.kind, line.item, line.amount) for line in read.lines] == [
        ("sale", "3", 20),
        ("sale", "4", 10),
        ("text", "", 0),
    ]
    assert (read.po_number, read.balance, read.number) == ("PO-1", 5, "")

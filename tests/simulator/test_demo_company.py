"""The practice companies: worth looking at, the same every time, and their books hold (identities of api 5.3)."""

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from simulator.books import Record
from simulator.clock import Clock
from simulator.company import Company
from simulator.console.states import state
from simulator.demo_company import LARKSPUR, QUAYSIDE, larkspur, quayside

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
REALM = "9341450000000001"


def built(now: datetime = NOW, seed: int = 2026) -> Company:
    company = Company(LARKSPUR, REALM, Clock(now))
    larkspur(company, now=now, seed=seed)
    return company


@pytest.fixture(scope="module")
def company() -> Company:
    return built()


def words(company: Company, entity: str) -> Counter[str]:
    return Counter(state(company.books, record).word for record in company.books.living(entity))


def applications(payments: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """What all payments together say they applied to each document."""
    applied: Counter[tuple[str, str]] = Counter()
    for line in (line for payment in payments for line in payment["Line"]):
        link = line["LinkedTxn"][0]
        applied[link["TxnType"], link["TxnId"]] += line["Amount"]
    return applied


def assert_books_hold(company: Company) -> None:
    """Every identity of api 5.3, worked out from what the API would reply."""
    invoices, payments, memos = (company.all(entity) for entity in ("Invoice", "Payment", "CreditMemo"))
    applied = applications(payments)
    for invoice in invoices:
        assert invoice["Balance"] == invoice["TotalAmt"] - applied["Invoice", invoice["Id"]]
        assert int(invoice["SyncToken"]) >= len(invoice["LinkedTxn"])
    for memo in memos:
        assert memo["Balance"] == memo["RemainingCredit"] == memo["TotalAmt"] - applied["CreditMemo", memo["Id"]]
    for payment in payments:
        used = sum((_signed(line) for line in payment["Line"]), Decimal(0))
        assert payment["UnappliedAmt"] == payment["TotalAmt"] - used
    for customer in company.all("Customer"):
        own = (
            sum(each["Balance"] for each in invoices if each["CustomerRef"]["value"] == customer["Id"])
            - sum(each["UnappliedAmt"] for each in payments if each["CustomerRef"]["value"] == customer["Id"])
            - sum(each["Balance"] for each in memos if each["CustomerRef"]["value"] == customer["Id"])
        )
        assert customer["Balance"] == own, customer["DisplayName"]
    ids = [each["Id"] for each in (*invoices, *payments, *memos)]
    assert len(ids) == len(set(ids))


def _signed(line: dict[str, Any]) -> Decimal:
    amount = Decimal(line["Amount"])
    return -amount if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else amount


def test_the_books_of_the_wholesaler_hold(company: Company) -> None:
    assert_books_hold(company)


def test_the_books_of_the_bakery_supplier_hold() -> None:
    company = Company(QUAYSIDE, REALM, Clock(NOW))
    quayside(company, now=NOW)
    assert company.count("Customer") == 8
    assert company.count("Invoice") == 24
    assert_books_hold(company)


def test_it_has_the_promised_sizes(company: Company) -> None:
    sizes = {entity: len(company.all(entity)) for entity in ("Customer", "Item", "Invoice")}
    assert sizes == {"Customer": 60, "Item": 40, "Invoice": 250}


@pytest.mark.parametrize("month", range(1, 13))
def test_every_state_of_an_invoice_occurs_whatever_the_month(month: int) -> None:
    company = built(datetime(2026, month, 17, 20, 30, tzinfo=UTC))
    assert_books_hold(company)
    counted = words(company, "Invoice")
    assert set(counted) == {"Open", "Partially paid", "Paid", "Overdue", "Voided"}
    assert counted["Paid"] > 150
    assert counted["Overdue"] >= 4
    assert counted["Partially paid"] >= 3


def test_payments_of_every_kind_occur(company: Company) -> None:
    payments = list(company.books.living("Payment"))
    counted = words(company, "Payment")
    assert counted["Unapplied"] == 1
    assert counted["Voided"] >= 1
    assert counted["Credit applied"] >= 5
    assert any(len(payment.body["Line"]) >= 3 for payment in payments), "one payment for several invoices"
    assert any(paid_for_a_sub_customer(company, payment) for payment in payments)


def paid_for_a_sub_customer(company: Company, payment: Record) -> bool:
    for line in payment.body["Line"]:
        document = company.books.find(line["LinkedTxn"][0]["TxnType"], line["LinkedTxn"][0]["TxnId"])
        if document and document.body["CustomerRef"] != payment.body["CustomerRef"]:
            return True
    return False


def test_invoices_are_backdated_over_twelve_months_and_december_is_busiest(company: Company) -> None:
    invoices = company.all("Invoice")
    for invoice in invoices:
        day = date.fromisoformat(invoice["TxnDate"])
        assert date(2025, 11, 25) <= day <= date(2026, 11, 23)
        assert invoice["MetaData"]["CreateTime"].startswith(invoice["TxnDate"])
    months = Counter(invoice["TxnDate"][:7] for invoice in invoices)
    assert months.most_common(1)[0][0] == "2025-12"
    assert all(months[f"2026-{month:02d}"] >= 5 for month in range(1, 12))


def test_nothing_happened_after_now(company: Company) -> None:
    for entity in ("Customer", "Item", "Invoice", "Payment", "CreditMemo"):
        for each in company.all(entity):
            assert datetime.fromisoformat(each["MetaData"]["LastUpdatedTime"]) <= NOW


def test_its_customers_give_a_sync_something_to_think_about(company: Company) -> None:
    customers = company.all("Customer")
    addresses = Counter(each["PrimaryEmailAddr"]["Address"] for each in customers if "PrimaryEmailAddr" in each)
    names = [each["DisplayName"] for each in customers]
    assert sum("PrimaryEmailAddr" not in each for each in customers) >= 5
    assert addresses["ap@harborledger.example"] == 3
    assert [each["DisplayName"] for each in customers if each["IsProject"]] == ["Winter Gala"]
    assert sum(each["Job"] and not each["IsProject"] for each in customers) == 3
    assert sum(not each["Active"] for each in customers) == 3
    assert sum("ResaleNum" in each for each in customers) > 30
    assert {"Blue Heron Market", "Blue Heron Mkt.", "The Copper Kettle Café", "Copper Kettle Cafe LLC"} <= set(names)
    assert any(not name.isascii() for name in names)
    assert max(map(len, names)) > 60
    for name in names:
        name.encode("iso-8859-1")


def test_its_items_have_skus_and_prices_of_two_to_four_decimals(company: Company) -> None:
    items = company.all("Item")
    places = {-int(Decimal(str(each["UnitPrice"])).normalize().as_tuple().exponent) for each in items}
    assert {3, 4} <= places <= {-1, 0, 1, 2, 3, 4}
    assert {each["Type"] for each in items} == {"NonInventory", "Inventory", "Service"}
    assert sum(not each["Active"] for each in items) == 2
    assert sum("Sku" in each for each in items) >= 38
    assert len({each["IncomeAccountRef"]["name"] for each in items}) >= 4


def test_sales_tax_is_charged_on_what_is_taxed_and_the_po_field_is_used(company: Company) -> None:
    invoices = company.all("Invoice")
    taxed = [each for each in invoices if each["TxnTaxDetail"]["TotalTax"]]
    assert len(taxed) >= 5
    for each in taxed:
        rates = [line["TaxLineDetail"]["TaxPercent"] for line in each["TxnTaxDetail"]["TaxLine"]]
        assert rates == [Decimal("6.5"), Decimal("3.9")]
    assert sum("StringValue" in each["CustomField"][0] for each in invoices) > 150


def test_its_sales_tax_is_one_group_that_customers_and_preferences_name(company: Company) -> None:
    groups = [each for each in company.all("TaxCode") if each["TaxGroup"]]
    assert [each["Name"] for each in groups] == ["King County"]
    assert company.preferences["TaxPrefs"]["TaxGroupCodeRef"]["value"] == groups[0]["Id"]
    taxable = [each for each in company.all("Customer") if each["Taxable"]]
    assert {each["DefaultTaxCodeRef"]["value"] for each in taxable} == {groups[0]["Id"]}


def test_the_same_seed_and_moment_give_the_same_books() -> None:
    first, again = built(), built()
    for entity in ("Customer", "Item", "Invoice", "Payment", "CreditMemo"):
        assert first.all(entity) == again.all(entity)


def test_another_seed_gives_other_trade() -> None:
    assert built(seed=1).all("Invoice") != built(seed=2).all("Invoice")


def test_it_is_built_in_less_than_three_seconds() -> None:
    started = time.perf_counter()
    built(NOW - timedelta(days=400))
    assert time.perf_counter() - started < 3

"""Payments and credit memos (sections 5.4 and 5.5)."""

from decimal import Decimal

import pytest

from simulator.company import Company
from tests.simulator.caller import Api, Body, link, ref, sale
from tests.simulator.rules.refusing import refused


@pytest.fixture
def memo(api: Api, customer: Body, item: Body) -> Body:
    """A credit of 70.00."""
    return api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 70)]})


def test_a_payment_needs_a_customer(api: Api) -> None:
    """5.4-1"""
    with refused("2020", element="CustomerRef"):
        api.post("Payment", {"TotalAmt": 5})


def test_a_payment_of_nothing_is_allowed(api: Api, customer: Body) -> None:
    """5.4-2"""
    assert api.payment(customer, 0)["TotalAmt"] == 0


def test_a_line_is_linked_to_one_document(api: Api, customer: Body, invoice: Body, memo: Body) -> None:
    """5.4-3"""
    both = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}, {"TxnId": memo["Id"], "TxnType": "CreditMemo"}]
    with refused("6000"):
        api.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": 5, "Line": [{"Amount": 5, "LinkedTxn": both}]})
    lines = [link("Invoice", invoice["Id"], 20), link("CreditMemo", memo["Id"], 15)]
    paid = api.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": 5, "Line": lines})
    assert [line["LinkedTxn"][0]["TxnType"] for line in paid["Line"]] == ["Invoice", "CreditMemo"]


def test_what_is_unapplied_is_the_servers(api: Api, customer: Body, invoice: Body, memo: Body) -> None:
    """5.4-5"""
    lines = [link("Invoice", invoice["Id"], 60), link("CreditMemo", memo["Id"], 20)]
    paid = api.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": 50, "UnappliedAmt": 1, "Line": lines})
    assert paid["UnappliedAmt"] == 10  # 50 − 60 + 20


def test_a_payment_is_dated_today(api: Api, customer: Body) -> None:
    """5.4-6"""
    assert api.payment(customer, 5)["TxnDate"] == "2026-11-02"
    assert api.payment(customer, 5, TxnDate="2026-01-31")["TxnDate"] == "2026-01-31"


def test_a_payment_method_has_to_be_there(api: Api, customer: Body) -> None:
    """5.4-7"""
    assert api.payment(customer, 5, PaymentMethodRef={"value": "2"})["PaymentMethodRef"]["value"] == "2"
    with refused("2500"):
        api.payment(customer, 5, PaymentMethodRef={"value": "77"})


@pytest.mark.parametrize(("rule", "field", "limit"), [("5.4-8", "PaymentRefNum", 21), ("5.4-10", "PrivateNote", 4000)])
def test_a_text_is_kept_up_to_its_length(api: Api, customer: Body, rule: str, field: str, limit: int) -> None:
    for _ in range(2):
        assert api.payment(customer, 5, **{field: "x" * limit})[field] == "x" * limit
    with refused("2050"):
        api.payment(customer, 5, **{field: "x" * (limit + 1)})


def test_money_goes_to_the_account_named(api: Api, customer: Body) -> None:
    """5.4-9"""
    assert api.payment(customer, 5, DepositToAccountRef={"value": "35"})["DepositToAccountRef"]["value"] == "35"


def test_a_payment_is_in_its_customers_currency(company: Company, api: Api, customer: Body) -> None:
    """5.4-11"""
    assert "ExchangeRate" not in api.payment(customer, 5)
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    foreign = api.customer("Montréal", CurrencyRef={"value": "CAD"})
    paid = api.payment(foreign, 5, ExchangeRate=Decimal("0.72"))
    assert (paid["CurrencyRef"]["value"], paid["ExchangeRate"]) == ("CAD", Decimal("0.72"))
    with refused("6000"):
        api.payment(foreign, 5, CurrencyRef={"value": "USD"})


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("5.4-12", "ARAccountRef", {"value": "84"}),
        ("5.4-14", "CreditCardPayment", {"CreditChargeInfo": {"Type": "Visa", "ProcessPayment": False}}),
    ],
)
def test_what_is_seldom_sent_is_kept(api: Api, customer: Body, rule: str, field: str, value: Body) -> None:
    kept = api.payment(customer, 5, **{field: value})[field]
    assert kept.items() >= value.items()


@pytest.mark.parametrize("field", ["TransactionLocationType", "TaxExemptionRef"])
def test_regional_fields_are_not_refused(api: Api, customer: Body, field: str) -> None:
    """5.4-17"""
    assert api.payment(customer, 5, **{field: "x" if field.endswith("Type") else {"value": "1"}})["TotalAmt"] == 5


@pytest.mark.parametrize("line", [{"Amount": 5}, {"Amount": 5, "LinkedTxn": []}])
def test_a_line_without_a_link_is_refused(api: Api, customer: Body, line: Body) -> None:
    """5.4-22"""
    with refused("2020", element="LinkedTxn"):
        api.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": 5, "Line": [line]})


def test_what_is_entered_in_the_pages_pays_the_oldest_invoice(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.4-24, 5.8-4"""
    company.preferences["SalesFormsPrefs"]["AutoApplyPayments"] = True
    newer, older = (api.invoice(customer, sale(item, 50), TxnDate=date) for date in ("2026-10-02", "2026-10-01"))
    assert api.payment(customer, 30)["UnappliedAmt"] == 30
    entered = company.pay(customer["Id"], "60.00")
    assert [(line["LinkedTxn"][0]["TxnId"], line["Amount"]) for line in entered["Line"]] == [
        (older["Id"], 50), (newer["Id"], 10),
    ]  # fmt: skip


def test_a_used_credit_names_nothing(company: Company, api: Api, memo: Body, invoice: Body) -> None:
    """5.5-4"""
    company.credit(memo["Id"], {invoice["Id"]: 70})
    used = api.read("CreditMemo", memo["Id"])
    assert (used["RemainingCredit"], used["Balance"]) == (0, 0)
    assert "LinkedTxn" not in used


def test_a_credit_may_name_its_invoice(api: Api, customer: Body, item: Body, invoice: Body) -> None:
    """5.5-5"""
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 5)], "InvoiceRef": ref(invoice)}
    assert api.post("CreditMemo", body)["TotalAmt"] == 5
    assert api.read("Invoice", invoice["Id"])["Balance"] == 100


@pytest.mark.parametrize(("applying", "remaining", "payments"), [(True, 0, 1), (False, 70, 0)])
def test_credits_are_applied_by_themselves(
    company: Company, api: Api, customer: Body, item: Body, memo: Body, applying: bool, remaining: int, payments: int
) -> None:
    """5.5-c, 5.8-4"""
    company.preferences["SalesFormsPrefs"]["AutoApplyCredit"] = applying
    invoice = api.invoice(customer, sale(item, 100))
    assert api.read("CreditMemo", memo["Id"])["RemainingCredit"] == remaining
    assert api.read("Invoice", invoice["Id"])["Balance"] == 30 + remaining
    changed = api.call("GET", "/cdc", entities="Payment", changedSince="2026-11-01")["CDCResponse"][0]["QueryResponse"][
        0
    ]
    assert [paid["TotalAmt"] for paid in changed.get("Payment", [])] == [0] * payments


def test_a_credit_memo_goes_through_all_operations(api: Api, memo: Body, customer: Body, item: Body) -> None:
    """5.5-d"""
    path = f"/creditmemo/{memo['Id']}"
    assert api.query("select * from CreditMemo")["CreditMemo"][0]["Id"] == memo["Id"]
    changed = api.sparse("CreditMemo", memo, PrivateNote="n")
    full = {"Id": memo["Id"], "SyncToken": "1", "CustomerRef": ref(customer), "Line": [sale(item, 40)]}
    assert api.post("CreditMemo", full)["TotalAmt"] == 40 != changed["TotalAmt"]
    assert api.call("POST", f"{path}/send", sendTo="a@b.co")["CreditMemo"]["EmailStatus"] == "EmailSent"
    assert api.http.get(f"{path}/pdf", headers={"Accept": "application/pdf"}).content.startswith(b"%PDF")
    voided = api.void("CreditMemo", api.read("CreditMemo", memo["Id"]))
    assert (voided["TotalAmt"], voided["RemainingCredit"]) == (0, 0)
    assert api.delete("CreditMemo", voided)["status"] == "Deleted"

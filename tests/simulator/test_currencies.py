"""Several currencies: rates of the day, documents in their customer's, amounts at home (5.10)."""

from decimal import Decimal

import pytest

from simulator.company import Company
from simulator.money import cents
from tests.simulator.caller import Api, Body, Refused, link, ref, sale


@pytest.fixture
def european(company: Company, api: Api) -> Body:
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    return api.customer("Boulangerie", CurrencyRef={"value": "EUR"})


def test_a_document_is_in_its_customers_currency_at_the_rate_of_its_day(api: Api, european: Body) -> None:
    """5.10"""
    rate = api.call("GET", "/exchangerate", sourcecurrencycode="EUR", asofdate="2026-10-01")["ExchangeRate"]
    made = api.invoice(european, sale(api.item(), 100), TxnDate="2026-10-01")
    assert (made["CurrencyRef"]["value"], made["ExchangeRate"]) == ("EUR", rate["Rate"])
    assert made["HomeTotalAmt"] == made["HomeBalance"] == cents(100 * rate["Rate"])
    assert api.read("Customer", european["Id"])["Balance"] == 100


def test_the_rate_of_a_day_stays_and_days_differ(api: Api, european: Body) -> None:
    """5.10"""
    rates = [
        api.call("GET", "/exchangerate", sourcecurrencycode="GBP", asofdate=f"2026-10-{day:02d}")["ExchangeRate"][
            "Rate"
        ]
        for day in (1, 1, 2, 3)
    ]
    assert rates[0] == rates[1]
    assert len(set(rates)) == 3


def test_a_rate_that_was_entered_holds_from_its_day(company: Company, api: Api, european: Body) -> None:
    """5.10"""
    company.set_rate("EUR", "1.25", "2026-10-01")
    api.call("POST", "/exchangerate", {"SourceCurrencyCode": "EUR", "Rate": 1.5, "AsOfDate": "2026-11-01"})
    item = api.item()
    days = ("2026-10-15", "2026-11-01")
    assert [api.invoice(european, sale(item, 1), TxnDate=day)["ExchangeRate"] for day in days] == [
        Decimal("1.25"), Decimal("1.5"),
    ]  # fmt: skip
    assert api.invoice(european, sale(item, 1), ExchangeRate=2)["ExchangeRate"] == 2


def test_the_currency_of_a_customer_never_changes(api: Api, european: Body) -> None:
    """5.10"""
    with pytest.raises(Refused, match="6000"):
        api.sparse("Customer", european, CurrencyRef={"value": "USD"})
    full = {"Id": european["Id"], "SyncToken": "0", "DisplayName": "Boulangerie Nord"}
    assert api.post("Customer", full)["CurrencyRef"]["value"] == "EUR"


def test_a_currency_must_be_one_and_be_kept(company: Company, api: Api) -> None:
    """5.10"""
    with pytest.raises(Refused, match="6000"):
        api.customer(CurrencyRef={"value": "EUR"})
    with pytest.raises(Refused, match="2500"):
        api.customer(CurrencyRef={"value": "XYZ"})


def test_a_document_in_another_currency_than_its_customers_is_refused(api: Api, european: Body) -> None:
    """5.10"""
    item = api.item()
    with pytest.raises(Refused, match="6000"):
        api.invoice(european, sale(item, 1), CurrencyRef={"value": "USD"})
    with pytest.raises(Refused, match="6000"):
        api.payment(european, 1, CurrencyRef={"value": "USD"})


def test_a_payment_settles_only_invoices_of_its_currency(api: Api, european: Body) -> None:
    """5.10"""
    job = api.customer("Shop", Job=True, ParentRef=ref(european))
    invoice = api.invoice(job, sale(api.item(), 10))
    body = {"CustomerRef": ref(european), "TotalAmt": 10, "Line": [link("Invoice", invoice["Id"], 10)]}
    with pytest.raises(Refused, match="6000"):
        api.post("Payment", body)


def test_with_several_currencies_domestic_documents_have_a_rate_of_one(api: Api, european: Body) -> None:
    """5.10"""
    made = api.invoice(api.customer(), sale(api.item(), 10))
    assert (made["ExchangeRate"], made["HomeTotalAmt"]) == (1, 10)


def test_several_currencies_cannot_be_given_up(api: Api, european: Body) -> None:
    """5.8, 5.10"""
    token = api.call("GET", "/preferences")["Preferences"]["SyncToken"]
    off = {"CurrencyPrefs": {"MultiCurrencyEnabled": False}}
    kept = api.post("Preferences", {"SyncToken": token, "sparse": True, **off})
    assert kept["CurrencyPrefs"]["MultiCurrencyEnabled"] is True

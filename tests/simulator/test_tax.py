"""Sales tax: off, manual, automated, and other countries (api 5.3.4)."""

from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, discount, sale

TAX = {"TaxCodeRef": {"value": "TAX"}}


def using_tax(company: Company, *, automated: bool = False) -> None:
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": automated}


def test_without_sales_tax_the_tax_is_zero_whatever_is_sent(api: Api) -> None:
    """5.3.4"""
    made = api.invoice(api.customer(), sale(api.item(), 100, **TAX), TxnTaxDetail={"TotalTax": 8})
    assert (made["TxnTaxDetail"], made["TotalAmt"]) == ({"TotalTax": 0}, 100)


def test_manual_tax_is_worked_out_from_the_code(company: Company, api: Api) -> None:
    """5.3.4: the recorded shape"""
    using_tax(company)
    lines = [sale(api.item(), Decimal("335.25"), **TAX), sale(None, 10)]
    made = api.invoice(api.customer(), *lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert made["TxnTaxDetail"] == {
        "TxnTaxCodeRef": {"value": "2"},
        "TotalTax": Decimal("26.82"),
        "TaxLine": [
            {
                "Amount": Decimal("26.82"),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": "3"},
                    "PercentBased": True,
                    "TaxPercent": 8,
                    "NetAmountTaxable": Decimal("335.25"),
                },
            }
        ],
    }
    assert made["TotalAmt"] == Decimal("372.07")


def test_an_untaxed_customer_pays_none(company: Company, api: Api) -> None:
    """5.3.4"""
    using_tax(company)
    reseller = api.customer(Taxable=False, TaxExemptionReasonId="9", ResaleNum="R-1")
    made = api.invoice(reseller, sale(api.item(), 100, **TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert made["TotalAmt"] == 100


@pytest.mark.parametrize(("after", "tax"), [(False, "8.00"), (True, "7.20")])
def test_the_discount_comes_before_or_after_tax(company: Company, api: Api, after: bool, tax: str) -> None:
    """5.3"""
    using_tax(company)
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    made = api.invoice(
        api.customer(), sale(api.item(), 100, **TAX), discount(percent=10), ApplyTaxAfterDiscount=after,
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
    )  # fmt: skip
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal(tax)


def test_automated_tax_goes_by_the_ship_to_state(company: Company, api: Api) -> None:
    """5.3.4"""
    using_tax(company, automated=True)
    customer, item = api.customer(ShipAddr={"CountrySubDivisionCode": "WA"}), api.item()
    made = api.invoice(customer, sale(item, 100, **TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "77"}})
    assert (made["TxnTaxDetail"]["TotalTax"], made["TxnTaxDetail"]["TxnTaxCodeRef"]["value"]) == (Decimal("9.40"), "2")
    moved = api.sparse("Invoice", made, ShipAddr={"CountrySubDivisionCode": "OR"})
    assert moved["TotalAmt"] == 100


def test_automated_tax_may_be_overridden_and_then_stays(company: Company, api: Api) -> None:
    """5.3.4"""
    using_tax(company, automated=True)
    customer = api.customer(ShipAddr={"CountrySubDivisionCode": "WA"})
    made = api.invoice(customer, sale(api.item(), 100, **TAX), TxnTaxDetail={"TotalTax": 5})
    assert made["TotalAmt"] == 105
    assert api.sparse("Invoice", made, PrivateNote="n")["TotalAmt"] == 105


class TestCanada:
    """5.3.4: codes on every line"""

    @pytest.fixture
    def api(self, sim: Simulator) -> Api:
        return Api(sim, sim.add_company("Maple Ltd", country="CAN"))

    def code(self, id: str) -> Body:
        return {"TaxCodeRef": {"value": id}}

    def test_a_line_without_a_code_is_refused(self, api: Api) -> None:
        with pytest.raises(
            Refused, match=r"6000 .*Make sure all your transactions have a GST/HST rate before you save"
        ):
            api.invoice(api.customer(), sale(api.item(), 100))

    def test_tax_is_added_or_included(self, api: Api) -> None:
        customer, item = api.customer(), api.item()
        added = api.invoice(customer, sale(item, 100, **self.code("3")), GlobalTaxCalculation="TaxExcluded")
        assert (added["TotalAmt"], added["CurrencyRef"]["value"]) == (113, "CAD")
        within = api.invoice(customer, sale(item, 113, **self.code("3")), GlobalTaxCalculation="TaxInclusive")
        assert (within["TotalAmt"], within["TxnTaxDetail"]["TotalTax"]) == (113, 13)

    def test_stale_tax_sent_back_is_refused(self, api: Api) -> None:
        item = api.item()
        made = api.invoice(api.customer(), sale(item, 100, **self.code("2")))
        with pytest.raises(Refused, match="6000"):
            api.sparse("Invoice", made, Line=[sale(item, 200, **self.code("2"))], TxnTaxDetail=made["TxnTaxDetail"])
        assert api.sparse("Invoice", made, Line=[sale(item, 200, **self.code("2"))])["TotalAmt"] == 210


def county(*details: Body, name: str = "County") -> Body:
    return {"TaxCode": name, "TaxRateDetails": list(details)}


NEW_RATE = {"TaxRateName": "County rate", "RateValue": "7.25", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}


def test_a_tax_code_is_made_with_its_rates_and_can_be_used(company: Company, api: Api) -> None:
    """5.7"""
    using_tax(company)
    made = api.call("POST", "/taxservice/taxcode", county(NEW_RATE, {"TaxRateId": "3"}), requestid="t")
    assert (made["TaxCode"], [each["TaxRateName"] for each in made["TaxRateDetails"]]) == (
        "County", ["County rate", "California"],
    )  # fmt: skip
    code = {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}}
    invoice = api.invoice(api.customer(), sale(api.item(), 100, **TAX), TxnTaxDetail=code)
    assert invoice["TxnTaxDetail"]["TotalTax"] == Decimal("15.25")
    assert api.call("POST", "/taxservice/taxcode", county(NEW_RATE), requestid="t") == made


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (county({"TaxRateId": "3"}, name="california"), "6240"),
        (county({**NEW_RATE, "TaxRateName": "California"}), "6240"),
        (county(), "2020"),
        (county({**NEW_RATE, "RateValue": None}), "2020"),
        (county({**NEW_RATE, "RateValue": "101"}), "2090"),
        (county({**NEW_RATE, "TaxAgencyId": "9"}), "2500"),
        (county({"TaxRateId": "99"}), "2500"),
        (county({**NEW_RATE, "TaxApplicableOn": "Both"}), "2170"),
        ({**county(NEW_RATE), "Colour": "red"}, "2010"),
        (county(NEW_RATE, name=""), "2020"),
    ],
)
def test_a_tax_code_that_cannot_be_is_refused_and_leaves_nothing(api: Api, body: Body, code: str) -> None:
    """5.7"""
    rates = api.query("select count(*) from TaxRate")
    with pytest.raises(Refused) as refused:
        api.call("POST", "/taxservice/taxcode", body)
    assert refused.value.code == code
    assert api.query("select count(*) from TaxRate") == rates


def test_automated_tax_stays_when_the_address_has_become_a_label(company: Company, api: Api) -> None:
    """5.3.4, 5.1.1"""
    using_tax(company, automated=True)
    address = {"Line1": "1 Pier Rd", "City": "Salem", "CountrySubDivisionCode": "MA", "PostalCode": "01970"}
    made = api.invoice(api.customer(ShipAddr=address), sale(api.item(), 100, **TAX))
    edited = api.sparse("Invoice", made, PrivateNote="n")
    assert edited["ShipAddr"]["Line3"] == "Salem, MA  01970"
    assert edited["TxnTaxDetail"] == made["TxnTaxDetail"]
    again = api.sparse("Invoice", edited, Line=[*made["Line"][:1], sale(api.item("Pine"), 100, **TAX)])
    assert again["TxnTaxDetail"]["TotalTax"] == 2 * made["TxnTaxDetail"]["TotalTax"] > 0

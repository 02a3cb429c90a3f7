"""Terms, tax codes, preferences, the company, several currencies (sections 5.6 to 5.10)."""

from decimal import Decimal

import pytest

from simulator.company import Company
from tests.simulator.caller import Api, Body, sale
from tests.simulator.rules.bodies import at, told
from tests.simulator.rules.refusing import refused


@pytest.fixture
def preferences(api: Api) -> Body:
    found: Body = api.call("GET", "/preferences")["Preferences"]
    return found


@pytest.fixture
def info(api: Api) -> Body:
    found: Body = api.call("GET", f"/companyinfo/{api.company.realm}")["CompanyInfo"]
    return found


def test_a_terms_name_has_31_characters(api: Api) -> None:
    """5.6-1"""
    assert api.post("Term", {"Name": "x" * 31, "DueDays": 5})["Name"] == "x" * 31
    with refused("2050"):
        api.post("Term", {"Name": "x" * 32, "DueDays": 5})


def test_an_inactive_term_is_not_for_new_invoices(api: Api, customer: Body, item: Body) -> None:
    """5.6-2"""
    term = api.post("Term", {"Name": "Net 45", "DueDays": 45})
    assert term["Active"] is True
    assert api.sparse("Term", term, Active=False)["Active"] is False
    with refused("610"):
        api.invoice(customer, sale(item, 5), SalesTermRef={"value": term["Id"]})


@pytest.mark.parametrize(
    ("rule", "field", "allowed", "refusals"),
    [
        ("5.6-4", "DueDays", (0, 999), (-1, 1000)),
        ("5.6-5", "DiscountDays", (0, 999), (-1, 1000)), ("5.6-6", "DayOfMonthDue", (1, 31), (0, 32)),
        ("5.6-6", "DueNextMonthDays", (0, 999), (-1, 1000)),
    ],
)  # fmt: skip
def test_a_number_of_a_term_has_its_range(
    api: Api, rule: str, field: str, allowed: tuple[int, ...], refusals: tuple[int, ...]
) -> None:
    base = {"DayOfMonthDue": 5} if field == "DueNextMonthDays" else {}
    for number in allowed:
        assert api.post("Term", {"Name": f"Term {number}", **base, field: number})[field] == number
    for number in refusals:
        with refused("2090"):
            api.post("Term", {"Name": f"Term {number}", **base, field: number})


def test_a_discount_is_at_most_the_whole(api: Api) -> None:
    """5.6-5"""
    for percent in (-1, 101):
        with refused("2090"):
            api.post("Term", {"Name": "2/10", "DueDays": 30, "DiscountPercent": percent})


def test_a_discount_for_early_payment_is_never_applied(api: Api, customer: Body, item: Body) -> None:
    """5.6-5"""
    term = api.post("Term", {"Name": "2/10", "DueDays": 30, "DiscountPercent": 2, "DiscountDays": 10})
    made = api.invoice(customer, sale(item, 100), SalesTermRef={"value": term["Id"]})
    assert (made["TotalAmt"], api.payment(customer, 98, {made["Id"]: 98})["UnappliedAmt"]) == (100, 0)
    assert api.read("Invoice", made["Id"])["Balance"] == 2


def test_a_tax_code_is_made_with_its_rates(api: Api) -> None:
    """5.7-1"""
    body = {
        "TaxCode": "County",
        "TaxRateDetails": [
            {"TaxRateName": "County rate", "RateValue": "7.25", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
        ],
    }
    made = api.http.post("/taxservice/taxcode", json=body)
    assert made.status_code == 200
    assert made.json()["TaxCode"] == "County"
    [code] = api.query("select * from TaxCode where Name = 'County'")["TaxCode"]
    assert code["Id"] == made.json()["TaxCodeId"]
    assert "Fault" in api.http.post("/taxservice/taxcode", json=body).json()


def test_tax_and_non_are_codes_of_lines_and_numbers_are_groups(company: Company, api: Api, item: Body) -> None:
    """5.7-2"""
    groups = {code["Id"]: code["TaxGroup"] for code in api.query("select * from TaxCode")["TaxCode"]}
    assert (groups["TAX"], groups["NON"], groups["2"]) == (False, False, True)
    customer = api.customer()
    for code in ("TAX", "NON", "CustomSalesTax"):
        line = api.invoice(customer, sale(item, 5, TaxCodeRef={"value": code}))["Line"][0]
        assert line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == code
    with refused("2500"):
        api.invoice(customer, sale(item, 5, TaxCodeRef={"value": "77"}))


def test_a_tax_code_tells_its_rates(api: Api) -> None:
    """5.7-3"""
    code = api.read("TaxCode", "2")
    assert {"Name", "Active", "Taxable", "TaxGroup", "Hidden", "PurchaseTaxRateList"} <= set(code)
    [detail] = code["SalesTaxRateList"]["TaxRateDetail"]
    assert set(detail) >= {"TaxRateRef", "TaxTypeApplicable", "TaxOrder"}
    assert api.read("TaxRate", detail["TaxRateRef"]["value"])["RateValue"] == 8


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate"])
def test_tax_codes_and_rates_are_not_captured(api: Api, entity: str) -> None:
    """5.7-4, 7-8"""
    response = api.http.get("/cdc", params={"entities": f"Customer,{entity}", "changedSince": "2026-11-01"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("5.8-2", "SalesFormsPrefs.AllowDiscount"), ("5.8-2", "SalesFormsPrefs.AllowShipping"),
        ("5.8-2", "SalesFormsPrefs.AllowDeposit"), ("5.8-2", "SalesFormsPrefs.AllowEstimates"),
        ("5.8-2", "SalesFormsPrefs.AllowServiceDate"), ("5.8-3", "SalesFormsPrefs.DefaultTerms.value"),
        ("5.8-4", "SalesFormsPrefs.AutoApplyCredit"), ("5.8-4", "SalesFormsPrefs.AutoApplyPayments"),
        ("5.8-5", "SalesFormsPrefs.ETransactionPaymentEnabled"), ("5.8-5", "SalesFormsPrefs.ETransactionEnabledStatus"),
        ("5.8-5", "SalesFormsPrefs.ETransactionAttachPDF"), ("5.8-5", "SalesFormsPrefs.IPNSupportEnabled"),
        ("5.8-6", "SalesFormsPrefs.CustomField"), ("5.8-7", "SalesFormsPrefs.UsingPriceLevels"),
        ("5.8-7", "SalesFormsPrefs.DefaultCustomerMessage"), ("5.8-7", "SalesFormsPrefs.EmailCopyToCompany"),
        ("5.8-8", "TaxPrefs.UsingSalesTax"), ("5.8-9", "CurrencyPrefs.MultiCurrencyEnabled"),
        ("5.8-9", "CurrencyPrefs.HomeCurrency.value"), ("5.8-10", "AccountingInfoPrefs.UseAccountNumbers"),
        ("5.8-10", "AccountingInfoPrefs.ClassTrackingPerTxn"),
        ("5.8-10", "AccountingInfoPrefs.ClassTrackingPerTxnLine"),
        ("5.8-10", "AccountingInfoPrefs.TrackDepartments"), ("5.8-10", "AccountingInfoPrefs.DepartmentTerminology"),
        ("5.8-10", "AccountingInfoPrefs.FirstMonthOfFiscalYear"), ("5.8-10", "AccountingInfoPrefs.CustomerTerminology"),
        ("5.8-11", "ProductAndServicesPrefs.ForSales"), ("5.8-11", "ProductAndServicesPrefs.QuantityWithPriceAndRate"),
        ("5.8-11", "ProductAndServicesPrefs.QuantityOnHand"),
    ],
)  # fmt: skip
def test_a_preference_stands_in_its_place(preferences: Body, rule: str, path: str) -> None:
    assert told(preferences, path) is not None


@pytest.mark.parametrize(
    "name",
    [
        "SalesFormsPrefs.DefaultItem", "SalesFormsPrefs.DefaultCustomerMessage", "ProjectsEnabled",
        "TimeTrackingFeatureEnabled", "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "WarnDuplicateBillNumber",
    ],
)  # fmt: skip
def test_other_preferences_are_pairs(preferences: Body, name: str) -> None:
    """5.8-12"""
    names = {pair["Name"] for pair in preferences["OtherPrefs"]["NameValue"]}
    assert [each for each in names if each == name or each.endswith(f".{name}")]


def test_mail_copies_are_a_preference(api: Api, preferences: Body) -> None:
    """5.8-7"""
    sales = {"SalesEmailCc": {"Address": "cc@b.co"}, "SalesEmailBcc": {"Address": "bcc@b.co"}}
    changed = api.post("Preferences", {"SyncToken": preferences["SyncToken"], "sparse": True, "SalesFormsPrefs": sales})
    assert changed["SalesFormsPrefs"].items() >= sales.items()


def test_the_tax_mode_is_a_preference_of_three_states(api: Api, preferences: Body) -> None:
    """5.8-8"""
    assert "PartnerTaxEnabled" not in preferences["TaxPrefs"]
    for automated in (False, True):
        tax = {"UsingSalesTax": True, "PartnerTaxEnabled": automated, "TaxGroupCodeRef": {"value": "2"}}
        token = api.call("GET", "/preferences")["Preferences"]["SyncToken"]
        changed = api.post("Preferences", {"SyncToken": token, "sparse": True, "TaxPrefs": tax})
        assert changed["TaxPrefs"] == tax


def test_several_currencies_stay_on(api: Api) -> None:
    """5.8-9, 5.10-a"""
    for wanted in (True, False):
        token = api.call("GET", "/preferences")["Preferences"]["SyncToken"]
        body = {"SyncToken": token, "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": wanted}}
        assert api.post("Preferences", body)["CurrencyPrefs"]["MultiCurrencyEnabled"] is True


def test_the_day_the_books_were_closed_is_a_preference(company: Company, api: Api, preferences: Body) -> None:
    """5.8-10, 5.3.6-4"""
    assert "BookCloseDate" not in preferences["AccountingInfoPrefs"]
    company.close_books("2026-10-31")
    assert api.call("GET", "/preferences")["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"] == "2026-10-31"


def test_preferences_are_read_by_get_and_by_query(api: Api, preferences: Body) -> None:
    """5.8-a"""
    assert api.query("select * from Preferences")["Preferences"] == [preferences]


def test_the_company_is_read_by_get_and_by_query(api: Api, info: Body) -> None:
    """5.9-a"""
    assert info["Id"] == "1"
    assert api.query("select * from CompanyInfo")["CompanyInfo"] == [info]


@pytest.mark.parametrize(
    "path",
    [
        "CompanyName", "LegalName", "CompanyAddr.City", "LegalAddr.City", "CustomerCommunicationAddr.City",
        "CustomerCommunicationEmailAddr.Address", "PrimaryPhone.FreeFormNumber", "Email.Address", "WebAddr.URI",
        "Country", "FiscalYearStartMonth", "CompanyStartDate", "SupportedLanguages", "EmployerId",
    ],
)  # fmt: skip
def test_the_company_tells_of_itself(company: Company, api: Api, info: Body, path: str) -> None:
    """5.9-b"""
    if told(info, path) is None:
        company.update("CompanyInfo", {"sparse": True, **at(path, "a@b.co")})
    assert told(api.call("GET", "/companyinfo/1")["CompanyInfo"], path) is not None


@pytest.mark.parametrize(("path", "limit"), [("CompanyName", 1024), ("Email.Address", 100), ("WebAddr.URI", 1000)])
def test_what_the_company_is_called_has_its_length(api: Api, info: Body, path: str, limit: int) -> None:
    """5.9-b"""
    end = "@b.co" if path.startswith("Email") else ""
    text = "x" * (limit - len(end)) + end
    update = {"Id": "1", "SyncToken": info["SyncToken"], "sparse": True}
    with refused("2050"):
        api.post("CompanyInfo", {**update, **at(path, "x" + text)})
    assert told(api.post("CompanyInfo", {**update, **at(path, text)}), path) == text


@pytest.mark.parametrize(
    "name",
    [
        "NeoEnabled", "IndustryType", "CompanyType", "SubscriptionStatus", "OfferingSku", "PayrollFeature",
        "AccountantFeature", "ItemCategoriesFeature", "IsQbdtMigrated",
    ],
)  # fmt: skip
def test_the_company_has_pairs(info: Body, name: str) -> None:
    """5.9-b"""
    assert name in {pair["Name"] for pair in info["NameValue"]}


@pytest.mark.parametrize(
    ("status", "writable"),
    [
        ("TRIAL", True), ("SUBSCRIBED", True), ("TRIALOPTIN", True), ("SUSPENDED", False), ("EXPIRED", False),
        ("CANCELLED", False),
    ],
)  # fmt: skip
def test_a_lapsed_subscription_reads_and_does_not_write(
    company: Company, api: Api, customer: Body, status: str, writable: bool
) -> None:
    """5.9-c"""
    company.subscription = status
    assert api.read("Customer", customer["Id"])["DisplayName"] == "Harbor Goods"
    pairs = api.call("GET", "/companyinfo/1")["CompanyInfo"]["NameValue"]
    assert {"Name": "SubscriptionStatus", "Value": status} in pairs
    if writable:
        assert api.customer("Quay")["Id"] == "2"
    else:
        with refused("6190"):
            api.customer("Quay")


def test_the_companys_addresses_have_no_position(info: Body) -> None:
    """5.9-d"""
    assert info["Country"] == "USA"
    assert not {"Lat", "Long"} & set(info["CompanyAddr"])


def test_foreign_documents_are_in_foreign_units(company: Company, api: Api, item: Body) -> None:
    """5.10-b"""
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    customer = api.customer("Montréal", CurrencyRef={"value": "CAD"})
    made = api.invoice(customer, sale(item, 100), ExchangeRate=Decimal("0.75"))
    api.payment(customer, 40, {made["Id"]: 40})
    after = api.read("Invoice", made["Id"])
    assert (after["TotalAmt"], after["Balance"]) == (100, 60)
    assert (after["HomeTotalAmt"], after["HomeBalance"]) == (75, 45)
    assert api.read("Customer", customer["Id"])["Balance"] == 60

"""What a new company's books hold from the start: accounts, terms, tax codes, preferences (api 5.6–5.9)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulator.books import Body, Books, Record
from simulator.rules import RULES
from simulator.rules.tax import AUTOMATED_CODE, STATE_RATES
from simulator.schema import ENTITIES

ACCOUNTS = (
    ("1", "Services", "Income", "ServiceFeeIncome"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("35", "Checking", "Bank", "Checking"),
    ("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("81", "Inventory Asset", "Other Current Asset", "Inventory"),
    ("82", "Shipping Income", "Income", "ServiceFeeIncome"),
    ("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("86", "Discounts given", "Income", "DiscountsRefundsGiven"),
    ("88", "Uncategorized Income", "Income", "ServiceFeeIncome"),
)
TERMS = (("1", "Due on receipt", 0), ("2", "Net 15", 15), ("3", "Net 30", 30), ("4", "Net 60", 60), ("5", "Net 10", 10))
PAYMENT_METHODS = (
    ("1", "Cash", "NON_CREDIT_CARD"), ("2", "Check", "NON_CREDIT_CARD"), ("3", "Visa", "CREDIT_CARD"),
    ("4", "MasterCard", "CREDIT_CARD"), ("5", "Discover", "CREDIT_CARD"), ("6", "American Express", "CREDIT_CARD"),
    ("7", "Diners Club", "CREDIT_CARD"), ("8", "Bank transfer", "NON_CREDIT_CARD"),
)  # fmt: skip
OTHER_PREFERENCES = (
    ("SalesFormsPrefs.DefaultItem", "1"), ("SalesFormsPrefs.DefaultCustomerMessage", "Thank you for your business!"),
    ("ProjectsEnabled", "true"), ("TimeTrackingFeatureEnabled", "true"),
    ("VendorAndPurchasesPrefs.UseCustomTxnNumbers", "false"),
    ("VendorAndPurchasesPrefs.WarnDuplicateBillNumber", "true"),
)  # fmt: skip


def open_books(books: Books, name: str, *, country: str = "USA", preferences: Mapping[str, Any] | None = None) -> None:
    """Fill empty books. `preferences` go over the defaults, group by group."""
    keep(books, "Preferences", "1", merged(default_preferences(country), preferences or {}))
    keep(books, "CompanyInfo", "1", company_info(name, country))
    for id, account, kind, subtype in ACCOUNTS:
        keep(books, "Account", id, {"Name": account, "AccountType": kind, "AccountSubType": subtype})
    for id, term, days in TERMS:
        keep(books, "Term", id, {"Name": term, "DueDays": days})
    for id, method, kind in PAYMENT_METHODS:
        keep(books, "PaymentMethod", id, {"Name": method, "Type": kind})
    _tax(books, country)
    books.sequences["Txn"] = 0
    books.trail.clear()


def keep(books: Books, entity: str, id: str, body: Body) -> Record:
    """Put an object under an id of our choice, as the books would have it after a create."""
    rules = RULES[entity]
    body = rules.complete(books, {**rules.defaults, **body}, None, frozenset()) if entity != "Preferences" else body
    record = Record(ENTITIES[entity], id, body, created=books.now, updated=books.now)
    books.tables[entity].records[id] = record
    if id.isdigit():
        books.sequences[entity] = max(books.sequences.get(entity, 0), int(id))
    rules.saved(books, record, {})
    return record


def merged(defaults: Body, changes: Mapping[str, Any]) -> Body:
    """`changes` over `defaults`, one level into each group."""
    result = dict(defaults)
    for group, values in changes.items():
        present = result.get(group)
        result[group] = {**present, **values} if isinstance(present, dict) and isinstance(values, dict) else values
    return result


def _tax(books: Books, country: str) -> None:
    keep(books, "TaxAgency", "1", {"DisplayName": "Board of Equalization" if country in {"US", "USA"} else "Revenue"})
    if country not in {"US", "USA"}:
        _foreign_tax(books)
        return
    for id, taxable in (("TAX", True), ("NON", False)):
        keep(books, "TaxCode", id, {"Name": id, "Taxable": taxable, "TaxGroup": False, "Hidden": False})
    rate = {"Active": True, "AgencyRef": {"value": "1"}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"}
    keep(books, "TaxRate", "3", {"Name": "California", "RateValue": Decimal(8), **rate})
    keep(books, "TaxCode", AUTOMATED_CODE, {"Name": "California", **_group("3")})
    for number, (state, percent) in enumerate(STATE_RATES.items(), start=10):
        keep(books, "TaxRate", str(number), {"Name": f"State {state}", "RateValue": percent, **rate})


def _foreign_tax(books: Books) -> None:
    for id, name, percent in (("1", "Exempt", 0), ("2", "GST", 5), ("3", "HST ON", 13)):
        rate = {"RateValue": Decimal(percent), "AgencyRef": {"value": "1"}, "DisplayType": "ReadOnly"}
        keep(books, "TaxRate", id, {"Name": name, **rate})
        keep(books, "TaxCode", id, {"Name": name, **_group(id)})


def _group(rate_id: str) -> Body:
    detail = {"TaxRateRef": {"value": rate_id}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
    return {
        "Taxable": True,
        "TaxGroup": True,
        "Hidden": False,
        "SalesTaxRateList": {"TaxRateDetail": [detail]},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def company_info(name: str, country: str) -> Body:
    """CompanyInfo with the pairs that tell plan and subscription (api 5.9)."""
    pairs = {
        "NeoEnabled": "true", "IndustryType": "Food wholesale", "CompanyType": "LLC",
        "SubscriptionStatus": "SUBSCRIBED", "OfferingSku": "QuickBooks Online Plus", "PayrollFeature": "false",
        "AccountantFeature": "false", "ItemCategoriesFeature": "true", "IsQbdtMigrated": "false",
    }  # fmt: skip
    return {
        "CompanyName": name,
        "LegalName": name,
        "CompanyAddr": {
            "Id": "1", "Line1": "2400 Larkspur Lane", "City": "Petaluma", "CountrySubDivisionCode": "CA",
            "PostalCode": "94952", "Country": country,
        },
        "CompanyStartDate": "2020-01-01",
        "FiscalYearStartMonth": "January",
        "Country": country,
        "Email": {"Address": "books@example.com"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [{"Name": key, "Value": value} for key, value in pairs.items()],
    }  # fmt: skip


def default_preferences(country: str) -> Body:
    """Automatic numbers, no sales tax in the US, discounts and shipping off: what is needed must be switched on."""
    home = {"US": "USD", "USA": "USD", "CA": "CAD", "CAN": "CAD", "GB": "GBP", "GBR": "GBP", "AU": "AUD", "AUS": "AUD"}
    return {
        "AccountingInfoPrefs": {
            "FirstMonthOfFiscalYear": "January", "UseAccountNumbers": False, "TaxYearMonth": "January",
            "ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False, "TrackDepartments": False,
            "CustomerTerminology": "Customers", "DepartmentTerminology": "Location",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True, "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomField": [], "CustomTxnNumbers": False, "AllowDeposit": False, "AllowDiscount": False,
            "DefaultDiscountAccount": "86", "AllowEstimates": True, "EstimateMessage": "", "AllowServiceDate": False,
            "AllowShipping": False, "ETransactionEnabledStatus": "NotApplicable", "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False, "IPNSupportEnabled": False, "DefaultTerms": {"value": "3"},
            "AutoApplyCredit": False, "AutoApplyPayments": False, "UsingPriceLevels": False,
            "UsingProgressInvoicing": False, "DefaultCustomerMessage": "Thank you for your business!",
            "EmailCopyToCompany": False,
        },
        "EmailMessagesPrefs": {},
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": False, "BillableExpenseTracking": False},
        "TimeTrackingPrefs": {"UseServices": False, "BillCustomers": False, "MarkTimeEntriesBillable": False},
        "TaxPrefs": {"UsingSalesTax": country not in {"US", "USA"}},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": home.get(country, "USD")}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": name, "Value": value} for name, value in OTHER_PREFERENCES]},
    }  # fmt: skip

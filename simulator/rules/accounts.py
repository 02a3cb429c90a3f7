"""The chart of accounts: types, what they are classified as, and their common sub-types (the first is the default)."""

from collections.abc import Set
from dataclasses import dataclass
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.rules.currency import home_currency
from simulator.rules.listed import ListRules


@dataclass(frozen=True, slots=True)
class Type:
    """One account type."""

    classification: str
    subtypes: tuple[str, ...]


def _type(classification: str, subtypes: str) -> Type:
    return Type(classification, tuple(subtypes.split()))


TYPES = {
    "Bank": _type("Asset", "Checking CashOnHand MoneyMarket RentsHeldInTrust Savings TrustAccounts"),
    "Accounts Receivable": _type("Asset", "AccountsReceivable"),
    "Other Current Asset": _type(
        "Asset", "OtherCurrentAssets AllowanceForBadDebts EmployeeCashAdvances Inventory LoansToOthers PrepaidExpenses "
        "Retainage UndepositedFunds",
    ),
    "Fixed Asset": _type(
        "Asset",
        "OtherFixedAssets Buildings FurnitureAndFixtures Land MachineryAndEquipment Vehicles",
    ),
    "Other Asset": _type("Asset", "OtherLongTermAssets Goodwill Licenses SecurityDeposits"),
    "Accounts Payable": _type("Liability", "AccountsPayable"),
    "Credit Card": _type("Liability", "CreditCard"),
    "Other Current Liability": _type(
        "Liability",
        "OtherCurrentLiabilities GlobalTaxPayable LineOfCredit LoanPayable PayrollTaxPayable SalesTaxPayable",
    ),
    "Long Term Liability": _type("Liability", "OtherLongTermLiabilities NotesPayable ShareholderNotesPayable"),
    "Equity": _type("Equity", "OwnersEquity OpeningBalanceEquity PartnersEquity RetainedEarnings"),
    "Income": _type(
        "Revenue", "SalesOfProductIncome DiscountsRefundsGiven NonProfitIncome OtherPrimaryIncome ServiceFeeIncome "
        "UnappliedCashPaymentIncome",
    ),
    "Other Income": _type("Revenue", "OtherMiscellaneousIncome DividendIncome InterestEarned OtherInvestmentIncome"),
    "Expense": _type(
        "Expense", "OtherBusinessExpenses AdvertisingPromotional Auto Insurance OfficeGeneralAdministrativeExpenses "
        "RentOrLeaseOfBuildings RepairMaintenance SuppliesMaterials Travel Utilities",
    ),
    "Other Expense": _type("Expense", "OtherMiscellaneousExpense Depreciation PenaltiesSettlements"),
    "Cost of Goods Sold": _type("Expense", "SuppliesMaterialsCogs CostOfLaborCos OtherCostsOfServiceCos"),
}  # fmt: skip


def _type_of(subtype: str) -> str:
    """The type a sub-type belongs to; an uncommon one counts as an expense."""
    return next((name for name, kind in TYPES.items() if subtype in kind.subtypes), "Expense")


class AccountRules(ListRules):
    """The chart of accounts: type decides classification; names are unique under one parent."""

    kept: ClassVar[tuple[str, ...]] = ("Active", "CurrentBalance", "CurrentBalanceWithSubAccounts", "CurrencyRef")

    def required(self, body: Body, before: Record | None) -> None:
        super().required(body, before)
        if not body.get("AccountType") and not body.get("AccountSubType"):
            raise refusals.required("AccountType")

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        body = super().complete(books, body, before, options)
        kind = TYPES.get(body.setdefault("AccountType", _type_of(body.get("AccountSubType", ""))))
        if kind is None:
            raise refusals.invalid_enumeration("AccountType", body["AccountType"])
        body.setdefault("AccountSubType", kind.subtypes[0])
        body.setdefault("Classification", kind.classification)
        body.setdefault("CurrentBalance", 0)
        body.setdefault("CurrentBalanceWithSubAccounts", 0)
        body.setdefault("CurrencyRef", {"value": home_currency(books)})
        parent = books.find("Account", body["ParentRef"]["value"]) if body.get("ParentRef") else None
        body["SubAccount"] = parent is not None
        body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{body['Name']}" if parent else body["Name"]
        return body

    def name_key(self, body: Body) -> str:
        return fold(f"{body.get('ParentRef', {}).get('value', '')}:{body['Name']}")

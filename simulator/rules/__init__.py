"""The rules by which books are kept, one module per kind of object; `RULES` is the index."""

from simulator.rules.accounts import AccountRules
from simulator.rules.items import ItemRules
from simulator.rules.listed import (
    CompanyInfoRules,
    ListRules,
    PaymentMethodRules,
    PreferencesRules,
    Rules,
    TaxAgencyRules,
    TermRules,
)
from simulator.rules.payments import PaymentRules
from simulator.rules.people import CustomerRules, PersonRules, VendorRules
from simulator.rules.receipts import EstimateRules, RefundReceiptRules, SalesReceiptRules
from simulator.rules.sales import CreditMemoRules, InvoiceRules
from simulator.schema import ENTITIES

RULES: dict[str, Rules] = {
    name: rules(ENTITIES[name])
    for name, rules in (
        ("Customer", CustomerRules), ("Vendor", VendorRules), ("Employee", PersonRules), ("Item", ItemRules),
        ("Account", AccountRules), ("Term", TermRules), ("PaymentMethod", PaymentMethodRules), ("TaxCode", ListRules),
        ("TaxRate", ListRules), ("Preferences", PreferencesRules), ("CompanyInfo", CompanyInfoRules),
        ("TaxAgency", TaxAgencyRules), ("Invoice", InvoiceRules), ("CreditMemo", CreditMemoRules),
        ("SalesReceipt", SalesReceiptRules), ("RefundReceipt", RefundReceiptRules), ("Estimate", EstimateRules),
        ("Payment", PaymentRules),
    )
}  # fmt: skip

"""The fields of every entity: what a client may write, what only the server writes, limits, order of reply keys.

One table per entity, after api 5; the order of keys in replies is the recorded one (api 5.3). A property in none of
`fields`, `readonly` and `STANDARD` is unknown and refused with 2010.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal[
    "text", "name", "flag", "number", "money", "whole", "date", "enum", "ref", "address", "email", "phone", "web",
    "memo", "lines", "custom", "tax", "links", "object", "objects",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One writable property. `limit` counts characters; `target` names the entity a reference points to."""

    kind: Kind
    limit: int = 0
    target: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One kind of object. `list_name` is how faults call its list; `name_field` what it is known by."""

    name: str
    order: tuple[str, ...]
    fields: dict[str, Field]
    readonly: frozenset[str] = frozenset()
    name_field: str = "Name"
    list_name: str = ""
    transaction: bool = False
    sales: bool = False
    writable: bool = True
    filters: frozenset[str] = frozenset()

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """(property, entity it points to) of every reference."""
        return tuple((name, rule.target) for name, rule in self.fields.items() if rule.target)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every property a request may name, be it ignored or not."""
        return frozenset(self.fields) | self.readonly | STANDARD | frozenset(self.order)


STANDARD = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})

ADDRESS = {
    **{f"Line{number}": 500 for number in range(1, 6)},
    "City": 255, "Country": 255, "CountryCode": 255, "CountrySubDivisionCode": 255, "PostalCode": 30,
    "PostalCodeSuffix": 30, "Note": 255, "Id": 0, "Lat": 0, "Long": 0, "Tag": 0,
}  # fmt: skip
REF = frozenset({"value", "name", "type"})


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def text(limit: int) -> Field:
    return Field("text", limit)


def name(limit: int) -> Field:
    """A text that may hold no colon, tab or line break (2040)."""
    return Field("name", limit)


def ref(target: str) -> Field:
    return Field("ref", target=target)


def enum(*options: str) -> Field:
    return Field("enum", options=options)


FLAG, NUMBER, MONEY, WHOLE, DATE = Field("flag"), Field("number"), Field("money"), Field("whole"), Field("date")
ADDR, EMAIL, PHONE, WEB = Field("address"), Field("email", 100), Field("phone", 30), Field("web", 1000)

ENVELOPE = "domain sparse Id SyncToken MetaData "

PERSON = {
    "DisplayName": name(500), "Title": text(16), "GivenName": name(100), "MiddleName": name(100),
    "FamilyName": name(100), "Suffix": text(16), "PrintOnCheckName": text(110), "Active": FLAG,
    "PrimaryPhone": PHONE, "AlternatePhone": PHONE, "Mobile": PHONE, "Fax": PHONE, "PrimaryEmailAddr": EMAIL,
    "WebAddr": WEB,
}  # fmt: skip

CUSTOMER = Entity(
    "Customer",
    order=words(
        "Taxable TaxExemptionReasonId ResaleNum BillAddr Notes ShipAddr Job BillWithParent ParentRef Level "
        "CustomerTypeRef SalesTermRef PaymentMethodRef Balance OpenBalanceDate BalanceWithJobs CurrencyRef "
        "PreferredDeliveryMethod IsProject ClientEntityId " + ENVELOPE + "Title GivenName MiddleName FamilyName Suffix "
        "FullyQualifiedName CompanyName DisplayName PrintOnCheckName Active V4IDPseudonym PrimaryPhone AlternatePhone "
        "Mobile Fax PrimaryEmailAddr WebAddr DefaultTaxCodeRef"
    ),
    fields={
        **PERSON,
        "CompanyName": text(100), "Notes": text(2000), "BillAddr": ADDR, "ShipAddr": ADDR, "Job": FLAG,
        "ParentRef": ref("Customer"), "BillWithParent": FLAG, "Taxable": FLAG,
        "TaxExemptionReasonId": enum(*(str(number) for number in range(1, 16))), "ResaleNum": text(16),
        "DefaultTaxCodeRef": ref("TaxCode"), "SalesTermRef": ref("Term"), "PaymentMethodRef": ref("PaymentMethod"),
        "CustomerTypeRef": ref("CustomerType"), "PreferredDeliveryMethod": enum("Print", "Email", "None"),
        "CurrencyRef": ref("Currency"),
    },
    readonly=frozenset(words(
        "FullyQualifiedName Level BalanceWithJobs IsProject ClientEntityId V4IDPseudonym ARAccountRef Source "
        "GSTIN GSTRegistrationType BusinessNumber PrimaryTaxIdentifier SecondaryTaxIdentifier TotalExpense "
        "TotalRevenue Overdue RootCustomerRef CreditLimit AcctNum PrefVendorId OtherContactInfo OtherAddr ContactName "
        "AltContactName ResaleNumber JobInfo CustomField UserId CCDetail TaxRegime SalesRepRef PriceLevelRef "
        "TaxGroupCodeRef OpenBalanceDate"
    )),
    name_field="DisplayName",
    list_name="Names",
    filters=frozenset(words(
        "DisplayName GivenName MiddleName FamilyName CompanyName PrintOnCheckName FullyQualifiedName PrimaryEmailAddr "
        "PrimaryPhone Active Balance Job ParentRef Taxable"
    )),
)  # fmt: skip

VENDOR = Entity(
    "Vendor",
    order=words(
        "BillAddr Balance AcctNum Vendor1099 CurrencyRef " + ENVELOPE + "Title GivenName MiddleName FamilyName Suffix "
        "CompanyName DisplayName PrintOnCheckName Active V4IDPseudonym PrimaryPhone AlternatePhone Mobile Fax "
        "PrimaryEmailAddr WebAddr"
    ),
    fields={
        **PERSON,
        "CompanyName": text(100), "BillAddr": ADDR, "AcctNum": text(100), "Vendor1099": FLAG, "TermRef": ref("Term"),
        "CurrencyRef": ref("Currency"),
    },
    readonly=frozenset(words("Balance V4IDPseudonym TaxIdentifier OtherContactInfo CostRate BillRate APAccountRef")),
    name_field="DisplayName",
    list_name="Names",
    filters=frozenset(words("DisplayName GivenName MiddleName FamilyName CompanyName PrintOnCheckName Active Balance")),
)  # fmt: skip

EMPLOYEE = Entity(
    "Employee",
    order=words(
        "PrimaryAddr BillableTime HiredDate " + ENVELOPE + "Title GivenName MiddleName FamilyName Suffix DisplayName "
        "PrintOnCheckName Active V4IDPseudonym PrimaryPhone Mobile PrimaryEmailAddr"
    ),
    fields={**PERSON, "PrimaryAddr": ADDR, "BillableTime": FLAG, "HiredDate": DATE},
    readonly=frozenset(words("V4IDPseudonym SSN EmployeeNumber Gender BirthDate ReleasedDate Organization BillRate")),
    name_field="DisplayName",
    list_name="Names",
    filters=frozenset(words("DisplayName GivenName MiddleName FamilyName PrintOnCheckName Active")),
)

ITEM = Entity(
    "Item",
    order=words(
        "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable SalesTaxIncluded UnitPrice "
        "Type IncomeAccountRef PurchaseDesc PurchaseCost ExpenseAccountRef AssetAccountRef TrackQtyOnHand QtyOnHand "
        "InvStartDate SalesTaxCodeRef TaxClassificationRef DeferredRevenue " + ENVELOPE
    ),
    fields={
        "Name": name(100), "Sku": text(100), "Description": text(4000), "Active": FLAG, "SubItem": FLAG,
        "ParentRef": ref("Item"), "Taxable": FLAG, "SalesTaxIncluded": FLAG, "UnitPrice": NUMBER,
        "Type": enum("Inventory", "Service", "NonInventory", "Category", "Group"), "IncomeAccountRef": ref("Account"),
        "PurchaseDesc": text(1000), "PurchaseCost": NUMBER, "ExpenseAccountRef": ref("Account"),
        "AssetAccountRef": ref("Account"), "TrackQtyOnHand": FLAG, "QtyOnHand": NUMBER, "InvStartDate": DATE,
        "SalesTaxCodeRef": ref("TaxCode"), "TaxClassificationRef": ref("TaxClassification"),
    },
    readonly=frozenset(words(
        "Level FullyQualifiedName DeferredRevenue RatePercent PurchaseTaxIncluded PurchaseTaxCodeRef ReorderPoint "
        "PrefVendorRef ClassRef AbatementRate ReverseChargeRate ServiceType ItemCategoryType ItemGroupDetail "
        "PrintGroupedItems Source ManPartNum CustomField AvgCost UOMSetRef QtyOnPurchaseOrder QtyOnSalesOrder "
        "COGSAccountRef DepositToAccountRef SalesTaxCodeRef SpecialItem SpecialItemType"
    )),
    list_name="Items",
    filters=frozenset(words("Name Sku Description Type Active FullyQualifiedName UnitPrice ParentRef SubItem Taxable")),
)  # fmt: skip

ACCOUNT = Entity(
    "Account",
    order=words(
        "Name SubAccount ParentRef Description FullyQualifiedName Active Classification AccountType AccountSubType "
        "AcctNum CurrentBalance CurrentBalanceWithSubAccounts CurrencyRef " + ENVELOPE
    ),
    fields={
        "Name": name(100), "AcctNum": text(20), "Description": text(100), "Active": FLAG, "SubAccount": FLAG,
        "ParentRef": ref("Account"), "AccountType": text(100), "AccountSubType": text(100),
        "Classification": text(100), "CurrencyRef": ref("Currency"), "TaxCodeRef": ref("TaxCode"),
    },
    readonly=frozenset(words(
        "FullyQualifiedName CurrentBalance CurrentBalanceWithSubAccounts OpeningBalance OpeningBalanceDate "
        "AccountAlias TxnLocationType"
    )),
    list_name="Accounts",
    filters=frozenset(words(
        "Name AccountType AccountSubType Classification Active FullyQualifiedName SubAccount ParentRef CurrentBalance "
        "Description"
    )),
)  # fmt: skip

TERM = Entity(
    "Term",
    order=words(
        "Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays DiscountDayOfMonth "
        + ENVELOPE
    ),
    fields={
        "Name": text(31), "Active": FLAG, "DiscountPercent": NUMBER, "DueDays": WHOLE, "DiscountDays": WHOLE,
        "DayOfMonthDue": WHOLE, "DueNextMonthDays": WHOLE, "DiscountDayOfMonth": WHOLE,
    },
    readonly=frozenset({"Type"}),
    list_name="Terms",
    filters=frozenset(words("Name Active Type DueDays")),
)  # fmt: skip

PAYMENT_METHOD = Entity(
    "PaymentMethod",
    order=words("Name Active Type " + ENVELOPE),
    fields={"Name": text(31), "Active": FLAG, "Type": enum("CREDIT_CARD", "NON_CREDIT_CARD")},
    list_name="PaymentMethods",
    filters=frozenset(words("Name Active Type")),
)

TAX_CODE = Entity(
    "TaxCode",
    order=words(
        "Name Description Active Hidden Taxable TaxGroup SalesTaxRateList PurchaseTaxRateList TaxCodeConfigType "
        + ENVELOPE
    ),
    fields={
        "Name": text(100), "Description": text(100), "Active": FLAG, "Hidden": FLAG, "Taxable": FLAG, "TaxGroup": FLAG,
        "SalesTaxRateList": Field("object"), "PurchaseTaxRateList": Field("object"), "TaxCodeConfigType": text(100),
    },
    list_name="TaxCodes",
    writable=False,
    filters=frozenset(words("Name Active Taxable TaxGroup Hidden Description")),
)  # fmt: skip

TAX_RATE = Entity(
    "TaxRate",
    order=words(
        "Name Description Active RateValue AgencyRef TaxReturnLineRef SpecialTaxType DisplayType EffectiveTaxRate "
        + ENVELOPE
    ),
    fields={
        "Name": text(100), "Description": text(100), "Active": FLAG, "RateValue": NUMBER,
        "AgencyRef": ref("TaxAgency"), "SpecialTaxType": text(100), "DisplayType": text(100),
        "EffectiveTaxRate": Field("objects"),
    },
    list_name="TaxRates",
    writable=False,
    filters=frozenset(words("Name Active Description RateValue")),
)  # fmt: skip

PREFERENCES = Entity(
    "Preferences",
    order=words(
        "AccountingInfoPrefs ProductAndServicesPrefs SalesFormsPrefs EmailMessagesPrefs VendorAndPurchasesPrefs "
        "TimeTrackingPrefs TaxPrefs CurrencyPrefs ReportPrefs OtherPrefs " + ENVELOPE
    ),
    fields={
        group: Field("object")
        for group in words(
            "AccountingInfoPrefs ProductAndServicesPrefs SalesFormsPrefs EmailMessagesPrefs VendorAndPurchasesPrefs "
            "TimeTrackingPrefs TaxPrefs CurrencyPrefs ReportPrefs OtherPrefs"
        )
    },
    name_field="",
)

COMPANY_INFO = Entity(
    "CompanyInfo",
    order=words(
        "CompanyName LegalName CompanyAddr CustomerCommunicationAddr LegalAddr CustomerCommunicationEmailAddr "
        "PrimaryPhone CompanyStartDate EmployerId FiscalYearStartMonth Country Email WebAddr SupportedLanguages "
        "DefaultTimeZone NameValue " + ENVELOPE
    ),
    fields={
        "CompanyName": text(1024), "LegalName": text(1024), "CompanyAddr": ADDR, "LegalAddr": ADDR,
        "CustomerCommunicationAddr": ADDR, "CustomerCommunicationEmailAddr": EMAIL, "PrimaryPhone": PHONE,
        "Email": EMAIL, "WebAddr": WEB, "EmployerId": text(50), "FiscalYearStartMonth": text(20),
    },
    readonly=frozenset(words("Country SupportedLanguages CompanyStartDate NameValue DefaultTimeZone")),
    name_field="CompanyName",
)  # fmt: skip

SALES_FIELDS = {
    "CustomerRef": ref("Customer"), "Line": Field("lines"), "DocNumber": text(21), "TxnDate": DATE,
    "CurrencyRef": ref("Currency"), "ExchangeRate": NUMBER, "BillAddr": ADDR, "ShipAddr": ADDR, "ShipFromAddr": ADDR,
    "BillEmail": EMAIL, "BillEmailCc": Field("email", 200), "BillEmailBcc": Field("email", 200),
    "EmailStatus": enum("NotSet", "NeedToSend", "EmailSent"),
    "PrintStatus": enum("NotSet", "NeedToPrint", "PrintComplete"), "PrivateNote": text(4000),
    "CustomerMemo": Field("memo", 1000), "CustomField": Field("custom"), "ClassRef": ref("Class"),
    "DepartmentRef": ref("Department"),
    "GlobalTaxCalculation": enum("TaxExcluded", "TaxInclusive", "NotApplicable"), "TxnTaxDetail": Field("tax"),
    "ApplyTaxAfterDiscount": FLAG, "ShipDate": DATE, "TrackingNum": text(31), "ShipMethodRef": Field("ref", 30, ""),
    "ProjectRef": ref("Customer"),
}  # fmt: skip

SALES_READONLY = frozenset(words(
    "TotalAmt Balance HomeTotalAmt HomeBalance LinkedTxn DeliveryInfo FreeFormAddress RecurDataRef TaxExemptionRef "
    "SalesRepRef CustomExtensions TransactionLocationType TxnSource RemainingCredit PONumber FOB DepositToAccountRef "
    "ARAccountRef PaymentMethodRef PaymentRefNum InvoiceRef TxnStatus AttachableRef"
))  # fmt: skip

INVOICE = Entity(
    "Invoice",
    order=words(
        "Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment "
        "EInvoiceStatus InvoiceLink " + ENVELOPE + "CustomField DocNumber TxnDate DepartmentRef CurrencyRef "
        "ExchangeRate PrivateNote LinkedTxn Line TxnTaxDetail CustomerRef CustomerMemo BillAddr ShipAddr "
        "FreeFormAddress ShipFromAddr ShipMethodRef ShipDate TrackingNum ClassRef SalesTermRef DueDate "
        "GlobalTaxCalculation TotalAmt HomeTotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmail "
        "BillEmailCc BillEmailBcc Balance HomeBalance ProjectRef DeliveryInfo"
    ),
    fields={
        **SALES_FIELDS,
        "DueDate": DATE, "SalesTermRef": ref("Term"), "Deposit": MONEY,
        "AllowOnlineCreditCardPayment": FLAG, "AllowOnlineACHPayment": FLAG,
    },
    readonly=SALES_READONLY | frozenset(words(
        "AllowIPNPayment AllowOnlinePayment InvoiceLink AllowOnlinePayPalPayment AllowOnlineAffirmPayment "
        "invoiceStatus invoiceStatusLog EInvoiceStatus ECloudStatusTimeStamp"
    )),
    name_field="DocNumber",
    transaction=True,
    sales=True,
    filters=frozenset(words("DocNumber TxnDate DueDate CustomerRef Balance TotalAmt")),
)  # fmt: skip

CREDIT_MEMO = Entity(
    "CreditMemo",
    order=words(
        "RemainingCredit " + ENVELOPE + "CustomField DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate "
        "PrivateNote Line TxnTaxDetail CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr "
        "ClassRef GlobalTaxCalculation TotalAmt HomeTotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus "
        "BillEmail Balance HomeBalance DeliveryInfo"
    ),
    fields=SALES_FIELDS,
    readonly=SALES_READONLY | frozenset(words("SalesTermRef DueDate")),
    name_field="DocNumber",
    transaction=True,
    sales=True,
    filters=frozenset(words("DocNumber TxnDate CustomerRef Balance TotalAmt")),
)  # fmt: skip

PAYMENT = Entity(
    "Payment",
    order=words(
        "CustomerRef DepositToAccountRef PaymentMethodRef PaymentRefNum TotalAmt UnappliedAmt ProcessPayment "
        + ENVELOPE
        + "TxnDate CurrencyRef ExchangeRate PrivateNote LinkedTxn Line"
    ),
    fields={
        "CustomerRef": ref("Customer"), "TotalAmt": MONEY, "Line": Field("lines"), "TxnDate": DATE,
        "PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21), "DepositToAccountRef": ref("Account"),
        "PrivateNote": text(4000), "CurrencyRef": ref("Currency"), "ExchangeRate": NUMBER,
    },
    readonly=frozenset(words(
        "UnappliedAmt ProcessPayment LinkedTxn TxnSource ARAccountRef CreditCardPayment TransactionLocationType "
        "TaxExemptionRef HomeTotalAmt PaymentType TxnStatus CustomField DocNumber DepartmentRef AttachableRef "
        "CheckPayment"
    )),
    name_field="PaymentRefNum",
    transaction=True,
    filters=frozenset(words("TxnDate CustomerRef TotalAmt PaymentRefNum")),
)  # fmt: skip

ENTITIES: dict[str, Entity] = {
    each.name: each
    for each in (
        CUSTOMER, VENDOR, EMPLOYEE, ITEM, ACCOUNT, TERM, PAYMENT_METHOD, TAX_CODE, TAX_RATE, PREFERENCES, COMPANY_INFO,
        INVOICE, CREDIT_MEMO, PAYMENT,
    )
}  # fmt: skip
BY_LOWER_NAME = {name.lower(): entity for name, entity in ENTITIES.items()}
SHARED_NAMES = ("Customer", "Vendor", "Employee")

"""The lists and the two single objects: Customer, Vendor, Employee, Item, Account and the small ones (api 5.1–5.9)."""

from simulator.schema.fields import (
    ADDR,
    DATE,
    EMAIL,
    ENVELOPE,
    FLAG,
    NUMBER,
    PHONE,
    WEB,
    WHOLE,
    Entity,
    Field,
    enum,
    name,
    ref,
    text,
    words,
)

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
        "CustomerTypeRef SalesTermRef PaymentMethodRef Balance BalanceWithJobs CurrencyRef "
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
        "FullyQualifiedName Level BalanceWithJobs IsProject OpenBalanceDate ClientEntityId V4IDPseudonym ARAccountRef "
        "Source GSTIN GSTRegistrationType BusinessNumber PrimaryTaxIdentifier SecondaryTaxIdentifier TotalExpense "
        "TotalRevenue Overdue RootCustomerRef CreditLimit AcctNum PrefVendorId OtherContactInfo OtherAddr ContactName "
        "AltContactName ResaleNumber JobInfo CustomField UserId CCDetail TaxRegime SalesRepRef PriceLevelRef "
        "TaxGroupCodeRef"
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
        "BillAddr TaxIdentifier TermRef Balance BillRate CostRate AcctNum Vendor1099 CurrencyRef " + ENVELOPE + "Title "
        "GivenName MiddleName FamilyName Suffix CompanyName DisplayName PrintOnCheckName Active V4IDPseudonym "
        "PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr"
    ),
    fields={
        **PERSON,
        "CompanyName": text(100), "BillAddr": ADDR, "AcctNum": text(100), "Vendor1099": FLAG, "TermRef": ref("Term"),
        "CurrencyRef": ref("Currency"), "TaxIdentifier": text(20), "BillRate": NUMBER, "CostRate": NUMBER,
    },
    readonly=frozenset(words("Balance V4IDPseudonym OtherContactInfo APAccountRef Source HasTPAR")),
    name_field="DisplayName",
    list_name="Names",
    filters=frozenset(words("DisplayName GivenName MiddleName FamilyName CompanyName PrintOnCheckName Active Balance")),
)  # fmt: skip

EMPLOYEE = Entity(
    "Employee",
    order=words(
        "EmployeeNumber SSN PrimaryAddr BillableTime BillRate CostRate BirthDate Gender HiredDate ReleasedDate "
        + ENVELOPE
        + "Title GivenName MiddleName FamilyName Suffix DisplayName PrintOnCheckName Active V4IDPseudonym "
        "PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr"
    ),
    fields={
        **PERSON,
        "PrimaryAddr": ADDR, "BillableTime": FLAG, "HiredDate": DATE, "ReleasedDate": DATE, "BirthDate": DATE,
        "EmployeeNumber": text(100), "Gender": text(20), "SSN": text(100), "BillRate": NUMBER, "CostRate": NUMBER,
    },
    readonly=frozenset(words("V4IDPseudonym Organization EmployeeType Level")),
    name_field="DisplayName",
    list_name="Names",
    filters=frozenset(words("DisplayName GivenName MiddleName FamilyName PrintOnCheckName Active")),
)  # fmt: skip

ITEM = Entity(
    "Item",
    order=words(
        "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable SalesTaxIncluded UnitPrice "
        "Type IncomeAccountRef PurchaseDesc PurchaseCost ExpenseAccountRef AssetAccountRef TrackQtyOnHand QtyOnHand "
        "InvStartDate SalesTaxCodeRef TaxClassificationRef DeferredRevenue PrintGroupedItems ItemGroupDetail "
        + ENVELOPE
    ),
    fields={
        "Name": name(100), "Sku": text(100), "Description": text(4000), "Active": FLAG, "SubItem": FLAG,
        "ParentRef": ref("Item"), "Taxable": FLAG, "SalesTaxIncluded": FLAG, "UnitPrice": NUMBER,
        "Type": enum("Inventory", "Service", "NonInventory", "Category", "Group"), "IncomeAccountRef": ref("Account"),
        "PurchaseDesc": text(1000), "PurchaseCost": NUMBER, "ExpenseAccountRef": ref("Account"),
        "AssetAccountRef": ref("Account"), "TrackQtyOnHand": FLAG, "QtyOnHand": NUMBER, "InvStartDate": DATE,
        "SalesTaxCodeRef": ref("TaxCode"), "TaxClassificationRef": ref("TaxClassification"),
        "ItemGroupDetail": Field("object"), "PrintGroupedItems": FLAG,
    },
    readonly=frozenset(words(
        "Level FullyQualifiedName DeferredRevenue RatePercent PurchaseTaxIncluded PurchaseTaxCodeRef ReorderPoint "
        "PrefVendorRef ClassRef AbatementRate ReverseChargeRate ServiceType ItemCategoryType Source ManPartNum "
        "CustomField AvgCost UOMSetRef QtyOnPurchaseOrder QtyOnSalesOrder COGSAccountRef DepositToAccountRef "
        "SpecialItem SpecialItemType"
    )),
    list_name="Items",
    filters=frozenset(words("Name Sku Description Type Active FullyQualifiedName UnitPrice ParentRef SubItem Taxable")),
)  # fmt: skip

ACCOUNT = Entity(
    "Account",
    order=words(
        "Name SubAccount ParentRef Description FullyQualifiedName Active Classification AccountType AccountSubType "
        "AcctNum CurrentBalance CurrentBalanceWithSubAccounts CurrencyRef TaxCodeRef " + ENVELOPE
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

TAX_AGENCY = Entity(
    "TaxAgency",
    order=words("DisplayName TaxTrackedOnPurchases TaxTrackedOnSales TaxRegistrationNumber " + ENVELOPE),
    fields={
        "DisplayName": text(100), "TaxTrackedOnPurchases": FLAG, "TaxTrackedOnSales": FLAG,
        "TaxRegistrationNumber": text(30),
    },
    readonly=frozenset(words("LastFileDate TaxAgencyConfig")),
    name_field="DisplayName",
    list_name="TaxAgencys",
    filters=frozenset({"DisplayName"}),
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

"""The transactions: Invoice, CreditMemo, SalesReceipt, RefundReceipt, Estimate, Payment (api 5.3–5.5)."""

from simulator.schema.fields import (
    ADDR,
    DATE,
    EMAIL,
    ENVELOPE,
    FLAG,
    MONEY,
    NUMBER,
    Entity,
    Field,
    enum,
    ref,
    text,
    words,
)

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
    "TotalAmt Balance HomeTotalAmt HomeBalance DeliveryInfo FreeFormAddress RecurDataRef TaxExemptionRef "
    "SalesRepRef CustomExtensions TransactionLocationType TxnSource RemainingCredit PONumber FOB ARAccountRef "
    "InvoiceRef AttachableRef"
))  # fmt: skip
SALES_HEAD = (
    ENVELOPE + "CustomField DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate PrivateNote LinkedTxn TxnStatus "
    "Line TxnTaxDetail CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr ShipMethodRef ShipDate "
    "TrackingNum ClassRef "
)
SALES_TAIL = (
    "GlobalTaxCalculation TotalAmt HomeTotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmail BillEmailCc "
    "BillEmailBcc Balance HomeBalance ProjectRef "
)
SALES_FILTERS = frozenset(words("DocNumber TxnDate CustomerRef TotalAmt"))
RECEIVED = {
    "PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21), "DepositToAccountRef": ref("Account"),
    "CreditCardPayment": Field("object"),
}  # fmt: skip

INVOICE = Entity(
    "Invoice",
    order=words(
        "Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment "
        "EInvoiceStatus InvoiceLink " + SALES_HEAD + "SalesTermRef DueDate " + SALES_TAIL
        + "DepositToAccountRef DeliveryInfo"
    ),
    fields={
        **SALES_FIELDS,
        "DueDate": DATE, "SalesTermRef": ref("Term"), "Deposit": MONEY, "DepositToAccountRef": ref("Account"),
        "AllowOnlineCreditCardPayment": FLAG, "AllowOnlineACHPayment": FLAG, "LinkedTxn": Field("links"),
    },
    readonly=SALES_READONLY | frozenset(words(
        "AllowIPNPayment AllowOnlinePayment InvoiceLink AllowOnlinePayPalPayment AllowOnlineAffirmPayment "
        "invoiceStatus invoiceStatusLog EInvoiceStatus ECloudStatusTimeStamp TxnStatus PaymentMethodRef PaymentRefNum"
    )),
    name_field="DocNumber",
    sequence="sales",
    transaction=True,
    sales=True,
    filters=SALES_FILTERS | {"DueDate", "Balance"},
)  # fmt: skip

CREDIT_MEMO = Entity(
    "CreditMemo",
    order=words("RemainingCredit " + SALES_HEAD + SALES_TAIL + "PaymentMethodRef PaymentRefNum DeliveryInfo"),
    fields={**SALES_FIELDS, "PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21)},
    readonly=SALES_READONLY | frozenset(words("SalesTermRef DueDate LinkedTxn TxnStatus DepositToAccountRef")),
    name_field="DocNumber",
    sequence="sales",
    transaction=True,
    sales=True,
    filters=SALES_FILTERS | {"Balance"},
)

SALES_RECEIPT = Entity(
    "SalesReceipt",
    order=words(
        SALES_HEAD + SALES_TAIL + "PaymentMethodRef PaymentRefNum CreditCardPayment DepositToAccountRef DeliveryInfo"
    ),
    fields={**SALES_FIELDS, **RECEIVED},
    readonly=SALES_READONLY | frozenset(words("LinkedTxn TxnStatus ProcessPayment")),
    name_field="DocNumber",
    sequence="sales",
    transaction=True,
    sales=True,
    filters=SALES_FILTERS | {"Balance", "PaymentRefNum"},
)

REFUND_RECEIPT = Entity(
    "RefundReceipt",
    order=words(
        SALES_HEAD + SALES_TAIL + "PaymentMethodRef PaymentRefNum CreditCardPayment DepositToAccountRef DeliveryInfo"
    ),
    fields={**SALES_FIELDS, **RECEIVED},
    readonly=SALES_READONLY | frozenset(words("LinkedTxn TxnStatus CheckPayment PaymentType")),
    name_field="DocNumber",
    sequence="sales",
    transaction=True,
    sales=True,
    filters=SALES_FILTERS | {"Balance", "PaymentRefNum"},
)

ESTIMATE = Entity(
    "Estimate",
    order=words(
        SALES_HEAD + "SalesTermRef DueDate " + SALES_TAIL + "ExpirationDate AcceptedBy AcceptedDate DeliveryInfo"
    ),
    fields={
        **SALES_FIELDS,
        "SalesTermRef": ref("Term"), "DueDate": DATE, "ExpirationDate": DATE, "AcceptedBy": text(100),
        "AcceptedDate": DATE, "TxnStatus": enum("Pending", "Accepted", "Closed", "Rejected"),
    },
    readonly=SALES_READONLY | frozenset({"LinkedTxn"}),
    name_field="DocNumber",
    sequence="estimates",
    transaction=True,
    sales=True,
    filters=SALES_FILTERS | {"ExpirationDate", "TxnStatus"},
)  # fmt: skip

PAYMENT = Entity(
    "Payment",
    order=words(
        "CustomerRef ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum CreditCardPayment TotalAmt "
        "UnappliedAmt ProcessPayment "
        + ENVELOPE
        + "TxnDate CurrencyRef ExchangeRate PrivateNote LinkedTxn Line"
    ),
    fields={
        "CustomerRef": ref("Customer"), "TotalAmt": MONEY, "Line": Field("lines"), "TxnDate": DATE,
        "PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21), "DepositToAccountRef": ref("Account"),
        "PrivateNote": text(4000), "CurrencyRef": ref("Currency"), "ExchangeRate": NUMBER,
        "ARAccountRef": ref("Account"), "CreditCardPayment": Field("object"),
    },
    readonly=frozenset(words(
        "UnappliedAmt ProcessPayment LinkedTxn TxnSource TransactionLocationType "
        "TaxExemptionRef HomeTotalAmt PaymentType TxnStatus CustomField DocNumber DepartmentRef AttachableRef "
        "CheckPayment"
    )),
    name_field="PaymentRefNum",
    transaction=True,
    filters=frozenset(words("TxnDate CustomerRef TotalAmt PaymentRefNum")),
)  # fmt: skip

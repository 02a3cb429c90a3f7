"""The books as QuickBooks writes them: the recorded shapes and key order of 2026 (api 5.1 to 5.9).

Written by hand instead of by an encoder, since 100,000 invoices must be there before anyone's patience ends. All text
in them is plain, so nothing needs escaping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import batched

from bench.books.plan import ITEMS, TERMS, Bill, Line, Paid, Plan, price

PAGE = 1000
STAMP = '"MetaData":{"CreateTime":"2026-03-02T08:14:55-08:00","LastUpdatedTime":"2026-10-05T02:08:55-07:00"}'
USD = '"CurrencyRef":{"value":"USD","name":"United States Dollar"}'
HEAD = '"domain":"QBO","sparse":false,'
TIME = "2026-11-24T04:30:11.2-08:00"

_FIRST, _SECOND, _STREETS, _PEOPLE = (
    words.split()
    for words in (
        "Larkspur Cedar Harbor Copper Juniper Meadow Granite Willow Ember Saffron Café Prairie Anchor Lantern Orchard",
        "Provisions Market Grocers Pantry Bakery Kitchen Foods Bistro Trading Cellars Deli Larder Mercantile",
        "Pier Mill Oak Front Market Canal Spruce Union Depot Chapel",
        "June Maria Omar Priya Tomas Ingrid Kenji Amara Lucia Noor",
    )
)
_FORMS = ("LLC", "Inc.", "Co.", "")
_CITIES = (("Salem", "MA", "01970"), ("Lynn", "MA", "01901"), ("Portland", "ME", "04101"), ("Dover", "NH", "03820"))


def pages(plan: Plan) -> dict[tuple[str, int], bytes]:
    """Every page by entity and start position. An entity without rows, or a page past the end, is `empty()`."""
    rows: dict[str, Iterable[str]] = {
        "Term": map(_term, TERMS),
        "Account": [_account()],
        "TaxCode": [_tax_code(code) for code in ("TAX", "NON")],
        "PaymentMethod": [
            f'{{"Name":"Check","Active":true,"Type":"NON_CREDIT_CARD",{HEAD}"Id":"2","SyncToken":"0",{STAMP}}}'
        ],
        "Item": (_item(number) for number in range(1, ITEMS + 1)),
        "Customer": (_customer(plan, number) for number in range(1, plan.customers + 1)),
        "Invoice": map(_Invoices().row, plan.bills),
        "Payment": (_payment(bill, paid) for bill, paid in plan.paid),
    }
    return {(entity, start): page for entity, each in rows.items() for start, page in _pages(entity, each)}


def counts(plan: Plan) -> dict[str, int]:
    return {
        "Item": ITEMS,
        "Customer": plan.customers,
        "Invoice": len(plan.bills),
        "Payment": sum(1 for _ in plan.paid),
    }


def empty() -> bytes:
    return f'{{"QueryResponse":{{}},"time":"{TIME}"}}'.encode()


def count(number: int) -> bytes:
    return f'{{"QueryResponse":{{"totalCount":{number}}},"time":"{TIME}"}}'.encode()


def preferences() -> bytes:
    return (
        '{"Preferences":{"AccountingInfoPrefs":{"FirstMonthOfFiscalYear":"January","UseAccountNumbers":false},'
        '"ProductAndServicesPrefs":{"ForSales":true},"SalesFormsPrefs":{"CustomTxnNumbers":false,"AllowDiscount":true,'
        '"AllowShipping":true,"DefaultTerms":{"value":"3"}},"TaxPrefs":{"UsingSalesTax":true,"PartnerTaxEnabled":false},'
        '"CurrencyPrefs":{"MultiCurrencyEnabled":false,"HomeCurrency":{"value":"USD"}},'
        f'{HEAD}"Id":"1","SyncToken":"4",{STAMP}}},"time":"{TIME}"}}'
    ).encode()


def company_info() -> bytes:
    return (
        '{"CompanyInfo":{"CompanyName":"Larkspur Fine Foods LLC","LegalName":"Larkspur Fine Foods LLC","Country":"USA",'
        '"NameValue":[{"Name":"SubscriptionStatus","Value":"SUBSCRIBED"},{"Name":"OfferingSku","Value":"QuickBooks '
        f'Online Plus"}}],{HEAD}"Id":"1","SyncToken":"4",{STAMP}}},"time":"{TIME}"}}'
    ).encode()


def _pages(entity: str, rows: Iterable[str]) -> Iterator[tuple[int, bytes]]:
    for number, some in enumerate(batched(rows, PAGE)):
        start = number * PAGE + 1
        body = f'{{"QueryResponse":{{"{entity}":[{",".join(some)}],"startPosition":{start},"maxResults":{len(some)}}},'
        yield start, f'{body}"time":"{TIME}"}}'.encode()


def _account() -> str:
    name = "Sales of Product Income"
    return (
        f'{{"Name":"{name}","SubAccount":false,"FullyQualifiedName":"{name}","Active":true,"Classification":"Revenue",'
        f'"AccountType":"Income",{HEAD}"Id":"79","SyncToken":"0",{STAMP}}}'
    )


def _tax_code(code: str) -> str:
    return (
        f'{{"Name":"{code}","Description":"{code}","Active":true,"Taxable":{_bool(code == "TAX")},"TaxGroup":false,'
        f'{HEAD}"Id":"{code}","SyncToken":"0",{STAMP}}}'
    )


def _term(id: str) -> str:
    name, days = TERMS[id]
    return (
        f'{{"Name":"{name}","Active":true,"Type":"STANDARD","DueDays":{days},'
        f'{HEAD}"Id":"{id}","SyncToken":"0",{STAMP}}}'
    )


def _item(number: int) -> str:
    name = item_name(number)
    return (
        f'{{"Name":"{name}","Sku":"SKU-{number:05}","Description":"{name}, case of 12","Active":true,'
        f'"FullyQualifiedName":"{name}","Taxable":{_bool(number % 4 == 0)},"UnitPrice":{price(number)},'
        f'"Type":"NonInventory","IncomeAccountRef":{{"value":"79","name":"Sales of Product Income"}},'
        f'"PurchaseCost":0,"TrackQtyOnHand":false,'
        f'{HEAD}"Id":"{number}","SyncToken":"0",{STAMP}}}'
    )


def item_name(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} preserve {number}"


def _customer(plan: Plan, number: int) -> str:
    name, email = customer_name(number), customer_email(number)
    parent = plan.parent(number)
    address = _address(number)
    balance = _bare(plan.balances.get(number, Decimal(0)))
    qualified = f"{customer_name(parent)}:{name}" if parent else name
    given, family = _PEOPLE[number % 10], _PEOPLE[number // 10 % 10] + "sen"
    company = "" if parent else f'"CompanyName":"{name}",'
    below = f'"ParentRef":{{"value":"{parent}"}},"Level":1,' if parent else ""
    contact = f'"PrimaryEmailAddr":{{"Address":"{email}"}},' if email else ""
    return (
        f'{{"Taxable":{_bool(number % 3 == 0)},"BillAddr":{address},"ShipAddr":{address},"Job":{_bool(parent)},'
        f'"BillWithParent":false,{below}"Balance":{balance},"BalanceWithJobs":{balance},{USD},'
        f'"PreferredDeliveryMethod":"Print","IsProject":{_bool(plan.is_project(number))},'
        f'"ClientEntityId":"0",{HEAD}"Id":"{number}","SyncToken":"{number % 5}",{STAMP},'
        f'"GivenName":"{given}","FamilyName":"{family}","FullyQualifiedName":"{qualified}",{company}'
        f'"DisplayName":"{name}","PrintOnCheckName":"{name}","Active":true,"V4IDPseudonym":"0020{number:020}",'
        f'"PrimaryPhone":{{"FreeFormNumber":"(978) {number // 10000 % 1000:03}-{number % 10000:04}"}},'
        f'{contact}"SalesTermRef":{{"value":"{number % 4 + 1}"}},"DefaultTaxCodeRef":{{"value":"2"}}}}'
    )


def customer_name(number: int) -> str:
    first, second = _FIRST[number % len(_FIRST)], _SECOND[number // len(_FIRST) % len(_SECOND)]
    return f"{first} {second} {number} {_FORMS[number % 4]}".rstrip()


def customer_email(number: int) -> str:
    """Nineteen of twenty have one; a few share a free mailbox's domain."""
    domain = "gmail.com" if number % 11 == 0 else f"customer{number}.example"
    return f"buyer{number}@{domain}" if number % 20 else ""


def _address(number: int) -> str:
    city, region, code = _CITIES[number % 4]
    return (
        f'{{"Id":"{number * 2}","Line1":"{number % 900 + 1} {_STREETS[number // 7 % 10]} Street","City":"{city}",'
        f'"CountrySubDivisionCode":"{region}","PostalCode":"{code}"}}'
    )


class _Invoices:
    """Rows of invoices. Lines repeat often, so their text is kept."""

    def __init__(self) -> None:
        self._details: dict[Line, str] = {}

    def row(self, bill: Bill) -> str:
        lines = "".join(f'{{"Id":"{n}","LineNum":{n},{self._detail(line)},' for n, line in enumerate(bill.lines, 1))
        linked = ",".join(f'{{"TxnId":"{paid.id}","TxnType":"Payment"}}' for paid in bill.payments)
        note = '"PrivateNote":"Voided",' if bill.voided else ""
        address = _address(bill.customer)
        return (
            f'{{"AllowIPNPayment":false,"AllowOnlinePayment":false,"AllowOnlineCreditCardPayment":true,'
            f'"AllowOnlineACHPayment":true,{HEAD}"Id":"{bill.id}","SyncToken":"{len(bill.payments)}",{STAMP},'
            f'"CustomField":[],"DocNumber":"{invoice_number(bill)}","TxnDate":"{bill.dated}",{USD},{note}'
            f'"LinkedTxn":[{linked}],"Line":[{lines}'
            f'{{"Amount":{_bare(bill.total)},"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{{}}}}],'
            f'"TxnTaxDetail":{{"TotalTax":0}},"CustomerRef":{{"value":"{bill.customer}",'
            f'"name":"{customer_name(bill.customer)}"}},"BillAddr":{address},"ShipAddr":{address},'
            f'"FreeFormAddress":true,"ShipFromAddr":{{"Id":"121","Line1":"9 Mill St","Line2":"Lynn, MA  01901"}},'
            f'"SalesTermRef":{{"value":"{bill.customer % 4 + 1}"}},"DueDate":"{bill.due}",'
            f'"TotalAmt":{_bare(bill.total)},"ApplyTaxAfterDiscount":false,"PrintStatus":"NeedToPrint",'
            f'"EmailStatus":"NotSet","Balance":{_bare(bill.balance)}}}'
        )

    def _detail(self, line: Line) -> str:
        known = self._details.get(line)
        if known is None:
            name = item_name(line.item)
            known = self._details[line] = (
                f'"Description":"{name}, case of 12","Amount":{_bare(line.amount)},"DetailType":"SalesItemLineDetail",'
                f'"SalesItemLineDetail":{{"ItemRef":{{"value":"{line.item}","name":"{name}"}},"UnitPrice":{line.price},'
                f'"Qty":{line.quantity},"ItemAccountRef":{{"value":"79","name":"Sales of Product Income"}},'
                f'"TaxCodeRef":{{"value":"NON"}}}},"CustomExtensions":[]}}'
            )
        return known


def invoice_number(bill: Bill) -> str:
    return str(bill.id - 1_000_000)


def _payment(bill: Bill, paid: Paid) -> str:
    amount = _bare(paid.amount)
    extra = "".join(
        f'{{"name":"{{http://schema.intuit.com/finance/v3}}NameValue","declaredType":"com.intuit.schema.finance.v3.NameValue",'
        f'"scope":"javax.xml.bind.JAXBElement$GlobalScope","value":{{"Name":"{name}","Value":"{value}"}},"nil":false,'
        f'"globalScope":true,"typeSubstituted":false}},'
        for name, value in (
            ("txnId", paid.invoice),
            ("txnOpenBalance", bill.total),
            ("txnReferenceNumber", invoice_number(bill)),
        )
    ).rstrip(",")
    return (
        f'{{"CustomerRef":{{"value":"{bill.customer}","name":"{customer_name(bill.customer)}"}},'
        f'"DepositToAccountRef":{{"value":"4"}},"PaymentMethodRef":{{"value":"2"}},"PaymentRefNum":"CHK-{paid.id}",'
        f'"TotalAmt":{amount},"UnappliedAmt":0,"ProcessPayment":false,{HEAD}"Id":"{paid.id}","SyncToken":"0",{STAMP},'
        f'"TxnDate":"{bill.dated}",{USD},"LinkedTxn":[],"Line":[{{"Amount":{amount},"LinkedTxn":[{{"TxnId":"{paid.invoice}",'
        f'"TxnType":"Invoice"}}],"LineEx":{{"any":[{extra}]}}}}]}}'
    )


def _bare(amount: Decimal) -> str:
    """Two decimals for what was computed, a bare 0 for nothing (api 2.3)."""
    return f"{amount:.2f}" if amount else "0"


def _bool(value: object) -> str:
    return "true" if value else "false"

"""Invoices field by field, the order of keys, the identities (section 5.3)."""

from decimal import Decimal

import pytest

from simulator.company import Company
from tests.simulator.caller import Api, Body, discount, exact, link, ref, sale, shipping
from tests.simulator.rules.bodies import STOCK, at, told
from tests.simulator.rules.refusing import refused

ADDRESS = {"Line1": "1 Pier Rd", "City": "Salem", "CountrySubDivisionCode": "MA", "PostalCode": "01970"}


@pytest.fixture
def foreign(company: Company, api: Api) -> Body:
    """A Canadian customer of a company that keeps several currencies."""
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    return api.customer("Montréal", CurrencyRef={"value": "CAD"})


def test_an_invoice_needs_a_customer_there_is(api: Api, item: Body) -> None:
    """5.3-1"""
    with refused("2020", element="CustomerRef"):
        api.post("Invoice", {"Line": [sale(item, 5)]})
    with refused("2500", "Names element id 77 not found"):
        api.invoice({"Id": "77"}, sale(item, 5))


def test_an_invoice_has_at_most_750_lines(api: Api, customer: Body, item: Body) -> None:
    """5.3-2"""
    assert api.invoice(customer, *[sale(item, 1)] * 750)["TotalAmt"] == 750
    with refused("6000"):
        api.invoice(customer, *[sale(item, 1, TaxCodeRef={"value": "TAX"})] * 751)


def test_an_inline_sub_total_is_line_enough(api: Api, customer: Body) -> None:
    """5.3-2"""
    inline = {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}}
    assert api.invoice(customer, inline)["TotalAmt"] == 0


@pytest.mark.parametrize(
    ("rule", "path", "limit"),
    [
        ("5.3-3", "DocNumber", 21), ("5.3-12", "BillEmail.Address", 100), ("5.3-13", "BillEmailCc.Address", 200),
        ("5.3-13", "BillEmailBcc.Address", 200), ("5.3-17", "PrivateNote", 4000),
        ("5.3-18", "CustomerMemo.value", 1000),
        ("5.3-21", "TrackingNum", 31), ("5.3-22", "ShipMethodRef.value", 30),
    ],
)  # fmt: skip
def test_a_text_is_kept_up_to_its_length(
    company: Company, api: Api, customer: Body, item: Body, rule: str, path: str, limit: int
) -> None:
    company.preferences["SalesFormsPrefs"]["AllowShipping"] = True
    end = "@b.co" if path.endswith("Address") else ""
    text = "x" * (limit - len(end)) + end
    assert told(api.invoice(customer, sale(item, 5), **at(path, text)), path) == text
    with refused("2050"):
        api.invoice(customer, sale(item, 5), **at(path, "x" + text))


def test_a_default_term_of_the_company_gives_the_due_date(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.3-5"""
    company.preferences["SalesFormsPrefs"]["DefaultTerms"] = {"value": "2"}
    assert api.invoice(customer, sale(item, 5), TxnDate="2026-11-02")["DueDate"] == "2026-11-17"
    del company.preferences["SalesFormsPrefs"]["DefaultTerms"]
    assert api.invoice(customer, sale(item, 5), TxnDate="2026-11-02")["DueDate"] == "2026-12-02"


def test_the_currency_is_the_customers(api: Api, foreign: Body, item: Body) -> None:
    """5.3-7"""
    assert api.invoice(foreign, sale(item, 5))["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}
    with refused("6000"):
        api.invoice(foreign, sale(item, 5), CurrencyRef={"value": "USD"})


def test_a_rate_stands_on_documents_where_there_are_several_currencies(
    api: Api, invoice: Body, foreign: Body, item: Body
) -> None:
    """5.3-8, 5.3-30"""
    made = api.invoice(foreign, sale(item, 100), ExchangeRate=Decimal("0.72"))
    assert (made["ExchangeRate"], made["HomeTotalAmt"], made["HomeBalance"]) == (Decimal("0.72"), 72, 72)
    assert not {"ExchangeRate", "HomeTotalAmt", "HomeBalance"} & set(invoice)


def test_the_rate_is_that_of_the_day_unless_given(api: Api, foreign: Body, item: Body) -> None:
    """5.3-8"""
    assert api.invoice(foreign, sale(item, 100))["ExchangeRate"] != 1


def test_addresses_are_the_customers_unless_given(api: Api, item: Body) -> None:
    """5.3-9"""
    customer = api.customer(BillAddr=ADDRESS, ShipAddr={**ADDRESS, "Line1": "2 Quay St"})
    plain, other = api.invoice(customer, sale(item, 5)), api.invoice(customer, sale(item, 5), ShipAddr={"City": "Lynn"})
    assert (plain["BillAddr"]["Line1"], plain["ShipAddr"]["Line1"]) == ("1 Pier Rd", "2 Quay St")
    assert (other["BillAddr"]["Line1"], other["ShipAddr"]["City"]) == ("1 Pier Rd", "Lynn")


def test_goods_are_shipped_from_the_companys_address(api: Api, invoice: Body) -> None:
    """5.3-10"""
    company = api.call("GET", "/companyinfo/1")["CompanyInfo"]["CompanyAddr"]
    shipped = invoice["ShipFromAddr"]
    assert shipped["Line1"] == company["Line1"]
    assert shipped["Line2"] == f"{company['City']}, {company['CountrySubDivisionCode']}  {company['PostalCode']}"


def test_a_document_with_an_address_says_that_it_is_free_form(api: Api, item: Body) -> None:
    """5.3-11"""
    made = api.invoice(api.customer(BillAddr=ADDRESS), sale(item, 5), FreeFormAddress=False)
    assert made["FreeFormAddress"] is True


def test_the_customers_mail_address_is_not_taken_over(api: Api, item: Body) -> None:
    """5.3-12"""
    customer = api.customer(PrimaryEmailAddr={"Address": "a@b.co"})
    assert "BillEmail" not in api.invoice(customer, sale(item, 5))


def test_copies_go_where_the_preferences_say(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-13"""
    company.preferences["SalesFormsPrefs"] |= {
        "SalesEmailCc": {"Address": "cc@b.co"}, "SalesEmailBcc": {"Address": "bcc@b.co"},
    }  # fmt: skip
    made = api.invoice(customer, sale(item, 5))
    assert (made["BillEmailCc"], made["BillEmailBcc"]) == ({"Address": "cc@b.co"}, {"Address": "bcc@b.co"})


@pytest.mark.parametrize(
    ("rule", "field", "options", "default"),
    [
        ("5.3-14", "EmailStatus", ["NotSet", "NeedToSend", "EmailSent"], "NotSet"),
        ("5.3-15", "PrintStatus", ["NotSet", "NeedToPrint", "PrintComplete"], "NeedToPrint"),
    ],
)
def test_a_status_is_one_of_three(
    api: Api, customer: Body, item: Body, rule: str, field: str, options: list[str], default: str
) -> None:
    assert api.invoice(customer, sale(item, 5))[field] == default
    for option in options:
        made = api.invoice(customer, sale(item, 5), BillEmail={"Address": "a@b.co"}, **{field: option})
        assert made[field] == option
    with refused("2170"):
        api.invoice(customer, sale(item, 5), **{field: "Perhaps"})


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("5.3-20", "ShipDate", "2026-11-05"), ("5.3-21", "TrackingNum", "1Z-9"),
        ("5.3-22", "ShipMethodRef", {"value": "FedEx", "name": "FedEx"}),
    ],
)  # fmt: skip
def test_what_ships_needs_shipping(
    company: Company, api: Api, customer: Body, item: Body, rule: str, field: str, value: object
) -> None:
    """5.3.3-2"""
    with refused("6000"):
        api.invoice(customer, sale(item, 5), **{field: value})
    company.preferences["SalesFormsPrefs"]["AllowShipping"] = True
    assert api.invoice(customer, sale(item, 5), **{field: value})[field] == value


def test_classes_and_locations_are_kept(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-23"""
    company.preferences["AccountingInfoPrefs"] |= {"ClassTrackingPerTxn": True, "TrackDepartments": True}
    made = api.invoice(customer, sale(item, 5), ClassRef={"value": "7"}, DepartmentRef={"value": "8"})
    assert (made["ClassRef"]["value"], made["DepartmentRef"]["value"]) == ("7", "8")


def test_a_deposit_lowers_the_balance(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-24, 5.3.3-3"""
    with refused("6000"):
        api.invoice(customer, sale(item, 100), Deposit=30)
    company.preferences["SalesFormsPrefs"]["AllowDeposit"] = True
    made = api.invoice(customer, sale(item, 100), Deposit=30)
    assert (made["TotalAmt"], made["Deposit"], made["Balance"]) == (100, 30, 70)


def test_classes_and_locations_need_their_switch(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.3-5"""
    classed, placed = {"ClassRef": {"value": "1"}}, {"DepartmentRef": {"value": "1"}}
    for lines, fields in (([sale(item, 5, **classed)], {}), ([sale(item, 5)], classed), ([sale(item, 5)], placed)):
        with refused("6000", "tracking is turned off"):
            api.invoice(customer, *lines, **fields)
    company.preferences["AccountingInfoPrefs"] |= {"ClassTrackingPerTxnLine": True, "TrackDepartments": True}
    made = api.invoice(customer, sale(item, 5, **classed), **classed, **placed)
    assert (made["ClassRef"], made["DepartmentRef"]) == (classed["ClassRef"], placed["DepartmentRef"])
    assert made["Line"][0]["SalesItemLineDetail"]["ClassRef"] == classed["ClassRef"]


def test_a_deposit_goes_to_an_account(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-24"""
    company.preferences["SalesFormsPrefs"]["AllowDeposit"] = True
    made = api.invoice(customer, sale(item, 100), Deposit=30, DepositToAccountRef={"value": "35"})
    assert made["DepositToAccountRef"]["value"] == "35"


def test_the_united_states_have_no_global_tax_calculation(api: Api, invoice: Body) -> None:
    """5.3-25"""
    assert "GlobalTaxCalculation" not in invoice
    with refused("2170"):
        api.sparse("Invoice", invoice, GlobalTaxCalculation="TaxSomehow")


def test_totals_are_the_servers(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-28"""
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True}
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": False}
    taxed = sale(item, 100, TaxCodeRef={"value": "TAX"})
    made = api.invoice(
        customer, taxed, discount(amount=10), shipping(7), TotalAmt=1, Balance=1,
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
    )  # fmt: skip
    assert (made["TotalAmt"], made["Balance"]) == (105, 105)  # 100 − 10 + 8 + 7


def test_a_balance_is_what_is_open(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-29"""
    company.preferences["SalesFormsPrefs"]["AllowDeposit"] = True
    made = api.invoice(customer, sale(item, 100), Deposit=5)
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 15)]})
    company.credit(memo["Id"], {made["Id"]: 15})
    api.payment(customer, 40, {made["Id"]: 40})
    assert api.read("Invoice", made["Id"])["Balance"] == 40
    api.payment(customer, 40, {made["Id"]: 40})
    assert api.read("Invoice", made["Id"])["Balance"] == 0


def test_a_payment_cannot_be_put_into_the_links(api: Api, customer: Body, invoice: Body) -> None:
    """5.3-31"""
    paid = api.payment(customer, 100)
    changed = api.sparse("Invoice", invoice, PrivateNote="n", LinkedTxn=[{"TxnId": paid["Id"], "TxnType": "Payment"}])
    assert (changed["LinkedTxn"], changed["Balance"]) == ([], 100)


def test_an_invoice_may_name_the_estimate_it_was_made_from(api: Api, customer: Body, item: Body) -> None:
    """5.3-31"""
    offer = api.post("Estimate", {"CustomerRef": ref(customer), "Line": [sale(item, 5)]})
    links = [{"TxnId": offer["Id"], "TxnType": "Estimate"}]
    made = api.invoice(customer, sale(item, 5), LinkedTxn=links)
    paid = api.payment(customer, 5, {made["Id"]: 5})
    named = api.read("Invoice", made["Id"])["LinkedTxn"]
    assert {"TxnId": paid["Id"], "TxnType": "Payment"} in named
    assert links[0] in named


def test_two_flags_of_online_payment_may_be_changed_and_two_are_false(api: Api, invoice: Body) -> None:
    """5.3-32, 5.3-33"""
    flags = ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", "AllowOnlinePayment", "AllowIPNPayment")
    assert [invoice[flag] for flag in flags] == [True, True, False, False]
    off = api.sparse("Invoice", invoice, **dict.fromkeys(flags[:2], False), **dict.fromkeys(flags[2:], True))
    assert [off[flag] for flag in flags] == [False, False, False, False]


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("5.3-34", "AllowOnlinePayPalPayment", True), ("5.3-34", "AllowOnlineAffirmPayment", True),
        ("5.3-37", "TaxExemptionRef", {"value": "9"}), ("5.3-37", "RecurDataRef", {"value": "1"}),
        ("5.3-37", "SalesRepRef", {"value": "1"}), ("5.3-38", "PONumber", "PO-7"), ("5.3-39", "invoiceStatus", "Paid"),
    ],
)  # fmt: skip
def test_what_the_schema_knows_is_not_refused(api: Api, invoice: Body, rule: str, field: str, value: object) -> None:
    changed = api.sparse("Invoice", invoice, PrivateNote="n", **{field: value})
    assert changed["PrivateNote"] == "n"
    assert field not in changed or rule == "5.3-34"


def test_a_link_to_pay_comes_when_asked_for(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3-35"""
    company.preferences["SalesFormsPrefs"]["ETransactionPaymentEnabled"] = True
    made = api.invoice(customer, sale(item, 5), BillEmail={"Address": "a@b.co"})
    found = api.call("GET", f"/invoice/{made['Id']}", include="invoiceLink")["Invoice"]
    assert found["InvoiceLink"].startswith("https://")


def test_a_project_may_be_named(api: Api, customer: Body, item: Body) -> None:
    """5.3-36"""
    assert api.invoice(customer, sale(item, 5), ProjectRef=ref(customer))["ProjectRef"]["value"] == customer["Id"]


ORDER = {
    "Payment": """CustomerRef DepositToAccountRef PaymentMethodRef PaymentRefNum TotalAmt UnappliedAmt ProcessPayment
        domain sparse Id SyncToken MetaData TxnDate CurrencyRef PrivateNote LinkedTxn Line""",
    "CreditMemo": """RemainingCredit domain sparse Id SyncToken MetaData CustomField DocNumber TxnDate CurrencyRef
        PrivateNote Line TxnTaxDetail CustomerRef BillAddr ShipAddr FreeFormAddress ShipFromAddr TotalAmt
        ApplyTaxAfterDiscount PrintStatus EmailStatus Balance""",
    "Customer": """Taxable BillAddr Notes ShipAddr Job BillWithParent ParentRef Level Balance BalanceWithJobs
        CurrencyRef PreferredDeliveryMethod IsProject ClientEntityId domain sparse Id SyncToken MetaData GivenName
        MiddleName FamilyName FullyQualifiedName CompanyName DisplayName PrintOnCheckName Active V4IDPseudonym
        PrimaryPhone Mobile Fax PrimaryEmailAddr WebAddr DefaultTaxCodeRef""",
    "Item": """Name Description Active FullyQualifiedName Taxable UnitPrice Type IncomeAccountRef PurchaseDesc
        PurchaseCost ExpenseAccountRef AssetAccountRef TrackQtyOnHand QtyOnHand InvStartDate DeferredRevenue domain
        sparse Id SyncToken MetaData""",
    "Invoice": """AllowOnlineCreditCardPayment AllowOnlineACHPayment domain sparse Id SyncToken MetaData CustomField
        DocNumber TxnDate CurrencyRef PrivateNote LinkedTxn Line TxnTaxDetail CustomerRef CustomerMemo BillAddr ShipAddr
        FreeFormAddress ShipFromAddr SalesTermRef DueDate TotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus
        BillEmail Balance DeliveryInfo""",
}


@pytest.fixture
def full(company: Company, api: Api) -> dict[str, Body]:
    """One object of each kind with all the fields of its recorded order."""
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": False}
    phones = {name: {"FreeFormNumber": "1"} for name in ("PrimaryPhone", "Mobile", "Fax")}
    customer = api.customer(
        BillAddr=ADDRESS, Notes="n", ShipAddr={"Line1": "x"}, Job=True, ParentRef=ref(api.customer("Parent")),
        GivenName="Amy", MiddleName="B", FamilyName="Lee", CompanyName="Inc", WebAddr={"URI": "http://a.example"},
        PrimaryEmailAddr={"Address": "a@b.co"}, **phones,
    )  # fmt: skip
    item = api.item(**STOCK, Description="d", PurchaseDesc="p", UnitPrice=5, PurchaseCost=3)
    head = {"CustomerRef": ref(customer), "Line": [sale(item, 5)], "PrivateNote": "n"}
    memo = api.post("CreditMemo", head)
    more = {"CustomerMemo": {"value": "m"}, "SalesTermRef": {"value": "2"}}
    invoice = api.post("Invoice", {**head, **more})
    sent = api.call("POST", f"/invoice/{invoice['Id']}/send", sendTo="a@b.co")["Invoice"]
    paid = api.payment(
        customer, 5, {invoice["Id"]: 5}, PaymentMethodRef={"value": "2"}, PaymentRefNum="1", PrivateNote="n"
    )
    company.deposit(paid["Id"])
    return {
        "Customer": api.query("select * from Customer where Job = true")["Customer"][0], "Item": item,
        "CreditMemo": memo, "Invoice": sent,
        "Payment": api.read("Payment", paid["Id"]),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "entity"),
    [("5.3-40", "Payment"), ("5.3-41", "CreditMemo"), ("5.3-42", "Customer"), ("5.3-43", "Item"), ("5.3-c", "Invoice")],
)
def test_keys_come_in_the_recorded_order(full: dict[str, Body], rule: str, entity: str) -> None:
    order = ORDER[entity].split()
    assert [key for key in full[entity] if key in order] == order


def test_every_payment_of_an_invoice_moves_its_token(api: Api, customer: Body, invoice: Body) -> None:
    """5.3-47"""
    for number in (1, 2, 3):
        api.payment(customer, 10, {invoice["Id"]: 10})
        after = api.read("Invoice", invoice["Id"])
        assert int(after["SyncToken"]) >= len(after["LinkedTxn"]) == number


def test_no_field_tells_the_state_of_an_invoice(api: Api, customer: Body, invoice: Body) -> None:
    """5.3-a"""
    names = set(invoice)
    api.payment(customer, 100, {invoice["Id"]: 100})
    paid = api.read("Invoice", invoice["Id"])
    voided = api.void("Invoice", paid)
    assert set(paid) == names
    assert set(voided) == names | {"PrivateNote"}


def test_a_minimal_invoice_has_these_keys(api: Api, customer: Body, item: Body) -> None:
    """5.3-b"""
    body = exact(
        {"CustomerRef": ref(customer), "TxnDate": "2026-11-02", "Line": [sale(item, 100, Qty=4, UnitPrice=25)]}
    )
    made = api.call("POST", "/invoice", body)["Invoice"]
    assert list(made) == [
        "AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", "domain",
        "sparse", "Id", "SyncToken", "MetaData", "CustomField", "DocNumber", "TxnDate", "CurrencyRef", "LinkedTxn",
        "Line", "TxnTaxDetail", "CustomerRef", "ShipFromAddr", "DueDate", "TotalAmt", "ApplyTaxAfterDiscount",
        "PrintStatus", "EmailStatus", "Balance",
    ]  # fmt: skip
    assert list(made["MetaData"]) == ["CreateTime", "LastModifiedByRef", "LastUpdatedTime"]
    assert list(made["Line"][0]) == ["Id", "LineNum", "Amount", "DetailType", "SalesItemLineDetail", "CustomExtensions"]


def test_a_paid_and_a_void_invoice_name_their_payment_or_none(api: Api, customer: Body, invoice: Body) -> None:
    """5.3-31"""
    paid = api.post(
        "Payment", {"CustomerRef": ref(customer), "TotalAmt": 5, "Line": [link("Invoice", invoice["Id"], 5)]}
    )
    assert api.read("Invoice", invoice["Id"])["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert api.void("Invoice", api.read("Invoice", invoice["Id"]))["LinkedTxn"] == []

"""Invoices and credit memos: lines, numbers, dates, switches, void, delete, email (api 4.3–4.7, 5.3, 5.5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, discount, ref, sale, shipping


@pytest.fixture
def customer(api: Api) -> Body:
    return api.customer(BillAddr={"Line1": "1 Pier Rd", "City": "Salem", "CountrySubDivisionCode": "MA"})


@pytest.fixture
def item(api: Api) -> Body:
    return api.item()


def test_a_minimal_invoice_comes_back_as_recorded(api: Api, customer: Body, item: Body) -> None:
    """5.3"""
    made = api.invoice(customer, sale(item, 100, Qty=4, UnitPrice=25), TxnDate="2026-11-02")
    assert made["Line"] == [
        {
            "Id": "1",
            "LineNum": 1,
            "Amount": 100,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": item["Id"], "name": "Oak shelf"},
                "UnitPrice": 25,
                "Qty": 4,
                "ItemAccountRef": {"value": "79", "name": "Sales of Product Income"},
                "TaxCodeRef": {"value": "NON"},
            },
            "CustomExtensions": [],
        },
        {"Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]
    assert (made["DueDate"], made["TotalAmt"], made["Balance"]) == ("2026-12-02", 100, 100)
    assert (made["EmailStatus"], made["PrintStatus"], made["LinkedTxn"]) == ("NotSet", "NeedToPrint", [])
    assert made["BillAddr"]["Line1"] == "1 Pier Rd"
    assert "BillEmail" not in made


def test_transactions_share_one_id_sequence(api: Api, customer: Body, item: Body) -> None:
    """5.0"""
    invoice = api.invoice(customer, sale(item, 10))
    payment = api.payment(customer, 5)
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 1)]})
    assert [invoice["Id"], payment["Id"], memo["Id"]] == ["1", "2", "3"]


def test_sales_documents_share_one_number_sequence(api: Api, customer: Body, item: Body) -> None:
    """5.3.1"""
    first = api.invoice(customer, sale(item, 10))
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 1)]})
    assert [first["DocNumber"], memo["DocNumber"]] == ["1001", "1002"]


def test_the_numbering_goes_on_from_a_prefixed_number(api: Api, customer: Body, item: Body) -> None:
    """5.3.1"""
    api.invoice(customer, sale(item, 10), DocNumber="ABC-1000")
    assert api.invoice(customer, sale(item, 10))["DocNumber"] == "ABC-1001"


def test_with_custom_numbers_the_client_numbers(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.1"""
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    assert "DocNumber" not in api.invoice(customer, sale(item, 10))
    mine = api.invoice(customer, sale(item, 10), DocNumber="SO-77")
    with pytest.raises(Refused) as refused:
        api.invoice(customer, sale(item, 10), DocNumber="SO-77")
    assert refused.value.code == "6140"
    assert f"DocNumber=SO-77 is assigned to TxnType=Invoice with TxnId={mine['Id']}" in refused.value.detail
    lines = {"CustomerRef": ref(customer), "Line": [sale(item, 10)], "DocNumber": "SO-77"}
    assert api.post("Invoice", lines, include="allowduplicatedocnum")["DocNumber"] == "SO-77"
    auto = api.invoice(customer, sale(item, 10), DocNumber="AUTO_GENERATE")
    assert auto["DocNumber"] == "SO-78"


def test_without_the_companys_warning_numbers_may_repeat(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.3.1"""
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    sim.choices.warn_duplicate_numbers = False
    for _ in range(2):
        assert api.invoice(customer, sale(item, 10), DocNumber="7")["DocNumber"] == "7"


def test_a_number_of_22_characters_is_too_long(api: Api, customer: Body, item: Body) -> None:
    """9.2 2050"""
    with pytest.raises(Refused) as refused:
        api.invoice(customer, sale(item, 10), DocNumber="1" * 22)
    assert (refused.value.code, refused.value.element) == ("2050", "DocNumber")
    assert "Min:0 Max:21 supported. Supplied length:22" in refused.value.detail


def test_lines_are_the_full_new_set_in_any_update(api: Api, customer: Body, item: Body) -> None:
    """4.3"""
    made = api.invoice(customer, sale(item, 10), sale(item, 20), sale(item, 30))
    kept = made["Line"][1]
    changed = api.sparse("Invoice", made, Line=[kept, sale(item, 5)])
    products = [line for line in changed["Line"] if "Id" in line]
    assert [(line["Id"], line["LineNum"], line["Amount"]) for line in products] == [("2", 1, 20), ("4", 2, 5)]
    assert (changed["TotalAmt"], changed["Line"][-1]["Amount"]) == (25, 25)


def test_a_line_sent_again_without_its_id_gets_a_new_one(api: Api, customer: Body, item: Body) -> None:
    """4.3"""
    made = api.invoice(customer, sale(item, 10))
    line = {name: value for name, value in made["Line"][0].items() if name != "Id"}
    assert api.sparse("Invoice", made, Line=[line])["Line"][0]["Id"] == "2"


def test_a_sparse_update_without_lines_keeps_them(api: Api, customer: Body, item: Body) -> None:
    """4.3"""
    made = api.invoice(customer, sale(item, 10))
    changed = api.sparse("Invoice", made, PrivateNote="n")
    assert (changed["Line"], changed["SyncToken"]) == (made["Line"], "1")


@pytest.mark.parametrize("lines", [[], [{"DetailType": "SubTotalLineDetail", "Amount": 1, "SubTotalLineDetail": {}}]])
def test_a_document_needs_a_line(api: Api, customer: Body, lines: list[Body]) -> None:
    """9.2 2020"""
    with pytest.raises(Refused, match="Required parameter Line is missing in the request") as refused:
        api.invoice(customer, *lines)
    assert (refused.value.code, refused.value.element) == ("2020", "Line")


@pytest.mark.parametrize(
    ("amount", "quantity", "price"), [("10.13", 3, "3.375"), ("100", 0, 0), ("0.13", "2.5", "0.05")]
)
def test_the_amount_is_quantity_times_price_rounded_half_up(
    api: Api, customer: Body, item: Body, amount: str, quantity: str, price: str
) -> None:
    """5.3.2, 9.2 6070"""
    detail = {"Qty": Decimal(quantity), "UnitPrice": Decimal(price)}
    made = api.invoice(customer, sale(item, Decimal(amount), **detail))
    assert made["TotalAmt"] == Decimal(amount)
    with pytest.raises(Refused, match="6070"):
        api.invoice(customer, sale(item, Decimal(amount) - Decimal("0.01"), **{**detail, "Qty": 3}))


def test_quantity_and_price_that_were_not_sent_are_not_returned(api: Api, customer: Body, item: Body) -> None:
    """5.3.2"""
    detail = api.invoice(customer, sale(item, 10))["Line"][0]["SalesItemLineDetail"]
    assert not {"Qty", "UnitPrice"} & set(detail)


def test_a_text_line_has_no_amount(api: Api, customer: Body, item: Body) -> None:
    """5.3.2"""
    text = {"DetailType": "DescriptionOnly", "Description": "With thanks", "DescriptionLineDetail": {}}
    inline = {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}}
    made = api.invoice(customer, sale(item, 10), inline, text)
    assert made["Line"][1]["Description"] == "Subtotal: 10.00"
    assert "Amount" not in made["Line"][2]


def test_a_discount_comes_after_the_subtotal_and_is_subtracted(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.3.2: the recorded 5 %"""
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    made = api.invoice(customer, discount(percent=5), sale(item, 1005))
    assert made["Line"][-1] == {
        "Amount": Decimal("50.25"),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {
            "PercentBased": True,
            "DiscountPercent": 5,
            "DiscountAccountRef": {"value": "86", "name": "Discounts given"},
        },
    }
    assert made["TotalAmt"] == Decimal("954.75")
    assert api.invoice(customer, sale(item, 100), discount(amount=30))["TotalAmt"] == 70


def test_shipping_comes_last_and_is_added(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.2"""
    company.preferences["SalesFormsPrefs"] |= {"AllowShipping": True, "AllowDiscount": True}
    made = api.invoice(customer, shipping(12), sale(item, 100), discount(percent=10), ShipDate="2026-11-05")
    assert made["TotalAmt"] == 102
    last = made["Line"][-1]
    assert last["SalesItemLineDetail"]["ItemRef"]["value"] == "SHIPPING_ITEM_ID"
    assert not {"Id", "LineNum"} & set(last)
    assert made["Line"][1] == {"Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


def test_discount_shipping_and_deposit_need_their_switch(api: Api, customer: Body, item: Body) -> None:
    """5.3.3"""
    for lines, fields in (
        ([sale(item, 10), discount(percent=5)], {}),
        ([sale(item, 10), shipping(5)], {}),
        ([sale(item, 10)], {"ShipDate": "2026-11-05"}),
        ([sale(item, 10)], {"Deposit": 5}),
    ):
        with pytest.raises(Refused, match="6000"):
            api.invoice(customer, *lines, **fields)


def test_an_inactive_item_may_stay_but_not_come_anew(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.2"""
    made = api.invoice(customer, sale(item, 10))
    company.deactivate("Item", item["Id"])
    assert api.sparse("Invoice", made, Line=[*made["Line"][:1]], PrivateNote="n")["PrivateNote"] == "n"
    with pytest.raises(Refused, match="610"):
        api.invoice(customer, sale(item, 10))
    with pytest.raises(Refused, match="Items element id 99 not found"):
        api.invoice(customer, sale({"Id": "99"}, 10))


def test_an_inactive_customer_cannot_be_invoiced(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3"""
    company.deactivate("Customer", customer["Id"])
    with pytest.raises(Refused, match="610"):
        api.invoice(customer, sale(item, 10))


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"SalesTermRef": {"value": "2"}}, "2026-11-17"),
        ({"SalesTermRef": {"value": "1"}}, "2026-11-02"),
        ({"SalesTermRef": {"value": "2"}, "DueDate": "2027-01-31"}, "2027-01-31"),
        ({}, "2026-12-02"),
    ],
)
def test_the_due_date_follows_the_term_unless_given(
    api: Api, customer: Body, item: Body, fields: Body, due: str
) -> None:
    """5.3, 5.6"""
    assert api.invoice(customer, sale(item, 10), TxnDate="2026-11-02", **fields)["DueDate"] == due


@pytest.mark.parametrize(("dated", "due"), [("2026-11-02", "2026-11-15"), ("2026-11-10", "2026-12-15")])
def test_a_date_driven_term_names_the_day(api: Api, customer: Body, item: Body, dated: str, due: str) -> None:
    """5.6"""
    term = api.post("Term", {"Name": "15th", "DayOfMonthDue": 15, "DueNextMonthDays": 10})
    assert api.invoice(customer, sale(item, 10), TxnDate=dated, SalesTermRef=ref(term))["DueDate"] == due


def test_the_date_defaults_to_the_companys_day(sim: Simulator, company: Company, customer: Body, item: Body) -> None:
    """5.3: 23:30 Pacific is tomorrow in UTC"""
    sim.now = sim.now.replace(hour=7, minute=30, second=0) + timedelta(days=1)
    made = company.create("Invoice", {"CustomerRef": ref(customer), "Line": [sale(item, 10)]})
    assert made["TxnDate"] == "2026-11-02"


def test_custom_fields_are_slots_of_31_characters(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.5"""
    assert api.invoice(customer, sale(item, 10))["CustomField"] == []
    with pytest.raises(Refused, match="3000"):
        api.invoice(customer, sale(item, 10), CustomField=[{"DefinitionId": "1", "StringValue": "PO 5"}])
    company.define_custom_field("PO Number")
    slot = {"DefinitionId": "1", "Name": "PO Number", "Type": "StringType"}
    assert api.invoice(customer, sale(item, 10))["CustomField"] == [slot]
    made = api.invoice(customer, sale(item, 10), CustomField=[{"DefinitionId": "1", "StringValue": "PO 5"}])
    assert made["CustomField"] == [{**slot, "StringValue": "PO 5"}]
    with pytest.raises(Refused, match="2050"):
        api.invoice(customer, sale(item, 10), CustomField=[{"DefinitionId": "1", "StringValue": "x" * 32}])


def test_void_zeroes_amounts_and_keeps_the_rest(api: Api, customer: Body, item: Body) -> None:
    """4.5"""
    made = api.invoice(customer, sale(item, 100), PrivateNote="Rush")
    voided = api.void("Invoice", made)
    assert voided["PrivateNote"].startswith("Voided")
    assert voided["PrivateNote"].endswith("Rush")
    assert (voided["SyncToken"], voided["TotalAmt"], voided["Balance"], voided["LinkedTxn"]) == ("1", 0, 0, [])
    assert [line["Amount"] for line in voided["Line"]] == [0, 0]
    assert voided["TxnTaxDetail"]["TotalTax"] == 0
    for name in ("DocNumber", "TxnDate", "DueDate", "CustomerRef", "EmailStatus", "PrintStatus"):
        assert voided[name] == made[name]
    assert api.read("Customer", customer["Id"])["Balance"] == 0


def test_delete_leaves_a_stub_and_happens_once(api: Api, customer: Body, item: Body) -> None:
    """4.4"""
    made = api.invoice(customer, sale(item, 100))
    assert api.delete("Invoice", made) == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert api.read("Customer", customer["Id"])["Balance"] == 0
    with pytest.raises(Refused, match="610"):
        api.delete("Invoice", made)
    with pytest.raises(Refused, match=r"610 .*Another user has deleted this transaction"):
        api.read("Invoice", made["Id"])


def test_closed_books_refuse_any_change(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.6, 9.2 6210"""
    old = api.invoice(customer, sale(item, 10), TxnDate="2026-10-15")
    new = api.invoice(customer, sale(item, 10))
    company.close_books("2026-10-31")
    for change in (
        lambda: api.invoice(customer, sale(item, 10), TxnDate="2026-10-31"),
        lambda: api.sparse("Invoice", old, PrivateNote="n"),
        lambda: api.sparse("Invoice", new, TxnDate="2026-10-01"),
        lambda: api.void("Invoice", old),
        lambda: api.delete("Invoice", old),
    ):
        with pytest.raises(Refused, match="6210"):
            change()
    prefs = api.call("GET", "/preferences")["Preferences"]["AccountingInfoPrefs"]
    assert prefs["BookCloseDate"] == "2026-10-31"
    company.close_books(None)
    assert api.void("Invoice", old)["TotalAmt"] == 0


def test_sending_moves_the_time_but_not_the_token(sim: Simulator, api: Api, customer: Body, item: Body) -> None:
    """4.2, 4.7"""
    made = api.invoice(customer, sale(item, 10))
    with pytest.raises(Refused, match="2020"):
        api.call("POST", f"/invoice/{made['Id']}/send")
    sim.now += timedelta(minutes=1)
    sent = api.call("POST", f"/invoice/{made['Id']}/send", sendTo="june@example.com")["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"], sent["SyncToken"]) == (
        "EmailSent",
        {"Address": "june@example.com"},
        "0",
    )
    assert sent["DeliveryInfo"] == {"DeliveryType": "Email", "DeliveryTime": sent["MetaData"]["LastUpdatedTime"]}
    assert sent["MetaData"]["LastUpdatedTime"] > made["MetaData"]["LastUpdatedTime"]


def test_need_to_send_needs_an_address_and_mails_nothing(api: Api, customer: Body, item: Body) -> None:
    """4.7"""
    with pytest.raises(Refused, match="2020"):
        api.invoice(customer, sale(item, 10), EmailStatus="NeedToSend")
    made = api.invoice(customer, sale(item, 10), EmailStatus="NeedToSend", BillEmail={"Address": "a@b.co"})
    assert made["DeliveryInfo"] == {"DeliveryType": "Email"}


def test_a_credit_memo_starts_with_what_remains_of_it(api: Api, customer: Body, item: Body) -> None:
    """5.5"""
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 40)]})
    assert next(iter(memo)) == "RemainingCredit"
    assert (memo["RemainingCredit"], memo["Balance"], memo["TotalAmt"]) == (40, 40, 40)
    assert not {"DueDate", "AllowOnlineACHPayment", "LinkedTxn"} & set(memo)
    assert api.read("Customer", customer["Id"])["Balance"] == -40


def test_only_invoices_say_who_changed_them(api: Api, customer: Body, item: Body) -> None:
    """5.0"""
    assert "LastModifiedByRef" in api.invoice(customer, sale(item, 1))["MetaData"]
    assert "LastModifiedByRef" not in api.payment(customer, 1)["MetaData"]

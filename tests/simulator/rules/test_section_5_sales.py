"""Sales documents: numbers, lines, switches, tax, custom fields, editing (sections 5.3.1 to 5.3.6)."""

from decimal import Decimal

import pytest

from simulator.company import Company
from tests.simulator.caller import Api, Body, discount, ref, sale, shipping
from tests.simulator.rules.refusing import refused


def test_quickbooks_numbers_one_after_the_last(api: Api, customer: Body, item: Body) -> None:
    """5.3.1-1"""
    numbers = [api.invoice(customer, sale(item, 5))["DocNumber"] for _ in range(3)]
    assert numbers == ["1001", "1002", "1003"]


def test_receipts_and_refunds_are_of_the_same_sequence(api: Api, customer: Body, item: Body) -> None:
    """5.3.1-5"""
    line, account = {"Line": [sale(item, 5)]}, {"DepositToAccountRef": {"value": "35"}}
    made = [
        api.invoice(customer, sale(item, 5)), api.post("SalesReceipt", line),
        api.post("RefundReceipt", {**line, **account}), api.post("CreditMemo", {**line, "CustomerRef": ref(customer)}),
    ]  # fmt: skip
    assert [each["DocNumber"] for each in made] == ["1001", "1002", "1003", "1004"]


def test_a_line_needs_an_amount_that_is_quantity_times_price(api: Api, customer: Body, item: Body) -> None:
    """5.3.2-1"""
    with refused("2020", element="Line.Amount"):
        api.invoice(customer, {**sale(item, 0), "Amount": None})
    with refused("6070", "Amount is not equal to UnitPrice * Qty. Supplied value:9.99"):
        api.invoice(customer, sale(item, Decimal("9.99"), Qty=2, UnitPrice=5))
    account = api.invoice(customer, sale(item, 10, ItemAccountRef={"value": "1"}))["Line"][0]["SalesItemLineDetail"]
    assert account["ItemAccountRef"]["value"] == "79"


def test_a_document_has_one_discount(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.2-3, 5.3.3-1"""
    with refused("6000"):
        api.invoice(customer, sale(item, 100), discount(percent=5))
    company.preferences["SalesFormsPrefs"]["AllowDiscount"] = True
    lines = api.invoice(customer, discount(amount=30), sale(item, 100))["Line"]
    assert [line["DetailType"] for line in lines] == [
        "SalesItemLineDetail", "SubTotalLineDetail", "DiscountLineDetail",
    ]  # fmt: skip
    assert lines[-1]["Amount"] == 30
    assert not {"Id", "LineNum"} & set(lines[-1])
    with refused("6000"):
        api.invoice(customer, sale(item, 100), discount(percent=5), discount(amount=5))


def test_shipping_is_behind_the_discount_and_no_item(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.2-4, 5.3.3-2"""
    with refused("6000"):
        api.invoice(customer, sale(item, 100), shipping(7))
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True}
    last = api.invoice(customer, shipping(7), sale(item, 100), discount(percent=5))["Line"][-1]
    assert (last["Amount"], last["SalesItemLineDetail"]["ItemRef"]["value"]) == (7, "SHIPPING_ITEM_ID")
    assert not {"Qty", "UnitPrice"} & set(last["SalesItemLineDetail"])
    assert api.http.get("/item/SHIPPING_ITEM_ID").status_code == 400


def test_a_bundle_stands_for_its_lines(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.2-6"""
    pine = api.item("Pine", UnitPrice=7)
    parts = [{"ItemRef": ref(pine), "Qty": 2}, {"ItemRef": ref(item), "Qty": 1}]
    made = company.create("Item", {"Name": "Set", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": parts}})
    line = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": ref(made), "Quantity": 3}}
    invoice = api.invoice(customer, line)
    shown = invoice["Line"][0]["GroupLineDetail"]
    assert (shown["GroupItemRef"]["value"], shown["Quantity"]) == (made["Id"], 3)
    assert [each["SalesItemLineDetail"]["Qty"] for each in shown["Line"]] == [6, 3]
    assert invoice["TotalAmt"] == 42


def test_a_line_describes_itself_in_4000_characters(api: Api, customer: Body, item: Body) -> None:
    """5.3.2-a"""
    made = api.invoice(customer, {**sale(item, 5), "Description": "x" * 4000})
    assert made["Line"][0]["Description"] == "x" * 4000
    with refused("2050"):
        api.invoice(customer, {**sale(item, 5), "Description": "x" * 4001})


@pytest.mark.parametrize(
    ("quantity", "price", "up", "even"), [(1, "2.675", "2.68", None), (1, "2.665", "2.67", "2.66")]
)
def test_half_a_cent_is_rounded_up(
    api: Api, customer: Body, item: Body, quantity: int, price: str, up: str, even: str | None
) -> None:
    """5.3.2-c"""
    detail = {"Qty": quantity, "UnitPrice": Decimal(price)}
    assert api.invoice(customer, sale(item, Decimal(up), **detail))["TotalAmt"] == Decimal(up)
    if even:
        with refused("6070"):
            api.invoice(customer, sale(item, Decimal(even), **detail))


def test_automated_tax_is_a_preference(company: Company, api: Api, item: Body) -> None:
    """5.3.3-7"""
    customer = api.customer(ShipAddr={"CountrySubDivisionCode": "WA"})
    taxed = sale(item, 100, TaxCodeRef={"value": "TAX"})
    totals = []
    for using, automated in ((False, True), (True, False), (True, True)):
        company.preferences["TaxPrefs"] |= {"UsingSalesTax": using, "PartnerTaxEnabled": automated}
        made = api.invoice(customer, taxed, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
        totals.append(made["TxnTaxDetail"]["TotalTax"])
    assert totals == [0, 8, Decimal("9.40")]


def test_a_resale_certificate_frees_from_tax(company: Company, api: Api, item: Body) -> None:
    """5.3.4-b"""
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": True, "PartnerTaxEnabled": False}
    detail = {"TxnTaxCodeRef": {"value": "2"}}
    taxes = []
    for fields in ({}, {"Taxable": False, "TaxExemptionReasonId": "9", "ResaleNum": "R-1"}):
        customer = api.customer(f"C{len(taxes)}", **fields)
        made = api.invoice(customer, sale(item, 100, TaxCodeRef={"value": "TAX"}), TxnTaxDetail=detail)
        taxes.append(made["TxnTaxDetail"]["TotalTax"])
    assert taxes == [8, 0]


def test_preferences_tell_the_custom_fields(company: Company, api: Api) -> None:
    """5.3.5-2"""
    assert api.call("GET", "/preferences")["Preferences"]["SalesFormsPrefs"]["CustomField"] == []
    company.define_custom_field("PO Number", slot=2)
    groups = api.call("GET", "/preferences")["Preferences"]["SalesFormsPrefs"]["CustomField"]
    pairs = [pair for group in groups for pair in group["CustomField"]]
    assert {"Name": "SalesFormsPrefs.UseSalesCustom2", "Type": "BooleanType", "BooleanValue": True} in pairs
    assert {"Name": "SalesFormsPrefs.SalesCustomName2", "Type": "StringType", "StringValue": "PO Number"} in pairs


def test_there_are_three_custom_fields(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3.5-1, 5.3.5-5"""
    for slot in (1, 2, 3):
        company.define_custom_field(f"Field {slot}", slot)
    shown = api.invoice(customer, sale(item, 5))["CustomField"]
    assert [(each["DefinitionId"], each["Name"], each["Type"]) for each in shown] == [
        ("1", "Field 1", "StringType"), ("2", "Field 2", "StringType"), ("3", "Field 3", "StringType"),
    ]  # fmt: skip
    with refused("3000"):
        api.invoice(customer, sale(item, 5), CustomField=[{"DefinitionId": "4", "StringValue": "x"}])


def test_a_void_invoice_can_be_edited_again(api: Api, customer: Body, invoice: Body, item: Body) -> None:
    """5.3.6-3"""
    voided = api.void("Invoice", invoice)
    again = api.sparse("Invoice", voided, Line=[sale(item, 40)], PrivateNote="")
    assert (again["TotalAmt"], again["Balance"]) == (40, 40)
    assert api.read("Customer", customer["Id"])["Balance"] == 40


@pytest.mark.parametrize("entity", ["Invoice", "CreditMemo"])
def test_a_number_taken_by_either_kind_is_taken_for_both(
    company: Company, api: Api, customer: Body, item: Body, entity: str
) -> None:
    """5.3.1-4, 5.3.1-5"""
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 5)], "DocNumber": "7"}
    made = api.post(entity, body)
    with refused("6140", f"DocNumber=7 is assigned to TxnType={entity} with TxnId={made['Id']}"):
        api.post("Invoice", body)

"""What QuickBooks does by itself: credits and payments applied, opening balances, estimates closed (5.1, 5.3–5.5)."""

from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, ref, sale


@pytest.fixture
def customer(api: Api) -> Body:
    return api.customer()


@pytest.fixture
def item(api: Api) -> Body:
    return api.item(UnitPrice=25)


def memo(api: Api, customer: Body, item: Body, amount: int, **fields: str) -> Body:
    return api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, amount)], **fields})


def test_with_auto_apply_a_credit_goes_to_open_invoices_by_a_payment_of_nothing(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.5"""
    company.preferences["SalesFormsPrefs"]["AutoApplyCredit"] = True
    newer = api.invoice(customer, sale(item, 50), TxnDate="2026-10-05")
    older = api.invoice(customer, sale(item, 20), TxnDate="2026-09-01")
    credit = memo(api, customer, item, 30)
    assert (credit["RemainingCredit"], credit["Balance"]) == (0, 0)
    assert [api.read("Invoice", each["Id"])["Balance"] for each in (older, newer)] == [0, 40]
    payments = api.query("select * from Payment")["Payment"]
    assert {each["TotalAmt"] for each in payments} == {0}
    assert all("DepositToAccountRef" not in each for each in payments)
    assert api.read("Invoice", older["Id"])["LinkedTxn"][0]["TxnType"] == "Payment"
    assert api.read("Customer", customer["Id"])["Balance"] == 40


def test_with_auto_apply_a_new_invoice_takes_the_credit_that_waits(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.5"""
    memo(api, customer, item, 30)
    company.preferences["SalesFormsPrefs"]["AutoApplyCredit"] = True
    made = api.invoice(customer, sale(item, 100))
    assert made["Balance"] == 70
    changed = api.call("GET", "/cdc", entities="Payment", changedSince="2026-11-01")["CDCResponse"][0]
    assert changed["QueryResponse"][0]["Payment"][0]["TotalAmt"] == 0


def test_without_auto_apply_nothing_happens_by_itself(api: Api, customer: Body, item: Body) -> None:
    """5.5"""
    invoice = api.invoice(customer, sale(item, 50))
    assert memo(api, customer, item, 30)["RemainingCredit"] == 30
    assert api.read("Invoice", invoice["Id"])["Balance"] == 50


def test_a_payment_entered_by_a_person_goes_to_the_oldest_invoices(
    company: Company, api: Api, customer: Body, item: Body
) -> None:
    """5.4"""
    company.preferences["SalesFormsPrefs"]["AutoApplyPayments"] = True
    newer = api.invoice(customer, sale(item, 50), TxnDate="2026-10-05")
    older = api.invoice(customer, sale(item, 20), TxnDate="2026-09-01")
    paid = company.pay(customer["Id"], 30)
    assert {line["LinkedTxn"][0]["TxnId"]: line["Amount"] for line in paid["Line"]} == {
        older["Id"]: 20,
        newer["Id"]: 10,
    }
    assert paid["UnappliedAmt"] == 0


@pytest.mark.parametrize(("switched", "applied"), [(False, 0), (True, 1)])
def test_a_payment_of_an_app_stays_unapplied_unless_switched(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body, switched: bool, applied: int
) -> None:
    """5.4: as recorded"""
    company.preferences["SalesFormsPrefs"]["AutoApplyPayments"] = True
    sim.choices.auto_apply_app_payments = switched
    api.invoice(customer, sale(item, 50))
    assert len(api.payment(customer, 30)["Line"]) == applied


@pytest.mark.parametrize(("amount", "entity"), [(250, "Invoice"), (-40, "CreditMemo")])
def test_an_opening_balance_is_a_document_of_its_day(company: Company, api: Api, amount: int, entity: str) -> None:
    """5.1"""
    made = api.customer("Old Friend", Balance=amount, OpenBalanceDate="2026-01-05")
    assert (made["Balance"], made["BalanceWithJobs"], made["SyncToken"]) == (amount, amount, "0")
    (document,) = company.all(entity)
    assert (document["TxnDate"], document["TotalAmt"]) == ("2026-01-05", abs(amount))


def test_no_opening_balance_in_closed_books_leaves_no_customer(company: Company, api: Api) -> None:
    """5.1, 5.3.6"""
    company.close_books("2026-10-31")
    with pytest.raises(Refused, match="6210"):
        api.customer("Old Friend", Balance=5, OpenBalanceDate="2026-01-05")
    assert company.find("Customer", "Old Friend") is None


def test_an_invoice_made_from_an_estimate_closes_it(api: Api, customer: Body, item: Body) -> None:
    """5.3 LinkedTxn"""
    offer = api.post("Estimate", {"CustomerRef": ref(customer), "Line": [sale(item, 9)]})
    assert (offer["TxnStatus"], offer["DocNumber"]) == ("Pending", "1001")
    link = {"TxnId": offer["Id"], "TxnType": "Estimate"}
    made = api.invoice(customer, sale(item, 9), LinkedTxn=[link])
    closed = api.read("Estimate", offer["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"][0]["TxnId"], closed["SyncToken"]) == ("Closed", made["Id"], "1")
    api.payment(customer, 9, {made["Id"]: 9})
    paid = api.read("Invoice", made["Id"])
    assert [each["TxnType"] for each in paid["LinkedTxn"]] == ["Estimate", "Payment"]
    assert api.post("Invoice", {**paid, "sparse": True})["SyncToken"] == paid["SyncToken"]
    api.sparse("Payment", api.query("select * from Payment")["Payment"][0], Line=[])
    api.delete("Invoice", api.read("Invoice", made["Id"]))
    assert api.read("Estimate", offer["Id"])["TxnStatus"] == "Pending"


def test_a_link_to_an_estimate_that_is_not_there_is_refused(api: Api, customer: Body, item: Body) -> None:
    """9.2 610"""
    with pytest.raises(Refused, match="610"):
        api.invoice(customer, sale(item, 9), LinkedTxn=[{"TxnId": "77", "TxnType": "Estimate"}])


def test_a_bundle_stands_for_its_contents(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.2, 5.3.2 GroupLineDetail"""
    parts = {"ItemGroupLine": [{"ItemRef": ref(item), "Qty": 2}]}
    box = company.create("Item", {"Name": "Box", "Type": "Group", "ItemGroupDetail": parts})
    group = {"GroupItemRef": ref(box), "Quantity": 3}
    made = api.invoice(customer, {"DetailType": "GroupLineDetail", "GroupLineDetail": group}, sale(item, 5))
    bundle, plain, subtotal = made["Line"]
    assert (bundle["GroupLineDetail"]["Quantity"], bundle["GroupLineDetail"]["Line"][0]["Amount"]) == (3, 150)
    ids = [bundle["Id"], bundle["GroupLineDetail"]["Line"][0]["Id"], plain["Id"]]
    assert len(set(ids)) == 3
    assert (subtotal["Amount"], made["TotalAmt"]) == (155, 155)
    assert api.sparse("Invoice", made, Line=made["Line"], PrivateNote="n")["Line"] == made["Line"]
    assert api.void("Invoice", api.read("Invoice", made["Id"]))["Line"][0]["GroupLineDetail"]["Line"][0]["Amount"] == 0
    with pytest.raises(Refused, match="6000"):
        api.post("Item", {"Name": "Another box", "Type": "Group", "ItemGroupDetail": parts})


def test_preferences_changed_in_place_count_as_changed(company: Company, api: Api) -> None:
    """5.8"""
    before = api.call("GET", "/preferences")["Preferences"]
    company.preferences["SalesFormsPrefs"]["AllowShipping"] = True
    after = api.call("GET", "/preferences")["Preferences"]
    assert (before["SyncToken"], after["SyncToken"]) == ("0", "1")
    again = api.post("Preferences", {"SyncToken": "1", "sparse": True, "SalesFormsPrefs": {"AllowDiscount": True}})
    assert (again["SyncToken"], again["SalesFormsPrefs"]["AllowShipping"]) == ("2", True)
    assert api.call("GET", "/preferences")["Preferences"]["SyncToken"] == "2"


def test_a_company_may_move(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.9"""
    company.update("CompanyInfo", {"Id": "1", "sparse": True, "CompanyAddr": {"Line1": "9 Mill St", "City": "Lynn"}})
    assert api.invoice(customer, sale(item, 1))["ShipFromAddr"] == {"Id": "1", "Line1": "9 Mill St", "Line2": "Lynn"}


def test_the_recorded_full_update_of_a_sales_receipt_empties_it(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body
) -> None:
    """4.1: receipt 17 of 2020"""
    company.define_custom_field("Crew #")
    made = api.post(
        "SalesReceipt",
        {
            "CustomerRef": ref(customer), "Line": [sale(item, 337.5)], "CustomerMemo": {"value": "Thanks"},
            "PaymentMethodRef": {"value": "1"}, "TxnDate": "2026-09-01", "DepositToAccountRef": {"value": "35"},
            "BillAddr": {"Line1": "1 Pier Rd", "City": "Salem"},
        },
    )  # fmt: skip
    assert (made["Balance"], made["TotalAmt"]) == (0, Decimal("337.50"))
    assert api.read("Customer", customer["Id"])["Balance"] == 0
    changed = api.post("SalesReceipt", {"Id": made["Id"], "SyncToken": "0", "Line": [sale(item, 340)]}, requestid="r")
    assert not {"CustomerRef", "CustomerMemo", "PaymentMethodRef", "BillAddr", "ShipAddr"} & set(changed)
    assert (changed["TxnDate"], changed["DepositToAccountRef"]["value"]) == ("2026-11-02", "4")
    assert (changed["DocNumber"], changed["CustomField"]) == (made["DocNumber"], made["CustomField"])


def test_a_refund_needs_the_account_it_comes_from(api: Api, customer: Body, item: Body) -> None:
    """5.0"""
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 5)]}
    with pytest.raises(Refused, match="DepositToAccountRef"):
        api.post("RefundReceipt", body)
    made = api.post("RefundReceipt", {**body, "DepositToAccountRef": {"value": "35"}})
    assert api.query("select * from RefundReceipt")["RefundReceipt"][0]["Id"] == made["Id"]
    assert api.read("Customer", customer["Id"])["Balance"] == 0

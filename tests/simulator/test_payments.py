"""Payments: applied, unapplied, credits, void, delete, and what they do to others (api 4.2, 4.6, 5.4, 5.5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, link, ref, sale


@pytest.fixture
def customer(api: Api) -> Body:
    return api.customer()


@pytest.fixture
def item(api: Api) -> Body:
    return api.item()


@pytest.fixture
def invoice(api: Api, customer: Body, item: Body) -> Body:
    return api.invoice(customer, sale(item, 100))


def balance(api: Api, customer: Body) -> Decimal:
    return Decimal(api.read("Customer", customer["Id"])["Balance"])


def test_a_minimal_payment_stays_unapplied(api: Api, customer: Body) -> None:
    """5.4"""
    made = api.payment(customer, 100)
    assert (made["Line"], made["UnappliedAmt"], made["SyncToken"], made["ProcessPayment"]) == ([], 100, "0", False)
    assert made["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    assert "DocNumber" not in made
    assert balance(api, customer) == -100


def test_an_applied_payment_moves_the_invoice(sim: Simulator, api: Api, customer: Body, invoice: Body) -> None:
    """4.2, 5.4"""
    sim.now += timedelta(minutes=3)
    paid = api.payment(customer, 250, {invoice["Id"]: 60}, PaymentRefNum="CHK-8841")
    after = api.read("Invoice", invoice["Id"])
    assert (paid["UnappliedAmt"], after["Balance"], after["SyncToken"]) == (190, 40, "1")
    assert after["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert after["MetaData"]["LastUpdatedTime"] == paid["MetaData"]["CreateTime"]
    assert balance(api, customer) == 40 - 190


def test_a_line_tells_the_balance_before_it_and_the_number(api: Api, customer: Body, invoice: Body) -> None:
    """5.4"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    pairs = {each["value"]["Name"]: each["value"]["Value"] for each in paid["Line"][0]["LineEx"]["any"]}
    assert pairs == {"txnId": invoice["Id"], "txnOpenBalance": "100.00", "txnReferenceNumber": "1001"}


def test_a_payment_without_an_amount_is_refused(api: Api, customer: Body) -> None:
    """5.4"""
    with pytest.raises(Refused, match="6000 Business Validation Error: You must set a transaction amount"):
        api.post("Payment", {"CustomerRef": ref(customer)})


def test_more_cannot_be_applied_than_was_paid_or_is_open(api: Api, customer: Body, invoice: Body) -> None:
    """5.4"""
    with pytest.raises(Refused, match="6000"):
        api.payment(customer, 50, {invoice["Id"]: 60})
    with pytest.raises(Refused, match="6000"):
        api.payment(customer, 200, {invoice["Id"]: 100.01})
    api.payment(customer, 100, {invoice["Id"]: 100})
    with pytest.raises(Refused, match="6000"):
        api.payment(customer, 1, {invoice["Id"]: 1})


def test_over_application_may_be_capped_instead(sim: Simulator, api: Api, customer: Body, invoice: Body) -> None:
    """5.4, a switch"""
    sim.choices.over_application = "cap"
    paid = api.payment(customer, 200, {invoice["Id"]: 150})
    assert (paid["Line"][0]["Amount"], paid["UnappliedAmt"]) == (100, 100)


def test_linking_by_number_instead_of_id_gives_610(api: Api, customer: Body, invoice: Body) -> None:
    """5.4"""
    with pytest.raises(Refused, match=r"610 .*has been deleted"):
        api.payment(customer, 10, {invoice["DocNumber"]: 10})


def test_another_customers_invoice_cannot_be_linked(api: Api, invoice: Body) -> None:
    """9.2 620"""
    with pytest.raises(Refused, match="620"):
        api.payment(api.customer("Somebody else"), 10, {invoice["Id"]: 10})


def test_a_parent_pays_for_its_sub_customer(api: Api, customer: Body, item: Body) -> None:
    """5.1.2"""
    child = api.customer("Ocean View", Job=True, ParentRef=ref(customer))
    invoice = api.invoice(child, sale(item, 80))
    api.payment(customer, 80, {invoice["Id"]: 80})
    assert api.read("Invoice", invoice["Id"])["Balance"] == 0
    family = api.read("Customer", customer["Id"])
    assert (family["Balance"], family["BalanceWithJobs"]) == (0, 0)


def test_lines_of_a_payment_are_all_or_none(api: Api, customer: Body, invoice: Body) -> None:
    """4.3"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    kept = api.sparse("Payment", paid, PrivateNote="n")
    assert (kept["UnappliedAmt"], api.read("Invoice", invoice["Id"])["SyncToken"]) == (0, "1")
    freed = api.sparse("Payment", kept, Line=[])
    after = api.read("Invoice", invoice["Id"])
    assert (freed["UnappliedAmt"], after["Balance"], after["LinkedTxn"], after["SyncToken"]) == (60, 100, [], "2")


def test_an_application_may_grow_within_the_open_balance(api: Api, customer: Body, invoice: Body) -> None:
    """5.4"""
    paid = api.payment(customer, 100, {invoice["Id"]: 60})
    api.sparse("Payment", paid, Line=[link("Invoice", invoice["Id"], 100)])
    assert api.read("Invoice", invoice["Id"])["Balance"] == 0


@pytest.mark.parametrize("params", [{"operation": "update", "include": "void"}, {"operation": "void"}])
def test_voiding_a_payment_opens_the_invoice_again(
    api: Api, customer: Body, invoice: Body, params: dict[str, str]
) -> None:
    """4.1, 4.6"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    voided = api.post("Payment", {"Id": paid["Id"], "SyncToken": "0", "sparse": True}, **params)
    assert (voided["Line"], voided["TotalAmt"], voided["UnappliedAmt"]) == ([], 0, 0)
    assert voided["PrivateNote"] == "Voided"
    after = api.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["SyncToken"]) == (100, "2")
    assert balance(api, customer) == 100


def test_deleting_a_payment_opens_the_invoice_again(api: Api, customer: Body, invoice: Body) -> None:
    """4.6"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    assert api.delete("Payment", paid)["status"] == "Deleted"
    after = api.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (100, [])
    assert balance(api, customer) == 100


def test_a_deposited_payment_is_locked(company: Company, api: Api, customer: Body) -> None:
    """4.6, 9.2 6540"""
    paid = api.payment(customer, 60)
    deposited = company.deposit(paid["Id"])
    assert deposited["LinkedTxn"][0]["TxnType"] == "Deposit"
    now = api.read("Payment", paid["Id"])
    for change in (lambda: api.sparse("Payment", now, PrivateNote="n"), lambda: api.delete("Payment", now)):
        with pytest.raises(Refused, match="6540"):
            change()


def test_voiding_an_invoice_releases_its_payments(api: Api, customer: Body, invoice: Body) -> None:
    """4.5"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    api.void("Invoice", api.read("Invoice", invoice["Id"]))
    after = api.read("Payment", paid["Id"])
    assert (after["UnappliedAmt"], after["Line"], after["SyncToken"]) == (60, [], "1")
    assert balance(api, customer) == -60


def test_an_invoice_with_payments_is_not_deleted_unless_switched(
    sim: Simulator, api: Api, customer: Body, invoice: Body
) -> None:
    """4.4"""
    paid = api.payment(customer, 60, {invoice["Id"]: 60})
    now = api.read("Invoice", invoice["Id"])
    with pytest.raises(Refused, match="6000"):
        api.delete("Invoice", now)
    sim.choices.delete_paid_invoice = "unapply"
    api.delete("Invoice", now)
    assert api.read("Payment", paid["Id"])["UnappliedAmt"] == 60
    assert balance(api, customer) == -60


def test_a_smaller_invoice_gives_back_what_was_applied_too_much(
    api: Api, customer: Body, item: Body, invoice: Body
) -> None:
    """5.3.6"""
    first = api.payment(customer, 60, {invoice["Id"]: 60})
    second = api.payment(customer, 40, {invoice["Id"]: 40})
    api.sparse("Invoice", api.read("Invoice", invoice["Id"]), Line=[sale(item, 50)])
    assert api.read("Invoice", invoice["Id"])["Balance"] == 0
    assert api.read("Payment", first["Id"])["UnappliedAmt"] == 10
    assert api.read("Payment", second["Id"])["UnappliedAmt"] == 40
    assert balance(api, customer) == -50


def test_a_paid_invoice_keeps_its_customer(api: Api, customer: Body, invoice: Body) -> None:
    """5.3.6"""
    other = api.customer("Somebody else")
    api.payment(customer, 10, {invoice["Id"]: 10})
    with pytest.raises(Refused, match="6000"):
        api.sparse("Invoice", api.read("Invoice", invoice["Id"]), CustomerRef=ref(other))


def test_an_unpaid_invoice_may_change_hands(api: Api, customer: Body, invoice: Body) -> None:
    """5.3"""
    other = api.customer("Somebody else")
    api.sparse("Invoice", invoice, CustomerRef=ref(other))
    assert (balance(api, customer), balance(api, other)) == (0, 100)


def test_a_zero_payment_applies_a_credit(api: Api, customer: Body, item: Body, invoice: Body) -> None:
    """5.5: the recorded application of credit memo 73 to invoice 71"""
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 100)]})
    lines = [link("Invoice", invoice["Id"], 100), link("CreditMemo", memo["Id"], 100)]
    applied = api.post("Payment", {"CustomerRef": ref(customer), "TotalAmt": 0, "Line": lines})
    assert (applied["TotalAmt"], applied["UnappliedAmt"]) == (0, 0)
    assert "DepositToAccountRef" not in applied
    assert api.read("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    after = api.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (0, [{"TxnId": applied["Id"], "TxnType": "Payment"}])
    assert balance(api, customer) == 0


def test_a_credit_comes_back_when_its_invoice_is_voided(company: Company, api: Api, customer: Body, item: Body) -> None:
    """4.5, 5.3: no payment holds more than it brought"""
    invoice = api.invoice(customer, sale(item, 100))
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 70)]})
    applied = company.credit(memo["Id"], {invoice["Id"]: 70})
    company.void("Invoice", invoice["Id"])
    assert api.read("CreditMemo", memo["Id"])["RemainingCredit"] == 70
    assert api.read("Payment", applied["Id"])["UnappliedAmt"] == 0
    assert balance(api, customer) == -70


def test_an_invoice_opens_again_when_its_credit_shrinks(company: Company, api: Api, customer: Body, item: Body) -> None:
    """5.3: no payment gives more than it has"""
    invoice = api.invoice(customer, sale(item, 100))
    memo = api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, 70)]})
    applied = company.credit(memo["Id"], {invoice["Id"]: 70})
    company.update("CreditMemo", {"Id": memo["Id"], "sparse": True, "Line": [sale(item, 50)]})
    assert api.read("Invoice", invoice["Id"])["Balance"] == 50
    assert api.read("Payment", applied["Id"])["UnappliedAmt"] == 0
    assert balance(api, customer) == 50


def test_the_second_actor_records_payments_in_one_word(company: Company, customer: Body, invoice: Body) -> None:
    """13.15"""
    paid = company.pay(customer["Id"], "100.00", {invoice["Id"]: "100.00"}, PaymentRefNum="1")
    assert paid["UnappliedAmt"] == 0
    assert company.get("Invoice", invoice["Id"])["Balance"] == 0

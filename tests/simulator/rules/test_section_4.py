"""Reading and writing: operations, tokens, lines, delete, void, e-mail, requestid (section 4)."""

from datetime import timedelta

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, ref, sale
from tests.simulator.rules.refusing import refused


def test_a_create_answers_200_with_the_whole_object(api: Api) -> None:
    """4.1-1"""
    response = api.http.post("/customer", json={"DisplayName": "Harbor Goods"})
    assert response.status_code == 200
    made = response.json()["Customer"]
    assert (made["Id"], made["SyncToken"]) == ("1", "0")
    assert made == api.http.get("/customer/1").json()["Customer"]


@pytest.mark.parametrize(
    "entity", ["Customer", "Item", "Invoice", "Payment", "CreditMemo", "Term", "Account", "Vendor"]
)
def test_an_unknown_object_is_610_and_not_404(api: Api, entity: str) -> None:
    """4.1-2"""
    with refused("610"):
        api.read(entity, "7777")


def test_a_deleted_object_is_610_and_not_404(api: Api, invoice: Body) -> None:
    """4.1-2"""
    api.delete("Invoice", invoice)
    with refused("610"):
        api.read("Invoice", invoice["Id"])


@pytest.mark.parametrize("entity", ["Invoice", "Payment", "CreditMemo"])
def test_a_transaction_is_deleted_by_id_and_token(api: Api, customer: Body, item: Body, entity: str) -> None:
    """4.1-5"""
    lines = {"TotalAmt": 5} if entity == "Payment" else {"Line": [sale(item, 5)]}
    made = api.post(entity, {"CustomerRef": ref(customer), **lines})
    named = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    assert api.post(entity, named, operation="delete")["status"] == "Deleted"
    with refused("610"):
        api.read(entity, made["Id"])


@pytest.mark.parametrize("entity", ["Customer", "Item", "Term", "Vendor", "Employee", "Account", "PaymentMethod"])
def test_an_object_of_a_list_is_not_deleted(api: Api, customer: Body, item: Body, entity: str) -> None:
    """4.1-5, 4.4-3"""
    api.post("Vendor", {"DisplayName": "Mill"})
    api.post("Employee", {"DisplayName": "June"})
    before = api.read(entity, "1")
    with refused("500"):
        api.delete(entity, before)
    assert api.read(entity, "1") == before


def test_send_goes_to_the_documents_address_or_another(api: Api, customer: Body, item: Body) -> None:
    """4.1-8, 4.7-1"""
    made = api.invoice(customer, sale(item, 5), BillEmail={"Address": "a@b.co"})
    sent = api.call("POST", f"/invoice/{made['Id']}/send")["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "a@b.co"})
    again = api.call("POST", f"/invoice/{made['Id']}/send", sendTo="c@d.co")["Invoice"]
    assert again["BillEmail"] == {"Address": "c@d.co"}


def test_a_full_update_without_addresses_and_date_resets_them(api: Api, item: Body) -> None:
    """4.1-a"""
    customer = api.customer()
    made = api.invoice(
        customer, sale(item, 5), TxnDate="2026-01-05", BillAddr={"Line1": "1 Pier Rd"}, PrivateNote="n",
        CustomerMemo={"value": "m"}, DocNumber="7",
    )  # fmt: skip
    full = {"Id": made["Id"], "SyncToken": "0", "CustomerRef": ref(customer), "Line": made["Line"]}
    changed = api.post("Invoice", full)
    assert not {"BillAddr", "PrivateNote", "CustomerMemo"} & set(changed)
    assert (changed["TxnDate"], changed["DocNumber"], changed["CustomField"]) == ("2026-11-02", "7", [])


def test_a_token_starts_at_0_and_counts_changes(api: Api, customer: Body) -> None:
    """4.2-1"""
    tokens = [customer["SyncToken"]]
    for note in "abc":
        customer = api.sparse("Customer", customer, Notes=note)
        tokens.append(customer["SyncToken"])
    assert tokens == ["0", "1", "2", "3"]


def test_a_payment_moves_token_and_time_of_its_invoice(sim: Simulator, api: Api, customer: Body, invoice: Body) -> None:
    """4.2-3"""
    for token, act in enumerate(
        [
            lambda: api.payment(customer, 60, {invoice["Id"]: 60}),
            lambda: api.sparse("Payment", api.read("Payment", "2"), Line=[]),
        ],
        start=1,
    ):
        sim.now += timedelta(minutes=5)
        paid = act()
        after = api.read("Invoice", invoice["Id"])
        assert after["SyncToken"] == str(token)
        assert after["MetaData"]["LastUpdatedTime"] == paid["MetaData"]["LastUpdatedTime"]


def test_a_stale_update_saves_nothing(sim: Simulator, api: Api, customer: Body) -> None:
    """4.2-7"""
    changed = api.sparse("Customer", customer, Notes="one")
    sim.now += timedelta(minutes=1)
    for token in ("0", "2", "-1"):
        with refused("5010"):
            api.sparse("Customer", {**changed, "SyncToken": token}, Notes="two")
    assert api.read("Customer", customer["Id"]) == changed


def test_a_full_update_replaces_the_lines_too(api: Api, customer: Body, item: Body) -> None:
    """4.3-2"""
    made = api.invoice(customer, sale(item, 10), sale(item, 20))
    full = {"Id": made["Id"], "SyncToken": "0", "CustomerRef": ref(customer)}
    changed = api.post("Invoice", {**full, "Line": [{**sale(item, 30), "Id": "2"}, {**sale(item, 5), "Id": "99"}]})
    assert [(line["Id"], line["Amount"]) for line in changed["Line"] if "Id" in line] == [("2", 30), ("3", 5)]


def test_the_sub_total_line_comes_by_itself_and_may_be_sent_back(api: Api, customer: Body, item: Body) -> None:
    """4.3-3"""
    made = api.invoice(customer, sale(item, 10), sale(item, 20))
    assert made["Line"][-1] == {"Amount": 30, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    sent_back = api.sparse("Invoice", made, Line=made["Line"], PrivateNote="n")
    left_out = api.sparse("Invoice", sent_back, Line=made["Line"][:2], PrivateNote="m")
    assert made["Line"] == sent_back["Line"] == left_out["Line"]


def test_line_numbers_are_the_servers(api: Api, customer: Body, item: Body) -> None:
    """4.3-4"""
    made = api.invoice(customer, *({**sale(item, amount), "LineNum": 9 - amount} for amount in (1, 2, 3)))
    assert [(line["LineNum"], line["Amount"]) for line in made["Line"][:3]] == [(1, 1), (2, 2), (3, 3)]
    assert [line["LineNum"] for line in api.sparse("Invoice", made, Line=made["Line"][1:])["Line"][:2]] == [1, 2]


def test_a_customer_who_owes_can_be_made_inactive(api: Api, invoice: Body, customer: Body) -> None:
    """4.4-4"""
    gone = api.sparse("Customer", api.read("Customer", customer["Id"]), Active=False)
    assert (gone["Active"], gone["Balance"]) == (False, 100)
    assert api.read("Invoice", invoice["Id"])["Balance"] == 100


@pytest.mark.parametrize("note", ["", "Rush order"])
def test_a_void_says_so_in_front_of_the_note(api: Api, customer: Body, item: Body, note: str) -> None:
    """4.5-b"""
    made = api.invoice(customer, sale(item, 5), PrivateNote=note)
    voided = api.void("Invoice", made)
    assert voided["PrivateNote"] == "Voided" if not note else voided["PrivateNote"].startswith("Voided")
    assert voided["PrivateNote"].endswith(note)
    assert not {"status", "TxnStatus", "Voided", "invoiceStatus"} & set(voided)


def test_a_deposited_payment_is_neither_changed_voided_nor_deleted(company: Company, api: Api, customer: Body) -> None:
    """4.6-3"""
    company.deposit(api.payment(customer, 60)["Id"])
    paid = api.read("Payment", "1")
    with refused("6540"):
        api.sparse("Payment", paid, PrivateNote="n")
    with refused("6540"):
        api.post("Payment", {"Id": "1", "SyncToken": "1", "sparse": True}, operation="update", include="void")
    with refused("6540"):
        api.delete("Payment", paid)


def test_a_sandbox_sends_forty_mails_a_day(sim: Simulator, company: Company, api: Api, invoice: Body) -> None:
    """4.7-3"""
    path = f"/invoice/{invoice['Id']}/send"
    for _ in range(40):
        api.call("POST", path, sendTo="a@b.co")
    with refused("6000"):
        api.call("POST", path, sendTo="a@b.co")
    sim.now += timedelta(days=1)
    assert Api(sim, company).call("POST", path, sendTo="a@b.co")


@pytest.mark.parametrize(("path", "most"), [("/customer", 50), ("/batch", 36)])
def test_a_requestid_has_its_length(api: Api, path: str, most: int) -> None:
    """4.8-1"""
    item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Harbor Goods"}}
    body = {"BatchItemRequest": [item]} if path == "/batch" else item["Customer"]
    with refused("2130"):
        api.call("POST", path, body, requestid="x" * (most + 1))
    api.call("POST", path, body, requestid="x" * most)


def test_a_requestid_belongs_to_one_company(sim: Simulator, api: Api) -> None:
    """4.8-1"""
    other = Api(sim, sim.add_company("Other Inc"))
    made = [each.post("Customer", {"DisplayName": f"C{each.company.realm}"}, requestid="once") for each in (api, other)]
    assert made[0]["DisplayName"] != made[1]["DisplayName"]


def test_every_kind_of_write_happens_once_per_requestid(api: Api, customer: Body, item: Body) -> None:
    """4.8-2"""
    body = {"CustomerRef": ref(customer), "Line": [sale(item, 5)]}
    made = [api.post("Invoice", body, requestid="create") for _ in range(2)]
    named = {"Id": made[0]["Id"], "SyncToken": "0", "sparse": True}
    changed = [api.post("Invoice", {**named, "PrivateNote": "n"}, requestid="update") for _ in range(2)]
    voided = [api.post("Invoice", {**named, "SyncToken": "1"}, requestid="void", operation="void") for _ in range(2)]
    gone = [api.post("Invoice", {**named, "SyncToken": "2"}, requestid="delete", operation="delete") for _ in range(2)]
    for first, second in (made, changed, voided, gone):
        assert first == second
    assert api.query("select count(*) from Invoice") == {"totalCount": 0}
    assert api.company.books.sequences["Txn"] == 1


def test_a_batch_with_a_requestid_has_short_ids(api: Api) -> None:
    """4.8-1"""
    with refused("2130"):
        api.batch({"bId": "12345678901", "Query": "select * from Customer"}, requestid="once")

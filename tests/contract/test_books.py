"""What Buddy relies on in QuickBooks, the same on the simulator and on Intuit's sandbox."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from buddy.quickbooks.client import Client, batch_body, literal
from buddy.quickbooks.errors import Duplicate, Gone, QuickBooksError, Rejected, Stale
from buddy.quickbooks.records import BatchReply, Record


def write(books: Client, entity: str, body: dict[str, Any], operation: str = "create", options: str = "") -> Record:
    """One write on its own; its fault is raised."""
    outcome = send(books, batch_body([("1", operation, entity, body, options)])).items["1"]
    if isinstance(outcome, QuickBooksError):
        raise outcome
    return outcome


def send(books: Client, body: bytes, request_id: str = "") -> BatchReply:
    return books.batch(body, request_id=request_id or uuid.uuid4().hex)


def name() -> str:
    """One nobody has yet, with the characters that have to be escaped."""
    return f"O'Brien \\ Sons & {uuid.uuid4().hex[:8]}"


def customer(books: Client) -> Record:
    return write(books, "Customer", {"DisplayName": name()})


def invoice(books: Client, bought_by: Record, amount: str = "100.50") -> Record:
    (item, *_) = books.query("Item", "Type IN ('Service', 'NonInventory') AND Active = true", limit=1).records
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal(amount),
        "SalesItemLineDetail": {
            "ItemRef": {"value": item.id},
            "Qty": Decimal(1),
            "UnitPrice": Decimal(amount),
            "TaxCodeRef": {"value": "NON"},
        },
    }
    return write(
        books, "Invoice", {"CustomerRef": {"value": bought_by.id}, "Line": [line], "DocNumber": uuid.uuid4().hex[:21]}
    )


def pay(books: Client, paid: Record, amount: str) -> Record:
    linked = [{"TxnId": paid.id, "TxnType": "Invoice"}]
    line = {"Amount": Decimal(amount), "LinkedTxn": linked}
    return write(
        books, "Payment", {"CustomerRef": paid.body["CustomerRef"], "TotalAmt": Decimal(amount), "Line": [line]}
    )


def edited(record: Record, **fields: Any) -> dict[str, Any]:
    return {"Id": record.id, "SyncToken": record.sync_token, "sparse": True, **fields}


def test_the_company_says_who_it_is_and_how_it_is_set_up(books: Client) -> None:
    assert books.company_info().body["CompanyName"]
    assert "SalesFormsPrefs" in books.preferences().body


def test_a_new_customer_is_found_by_a_name_with_a_quote_and_a_backslash(books: Client) -> None:
    made = customer(books)
    assert made.sync_token == "0"
    (found,) = books.query("Customer", f"DisplayName = {literal(made.body['DisplayName'])}").records
    assert (found.id, found.sync_token, found.body["Active"]) == (made.id, "0", True)


def test_a_sparse_update_keeps_what_it_leaves_out_and_moves_the_token(books: Client) -> None:
    made = write(books, "Customer", {"DisplayName": name(), "CompanyName": "Harbor", "Notes": "kept"})
    changed = write(books, "Customer", edited(made, CompanyName="Harbor Goods"), "update")
    assert (changed.sync_token, changed.body["CompanyName"], changed.body["Notes"]) == ("1", "Harbor Goods", "kept")


def test_an_old_token_is_stale_and_changes_nothing(books: Client) -> None:
    made = customer(books)
    write(books, "Customer", edited(made, Notes="first"), "update")
    with pytest.raises(Stale):
        write(books, "Customer", edited(made, Notes="second"), "update")
    assert books.read("Customer", made.id).body["Notes"] == "first"


def test_a_name_is_taken_once(books: Client) -> None:
    made = customer(books)
    with pytest.raises(Duplicate) as raised:
        write(books, "Customer", {"DisplayName": made.body["DisplayName"].upper()})
    assert raised.value.kind == "name"


def test_the_same_request_twice_writes_once_and_answers_the_same(books: Client) -> None:
    wanted = name()
    body, request_id = batch_body([("1", "create", "Customer", {"DisplayName": wanted}, "")]), uuid.uuid4().hex
    first, second = (send(books, body, request_id).items["1"] for _ in range(2))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.id == second.id
    assert books.count("Customer", f"DisplayName = {literal(wanted)}") == 1


def test_the_items_of_a_batch_stand_or_fall_alone(books: Client) -> None:
    made = customer(books)
    reply = send(
        books,
        batch_body(
            [
                ("good", "create", "Customer", {"DisplayName": name()}, ""),
                ("taken", "create", "Customer", {"DisplayName": made.body["DisplayName"]}, ""),
                ("gone", "update", "Customer", {"Id": "999999999", "SyncToken": "0", "sparse": True, "Notes": "x"}, ""),
            ]
        ),
    )
    assert {bid: type(outcome) for bid, outcome in reply.items.items()} == {
        "good": Record,
        "taken": Duplicate,
        "gone": Gone,
    }


def test_a_payment_lowers_the_balance_and_moves_the_token_of_the_invoice(books: Client) -> None:
    made = invoice(books, customer(books))
    assert (made.body["TotalAmt"], made.body["Balance"], made.sync_token) == (Decimal("100.50"), Decimal("100.50"), "0")
    paid = pay(books, made, "40.25")
    after = books.read("Invoice", made.id)
    assert (after.body["Balance"], after.sync_token) == (Decimal("60.25"), "1")
    assert {"TxnId": paid.id, "TxnType": "Payment"} in after.body["LinkedTxn"]


def test_a_balance_moves_the_customers_time_but_not_its_token(books: Client) -> None:
    bought_by = customer(books)
    invoice(books, bought_by, "12.00")
    after = books.read("Customer", bought_by.id)
    assert (after.body["Balance"], after.sync_token) == (12, "0")


def test_a_voided_invoice_is_at_zero_and_says_so(books: Client) -> None:
    made = invoice(books, customer(books))
    changed = write(books, "Invoice", edited(made), "update", "void")
    assert (changed.body["TotalAmt"], changed.body["Balance"], changed.sync_token) == (0, 0, "1")
    assert changed.body["PrivateNote"].startswith("Voided")


def test_a_deleted_invoice_is_gone_and_shows_as_a_stub_among_the_changes(books: Client) -> None:
    made = invoice(books, customer(books))
    since = datetime.now(UTC) - timedelta(minutes=10)
    assert write(books, "Invoice", {"Id": made.id, "SyncToken": made.sync_token}, "delete").deleted
    with pytest.raises(Gone):
        books.read("Invoice", made.id)
    stubs = [record for record in books.changes_since(["Invoice"], since).records if record.id == made.id]
    assert [stub.deleted for stub in stubs] == [True]


def test_an_inactive_customer_shows_only_when_asked_for_and_frees_its_name(books: Client) -> None:
    made = customer(books)
    write(books, "Customer", edited(made, Active=False), "update")
    assert books.count("Customer", f"Id = '{made.id}'") == 0
    (hidden,) = books.query("Customer", f"Id = '{made.id}' AND Active IN (true, false)").records
    assert hidden.body["DisplayName"].endswith("(deleted)")
    assert write(books, "Customer", {"DisplayName": made.body["DisplayName"]}).id != made.id


def test_paging_by_id_brings_every_customer_once(books: Client) -> None:
    everyone = "Active IN (true, false)"
    ids = [record.id for page in books.pages("Customer", everyone, limit=25, total=100) for record in page.records]
    assert len(ids) == len(set(ids)) == books.count("Customer", everyone)


def test_changes_name_what_was_just_written_and_the_servers_clock(books: Client) -> None:
    made = customer(books)
    changes = books.changes_since(["Customer", "Invoice"], datetime.now(UTC) - timedelta(minutes=10))
    assert made.ref in [record.ref for record in changes.records]
    assert abs(changes.time - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("entity", "where", "code"),
    [("Custmoer", "", "4001"), ("Customer", "DisplayName = 'it''s'", "4000"), ("Customer", "Nonsense = '1'", "4001")],
)
def test_a_wrong_query_is_rejected(books: Client, entity: str, where: str, code: str) -> None:
    with pytest.raises(Rejected) as raised:
        books.query(entity, where)
    assert raised.value.code == code

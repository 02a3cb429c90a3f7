"""Both spellings of every field, there and back (pure)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buddy.quickbooks.client import batch_body
from buddy.sync.mapping import BY_KIND, CUSTOMER, MAPPINGS, PRODUCT, EntityMapping
from buddy.sync.mapping import customer as customer_mapping
from buddy.sync.mapping import product as product_mapping
from buddy.sync.mapping.fields import read_address, write_address
from buddy.sync.mapping.invoice import created_at
from buddy.sync.mapping.invoice import read as read_invoice
from buddy.sync.mapping.payment import read_credit
from buddy.sync.mapping.reference import term
from buddy.sync.threeway import Owner

BODY: dict[str, Any] = {
    "Id": "58", "SyncToken": "3", "DisplayName": "Hotel Albion", "CompanyName": "Albion Ltd", "GivenName": "Ada",
    "FamilyName": "L", "PrimaryEmailAddr": {"Address": "ap@albion.example"}, "PrimaryPhone": {"FreeFormNumber": "1"},
    "AlternatePhone": {"FreeFormNumber": "2"}, "Mobile": {"FreeFormNumber": "3"}, "Fax": {"FreeFormNumber": "4"},
    "BillAddr": {"Id": "7", "Line1": "1 Pier Rd", "City": "Salem", "Lat": "INVALID", "Long": "INVALID"},
    "SalesTermRef": {"value": "3", "name": "Net 30"}, "Taxable": True, "ResaleNum": "R-1", "Notes": "Gate",
    "Active": True, "ParentRef": {"value": "57"}, "CurrencyRef": {"value": "USD"}, "Balance": Decimal("12.50"),
}  # fmt: skip


def test_a_full_customer_is_read_whole() -> None:
    read = CUSTOMER.theirs(BODY)
    assert read == {
        "display_name": "Hotel Albion", "company_name": "Albion Ltd", "given_name": "Ada", "family_name": "L",
        "email": "ap@albion.example", "phone": "1", "alternate_phone": "2", "mobile": "3", "fax": "4",
        "billing_address": {"line1": "1 Pier Rd", "city": "Salem"}, "terms": "3", "taxable": True,
        "resale_number": "R-1", "notes": "Gate", "active": True, "parent": "57", "currency": "USD", "balance": "12.50",
    }  # fmt: skip


def test_an_empty_object_is_read_as_empty_values_of_the_right_kind() -> None:
    read = CUSTOMER.theirs({})
    assert {name for name, value in read.items() if value not in ("", {}, False)} == {"active", "balance"}
    assert (read["balance"], read["taxable"], read["billing_address"], read["email"]) == ("0.00", False, {}, "")
    assert PRODUCT.theirs({})["base_price"] == "0.0000"


def test_what_is_sent_of_a_field_is_read_back_as_the_same_value() -> None:
    values = CUSTOMER.theirs(BODY)
    ours = [field.name for field in CUSTOMER.fields if field.owner is not Owner.QUICKBOOKS]
    back = CUSTOMER.theirs(CUSTOMER.body(values, ours))
    assert {name: back[name] for name in ours} == {name: values[name] for name in ours}


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=lambda mapping: mapping.kind)
def test_only_named_fields_go_out_and_never_those_quickbooks_owns(mapping: Any) -> None:
    values = mapping.theirs(BODY)
    theirs = [field.name for field in mapping.fields if field.owner is Owner.QUICKBOOKS]
    assert mapping.body(values, theirs) == {}
    for field in mapping.fields:
        if field.owner is not Owner.QUICKBOOKS:
            assert list(mapping.body(values, [field.name])) == [field.path.split(".")[0]]
    assert BY_KIND[mapping.kind] is mapping


def test_a_new_customer_holds_what_is_filled_and_nothing_else() -> None:
    values = CUSTOMER.theirs({"DisplayName": "Hotel Albion", "Taxable": False})
    assert customer_mapping.new_body(values) == {"DisplayName": "Hotel Albion", "Taxable": False}
    child = customer_mapping.new_body({**values, "parent": "57", "billing_address": {"city": "Salem"}})
    assert (child["Job"], child["ParentRef"], child["BillAddr"]) == (True, {"value": "57"}, {"City": "Salem"})


def test_a_reference_that_cannot_be_said_is_not_sent() -> None:
    values = {**CUSTOMER.theirs({"DisplayName": "Hotel Albion"}), "terms": None}
    assert "SalesTermRef" not in customer_mapping.new_body(values)


def test_a_new_item_is_a_non_inventory_one_with_its_account_and_a_bare_price() -> None:
    values = PRODUCT.theirs({"Name": "Olives", "UnitPrice": Decimal("3.1275"), "Taxable": True})
    body = product_mapping.new_body(values, income_account="79")
    assert body == {
        "Name": "Olives", "UnitPrice": Decimal("3.1275"), "Taxable": True, "Type": "NonInventory",
        "IncomeAccountRef": {"value": "79"},
    }  # fmt: skip
    assert b'"UnitPrice":3.1275' in batch_body([("i1", "create", "Item", body, "")])


@pytest.mark.parametrize("name", ["Hotel Albion (deleted)", "Hotel Albion"])
def test_the_mark_of_the_inactive_is_no_part_of_a_name(name: str) -> None:
    assert CUSTOMER.theirs({"DisplayName": name})["display_name"] == "Hotel Albion"
    assert PRODUCT.theirs({"Name": name})["name"] == "Hotel Albion"


parts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(st.fixed_dictionaries({"line1": parts, "line2": parts, "city": parts, "postal_code": parts}))
def test_an_address_goes_whole_and_comes_back(address: dict[str, str]) -> None:
    filled = {name: text for name, text in address.items() if text}
    sent = write_address(filled)
    assert len(sent) == 9
    assert read_address({**sent, "Id": "4", "Lat": "INVALID"}) == filled


@pytest.mark.parametrize(
    ("body", "kind", "days", "day", "within"),
    [
        ({"Name": "Net 30", "Type": "STANDARD", "DueDays": 30}, "days", 30, 1, 0),
        ({"Name": "Tenth", "Type": "DATE_DRIVEN", "DayOfMonthDue": 10, "DueNextMonthDays": 5}, "date", 0, 10, 5),
        ({"Name": "Bare", "DayOfMonthDue": 31}, "date", 0, 31, 0),
    ],
)
def test_both_kinds_of_terms_are_read(body: dict[str, Any], kind: str, days: int, day: int, within: int) -> None:
    found = term(body)
    assert (found["kind"], found["due_days"], found["day_of_month"], found["next_month_days"]) == (
        kind, days, day, within,
    )  # fmt: skip


def test_an_invoice_without_the_optional_parts_is_read() -> None:
    read = read_invoice(b'{"CustomerRef":{"value":"1"},"TxnDate":"2026-11-24"}', po_field="")
    assert (read.invoice_date, read.due_date, read.total, read.lines) == (date(2026, 11, 24), date(2026, 11, 24), 0, [])
    assert (read.number, read.currency, read.terms, read.ship_to, read.note) == ("", "", "", {}, "")


def test_a_credit_is_what_remains_of_it() -> None:
    body = {"CustomerRef": {"value": "1"}, "TxnDate": "2026-11-24", "TotalAmt": 20, "RemainingCredit": Decimal("7.5")}
    assert read_credit(body).remaining == Decimal("7.50")
    assert read_credit({**body, "RemainingCredit": 0}).remaining == 0


def test_the_time_of_birth_has_its_zone() -> None:
    born = created_at({"MetaData": {"CreateTime": "2026-11-24T08:00:00-08:00"}})
    assert born is not None
    assert born.utcoffset() is not None
    assert created_at({}) is None


@pytest.mark.parametrize(
    ("mapping", "field", "value", "why"),
    [
        (CUSTOMER, "display_name", "A: B", "Display name holds a colon"),
        (CUSTOMER, "given_name", "A\tB", "First name holds a tab"),
        (CUSTOMER, "family_name", "A\nB", "Last name holds a line break"),
        (CUSTOMER, "display_name", "x" * 501, "Display name has 501 characters, and QuickBooks takes 500"),
        (CUSTOMER, "email", "x" * 101, "takes 100"),
        (CUSTOMER, "phone", "5" * 31, "takes 30"),
        (CUSTOMER, "notes", "x" * 2001, "takes 2,000"),
        (CUSTOMER, "resale_number", "x" * 17, "takes 16"),
        (CUSTOMER, "billing_address", {"line1": "x" * 501}, "takes 500"),
        (PRODUCT, "name", "Oil: olive", "Name holds a colon"),
        (PRODUCT, "name", "x" * 101, "takes 100"),
        (PRODUCT, "description", "x" * 4001, "takes 4,000"),
    ],
)
def test_what_quickbooks_would_refuse_is_known_before(mapping: EntityMapping, field: str, value: Any, why: str) -> None:
    assert why in mapping.unfit({field: value}, [field])
    shorter = {name: text.replace(":", "")[:16] for name, text in value.items()} if isinstance(value, dict) else "A 1"
    assert mapping.unfit({field: shorter}, [field]) == ""


@pytest.mark.parametrize("mapping", [CUSTOMER, PRODUCT])
def test_an_ordinary_record_is_fit(mapping: EntityMapping) -> None:
    body = (
        BODY
        if mapping is CUSTOMER
        else {"Name": "Olives", "Sku": "O:1", "Description": "Green: pitted", "UnitPrice": 3}
    )
    values = mapping.theirs(body)
    assert mapping.unfit(values, values) == ""

"""The bytes of a batch, and values in a query."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buddy.quickbooks.client import batch_body, literal

CREATE = ("b1", "create", "Customer", {"DisplayName": "Harbor Goods"}, "")


def one(body: dict[str, Any], operation: str = "create", options: str = "") -> str:
    return batch_body([("b1", operation, "Invoice", body, options)]).decode()


def test_items_are_named_by_their_bid_operation_and_entity() -> None:
    body = batch_body(
        [
            CREATE,
            ("b2", "delete", "Invoice", {"Id": "311", "SyncToken": "2"}, ""),
            ("b3", "update", "Payment", {"Id": "402", "SyncToken": "0", "sparse": True}, "void"),
        ]
    )
    assert json.loads(body) == {
        "BatchItemRequest": [
            {"bId": "b1", "operation": "create", "Customer": {"DisplayName": "Harbor Goods"}},
            {"bId": "b2", "operation": "delete", "Invoice": {"Id": "311", "SyncToken": "2"}},
            {
                "bId": "b3",
                "operation": "update",
                "Payment": {"Id": "402", "SyncToken": "0", "sparse": True},
                "optionsData": "void",
            },
        ]
    }


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("10.50", "10.50"),
        ("25.0625", "25.0625"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("-3.10", "-3.10"),
        ("99999999999.99999", "99999999999.99999"),
    ],
)
def test_money_is_a_bare_number_with_its_scale(amount: str, written: str) -> None:
    assert f'"Amount":{written}}}' in one({"Line": [{"Amount": Decimal(amount)}]})


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**10), max_value=10**10))
def test_any_amount_comes_back_exactly(amount: Decimal) -> None:
    read = json.loads(one({"Amount": amount}), parse_float=Decimal, parse_int=Decimal)
    assert str(read["BatchItemRequest"][0]["Invoice"]["Amount"]) == f"{amount:f}"


@pytest.mark.parametrize("amount", [10.5, float("nan")])
def test_a_float_is_refused_wherever_it_hides(amount: float) -> None:
    with pytest.raises(TypeError, match="Decimal"):
        one({"Line": [{"SalesItemLineDetail": {"Qty": (1, amount)}}]})


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        one({"Amount": Decimal(amount)})


def test_the_same_items_give_the_same_bytes_in_whatever_order_their_fields_were_set() -> None:
    ordered = one({"CustomerRef": {"value": "1", "name": "Ünï"}, "TotalAmt": Decimal("1.0")})
    turned = one({"TotalAmt": Decimal("1.0"), "CustomerRef": {"name": "Ünï", "value": "1"}})
    assert ordered == turned
    assert "Ünï" in ordered


def test_the_order_of_items_and_lines_is_kept() -> None:
    body = json.loads(batch_body([("b2", "create", "Item", {"Line": [3, 1, 2]}, ""), ("b1", *CREATE[1:])]))
    assert [item["bId"] for item in body["BatchItemRequest"]] == ["b2", "b1"]
    assert body["BatchItemRequest"][0]["Item"]["Line"] == [3, 1, 2]


def test_the_body_that_is_given_is_left_as_it_was() -> None:
    body = {"Line": [{"Amount": Decimal("1.0")}]}
    one(body)
    assert body == {"Line": [{"Amount": Decimal("1.0")}]}


@pytest.mark.parametrize("items", [0, 31])
def test_a_batch_has_one_to_thirty_items(items: int) -> None:
    with pytest.raises(ValueError, match="30"):
        batch_body([(f"b{n}", *CREATE[1:]) for n in range(items)])


def test_thirty_items_are_a_batch() -> None:
    assert len(json.loads(batch_body([(f"b{n}", *CREATE[1:]) for n in range(30)]))["BatchItemRequest"]) == 30


@pytest.mark.parametrize("bid", ["", "x" * 11])
def test_a_bid_has_one_to_ten_characters(bid: str) -> None:
    with pytest.raises(ValueError, match="10"):
        batch_body([(bid, *CREATE[1:])])


def test_a_bid_is_used_once() -> None:
    with pytest.raises(ValueError, match="unique"):
        batch_body([CREATE, CREATE])


@pytest.mark.parametrize(
    ("operation", "body", "missing"),
    [
        ("update", {"Id": "1", "SyncToken": "0"}, "sparse"),
        ("update", {"Id": "1", "sparse": True}, "SyncToken"),
        ("delete", {"SyncToken": "0"}, "Id"),
        ("upsert", {}, "operation"),
    ],
)
def test_what_would_wipe_fields_or_be_refused_is_never_made(operation: str, body: dict[str, Any], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        one(body, operation)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("Harbor Goods", "'Harbor Goods'"),
        ("Amy's Bird Sanctuary", r"'Amy\'s Bird Sanctuary'"),
        ("C:\\dir", r"'C:\\dir'"),
        (r"\' OR Id > '0", r"'\\\' OR Id > \'0'"),
        ("Café & Söhne – no"[:12], "'Café & Söhne'"),
        ("", "''"),
    ],
)
def test_a_value_is_quoted_backslash_first(value: str, quoted: str) -> None:
    assert literal(value) == quoted


@pytest.mark.parametrize(
    "value", ["Amy’s", "a – b", "“x”", "Łódź", "🍊", "two\nlines", "tab\t", "nul\0", "\x7f", "\x85"]
)
def test_characters_the_query_language_cannot_read_are_refused_with_what_to_do(value: str) -> None:
    with pytest.raises(ValueError, match="LIKE"):
        literal(value)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_value_ends_its_own_quotes(value: str) -> None:
    quoted = literal(value)
    inner, read, position = quoted[1:-1], "", 0
    while position < len(inner):
        assert inner[position] != "'"
        position += inner[position] == "\\"
        read += inner[position]
        position += 1
    assert read == value

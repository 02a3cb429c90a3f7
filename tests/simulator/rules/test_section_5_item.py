"""Items (section 5.2)."""

import pytest

from tests.simulator.caller import Api, Body, ref, sale
from tests.simulator.rules.bodies import STOCK
from tests.simulator.rules.refusing import refused


@pytest.mark.parametrize(
    ("rule", "field", "limit"),
    [
        ("5.2-1", "Name", 100), ("5.2-3", "Sku", 100), ("5.2-4", "Description", 4000), ("5.2-5", "PurchaseDesc", 1000),
    ],
)  # fmt: skip
def test_a_text_is_kept_up_to_its_length(api: Api, rule: str, field: str, limit: int) -> None:
    assert api.item(**{"name": "Oak", field: "x" * limit} if field != "Name" else {"name": "x" * limit})[field]
    with refused("2050", f"Max:{limit} supported"):
        api.item(**{"name": "Pine", field: "x" * (limit + 1)} if field != "Name" else {"name": "y" * (limit + 1)})


@pytest.mark.parametrize("character", [":", "\t", "\n"])
def test_a_name_has_no_colon_tab_or_line_break(api: Api, character: str) -> None:
    """5.2-1"""
    with refused("2040"):
        api.item(f"a{character}b")


def test_a_name_is_unique_whatever_its_case(api: Api, item: Body) -> None:
    """5.2-1"""
    with refused("6240"):
        api.item("OAK SHELF")


@pytest.mark.parametrize(
    ("type", "fields"), [("Service", {}), ("NonInventory", {}), ("Inventory", STOCK), ("Category", {})]
)
def test_an_item_has_a_type(api: Api, type: str, fields: Body) -> None:
    """5.2-2"""
    assert api.item(**{**fields, "Type": type})["Type"] == type


@pytest.mark.parametrize(("type", "code"), [("Group", "6000"), ("Bundle", "2170"), ("SERVICE", "2170")])
def test_bundles_and_unknown_types_are_refused(api: Api, type: str, code: str) -> None:
    """5.2-2"""
    with refused(code):
        api.item(Type=type)


def test_two_items_may_have_one_sku(api: Api) -> None:
    """5.2-3"""
    assert [api.item(name, Sku="OAK-1")["Sku"] for name in ("Oak", "Oak, planed")] == ["OAK-1", "OAK-1"]


def test_a_line_pulls_neither_description_nor_price(api: Api, customer: Body) -> None:
    """5.2-4, 5.2-6"""
    item = api.item(Description="Solid oak", UnitPrice=25)
    line = api.invoice(customer, sale(item, 99))["Line"][0]
    assert "Description" not in line
    assert "UnitPrice" not in line["SalesItemLineDetail"]


def test_a_price_has_its_limit(api: Api) -> None:
    """5.2-6"""
    assert api.item("Dear", UnitPrice=99_999_999_999)["UnitPrice"] == 99_999_999_999
    with refused("2090"):
        api.item("Dearer", UnitPrice=100_000_000_000)


def test_what_is_not_said_has_its_default(api: Api, item: Body) -> None:
    """5.2-7, 5.2-16"""
    assert (item["PurchaseCost"], item["DeferredRevenue"]) == (0, False)
    assert api.item("Pine", PurchaseCost=7, DeferredRevenue=True)["DeferredRevenue"] is False


@pytest.mark.parametrize("missing", ["ExpenseAccountRef", "AssetAccountRef", "InvStartDate"])
def test_inventory_needs_accounts_and_a_start(api: Api, missing: str) -> None:
    """5.2-9, 5.2-10"""
    with refused("2020", element=missing):
        api.item(**{name: value for name, value in STOCK.items() if name != missing})


@pytest.mark.parametrize("account", ["ExpenseAccountRef", "AssetAccountRef", "IncomeAccountRef"])
def test_an_account_has_to_be_there(api: Api, account: str) -> None:
    """5.2-8, 5.2-9"""
    with refused("2500", "Accounts element id 777 not found"):
        api.item(**{**STOCK, account: {"value": "777"}})


def test_nothing_is_sold_before_the_stock_was_counted(api: Api, customer: Body) -> None:
    """5.2-10"""
    item = api.item(**STOCK)
    assert api.invoice(customer, sale(item, 5), TxnDate="2026-10-01")["TotalAmt"] == 5
    with refused("6270", "cant be dated earlier than the Inventory Start Date", element=""):
        api.invoice(customer, sale(item, 5), TxnDate="2026-09-30")


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("5.2-11", "Taxable", True), ("5.2-12", "SalesTaxIncluded", True),
        ("5.2-12", "SalesTaxCodeRef", {"value": "2"}),
        ("5.2-13", "TaxClassificationRef", {"value": "EUC-09020802-V1-00120000"}),
    ],
)  # fmt: skip
def test_what_concerns_tax_is_kept(api: Api, rule: str, field: str, value: object) -> None:
    assert field not in api.item("Pine") or rule == "5.2-11"
    made = api.item("Oak", **{field: value})
    assert api.read("Item", made["Id"])[field] == value


def test_a_category_stands_before_the_name(api: Api) -> None:
    """5.2-14"""
    shelves = api.item("Shelves", Type="Category")
    made = api.item("Oak", SubItem=True, ParentRef=ref(shelves))
    assert (made["SubItem"], made["Level"], made["FullyQualifiedName"]) == (True, 1, "Shelves:Oak")
    moved = api.sparse("Item", made, SubItem=False, ParentRef=None)
    assert moved["FullyQualifiedName"] == "Oak"


def test_an_inactive_item_carries_deleted(api: Api, item: Body) -> None:
    """5.2-15"""
    gone = api.sparse("Item", item, Active=False)
    assert (gone["Name"], gone["FullyQualifiedName"]) == ("Oak shelf (deleted)", "Oak shelf (deleted)")
    assert api.item("Oak shelf")["Id"] != item["Id"]

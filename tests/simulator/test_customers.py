"""Customers, names shared with vendors and employees, sub-customers, inactivity, merging; items (api 5.1, 5.2)."""

from datetime import timedelta

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Refused, ref, sale


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_a_name_is_unique_over_three_lists_whatever_its_case(api: Api, entity: str) -> None:
    """5.1, 13.8"""
    api.customer("Amy's Bird Sanctuary")
    with pytest.raises(Refused) as refused:
        api.post(entity, {"DisplayName": "AMY'S bird sanctuary"})
    assert refused.value.code == "6240"
    assert refused.value.detail.startswith("The name supplied already exists. : Another customer, vendor or employee")


def test_a_display_name_is_built_from_its_parts(api: Api) -> None:
    """5.1"""
    made = api.post("Customer", {"Title": "Dr.", "GivenName": "Amy", "FamilyName": "Lee", "Suffix": "Jr."})
    assert made["DisplayName"] == "Dr. Amy Lee Jr."
    with pytest.raises(Refused, match="2020"):
        api.post("Customer", {"CompanyName": "No name of its own"})


def test_a_display_name_cannot_be_blanked(api: Api) -> None:
    """5.1"""
    assert api.sparse("Customer", api.customer(), DisplayName="", Notes="n")["DisplayName"] == "Harbor Goods"


def test_the_company_name_stays_when_the_display_name_changes(api: Api) -> None:
    """5.1"""
    made = api.customer(CompanyName="Harbor Goods Inc")
    assert api.sparse("Customer", made, DisplayName="Harbor")["CompanyName"] == "Harbor Goods Inc"


def test_a_colon_is_not_allowed_in_a_name(api: Api) -> None:
    """5.1"""
    with pytest.raises(Refused, match="2040"):
        api.customer("Harbor:Goods")


def test_inactive_objects_carry_deleted_and_free_their_name(api: Api) -> None:
    """4.4"""
    made = api.customer()
    gone = api.sparse("Customer", made, Active=False)
    assert (gone["DisplayName"], gone["FullyQualifiedName"]) == ("Harbor Goods (deleted)", "Harbor Goods (deleted)")
    assert api.customer()["Id"] != made["Id"]
    assert api.read("Customer", made["Id"])["Active"] is False


def test_reactivating_needs_the_name_to_be_free(company: Company, api: Api) -> None:
    """4.4"""
    made = api.customer()
    company.deactivate("Customer", made["Id"])
    api.customer()
    with pytest.raises(Refused, match="6240"):
        api.sparse("Customer", api.read("Customer", made["Id"]), Active=True, DisplayName="Harbor Goods")
    back = company.reactivate("Customer", made["Id"], "Harbor Goods II")
    assert (back["DisplayName"], back["Active"]) == ("Harbor Goods II", True)


def test_a_sub_customer_has_parent_level_and_full_name(api: Api) -> None:
    """5.1.2"""
    parent = api.customer("Freeman Sporting Goods")
    child = api.customer("0969 Ocean View Road", Job=True, ParentRef=ref(parent))
    assert (child["Level"], child["FullyQualifiedName"]) == (1, "Freeman Sporting Goods:0969 Ocean View Road")
    api.sparse("Customer", parent, DisplayName="Freeman")
    assert api.read("Customer", child["Id"])["FullyQualifiedName"] == "Freeman:0969 Ocean View Road"


def test_sub_customers_go_four_levels_deep(api: Api) -> None:
    """5.1"""
    parent = api.customer("Level 0")
    for level in range(1, 5):
        parent = api.customer(f"Level {level}", Job=True, ParentRef=ref(parent))
        assert parent["Level"] == level
    with pytest.raises(Refused, match="6180"):
        api.customer("Level 5", Job=True, ParentRef=ref(parent))


def test_nobody_is_their_own_ancestor(api: Api) -> None:
    """9.2 900"""
    parent = api.customer("Parent")
    child = api.customer("Child", Job=True, ParentRef=ref(parent))
    with pytest.raises(Refused, match="900"):
        api.sparse("Customer", parent, Job=True, ParentRef=ref(child))


def test_a_parents_balance_is_its_own_and_with_jobs_it_is_the_familys(api: Api) -> None:
    """5.1"""
    parent = api.customer("Freeman")
    child = api.customer("Ocean View", Job=True, ParentRef=ref(parent))
    api.invoice(child, sale(api.item(), 80))
    found = api.read("Customer", parent["Id"])
    assert (found["Balance"], found["BalanceWithJobs"]) == (0, 80)


def test_a_moved_balance_moves_the_time_but_not_the_token(sim: Simulator, api: Api) -> None:
    """4.2"""
    made = api.customer()
    sim.now += timedelta(minutes=5)
    api.invoice(made, sale(api.item(), 80))
    after = api.read("Customer", made["Id"])
    assert (after["Balance"], after["SyncToken"]) == (80, "0")
    assert after["MetaData"]["LastUpdatedTime"] > made["MetaData"]["LastUpdatedTime"]


def test_a_foreign_currency_needs_multi_currency_and_never_changes(company: Company, api: Api) -> None:
    """5.10"""
    with pytest.raises(Refused, match="6000"):
        api.customer("Montréal", CurrencyRef={"value": "CAD"})
    company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    made = api.customer("Montréal", CurrencyRef={"value": "CAD"})
    assert made["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}
    with pytest.raises(Refused, match="6000"):
        api.sparse("Customer", made, CurrencyRef={"value": "USD"})


def test_merging_leaves_one_customer_with_all_documents(company: Company, api: Api) -> None:
    """5.1.3"""
    survivor, loser = api.customer("Hotel Albion"), api.customer("Hotel Albion Inc")
    invoice = api.invoice(loser, sale(api.item(), 80))
    company.merge(survivor["Id"], loser["Id"])
    moved = api.read("Invoice", invoice["Id"])
    assert moved["CustomerRef"] == {"value": survivor["Id"], "name": "Hotel Albion"}
    assert moved["MetaData"] == invoice["MetaData"]
    assert api.read("Customer", survivor["Id"])["Balance"] == 80
    with pytest.raises(Refused, match="610"):
        api.read("Customer", loser["Id"])
    changed = api.call("GET", "/cdc", entities="Customer", changedSince="2026-11-01")
    stubs = [each for each in changed["CDCResponse"][0]["QueryResponse"][0]["Customer"] if each.get("status")]
    assert [stub["Id"] for stub in stubs] == [loser["Id"]]


def test_an_item_needs_an_income_account(api: Api) -> None:
    """5.2"""
    with pytest.raises(Refused) as refused:
        api.post("Item", {"Name": "Shelf", "Type": "Service"})
    assert (refused.value.code, refused.value.element) == ("2020", "IncomeAccountRef")
    with pytest.raises(Refused, match="2500 Invalid Reference Id : Accounts element id 777 not found"):
        api.item(IncomeAccountRef={"value": "777"})


def test_inventory_needs_its_accounts_date_and_quantity(api: Api) -> None:
    """5.2"""
    stock = {
        "Type": "Inventory", "AssetAccountRef": {"value": "81"}, "ExpenseAccountRef": {"value": "80"},
        "InvStartDate": "2026-01-01", "QtyOnHand": 5,
    }  # fmt: skip
    assert api.item("Jar", **stock)["TrackQtyOnHand"] is True
    for missing, code in (("AssetAccountRef", "2020"), ("InvStartDate", "2020"), ("QtyOnHand", "6520")):
        with pytest.raises(Refused, match=code):
            api.item("Jar 2", **{name: value for name, value in stock.items() if name != missing})


def test_item_names_are_unique_within_their_category(api: Api) -> None:
    """5.2"""
    api.item("Shelf")
    with pytest.raises(Refused, match="6240"):
        api.item("SHELF")
    category = api.post("Item", {"Name": "Oak", "Type": "Category"})
    made = api.item("Shelf", SubItem=True, ParentRef=ref(category))
    assert (made["FullyQualifiedName"], made["Level"]) == ("Oak:Shelf", 1)

"""Create, read, full and sparse update, tokens, validation: the same for every entity (api 4.1, 4.2, 4.4, 13.9)."""

from datetime import timedelta

import pytest

from simulator.app import Simulator
from simulator.company import Company
from simulator.refusals import Fault
from tests.simulator.caller import Api, Refused, ref, sale


def test_a_create_answers_200_with_the_whole_object(api: Api) -> None:
    """4.1, 5.1: the recorded reply of a minimal create"""
    made = api.customer()
    assert made["SyncToken"] == "0"
    assert {"Taxable", "Job", "BillWithParent", "Balance", "BalanceWithJobs", "CurrencyRef", "PreferredDeliveryMethod",
            "PrintOnCheckName", "Active", "FullyQualifiedName"} <= set(made)  # fmt: skip
    assert (made["Taxable"], made["PreferredDeliveryMethod"], made["PrintOnCheckName"]) == (
        True,
        "Print",
        "Harbor Goods",
    )
    assert made == api.read("Customer", made["Id"])


def test_unknown_and_deleted_objects_give_610_not_404(api: Api) -> None:
    """4.1"""
    with pytest.raises(Refused) as refused:
        api.read("Invoice", "77")
    assert (refused.value.status, refused.value.code) == (400, "610")


def test_a_sparse_update_keeps_what_it_does_not_name(api: Api) -> None:
    """4.1"""
    made = api.customer(Notes="By phone only", CompanyName="Harbor Goods Inc")
    changed = api.sparse("Customer", made, CompanyName="Harbor Inc")
    assert (changed["Notes"], changed["CompanyName"], changed["SyncToken"]) == ("By phone only", "Harbor Inc", "1")
    assert changed["sparse"] is False


def test_an_empty_value_in_a_sparse_update_clears_the_field(api: Api) -> None:
    """2.3"""
    made = api.customer(Notes="Old")
    assert "Notes" not in api.sparse("Customer", made, Notes="")


def test_a_full_update_resets_what_it_does_not_name(api: Api) -> None:
    """4.1: the recorded customer 68 and credit memo 73"""
    customer = api.customer(Notes="Gone soon")
    update = {"Id": customer["Id"], "SyncToken": "0", "DisplayName": "Harbor Wares"}
    changed = api.post("Customer", update)
    assert "Notes" not in changed
    assert changed["PrintOnCheckName"] == "Harbor Wares"

    item = api.item()
    lines = [sale(item, 40)]
    memo = api.post(
        "CreditMemo",
        {"CustomerRef": ref(customer), "Line": lines, "TxnDate": "2026-09-01", "CustomerMemo": {"value": "Sorry"}},
    )
    full = {"Id": memo["Id"], "SyncToken": "0", "CustomerRef": ref(customer), "Line": lines, "PrivateNote": "n"}
    changed = api.post("CreditMemo", full)
    assert changed["TxnDate"] == "2026-11-02"
    assert "CustomerMemo" not in changed
    assert changed["DocNumber"] == memo["DocNumber"]


def test_a_sparse_rename_keeps_the_name_on_checks(api: Api) -> None:
    """4.1, 5.1"""
    changed = api.sparse("Customer", api.customer(), DisplayName="Harbor Wares")
    assert (changed["PrintOnCheckName"], changed["FullyQualifiedName"]) == ("Harbor Goods", "Harbor Wares")


@pytest.mark.parametrize("entity", ["Customer", "Item", "Invoice"])
def test_a_sparse_update_that_changes_nothing_moves_nothing(sim: Simulator, api: Api, entity: str) -> None:
    """4.2"""
    customer = api.customer(BillAddr={"Line1": "1 Pier Rd"}, Notes="n")
    item = api.item()
    made = {"Customer": customer, "Item": item, "Invoice": api.invoice(customer, sale(item, 5))}[entity]
    before = api.read(entity, made["Id"])
    sim.now += timedelta(minutes=1)
    again = api.post(entity, {**before, "sparse": True})
    assert again["SyncToken"] == before["SyncToken"]
    assert again["MetaData"] == before["MetaData"]


@pytest.mark.parametrize("token", ["0", "2", "99"])
def test_any_but_the_current_token_is_stale(api: Api, token: str) -> None:
    """4.2, 9.2 5010"""
    made = api.sparse("Customer", api.customer(), Notes="one")
    with pytest.raises(Refused, match="Stale Object Error : You and June Lindqvist were working") as refused:
        api.sparse("Customer", {**made, "SyncToken": token}, Notes="two")
    assert refused.value.code == "5010"
    assert api.read("Customer", made["Id"])["Notes"] == "one"


def test_a_token_may_be_sent_as_a_number(api: Api) -> None:
    """2.3"""
    made = api.customer()
    assert api.sparse("Customer", {**made, "SyncToken": 0}, Notes="n")["SyncToken"] == "1"


@pytest.mark.parametrize(
    ("body", "code", "element"),
    [
        ({"Id": "x", "Colour": "red"}, "2010", None),
        ({"Id": "x", "SyncToken": "0", "DisplayName": "a:b"}, "2030", "Id"),
        ({"Id": "1.5", "SyncToken": "0"}, "2030", "Id"),
        ({"Id": "99", "DisplayName": "x" * 501}, "610", None),
        ({"Id": "1", "SyncToken": "9", "DisplayName": "x" * 501, "ParentRef": {"value": "77"}}, "2050", "DisplayName"),
        ({"Id": "1", "SyncToken": "9", "ParentRef": {"value": "77"}, "Job": True}, "2500", ""),
        ({"Id": "1", "SyncToken": "9", "DisplayName": "Taken"}, "5010", None),
        ({"Id": "1", "SyncToken": "0", "DisplayName": "Taken"}, "6240", ""),
        ({"Id": "1", "DisplayName": "Free"}, "2020", "SyncToken"),
    ],
)
def test_validation_goes_in_the_stated_order(api: Api, body: dict[str, object], code: str, element: str | None) -> None:
    """13.9"""
    api.customer()
    api.customer("Taken")
    with pytest.raises(Refused) as refused:
        api.post("Customer", {"sparse": True, **body})
    assert (refused.value.code, refused.value.element) == (code, element)


def test_an_unknown_property_is_named_with_its_class(api: Api) -> None:
    """9.2 2010"""
    with pytest.raises(Refused) as refused:
        api.customer(BillAddr={"Street": "1 Pier Rd"})
    assert 'Unrecognized field "Street" (class com.intuit.schema.finance.v3.PhysicalAddress)' in refused.value.detail


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"PrimaryEmailAddr": {"Address": "nobody"}}, "2210"),
        ({"PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ({"Notes": "x" * 2001}, "2050"),
        ({"GivenName": "a\tb"}, "2040"),
        ({"PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ({"BillAddr": {"PostalCode": "1" * 31}}, "2050"),
        ({"BillAddr": {f"Line{number}": "x" * 450 for number in range(1, 6)}}, "2050"),
        ({"SalesTermRef": {"value": "77"}}, "2500"),
    ],
)
def test_bad_values_are_refused_with_their_code(api: Api, fields: dict[str, object], code: str) -> None:
    """5.1, 5.1.1, 9.2"""
    with pytest.raises(Refused) as refused:
        api.customer(**fields)
    assert refused.value.code == code


def test_list_objects_cannot_be_deleted(api: Api) -> None:
    """4.4"""
    with pytest.raises(Refused):
        api.delete("Customer", api.customer())


def test_the_second_actor_obeys_the_same_rules(company: Company) -> None:
    """13.15"""
    company.create("Customer", {"DisplayName": "Harbor Goods"})
    with pytest.raises(Fault, match="6240"):
        company.create("Vendor", {"DisplayName": "harbor goods"})


def test_history_may_be_backdated(sim: Simulator, company: Company) -> None:
    """5.0"""
    past = sim.now - timedelta(days=200)
    made = company.create("Customer", {"DisplayName": "Old Friend"}, at=past)
    assert made["MetaData"]["CreateTime"].startswith("2026-04-16")


def test_term_names_are_unique_and_types_set(api: Api) -> None:
    """5.6"""
    term = api.post("Term", {"Name": "15th", "DayOfMonthDue": 15, "DueNextMonthDays": 5})
    assert term["Type"] == "DATE_DRIVEN"
    assert api.post("Term", {"Name": "Net 45", "DueDays": 45})["Type"] == "STANDARD"
    with pytest.raises(Refused, match="6240"):
        api.post("Term", {"Name": "net 45", "DueDays": 40})
    with pytest.raises(Refused, match="2090"):
        api.post("Term", {"Name": "Never", "DueDays": 1000})


def test_a_new_company_has_the_usual_terms_and_methods(api: Api) -> None:
    """5.6"""
    terms = {each["Id"]: each["Name"] for each in api.query("select * from Term")["Term"]}
    assert terms == {"1": "Due on receipt", "2": "Net 15", "3": "Net 30", "4": "Net 60", "5": "Net 10"}


def test_tax_codes_are_read_not_written(api: Api) -> None:
    """5.7"""
    codes = {each["Id"] for each in api.query("select * from TaxCode")["TaxCode"]}
    assert {"TAX", "NON", "2"} <= codes
    with pytest.raises(Refused, match="500"):
        api.post("TaxCode", {"Name": "Mine"})


def test_preferences_are_updated_in_parts(api: Api) -> None:
    """5.8"""
    before = api.call("GET", "/preferences")["Preferences"]
    sales = {"AllowDiscount": True}
    changed = api.post("Preferences", {"SyncToken": before["SyncToken"], "sparse": True, "SalesFormsPrefs": sales})
    assert changed["SalesFormsPrefs"] == {**before["SalesFormsPrefs"], "AllowDiscount": True}
    assert changed["CurrencyPrefs"] == before["CurrencyPrefs"]


def test_preferences_changed_by_hand_are_seen_at_once(company: Company, api: Api) -> None:
    """5.8"""
    api.call("GET", "/preferences")
    company.preferences["SalesFormsPrefs"]["AllowShipping"] = True
    assert api.call("GET", "/preferences")["Preferences"]["SalesFormsPrefs"]["AllowShipping"] is True


def test_company_info_has_id_1_and_an_iso3_country(api: Api) -> None:
    """5.9"""
    info = api.call("GET", f"/companyinfo/{api.company.realm}")["CompanyInfo"]
    assert (info["Id"], info["Country"], info["CompanyName"]) == ("1", "USA", "Larkspur Fine Foods LLC")


def test_an_account_is_of_a_known_type_which_its_sub_type_may_tell(api: Api) -> None:
    """4.1"""
    till = api.post("Account", {"Name": "Till", "AccountSubType": "CashOnHand"})
    assert (till["AccountType"], till["Classification"]) == ("Bank", "Asset")
    sales = api.post("Account", {"Name": "Sales", "AccountType": "Income"})
    assert (sales["AccountSubType"], sales["Classification"]) == ("SalesOfProductIncome", "Revenue")
    with pytest.raises(Refused, match="2170"):
        api.post("Account", {"Name": "Odd", "AccountType": "Purse"})


def test_a_customer_named_by_nothing_is_an_internal_error(api: Api) -> None:
    """5.3: the reported words"""
    with pytest.raises(Refused, match=r"6000 .*Unexpected Internal Error. \(-30003\)"):
        api.post("Invoice", {"CustomerRef": {"value": ""}, "Line": [sale(api.item(), 5)]})

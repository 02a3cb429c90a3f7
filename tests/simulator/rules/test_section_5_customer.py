"""What all objects have in common; customers, their addresses and names, merging (sections 5.0 and 5.1)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, ref, sale
from tests.simulator.rules.bodies import at, told
from tests.simulator.rules.refusing import refused

ADDRESS = {"Line1": "1 Pier Rd", "City": "Salem", "CountrySubDivisionCode": "MA", "PostalCode": "01970"}


def test_each_list_counts_its_ids_for_itself(api: Api) -> None:
    """5.0-1"""
    made = [
        api.customer("A"),
        api.customer("B"),
        api.item("C"),
        api.item("D"),
        api.post("Vendor", {"DisplayName": "E"}),
    ]
    assert [each["Id"] for each in made] == ["1", "2", "1", "2", "1"]
    with refused("2030", element="Id"):
        api.post("Invoice", {"SyncToken": "0"}, operation="delete")


def test_an_update_has_to_send_the_token_back(api: Api, customer: Body) -> None:
    """5.0-2"""
    with refused("2020", element="SyncToken"):
        api.post("Customer", {"Id": "1", "sparse": True, "Notes": "n"})


def test_the_time_of_creation_never_moves(sim: Simulator, api: Api, customer: Body) -> None:
    """5.0-3"""
    sim.now += timedelta(minutes=5)
    changed = api.sparse("Customer", customer, Notes="n")["MetaData"]
    assert changed["CreateTime"] == customer["MetaData"]["CreateTime"] < changed["LastUpdatedTime"]


def test_domain_and_sparse_are_the_same_everywhere(api: Api, invoice: Body) -> None:
    """5.0-5, 5.0-6"""
    api.payment(api.read("Customer", "1"), 5)
    for entity, id in (
        ("Customer", "1"),
        ("Item", "1"),
        ("Payment", "2"),
        ("Term", "1"),
        ("Account", "4"),
        ("TaxRate", "3"),
    ):
        row = api.read(entity, id)
        assert (row["domain"], row["sparse"]) == ("QBO", False)
    assert api.sparse("Invoice", invoice, PrivateNote="n")["sparse"] is False


def test_only_stubs_have_a_status(api: Api, invoice: Body) -> None:
    """5.0-7"""
    assert "status" not in api.read("Invoice", invoice["Id"])
    assert api.delete("Invoice", invoice)["status"] == "Deleted"
    assert api.call("GET", "/cdc", entities="Invoice", changedSince="2026-11-01")["CDCResponse"][0]["QueryResponse"][0][
        "Invoice"
    ][0]["status"] == "Deleted"  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "path", "limit"),
    [
        ("5.1-1", "DisplayName", 500), ("5.1-2", "Title", 16), ("5.1-3", "GivenName", 100),
        ("5.1-3", "MiddleName", 100), ("5.1-3", "FamilyName", 100), ("5.1-4", "Suffix", 16),
        ("5.1-5", "CompanyName", 100), ("5.1-6", "PrintOnCheckName", 110),
        ("5.1-9", "PrimaryPhone.FreeFormNumber", 30), ("5.1-9", "AlternatePhone.FreeFormNumber", 30),
        ("5.1-9", "Mobile.FreeFormNumber", 30), ("5.1-9", "Fax.FreeFormNumber", 30), ("5.1-10", "WebAddr.URI", 1000),
        ("5.1-11", "Notes", 2000), ("5.1-19", "ResaleNum", 16), ("5.1.1-1", "BillAddr.Line1", 500),
        ("5.1.1-1", "ShipAddr.Line5", 500), ("5.1.1-2", "BillAddr.City", 255), ("5.1.1-2", "BillAddr.Country", 255),
        ("5.1.1-2", "BillAddr.CountrySubDivisionCode", 255), ("5.1.1-3", "BillAddr.PostalCode", 30),
    ],
)  # fmt: skip
def test_a_text_is_kept_up_to_its_length(api: Api, rule: str, path: str, limit: int) -> None:
    longest = {"DisplayName": "Harbor", **at(path, "x" * limit)}
    assert told(api.post("Customer", longest), path) == "x" * limit
    with refused("2050", f"Min:0 Max:{limit} supported. Supplied length:{limit + 1}"):
        api.post("Customer", {"DisplayName": "Quay", **at(path, "x" * (limit + 1))})


@pytest.mark.parametrize("field", ["DisplayName", "GivenName", "MiddleName", "FamilyName"])
@pytest.mark.parametrize("character", [":", "\t", "\n"])
def test_a_name_has_no_colon_tab_or_line_break(api: Api, field: str, character: str) -> None:
    """5.1-1, 5.1-3"""
    with refused("2040"):
        api.post("Customer", {"DisplayName": "Harbor", field: f"a{character}b"})


def test_two_customers_may_have_one_company_name(api: Api) -> None:
    """5.1-5"""
    made = [api.customer(name, CompanyName="Harbor Inc") for name in ("North", "South")]
    assert [each["CompanyName"] for each in made] == ["Harbor Inc", "Harbor Inc"]


def test_the_name_on_checks_is_at_first_the_display_name(api: Api, customer: Body) -> None:
    """5.1-6"""
    assert customer["PrintOnCheckName"] == "Harbor Goods"
    assert api.customer("Quay", PrintOnCheckName="Quay Ltd")["PrintOnCheckName"] == "Quay Ltd"


@pytest.mark.parametrize("address", ["a@b.co", "a@b.co, c@d.co", "x" * 95 + "@b.co"])
def test_an_address_or_several_are_taken(api: Api, address: str) -> None:
    """5.1-8"""
    assert api.customer(PrimaryEmailAddr={"Address": address})["PrimaryEmailAddr"] == {"Address": address}


@pytest.mark.parametrize(
    ("address", "code"),
    [("nobody", "2210"), ("a@b", "2210"), ("b.co", "2210"), ("a@b.co,c", "2210"), ("x" * 96 + "@b.co", "2050")],
)
def test_what_is_no_address_is_refused(api: Api, address: str, code: str) -> None:
    """5.1-8"""
    with refused(code):
        api.customer(PrimaryEmailAddr={"Address": address})


@pytest.mark.parametrize("field", ["PrimaryPhone", "AlternatePhone", "Mobile", "Fax"])
def test_a_phone_number_comes_back_as_it_was_sent(api: Api, field: str) -> None:
    """5.1-9"""
    number = " +1 (555) 010-7788 ext. 9"
    assert api.customer(**{field: {"FreeFormNumber": number}})[field] == {"FreeFormNumber": number}


@pytest.mark.parametrize("field", ["BillAddr", "ShipAddr"])
def test_an_address_comes_back_with_an_id(api: Api, field: str) -> None:
    """5.1-12"""
    made = api.customer(**{field: ADDRESS})[field]
    assert made["Id"].isdigit()
    assert made.items() >= ADDRESS.items()


def test_a_job_has_a_parent_and_a_parent_makes_a_job(api: Api, customer: Body) -> None:
    """5.1-13, 5.1-14"""
    child = api.customer("Dock", ParentRef=ref(customer), Job=True)
    assert (child["Job"], child["ParentRef"]["value"], child["Level"]) == (True, customer["Id"], 1)
    with refused("2020", element="ParentRef"):
        api.customer("Pier", Job=True)
    with refused("2500", "Names element id 77 not found"):
        api.customer("Pier", Job=True, ParentRef={"value": "77"})


def test_plain_flags_are_kept(api: Api, customer: Body) -> None:
    """5.1-16, 5.1-17"""
    assert (customer["BillWithParent"], customer["Taxable"]) == (False, True)
    changed = api.sparse("Customer", customer, BillWithParent=True, Taxable=False)
    assert (changed["BillWithParent"], changed["Taxable"]) == (True, False)


def test_a_reason_of_exemption_is_one_of_fifteen(api: Api) -> None:
    """5.1-18"""
    made = api.customer(Taxable=False, TaxExemptionReasonId="9", ResaleNum="R-1")
    assert (made["TaxExemptionReasonId"], made["ResaleNum"]) == ("9", "R-1")
    for wrong in ("0", "16"):
        with refused("2170"):
            api.customer("Quay", TaxExemptionReasonId=wrong)


@pytest.mark.parametrize(("using", "expected"), [(True, {"value": "2"}), (False, {"value": "2"})])
def test_the_default_tax_code_is_the_systems(company: Company, api: Api, using: bool, expected: Body) -> None:
    """5.1-20"""
    company.preferences["TaxPrefs"] |= {"UsingSalesTax": using, "PartnerTaxEnabled": using}
    assert api.customer().get("DefaultTaxCodeRef") == expected


def test_an_invoice_does_not_take_over_the_customers_term(api: Api, item: Body) -> None:
    """5.1-21"""
    customer = api.customer(SalesTermRef={"value": "2"})
    assert customer["SalesTermRef"] == {"value": "2"}
    made = api.invoice(customer, sale(item, 5))
    assert "SalesTermRef" not in made
    assert made["DueDate"] == "2026-12-02"


@pytest.mark.parametrize(("rule", "field"), [("5.1-21", "SalesTermRef"), ("5.1-22", "PaymentMethodRef")])
def test_a_reference_names_what_there_is(api: Api, rule: str, field: str) -> None:
    assert api.customer(**{field: {"value": "1"}})[field]["value"] == "1"
    with refused("2500"):
        api.customer("Quay", **{field: {"value": "77"}})


def test_a_customer_type_is_kept(api: Api) -> None:
    """5.1-23"""
    assert api.customer(CustomerTypeRef={"value": "12"})["CustomerTypeRef"] == {"value": "12"}


def test_a_delivery_method_is_one_of_three(api: Api) -> None:
    """5.1-24"""
    assert api.customer("A")["PreferredDeliveryMethod"] == "Print"
    assert api.customer("B", PreferredDeliveryMethod="None")["PreferredDeliveryMethod"] == "None"
    assert api.customer("C", PreferredDeliveryMethod="Email")["PreferredDeliveryMethod"] == "Email"
    with refused("2170"):
        api.customer("D", PreferredDeliveryMethod="EMAIL")


def test_the_currency_is_the_home_currency(api: Api, customer: Body) -> None:
    """5.1-25"""
    assert customer["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}


def test_a_balance_is_invoices_less_payments_and_credits(api: Api, customer: Body, item: Body, invoice: Body) -> None:
    """5.1-26"""
    balances = []
    api.payment(customer, 30, {invoice["Id"]: 20})
    balances.append(api.read("Customer", customer["Id"])["Balance"])
    api.post("CreditMemo", {"CustomerRef": ref(customer), "Line": [sale(item, Decimal("95.50"))]})
    balances.append(api.read("Customer", customer["Id"])["Balance"])
    assert balances == [70, Decimal("-25.50")]


def test_a_balance_given_at_creation_is_an_opening_balance(api: Api) -> None:
    """5.1-26"""
    made = api.customer(Balance=250, OpenBalanceDate="2026-10-01")
    assert made["Balance"] == 250


def test_a_client_makes_no_project(api: Api, customer: Body) -> None:
    """5.1-29"""
    assert customer["IsProject"] is False
    assert api.customer("Quay", IsProject=True)["IsProject"] is False


def test_a_project_is_a_sub_customer_marked_as_one(company: Company, api: Api, customer: Body) -> None:
    """5.1-29"""
    made = company.create(
        "Customer", {"DisplayName": "Refit of the pier", "Job": True, "ParentRef": ref(customer), "IsProject": True}
    )
    shown = api.read("Customer", made["Id"])
    assert (shown["IsProject"], shown["Job"], shown["ParentRef"]["value"]) == (True, True, customer["Id"])


def test_query_replies_carry_two_meaningless_ids(api: Api, customer: Body) -> None:
    """5.1-30"""
    assert {"ClientEntityId", "V4IDPseudonym"} <= set(api.query("select * from Customer")["Customer"][0])


def test_a_customer_has_no_custom_fields(company: Company, api: Api) -> None:
    """5.1-31"""
    company.define_custom_field("PO Number")
    assert "CustomField" not in api.customer(CustomField=[{"DefinitionId": "1", "StringValue": "x"}])


def test_a_minimal_customer_has_no_empty_object(api: Api, customer: Body) -> None:
    """5.1-a"""
    assert set(customer) >= {
        "Taxable", "Job", "BillWithParent", "Balance", "BalanceWithJobs", "CurrencyRef", "PreferredDeliveryMethod",
        "domain", "sparse", "Id", "SyncToken", "MetaData", "FullyQualifiedName", "DisplayName", "PrintOnCheckName",
        "Active",
    }  # fmt: skip
    assert not [name for name, value in customer.items() if value in ({}, [], "", None)]


def test_five_lines_have_2000_characters_together(api: Api) -> None:
    """5.1.1-1"""
    lines = {f"Line{number}": "x" * 400 for number in range(1, 6)}
    assert api.customer(BillAddr=lines)["BillAddr"]["Line5"] == "x" * 400
    with refused("2050"):
        api.customer("Quay", BillAddr={**lines, "Line5": "x" * 401})


def test_lat_and_long_are_the_servers(api: Api) -> None:
    """5.1.1-4"""
    api.customer(BillAddr={**ADDRESS, "Lat": "42.5", "Long": "-70.9"})
    shown = api.query("select * from Customer")["Customer"][0]["BillAddr"]
    assert (shown["Lat"], shown["Long"]) == ("INVALID", "INVALID")


def test_the_id_of_an_address_is_not_stable(api: Api) -> None:
    """5.1.1-5"""
    made = api.customer(BillAddr=ADDRESS)
    queried = api.query("select * from Customer")["Customer"][0]["BillAddr"]
    assert api.read("Customer", made["Id"])["BillAddr"]["Id"] != queried["Id"]


def test_an_edited_address_comes_back_as_lines(api: Api, item: Body) -> None:
    """5.1.1-6"""
    made = api.invoice(api.customer(BillAddr=ADDRESS), sale(item, 5))
    edited = api.sparse("Invoice", made, PrivateNote="n", BillAddr={**ADDRESS, "Line1": "2 Pier Rd"})
    assert edited["FreeFormAddress"] is True
    lines = [edited["BillAddr"].get(f"Line{number}") for number in range(1, 4)]
    assert lines == ["Harbor Goods", "2 Pier Rd", "Salem, MA  01970"]


def test_equal_addresses_share_an_id_and_an_invoice_copies_both(api: Api, item: Body) -> None:
    """5.1.1-7"""
    customer = api.customer(BillAddr=ADDRESS, ShipAddr=ADDRESS)
    made = api.invoice(customer, sale(item, 5))
    assert made["BillAddr"].items() >= ADDRESS.items()
    assert made["ShipAddr"].items() >= ADDRESS.items()
    assert customer["BillAddr"]["Id"] == customer["ShipAddr"]["Id"]


def test_an_invoice_of_a_sub_customer_names_it(api: Api, customer: Body, item: Body) -> None:
    """5.1.2-a"""
    child = api.customer("0969 Ocean View Road", Job=True, ParentRef=ref(customer))
    assert child["DisplayName"] == "0969 Ocean View Road"
    assert api.invoice(child, sale(item, 5))["CustomerRef"]["value"] == child["Id"]


def test_a_payment_and_its_invoice_may_name_different_customers(api: Api, customer: Body, item: Body) -> None:
    """5.1.2-b"""
    child = api.customer("Dock", Job=True, ParentRef=ref(customer))
    invoice = api.invoice(child, sale(item, 80))
    paid = api.payment(customer, 80, {invoice["Id"]: 80})
    assert (paid["CustomerRef"]["value"], invoice["CustomerRef"]["value"]) == (customer["Id"], child["Id"])
    assert api.read("Invoice", invoice["Id"])["Balance"] == 0


def test_the_api_cannot_merge(api: Api, customer: Body) -> None:
    """5.1.3-1"""
    loser = api.customer("Harbor Goods Inc")
    with refused("6240"):
        api.sparse("Customer", loser, DisplayName="Harbor Goods")


@pytest.mark.parametrize("touching", [False, True])
def test_a_merge_moves_the_times_of_transactions_only_when_switched(
    sim: Simulator, company: Company, api: Api, customer: Body, item: Body, touching: bool
) -> None:
    """5.1.3-4"""
    sim.choices.merge_touches_transactions = touching
    loser = api.customer("Harbor Goods Inc")
    invoice = api.invoice(loser, sale(item, 5))
    sim.now += timedelta(minutes=5)
    company.merge(customer["Id"], loser["Id"])
    moved = api.read("Invoice", invoice["Id"])
    assert moved["CustomerRef"]["value"] == customer["Id"]
    assert (moved["MetaData"] != invoice["MetaData"]) is touching

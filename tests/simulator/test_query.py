# ruff: noqa: S608  (statements made of what the simulator itself answered)
"""The query language (api 3)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, Refused, sale


@pytest.fixture
def customers(api: Api) -> list[Body]:
    return [
        api.customer("Amy's Bird Sanctuary", GivenName="Amy", PrimaryEmailAddr={"Address": "Birds@Example.com"}),
        api.customer("Robertson & Associates", CompanyName="Robertson"),
        api.customer("Harbor Goods", Taxable=False),
    ]


def names(found: Body, entity: str = "Customer") -> list[str]:
    return [each.get("DisplayName") or each.get("Name") or each["DocNumber"] for each in found.get(entity, [])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (r"DisplayName = 'Amy\'s Bird Sanctuary'", ["Amy's Bird Sanctuary"]),
        ("DisplayName = 'robertson & associates'", ["Robertson & Associates"]),
        ("DisplayName LIKE 'amy%'", ["Amy's Bird Sanctuary"]),
        ("DisplayName LIKE '%o%'", ["Harbor Goods", "Robertson & Associates"]),
        ("DisplayName LIKE 'o%'", []),
        ("PrimaryEmailAddr = 'birds@example.com'", ["Amy's Bird Sanctuary"]),
        ("Id IN ('1','3')", ["Amy's Bird Sanctuary", "Harbor Goods"]),
        ("Id = '2' AND CompanyName = 'Robertson'", ["Robertson & Associates"]),
        ("GivenName != 'Amy'", ["Harbor Goods", "Robertson & Associates"]),
        ("Taxable = false", ["Harbor Goods"]),
        ("Balance > '0'", []),
        ("Balance <= '0.00' AND DisplayName > 'M'", ["Robertson & Associates"]),
        ("displayname in ('HARBOR GOODS')", ["Harbor Goods"]),
        ("MetaData.CreateTime >= '2026-11-02T00:00:00-08:00' AND Id = '3'", ["Harbor Goods"]),
    ],
)  # fmt: skip
def test_conditions_find_what_they_say(api: Api, customers: list[Body], where: str, expected: list[str]) -> None:
    """3.1, 3.2"""
    assert names(api.query(f"select * from Customer where {where}")) == expected


def test_text_that_fell_out_of_a_value_is_found_again(api: Api) -> None:
    """3.2"""
    api.customer(r"Back\slash")
    assert names(api.query(r"select * from Customer where DisplayName = 'Back\\slash'")) == [r"Back\slash"]


def test_inactive_objects_are_hidden_unless_active_is_asked(company: Company, api: Api, customers: list[Body]) -> None:
    """3.1, 0.1-7"""
    company.deactivate("Customer", "2")
    assert len(names(api.query("select * from Customer"))) == 2
    assert len(names(api.query("select * from Customer where Active IN (true, false)"))) == 3
    gone = api.query("select * from Customer where Active = false")
    assert names(gone) == ["Robertson & Associates (deleted)"]
    assert api.query("select * from Customer where DisplayName = 'Robertson & Associates'") == {}
    assert names(api.query("select * from Customer where Id = '2' and Active in (true,false)"))


def test_a_reference_is_filtered_by_its_value(api: Api, customers: list[Body]) -> None:
    """3.1"""
    item = api.item()
    api.invoice(customers[0], sale(item, 100))
    api.invoice(customers[1], sale(item, 400))
    assert names(api.query("select * from Invoice where CustomerRef = '2'"), "Invoice") == ["1002"]
    assert names(api.query("select * from Invoice where TotalAmt > '300.00'"), "Invoice") == ["1002"]


def test_changes_are_found_by_time(sim: Simulator, api: Api, customers: list[Body]) -> None:
    """3.1"""
    sim.now += timedelta(minutes=10)
    changed = api.sparse("Customer", customers[0], Notes="n")
    since = changed["MetaData"]["LastUpdatedTime"]
    assert names(api.query(f"select * from Customer where MetaData.LastUpdatedTime >= '{since}'")) == [
        "Amy's Bird Sanctuary"
    ]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("orderby Id startposition 2 maxresults 1", ["2"]),
        ("ORDER BY Id DESC MAXRESULTS 2", ["3", "2"]),
        ("ORDERBY Id MAXRESULTS 1 STARTPOSITION 3", ["3"]),
        ("orderby Taxable desc, DisplayName asc", ["1", "2", "3"]),
        ("orderby MetaData.LastUpdatedTime, Id", ["1", "2", "3"]),
        ("startposition 4", []),
    ],
)
def test_order_and_page(api: Api, customers: list[Body], tail: str, expected: list[str]) -> None:
    """3.1, 3.3"""
    found = api.query(f"select * from Customer {tail}")
    assert [each["Id"] for each in found.get("Customer", [])] == expected


def test_a_page_has_100_rows_unless_asked_and_1000_at_most(company: Company, api: Api) -> None:
    """3.3"""
    for number in range(120):
        company.create("Customer", {"DisplayName": f"Customer {number:03d}"})
    page = api.query("select * from Customer")
    assert (page["startPosition"], page["maxResults"], len(page["Customer"])) == (1, 100, 100)
    rest = api.query("select * from Customer startposition 101 maxresults 1000")
    assert (rest["startPosition"], rest["maxResults"]) == (101, 20)
    with pytest.raises(Refused, match="4001 QueryValidationError: value 1001 is too large"):
        api.query("select * from Customer maxresults 1001")


def test_more_than_1000_may_be_capped_instead(sim: Simulator, api: Api, customers: list[Body]) -> None:
    """3.3, a switch"""
    sim.choices.max_results_over = "cap"
    assert api.query("select * from Customer maxresults 5000")["maxResults"] == 3


def test_paging_holds_while_the_table_does_not_change(api: Api, customers: list[Body]) -> None:
    """3.3"""
    first = api.query("select * from Customer orderby Id maxresults 2")
    second = api.query("select * from Customer orderby Id startposition 3 maxresults 2")
    assert [each["Id"] for each in first["Customer"] + second["Customer"]] == ["1", "2", "3"]
    api.customer("One more")
    assert len(api.query("select * from Customer orderby Id startposition 3 maxresults 2")["Customer"]) == 2


def test_count_gives_only_the_total(api: Api, customers: list[Body]) -> None:
    """3.4"""
    assert api.query("select count(*) from Customer") == {"totalCount": 3}
    assert api.query("SELECT COUNT(*) FROM Customer WHERE Taxable = true") == {"totalCount": 2}


def test_nothing_found_is_an_empty_object(api: Api) -> None:
    """3.4"""
    assert api.query("select * from Invoice") == {}


def test_single_objects_come_in_an_array(api: Api) -> None:
    """3.4"""
    found = api.query("select * from Preferences")
    assert list(found) == ["Preferences", "maxResults"]
    assert len(api.query("select * from CompanyInfo")["CompanyInfo"]) == 1


def test_what_the_server_takes_beyond_its_documentation(api: Api, customers: list[Body]) -> None:
    """3.1"""
    api.item(Sku="OAK-1")
    assert api.query("SELECT *, Sku FROM Item WHERE Sku = 'oak-1'")["Item"][0]["Sku"] == "OAK-1"
    assert len(api.query("select * from TaxCode maxresults 1")["TaxCode"]) > 1
    assert api.call("POST", "/query", query="select count(*) from Customer")["QueryResponse"] == {"totalCount": 3}


def test_a_statement_may_be_the_body_of_a_post(api: Api, customers: list[Body]) -> None:
    """3"""
    statement = b"select * from Customer where Id = '1'"
    response = api.http.post("/query", content=statement, headers={"Content-Type": "application/text"})
    assert response.json()["QueryResponse"]["maxResults"] == 1


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("select * from Custmoer", "4001", "QueryValidationError: invalid context declaration: Custmoer"),
        (
            "select * from Customer where EmailAddress = 'a'",
            "4001",
            "QueryValidationError: Property EmailAddress not found for Entity Customer",
        ),
        (
            "select * from Customer where PrimaryEmailAddr.Address = 'a'",
            "4001",
            "Property PrimaryEmailAddr.Address not found for Entity Customer",
        ),
        (
            "select * from Vendor where PrimaryEmailAddr = 'a'",
            "4001",
            "QueryValidationError: property 'PrimaryEmailAddr' is not queryable",
        ),
        ("select * from Customer where Id = ''", "2030", "Id should be a valid number. Supplied value:"),
        ("select * from Customer where Id > '5'", "4001", "operator > is not supported for property Id"),
        ("select * from Customer startposition 0", "4001", "value 0 is too small. Min allowed value is 1"),
        ("select * from Customer where Balance > 'much'", "4001", "Invalid value 'much' for property Balance"),
        ("select * from Customer where MetaData.CreateTime > 'x'", "4001", "Invalid value"),
        ("select * from Customer where Balance>abc", "4000", 'Encountered " ">" "> "" at line 1, column 37.'),
        ("select * from Customer where DisplayName in 'x'", "4000", 'Was expecting:\n    "(" ...'),
        ("select * from Customer where DisplayName = 'it's'", "4000", 'Encountered " <IDENTIFIER> "s ""'),
        ("select * from Customer where DisplayName = 'O''Brien'", "4000", "QueryParserError: Encountered"),
        ("select * from Customer where (Id = '1')", "4000", "Encountered"),
        ("select * from Customer where Id = '1' or Id = '2'", "4000", "Encountered"),
        ("select * from Customer where", "4000", 'Encountered "<EOF>"'),
        ("drop table Customer", "4000", "Encountered"),
        (
            "select * from Customer where DisplayName = 'O’Brien'",
            "4000",
            'Lexical error at line 1, column 46.  Encountered: "\\u2019" (8217), after : "\'O"',
        ),
    ],
)
def test_what_cannot_be_asked_gives_its_fault(api: Api, statement: str, code: str, detail: str) -> None:
    """3.5"""
    with pytest.raises(Refused) as refused:
        api.query(statement)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert detail in refused.value.detail
    assert refused.value.element == ("Id" if code == "2030" else None)


def test_the_expecting_list_after_a_property_is_the_recorded_one(api: Api) -> None:
    """3.5"""
    with pytest.raises(Refused) as refused:
        api.query("select * from Customer where Balance>abc")
    listed = refused.value.detail.partition("Was expecting one of:")[2].split()
    assert [word for word in listed if word != "..."][:5] == ["<EOF>", '"."', "<AND>", '"between"', '"contains"']


def test_default_order_is_by_name_and_newest_change(sim: Simulator, api: Api, customers: list[Body]) -> None:
    """3.3"""
    assert names(api.query("select * from Customer")) == [
        "Amy's Bird Sanctuary", "Harbor Goods", "Robertson & Associates",
    ]  # fmt: skip
    item = api.item()
    first = api.invoice(customers[0], sale(item, 1))
    sim.now += timedelta(seconds=5)
    api.invoice(customers[0], sale(item, 2))
    sim.now += timedelta(seconds=5)
    api.sparse("Invoice", first, PrivateNote="n")
    assert names(api.query("select * from Invoice"), "Invoice") == ["1001", "1002"]


def test_amounts_compare_as_numbers(api: Api, customers: list[Body]) -> None:
    """3.1"""
    api.invoice(customers[0], sale(api.item(), Decimal("99.50")))
    assert api.query("select count(*) from Invoice where Balance >= '99.5'") == {"totalCount": 1}
    assert api.query("select count(*) from Invoice where Balance > '9'") == {"totalCount": 1}

# ruff: noqa: S608  (statements made of what the test chose)
"""The query language (section 3)."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from simulator.app import Simulator
from simulator.company import Company
from tests.simulator.caller import Api, Body, sale
from tests.simulator.rules.refusing import refused

FULL = {
    "GivenName": "Amy", "FamilyName": "Lee", "CompanyName": "Birds Inc", "Taxable": False,
    "PrimaryEmailAddr": {"Address": "birds@example.com"}, "PrimaryPhone": {"FreeFormNumber": "555-1"},
}  # fmt: skip


@pytest.fixture
def people(api: Api) -> list[Body]:
    return [api.customer("Amy's Bird Sanctuary", **FULL), api.customer("Robertson & Associates"), api.customer("Zebra")]


def ids(api: Api, statement: str) -> list[str]:
    found = api.query(statement)
    return [row["Id"] for rows in found.values() if isinstance(rows, list) for row in rows]


@pytest.mark.parametrize("words", ["ORDERBY", "ORDER BY", "order by"])
def test_both_spellings_sort(api: Api, people: list[Body], words: str) -> None:
    """3.1-1"""
    assert ids(api, f"select * from Customer {words} DisplayName desc") == ["3", "2", "1"]


@pytest.mark.parametrize("page", ["STARTPOSITION 2 MAXRESULTS 1", "MAXRESULTS 1 STARTPOSITION 2"])
def test_position_and_limit_come_in_either_order(api: Api, people: list[Body], page: str) -> None:
    """3.1-2"""
    assert ids(api, f"select * from Customer orderby Id {page}") == ["2"]


@pytest.mark.parametrize(
    "tail", ["where Id = '1' or Id = '2'", "where not Id = '1'", "where (Id = '1')", "group by Active", "join Invoice"]
)
def test_there_is_no_or_not_grouping_or_join(api: Api, people: list[Body], tail: str) -> None:
    """3.1-3"""
    with refused("4000"):
        api.query(f"select * from Customer {tail}")


def test_named_columns_bring_whole_objects(api: Api, people: list[Body]) -> None:
    """3.1-3"""
    found = api.query("select DisplayName, Id from Customer where Id = '1'")["Customer"]
    assert found == api.query("select * from Customer where Id = '1'")["Customer"]


def test_unequal_and_columns_beside_the_star_are_taken(api: Api, people: list[Body]) -> None:
    """3.1-4"""
    api.item(Sku="OAK-1")
    assert ids(api, "select * from Customer where DisplayName != 'zebra' orderby Id") == ["1", "2"]
    assert api.query("SELECT *, Sku FROM Item")["Item"][0]["Sku"] == "OAK-1"


def test_a_post_may_have_the_statement_in_its_address(api: Api, people: list[Body]) -> None:
    """3.1-5"""
    response = api.http.post("/query", params={"query": "select count(*) from Customer"})
    assert response.json()["QueryResponse"] == {"totalCount": 3}


def test_tax_codes_come_all_at_once(api: Api) -> None:
    """3.1-6"""
    everything = ids(api, "select * from TaxCode")
    assert len(everything) > 1
    assert ids(api, "select * from TaxCode maxresults 1") == everything


@pytest.mark.parametrize("operator", [">", "<", ">=", "<=", "!=", "like"])
def test_an_id_is_equal_or_one_of(api: Api, people: list[Body], operator: str) -> None:
    """3.1-7"""
    assert ids(api, "select * from Customer where Id = '1'") == ["1"]
    assert ids(api, "select * from Customer where Id in ('1', '3')") == ["1", "3"]
    with refused("4001"):
        api.query(f"select * from Customer where Id {operator} '1'")


@pytest.mark.parametrize(
    ("pattern", "found"), [("amy%", ["1"]), ("%BIRD%", ["1"]), ("%", ["1", "2", "3"]), ("Z_bra", []), ("Z.*", [])]
)
def test_like_knows_only_the_percent_sign(api: Api, people: list[Body], pattern: str, found: list[str]) -> None:
    """3.1-8"""
    assert ids(api, f"select * from Customer where DisplayName like '{pattern}' orderby Id") == found


def test_all_values_stand_in_quotes_but_true_and_false(api: Api, people: list[Body]) -> None:
    """3.1-9"""
    assert ids(api, "select * from Customer where Balance <= '0' and MetaData.CreateTime > '2026-01-01' orderby Id")
    assert len(ids(api, "select * from Customer where Active = true")) == 3
    assert len(ids(api, "select * from Customer where Active in (true, false)")) == 3
    for bare in ("Balance = 0", "Balance <= 0", "MetaData.CreateTime > 2026-01-01"):
        with refused("4000"):
            api.query(f"select * from Customer where {bare}")


@pytest.mark.parametrize("time", ["LastUpdatedTime", "CreateTime"])
def test_times_are_compared_as_moments(sim: Simulator, api: Api, people: list[Body], time: str) -> None:
    """3.1-11"""
    sim.now += timedelta(minutes=30)
    later = api.customer("Later")["MetaData"][time]
    assert ids(api, f"select * from Customer where MetaData.{time} >= '{later}'") == ["4"]
    in_india = "2026-11-02T22:00:00+05:30"  # 08:30 in California
    assert ids(api, f"select * from Customer where MetaData.{time} > '{in_india}'") == ["4"]
    unencoded = quote(f"select * from Customer where MetaData.{time} > '{in_india}'", safe="+")
    assert api.http.get(f"/query?query={unencoded}").status_code == 400


def test_case_does_not_matter(api: Api, people: list[Body]) -> None:
    """3.1-12"""
    assert ids(api, "SeLeCt * FrOm cUsToMeR wHeRe displayNAME = 'ZEBRA' and metadata.createtime > '2026-01-01'") == [
        "3"
    ]


@pytest.mark.parametrize("tail", ["where Notes = 'n'", "where BillAddr = 'x'", "orderby Notes"])
def test_what_cannot_be_filtered_or_sorted_by_gets_4001(api: Api, people: list[Body], tail: str) -> None:
    """3.1-13"""
    with refused("4001"):
        api.query(f"select * from Customer {tail}")


@pytest.mark.parametrize(
    "where",
    [
        "Id = '{Id}'", "DocNumber = '{DocNumber}'", "TxnDate = '2026-11-01'", "TxnDate < '2026-11-02'",
        "DueDate = '2026-12-31'", "CustomerRef = '{CustomerRef[value]}'", "Balance = '50'", "Balance < '60'",
        "TotalAmt = '50.00'", "MetaData.CreateTime = '{MetaData[CreateTime]}' and TotalAmt < '60'",
        "MetaData.LastUpdatedTime = '{MetaData[LastUpdatedTime]}' and TotalAmt < '60'",
    ],
)  # fmt: skip
def test_invoices_are_found_by(api: Api, invoice: Body, where: str) -> None:
    """3.1-14"""
    other = api.customer("Other")
    wanted = api.invoice(other, sale(api.item("Pine"), 50), TxnDate="2026-11-01", DueDate="2026-12-31")
    assert ids(api, f"select * from Invoice where {where.format(**wanted)}") == [wanted["Id"]]


@pytest.mark.parametrize("field", ["Balance", "TxnDate", "DocNumber"])
def test_invoices_are_sorted_by(api: Api, customer: Body, item: Body, field: str) -> None:
    """3.1-14"""
    for number, (amount, date) in enumerate([(9, "2026-11-03"), (10, "2026-11-04"), (8, "2026-11-02")]):
        api.invoice(customer, sale(item, amount), TxnDate=date, DocNumber=f"N-{(amount + 1) % 10}{number}")
    found = api.query(f"select * from Invoice orderby {field} desc")["Invoice"]
    assert [row[field] for row in found] == sorted((row[field] for row in found), reverse=True)
    assert len({row[field] for row in found}) == 3


@pytest.mark.parametrize(
    ("entity", "where"),
    [
        ("Customer", "Id = '1'"), ("Customer", "DisplayName = 'Amy\\'s Bird Sanctuary'"),
        ("Customer", "PrimaryEmailAddr = 'birds@example.com'"), ("Vendor", "Id = '1'"),
        ("Vendor", "DisplayName = 'Mill'"), ("Item", "Name = 'Oak'"), ("Item", "Sku = 'OAK-1'"),
        ("Account", "Name = 'Checking'"), ("PaymentMethod", "Name = 'Check'"), ("Invoice", "DocNumber = 'SO-1'"),
        ("SalesReceipt", "DocNumber = 'R-1'"), ("SalesReceipt", "TotalAmt = '7.00'"),
    ],
)  # fmt: skip
def test_the_recorded_filters_work(api: Api, people: list[Body], entity: str, where: str) -> None:
    """3.1-15"""
    api.post("Vendor", {"DisplayName": "Mill"})
    item = api.item("Oak", Sku="OAK-1")
    api.invoice(people[0], sale(item, 5), DocNumber="SO-1")
    api.invoice(people[0], sale(item, 5))
    api.post("SalesReceipt", {"Line": [sale(item, 7)], "DocNumber": "R-1"})
    api.post("SalesReceipt", {"Line": [sale(item, 8)]})
    api.item("Pine")
    assert len(ids(api, f"select * from {entity} where {where}")) == 1


@pytest.mark.parametrize(
    "where",
    [
        "Id = '1'", "DisplayName like 'Amy%'", "GivenName = 'Amy'", "FamilyName = 'Lee'", "CompanyName = 'Birds Inc'",
        "FullyQualifiedName = 'Amy\\'s Bird Sanctuary'", "PrimaryEmailAddr = 'birds@example.com'",
        "PrimaryPhone = '555-1'", "Active = true and Id = '1'", "Balance = '80'", "Job = false and Balance > '0'",
        "MetaData.CreateTime = '{MetaData[CreateTime]}' and Id = '1'",
        "MetaData.LastUpdatedTime >= '{MetaData[LastUpdatedTime]}' and Id = '1'",
    ],
)  # fmt: skip
def test_customers_are_found_by(api: Api, people: list[Body], where: str) -> None:
    """3.1-16"""
    api.invoice(people[0], sale(api.item(), 80))
    assert ids(api, f"select * from Customer where {where.format(**api.read('Customer', '1'))}") == ["1"]


@pytest.mark.parametrize(
    "where",
    [
        "Id = '{Id}'", "TxnDate = '2026-11-01'", "CustomerRef = '{CustomerRef[value]}' and TotalAmt > '60'",
        "TotalAmt = '70'", "PaymentRefNum = 'CHK-1'",
        "MetaData.CreateTime = '{MetaData[CreateTime]}' and TotalAmt > '60'",
        "MetaData.LastUpdatedTime = '{MetaData[LastUpdatedTime]}' and TotalAmt > '60'",
    ],
)  # fmt: skip
def test_payments_are_found_by(api: Api, customer: Body, where: str) -> None:
    """3.1-17"""
    api.payment(customer, 50)
    wanted = api.payment(customer, 70, TxnDate="2026-11-01", PaymentRefNum="CHK-1")
    assert ids(api, f"select * from Payment where {where.format(**wanted)}") == [wanted["Id"]]


@pytest.mark.parametrize("path", ["LinkedTxn", "Line", "LinkedTxn.TxnId", "Line.LinkedTxn.TxnId"])
def test_payments_are_not_found_by_their_invoice(api: Api, path: str) -> None:
    """3.1-17"""
    with refused("4001"):
        api.query(f"select * from Payment where {path} = '1'")


def test_a_backslash_escapes_quotes_and_itself(api: Api) -> None:
    """3.2-1"""
    api.customer("O'Brien")
    api.customer("Back\\slash")
    assert ids(api, r"select * from Customer where DisplayName = 'O\'Brien'") == ["1"]
    assert ids(api, r"select * from Customer where DisplayName = 'Back\\slash'") == ["2"]
    with refused("4000"):
        api.query("select * from Customer where DisplayName = 'O''Brien'")


def test_a_value_whose_backslash_was_not_escaped_goes_on_as_a_condition(api: Api, people: list[Body]) -> None:
    """3.2-2"""
    typed = r"x\' and DisplayName != 'y"
    wrong = typed.replace("'", "\\'")  # quotes only: the backslash typed now escapes the one put in
    right = typed.replace("\\", "\\\\").replace("'", "\\'")
    with refused("4000"):
        api.query(f"select * from Customer where DisplayName != '{wrong}'")
    assert len(ids(api, f"select * from Customer where DisplayName != '{right}'")) == 3


@pytest.mark.parametrize(
    ("encoded", "found"),
    [("DisplayName+%3D+%27Amy%5C%27s+Bird+Sanctuary%27", "1"), ("DisplayName+=+'Robertson+%26+Associates'", "2")],
)
def test_the_recorded_encodings_work(api: Api, people: list[Body], encoded: str, found: str) -> None:
    """3.2-3"""
    response = api.http.get(f"/query?query=select+*+from+Customer+where+{encoded}")
    assert [row["Id"] for row in response.json()["QueryResponse"]["Customer"]] == [found]


def test_a_statement_is_encoded_once(api: Api, people: list[Body]) -> None:
    """3.2-4"""
    once = quote("select * from Customer where DisplayName = 'Robertson & Associates'")
    assert api.http.get(f"/query?query={once}").json()["QueryResponse"]["maxResults"] == 1
    assert api.http.get(f"/query?query={quote(once)}").json()["Fault"]["Error"][0]["code"] == "4000"


@pytest.mark.parametrize("character", ["’", "–", "“", "☃"])
def test_typographic_characters_stop_the_lexer(api: Api, character: str) -> None:
    """3.2-5, 3.5-9"""
    text = f'Lexical error at line 1, column 45.  Encountered: "\\u{ord(character):04x}" ({ord(character)}), after : '
    with refused("4000", f"QueryParserError: Invalid content. {text}"):
        api.query(f"select * from Customer where DisplayName = '{character}'")


def test_rows_that_change_while_one_pages_move(api: Api, people: list[Body]) -> None:
    """3.3-3"""
    first = ids(api, "select * from Customer orderby DisplayName maxresults 2")
    api.sparse("Customer", people[2], DisplayName="Aardvark")
    second = ids(api, "select * from Customer orderby DisplayName startposition 3 maxresults 2")
    assert (first, second) == (["1", "2"], ["2"])


def test_nothing_found_is_an_empty_object(api: Api, people: list[Body]) -> None:
    """3.4-1"""
    for statement in ("select * from Invoice", "select * from Customer startposition 4"):
        assert api.query(statement) == {}


def test_max_results_counts_the_rows_of_the_page(api: Api, people: list[Body]) -> None:
    """3.4-2"""
    found = api.query("select * from Customer orderby Id startposition 2 maxresults 50")
    assert (found["startPosition"], found["maxResults"]) == (2, 2)
    assert api.query("select count(*) from Customer") == {"totalCount": 3}


def test_lists_of_invoices_alone_tell_how_many_there_are(api: Api, customer: Body, item: Body) -> None:
    """3.4-2"""
    for _ in range(3):
        api.invoice(customer, sale(item, 5))
    api.payment(customer, 5)
    api.post("CreditMemo", {"CustomerRef": {"value": customer["Id"]}, "Line": [sale(item, 5)]})
    assert api.query("select * from Invoice maxresults 2")["totalCount"] == 3
    for entity in ("Customer", "Payment", "CreditMemo", "Item", "Account"):
        assert list(api.query(f"select * from {entity}")) == [entity, "startPosition", "maxResults"]


def test_preferences_and_company_come_as_arrays_of_one(api: Api) -> None:
    """3.4-3"""
    prefs = api.query("select * from Preferences")
    assert list(prefs) == ["Preferences", "maxResults"]
    assert (len(prefs["Preferences"]), prefs["maxResults"]) == (1, 1)
    assert len(api.query("select * from CompanyInfo")["CompanyInfo"]) == 1


def fault(api: Api, statement: str) -> Body:
    response = api.http.get("/query", params={"query": statement})
    assert response.status_code == 400
    error: Body = response.json()["Fault"]["Error"][0]
    return error


def test_an_unknown_entity_is_an_invalid_query(api: Api) -> None:
    """3.5-1"""
    assert fault(api, "select * from Custmoer") == {
        "Message": "Invalid query", "Detail": "QueryValidationError: invalid context declaration: Custmoer",
        "code": "4001",
    }  # fmt: skip


def test_bad_syntax_says_what_it_met_where_and_what_it_expected(api: Api) -> None:
    """3.5-2"""
    error = fault(api, "select * from Customer where DisplayName = 'it's'")
    assert (error["Message"], error["code"]) == ("Error parsing query", "4000")
    start = 'QueryParserError: Encountered " <IDENTIFIER> "s "" at line 1, column 48.\nWas expecting one of:\n'
    assert error["Detail"].startswith(start)


@pytest.mark.parametrize("path", ["EmailAddress", "PrimaryEmailAddr.Address", "PrimaryEmailAddr.EmailAddress"])
def test_an_unknown_property_is_named(api: Api, path: str) -> None:
    """3.5-3"""
    with refused("4001", f"QueryValidationError: Property {path} not found for Entity Customer"):
        api.query(f"select * from Customer where {path} = 'a'")


def test_a_vendors_address_cannot_be_asked_for(api: Api, people: list[Body]) -> None:
    """3.5-4"""
    with refused("4001", "QueryValidationError: property 'PrimaryEmailAddr' is not queryable"):
        api.query("select * from Vendor where PrimaryEmailAddr = 'birds@example.com'")
    assert ids(api, "select * from Customer where PrimaryEmailAddr = 'birds@example.com'") == ["1"]


def test_an_empty_id_is_an_invalid_id(api: Api) -> None:
    """3.5-5"""
    error = fault(api, "select * from Customer where Id = ''")
    assert error == {
        "Message": "Invalid ID", "Detail": "Id should be a valid number. Supplied value:", "code": "2030",
        "element": "Id",
    }  # fmt: skip


def test_a_glued_operator_is_where_the_parser_stops(api: Api) -> None:
    """3.5-6"""
    detail = fault(api, "select * from Customer where Balance>abc")["Detail"]
    assert detail.startswith('QueryParserError: Encountered " ">" "> "" at line 1, column 37.\nWas expecting one of:')


def test_in_expects_a_parenthesis(api: Api) -> None:
    """3.5-7"""
    detail = fault(api, "select * from Customer where DisplayName in 'x'")["Detail"]
    assert detail.endswith('Was expecting:\n    "(" ...')


def test_the_parser_tells_all_it_expects_after_a_property(api: Api) -> None:
    """3.5-8"""
    listed = fault(api, "select * from Customer where Balance>abc")["Detail"].partition("one of:")[2].split()
    assert {word for word in listed if word != "..."} == {
        "<EOF>", '"."', "<AND>", '"between"', '"contains"', '"="', '"in"', '"iterator"', '"like"', '"maxresults"',
        '"!="', "<NOT>", "<OR>", '"order"', '"orderby"', '"startposition"',
    }  # fmt: skip


def test_changes_by_others_show_at_once(company: Company, api: Api, people: list[Body]) -> None:
    """3.3-3"""
    company.deactivate("Customer", "2")
    assert ids(api, "select * from Customer orderby Id") == ["1", "3"]

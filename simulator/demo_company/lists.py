"""The lists of a practice company: accounts, terms, items, customers. From CSV files, entered before its first day."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files

from simulator.books import Body, Books
from simulator.company import Company
from simulator.rules import RULES
from simulator.rules.tax import AUTOMATED_CODE
from simulator.starting import keep

# What a new company does not have by itself.
TERMS = (
    {"Name": "2% 10 Net 30", "DueDays": 30, "DiscountPercent": 2, "DiscountDays": 10},
    {"Name": "15th of next month", "DayOfMonthDue": 15, "DueNextMonthDays": 10},
)
VENDORS = ("Emerald City Couriers", "Nocellara Importers Inc", "Finch Dairy Supply")
EMPLOYEES = (("June", "Lindqvist"), ("Mateo", "Oduya"))
# Of the United States' list of reasons why a customer is not taxed (api 5.1).
SCHOOL, RESALE = "7", "9"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as the year of trade needs it: how much, when, and how it pays."""

    customer: Body
    size: int  # 1 to 9: how often and how much
    pays: str  # "", slow, halves, statement, at once, parent
    months: frozenset[int]  # when it buys; empty = all year
    leaves: bool  # made inactive in the course of the year


@dataclass(frozen=True, slots=True)
class Good:
    """An item as the year of trade needs it."""

    item: Body
    price: Decimal
    typical: int  # what one order takes of it
    leaves: bool


@dataclass(frozen=True, slots=True)
class SalesTax:
    """A manual sales tax code and the rates it is the sum of, in percent."""

    name: str
    rates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lists:
    buyers: list[Buyer]
    goods: list[Good]
    methods: dict[str, str]  # payment method's name → id


def enter_lists(company: Company, folder: str, *, now: datetime, tax: SalesTax) -> Lists:
    """Enter every list of the practice company, dated 400 days back, before there is any trade."""
    began = now - timedelta(days=400)
    _set_up_tax(company, tax, began)
    for term in TERMS:
        company.create("Term", dict(term), at=began)
    for name in VENDORS:
        company.create("Vendor", {"DisplayName": name, "CompanyName": name}, at=began)
    for given, family in EMPLOYEES:
        company.create("Employee", {"GivenName": given, "FamilyName": family}, at=began)
    goods = [_enter_item(company, row, began) for row in _rows(folder, "items")]
    return Lists(_enter_customers(company, folder, began), goods, _ids(company, "PaymentMethod"))


def _rows(folder: str, name: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / folder / f"{name}.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _ids(company: Company, entity: str) -> dict[str, str]:
    """{name: id} of a list."""
    return {each["Name"]: each["Id"] for each in company.all(entity)}


def _set_up_tax(company: Company, tax: SalesTax, at: datetime) -> None:
    """Manual sales tax: the code a new company has becomes this group. No API call does that (api 5.7)."""
    with company.acting(at=at) as books:
        code = books.tables["TaxCode"].records[AUTOMATED_CODE]
        spare = [each["TaxRateRef"]["value"] for each in code.body["SalesTaxRateList"]["TaxRateDetail"]]
        details = []
        for order, (name, percent) in enumerate(tax.rates.items()):
            rate = {"Name": name, "RateValue": Decimal(percent), "AgencyRef": {"value": "1"}, "Active": True}
            id = spare.pop() if spare else books.next("TaxRate")
            _put(books, "TaxRate", id, rate)
            details.append({"TaxRateRef": {"value": id}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": order})
        _put(books, "TaxCode", code.id, {"Name": tax.name, "SalesTaxRateList": {"TaxRateDetail": details}})
    company.preferences["TaxPrefs"] = {
        "UsingSalesTax": True, "PartnerTaxEnabled": False, "TaxGroupCodeRef": {"value": AUTOMATED_CODE},
    }  # fmt: skip


def _put(books: Books, entity: str, id: str, changes: Body) -> None:
    """Enter under this id, or change what is there."""
    record = books.find(entity, id)
    if record is None:
        keep(books, entity, id, changes)
        return
    earlier, record.body = record.body, {**record.body, **changes}
    RULES[entity].saved(books, record, earlier)
    books.refresh(record)


def _enter_item(company: Company, row: dict[str, str], at: datetime) -> Good:
    accounts = _ids(company, "Account")
    income = accounts.get(row["account"]) or _enter_income_account(company, row["account"], at)
    body: Body = {
        "Name": row["name"],
        "Sku": row["sku"],
        "Description": row["description"],
        "Type": row["kind"],
        "UnitPrice": Decimal(row["price"]),
        "Taxable": row["taxable"] == "yes",
        "IncomeAccountRef": {"value": income},
    }
    if row["kind"] == "Inventory":
        body |= {
            "TrackQtyOnHand": True,
            "QtyOnHand": 900,
            "InvStartDate": at.date().isoformat(),
            "AssetAccountRef": {"value": accounts["Inventory Asset"]},
            "ExpenseAccountRef": {"value": accounts["Cost of Goods Sold"]},
        }
    item = company.create("Item", {name: value for name, value in body.items() if value != ""}, at=at)
    return Good(item, Decimal(row["price"]), int(row["typical"]), row["inactive"] == "yes")


def _enter_income_account(company: Company, name: str, at: datetime) -> str:
    return str(company.create("Account", {"Name": name, "AccountType": "Income"}, at=at)["Id"])


def _enter_customers(company: Company, folder: str, began: datetime) -> list[Buyer]:
    terms, ids = _ids(company, "Term"), dict[str, str]()
    buyers = []
    for number, row in enumerate(_rows(folder, "customers")):
        moment = began + timedelta(minutes=7 * number)
        customer = company.create("Customer", _customer(row, terms, ids), at=moment)
        ids[row["name"]] = customer["Id"]
        if row["kind"] == "project":
            _make_project(company, customer["Id"], moment)
        months = frozenset(int(month) for month in row["season"].split())
        buyers.append(Buyer(customer, int(row["size"]), row["pays"], months, row["kind"] == "inactive"))
    return buyers


def _customer(row: dict[str, str], terms: dict[str, str], ids: dict[str, str]) -> Body:
    """The row as QuickBooks' customer. Without a resale certificate or a reason it is taxable (api 5.3.4)."""
    body: Body = {
        "DisplayName": row["name"],
        "CompanyName": row["company"],
        "GivenName": row["given"],
        "FamilyName": row["family"],
        "Notes": row["notes"],
        "ResaleNum": row["resale"],
        "Taxable": not (row["resale"] or row["exempt"]),
        "SalesTermRef": {"value": terms[row["terms"]]},
        "PreferredDeliveryMethod": "Email" if row["email"] else "Print",
        "BillAddr": _address(row["street"], row["city"], row["state"], row["zip"]),
        "ShipAddr": _ship_to(row["ship_to"]) or _address(row["street"], row["city"], row["state"], row["zip"]),
        "PrimaryEmailAddr": {"Address": row["email"]} if row["email"] else "",
        "PrimaryPhone": {"FreeFormNumber": row["phone"]},
        "Mobile": {"FreeFormNumber": row["mobile"]} if row["mobile"] else "",
    }
    if not body["Taxable"]:
        body["TaxExemptionReasonId"] = RESALE if row["resale"] else SCHOOL
    if row["parent"]:
        body |= {"Job": True, "ParentRef": {"value": ids[row["parent"]]}, "BillWithParent": row["pays"] == "parent"}
    return {name: value for name, value in body.items() if value != ""}


def _make_project(company: Company, customer_id: str, at: datetime) -> None:
    """Projects come about in QuickBooks' own pages only: no client can set IsProject (api 5.1)."""
    with company.acting(at=at) as books:
        project = books.tables["Customer"].records[customer_id]
        project.body["IsProject"] = True
        books.refresh(project)


def _address(street: str, city: str, state: str, code: str) -> Body:
    return {"Line1": street, "City": city, "CountrySubDivisionCode": state, "PostalCode": code, "Country": "USA"}


def _ship_to(text: str) -> Body | None:
    """`Kitchen dock, 1401 Post Alley, Seattle, WA, 98101` as an address whose first line names the place."""
    if not text:
        return None
    place, street, city, state, code = text.split(", ")
    return {**_address(street, city, state, code), "Line1": place, "Line2": street}

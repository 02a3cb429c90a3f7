"""The lists of a practice company: accounts, terms, items, customers. Read from its CSV files and entered before its first day."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files

from simulator.company import Body, Company

ACCOUNTS = (("Cost of Goods Sold", "Cost of Goods Sold"), ("Inventory Asset", "Other Current Asset"))
TERMS = (
    {"Name": "Due on receipt", "DueDays": 0},
    {"Name": "Net 10", "DueDays": 10},
    {"Name": "Net 15", "DueDays": 15},
    {"Name": "Net 30", "DueDays": 30},
    {"Name": "Net 60", "DueDays": 60},
    {"Name": "2% 10 Net 30", "DueDays": 30, "DiscountPercent": 2, "DiscountDays": 10},
    {"Name": "15th of next month", "DayOfMonthDue": 15, "DueNextMonthDays": 10},
)
PAYMENT_METHODS = ("Cash", "Check", "Bank transfer", "Credit card")
VENDORS = ("Emerald City Couriers", "Nocellara Importers Inc", "Finch Dairy Supply")
EMPLOYEES = (("June", "Lindqvist"), ("Mateo", "Oduya"))
# Reasons of the United States' list that a customer is not taxed (api 5.1): 9 is resale, 3 stands for schools and charities.
RESALE, CHARITY = "9", "3"


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
class Lists:
    buyers: list[Buyer]
    goods: list[Good]
    methods: dict[str, str]  # payment method's name → id
    tax_code: str
    terms: dict[str, str]


def enter_lists(company: Company, folder: str, *, now: datetime, tax_group: str) -> Lists:
    """Enter every list of the practice company, dated 400 days back; `tax_group` is its sales tax code's name."""
    began = now - timedelta(days=400)
    accounts = {name: _ensure(company, "Account", {"Name": name, "AccountType": kind}, began) for name, kind in ACCOUNTS}
    terms = {str(term["Name"]): _ensure(company, "Term", dict(term), began) for term in TERMS}
    methods = {name: _ensure(company, "PaymentMethod", {"Name": name}, began) for name in PAYMENT_METHODS}
    for name in VENDORS:
        company.create("Vendor", {"DisplayName": name, "CompanyName": name}, at=began)
    for given, family in EMPLOYEES:
        company.create("Employee", {"GivenName": given, "FamilyName": family}, at=began)
    goods = [_enter_item(company, row, accounts, began) for row in _rows(folder, "items")]
    buyers = _enter_customers(company, folder, terms, began)
    return Lists(buyers, goods, methods, _tax_code(company, tax_group), terms)


def _rows(folder: str, name: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / folder / f"{name}.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _ensure(company: Company, entity: str, body: Body, at: datetime) -> str:
    """The id of the list object of this name, which a new company may have already."""
    found = company.find(entity, body["Name"])
    return str((found or company.create(entity, body, at=at))["Id"])


def _tax_code(company: Company, name: str) -> str:
    found = company.find("TaxCode", name)
    if found is None:
        raise LookupError(f"the company has no sales tax code {name!r}")
    return str(found["Id"])


def _enter_item(company: Company, row: dict[str, str], accounts: dict[str, str], at: datetime) -> Good:
    income = _ensure(company, "Account", {"Name": row["account"], "AccountType": "Income"}, at)
    body: Body = {
        "Name": row["name"],
        "Sku": row["sku"],
        "Description": row["description"] or row["name"],
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


def _enter_customers(company: Company, folder: str, terms: dict[str, str], began: datetime) -> list[Buyer]:
    ids: dict[str, str] = {}
    buyers = []
    for number, row in enumerate(_rows(folder, "customers")):
        body = _customer(row, terms, ids)
        customer = company.create("Customer", body, at=began + timedelta(minutes=7 * number))
        ids[row["name"]] = customer["Id"]
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
        body["TaxExemptionReasonId"] = RESALE if row["resale"] else CHARITY
    if row["parent"]:
        body |= {"Job": True, "ParentRef": {"value": ids[row["parent"]]}, "BillWithParent": row["pays"] == "parent"}
    if row["kind"] == "project":
        body["IsProject"] = True
    return {name: value for name, value in body.items() if value != ""}


def _address(street: str, city: str, state: str, code: str) -> Body:
    return {"Line1": street, "City": city, "CountrySubDivisionCode": state, "PostalCode": code, "Country": "USA"}


def _ship_to(text: str) -> Body | None:
    """`Kitchen dock, 1401 Post Alley, Seattle, WA, 98101` as an address whose first line names the place."""
    if not text:
        return None
    place, street, city, state, code = text.split(", ")
    return {**_address(street, city, state, code), "Line1": place, "Line2": street}

"""Two practice companies worth looking at, kept by the same verbs a bookkeeper has, so that their books hold.

`larkspur` is a specialty-food wholesaler: a year of trade with 60 customers. `quayside` is a small neighbour, there to
be the wrong company to connect to. Both are the same for the same seed and moment. Who buys what stands in the CSV
files beside this module; names and email addresses are invented, telephone numbers are of the range for fiction.
"""

from collections.abc import Mapping
from datetime import datetime

from simulator.company import Company
from simulator.demo_company.lists import SalesTax, enter_lists
from simulator.demo_company.trade import trade

LARKSPUR = "Larkspur Fine Foods LLC"
QUAYSIDE = "Quayside Bakery Supply Inc"
SEATTLE = {"Line1": "2400 Airport Way S", "City": "Seattle", "CountrySubDivisionCode": "WA", "PostalCode": "98134"}
PORTLAND = {"Line1": "60 Union Wharf", "City": "Portland", "CountrySubDivisionCode": "ME", "PostalCode": "04101"}


def larkspur(company: Company, *, now: datetime, seed: int = 2026) -> None:
    """Fill an empty company with Larkspur's lists and its last twelve months: 60 customers, 40 items, 250 invoices."""
    _settle(company, SEATTLE)
    company.define_custom_field("P.O. Number")
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True}
    lists = enter_lists(
        company, "larkspur", now=now, tax=SalesTax("King County", {"Washington": "6.5", "King County": "3.9"})
    )
    trade(company, lists, now=now, seed=seed, invoices=250)


def quayside(company: Company, *, now: datetime, seed: int = 2027) -> None:
    """Fill an empty company with Quayside's lists and a few invoices; it has no P.O. field."""
    _settle(company, PORTLAND)
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True}
    lists = enter_lists(company, "quayside", now=now, tax=SalesTax("Maine", {"Maine": "5.5"}))
    trade(company, lists, now=now, seed=seed, invoices=24)


def _settle(company: Company, address: Mapping[str, str]) -> None:
    """Where the company is: invoices are shipped from here."""
    with company.acting() as books:
        info = books.tables["CompanyInfo"].records["1"]
        info.body["CompanyAddr"] = {"Id": "1", **address, "Country": "USA"}
        books.refresh(info)

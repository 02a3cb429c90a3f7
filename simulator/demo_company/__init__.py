"""Two practice companies worth looking at, kept by the same verbs a bookkeeper has, so that their books hold.

`larkspur` is a specialty-food wholesaler: a year of trade with 60 customers. `quayside` is a small neighbour, there to be
the wrong company to connect to. Both are the same for the same seed and moment. Who buys what stands in the CSV files beside
this module; names and e-mail addresses are invented, telephone numbers are of the range kept free for fiction.
"""

from datetime import datetime

from simulator.company import Company
from simulator.demo_company.lists import enter_lists
from simulator.demo_company.trade import trade

LARKSPUR = "Larkspur Fine Foods LLC"
QUAYSIDE = "Quayside Bakery Supply Inc"


def larkspur(company: Company, *, now: datetime, seed: int = 2026) -> None:
    """Fill an empty company with Larkspur's lists and its last twelve months: 60 customers, 40 items, 250 invoices."""
    lists = enter_lists(company, "larkspur", now=now, tax_group="King County")
    trade(company, lists, now=now, seed=seed, invoices=250)


def quayside(company: Company, *, now: datetime, seed: int = 2027) -> None:
    """Fill an empty company with Quayside's lists and a few invoices."""
    lists = enter_lists(company, "quayside", now=now, tax_group="Maine")
    trade(company, lists, now=now, seed=seed, invoices=24)

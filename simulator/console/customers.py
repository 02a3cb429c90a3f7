"""The page of one customer: what it owes, its documents, those that belong to it; and merging it into another."""

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from simulator.books import Record
from simulator.console import tabs
from simulator.console.listing import find
from simulator.console.shell import REFUSALS, books, company, console, done, known_as, label, page, record

RECENT = 12


def show_customer(found: Record) -> AnyResponse:
    return page(
        "customer",
        tab="customers",
        record=found,
        term=books().find("Term", found.body.get("SalesTermRef", {}).get("value", "")),
        children=[books().tables["Customer"].records[child] for child in books().children.get(found.id, ())],
        invoices=_recent("Invoice", found.id),
        payments=_recent("Payment", found.id),
    )


@console.get("/customers/<record_id>/merge")
def choose_survivor(record_id: str) -> AnyResponse:
    return _merge_page(record("Customer", record_id))


@console.post("/customers/<record_id>/merge")
def merge(record_id: str) -> AnyResponse:
    """As the web page of QuickBooks does it: this one vanishes, its documents go over to the survivor (api 5.1.3)."""
    loser = record("Customer", record_id)
    name = label(loser)
    try:
        company().merge(request.form.get("survivor", ""), record_id)
    except REFUSALS as refusal:
        return _merge_page(loser, refusal)
    survivor = request.form["survivor"]
    return done(
        f"{name} was merged into {known_as(survivor)}.", "console.open_listed", kind="customers", record_id=survivor
    )


def _merge_page(loser: Record, refusal: Exception | None = None) -> AnyResponse:
    look_alikes = {"q": label(loser).split()[0]}
    found = find(books(), tabs.CUSTOMERS, request.args or look_alikes)
    others = [each for each in found.records if each.id != loser.id]
    return page("merge", refusal=refusal, tab="customers", record=loser, found=found, others=others)


def _recent(entity: str, customer_id: str) -> list[Record]:
    """The newest documents of one customer."""
    of_customer = (each for each in books().living(entity) if each.body["CustomerRef"]["value"] == customer_id)
    return sorted(of_customer, key=lambda each: (each.body["TxnDate"], int(each.id)), reverse=True)[:RECENT]


def owed_by(customer_id: str) -> list[Record]:
    """The open invoices a customer may pay, its sub-customers' with them, oldest first (api 5.1.2)."""
    family = set(books().family(customer_id))
    unpaid = (
        each
        for each in books().living("Invoice")
        if each.body["Balance"] > 0 and each.body["CustomerRef"]["value"] in family
    )
    return sorted(unpaid, key=lambda each: (each.body["TxnDate"], int(each.id)))

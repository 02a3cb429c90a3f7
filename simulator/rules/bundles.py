"""Bundles on a sales form: one line that stands for several (api 5.2, 5.3.2 GroupLineDetail)."""

from decimal import Decimal
from typing import Any

from simulator import refusals
from simulator.books import Body, Books
from simulator.money import cents
from simulator.rules.listed import refer

GROUP = "GroupLineDetail"
SALES = "SalesItemLineDetail"


def contents(books: Books, line: Body) -> list[Body]:
    """The lines inside: those sent, or what the bundle is made of, at list prices."""
    inside: list[Body] = line[GROUP].get("Line", [])
    if inside:
        return inside
    bundle = refer(books, "Item", line[GROUP]["GroupItemRef"]["value"])
    if bundle.body["Type"] != "Group":
        raise refusals.business("Only a bundle can stand on a group line.")
    parts = bundle.body.get("ItemGroupDetail", {}).get("ItemGroupLine", [])
    return [_part(books, part, line[GROUP]["Quantity"]) for part in parts]


def _part(books: Books, part: Body, quantity: Decimal) -> Body:
    item = refer(books, "Item", part["ItemRef"]["value"])
    count, price = Decimal(str(part.get("Qty", 1))) * quantity, Decimal(item.body.get("UnitPrice", 0))
    detail = {"ItemRef": {"value": item.id}, "UnitPrice": price, "Qty": count}
    return {"DetailType": SALES, "Amount": cents(count * price), SALES: detail}


def composition(books: Books, given: Any) -> Body:
    """`ItemGroupDetail` of a bundle, checked: what it is made of, and how many of each."""
    parts = given.get("ItemGroupLine") if isinstance(given, dict) else None
    if not isinstance(parts, list) or not parts:
        raise refusals.required("ItemGroupDetail")
    return {"ItemGroupLine": [_composed(books, part) for part in parts]}


def _composed(books: Books, part: Body) -> Body:
    item = refer(books, "Item", str(part["ItemRef"]["value"]))
    return {"ItemRef": {"value": item.id}, "Qty": part.get("Qty", 1)}

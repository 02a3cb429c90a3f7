"""Small ways to write down what a test sends."""

from typing import Any

from tests.simulator.caller import Body

STOCK = {
    "Type": "Inventory", "AssetAccountRef": {"value": "81"}, "ExpenseAccountRef": {"value": "80"},
    "InvStartDate": "2026-10-01", "QtyOnHand": 5,
}  # fmt: skip


def at(path: str, value: Any) -> Body:
    """`at("WebAddr.URI", "x")` is `{"WebAddr": {"URI": "x"}}`."""
    name, _, rest = path.partition(".")
    return {name: at(rest, value) if rest else value}


def told(body: Body, path: str) -> Any:
    """What stands there, None when nothing does."""
    name, _, rest = path.partition(".")
    value = body.get(name)
    return told(value or {}, rest) if rest else value

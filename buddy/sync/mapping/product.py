"""Product ↔ Item (api 5.2). Which item a product is, is chosen: by SKU, by exact name, or by a person."""

from collections.abc import Mapping
from typing import Any

from buddy.sync.mapping.customer import plain_name
from buddy.sync.mapping.fields import Body, EntityMapping, flag, money, text

PRODUCT = EntityMapping(
    kind="product",
    entity="Item",
    fields=(
        text("name", "Name", "Name", read=plain_name, limit=100, is_name=True),
        text("sku", "Sku", "SKU", limit=100),
        text("description", "Description", "Description", limit=4000),
        money("base_price", "UnitPrice", "Price", places=4),
        flag("taxable", "Taxable", "Taxable", absent=False),
        flag("active", "Active", "Active", absent=True),
    ),
)
SELLABLE = ("Service", "NonInventory", "Inventory")


def is_sellable(body: Body) -> bool:
    """Something an invoice line can name: not a category, not a bundle, and with an income account."""
    return body.get("Type") in SELLABLE and bool(body.get("IncomeAccountRef"))


def new_body(values: Mapping[str, Any], *, income_account: str) -> dict[str, Any]:
    """What creates an item there: a non-inventory one, booked to the income account a person chose."""
    filled = [name for name in values if values[name] not in ("", None) and name != "active"]
    return PRODUCT.body(values, filled) | {"Type": "NonInventory", "IncomeAccountRef": {"value": income_account}}

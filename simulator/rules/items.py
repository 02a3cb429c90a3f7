"""Items: names unique within a category, an income account where one sells, the stock fields of inventory (api 5.2)."""

from collections.abc import Set
from typing import ClassVar

from simulator import refusals
from simulator.books import Body, Books, Record, fold
from simulator.rules.bundles import composition
from simulator.rules.listed import ListRules

SOLD = ("Service", "NonInventory", "Inventory")


class ItemRules(ListRules):
    defaults: ClassVar[Body] = {
        "Active": True, "Taxable": False, "UnitPrice": 0, "Type": "Service", "PurchaseCost": 0, "TrackQtyOnHand": False,
        "DeferredRevenue": False,
    }  # fmt: skip
    kept: ClassVar[tuple[str, ...]] = (
        "Active",
        "Type",
        "QtyOnHand",
        "InvStartDate",
        "TrackQtyOnHand",
        "DeferredRevenue",
    )

    def required(self, body: Body, before: Record | None) -> None:
        super().required(body, before)
        kind = body.get("Type", self.defaults["Type"])
        if kind in SOLD and not body.get("IncomeAccountRef"):
            raise refusals.required("IncomeAccountRef")
        if kind == "Inventory":
            self._stocked(body)

    @staticmethod
    def _stocked(body: Body) -> None:
        for name in ("AssetAccountRef", "ExpenseAccountRef", "InvStartDate"):
            if not body.get(name):
                raise refusals.required(name)
        if body.get("QtyOnHand") is None:
            raise refusals.quantity_required()

    def complete(self, books: Books, body: Body, before: Record | None, options: Set[str]) -> Body:
        if body["Type"] == "Group":
            if not books.in_person:
                raise refusals.business("Bundles cannot be written through the API.")
            body["ItemGroupDetail"] = composition(books, body.get("ItemGroupDetail"))
        body = super().complete(books, body, before, options)
        body["TrackQtyOnHand"] = body["Type"] == "Inventory"
        parent = books.find("Item", body["ParentRef"]["value"]) if body.get("ParentRef") else None
        if parent is None:
            for name in ("SubItem", "ParentRef", "Level"):
                body.pop(name, None)
            body["FullyQualifiedName"] = body["Name"]
            return body
        body["SubItem"], body["Level"] = True, parent.body.get("Level", 0) + 1
        body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{body['Name']}"
        return body

    def name_key(self, body: Body) -> str:
        return fold(f"{body.get('ParentRef', {}).get('value', '')}:{body['Name']}")

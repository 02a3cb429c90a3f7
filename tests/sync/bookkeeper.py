"""What people in QuickBooks do, in one line each: `from tests.sync import bookkeeper as books`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from simulator.company import Company

type Body = dict[str, Any]


def customer(company: Company, name: str, **fields: Any) -> Body:
    """A customer. `email`, `phone` and `parent` (an id) are spelled as QuickBooks does."""
    body: Body = {"DisplayName": name}
    if "email" in fields:
        body["PrimaryEmailAddr"] = {"Address": fields.pop("email")}
    if "phone" in fields:
        body["PrimaryPhone"] = {"FreeFormNumber": fields.pop("phone")}
    if "parent" in fields:
        body |= {"Job": True, "ParentRef": {"value": fields.pop("parent")}}
    return company.create("Customer", body | fields)


def project(company: Company, name: str, parent: str) -> Body:
    """A project, as only the web UI makes them: a sub-customer that says so (api 5.1.2)."""
    made = customer(company, name, parent=parent)
    with company.acting() as books:
        record = books.find("Customer", made["Id"])
        assert record is not None
        record.body["IsProject"] = True
        books.touch(record)
    return company.get("Customer", made["Id"])


def change(company: Company, entity: str, id: str, **fields: Any) -> Body:
    """Somebody edits these fields."""
    return company.update(entity, {"Id": id, "sparse": True, **fields})


def income_account(company: Company) -> str:
    return str(next(each["Id"] for each in company.all("Account") if each["AccountType"] == "Income"))


def item(company: Company, name: str, price: Any = 12.5, **fields: Any) -> Body:
    body = {"Name": name, "Type": "NonInventory", "UnitPrice": price, **fields}
    return company.create("Item", {"IncomeAccountRef": {"value": income_account(company)}, **body})


def sale(item_id: str, quantity: Any = 4, price: Any = 12.5, **fields: Any) -> Body:
    """A line that sells so much of an item."""
    detail = {"ItemRef": {"value": item_id}, "Qty": quantity, "UnitPrice": price}
    amount = Decimal(str(quantity)) * Decimal(str(price))
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail, **fields}


def invoice(company: Company, customer_id: str, lines: Sequence[Body] = (), **fields: Any) -> Body:
    """An invoice, of 50.00 when no lines are given."""
    body = {"CustomerRef": {"value": customer_id}, "Line": list(lines) or [sale(_some_item(company))]}
    return company.create("Invoice", body | fields)


def credit_memo(company: Company, customer_id: str, amount: Any, **fields: Any) -> Body:
    line = sale(_some_item(company), 1, amount)
    return company.create("CreditMemo", {"CustomerRef": {"value": customer_id}, "Line": [line], **fields})


def _some_item(company: Company) -> str:
    items = company.all("Item")
    return str(items[0]["Id"] if items else item(company, "Olives")["Id"])

"""Many customers and invoices at once, for measuring: uniform and quick; to look at, there is `demo_company`."""

from decimal import Decimal

from simulator import writing
from simulator.books import Body, Record
from simulator.company import Company
from simulator.schema import CUSTOMER, INVOICE, ITEM, PAYMENT

CITIES = (("Petaluma", "CA", "94952"), ("Salem", "OR", "97301"), ("Tacoma", "WA", "98402"), ("Reno", "NV", "89501"))
PRODUCTS = 40


def seed(company: Company, size: int) -> None:
    """`size` customers, and as many invoices of three lines, every second one paid."""
    with company.acting() as books:
        items = [writing.create(books, ITEM, _item(number)).id for number in range(1, PRODUCTS + 1)]
        for number in range(1, size + 1):
            customer = writing.create(books, CUSTOMER, _customer(number))
            invoice = writing.create(books, INVOICE, _invoice(customer.id, items, number))
            if number % 2:
                writing.create(books, PAYMENT, _payment(invoice))
        books.trail.clear()


def _item(number: int) -> Body:
    return {
        "Name": f"Product {number:02d}", "Sku": f"P-{number:03d}", "Type": "NonInventory", "UnitPrice": 4 + number,
        "IncomeAccountRef": {"value": "79"},
    }  # fmt: skip


def _payment(invoice: Record) -> Body:
    """Pays this invoice in full."""
    total = invoice.body["TotalAmt"]
    line = {"Amount": total, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}
    return {"CustomerRef": invoice.body["CustomerRef"], "TotalAmt": total, "Line": [line]}


def _customer(number: int) -> Body:
    city, state, postal_code = CITIES[number % len(CITIES)]
    name = f"Customer {number:06d} Provisions"
    address = {
        "Line1": f"{number} Market Street",
        "City": city,
        "CountrySubDivisionCode": state,
        "PostalCode": postal_code,
    }
    return {
        "DisplayName": name,
        "CompanyName": name,
        "PrimaryEmailAddr": {"Address": f"orders{number}@example.com"},
        "PrimaryPhone": {"FreeFormNumber": f"(555) 01{number % 100:02d}"},
        "BillAddr": address,
        "ShipAddr": address,
    }


def _invoice(customer_id: str, items: list[str], number: int) -> Body:
    lines = []
    for position in range(3):
        item, quantity = (number + position * 7) % PRODUCTS, 1 + (number + position) % 9
        price = Decimal(5 + item)
        detail = {"ItemRef": {"value": items[item]}, "Qty": quantity, "UnitPrice": price}
        lines.append({"DetailType": "SalesItemLineDetail", "Amount": price * quantity, "SalesItemLineDetail": detail})
    return {"CustomerRef": {"value": customer_id}, "Line": lines}

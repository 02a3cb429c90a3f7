"""Many customers and invoices at once, for measuring: uniform and quick; to look at, there is `demo_company`.

The first round of them is kept by the rules like anything else. The others are copies of these under their own ids,
names and numbers: what the rules would make of them, without asking them a hundred thousand times.
"""

from dataclasses import dataclass
from decimal import Decimal

from simulator import writing
from simulator.books import Body, Books, Record, fold
from simulator.company import Company
from simulator.money import ZERO
from simulator.rules.payments import told_of
from simulator.schema import CUSTOMER, INVOICE, ITEM, PAYMENT

CITIES = (("Petaluma", "CA", "94952"), ("Salem", "OR", "97301"), ("Tacoma", "WA", "98402"), ("Reno", "NV", "89501"))
PRODUCTS = 40
ROUND = 360  # after so many, places, products, quantities and who has paid come round again


@dataclass(frozen=True, slots=True)
class Mold:
    """One customer with an invoice, and the payment of it if it is paid."""

    customer: Record
    invoice: Record
    payment: Record | None


def seed(company: Company, size: int) -> None:
    """`size` customers, and as many invoices of three lines, every second one paid."""
    with company.acting() as books:
        items = [writing.create(books, ITEM, _item(number)).id for number in range(1, PRODUCTS + 1)]
        molds = [_mold(books, items, number) for number in range(1, min(size, ROUND) + 1)]
        for number in range(ROUND + 1, size + 1):
            _copy(books, molds[(number - 1) % ROUND], number)
        books.naming += 1
        books.trail.clear()


def _mold(books: Books, items: list[str], number: int) -> Mold:
    customer = writing.create(books, CUSTOMER, _customer(number))
    invoice = writing.create(books, INVOICE, _invoice(customer.id, items, number))
    payment = writing.create(books, PAYMENT, _payment(invoice)) if number % 2 else None
    return Mold(customer, invoice, payment)


def _copy(books: Books, mold: Mold, number: int) -> None:
    told = _customer(number)
    name, address = told["DisplayName"], {"Id": books.next("Address"), **told["BillAddr"]}
    names = dict.fromkeys(("DisplayName", "CompanyName", "FullyQualifiedName", "PrintOnCheckName"), name)
    customer = _kept(books, mold.customer, {**told, **names, "BillAddr": address, "ShipAddr": address})
    books.tables["Customer"].names[fold(name)] = customer.id
    numbers, owner = books.numbers["sales"], {"CustomerRef": {"value": customer.id}}
    numbers.last = str(int(numbers.last) + 1)
    numbered = {"DocNumber": numbers.last, "BillAddr": address, "ShipAddr": address}
    invoice = _kept(books, mold.invoice, owner | numbered)
    numbers.holders[numbers.last] = invoice.key
    if mold.payment:
        _pay(books, mold.payment, invoice)


def _pay(books: Books, mold: Record, invoice: Record) -> None:
    total = invoice.body["TotalAmt"]
    line = {"Amount": total, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}
    lines = [{**line, "LineEx": told_of(invoice, total + ZERO)}]
    payment = _kept(books, mold, {"CustomerRef": invoice.body["CustomerRef"], "Line": lines})
    books.applied[invoice.key][payment.id] = total
    invoice.body["LinkedTxn"] = [{"TxnId": payment.id, "TxnType": "Payment"}]


def _kept(books: Books, mold: Record, differing: Body) -> Record:
    entity = mold.entity
    id = books.next("Txn" if entity.transaction else entity.name)
    books.changes += 1
    record = Record(
        entity, id, {**mold.body, **differing}, mold.created, mold.updated, mold.token, books.changes, mold.by,
        mold.last_line,
    )  # fmt: skip
    books.tables[entity.name].records[id] = record
    return record


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

"""A wholesaler's database of any size, written set-based in a minute: what `bench.pages` asks its pages of.

Rows are named by their number and by nothing random, so that the same size is the same database. Of ten invoices six
are paid, two open, one in part and one overdue; one in a hundred was voided. A column this module does not name gets
its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from buddy.hub.team import Membership

AT_ONCE = 20_000
PRODUCTS = 5_000
ORDER_LINES, INVOICE_LINES = 3, 10
DAYS = 730  # over which orders and invoices are spread
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TODAY = NOW.date()

FIRST = ("Alpine", "Ballard", "Blue", "Cedar", "Copper", "Corner", "Dahlia", "Eastside", "Emerald", "Fremont", "Green")
MIDDLE = ("Door", "Harbor", "Hill", "Lake", "Market", "Mill", "Orchard", "Park", "Ridge", "River", "Stone", "Street")
LAST = ("Bakery", "Bistro", "Café", "Deli", "Grocery", "Hotel", "Inn", "Kitchen", "Provisions", "Roasters")
STATUSES = ("draft", "confirmed", "processing", "shipped", "delivered", "delivered", "delivered", "cancelled")


@dataclass(frozen=True)
class Size:
    """How many of what."""

    customers: int
    documents: int  # orders, and as many invoices
    happenings: int  # rows of the activity log

    @property
    def products(self) -> int:
        return min(PRODUCTS, self.customers)


def fill(size: Size) -> None:
    """An empty, migrated database becomes one of this size: one admin, connected to a company, all in step."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from buddy.hub import members
    from buddy.hub.scoping import scope

    call_command("migrate", verbosity=0)
    admin = members.set_up(
        organization_name="Larkspur Fine Foods",
        name="June Lindqvist",
        email="june@larkspur.example",
        password="bench-bench",
    )
    with scope(admin.organization):
        for part in (_catalogue, _customers, _orders, _invoices, _money, _log, _sync):
            with transaction.atomic():
                part(size, admin)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def customer_name(number: int) -> str:
    first, middle, last = FIRST[number % 11], MIDDLE[number // 11 % 12], LAST[number // 132 % 10]
    return f"{first} {middle} {last} {number}"


def _put(model: type[Model], admin: Membership, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connection

    from buddy.hub import bulk

    fields = model._meta.concrete_fields  # noqa: SLF001  # Django documents _meta
    hidden = (*names, "id", "organization_id")
    others = [field for field in fields if not field.generated and field.attname not in hidden]
    defaults = (field.get_db_prep_save(field.get_default(), connection) for field in others)
    filled = (admin.organization_id, *defaults)
    columns = [*names, "organization_id", *(field.attname for field in others)]
    for some in batched(rows, AT_ONCE):
        bulk.insert(model, columns, [(*row, *filled) for row in some])


def _catalogue(size: Size, admin: Membership) -> None:
    from buddy.hub.products import Product

    names = ("sku", "name", "sort_name", "unit", "base_price", "created_at", "updated_at")
    rows = ((f"LF-{n:05}", f"Olive oil {n}", f"olive oil {n}", "case", _price(n), NOW, NOW) for n in _of(size.products))
    _put(Product, admin, names, rows)


def _customers(size: Size, admin: Membership) -> None:
    from buddy.hub.customers import Customer, Location, sort_key

    def customers() -> Iterator[tuple[Any, ...]]:
        for n in _of(size.customers):
            name, email = customer_name(n), f"ap{n}@shop{n}.example" if n % 7 else ""
            owed = Decimal(n % 900) if n % 3 == 0 else Decimal(0)
            yield name, sort_key(name), name, email, f"206 555 {n % 10000:04}", owed, n % 25 != 0, NOW, NOW

    names = ("display_name", "sort_name", "company_name", "email", "phone", "balance", "active")
    _put(Customer, admin, (*names, "created_at", "updated_at"), customers())
    places = ((n, f"Back door {n}", "Ana") for n in _of(size.customers))
    _put(Location, admin, ("customer_id", "name", "contact"), places)


def _orders(size: Size, admin: Membership) -> None:
    from buddy.hub.orders import OrderLine, SalesOrder

    def orders() -> Iterator[tuple[Any, ...]]:
        for n in _of(size.documents):
            status = STATUSES[n % 8]
            done = "all" if status in ("shipped", "delivered") and n % 97 else "none"
            yield f"SO-{n}", _customer(n, size), status, done, f"PO-{n}", _day(n), "USD", _order_total(n), NOW, NOW

    names = ("number", "customer_id", "status", "invoiced", "po_number", "order_date", "currency", "total")
    _put(SalesOrder, admin, (*names, "created_at", "updated_at"), orders())
    lines = (
        (n, at, _product(n, at, size), Decimal(2), _price(n), _price(n) * 2)
        for n in _of(size.documents)
        for at in range(ORDER_LINES)
    )
    _put(OrderLine, admin, ("order_id", "position", "product_id", "quantity", "unit_price", "amount"), lines)


def _invoices(size: Size, admin: Membership) -> None:
    from buddy.hub.invoices import Invoice, InvoiceLine

    def invoices() -> Iterator[tuple[Any, ...]]:
        for n in _of(size.documents):
            total, day = _invoice_total(n), _day(n)
            ended = "voided" if n % 100 == 0 else ""
            balance = Decimal(0) if ended else _balance(n)
            due = day + timedelta(days=30)
            yield str(n), _customer(n, size), day, due, "USD", f"PO-{n}", total, total, balance, ended, NOW

    names = ("number", "customer_id", "invoice_date", "due_date", "currency", "po_number", "subtotal", "total")
    _put(Invoice, admin, (*names, "balance", "ended", "created_at"), invoices())
    first_line = ORDER_LINES
    lines = (
        (
            n,
            at,
            _product(n, at, size),
            (n - 1) * first_line + at + 1 if at < first_line else None,
            Decimal(2),
            _price(n),
            _price(n) * 2,
        )
        for n in _of(size.documents)
        for at in range(INVOICE_LINES)
    )
    names = ("invoice_id", "position", "product_id", "order_line_id", "quantity", "unit_price", "amount")
    _put(InvoiceLine, admin, names, lines)


def _money(size: Size, admin: Membership) -> None:
    from buddy.hub.invoices import Application, Payment

    paid = [n for n in _of(size.documents) if _balance(n) == 0 and n % 100]
    names = ("customer_id", "date", "amount", "currency", "method")
    _put(Payment, admin, names, ((_customer(n, size), _day(n), _invoice_total(n), "USD", "Check") for n in paid))
    applied = ((number, n, _invoice_total(n)) for number, n in enumerate(paid, start=1))
    _put(Application, admin, ("payment_id", "invoice_id", "amount"), applied)


def _log(size: Size, admin: Membership) -> None:
    from buddy.hub.activity import Activity

    events = ("order.placed", "order.updated", "customer.updated", "invoice.created")

    def happenings() -> Iterator[tuple[Any, ...]]:
        for n in _of(size.happenings):
            event = events[n % 4]
            kind = event.partition(".")[0]
            by = admin.user_id if n % 4 < 3 else None
            at = NOW - timedelta(minutes=size.happenings - n)
            yield (
                at,
                "person" if by else "books",
                by,
                event,
                kind,
                n % size.documents + 1,
                f'{{"notes": ["", "Note {n}"]}}',
            )

    _put(Activity, admin, ("at", "source", "user_id", "event", "kind", "object_id", "changes"), happenings())


def _sync(size: Size, admin: Membership) -> None:
    from buddy.hub.quality import Review
    from buddy.sync.models import Connection, Link, Remote, Run, Trouble

    Connection.objects.create(
        organization=admin.organization,
        environment="sandbox",
        realm="9341452908713326",
        company_name="Larkspur Fine Foods LLC",
        connected_at=NOW,
        first_synced_at=NOW,
        last_synced_at=NOW,
    )
    counts = (("customer", "Customer", size.customers), ("product", "Item", size.products))
    for kind, entity, count in (*counts, ("invoice", "Invoice", size.documents)):
        linked = ((kind, n, entity, f"{entity[0]}{n}", NOW) for n in _of(count) if n % 50)
        _put(Link, admin, ("kind", "object_id", "entity", "remote_id", "synced_at"), linked)
        mirrored = ((entity, f"{entity[0]}{n}", customer_name(n), "{}") for n in _of(count))
        _put(Remote, admin, ("entity", "remote_id", "name", "body"), mirrored)
    troubles = (
        ("invoice", n, "fault:6240", "The name is taken.", NOW) for n in range(7, min(size.documents, 2000), 50)
    )
    _put(Trouble, admin, ("kind", "object_id", "cause", "reason", "since"), troubles)
    asked = (("match", f"match:{n}", "customer", n, customer_name(n), Decimal(n), NOW) for n in range(1, 301))
    _put(Review, admin, ("kind", "key", "entity", "object_id", "title", "money", "created_at"), asked)
    runs = (
        (str(n), NOW - timedelta(minutes=3 * n), NOW - timedelta(minutes=3 * n), "done", 2) for n in range(2000, 0, -1)
    )
    _put(Run, admin, ("owner", "started_at", "finished_at", "outcome", "calls"), runs)


def _of(count: int) -> range:
    return range(1, count + 1)


def _customer(number: int, size: Size) -> int:
    """Spread over all, but that every fiftieth document is the first customer's: one big account."""
    return 1 if number % 50 == 0 else number * 7919 % size.customers + 1


def _product(number: int, position: int, size: Size) -> int:
    return (number * 31 + position * 7) % size.products + 1


def _day(number: int) -> date:
    return TODAY - timedelta(days=number * 37 % DAYS)


def _price(number: int) -> Decimal:
    return Decimal(number % 4000 + 100) / 100


def _order_total(number: int) -> Decimal:
    return _price(number) * 2 * ORDER_LINES


def _invoice_total(number: int) -> Decimal:
    return _price(number) * 2 * INVOICE_LINES


def _balance(number: int) -> Decimal:
    share = (0, 0, 1, 0, 0, 1, 0, 2, 0, 1)[number % 10]
    return _invoice_total(number) if share == 1 else _invoice_total(number) / 4 if share == 2 else Decimal(0)

"""Rows that are lines of sales orders. An order comes in whole or not at all; one that is here already stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import batched, groupby
from typing import Any

from buddy.hub import activity, bulk, checks
from buddy.hub.checks import Unfit
from buddy.hub.customers import Customer, Location, sort_key
from buddy.hub.errors import Invalid
from buddy.hub.imports import fields
from buddy.hub.imports.cells import CellReader
from buddy.hub.imports.products import ProductRows
from buddy.hub.imports.records import Sent
from buddy.hub.imports.tables import Act, Import, ImportRow, Outcome
from buddy.hub.imports.working import Turn
from buddy.hub.orders import SENT_OUT, LineDraft, OrderLine, OrderStatus, SalesOrder
from buddy.hub.orders import lines as order_lines
from buddy.hub.orders.placing import free_number
from buddy.hub.products import Product
from buddy.hub.team import User

MOST_LINES = 500  # of one order
_HEAD = ("number", "customer", "po_number", "order_date", "ship_date", "status", "location", "notes")
_LINE = ("quantity", "unit_price", "discount_percent", "description")
_CHECKS: dict[str, checks.Check] = {
    "number": checks.line(30),
    "po_number": checks.line(60),
    "notes": checks.paragraphs,
    "quantity": checks.quantity,
    "unit_price": checks.price,
    "discount_percent": checks.percentage,
    "description": checks.paragraphs_of(order_lines.DESCRIPTION_LENGTH),
}
_STATUS = {str(label).casefold(): value for value, label in OrderStatus.choices}


class OrderRows:
    """The rows of one import as lines of orders. Rows with one order number are one order; without numbers, rows that
    follow each other with the same customer, PO number and date are."""

    kind = "order"

    def __init__(self, batch: Import) -> None:
        self.batch = batch
        self.organization = batch.organization
        self.reader = CellReader(batch)
        self.labels = fields.labels(batch.kind)
        self.note = f"Import {batch.pk}: {batch.file_name}"
        self.products = ProductRows(batch)
        self._too_long: dict[int, int] = {}  # by row: how many lines its order has

    # --- What each order will do -------------------------------------------------------------------------------------

    def begin(self, turn: Turn) -> None:
        """Find which rows are one order. Those of one that is too long are planned each by itself: it comes in no more,
        and a column that says the same in every row must not make one transaction of the whole file."""
        found = self._orders()
        sizes = Counter(unit for unit, _, _ in found)
        self._too_long = {number: sizes[unit] for unit, number, _ in found if sizes[unit] > MOST_LINES}
        units = [(number if number in self._too_long else unit, pk) for unit, number, pk in found]
        for some in batched(units, 500):
            with turn.writing():
                bulk.update(ImportRow, ["unit"], list(some))

    def _orders(self) -> list[tuple[int, int, int]]:
        """Of each row: the number of the first row of its order, its own number, and its id."""
        firsts: dict[object, int] = {}
        before: object = None
        found: list[tuple[int, int, int]] = []
        rows = ImportRow.objects.filter(of=self.batch).order_by("number").values_list("pk", "number", "cells")
        for pk, number, cells in rows.iterator(chunk_size=2000):
            given = self.reader.written(cells, "number").casefold()
            key: object = given or tuple(
                self.reader.written(cells, name) for name in ("customer", "po_number", "order_date")
            )
            if not given and key != before:
                firsts[key] = number
            before = key
            found.append((firsts.setdefault(key, number), number, pk))
        return found

    def plan(self, rows: Sequence[ImportRow]) -> None:
        """Set what these rows will do, and why. Nothing is written."""
        for row in rows:
            row.act, row.object_id, row.changes, row.candidates, row.said = "", None, {}, [], ""
            row.values, wrong = self.reader.read(row.cells)
            if wrong:
                row.said = " ".join(f"{self.labels[name]}: {why}" if name else why for name, why in wrong.items())
        units = [list(unit) for _, unit in groupby(rows, key=lambda row: row.unit)]
        here = _Here(self, rows)
        for unit in units:
            self._plan(unit, here)

    def _plan(self, unit: list[ImportRow], here: _Here) -> None:
        for row in unit:
            if not row.said:
                row.said = self._line(row, here) or self._differs(row, unit[0])
        head = {name: unit[0].values[name] for name in _HEAD if name in unit[0].values}
        unit[0].said = unit[0].said or self._head(unit[0], here)
        if lines := self._too_long.get(unit[0].number):
            unit[0].said = f"This order has {lines:,} lines; {MOST_LINES} fit."
        if wrong := next((row for row in unit if row.said), None):
            for row in unit:
                row.act = Act.REFUSE
                row.said = row.said or f"Row {wrong.number:,} of the same order cannot be imported."
            return
        order = here.orders.get(head.get("number", ""))
        for row in unit:
            row.act = Act.CREATE if order is None else Act.UNCHANGED
            row.object_id = order.pk if order else None
            row.said = "" if row is unit[0] else f"A line of the order in row {unit[0].number:,}."
        if order and (differing := self._differences(order, unit)):
            for row in unit:
                row.act = Act.REFUSE
                row.said = f"{order} is here already, with other {differing}. Change it on its page."

    def _line(self, row: ImportRow, here: _Here) -> str:
        """What is wrong with the line of this row; its product and amounts become values."""
        wanted = {name: row.values[name] for name in (*_LINE, "number", "po_number", "notes") if name in row.values}
        try:
            kept = checks.all_of({"quantity": "", **wanted}, _CHECKS)
        except Invalid as invalid:
            return " ".join(f"{self.labels[name]}: {why}" for name, why in invalid.fields.items())
        row.values |= {name: value if isinstance(value, str) else f"{value:f}" for name, value in kept.items()}
        product = here.product(row.values)
        if product is None:
            called = row.values.get("sku") or row.values.get("product") or ""
            return (
                f"No product here is called “{called[:60]}”. Import your products first." if called else "No product."
            )
        if not product.active:
            return f"{product} is not sold any more."
        row.values["product_id"] = product.pk
        return ""

    def _differs(self, row: ImportRow, first: ImportRow) -> str:
        """What belongs to the order stands in its first row; a later one may repeat it, but not say otherwise."""
        for name in _HEAD:
            said, again = first.values.get(name), row.values.get(name)
            if again and said != again:
                return f"{self.labels[name]}: row {first.number:,} of the same order says “{str(said or '')[:40]}”."
        return ""

    def _head(self, row: ImportRow, here: _Here) -> str:
        """What is wrong with the order of this row; its customer and place become values."""
        values = row.values
        found = here.customers.get(_folded(values.get("customer", "")), [])
        if len(found) != 1:
            called = values.get("customer", "")[:60]
            many = f"Several customers are called “{called}”." if found else f"No customer here is called “{called}”."
            return many if found else f"{many} Import your customers first."
        customer = found[0]
        if not customer.active:
            return f"{customer} is inactive. Make the customer active first."
        status = _STATUS.get(values.get("status", "draft").casefold())
        if status is None:
            return f"Status: choose one of {', '.join(str(label) for _, label in OrderStatus.choices)}."
        if self.organization.requires_po and status != OrderStatus.DRAFT and not values.get("po_number"):
            return "PO number: your organization requires one on every order but a draft."
        place = here.places.get((customer.pk, _folded(values.get("location", ""))))
        if values.get("location") and place is None:
            return f"Ship to: {customer} has no place called “{values['location'][:60]}”."
        values |= {"customer_id": customer.pk, "status": status, "location_id": place.pk if place else None}
        return ""

    def _differences(self, order: SalesOrder, unit: Sequence[ImportRow]) -> str:
        """What the file says otherwise than the order here."""
        head = unit[0].values
        same: dict[str, bool] = {
            "customer": order.customer_id == head["customer_id"],
            "PO number": head.get("po_number", order.po_number) == order.po_number,
            "order date": head.get("order_date", "") in ("", order.order_date.isoformat()),
            "ship date": head.get("ship_date", "") in ("", order.ship_date.isoformat() if order.ship_date else ""),
            "status": "status" not in self.reader.names or head["status"] == order.status,
            "notes": head.get("notes", order.notes) == order.notes,
        }
        standing = list(order.lines.all())
        same["lines"] = len(standing) == len(unit) and all(
            _same_line(line, row.values) for line, row in zip(standing, unit, strict=True)
        )
        return " and ".join(name for name, agrees in same.items() if not agrees)

    # --- Done --------------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[ImportRow]) -> None:
        """Nothing can be thought out beforehand: numbers are given within the transaction."""

    def apply(self, rows: Sequence[ImportRow], ready: None, *, by: User | None, now: datetime) -> None:
        """Write the orders down, in the transaction that stands, and set what came of each row."""
        for row in rows:
            if row.act != Act.CREATE:
                row.outcome = Outcome.UNCHANGED if row.act == Act.UNCHANGED else Outcome.REFUSED
                row.told = row.said
        units = [list(unit) for _, unit in groupby((r for r in rows if r.act == Act.CREATE), key=lambda row: row.unit)]
        here = _Here(self, [row for unit in units for row in unit])
        placed: list[SalesOrder] = []
        lines: list[OrderLine] = []
        ids = iter(bulk.reserve_ids(SalesOrder, len(units)) if units else [])
        for unit in units:
            try:
                order, drawn = self._draw(unit, here, pk=next(ids), by=by, now=now)
            except Unfit as unfit:
                self._tell(unit, Outcome.LEFT_OUT, str(unfit))
                continue
            here.orders[order.number] = order
            placed.append(order)
            lines += drawn
            for row in unit:
                row.object_id, row.outcome, row.told = order.pk, Outcome.CREATED, f"Order {order.number}."
        SalesOrder.objects.bulk_create(placed)
        OrderLine.objects.bulk_create(lines)
        activity.record_created(
            self.organization,
            kind="order",
            ids=[order.pk for order in placed],
            source=activity.Source.PERSON,
            run=None,
            now=now,
            by=by,
            note=self.note,
        )

    def _tell(self, unit: Sequence[ImportRow], outcome: Outcome, why: str) -> None:
        for row in unit:
            row.outcome, row.told = outcome, why

    def _draw(
        self, unit: Sequence[ImportRow], here: _Here, *, pk: int, by: User | None, now: datetime
    ) -> tuple[SalesOrder, list[OrderLine]]:
        head = unit[0].values
        customer = here.customers_by_id.get(head["customer_id"])
        if customer is None or not customer.active:
            raise Unfit("The customer was removed, merged or made inactive since the preview.")
        if head.get("number") in here.orders:
            raise Unfit(f"The number {head['number']} was given to another order since the preview.")
        place = here.places_by_id.get(head["location_id"])
        if head["location_id"] and place is None:
            raise Unfit("The place it ships to was removed or made inactive since the preview.")
        day, ship = head.get("order_date"), head.get("ship_date")
        order = SalesOrder(
            pk=pk,
            organization=self.organization,
            number=head.get("number") or self._free_number(here),
            customer=customer,
            status=head["status"],
            po_number=head.get("po_number", ""),
            order_date=date.fromisoformat(day) if day else self.organization.today(now),
            ship_date=date.fromisoformat(ship) if ship else None,
            location=place,
            ship_to=place.address if place else customer.billing_address,
            terms_id=customer.terms_id,
            currency=customer.currency,
            notes=head.get("notes", ""),
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        drafts = [self._draft(row.values, here) for row in unit]
        try:
            drawn = order_lines.draw(order, drafts, {})
        except Invalid as invalid:
            raise Unfit(str(invalid)) from None
        order.total = order_lines.total(drawn)
        order.unbilled = order.status in SENT_OUT
        return order, drawn

    def _free_number(self, here: _Here) -> str:
        """The next number that no order has, nor any of these, which are not written yet."""
        while (number := free_number(self.organization)) in here.orders:
            pass
        return number

    def _draft(self, values: Mapping[str, Any], here: _Here) -> LineDraft:
        product = here.products_by_id.get(values["product_id"])
        if product is None or not product.active:
            raise Unfit("A product was removed or made inactive since the preview.")
        price = values.get("unit_price")
        return LineDraft(
            product,
            Decimal(values["quantity"]),
            unit_price=Decimal(price) if price else None,
            discount_percent=Decimal(values.get("discount_percent") or 0),
            description=values.get("description", ""),
        )

    # --- Undone ------------------------------------------------------------------------------------------------------

    def undo(self, rows: Sequence[ImportRow], *, by: User | None, now: datetime, sent: Sent) -> None:
        """Remove the orders that came in, unless they were invoiced or worked on. The books know no orders."""
        created = [row for row in rows if row.outcome == Outcome.CREATED]
        ids = {row.object_id for row in created if row.object_id}
        locked = SalesOrder.objects.select_for_update().filter(organization=self.organization, pk__in=ids)
        orders = {order.pk: order for order in locked.order_by("pk")}
        invoiced = set(
            OrderLine.objects.filter(order__in=ids, invoice_lines__isnull=False).values_list("order_id", flat=True)
        )
        leaving = {pk for pk, each in orders.items() if pk not in invoiced and each.updated_at <= each.created_at}
        for row in created:
            kept = row.object_id in orders and row.object_id not in leaving
            why = "it is on an invoice" if row.object_id in invoiced else "somebody changed it since"
            row.outcome, row.told = (Outcome.KEPT, f"Kept: {why}.") if kept else (Outcome.REMOVED, "")
        SalesOrder.objects.filter(organization=self.organization, pk__in=leaving).delete()
        activity.record_all(
            activity.entry(
                self.organization, event="order.removed", kind="order", object_id=pk, by=by, now=now, note=self.note
            )
            for pk in sorted(leaving)
        )


class _Here:
    """What some rows name: customers, places, products and orders as they are now. A fixed number of queries.

    `orders`: by number, also those drawn since.
    """

    def __init__(self, of: OrderRows, rows: Iterable[ImportRow]) -> None:
        values = [row.values for row in rows]
        self._of = of
        organization = of.organization
        names = {sort_key(_folded(each.get("customer", ""))) for each in values} - {""}
        known = Customer.objects.filter(organization=organization, active__in=[True, False])
        self.customers: dict[str, list[Customer]] = {}
        for customer in known.filter(sort_name__among=list(names)):
            self.customers.setdefault(_folded(customer.display_name), []).append(customer)
        ids = {each["customer_id"] for each in values if each.get("customer_id")}
        self.customers_by_id = Customer.objects.filter(organization=organization).in_bulk(list(ids))
        owners = ids | {each.pk for some in self.customers.values() for each in some}
        places = Location.objects.filter(organization=organization, customer_id__among=list(owners), active=True)
        self.places_by_id: dict[int | None, Location] = {place.pk: place for place in places}
        self.places = {(place.customer_id, _folded(place.name)): place for place in places}
        products = {each["product_id"] for each in values if each.get("product_id")}
        self.products_by_id = Product.objects.filter(organization=organization).in_bulk(list(products))
        self._named = of.products.known({name for each in values for name in self._ways(each)})
        numbers = {each["number"] for each in values if each.get("number")}
        orders = SalesOrder.objects.filter(organization=organization, number__among=list(numbers))
        self.orders = {order.number: order for order in orders.prefetch_related("lines")}

    def product(self, values: Mapping[str, Any]) -> Product | None:
        return next((self._named[way][0] for way in self._ways(values) if way in self._named), None)

    @staticmethod
    def _ways(values: Mapping[str, Any]) -> list[str]:
        sku, name = values.get("sku", ""), values.get("product", "")
        return [*([f"sku:{sku.casefold()}"] if sku else []), *([f"name:{name.casefold()}"] if name and not sku else [])]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _same_line(line: OrderLine, values: Mapping[str, Any]) -> bool:
    price, discount = values.get("unit_price"), values.get("discount_percent")
    return (
        line.product_id == values["product_id"]
        and line.quantity == Decimal(values["quantity"])
        and (not price or line.unit_price == Decimal(price))
        and (not discount or line.discount_percent == Decimal(discount))
    )

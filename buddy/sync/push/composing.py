"""What one object is as a request to QuickBooks, or why it cannot go yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buddy.hub.customers import Customer
from buddy.hub.invoices import Ended, Invoice, InvoiceLine
from buddy.hub.products import Product
from buddy.quickbooks.records import Record
from buddy.sync import closing, mirror, reconcile, threeway, undo
from buddy.sync.lookalikes import Lookalike, lookalikes
from buddy.sync.mapping import BY_KIND, CUSTOMER, PRODUCT, EntityMapping
from buddy.sync.mapping import customer as customer_mapping
from buddy.sync.mapping import invoice as invoice_mapping
from buddy.sync.mapping import product as product_mapping
from buddy.sync.models import Link, LinkState
from buddy.sync.reconcile.sides import Sides
from buddy.sync.round import Round

type Body = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One item to send. `operation`: create, update or void; `ours`: the values it carries, of an update those that
    changed: part of the agreement once it is confirmed."""

    kind: str
    object_id: int
    entity: str
    operation: str
    body: Body
    ours: dict[str, Any] | None = None
    marker: str = ""


@dataclass(frozen=True)
class Hold:
    """It cannot go: why, in words, and the cause that equal holds share."""

    kind: str
    object_id: int
    cause: str
    reason: str


@dataclass
class Composed:
    requests: list[Request] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    nothing: list[int] = field(default_factory=list)  # both sides agree already
    declined: dict[int, str] = field(default_factory=dict)  # not undone, and why


# --- Customers and products ------------------------------------------------------------------------------------------


def mapped(round: Round, kind: str, object_ids: Sequence[int], accounts: Mapping[int, str]) -> Composed:
    """Creates for what is not linked, sparse updates of changed fields for what is (R14)."""
    mapping = BY_KIND[kind]
    links = {
        link.object_id: link
        for link in Link.objects.filter(organization=round.organization, kind=kind, object_id__in=object_ids)
    }
    records = mirror.records(round.organization, mapping.entity, {link.remote_id for link in links.values()})
    _ask_again(round, mapping, links, records)
    sides = Sides(round, mapping, object_ids, [])
    new = [row for pk, row in sides.objects.items() if pk not in links and isinstance(row, Customer)]
    alike = lookalikes(round.organization, new)
    result = Composed()
    for object_id in object_ids:
        row = sides.objects.get(object_id)
        if row is None:
            result.nothing.append(object_id)
        elif object_id in links:
            link = links[object_id]
            _update(mapping, link, sides.ours(row), records.get(link.remote_id), result)
        elif isinstance(row, Customer):
            _create_customer(round, row, sides.ours(row), alike.get(object_id), result)
        else:
            _create_item(row, sides.ours(row), accounts, result)
    return result


def _ask_again(round: Round, mapping: EntityMapping, links: Mapping[int, Link], records: Mapping[str, Record]) -> None:
    """Our side of an open conflict was edited once more: the question shows what we hold now, or is over (R6)."""
    contested = [link for link in links.values() if link.state == LinkState.CONFLICT and link.remote_id in records]
    if contested:
        reconcile.carry_over(round, mapping.entity, [records[link.remote_id] for link in contested])
        for link in contested:
            link.refresh_from_db()


def _update(mapping: EntityMapping, link: Link, ours: dict[str, Any], record: Record | None, result: Composed) -> None:
    """What changed here and not there; a field that is in conflict waits for its answer (R6)."""
    if record is None or record.deleted or link.state == LinkState.GONE:
        reason = "It was deleted in QuickBooks. Link it to another record there, or create it anew."
        result.holds.append(Hold(link.kind, link.object_id, f"gone:{mapping.entity}:{link.remote_id}", reason))
        return
    changed = threeway.merge(
        mapping.fields,
        agreed_ours=link.ours or {},
        agreed_theirs=link.theirs or {},
        ours=ours,
        theirs=mapping.theirs(record.body),
    ).there
    if not changed:
        result.nothing.append(link.object_id)
        return
    if unfit := mapping.unfit(ours, changed):
        result.holds.append(_unfit(link.kind, link.object_id, unfit))
        return
    name = mapping.fields[0].name  # the mark of the inactive goes only with a name (api 4.4)
    named = {*changed, name} if "active" in changed and ours["active"] else changed
    body = mapping.body(ours, named) | {"Id": link.remote_id, "SyncToken": record.sync_token, "sparse": True}
    sent = {name: ours[name] for name in changed}
    result.requests.append(Request(mapping.kind, link.object_id, mapping.entity, "update", body, sent))


def _create_customer(
    round: Round, row: Customer, ours: dict[str, Any], alike: Lookalike | None, result: Composed
) -> None:
    if alike:
        said = f"It may be the QuickBooks customer “{alike.name}”."
        reason = f"{said} Decide under Data quality whether they are the same."
        result.holds.append(Hold("customer", row.pk, f"match:{alike.remote_id}", reason))
        return
    if row.parent_id and not ours.get("parent"):
        reason = f"Its parent {row.parent} is not in QuickBooks yet; it goes out after it."
        result.holds.append(Hold("customer", row.pk, f"parent:{row.parent_id}", reason))
        return
    if unfit := CUSTOMER.unfit(ours, ours):
        result.holds.append(_unfit("customer", row.pk, unfit))
        return
    body = customer_mapping.new_body(ours)
    if round.facts.get("multicurrency"):
        body["CurrencyRef"] = {"value": row.currency}
    result.requests.append(Request("customer", row.pk, "Customer", "create", body, ours))


def _create_item(row: Product, ours: dict[str, Any], accounts: Mapping[int, str], result: Composed) -> None:
    """A product becomes an item only when a person has chosen its income account."""
    account = accounts.get(row.pk)
    if not account:
        result.nothing.append(row.pk)
        return
    if unfit := PRODUCT.unfit(ours, ours):
        result.holds.append(_unfit("product", row.pk, unfit))
        return
    body = product_mapping.new_body(ours, income_account=account)
    result.requests.append(Request("product", row.pk, "Item", "create", body, ours))


def _unfit(kind: str, object_id: int, why: str) -> Hold:
    """QuickBooks would refuse it, so it is not even sent."""
    return Hold(kind, object_id, f"field:{kind}:{object_id}", f"{why} Then it goes out by itself.")


# --- Invoices --------------------------------------------------------------------------------------------------------


def invoices(round: Round, object_ids: Sequence[int]) -> Composed:
    """Creates of invoices whose customer and items are confirmed there (R12). A sent one is never updated (R15), and
    voided only where a person wants it undone."""
    org = round.organization
    rows = Invoice.objects.filter(organization=org, pk__in=object_ids).select_related("customer", "terms")
    linked = round.there("invoice", object_ids)
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(organization=org, invoice__in=object_ids).select_related(
        "product", "order_line__order"
    ):
        lines.setdefault(line.invoice_id, []).append(line)
    needs = Needs(round, list(rows), [line for some in lines.values() for line in some])
    result = Composed()
    _voids(round, linked, result)
    voided = {request.object_id for request in result.requests}
    new = [row for row in rows if row.pk not in linked and row.ended == Ended.NOT]
    closing.put_off(org, round.facts, new, now=round.now)
    for row in rows:
        if row.pk in linked or row.ended != Ended.NOT:
            result.nothing += [row.pk] if row.pk not in voided else []
        else:
            _create_invoice(round, row, lines.get(row.pk, []), needs, result)
    result.nothing += [pk for pk in object_ids if pk not in {row.pk for row in rows}]
    return result


def _voids(round: Round, linked: Mapping[int, str], result: Composed) -> None:
    """Of those a person wants undone: what can be, with the SyncToken that was looked at, and why the rest cannot."""
    answers = undo.answers_of(round.organization, list(linked))
    records = mirror.records(round.organization, "Invoice", [linked[pk] for pk in answers])
    for pk, answer in answers.items():
        record = records.get(linked[pk])
        if reason := undo.obstacle(answer, record):
            result.declined[pk] = reason
        elif record is not None:
            body = {"Id": record.id, "SyncToken": record.sync_token, "sparse": True}
            result.requests.append(Request("invoice", pk, "Invoice", "void", body))


class Needs:
    """The QuickBooks ids behind a batch of invoices, found together."""

    def __init__(self, round: Round, rows: Sequence[Invoice], lines: Sequence[InvoiceLine]) -> None:
        self.customers = round.there("customer", {row.customer_id for row in rows})
        self.terms = round.there("term", {row.terms_id for row in rows})
        self.items = round.there("product", {line.product_id for line in lines})
        self._customer_bodies = mirror.records(round.organization, "Customer", set(self.customers.values()))
        foreign = round.facts.get("tax") == "foreign"
        self._item_bodies = mirror.records(round.organization, "Item", set(self.items.values()) if foreign else ())

    def customer_tax_code(self, row: Invoice) -> str:
        """The customer's own code, which QuickBooks keeps (R20)."""
        record = self._customer_bodies.get(self.customers.get(row.customer_id, ""))
        return str(((record.body.get("DefaultTaxCodeRef") or {}) if record else {}).get("value", ""))

    def line_tax_codes(self, row: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, str]:
        """Outside the US: the item's code, else the customer's."""
        default = self.customer_tax_code(row)
        codes: dict[int, str] = {}
        for line in lines:
            record = self._item_bodies.get(self.items.get(line.product_id or 0, ""))
            code = ((record.body.get("SalesTaxCodeRef") or {}) if record else {}).get("value") or default
            if code:
                codes[line.pk] = code
        return codes


def _create_invoice(round: Round, row: Invoice, lines: Sequence[InvoiceLine], needs: Needs, result: Composed) -> None:
    if hindrance := closing.hindrance(round.organization, round.facts, row):
        result.holds.append(Hold("invoice", row.pk, *hindrance))
        return
    if row.customer_id not in needs.customers:
        reason = f"{row.customer} is not linked to QuickBooks yet. The invoice goes out as soon as it is."
        result.holds.append(Hold("invoice", row.pk, f"customer:{row.customer_id}", reason))
        return
    unmapped = next((line for line in lines if line.product_id not in needs.items), None)
    if unmapped is not None:
        reason = f"“{unmapped.product}” has no QuickBooks item. Choose one, and the invoice goes out."
        result.holds.append(Hold("invoice", row.pk, f"product:{unmapped.product_id}", reason))
        return
    marker = invoice_mapping.marker(round.organization, row, order_numbers(lines))
    foreign = round.facts.get("tax") == "foreign"
    out = invoice_mapping.Out(
        customer=needs.customers[row.customer_id],
        terms=needs.terms.get(row.terms_id or 0, ""),
        email=row.customer.email,
        items=needs.items,
        tax_codes=needs.line_tax_codes(row, lines) if foreign else {},
        txn_tax_code=needs.customer_tax_code(row) or str(round.facts.get("tax_code", "")),
        facts=round.facts,
        marker=marker,
    )
    body = invoice_mapping.new_body(row, lines, out)
    tag = invoice_mapping.tag_in(marker)
    result.requests.append(Request("invoice", row.pk, "Invoice", "create", body, None, tag))


def order_numbers(lines: Sequence[InvoiceLine]) -> list[str]:
    """The orders an invoice was made from, in the order of its lines."""
    return list(dict.fromkeys(line.order_line.order.number for line in lines if line.order_line))

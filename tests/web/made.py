"""One of everything in an organization, so that every address has something to show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django_scopes import get_scope
from PIL import Image

from buddy.hub import duplicates, orders, organizations, pricing
from buddy.hub.customers import Customer
from buddy.hub.imports import Import, ImportRow
from buddy.hub.invoices import Invoice, InvoiceLine
from buddy.hub.orders import LineDraft, OrderStatus, SalesOrder
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind
from buddy.hub.team import Organization, Role
from buddy.quickbooks.client import batch_body
from buddy.sync.models import (
    Acceptance,
    Act,
    Audit,
    AuditLine,
    AuditOutcome,
    CallMade,
    Fix,
    ItemState,
    Link,
    Outcome,
    PlanRow,
    Run,
    Sending,
    SendingItem,
    Taken,
    Verdict,
)
from tests import makers as make

TODAY = datetime.now(ZoneInfo("America/New_York")).date()  # where the organization is


def order(
    customer: Customer, *, status: str = OrderStatus.CONFIRMED, product: Product | None = None, quantity: str = "2"
) -> SalesOrder:
    lines = [LineDraft(product or make.product(), Decimal(quantity))]
    return orders.place(_organization(), customer, lines=lines, status=status, by=None)


def invoice(
    customer: Customer,
    number: str,
    *,
    total: str = "100.00",
    balance: str = "100.00",
    days: int = 0,
    of: SalesOrder | None = None,
) -> Invoice:
    """Dated `days` ago and due in 30 days from then; `of`: the order whose first line it takes."""
    made = Invoice.objects.create(
        organization=_organization(),
        number=number,
        customer=customer,
        invoice_date=TODAY - timedelta(days=days),
        due_date=TODAY - timedelta(days=days - 30),
        currency="USD",
        subtotal=Decimal(total),
        total=Decimal(total),
        balance=Decimal(balance),
        created_at=make.NOW,
    )
    line = of.lines.first() if of else None
    InvoiceLine.objects.create(
        organization=_organization(),
        invoice=made,
        position=1,
        order_line=line,
        product=line.product if line else None,
        quantity=1,
        unit_price=Decimal(total),
        amount=Decimal(total),
    )
    return made


def link(kind: str, pk: int, remote_id: str) -> Link:
    entity = {"customer": "Customer", "product": "Item", "invoice": "Invoice"}[kind]
    return Link.objects.create(
        organization=_organization(), kind=kind, object_id=pk, entity=entity, remote_id=remote_id, synced_at=make.NOW
    )


def run(*sent: Invoice, days: float = 0, **fields: Any) -> Run:
    """A run that changed something `days` ago: it created these invoices in QuickBooks, one call each way."""
    began = datetime.now(UTC) - timedelta(days=days)
    values = {"came": {"Customer": 1}, "went": {"invoice": len(sent)} if sent else {}, "calls": 2, "reads": 1}
    ended = {"finished_at": began + timedelta(seconds=1.5), "outcome": Outcome.DONE}
    made = Run.objects.create(organization=_organization(), started_at=began, **{**values, **ended, **fields})
    trace = {"trace_id": f"1-674f2c11-{made.pk:024x}", "at": began, "milliseconds": 210, "status": 200}
    call = {"organization": _organization(), "run": made, **trace}
    CallMade.objects.create(verb="cdc", entity="Customer", metered=True, **call)
    Taken.objects.create(organization=_organization(), run=made, entity="Customer", remote_id="58", name="Café Lux")
    if sent:
        _sending(made, sent)
        CallMade.objects.create(verb="batch", request_id=f"request-{made.pk}", **call)
    return made


def _sending(of: Run, sent: Sequence[Invoice]) -> None:
    bodies = [
        (f"i{each.pk}", "create", "Invoice", {"DocNumber": each.number, "TotalAmt": each.total}, "") for each in sent
    ]
    sending = Sending.objects.create(
        organization=_organization(),
        run=of,
        request_id=f"request-{of.pk}",
        body=batch_body(bodies),
        frozen_at=of.started_at,
        settled_at=of.finished_at,
        attempts=1,
    )
    for each in sent:
        SendingItem.objects.create(
            organization=_organization(),
            sending=sending,
            bid=f"i{each.pk}",
            kind="invoice",
            object_id=each.pk,
            entity="Invoice",
            operation="create",
            state=ItemState.CONFIRMED,
            remote_id=f"r{each.pk}",
            answer=f'{{"Id":"r{each.pk}","SyncToken":"0","CustomerRef":{{"value":"58"}},"TxnDate":"2026-11-24"}}',
        )


def audit(**fields: object) -> tuple[Audit, AuditLine]:
    """A comparison that found one difference, and missed nothing."""
    sums = [["receivable", "USD", "49.00", "50.00", "0"]]
    counts = {"compared": 1, "differences": 1, "taken": 0, "there": 1, "mirror": 1, "linked": 1, "only_here": 0}
    made = Audit.objects.create(
        organization=_organization(),
        asked_at=make.NOW,
        since=make.NOW,
        started_at=make.NOW,
        finished_at=make.NOW,
        outcome=AuditOutcome.DIFFERS,
        reads=10,
        figures={"Invoice": {**counts, "whole": True, "sums": sums, "causes": {}}},
    )
    values = {
        "verdict": Verdict.DIFFERENCE,
        "entity": "Invoice",
        "remote_id": "77",
        "kind": "invoice",
        "title": "Invoice 1042",
        "said": "Buddy holds other values than QuickBooks.",
        "facts": [{"label": "Balance", "ours": "49.00", "theirs": "50.00"}],
        "fix": Fix.READ,
        **fields,
    }
    return made, AuditLine.objects.create(organization=_organization(), audit=made, **values)


def imported(**fields: Any) -> ImportRow:
    """A file with one row, whose preview waits for somebody: it may be a customer who is here."""
    values: dict[str, Any] = {
        "kind": "customers",
        "state": "planned",
        "file_name": "customers.csv",
        "stored_as": "none.upload",
        "size": 60,
        "columns": [{"heading": "Name", "samples": ["Bao House"], "numbers": {}, "dates": {}, "unclear": []}],
        "mapping": {"0": "display_name"},
        "total": 1,
        "counts": {"ask": 1},
        "created_at": make.NOW,
    }
    batch = Import.objects.create(organization=_organization(), **{**values, **fields})
    return ImportRow.objects.create(
        organization=_organization(),
        of=batch,
        number=2,
        unit=2,
        cells=["Bao House"],
        act="ask",
        values={"display_name": "Bao House"},
        candidates=[[make.customer("Bao Haus").pk, "Bao Haus", "Nearly the same name"]],
        said="This may be a customer you have already.",
    )


def picture(width: int = 400, height: int = 200, *, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture of one colour."""
    out = BytesIO()
    Image.new("RGB", (width, height), "#1f4e79").save(out, kind, **options)
    return out.getvalue()


def everything() -> dict[str, int]:
    """The id that stands in an address, by how the name of the address begins; the longest beginning counts."""
    customer = make.customer("Blue Heron Market", email="ap@heron.example")
    wholesale = make.tier()
    priced = make.product("Dark Roast 1 kg")
    pricing.set_tier_prices(priced, {wholesale: "8"}, by=None, now=make.NOW)
    pricing.set_customer_price(customer, priced, "7.50", by=None, now=make.NOW)
    placed = order(customer)
    sent = invoice(customer, "1042", of=placed)
    review = Review.objects.create(
        organization=_organization(),
        kind=ReviewKind.PROBLEM,
        key="problem:customer:1",
        entity="customer",
        object_id=customer.pk,
        title="A name is taken",
        created_at=make.NOW,
    )
    compared, line = audit()
    merge = duplicates.merge(customer, make.customer("Blue Heron"), by=None, now=make.NOW)
    organizations.set_logo(_organization(), picture(), by=None)
    accepted = Acceptance.objects.create(
        organization=_organization(),
        kind=ReviewKind.MATCH,
        ground="same name",
        asked_at=make.NOW,
        finished_at=make.NOW,
        last_id=review.pk,
        total=0,
    )
    planned = PlanRow.objects.create(organization=_organization(), remote_id="58", act=Act.ASK)
    brought = imported()
    return {
        "customer": customer.pk,
        "rehearsal": planned.pk,
        "import": brought.of_id,
        "import_row": brought.pk,
        "other": make.customer("Harbor Goods").pk,  # the second customer of an address
        "merge_": merge.pk,
        "books_audit": compared.pk,
        "books_fix": line.pk,
        "customer_location_change": make.location(customer).pk,
        "product": priced.pk,
        "pricing_tier": wholesale.pk,
        "order": placed.pk,
        "invoice": sent.pk,
        "sync": run(sent).pk,
        "retry": customer.pk,
        "quality": review.pk,
        "settings_team_invitation": make.invitation().pk,
        "organization": _organization().pk,
        "quality_accepted": accepted.pk,
        "settings_team": make.member(Role.VIEWER).pk,
        "settings_terms": make.term().pk,
    }


def _organization() -> Organization:
    found: Organization = get_scope()["organization"]
    return found

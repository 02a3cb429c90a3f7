"""Orders are invoiced by themselves when they leave, as far as the preflight lets them; what it stops is said (R16)."""

from decimal import Decimal

import pytest

from buddy.hub import orders
from buddy.hub.activity import Activity
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.team import Organization, User
from buddy.sync import invoicing, shipping
from buddy.sync.models import Connection
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import DAY, another_order, sync
from tests.sync.dying import dying_before
from tests.sync.wire import Killed
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def org(connected: Connection) -> Organization:
    connected.organization.auto_invoice = "shipped"
    connected.organization.save()
    return connected.organization


def test_a_shipped_order_is_invoiced_and_arrives_in_the_books(
    order: SalesOrder, org: Organization, company: Company, admin: User
) -> None:
    moved, automatic = shipping.move(org, [order.pk], "shipped", by=admin)
    assert ([each.pk for each in moved.changed], len(automatic.invoices), automatic.blocked) == ([order.pk], 1, [])
    sync(org)
    assert [each["TotalAmt"] for each in company.all("Invoice")] == [50]
    _, again = shipping.move(org, [order.pk], "delivered", by=admin)
    assert (again.invoices, again.blocked, Invoice.objects.count()) == ([], [], 1)


def test_each_shipment_is_invoiced_by_itself(
    order: SalesOrder, org: Organization, company: Company, admin: User
) -> None:
    order.organization = org
    line = order.lines.get()
    part = line.quantity / 5
    first = shipping.ship(order, {line.pk: part}, by=admin)
    second = shipping.ship(order, {line.pk: line.quantity - part}, by=admin)
    assert [len(each.invoices) for each in (first, second)] == [1, 1]
    sync(org)
    assert sorted(each["TotalAmt"] for each in company.all("Invoice")) == [10, 40]
    order.refresh_from_db()
    assert (order.status, order.invoiced, order.unbilled) == ("shipped", "all", False)


def test_when_delivered_means_not_when_shipped(order: SalesOrder, org: Organization, admin: User) -> None:
    org.auto_invoice = "delivered"
    assert shipping.move(org, [order.pk], "shipped", by=admin)[1].invoices == []
    assert len(shipping.move(org, [order.pk], "delivered", by=admin)[1].invoices) == 1


def test_nothing_is_invoiced_by_itself_unless_the_organization_says_so(
    order: SalesOrder, connected: Connection, admin: User
) -> None:
    shipping.move(connected.organization, [order.pk], "delivered", by=admin)
    assert not Invoice.objects.exists()


def test_what_the_preflight_stops_is_said_and_stays_to_be_invoiced(
    order: SalesOrder, org: Organization, admin: User
) -> None:
    other = orders.place(org, make.customer(currency="EUR"), lines=_lines(order), status="confirmed", by=admin)
    _, automatic = shipping.move(org, [order.pk, other.pk], "shipped", by=admin)
    assert len(automatic.invoices) == 1
    [blocked] = automatic.blocked
    assert blocked.order == other
    other.refresh_from_db()
    assert (other.status, other.unbilled) == ("shipped", True)
    assert Activity.objects.get(event="order.not_invoiced", object_id=other.pk).note == blocked.reason


@pytest.mark.parametrize("leave", ["move", "ship"])
def test_an_order_that_could_not_be_invoiced_for_a_failure_has_not_left_either(
    leave: str, order: SalesOrder, org: Organization, admin: User
) -> None:
    """Else a process that dies in between leaves it shipped, and nobody invoices it."""
    order.organization = org
    line = order.lines.get()
    doors = {
        "move": lambda: shipping.move(org, [order.pk], "shipped", by=admin),
        "ship": lambda: shipping.ship(order, {line.pk: line.quantity}, by=admin),
    }
    with dying_before('INSERT INTO "hub_invoice"'), pytest.raises(Killed):
        doors[leave]()
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.status, order.unbilled, line.shipped) == ("confirmed", False, 0)
    assert not Activity.objects.filter(kind="order", event__in=["order.status_changed", "order.shipped"]).exists()


def test_while_somebody_invoices_one_of_them_the_others_are_invoiced_by_themselves(
    order: SalesOrder, org: Organization, admin: User
) -> None:
    """Both at once, as often as it takes to meet: each order is invoiced, and none twice."""
    for _ in range(5):
        both = [order.pk, another_order().pk]
        outcomes = at_once(
            lambda both=both: shipping.move(org, both, "shipped", by=admin),  # type: ignore[misc]
            lambda both=both: invoicing.create(org, both[1:], combine=False, invoice_date=DAY, by=admin),  # type: ignore[misc]
            organization=org,
        )
        assert not [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, Refused)]
        assert set(orders.remaining(both).values()) == {Decimal(0)}
        order = another_order()


def test_what_would_be_created_there_with_it_is_left_to_a_person(
    order: SalesOrder, org: Organization, admin: User
) -> None:
    """R21: nobody has seen that a customer would appear in QuickBooks."""
    lead = orders.place(org, make.customer("Corner Cafe"), lines=_lines(order), status="confirmed", by=admin)
    _, automatic = shipping.move(org, [lead.pk], "shipped", by=admin)
    assert automatic.invoices == []
    assert "“Corner Cafe” is not in QuickBooks yet" in automatic.blocked[0].reason
    assert not Invoice.objects.exists()


def test_only_what_was_shipped_is_planned_and_invoiced(order: SalesOrder, connected: Connection, admin: User) -> None:
    org, line = connected.organization, order.lines.get()
    other = another_order()
    orders.ship(order, {line.pk: line.quantity / 5}, by=admin)
    ids = [order.pk, other.pk]
    plan = invoicing.preflight(org, ids, combine=False, invoice_date=DAY, only_shipped=True)
    assert [each.total for each in plan.ready] == [Decimal("10.00")]
    assert [(each.order.pk, each.cause) for each in plan.blocked] == [(other.pk, "not_shipped")]
    assert [each.rounding for each in plan.ready] == [0]
    invoicing.create(org, ids, combine=False, invoice_date=DAY, only_shipped=True, by=admin)
    rest = invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY)
    assert [each.total for each in rest.ready] == [Decimal("40.00")]


def _lines(order: SalesOrder) -> list[orders.LineDraft]:
    return [orders.LineDraft(order.lines.get().product, Decimal(1))]

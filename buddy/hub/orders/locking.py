"""Orders as they are now, and ours until the transaction ends: nobody changes or invoices them meanwhile (R16)."""

from __future__ import annotations

from collections.abc import Iterable

from buddy.hub.orders.tables import SalesOrder
from buddy.hub.team import Organization


def lock(organization: Organization, order_ids: Iterable[int]) -> dict[int, SalesOrder]:
    """In the order of their ids. Call before anything else is locked: then two callers never wait for each other."""
    rows = SalesOrder.objects.select_for_update().filter(organization=organization, pk__in=set(order_ids))
    return {order.pk: order for order in rows.order_by("pk")}


def read_again(order: SalesOrder) -> None:
    """The same for one order at hand."""
    order.refresh_from_db(
        from_queryset=SalesOrder.objects.select_for_update().filter(organization=order.organization_id)
    )

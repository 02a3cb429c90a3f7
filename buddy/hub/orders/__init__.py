"""Sales orders: placed, confirmed, shipped, cancelled, and how much of each is invoiced."""

from buddy.hub.orders.invoiced import overdrawn, recount, remaining
from buddy.hub.orders.lines import LineDraft
from buddy.hub.orders.placing import change, place, set_status
from buddy.hub.orders.tables import INVOICEABLE_STATUSES, Invoiced, OrderLine, OrderStatus, SalesOrder

__all__ = [
    "INVOICEABLE_STATUSES",
    "Invoiced",
    "LineDraft",
    "OrderLine",
    "OrderStatus",
    "SalesOrder",
    "change",
    "overdrawn",
    "place",
    "recount",
    "remaining",
    "set_status",
]

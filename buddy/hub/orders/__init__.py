"""Sales orders: placed, confirmed, shipped, cancelled, and how much of each is invoiced."""

from buddy.hub.orders.invoiced import has_left, overdrawn, recount, remaining, unbilled
from buddy.hub.orders.lines import LineDraft
from buddy.hub.orders.locking import lock
from buddy.hub.orders.moving import Moved, move, set_status, ship
from buddy.hub.orders.placing import change, place
from buddy.hub.orders.tables import INVOICEABLE_STATUSES, SENT_OUT, Invoiced, OrderLine, OrderStatus, SalesOrder

__all__ = [
    "INVOICEABLE_STATUSES",
    "SENT_OUT",
    "Invoiced",
    "LineDraft",
    "Moved",
    "OrderLine",
    "OrderStatus",
    "SalesOrder",
    "change",
    "has_left",
    "lock",
    "move",
    "overdrawn",
    "place",
    "recount",
    "remaining",
    "set_status",
    "ship",
    "unbilled",
]

"""Every table of the hub, in the order they depend on each other: the index Django asks for."""

from buddy.hub.activity import Activity
from buddy.hub.customers import Customer, Location
from buddy.hub.duplicates import Merge, Pair, Scan
from buddy.hub.imports import Import, ImportRow, Remembered
from buddy.hub.invitations import Invitation
from buddy.hub.invoices import Application, Credit, Invoice, InvoiceLine, Payment
from buddy.hub.mailing import Letter
from buddy.hub.matchkeys import MatchKey
from buddy.hub.orders import OrderLine, SalesOrder
from buddy.hub.outbox import Bell, Mark
from buddy.hub.pricing import CustomerPrice, TierPrice
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.hub.team import Membership, Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.hub.tiers import Tier

__all__ = [
    "Activity",
    "Application",
    "Bell",
    "Credit",
    "Customer",
    "CustomerPrice",
    "Import",
    "ImportRow",
    "Invitation",
    "Invoice",
    "InvoiceLine",
    "Letter",
    "Location",
    "Mark",
    "MatchKey",
    "Membership",
    "Merge",
    "OrderLine",
    "Organization",
    "Pair",
    "Payment",
    "PaymentTerm",
    "Product",
    "Remembered",
    "Review",
    "SalesOrder",
    "Scan",
    "Tier",
    "TierPrice",
    "User",
]

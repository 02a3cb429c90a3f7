"""What a customer pays for a product: an agreed price, else its tier's price, else its tier's discount, else the list.

tables     prices agreed with one customer, and prices for a tier
quoting    the price that holds, and where it comes from
agreeing   setting prices and taking them back
"""

from buddy.hub.pricing.agreeing import Touched, delete_tier, set_customer_price, set_tier_prices, touched_by
from buddy.hub.pricing.quoting import Quote, discounted, in_tiers, quotes
from buddy.hub.pricing.tables import CustomerPrice, TierPrice

__all__ = [
    "CustomerPrice",
    "Quote",
    "TierPrice",
    "Touched",
    "delete_tier",
    "discounted",
    "in_tiers",
    "quotes",
    "set_customer_price",
    "set_tier_prices",
    "touched_by",
]

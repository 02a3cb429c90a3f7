"""Rounding, once for both systems (R19): half up, prices to four decimals, amounts to cents."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE = Decimal("0.0001")


def short(value: Decimal) -> str:
    """Without zeros at the end: 2.5000 is "2.5"."""
    return f"{value.normalize():f}"


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def net_unit_price(price: Decimal, discount_percent: Decimal) -> Decimal:
    """The price of one unit after its discount, to four decimals."""
    return (price * (100 - discount_percent) / 100).quantize(PRICE, ROUND_HALF_UP)


def line_amount(quantity: Decimal, net_price: Decimal) -> Decimal:
    """What a line costs, in cents: quantity times the *rounded* net price."""
    return cents(quantity * net_price)

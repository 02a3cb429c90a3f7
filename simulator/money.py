"""Money and quantities the way QuickBooks writes them: computed amounts to the cent, zero as a bare 0 (api 2.3)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal | int | str) -> Decimal:
    """Rounded half up to two places; zero is `0`, never `0.00`."""
    rounded = Decimal(amount).quantize(CENT, ROUND_HALF_UP)
    return rounded or ZERO


def plain(number: Decimal | int | str) -> Decimal:
    """A quantity, price or percentage without trailing zeros or exponent: 25.00 is `25`."""
    number = Decimal(number)
    if not number:
        return ZERO
    trimmed = number.normalize()
    exponent = trimmed.as_tuple().exponent
    return trimmed.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else trimmed

"""Currencies, the rate of the day, and which currency a document is in (api 5.10)."""

from datetime import date
from decimal import Decimal

from simulator import refusals
from simulator.books import Body, Books, Record
from simulator.money import cents

CURRENCIES = {
    "USD": "United States Dollar", "CAD": "Canadian Dollar", "EUR": "Euro", "GBP": "British Pound Sterling",
    "AUD": "Australian Dollar", "MXN": "Mexican Peso", "JPY": "Japanese Yen", "CHF": "Swiss Franc",
    "NZD": "New Zealand Dollar", "INR": "Indian Rupee", "CNY": "Chinese Yuan", "SEK": "Swedish Krona",
    "NOK": "Norwegian Krone", "DKK": "Danish Krone", "SGD": "Singapore Dollar", "HKD": "Hong Kong Dollar",
    "ZAR": "South African Rand", "BRL": "Brazilian Real", "PLN": "Polish Zloty",
}  # fmt: skip
# US dollars for one unit, around which the invented rates of each day move.
DOLLARS = {
    "USD": "1", "CAD": "0.73", "EUR": "1.08", "GBP": "1.27", "AUD": "0.66", "MXN": "0.055", "JPY": "0.0067",
    "CHF": "1.13", "NZD": "0.6", "INR": "0.012", "CNY": "0.14", "SEK": "0.095", "NOK": "0.093", "DKK": "0.145",
    "SGD": "0.75", "HKD": "0.128", "ZAR": "0.055", "BRL": "0.18", "PLN": "0.25",
}  # fmt: skip
PLACES = Decimal("0.000001")
MISMATCH = "The currency of the transaction must be the customer's currency."


def home_currency(books: Books) -> str:
    return str(books.preference("CurrencyPrefs.HomeCurrency.value") or "USD")


def several(books: Books) -> bool:
    """Whether the company keeps more than one currency."""
    return bool(books.preference("CurrencyPrefs.MultiCurrencyEnabled"))


def rate(books: Books, currency: str, day: str) -> Decimal:
    """Home units for one foreign unit: the newest rate set up to this day, else an invented one of this day."""
    home = home_currency(books)
    if currency == home:
        return Decimal(1)
    entered = [(since, value) for (of, since), value in books.rates.items() if of == currency and since <= day]
    if entered:
        return max(entered)[1]
    drift = (date.fromisoformat(day).toordinal() * 7919 + sum(map(ord, currency)) * 104729) % 401 - 200
    middle = Decimal(DOLLARS[currency]) / Decimal(DOLLARS[home])
    return (middle * (1 + Decimal(drift) / 20000)).quantize(PLACES).normalize()


def follow(books: Books, body: Body, customer: Record | None) -> None:
    """A document is in its customer's currency, at the rate of its day unless another is given; else 6000."""
    currency = customer.body["CurrencyRef"]["value"] if customer else home_currency(books)
    if body.setdefault("CurrencyRef", {"value": currency})["value"] != currency:
        raise refusals.business(MISMATCH)
    if not several(books):
        body.pop("ExchangeRate", None)
    elif currency == home_currency(books):
        body["ExchangeRate"] = Decimal(1)
    elif not body.get("ExchangeRate"):
        body["ExchangeRate"] = rate(books, currency, body["TxnDate"])


def at_home(body: Body, name: str, home_name: str) -> None:
    """The same amount in the home currency, where there is a rate."""
    if body.get("ExchangeRate") is not None:
        body[home_name] = cents(Decimal(body[name]) * body["ExchangeRate"])

"""`/exchangerate`: the rate of a currency on a day, read and entered (api 5.10)."""

from simulator import checking, refusals, writing
from simulator.books import Body, Books
from simulator.clock import entity_time
from simulator.money import plain
from simulator.rules.currency import CURRENCIES, home_currency, rate


def read(books: Books, currency: str, day: str) -> Body:
    """The rate on a day, today when none is named."""
    code = _code(currency)
    on = checking.day("asofdate", day) if day else books.today
    return {
        "SourceCurrencyCode": code, "TargetCurrencyCode": home_currency(books), "Rate": rate(books, code, on),
        "AsOfDate": on, "domain": "QBO", "sparse": False,
        "MetaData": {"LastUpdatedTime": entity_time(books.now, books.zone)},
    }  # fmt: skip


def enter(books: Books, given: Body) -> Body:
    """Set the rate from a day on."""
    writing.check_subscription(books)
    code = _code(str(given.get("SourceCurrencyCode") or ""))
    if given.get("Rate") is None:
        raise refusals.required("Rate")
    value = plain(checking.decimal("Rate", given["Rate"]))
    if value <= 0:
        raise refusals.number_range("Rate", value)
    on = checking.day("AsOfDate", given["AsOfDate"]) if given.get("AsOfDate") else books.today
    books.rates[code, on] = value
    return read(books, code, on)


def _code(text: str) -> str:
    if not text:
        raise refusals.required("SourceCurrencyCode")
    if text.upper() not in CURRENCIES:
        raise refusals.invalid_reference("Currencies", text)
    return text.upper()

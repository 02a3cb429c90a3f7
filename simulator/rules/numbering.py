"""Document numbers: who holds which, and which comes next (api 5.3.1)."""

from collections.abc import Set

from simulator import refusals
from simulator.books import Body, Books, Record


def number(books: Books, body: Body, before: Record | None, sequence: str, options: Set[str]) -> None:
    """One sequence for all sales documents; 6140 only with custom numbers and the warning on."""
    custom = bool(books.preference("SalesFormsPrefs.CustomTxnNumbers"))
    given = body.get("DocNumber")
    if given == "AUTO_GENERATE" or (before is None and not given and not custom):
        body["DocNumber"] = next_number(books, sequence)
        return
    if not given:
        return
    holder = books.numbers[sequence].holders.get(given)
    lenient = not custom or not books.choices.warn_duplicate_numbers or "allowduplicatedocnum" in options
    if holder and not lenient and not (before and holder == before.key):
        raise refusals.duplicate_number(given, *holder)


def next_number(books: Books, sequence: str) -> str:
    """The last number of the sequence plus one, its prefix kept: after ABC-1000 comes ABC-1001."""
    numbers = books.numbers[sequence]
    number = numbers.last
    while True:
        digits = number[len(number.rstrip("0123456789")) :]
        prefix = number[: len(number) - len(digits)]
        number = prefix + str(int(digits or 0) + 1).zfill(len(digits))
        if number not in numbers.holders:
            return number


def renumber(books: Books, record: Record, earlier: Body) -> None:
    """The index of numbers after a document has changed; `earlier` is empty for a new one."""
    numbers = books.numbers[record.entity.sequence]
    old, new = earlier.get("DocNumber"), record.body.get("DocNumber")
    if old and old != new and numbers.holders.get(old) == record.key:
        del numbers.holders[old]
    if new:
        numbers.holders.setdefault(new, record.key)
        if not earlier:
            numbers.last = new


def forget(books: Books, record: Record) -> None:
    holders = books.numbers[record.entity.sequence].holders
    if holders.get(record.body.get("DocNumber", "")) == record.key:
        del holders[record.body["DocNumber"]]

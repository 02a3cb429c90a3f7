"""What lists are searched in: one folded text of each row, which the database derives and an index holds.

A search reads that index from end to end, and nothing else: some 10 ms for 100,000 rows, on either store, for any part
of a word. Texts fold as the database's LOWER does, beyond ASCII on PostgreSQL only; `sort_name` is folded everywhere.
"""

from __future__ import annotations

from functools import reduce

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Replace

GAP = "\n"  # no search holds it, so nothing is found across two fields
PUNCTUATION_OF_PHONES = " ()-.+/"
SHORTEST_NUMBER = 4  # digits from which on a text can be part of a phone number


def found_in(
    *folded: str, lowered: tuple[str | models.Func, ...] = (), phones: tuple[str, ...] = ()
) -> models.GeneratedField:
    """The column `search` of a table: fields folded already, fields to be folded, and the digits of phone numbers."""
    parts = [*(F(name) for name in folded), *(Lower(name) for name in lowered), *(_digits(name) for name in phones)]
    spaced = [each for part in parts for each in (part, Value(GAP))]
    text = models.TextField()
    return models.GeneratedField(expression=Concat(*spaced, output_field=text), output_field=text, db_persist=True)


def holding(text: str) -> Q:
    """Rows that hold this text in any of their fields, or these digits in a phone number however it is written."""
    found = Q(search__contains=text.casefold())
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= SHORTEST_NUMBER and not any(map(str.isalpha, text)):
        found |= Q(search__contains=digits)
    return found


def _digits(name: str) -> Replace:
    bare = Replace(name, Value(PUNCTUATION_OF_PHONES[0]), Value(""))
    return reduce(lambda text, mark: Replace(text, Value(mark), Value("")), PUNCTUATION_OF_PHONES[1:], bare)

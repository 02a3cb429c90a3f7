"""Names of businesses in a normal form: which are exactly the same, and how alike two others are."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

LONGEST = 200  # what a key may hold

_DROPPED = dict.fromkeys(map(ord, ".'’‘`´\"“”"), None)  # "L.L.C." is "llc", "Moore's" is "moores"
_WORD = re.compile(r"[^\W_]+")
_STORE = re.compile(r"(?:#|\bno\b|\bstore\b|\bunit\b|\bbranch\b)\s*#?\s*(\d+)|\b(\d+)$")
_FORMS = {
    form: canonical
    for canonical, spellings in {
        "inc": "inc incorporated",
        "llc": "llc",
        "corp": "corp corporation",
        "co": "co company",
        "ltd": "ltd limited",
        "lp": "lp",
        "llp": "llp",
        "pllc": "pllc",
        "pc": "pc",
        "plc": "plc",
        "gmbh": "gmbh",
        "ag": "ag",
        "sa": "sa",
        "srl": "srl",
        "bv": "bv",
        "pty": "pty",
        "nv": "nv",
    }.items()
    for form in spellings.split()
}


class Name(NamedTuple):
    """One name, taken apart. `exact` keeps the legal form: Inc and LLC are two businesses, "Inc." and "Inc" are one."""

    exact: str
    core: str  # without its legal form, words in the order of the alphabet, accents gone
    form: str  # "inc", or "" when it has none


@lru_cache(maxsize=8192)
def parse(name: str) -> Name:
    words, forms = _words(_plain(name))
    return Name(
        exact=fitting(" ".join([*words, *forms])),
        core=fitting(_without_accents(" ".join(sorted(words)))),
        form=" ".join(forms),
    )


def store_number(name: str) -> str:
    """The number of a shop or branch in a name, or ""."""
    found = _STORE.search(_plain(name))
    return (found[1] or found[2]).lstrip("0") if found else ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().translate(_DROPPED).replace("&", " and ")


def _words(plain: str) -> tuple[list[str], list[str]]:
    """The words of a name, and its legal forms at the end; a name that is nothing else keeps the first."""
    words = _WORD.findall(plain)
    first_form = len(words)
    while first_form > 1 and words[first_form - 1] in _FORMS:
        first_form -= 1
    return words[:first_form], [_FORMS[word] for word in words[first_form:]]


def similarity(one: str, other: str) -> float:
    """How alike two names are, 0 to 1, whatever the order of their words and their legal forms."""
    return fuzz.ratio(parse(one).core, parse(other).core) / 100


def fitting(value: str) -> str:
    """The value as a key of at most `LONGEST` characters; a longer one ends in a digest, so that it stays itself."""
    if len(value) <= LONGEST:
        return value
    digest = hashlib.sha256(value.encode()).hexdigest()[:32]
    return f"{value[: LONGEST - len(digest) - 1]}~{digest}"


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))

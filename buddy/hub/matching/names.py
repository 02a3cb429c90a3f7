"""Names of businesses in a normal form: which are exactly the same, and how two others differ."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from buddy.hub.matching import words

_DROPPED = dict.fromkeys(map(ord, ".'’‘`´\"“”®™"), None)  # "L.L.C." is "llc", "Moore's" is "moores"
_WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0dff\u0e00-\u0e7f])+")  # with the vowel signs of India and Thailand
_OTHERWISE = re.compile(r"\b(?:d/b/a|dba|t/a|a/k/a|aka|f/k/a|fka|formerly|doing business as|trading as)\b:?")
_BRACKETED = re.compile(r"\(([^)]*)\)")
_NUMERALS = {"ii": "2", "iii": "3", "iv": "4"}


class Name(NamedTuple):
    """One name, taken apart. `exact` keeps the legal form: Inc and LLC are two businesses, "Inc." and "Inc" are one."""

    text: str
    exact: str
    core: str  # without its legal form, words in the order of the alphabet, accents gone
    form: str  # "inc", or "" when it has none
    words: tuple[str, ...]  # of the core as they stand, without the small ones and the numbers
    numbers: tuple[str, ...]  # of a shop or branch
    bracket: str


@lru_cache(maxsize=16384)
def parse(name: str) -> Name:
    plain = _plain(name)
    found, forms = _split_forms(_WORD.findall(plain))
    folded = [without_accents(word) for word in found]
    numbers = {_NUMERALS.get(word, word.lstrip("0") or "0") for word in folded if word.isdecimal() or word in _NUMERALS}
    telling = [word for word in folded if word not in words.SMALL and not word.isdecimal() and word not in _NUMERALS]
    bracket = " ".join(_WORD.findall(" ".join(_BRACKETED.findall(plain)))) if "(" in plain else ""
    return Name(
        text=name,
        exact=" ".join([*found, *forms]),
        core=" ".join(sorted(folded)),
        form=" ".join(forms),
        words=tuple(telling or folded),
        numbers=tuple(sorted(numbers)),
        bracket=bracket,
    )


@lru_cache(maxsize=4096)
def alternatives(name: str) -> tuple[str, ...]:
    """What one written name may stand for: "Maria Lopez dba Harbor Goods" is called both."""
    if not _OTHERWISE.search(name.casefold()):
        return (name,)
    parts = (part.strip(" ,-:()") for part in _OTHERWISE.split(name.casefold()))
    return (name, *filter(None, parts))


class Likeness(NamedTuple):
    """`similarity`: 0 to 1, what they share of the words that tell. `ours_only`, `theirs_only`: what has no like."""

    similarity: float
    one_only: tuple[str, ...]
    other_only: tuple[str, ...]
    spelled_alike: bool  # some words only nearly the same


_SAME = Likeness(1.0, (), (), spelled_alike=False)


def compare(one: Name, other: Name, places: frozenset[str] = frozenset()) -> Likeness:
    """How two names differ. `places`: words of the cities they are in, which tell nothing between two there."""
    if one.core == other.core or "".join(one.words) == "".join(other.words):
        return _SAME
    return _compare(one.words, other.words, places)


def _compare(one: tuple[str, ...], other: tuple[str, ...], places: frozenset[str]) -> Likeness:
    rest, others = [word for word in one if word not in other], [word for word in other if word not in one]
    shared = sum(_weight(word, places) for word in one if word in other)
    shared += sum(_weight(word, places) for word in other if word in one)
    spelled_alike = False
    for word in list(rest):
        like = max(others, key=lambda each: alike(word, each), default="")
        if like and (closeness := alike(word, like)):
            rest.remove(word)
            others.remove(like)
            shared += closeness * (_weight(word, places) + _weight(like, places))
            spelled_alike = True
    total = sum(_weight(word, places) for word in (*one, *other))
    return Likeness(min(shared / total, 1.0), tuple(rest), tuple(others), spelled_alike)


def _weight(word: str, places: frozenset[str]) -> float:
    return 0.3 if word in words.TRADES or word in places else 1.0


@lru_cache(maxsize=65536)
def alike(one: str, other: str) -> float:
    """How close two words are that are not the same, 0 to 1: a slip of the pen, an abbreviation, or nothing."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 3 or shorter[0] != longer[0]:
        return 0.0
    if longer.startswith(shorter):
        return 0.9
    near: float = Levenshtein.normalized_similarity(shorter, longer)
    if near >= 0.75 and len(shorter) >= 4:
        return near
    return 0.8 if _abbreviates(shorter, longer) else 0.0


def _abbreviates(shorter: str, longer: str) -> bool:
    """Its letters in order and no vowel the longer does not need: "mkt", "whsle", "sply"."""
    if len(longer) - len(shorter) < 2 or shorter[-1] not in longer[-2:]:
        return False
    letters = iter(longer)
    return all(letter in letters for letter in shorter)


def letters(one: Name, other: Name) -> float:
    """How alike two names are letter by letter, 0 to 1, whatever the order of their words and their legal forms."""
    return fuzz.ratio(one.core, other.core) / 100


def _plain(name: str) -> str:
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    return name.casefold().translate(_DROPPED).replace("&", " and ")


def _split_forms(found: list[str]) -> tuple[list[str], list[str]]:
    """The words of a name, and its legal forms at the end; a name that is nothing else keeps the first."""
    first_form = len(found)
    while first_form > 1 and found[first_form - 1] in words.LEGAL_FORMS:
        first_form -= 1
    return found[:first_form], [words.LEGAL_FORMS[word] for word in found[first_form:]]


def without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def grams(words: Sequence[str]) -> tuple[str, str]:
    """Two runs of three letters that names nearly the same are likely to share, wherever the slip is: of all their
    runs those that come first in two shuffled orders, on which names agree as often as they are alike (MinHash)."""
    found = [_first_runs(word) for word in words]
    return min(first for first, _ in found)[1], min(second for _, second in found)[1]


type _Ranked = tuple[int, str]


@lru_cache(maxsize=65536)
def _first_runs(word: str) -> tuple[_Ranked, _Ranked]:
    """Of either order, the run of this word that comes first, with its rank."""
    framed = f" {word} "
    runs = [framed[start : start + 3] for start in range(len(framed) - 2)]
    return min((_rank(run, "a"), run) for run in runs), min((_rank(run, "b"), run) for run in runs)


def _rank(run: str, order: str) -> int:
    return zlib.crc32(f"{order}{run}".encode())

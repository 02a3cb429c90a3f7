"""The keys by which parties are found and counted: numbers of 64 bits, small to store and quick to compare."""

from __future__ import annotations

from hashlib import blake2b

type Key = int

EMAIL, NAME, CORE, PHONE, DOMAIN, DOOR, HEAD, GRAM = range(8)
_KIND = 0b111


def key(kind: int, text: str) -> Key:
    """A digest of the text with its kind in the last three bits: signed, as databases keep it. Of ten million texts of
    a kind, two have the same key once in some forty thousand such lists; then somebody is compared or counted in vain.
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True) & ~_KIND | kind


def kind(key: Key) -> int:
    return key & _KIND


def hints(key: Key) -> bool:
    """Does it only suggest that the names are alike?"""
    return key & _KIND >= HEAD

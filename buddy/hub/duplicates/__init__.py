"""Customers that are one business twice: finding them, which values survive, merging, and undoing it.

scanning       every night, and soon after changes, customers are looked through
pairing        who of them may be one: found by key, compared by `matching`, kept
clusters       from pairs to groups that a person can look at together
asking         one question for each group, and not too many at a time
survivorship   which side's value of each field to suggest, and what is united rather than chosen
merging        one customer takes over everything of another
undoing        and gives it back, until something depends on it
"""

from buddy.hub.duplicates.merging import merge
from buddy.hub.duplicates.pairing import compared
from buddy.hub.duplicates.scanning import due, scan, soon
from buddy.hub.duplicates.survivorship import CHOSEN, Side, suggested
from buddy.hub.duplicates.tables import Merge, Pair, Scan, standing, survivor_of
from buddy.hub.duplicates.undoing import obstacle, undo

__all__ = [
    "CHOSEN",
    "Merge",
    "Pair",
    "Scan",
    "Side",
    "compared",
    "due",
    "merge",
    "obstacle",
    "scan",
    "soon",
    "standing",
    "suggested",
    "survivor_of",
    "undo",
]

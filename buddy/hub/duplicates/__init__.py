"""Customers that are one business twice: which values survive, merging, and undoing it.

survivorship   which side's value of each field to suggest, and what is united rather than chosen
merging        one customer takes over everything of another
undoing        and gives it back, until something depends on it
"""

from buddy.hub.duplicates.merging import merge
from buddy.hub.duplicates.survivorship import CHOSEN, Side, suggested
from buddy.hub.duplicates.tables import Merge, standing, survivor_of
from buddy.hub.duplicates.undoing import obstacle, undo

__all__ = ["CHOSEN", "Merge", "Side", "merge", "obstacle", "standing", "suggested", "survivor_of", "undo"]

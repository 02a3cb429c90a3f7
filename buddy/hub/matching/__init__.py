"""Are these two the same business? Pure: parties in, decisions with reasons out; no database, no settings.

One door: `keys` says by what a party can be found, `decide` says certain, review or new, `duplicates` looks for the
same within one list. `RULES_VERSION` is stored with what was decided, and changes whenever a rule or a normal form
does: stored keys are then computed anew.
"""

from buddy.hub.matching.blocking import EMAIL, NAME, Key, key, kind
from buddy.hub.matching.deciding import Candidate, Decision, decide, most
from buddy.hub.matching.ladder import RULES
from buddy.hub.matching.parties import Party, counted, keys
from buddy.hub.matching.reasons import Reason
from buddy.hub.matching.within import duplicates

RULES_VERSION = 3

__all__ = [
    "EMAIL",
    "NAME",
    "RULES",
    "RULES_VERSION",
    "Candidate",
    "Decision",
    "Key",
    "Party",
    "Reason",
    "counted",
    "decide",
    "duplicates",
    "key",
    "keys",
    "kind",
    "most",
]

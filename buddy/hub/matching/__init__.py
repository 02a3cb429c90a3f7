"""Are these two the same business? Pure: parties in, decisions with reasons out; no database, no settings.

One door: `keys` says by what a party can be found, `decide` says certain, review or new. `RULES_VERSION` is stored
with what was decided, and changes whenever a rule or a normal form does: stored keys are then computed anew.
"""

from buddy.hub.matching.deciding import Candidate, Decision, decide
from buddy.hub.matching.evidence import Reason
from buddy.hub.matching.parties import Key, Party, keys, proofs

RULES_VERSION = 1

__all__ = ["RULES_VERSION", "Candidate", "Decision", "Key", "Party", "Reason", "decide", "keys", "proofs"]

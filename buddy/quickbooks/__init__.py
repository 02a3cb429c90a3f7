"""How one speaks to QuickBooks Online: plain Python, no Django, no database.

records    what QuickBooks answers: Ref, Record, Page, Changes, BatchReply, Tokens, Note, Call
envelopes  an answer's bytes cut into records, each keeping its own bytes
errors     every refusal as an error with a remedy and plain words
faults     the fault table: which code is which
http       the only user of the HTTP library: throttle, retry, time out, log
client     read, query, pages, count, changes_since, batch, send, pdf of one company
oauth      discovery, the consent address, tokens, revoking
webhooks   the signature, and both formats of a notification
"""

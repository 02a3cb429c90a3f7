"""How Buddy and QuickBooks agree: one module per verb.

connection    begin, finish, disconnect; tokens in, tokens kept      engine     one run, under the company's lease
inbox         what a webhook says changed, remembered                pull       fetch into the mirror (Remote)
reconcile     a page of the mirror: match, merge, write, or ask      push       claim, freeze, send, settle
threeway      agreed, ours, theirs: here, there, or ask (pure)       mapping    THE place for fields, both spellings
invoicing     what can be invoiced, why not, and the fix             answers    what a person decided
requirements  what the connected company allows                      status     what a person sees: badges, card
merging       records merged or gone there: links follow

Rows say what must be done (Bell, Mark, Notice, Sending); a run reads them and makes both sides agree.
"""

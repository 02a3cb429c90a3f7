"""Breaks the sync on purpose: workers are killed and paused at every step while QuickBooks misbehaves and people work.

`python -m bench.chaos --store sqlite|postgres`, or `make chaos`. Then everything must have arrived once (README.md).

campaign    one storm from empty books to the verdict
workers     a warmed parent whose children are Buddy's workers; when each dies
steps       the steps of a run as a worker takes them, named from outside; death at one of them
people      what is done in Buddy and in QuickBooks meanwhile, each edit with a value of its own
books       QuickBooks as a process, which writes down every call as it arrives
trouble     the simulator's faults, at seeded rates
fence       the database notes a write of a run that has lost its company
overlap     calls of an old run after the first of a new one
verdict     is everything there, once, on both sides?
audited     the same asked of Buddy's own audit
stores      where Buddy keeps its rows
"""

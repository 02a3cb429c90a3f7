"""Edits on both sides under every trouble there is: each value arrives, is outdone by its own side, or is asked about.

words     names that nobody takes for one another
written   what each side wrote into which field, and what became of it
picked    the fields with a few values only
world     Buddy and QuickBooks in one process, on one clock that can jump, and the troubles between them
"""

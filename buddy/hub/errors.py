"""What the hub says when a rule forbids something. The message is written for the person and may be shown."""


class Refused(Exception):
    """A rule said no; nothing was changed. `str()` tells what happened and what to do about it."""


class NotAllowed(Refused):
    """The person's role does not permit this."""

"""What the hub says when a rule forbids something. The message is written for the person and may be shown."""


class Refused(Exception):
    """A rule said no; nothing was changed. `str()` tells what happened and what to do about it."""


class Invalid(Refused):
    """Values that cannot be kept. `fields` says for each, by its name, what is wrong and how to repair it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields

"""Files of customers, products and orders: read, shown row by row, applied by a worker, and undone.

A person uploads (`begin`), agrees to the columns (`agree`), looks at the preview, and has it applied (`apply`); between
these a worker does the work (`work`), which rows of ours make safe to be cut off anywhere.
"""

from buddy.hub.imports.fields import FIELDS, NEEDED, labels
from buddy.hub.imports.formats import DATES, NUMBERS
from buddy.hub.imports.limits import column_name
from buddy.hub.imports.staging import styles
from buddy.hub.imports.steps import (
    agree,
    apply,
    back,
    begin,
    choose,
    create_all,
    discard,
    read_again,
    stop,
    undo,
    undoable,
    work,
)
from buddy.hub.imports.tables import WORKING, Act, Import, ImportRow, Kind, Outcome, Remembered, State
from buddy.hub.imports.uploads import kept, take_in
from buddy.hub.imports.working import due

__all__ = [
    "DATES", "FIELDS", "NEEDED", "NUMBERS", "WORKING", "Act", "Import", "ImportRow", "Kind", "Outcome", "Remembered",
    "State", "agree", "apply", "back", "begin", "choose", "column_name", "create_all", "discard", "due", "kept",
    "labels", "read_again", "stop", "styles", "take_in", "undo", "undoable", "work",
]  # fmt: skip

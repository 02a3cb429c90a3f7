"""The tables: one file that somebody brought, its rows, and how files of its shape were read before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.team import Organization, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Kind(models.TextChoices):
    CUSTOMERS = "customers", "Customers"
    PRODUCTS = "products", "Products"
    ORDERS = "orders", "Sales orders"


class State(models.TextChoices):
    """Where an import stands. In the first four a worker has it, in the others a person."""

    READING = "reading", "Reading the file"
    PLANNING = "planning", "Working out what each row will do"
    APPLYING = "applying", "Importing"
    UNDOING = "undoing", "Undoing"
    UNREADABLE = "unreadable", "Could not be read"
    ASKING = "asking", "Columns to check"
    PLANNED = "planned", "Ready to import"
    APPLIED = "applied", "Imported"
    UNDONE = "undone", "Undone"


WORKING = (State.READING, State.PLANNING, State.APPLYING, State.UNDOING)


class Act(models.TextChoices):
    """What a row will do."""

    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    ASK = "ask", "Maybe the same"
    UNCHANGED = "unchanged", "Unchanged"
    REFUSE = "refuse", "Cannot be imported"


class Outcome(models.TextChoices):
    """What a row did; and after the import was undone, what became of that."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    UNCHANGED = "unchanged", "Unchanged"
    LEFT_OUT = "left_out", "Left out"
    REFUSED = "refused", "Not imported"
    REMOVED = "removed", "Removed again"
    RESTORED = "restored", "Set back"
    KEPT = "kept", "Kept"


class Import(models.Model):
    """One file and what became of it. The file itself, and the rows, are kept for `BUDDY_IMPORT_DAYS`."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    file_name = models.CharField(max_length=200)  # as it was called where it came from; for people only
    stored_as = models.CharField(max_length=40, blank=True)  # in BUDDY_DATA/imports; "" once deleted
    size = models.PositiveBigIntegerField()
    wanted = models.JSONField(default=dict)  # how a person said it must be read; what is not in it is found out
    found = models.JSONField(default=dict)  # how it was read
    columns = models.JSONField(default=list)  # what stands in each column: `reading.Column`
    mapping = models.JSONField(default=dict)  # {"3": "email"}: the column at position 3 holds the email
    formats = models.JSONField(default=dict)  # {"numbers": "us", "dates": "mdy"}, as a person agreed
    blanks_clear = models.BooleanField(default=False)  # an empty cell empties the field, instead of leaving it
    problem = models.TextField(blank=True)  # why it could not be read
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # rows this step is through with
    reached = models.PositiveIntegerField(default=0)  # the last unit this step is through with
    counts = models.JSONField(default=dict)  # rows by what they will do
    results = models.JSONField(default=dict)  # rows by what they did
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    worker = models.CharField(max_length=36, blank=True)
    worker_until = models.DateTimeField(null=True)  # a worker that does not say more by then is taken for dead

    objects = ScopedManager(organization="organization")
    rows: RelatedManager[ImportRow]

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="import_list")]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of the file: its cells, what it will do and why, and what it did.

    `unit` is the number of the first row of what it belongs to: an order has a row for each line.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()  # as a spreadsheet counts, from 1 with the heading
    unit = models.PositiveIntegerField()
    cells = models.JSONField()  # texts, and from a workbook numbers too
    act = models.CharField(max_length=10, choices=Act, blank=True)
    object_id = models.BigIntegerField(null=True)  # whom it updates, or what it created
    values = models.JSONField(default=dict)  # by field, as they are to be kept
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    candidates = models.JSONField(default=list)  # [[id, name, why], …]: who it may be already
    said = models.TextField(blank=True)  # why it will do so
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    told = models.TextField(blank=True)  # why it did so

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "of", "number"], name="one_row_per_number")]
        indexes = [
            models.Index(fields=["of", "unit", "number"], name="import_row_by_unit"),
            models.Index(fields=["of", "act", "number"], name="import_row_by_act"),
            models.Index(fields=["of", "outcome", "number"], name="import_row_by_outcome"),
        ]


class Remembered(models.Model):
    """How somebody had files with these headings read: asked once, offered again."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    shape = models.CharField(max_length=64)  # of the headings
    mapping = models.JSONField(default=dict)
    formats = models.JSONField(default=dict)
    blanks_clear = models.BooleanField(default=False)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "shape"], name="one_memory_per_shape")]

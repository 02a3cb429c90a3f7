"""What is kept of a run: its counts, each call, each record that came in, and what a person had undone.

Calls and records live as long as their run; what was sent (`Sending`) is kept for good.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.invoices import Invoice
from buddy.hub.team import Organization, User


class Trigger(models.TextChoices):
    """Why a run began: the first of a company, a dead worker's taken over, or what rang the bell last."""

    FIRST = "first", "First sync"
    SCHEDULE = "schedule", "Schedule"
    NOTICE = "notice", "QuickBooks told us"
    MARK = "mark", "A change in Buddy"
    BUTTON = "button", "Sync now"
    ANSWER = "answer", "An answer"
    CONNECTED = "connected", "Connected again"
    AGAIN = "again", "Goes on from the last"
    TAKEOVER = "takeover", "Taken over"


class Outcome(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    PAUSED = "paused", "Paused"
    FAILED = "failed", "Failed"
    CUT = "cut", "Cut off"


class Run(models.Model):
    """One pass of the engine, with its counts and outcome. `calls_made`, `taken` and `sendings` are its record."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    owner = models.CharField(max_length=36)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.SCHEDULE)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    error = models.TextField(blank=True)
    calls = models.PositiveIntegerField(default=0)
    reads = models.PositiveIntegerField(default=0)
    came = models.JSONField(default=dict)  # {"Invoice": 3, …}: records that were news
    went = models.JSONField(default=dict)  # {"invoice": 2, "void": 1, …}: what QuickBooks confirmed
    waiting = models.PositiveIntegerField(default=0)  # what was owed and could not go
    quiet = models.BooleanField(default=False)  # nothing came, went or failed: forgotten after a day
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)  # who rang
    counts = models.JSONField(default=dict)  # {"customers linked": 58, …}
    progress = models.JSONField(default=dict)  # {"Invoice": [done, total], …} while a full pull runs

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="run_recent"),
            models.Index(fields=["organization", "-id"], condition=Q(quiet=False), name="run_telling"),
            models.Index(fields=["organization", "finished_at"], condition=Q(quiet=True), name="run_quiet"),
            models.Index(
                fields=["organization", "-id"],
                condition=Q(outcome__in=("paused", "failed", "cut")),
                name="run_troubled",
            ),
        ]


class CallMade(models.Model):
    """One call to Intuit that a run made: no bodies, no tokens."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls_made")
    at = models.DateTimeField()  # when its answer came
    verb = models.CharField(max_length=20)  # "cdc", "query", "batch"
    entity = models.CharField(max_length=100, blank=True)
    remote_id = models.CharField(max_length=40, blank=True)
    status = models.PositiveSmallIntegerField(null=True)  # of HTTP; null when no answer came
    code = models.CharField(max_length=40, blank=True)  # of the fault, or the kind of failure on the wire
    milliseconds = models.PositiveIntegerField()
    metered = models.BooleanField(default=False)
    trace_id = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=50, blank=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "trace_id"], condition=~Q(trace_id=""), name="call_by_trace"),
            models.Index(fields=["organization", "request_id"], condition=~Q(request_id=""), name="call_by_request"),
        ]


class Taken(models.Model):
    """One record that was news to a run. Of very many the first of each kind; `Run.came` counts them all."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="taken", db_index=False)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)  # its name or number then
    deleted = models.BooleanField(default=False)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "entity", "remote_id"], name="taken_once_a_run")
        ]
        indexes = [models.Index(fields=["run"], name="taken_of_run")]


class UndoState(models.TextChoices):
    ASKED = "asked", "On its way"
    DONE = "done", "Voided in QuickBooks"
    DECLINED = "declined", "Not undone"


class Undo(models.Model):
    """A person wants this invoice, which a run created in QuickBooks, voided there. The latest wish of each counts."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=UndoState, default=UndoState.ASKED)
    reason = models.TextField(blank=True)  # in words, why it was not undone
    settled_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")


class CallCount(models.Model):
    """Calls of one organization on one day. Reads are metered for the whole installation (R25)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    day = models.DateField()
    reads = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "day"], name="one_count_per_day")]

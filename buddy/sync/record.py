"""What is kept of a run beside its counts: each call, each record that came in, and what a person had undone.

Calls and records live as long as their run; what was sent (`Sending`) is kept for good.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.invoices import Invoice
from buddy.hub.team import Organization, User


class CallMade(models.Model):
    """One call to Intuit that a run made: no bodies, no tokens."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey("sync.Run", on_delete=models.CASCADE, related_name="calls_made")
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
    run = models.ForeignKey("sync.Run", on_delete=models.CASCADE, related_name="taken", db_index=False)
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

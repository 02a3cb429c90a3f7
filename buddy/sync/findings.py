"""What comparing the books found: each audit, and each record that was not the same on both sides.

Kept for a year and more, so that one can see when the books last matched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.team import Organization, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class AuditOutcome(models.TextChoices):
    WAITING = "waiting", "About to begin"
    RUNNING = "running", "Comparing"
    MATCHES = "matches", "Matches to the cent"
    DIFFERS = "differs", "Differences"
    STOPPED = "stopped", "Not finished"


class Audit(models.Model):
    """One comparison of both sides, value by value: when, of how much, what it found, and what it cost."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    nightly = models.BooleanField(default=True)  # else somebody asked for it
    whole = models.BooleanField(default=False)  # every record, else what is open and what changed
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    since = models.DateTimeField()  # what changed there since then is compared
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=AuditOutcome, default=AuditOutcome.WAITING)
    reason = models.TextField(blank=True)  # in words, why it did not come to its end
    reads = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)  # by entity that is done: counts, sums, and what explains them
    progress = models.JSONField(default=dict)  # {"Invoice": [done, total]} of the entity under way

    objects = ScopedManager(organization="organization")
    lines: RelatedManager[AuditLine]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], condition=Q(finished_at=None), name="one_audit_at_a_time")
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="audit_recent")]


class Verdict(models.TextChoices):
    DIFFERENCE = "difference", "Different"
    TAKEN = "taken", "Missed, and taken now"


class Fix(models.TextChoices):
    """What puts a difference right by itself."""

    NONE = "", "Look in both"
    READ = "read", "Read again"
    SEND = "send", "Send again"


class AuditLine(models.Model):
    """One record that was found different, in words, with both values of each field, until both are equal again."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="lines")
    verdict = models.CharField(max_length=10, choices=Verdict)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=500)
    said = models.TextField()  # what is different, and what it means
    facts = models.JSONField(default=list)  # [{"label": "Balance", "ours": "50.00", "theirs": "30.00"}, …]
    fix = models.CharField(max_length=4, choices=Fix, default=Fix.NONE, blank=True)
    asked_at = models.DateTimeField(null=True)  # somebody pressed the fix, and it is being looked at
    settled_at = models.DateTimeField(null=True)  # found equal since

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "audit", "entity", "remote_id"],
                condition=~Q(remote_id=""),
                name="one_line_per_record",
            ),
            models.UniqueConstraint(
                fields=["organization", "audit", "kind", "object_id"],
                condition=Q(remote_id=""),
                name="one_line_per_object",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "id"], condition=Q(asked_at__isnull=False), name="line_being_fixed")
        ]

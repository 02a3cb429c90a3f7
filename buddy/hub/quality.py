"""Reviews: what only a person can settle. The Data quality page shows them, most money first."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.team import Organization, User


class ReviewKind(models.TextChoices):
    MATCH = "match", "Match?"
    DUPLICATE = "duplicate", "Possible duplicate"
    CONFLICT = "conflict", "Conflict"
    DIFFERENCE = "difference", "Different values"  # a first link has no base: both sides differ (R7)
    PROBLEM = "problem", "Sync problem"


class ReviewStatus(models.TextChoices):
    PENDING = "pending", "To do"
    SETTLED = "settled", "Settled"
    DISMISSED = "dismissed", "Dismissed"
    OVERTAKEN = "overtaken", "No longer needed"  # the reason went away by itself


class Review(models.Model):
    """One question. `key` names its subject, so that the same question is asked once; `data` is what the card shows."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=ReviewKind)
    key = models.CharField(max_length=80)  # "match:Customer:58"
    entity = models.CharField(max_length=20)  # "customer", "product", "invoice"
    object_id = models.BigIntegerField(null=True)  # ours, when there is one
    their_id = models.CharField(max_length=40, blank=True)  # the books' id, when there is one
    title = models.CharField(max_length=500)
    money = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    blocking = models.PositiveIntegerField(default=0)  # how many orders or invoices wait for the answer
    data = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=ReviewStatus, default=ReviewStatus.PENDING)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    decision = models.JSONField(default=dict)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "key"], condition=Q(status="pending"), name="one_open_review_per_question"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "status", "-blocking", "-money", "id"], name="review_queue"),
            models.Index(fields=["organization", "key"], name="review_by_key"),
        ]

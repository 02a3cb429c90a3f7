"""Questions answered many at a time, because one reason holds for all of them: how far that is, and what was done."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.quality import ReviewKind
from buddy.hub.team import Organization, User


class Acceptance(models.Model):
    """A person said: for all of these it holds. `last_id` names the newest question that was there then; `after` is the
    last one looked at; `items` what came of them, each [review, customer or merge], for taking it back."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=ReviewKind)
    ground = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    last_id = models.BigIntegerField()
    after = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField()
    refused = models.PositiveIntegerField(default=0)  # those that could not be answered so, and wait still
    items = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)
    undo_asked_at = models.DateTimeField(null=True)
    kept = models.PositiveIntegerField(default=0)  # of those to be taken back, what could not be
    undone = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True)

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(
                fields=["organization"],
                name="acceptances_under_way",
                condition=Q(finished_at=None) | Q(undo_asked_at__isnull=False, undone_at=None),
            )
        ]

    @property
    def done(self) -> int:
        return len(self.items)

    @property
    def under_way(self) -> bool:
        return self.finished_at is None or (self.undo_asked_at is not None and self.undone_at is None)

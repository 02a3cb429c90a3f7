"""Who did what, when: people, imports and the books alike, with the value before and after (R29)."""

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.team import Organization, User


class Source(models.TextChoices):
    PERSON = "person", "Person"
    BOOKS = "books", "The books"
    BUDDY = "buddy", "Buddy"


class Activity(models.Model):
    """One thing that happened to one object, or to many at once (`members`, as ranges of ids)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    event = models.CharField(max_length=60)  # "customer.updated"
    kind = models.CharField(max_length=20)  # "customer"
    object_id = models.BigIntegerField(null=True)  # null: see members
    members = models.JSONField(default=list)  # [[first id, last id], …]: what one run created
    count = models.PositiveIntegerField(default=1)
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    note = models.TextField(blank=True)
    run = models.BigIntegerField(null=True)  # the sync run that did it

    objects = ScopedManager(organization="organization")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at"], name="activity_recent"),
            models.Index(fields=["organization", "kind", "object_id", "-at"], name="activity_of_object"),
        ]

"""The plan of a first sync, row by row: what would become of each customer of either side."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from buddy.hub.customers import Customer
from buddy.hub.team import Organization, User


class Act(models.TextChoices):
    """What a plan has in mind for a customer of one side or the other."""

    LINK = "link", "Link"
    CREATE_HERE = "create_here", "Create in Buddy"
    CREATE_THERE = "create_there", "Create in QuickBooks"
    LEAVE = "leave", "Leave in Buddy only"
    SKIP = "skip", "Skip"
    ASK = "ask", "Ask me later"


class PlanRow(models.Model):
    """One line of the plan: a QuickBooks customer (`remote_id`) and who it is here, or a customer of Buddy alone.

    `seen_there` with `token_there`, and `seen_here`, tell of the records as they were compared (QuickBooks' times have
    whole seconds, and a balance moves no token, api 4.2): a row whose record has moved on is planned again, and is not
    approved any more.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    remote_id = models.CharField(max_length=40, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    act = models.CharField(max_length=12, choices=Act)
    rule = models.CharField(max_length=60, blank=True)  # of a link: by what it is certain
    why = models.JSONField(default=list)  # [[verdict, words], …]
    candidates = models.JSONField(default=list)  # [[customer id, name], …]
    changes = models.JSONField(default=dict)  # {"here": {field: [before, after]}, "there": …, "differ": …}
    fields = models.PositiveIntegerField(default=0)  # how many values a link would write
    money = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    their_name = models.CharField(max_length=500, blank=True)
    our_name = models.CharField(max_length=500, blank=True)
    seen_there = models.DateTimeField(null=True)
    token_there = models.CharField(max_length=12, blank=True)
    seen_here = models.DateTimeField(null=True)
    chosen_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    approved = models.BooleanField(default=False)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "remote_id"], condition=~Q(remote_id=""), name="one_plan_per_record"
            ),
            models.UniqueConstraint(
                fields=["organization", "customer"], condition=Q(customer__isnull=False), name="one_plan_per_customer"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-money", "-id"], name="plan_by_money"),
            models.Index(fields=["organization", "act", "-money", "-id"], name="plan_of_act"),
        ]

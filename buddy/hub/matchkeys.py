"""The indexed keys of every customer, for finding one among 100,000 without reading them all."""

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from buddy.hub.team import Organization


class MatchKey(models.Model):
    """One key of one customer: an e-mail address, or an exact company name, as `matching` normalises them."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    customer = models.ForeignKey("hub.Customer", on_delete=models.CASCADE, related_name="match_keys")
    kind = models.CharField(
        max_length=5, choices=[("email", "E-mail"), ("name", "Company name"), ("block", "Candidate")]
    )
    value = models.CharField(max_length=200)

    objects = ScopedManager(organization="organization")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "value", "customer"], name="one_key_each")
        ]

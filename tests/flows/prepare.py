"""`python -m tests.flows.prepare`: another organization in a running installation, as its verbs make it.

Read from standard input as JSON: `name`, `person`, `email`, `password`, and `customers` and `products` by field.
"""

import json
import sys
from typing import Any

import django


def prepare(asked: dict[str, Any]) -> None:
    from django.db import transaction
    from django_scopes import scope

    from buddy.hub import customers, members, products
    from buddy.hub.team import Organization, Role

    with transaction.atomic():
        organization = Organization.objects.create(name=asked["name"], price_decimals=4)
        with scope(organization=organization):
            admin = members.add(
                organization,
                name=asked["person"],
                email=asked["email"],
                password=asked["password"],
                role=Role.ADMIN,
                by=None,
            ).user
            for values in asked["customers"]:
                customers.create(organization, values, by=admin)
            for values in asked["products"]:
                products.create(organization, values, by=admin)


if __name__ == "__main__":
    django.setup()
    prepare(json.load(sys.stdin))

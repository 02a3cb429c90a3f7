"""The usual way to bring customers over: python-quickbooks for the API, `update_or_create` for each row."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from bench.parts import REALM, measured, set_up

PAGE = 1000


def model() -> Any:
    """A table as one usually has it: the fields, and QuickBooks' id beside them. Half of what Buddy writes."""
    from django.db import models

    class UsualCustomer(models.Model):
        qbo_id = models.CharField(max_length=40, unique=True)
        sync_token = models.CharField(max_length=12)
        display_name = models.CharField(max_length=500)
        company_name = models.CharField(max_length=100)
        given_name = models.CharField(max_length=100)
        family_name = models.CharField(max_length=100)
        email = models.CharField(max_length=100)
        phone = models.CharField(max_length=30)
        billing_address = models.JSONField()
        taxable = models.BooleanField()
        active = models.BooleanField()
        balance = models.DecimalField(max_digits=15, decimal_places=2)

        class Meta:
            app_label = "bench"

    return UsualCustomer


def save(table: Any, customer: Any) -> None:
    address = customer.BillAddr
    table.objects.update_or_create(
        qbo_id=customer.Id,
        defaults={
            "sync_token": customer.SyncToken,
            "display_name": customer.DisplayName,
            "company_name": customer.CompanyName,
            "given_name": customer.GivenName,
            "family_name": customer.FamilyName,
            "email": customer.PrimaryEmailAddr.Address if customer.PrimaryEmailAddr else "",
            "phone": customer.PrimaryPhone.FreeFormNumber if customer.PrimaryPhone else "",
            "billing_address": {"line1": address.Line1, "city": address.City, "code": address.PostalCode},
            "taxable": customer.Taxable,
            "active": customer.Active,
            "balance": customer.Balance,
        },
    )


def main() -> None:
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the books are served on this machine, without TLS
    set_up()
    from django.conf import settings
    from django.db import connection
    from quickbooks import QuickBooks
    from quickbooks.objects.customer import Customer

    table = model()
    with connection.schema_editor() as editor:
        editor.create_model(table)
    tokens = {"client_id": "bench", "environment": "production", "access_token": "token", "refresh_token": "refresh"}
    QuickBooks.api_url_v3 = f"{settings.QUICKBOOKS_API_URL}/v3"
    client = QuickBooks(auth_client=SimpleNamespace(**tokens), company_id=REALM, minorversion=75, use_decimal=True)
    with measured() as figures:
        start, found = 1, [None] * PAGE
        while len(found) == PAGE:
            found = Customer.all(order_by="Id", start_position=str(start), max_results=PAGE, qb=client)
            for customer in found:
                save(table, customer)
            start += PAGE
    figures.more["records"] = table.objects.count()
    figures.tell()


if __name__ == "__main__":
    main()

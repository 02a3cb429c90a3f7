"""Invoice numbers of our own, for books that leave numbering to us (R17): a prefix and a count, never reused."""

from __future__ import annotations

from django.db.models import F

from buddy.hub.errors import Refused
from buddy.hub.invoices.tables import Invoice
from buddy.hub.team import Organization

LENGTH = 21


def allocate(organization: Organization, count: int) -> list[str]:
    """The next numbers, in order. In the caller's transaction, so that a refusal gives them back."""
    if not count:
        return []
    Organization.objects.filter(pk=organization.pk).update(last_invoice_number=F("last_invoice_number") + count)
    last = Organization.objects.values_list("last_invoice_number", flat=True).get(pk=organization.pk)
    numbers = [f"{organization.invoice_prefix}{number}" for number in range(last - count + 1, last + 1)]
    if len(numbers[-1]) > LENGTH:
        raise Refused(
            f"The invoice number {numbers[-1]} is longer than {LENGTH} characters. "
            "Shorten the prefix under Settings, Organization."
        )
    return numbers


def next_number(organization: Organization, invoice_id: int) -> str:
    """Give this invoice the next number: the one it had is another document's."""
    number = allocate(organization, 1)[0]
    Invoice.objects.filter(organization=organization, pk=invoice_id).update(number=number)
    return number


def continue_numbers(organization: Organization) -> None:
    """Count on from the highest number there is with our prefix, so that the next is new."""
    prefix = organization.invoice_prefix
    numbers = Invoice.objects.filter(organization=organization, number__startswith=prefix)
    counts = (text[len(prefix) :] for text in numbers.values_list("number", flat=True).iterator())
    highest = max((int(text) for text in counts if text.isdecimal() and len(text) < 16), default=0)
    Organization.objects.filter(pk=organization.pk, last_invoice_number__lt=highest).update(last_invoice_number=highest)

"""The business's own facts and its preferences, one group at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone

from buddy.hub import activity, checks, logos
from buddy.hub.checks import Check, Unfit
from buddy.hub.errors import Invalid
from buddy.hub.team import AutoInvoice, BothChanged, ClosedBooks, Organization, User
from buddy.hub.tiers import Tier

READABLE = 4.5  # the contrast of text that everybody can read (WCAG 2.2, 1.4.3)


def website(value: Any) -> str:
    """An address of the web, or nothing; `https://` may be left out."""
    text = str(value or "").strip()
    if not text:
        return ""
    whole = text if "://" in text else f"https://{text}"
    try:
        URLValidator(["http", "https"])(whole)
    except ValidationError:
        raise Unfit("This is not an address of a website. Enter one such as larkspur.example.") from None
    return whole


def color(value: Any) -> str:
    """A color such as "#1f4e79", or nothing: dark enough that white on it, and it on white, can be read."""
    text = str(value or "").strip().lower()
    if not text:
        return ""
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise Unfit("Enter a color as # and six digits from 0 to f, such as #1f4e79.")
    contrast = contrast_to_white(text)
    if contrast < READABLE:
        raise Unfit(f"White on it is hard to read (contrast {contrast:.1f} of {READABLE}). Choose a darker one.")
    return text


def contrast_to_white(text: str) -> float:
    """From 1 (white) to 21 (black), as WCAG 2.2 defines it."""
    red, green, blue = (_linear(int(text[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _optional_email(value: Any) -> str:
    return checks.email(value) if str(value or "").strip() else ""


FACTS: dict[str, Check] = {
    "name": checks.line(200, required="Enter the name of your business."),
    "legal_name": checks.line(200),
    "tax_id": checks.line(40),
    "industry": checks.line(100),
    "address": checks.postal_address,
    "phone": checks.line(40),
    "email": _optional_email,
    "website": website,
    "currency": checks.currency,
    "country": checks.line(2, required="Choose a country."),
    "time_zone": checks.time_zone,
    "brand_color": color,
    "accent_color": color,
    "order_prefix": checks.line(10),
    "invoice_prefix": checks.line(10),
    "last_order_number": checks.whole(0, 999_999_999),
    "last_invoice_number": checks.whole(0, 999_999_999),
    "default_unit": checks.line(20),
    "requires_phone": checks.flag,
    "requires_address": checks.flag,
    "requires_po": checks.flag,
    "auto_invoice": checks.choice(AutoInvoice),
    "price_decimals": checks.whole(2, 4),
    "name_alone_links": checks.flag,
    "both_changed": checks.choice(BothChanged),
    "closed_books": checks.choice(ClosedBooks),
    "requires_two_step": checks.flag,
}


@transaction.atomic
def change(
    organization: Organization, values: Mapping[str, Any], *, by: User | None, now: datetime | None = None
) -> Organization:
    """Set these facts; the others stay. Numbers only rise, so that none is given twice."""
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update())
    facts = {**FACTS, "default_tier": checks.row_of(Tier, organization)}
    new = checks.new_ones(organization, values, facts)
    for field in {"last_order_number", "last_invoice_number"} & set(new):
        if new[field] < getattr(organization, field):
            raise Invalid({field: f"Numbers up to {getattr(organization, field)} may be in use. Enter a higher one."})
    if new:
        _write(organization, new, by=by, now=now or timezone.now())
    return organization


@transaction.atomic
def set_logo(organization: Organization, picture: bytes, *, by: User | None, now: datetime | None = None) -> None:
    """Have this picture on documents and pages. Invalid, in words, when it cannot be used."""
    made = logos.prepare(picture)
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update())
    was, name = organization.logo, logos.keep(organization, made)
    if name != was:
        _write(organization, {"logo": name}, by=by, now=now or timezone.now())
        transaction.on_commit(lambda: logos.forget(was))


@transaction.atomic
def remove_logo(organization: Organization, *, by: User | None, now: datetime | None = None) -> None:
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update())
    was = organization.logo
    if was:
        _write(organization, {"logo": ""}, by=by, now=now or timezone.now())
        transaction.on_commit(lambda: logos.forget(was))


def _write(organization: Organization, new: Mapping[str, Any], *, by: User | None, now: datetime) -> None:
    changes = activity.differences(organization, new)
    for field, value in new.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(new))
    activity.record(
        organization,
        event="organization.updated",
        kind="organization",
        object_id=organization.pk,
        changes=changes,
        by=by,
        now=now,
    )

"""A file of customers as the worker imports it, or row by row with Django's ORM, on a database of this process.

`--here N` customers stand there before. Tells when they do, and then how long each step took. `--usual` is the other
way: `csv`, `update_or_create` for each row, one transaction.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.parts import Figures, measured, set_up

if TYPE_CHECKING:
    from buddy.hub.team import Membership

HEADINGS = ["Customer", "E-mail", "Phone", "Street", "City", "State", "ZIP", "Country", "Notes"]
CITIES = ("Oakland", "Portland", "Austin", "Madison", "Salem", "Ithaca", "Tacoma", "Reno")
WORDS = ("Heron", "Albion", "Juniper", "Cedar", "Harbor", "Saffron", "Maple", "Quince", "Thistle", "Walnut", "Orchard")
TRADES = ("Market", "Deli", "Bistro", "Kitchen", "Provisions", "Bakery", "Grocers", "Tavern", "Catering", "Larder")


def customer(number: int) -> list[str]:
    """A row of the file: every customer has a name, address, phone and mailbox of its own."""
    one, two, trade = (kind[number // step % len(kind)] for kind, step in ((WORDS, 1), (WORDS, 11), (TRADES, 121)))
    street = f"{number % 9000 + 1} {WORDS[number // 7 % len(WORDS)]} Street"
    city = CITIES[number % len(CITIES)]
    mail = f"office{number}@{one.lower()}{number}.example"
    name = f"{one} {two} {trade} {number}"
    phone = f"415-{number // 10_000:03d}-{number % 10_000:04d}"
    return [name, mail, phone, street, city, "CA", f"{90_000 + number % 9000}", "US", f"Route {number % 12}"]


def write(path: Path, rows: int, here: int) -> None:
    """A third of `here` comes again as it is, a third with another phone; the rest of the file is new."""
    again = here * 2 // 3
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(again):
            row = customer(number)
            writer.writerow(row if number % 2 else [*row[:2], f"510-{number:07d}", *row[3:]])
        writer.writerows(customer(number) for number in range(here, here + rows - again))


def fill(member: Membership, here: int) -> None:
    from django.db import transaction
    from django.utils import timezone

    from buddy.hub import intake, matchkeys
    from buddy.hub.address import Address
    from buddy.hub.customers import Customer

    now, organization = timezone.now(), member.organization
    for begin in range(0, here, 500):
        rows = []
        for number in range(begin, min(here, begin + 500)):
            name, email, phone, street, city, region, code, country, notes = customer(number)
            where = {"line1": street, "city": city, "region": region, "postal_code": code, "country": country}
            rows.append({
                "display_name": name, "email": email, "phone": phone, "billing_address": where, "notes": notes,
                **dict.fromkeys(("company_name", "given_name", "family_name", "alternate_phone", "mobile", "fax",
                                 "resale_number"), ""),
                "terms_id": None, "parent_id": None, "taxable": True, "active": True, "currency": "USD", "balance": 0,
            })  # fmt: skip
        with transaction.atomic():
            ids = intake.create(Customer, organization, rows, run=None, now=now)
            parties = [
                Customer(
                    pk=pk, display_name=row["display_name"], email=row["email"], phone=row["phone"],
                    billing_address=Address.of(row["billing_address"]), currency="USD",
                )
                for pk, row in zip(ids, rows, strict=True)
            ]  # fmt: skip
            keys = [(each.pk, key) for each in parties for key in matchkeys.party(each).keys]
            intake.add_match_keys(organization, keys)


def through(member: Membership, file: Path) -> Figures:
    """Every step as the worker takes it; each is timed."""
    from django.utils import timezone

    from buddy.hub import imports

    def work() -> float:
        began = time.perf_counter()
        imports.work(member.organization, sent=lambda _kind, _ids: set())
        batch.refresh_from_db()
        return round(time.perf_counter() - began, 1)

    steps: dict[str, Any] = {}
    size = file.stat().st_size
    with measured() as figures:
        batch = imports.begin(
            member.organization, "customers", file_name=file.name, stored_as=imports.take_in(file), size=size,
            by=member.user, now=timezone.now(),
        )  # fmt: skip
        steps["read"] = work()
        imports.agree(batch, mapping=batch.mapping, formats={}, blanks_clear=False)
        steps["plan"] = work()
        steps["asked about"] = imports.create_all(batch) if batch.counts.get("ask") else 0
        imports.apply(batch, by=member.user, now=timezone.now())
        steps["apply"] = work()
    steps["results"] = batch.results
    imports.undo(batch, by=member.user, now=timezone.now())
    steps["undo"] = work()
    steps["undone"] = batch.results
    figures.more = steps
    return figures


def usual(member: Membership, file: Path) -> Figures:
    """Row by row, without a preview, without looking for likely duplicates, without history, without undo."""
    from django.db import transaction
    from django.utils import timezone

    from buddy.hub.address import Address
    from buddy.hub.customers import Customer, sort_key

    now = timezone.now()
    with measured() as figures, file.open(newline="", encoding="utf-8") as lines, transaction.atomic():
        for row in csv.DictReader(lines):
            where = Address(line1=row["Street"], city=row["City"], region=row["State"], postal_code=row["ZIP"],
                            country=row["Country"])  # fmt: skip
            values = {"email": row["E-mail"], "phone": row["Phone"], "billing_address": where, "notes": row["Notes"],
                      "sort_name": sort_key(row["Customer"]), "updated_at": now}  # fmt: skip
            Customer.objects.update_or_create(
                organization=member.organization, sort_name=values["sort_name"], display_name=row["Customer"],
                active=True, defaults=values, create_defaults={**values, "created_at": now},
            )  # fmt: skip
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--here", type=int, required=True)
    parser.add_argument("--usual", action="store_true")
    asked = parser.parse_args()
    set_up()
    from django.conf import settings
    from django.core.management import call_command
    from django_scopes import scope

    from buddy.hub import members

    call_command("migrate", verbosity=0)
    member = members.set_up(
        organization_name="Larkspur Fine Foods", name="June", email="june@larkspur.example", password="bench-bench"
    )
    file = settings.BUDDY_DATA / "customers.csv"
    write(file, asked.rows, asked.here)
    with scope(organization=member.organization):
        fill(member, asked.here)
        print("ready", flush=True)
        figures = usual(member, file) if asked.usual else through(member, file)
    figures.tell()


if __name__ == "__main__":
    sys.exit(main())

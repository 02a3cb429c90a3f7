"""`manage.py sync_now`: one run of one organization, or of all connected ones, in this process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django_scopes import scopes_disabled

from buddy.hub.outbox import Bell, Ring
from buddy.sync import engine
from buddy.sync.models import Connection, ConnectionState


class Command(BaseCommand):
    help = "Sync once, now. Tells the outcome of each run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", type=int, help="its number; without it, every connected one")

    def handle(self, *_args: Any, organization: int | None, **_options: Any) -> None:
        with scopes_disabled():
            rows = Connection.objects.filter(state=ConnectionState.CONNECTED)
            rows = rows.filter(organization=organization) if organization else rows
            ids = list(rows.values_list("organization_id", flat=True))
            for pk in ids:
                due = {"due_at": timezone.now(), "ring": Ring.BUTTON, "rung_by": None}
                Bell.objects.update_or_create(organization_id=pk, defaults=due)
        for pk in ids:
            outcome = engine.run(pk)
            self.stdout.write(f"organization {pk}: {outcome.label if outcome else 'another worker has it'}")
        if not ids:
            self.stdout.write("No organization is connected.")

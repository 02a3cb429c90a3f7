"""`manage.py worker`: keeps every connected organization in step, until it is stopped."""

import gc
from typing import Any

from django.core.management.base import BaseCommand

from buddy import jobs
from buddy.sync import engine


class Command(BaseCommand):
    help = "Keep every connected organization in step with QuickBooks. Run any number on PostgreSQL; one on SQLite."

    def handle(self, *_args: Any, **_options: Any) -> None:
        gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
        jobs.serve(engine.run, engine.due)

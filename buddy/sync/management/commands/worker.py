"""`manage.py worker`: keeps every connected organization in step, until it is stopped."""

import gc
import sys
from typing import Any

from django.core.management.base import BaseCommand

from buddy import jobs
from buddy.sync import engine


def spare_the_collector() -> None:
    """What is loaded by now stays, and records hold no circles: neither need be looked through again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    sys.setswitchinterval(0.001)


class Command(BaseCommand):
    help = "Keep every connected organization in step with QuickBooks. Run any number on PostgreSQL; one on SQLite."

    def handle(self, *_args: Any, **_options: Any) -> None:
        spare_the_collector()
        jobs.serve(engine.run, engine.due)

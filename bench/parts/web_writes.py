"""How long the web waits while a first sync runs (R28): small transactions, twenty a second, until stdin closes."""

from __future__ import annotations

import random
import sys
from threading import Event, Thread
from time import perf_counter

from bench.parts import Figures, set_up

PAUSE = 0.05  # seconds between two of them, on average


def main() -> None:
    set_up()
    from django.db import transaction
    from django_scopes import scopes_disabled

    from buddy.hub.team import Organization, User

    over = Event()
    Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    waits = []
    with scopes_disabled():
        while not over.wait(random.uniform(0, 2 * PAUSE)):
            began = perf_counter()
            with transaction.atomic():  # what a small form does: read a row, write a row
                user = User.objects.get()
                Organization.objects.update(name=f"{user.name} {len(waits)}")
            waits.append((perf_counter() - began) * 1000)
    waits.sort()
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    more = {name: round(waits[min(int(len(waits) * share), len(waits) - 1)], 1) for name, share in shares.items()}
    Figures(more={"writes": len(waits), **more}).tell()


if __name__ == "__main__":
    main()

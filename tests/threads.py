"""Several people at the same moment: real threads, each with a database connection of its own."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import connection
from django_scopes import scope

from buddy.hub.team import Organization


def at_once(*calls: Callable[[], Any], organization: Organization | None = None) -> list[Any]:
    """What each call returned, or what it was refused with, after all started together."""
    start = threading.Barrier(len(calls), timeout=20)
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            with scope(organization=organization) if organization else nullcontext():
                start.wait()
                outcomes[place] = calls[place]()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes

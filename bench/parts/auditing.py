"""The comparison of the books as the worker runs it, on a database that was synced in a process before.

`--first` brings everything over and ends. Else one audit, whole or not, in a process of its own, so that its memory is
its own. The figures tell what it found.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from bench.parts import Figures, measured, set_up

if TYPE_CHECKING:
    from buddy.hub.team import Organization

REALM = "9341450000000001"  # of the simulator's first company
AHEAD = timedelta(hours=3)


def connect(token: str) -> None:
    """An organization connected to the simulator's company; nothing synced."""
    from django.core.management import call_command
    from django_scopes import scopes_disabled

    from bench.parts import syncing
    from buddy.sync.models import Connection

    call_command("migrate", verbosity=0)
    syncing.connected()
    with scopes_disabled():
        Connection.objects.update(realm=REALM, access_token=token)


def run(organization: Organization) -> str:
    """One run of the engine, due at once."""
    from django_scopes import scope

    from buddy.hub import outbox
    from buddy.sync import engine

    with scope(organization=organization):
        outbox.ring(organization)
    return str(engine.run(organization.pk))


def compare(organization: Organization, *, whole: bool) -> Figures:
    """One audit; what it found, in numbers."""
    from django.utils import timezone
    from django_scopes import scope

    from buddy.sync import audit
    from buddy.sync.models import Audit

    with scope(organization=organization):
        # The simulator's clock is hours ahead, so that its books are history: what changed since is told by that clock.
        Audit.objects.update(started_at=timezone.now() + AHEAD)
        expected = audit.cost(organization, whole=whole)
        asked = audit.ask(organization, whole=whole, by=None)
        with measured() as figures:
            run(organization)
        found = Audit.objects.get(pk=asked.pk)
        counts = {entity: each["compared"] for entity, each in found.figures.items()}
        lines = dict.fromkeys(("difference", "taken"), 0)
        for verdict in found.lines.values_list("verdict", flat=True):
            lines[verdict] += 1
    figures.more = {
        "outcome": found.outcome,
        "reason": found.reason,
        "expected": expected,
        "reads": found.reads,
        "compared": counts,
        **lines,
    }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", metavar="TOKEN", default="")
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    set_up()
    from buddy.hub.team import Organization

    if asked.first:
        connect(asked.first)
    organization = Organization.objects.get()
    if asked.first:
        with measured() as figures:
            figures.more["outcome"] = run(organization)
    else:
        figures = compare(organization, whole=asked.whole)
    figures.tell()


if __name__ == "__main__":
    main()

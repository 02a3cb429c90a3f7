"""The long campaign of the property test of the sync (tests/edits/): edits on both sides, under every trouble.

Each sequence is an organization and a company of its own. People edit customers and products on both sides, sell, pay,
void, answer questions, disconnect; replies are lost, workers killed, tokens revoked, clocks jump. Whenever all is quiet
each value ever written must be on both sides, or outdone by a later edit of its own side, or stand in a review.

`python -m bench.edits_hold [--sequences N] [--steps N] [--seed N] [--minutes N]`, or `make bench`. The same seed makes
the same sequences. There is nothing to set it beside: no other connector states what becomes of two edits.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from typing import Any

os.environ["BUDDY_DATA"] = tempfile.mkdtemp(prefix="buddy-edits-")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=100)
    parser.add_argument("--steps", type=int, default=40, help="at most, in one sequence")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0, help="go on with the next seeds for so long")
    asked = parser.parse_args()
    prepare()
    until, seed = time.monotonic() + asked.minutes * 60, asked.seed
    while True:
        violation = campaign(seed, sequences=asked.sequences, steps=asked.steps)
        tell(asked.seed, seed, violation)
        if violation or time.monotonic() >= until:
            return 1 if violation else 0
        seed += 1


def prepare() -> None:
    """Django on an empty database of this process."""
    import logging

    import django
    import stamina
    from django.core.management import call_command

    django.setup()
    logging.getLogger().setLevel(logging.CRITICAL)
    stamina.instrumentation.set_on_retry_hooks([])
    call_command("migrate", verbosity=0)


def campaign(seed: int, *, sequences: int, steps: int) -> str:
    """Run so many sequences; returns what was violated, with the shortest sequence that does it, or nothing."""
    from hypothesis import HealthCheck, settings
    from hypothesis import seed as seeded
    from hypothesis.stateful import run_state_machine_as_test

    from tests.edits.machine import TwoSides

    options: dict[str, Any] = {"max_examples": sequences, "stateful_step_count": steps, "deadline": None}
    try:
        run_state_machine_as_test(
            seeded(seed)(TwoSides),
            settings=settings(
                **options, database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
            ),
        )
    except AssertionError as error:
        return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    return ""


def tell(first: int, last: int, violation: str) -> None:
    from tests.edits.machine import counted

    figures = ", ".join(f"{counted[name]:,} {name}" for name in ("sequences", "steps", "runs", "kills", "faults"))
    print(f"Edits hold, seeds {first} to {last}: {figures}", flush=True)
    print(f"  {counted['values']:,} values, accounted for at {counted['quiets']:,} quiets", flush=True)
    print(violation or "  0 violations", flush=True)


if __name__ == "__main__":
    sys.exit(main())

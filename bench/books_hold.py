"""A long campaign of the property test of the simulator's books (tests/simulator/test_books_hold.py), with its figures.

Each sequence is a bookkeeper who tries random acts; after every act all identities of api 5.3 are compared. The short
run of the same machine stands in the test suite. Run `python -m bench.books_hold --sequences 2000`.
"""

import argparse
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.stateful import run_state_machine_as_test

from tests.simulator.test_books_hold import Bookkeeping

counted: Counter[str] = Counter()


class Counted(Bookkeeping):
    """The same machine; says how much it did."""

    def __init__(self) -> None:
        super().__init__()
        counted["sequences"] += 1

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        super().check_invariants(*args, **kwargs)
        counted["acts"] += 1
        documents = sum(len(self.company.all(entity)) for entity in ("Invoice", "CreditMemo", "Payment"))
        # Per document: its balance, its links, its token and time; per customer: balance, and balance with jobs.
        counted["identities"] += 3 * documents + 2 * len(self.company.all("Customer"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sequences", type=int, default=2000)
    options.add_argument("--acts", type=int, default=50, help="at most, in one sequence")
    asked = options.parse_args()
    run_state_machine_as_test(
        Counted,
        settings=settings(
            max_examples=asked.sequences,
            stateful_step_count=asked.acts,
            deadline=None,
            database=InMemoryExampleDatabase(),
            suppress_health_check=list(HealthCheck),
        ),
    )
    figures = ", ".join(f"{counted[name]:,} {name}" for name in ("sequences", "acts", "identities"))
    print(f"Books hold: {figures} checked, 0 violations")


if __name__ == "__main__":
    main()

"""A short run of the campaign (`bench/edits_hold.py` is the long one): whatever people and QuickBooks do, at quiet
every value that was written is on both sides, or was outdone by a later edit of its own side, or stands in a review."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.edits.machine import TwoSides


@pytest.mark.django_db(transaction=True)
def test_every_edit_arrives_is_outdone_by_its_own_side_or_is_asked_about() -> None:
    run_state_machine_as_test(
        TwoSides,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

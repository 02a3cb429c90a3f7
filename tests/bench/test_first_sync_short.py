"""The first-sync figure in small: that its counts hold. Times are for `make bench`, on a machine at rest."""

from datetime import date
from pathlib import Path

import pytest

from bench.first_sync import Measured, Size, full_pages, measure

SIZE = Size(customers=3000, invoices=3000, payments=3000)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return measure(SIZE, date(2026, 11, 24), Path(tmp_path_factory.mktemp("first-sync")))


def test_everything_arrives_as_it_stands_in_the_books(found: Measured) -> None:
    """`measure` compared every record; here only that there was something to compare."""
    assert found.syncing.more["outcome"] == "done"
    assert found.verified == {
        "customers": 2970,
        "invoices": 3000,
        "lines": 30_000,
        "payments": 3000,
        "paid": 2100,
        "partial": 200,
        "open": 470,
        "overdue": 200,
        "voided": 30,
    }


def test_a_first_sync_costs_one_call_a_page_and_few_beside(found: Measured) -> None:
    assert found.syncing.more["calls"] <= SIZE.calls_allowed


@pytest.mark.parametrize("entity", ["Customer", "Invoice", "Payment"])
def test_every_page_costs_the_same_statements(found: Measured, entity: str) -> None:
    second, third = full_pages(found.syncing, entity)
    assert second == third < 100

"""The figure of comparing the books in small: that its counts hold, with more than a page of everything."""

from pathlib import Path

import pytest

from bench.audit import PLANTED, Measured, measure, wrong

SIZE = 3000


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return measure(SIZE, Path(tmp_path_factory.mktemp("audit")))


def test_every_silent_change_is_found_and_nothing_else(found: Measured) -> None:
    assert wrong(found) == []
    assert found.planted.more["taken"] == 3 * PLANTED


def test_the_nightly_look_reads_less_than_everything(found: Measured) -> None:
    whole, nightly = found.whole.more, found.nightly.more
    assert whole["compared"]["Invoice"] == SIZE
    assert nightly["compared"]["Invoice"] == SIZE // 2  # every second one is paid
    assert nightly["reads"] <= nightly["expected"] < whole["reads"]

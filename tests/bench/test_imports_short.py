"""The figure of importing in small: that its counts hold, whatever the time."""

from pathlib import Path

from bench.imports import measure, wrong


def test_every_row_of_a_file_is_imported_once_and_undone_once(tmp_path: Path) -> None:
    found = measure(3000, 900, 300, tmp_path)
    assert wrong(found) == []
    assert found.web["writes"] > 0

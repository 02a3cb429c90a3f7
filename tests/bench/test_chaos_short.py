"""The campaign of `make chaos`, forty deaths long, on the store of the tests: nothing lost, doubled or overwritten."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
SEED = 4  # one with which no call of so short a storm meets a 429, whose pause takes a minute


@pytest.mark.stores
def test_forty_deaths_lose_nothing_and_double_nothing() -> None:
    store = "postgres" if connection.vendor == "postgresql" else "sqlite"
    options = {"--store": store, "--kills": "40", "--minutes": "0.2", "--companies": "8", "--seed": str(SEED)}
    command = [sys.executable, "-m", "bench.chaos", *(word for pair in options.items() for word in pair)]
    server = {"DATABASE_URL": os.environ.get("DATABASE_URL", "")}
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | server, capture_output=True, text=True, timeout=240, check=False
    )
    told = ended.stdout
    assert ended.returncode == 0, told + ended.stderr
    assert int(found(r"killed with SIGKILL (\d+)", told)) >= 40
    assert found(r"invoices wanted: (\d+)", told) == found(r"invoices linked: (\d+)", told)
    assert int(found(r"edits: (\d+)", told)) > 0


def found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    assert match, told
    return match[1]

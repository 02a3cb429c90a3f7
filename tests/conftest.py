"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from buddy.hub.team import Organization
from tests import makers as make

# Playwright's synchronous API keeps an event loop in the test's thread; Django would take that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # Chromium refuses its sandbox to root, which is who runs tests in a container
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever touches the database must hold on both stores, except pages, whose store does not matter."""
    for item in items:
        if item.get_closest_marker("django_db") and not item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.stores)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium where it is installed (or $CHROMIUM), else the browser Playwright brings."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    path = {"executable_path": chromium} if Path(chromium).exists() else {}
    return {**browser_type_launch_args, **path, "args": CHROMIUM_FLAGS}


@pytest.fixture
def postgres() -> None:
    """For tests of what only PostgreSQL does."""
    if connection.vendor != "postgresql":
        pytest.skip("only on PostgreSQL")


@pytest.fixture
def sqlite() -> None:
    """For tests of what only SQLite does."""
    if connection.vendor != "sqlite":
        pytest.skip("only on SQLite")


@pytest.fixture
def organization(db: None) -> Iterator[Organization]:
    """An organization whose scope is active for the whole test."""
    made = make.organization()
    with scope(organization=made):
        yield made

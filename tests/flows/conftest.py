"""Real processes and a real browser: an installation that several walks share, each with an organization of its own."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, expect

from tests.flows.books import Company
from tests.flows.person import Person
from tests.flows.processes import Stack, running

expect.set_options(timeout=30_000)  # what the worker does may take a while on a busy machine

_count = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.stores)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One installation for all walks that do not need it empty."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def company(stack: Stack) -> Iterator[Company]:
    """A QuickBooks company of this test's own, with empty books and a field for PO numbers."""
    made = stack.books.add_company(f"Larkspur Fine Foods {next(_count)} LLC")
    made.do("preferences", custom_field="P.O. Number")
    yield made
    stack.books.forget_faults()
    made.do("revoke")  # so that nobody keeps syncing it


type Prepare = Callable[..., Person]


@pytest.fixture
def prepare(stack: Stack, context: BrowserContext) -> Prepare:
    """`prepare(customers=…, products=…)`: an organization with these in it, and its admin (`email=`), signed in."""

    def make(*, email: str = "", **what: Any) -> Person:
        email = email or f"june{next(_count)}@larkspur.example"
        stack.prepare(email, **what)
        person = Person(context.new_page(), stack.url)
        person.sign_in(email)
        return person

    return make


@pytest.fixture(autouse=True)
def said(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser complains of: errors of scripts, and what the content security policy held back."""
    context.set_default_timeout(20_000)
    found: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"{message.page.url if message.page else ''}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: found.append(str(error.error)))
    yield found
    assert found == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """With a failed walk, what the processes wrote last."""
    report = yield
    started = item.funcargs.get("stack") if hasattr(item, "funcargs") else None
    if report.failed and isinstance(started, Stack):
        for program in (started.web, started.worker, started.quickbooks):
            report.sections.append((f"the {program.name} said", program.said(15)))
    return report

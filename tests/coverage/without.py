"""Take one product function away and see who notices: what stands in for it, and the pytest plugin that tries it.

The function's code is replaced, not its name, so that everybody who holds it, by import, in a table or as a method,
meets the stand-in.
"""

import inspect
import types
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from tests.coverage.claims import Claim, all_claims

# What may stand in for a function. Each uses nothing but its arguments: its code runs in another module.
STAND_INS: dict[str, Callable[..., Any]] = {}


def _called(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(stand_in: Callable[..., Any]) -> Callable[..., Any]:
        STAND_INS[name] = stand_in
        return stand_in

    return keep


@_called("an error")
def _error(*_: Any, **__: Any) -> Any:
    raise AssertionError("this function was taken away")


@_called("nothing")
def _nothing(*_: Any, **__: Any) -> Any:
    return None


@_called("true")
def _true(*_: Any, **__: Any) -> Any:
    return True


@_called("false")
def _false(*_: Any, **__: Any) -> Any:
    return False


@_called("0")
def _zero(*_: Any, **__: Any) -> Any:
    return 0


@_called("an empty text")
def _no_text(*_: Any, **__: Any) -> Any:
    return ""


@_called("the word all")
def _all(*_: Any, **__: Any) -> Any:
    return "all"


@_called("an empty list")
def _no_items(*_: Any, **__: Any) -> Any:
    return []


@_called("an empty mapping")
def _no_pairs(*_: Any, **__: Any) -> Any:
    return {}


@_called("its first argument")
def _the_first(*given: Any, **__: Any) -> Any:
    return given[0]


@_called("its last argument")
def _the_last(*given: Any, **__: Any) -> Any:
    return given[-1]


@_called("whether both are equal")
def _equal(*given: Any, **__: Any) -> Any:
    return given[0] == given[1]


def function(name: str) -> types.FunctionType:
    """The function "package.module:name" or "package.module:Class.name", beneath its decorators."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for step in path.split("."):
        found = inspect.getattr_static(found, step)
    found = getattr(found, "fget", None) or getattr(found, "func", None) or getattr(found, "__func__", found)
    found = inspect.unwrap(found)
    plain = isinstance(found, types.FunctionType) and not found.__closure__ and not inspect.isgeneratorfunction(found)
    if not plain:
        raise TypeError(f"{name} is no plain function, so nothing can stand in for it")
    return found


@contextmanager
def taken_away(name: str, instead: str) -> Iterator[None]:
    """While the block runs, `instead` stands in for the function."""
    target = function(name)
    code = target.__code__
    target.__code__ = STAND_INS[instead].__code__
    try:
        yield
    finally:
        target.__code__ = code


# --- The plugin: instead of the usual loop, every claim's tests as they are and then without its function ------------


def chosen(names: Sequence[str], store: str, share: str = "0/1") -> list[Claim]:
    """The claims to try on this database: those of these lines, or all; `share` is "which/of how many"."""
    which, _, of = share.partition("/")
    wanted = [each for each in all_claims() if each.without and each.store == store and (not names or each.of in names)]
    return wanted[int(which) :: int(of)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--of", default="", help="the lines whose claims are tried, separated by commas; all, if none")
    parser.addoption("--share", default="0/1", help="which part of them")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Failing is what is wanted here, so pytest's own telling of it is not."""
    session.config.pluginmanager.unregister(name="terminalreporter")


def pytest_runtestloop(session: pytest.Session) -> bool:
    names = [name for name in session.config.getoption("--of").split(",") if name]
    trial = Trial(session)
    for claim in chosen(names, connection.vendor, session.config.getoption("--share")):
        session.testsfailed += trial.try_claim(claim)
    return True


class Trial:
    """One session's tests, each as often as the claims need it."""

    def __init__(self, session: pytest.Session) -> None:
        self._items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            self._items[item.nodeid.partition("[")[0]].append(item)
        self._session = session
        self._capture: Any = session.config.pluginmanager.getplugin("capturemanager")
        self._as_they_are: dict[str, bool] = {}
        self._reports: list[pytest.TestReport] = []
        session.config.pluginmanager.register(self)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(report)

    def try_claim(self, claim: Claim) -> int:
        """Print the claim's row; how many of its tests prove nothing."""
        unsound = [test for test in claim.tests if not self._passes(test)]
        with taken_away(claim.without, claim.instead):
            unmoved = [test for test in claim.tests if not self._notices(test)]
        mark = "PASSES" if unmoved else "UNSOUND" if unsound else "fails"
        told = [f"{mark:<7} {claim.of:<3} {claim.says}", f"{'':11} without {claim.without} ({claim.instead})"]
        told += [f"{'':11} fails as it is, or does not run: {test}" for test in unsound]
        told += [f"{'':11} does not notice: {test}" for test in unmoved]
        with self._capture.global_and_fixture_disabled():
            print("\n".join(told), flush=True)
        return len({*unsound, *unmoved})

    def _passes(self, test: str) -> bool:
        """None of its cases fails, and not all are skipped."""
        if test not in self._as_they_are:
            ran = [set(self._run(item).values()) for item in self._items[test]]
            self._as_they_are[test] = {"passed"} in ran and not any("failed" in outcomes for outcomes in ran)
        return self._as_they_are[test]

    def _notices(self, test: str) -> bool:
        """At least one of its cases fails, and in the test's own body: a broken fixture proves nothing."""
        return any(self._run(item).get("call") == "failed" for item in self._items[test])

    def _run(self, item: pytest.Item) -> dict[str, str]:
        """The outcome of each phase. The session is named as what comes next, so that only its fixtures stay up."""
        self._reports.clear()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=self._session)
        return {report.when or "": report.outcome for report in self._reports}

"""The table of rules: what QuickBooks does, how sure that is, and which test holds the simulator to it.

One file per section (`section_4.toml`). A rule is named by its section and its place there: "4.2-3" is the third row or
bullet of section 4.2 of the reference the simulator is built to; letters ("4.5-a") are what stands there as prose.

    says        the rule, in our words
    confidence  where it is known from: REC, SDK, DOC, BLOG, ISS, UNC; empty for advice
    tests       which tests fail when the simulator breaks it, as node ids below tests/simulator
    beyond      beside tests: what of the rule is not simulated
    outside     or: why there is nothing to simulate
    missing     or: what the simulator does not do yet
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
CONFIDENCES = ("REC", "SDK", "DOC", "BLOG", "ISS", "UNC")
FIRM = ("REC", "SDK", "DOC")
_CITED = re.compile(r"(?<![\w.-])(?:10|[1-9])(?:\.\d{1,2}){0,2}-(?:\d{1,2}|[a-z])\b(?!-)")


@dataclass(frozen=True)
class Rule:
    """One rule. Exactly one of `tests`, `outside` and `missing` says what became of it."""

    id: str
    says: str
    confidence: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    beyond: str = ""
    outside: str = ""
    missing: str = ""

    @property
    def section(self) -> str:
        return self.id.rpartition("-")[0]

    @property
    def strongest(self) -> str:
        """What the rule counts under: the best evidence there is for it."""
        return next((each for each in CONFIDENCES if each in self.confidence), "")

    @cached_property
    def unmet(self) -> str:
        """What is not done yet: said so here, or by a test that is expected to fail."""
        return self.missing or next(filter(None, map(expected_failure, self.tests)), "")

    @property
    def state(self) -> str:
        """held, unmet, or outside."""
        return "outside" if self.outside else "unmet" if self.unmet else "held"


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of sections."""
    return tuple(
        Rule(
            id=id,
            says=told["says"],
            confidence=tuple(told.get("confidence", "").split()),
            tests=tuple(told.get("tests", ())),
            beyond=told.get("beyond", ""),
            outside=told.get("outside", ""),
            missing=told.get("missing", ""),
        )
        for file in _files()
        for id, told in file.items()
        if id != "titles"
    )


@cache
def titles() -> dict[str, str]:
    """The title of each section."""
    return {section: title for file in _files() for section, title in file["titles"].items()}


def _files() -> Iterator[dict]:
    numbered = sorted(HERE.glob("section_*.toml"), key=lambda path: int(path.stem.partition("_")[2]))
    for path in numbered:
        yield tomllib.loads(path.read_text(encoding="utf-8"))


def exists(test: str) -> bool:
    """Whether this names a test there is."""
    return test in _tests_of(test.partition("::")[0])


def expected_failure(test: str) -> str:
    """Why this test is expected to fail, empty when it has to pass."""
    function = _tests_of(test.partition("::")[0]).get(test)
    for decorator in getattr(function, "decorator_list", ()):
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("xfail"):
            return next(str(ast.literal_eval(each.value)) for each in decorator.keywords if each.arg == "reason")
    return ""


@cache
def citations() -> dict[str, frozenset[str]]:
    """{test: rules it cites in its decorators and docstring}, of the tests written for this table."""
    return {
        test: frozenset(_CITED.findall(_heading(function)))
        for path in sorted(HERE.glob("test_section_*.py"))
        for test, function in _tests_of(f"rules/{path.name}").items()
        if isinstance(function, ast.FunctionDef)
    }


def _heading(function: ast.FunctionDef) -> str:
    return "\n".join([*map(ast.unparse, function.decorator_list), ast.get_docstring(function) or ""])


@cache
def _tests_of(file: str) -> dict[str, ast.stmt]:
    """{node id: where it is defined}: functions, methods of test classes, and test classes made elsewhere."""
    path = TESTS / file
    if not path.is_file():
        return {}
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found[f"{file}::{node.name}"] = node
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found |= {
                f"{file}::{node.name}::{each.name}": each for each in node.body if isinstance(each, ast.FunctionDef)
            }
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[f"{file}::{node.targets[0].id}"] = node
    return found

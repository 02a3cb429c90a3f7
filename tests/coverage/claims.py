"""The claims: for each line of docs/rules.md, what holds, the tests that would fail otherwise, and what is to come."""

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLAIMS = Path(__file__).with_name("claims.toml")
RULES = ROOT / "docs" / "rules.md"

_HEADING = re.compile(r"^### ([MR]\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """One thing that holds (`says`, `tests`), or one that does not yet (`later`).

    `without` names the product function ("buddy.sync.threeway:merge") whose absence every one of the tests must
    notice; `instead` is what stands in for it (see `without.STAND_INS`). A claim that only separate processes can
    show has none. `store` is the database that can show it.
    """

    of: str
    says: str = ""
    tests: tuple[str, ...] = ()
    without: str = ""
    instead: str = "an error"
    store: str = "sqlite"
    later: str = ""


@cache
def lines() -> dict[str, str]:
    """The title of each mission line and rule, by its number, in the order of docs/rules.md."""
    return dict(_HEADING.findall(RULES.read_text(encoding="utf-8")))


@cache
def all_claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the lines."""
    found = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    return tuple(
        Claim(of=of, **{**claim, "tests": tuple(claim.get("tests", ()))})
        for of in sorted(found, key=_place)
        for claim in found[of]
    )


def _place(of: str) -> tuple[int, str]:
    known = list(lines())
    return (known.index(of), of) if of in known else (len(known), of)


def exists(test: str) -> bool:
    """Whether this node id names a test function there is."""
    path, _, name = test.partition("::")
    file = ROOT / path
    return file.is_file() and name in _functions(file)


@cache
def _functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )

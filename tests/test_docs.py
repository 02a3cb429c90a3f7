"""The pages of docs/: what is generated is current, what is cited is there, what is claimed has a test."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import field_mapping
from tests.coverage import claims, page, without
from tests.coverage.claims import ROOT, Claim, all_claims

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_TEST = re.compile(r"`(tests/\S+?::\w+)`")
_RULE = re.compile(r"\b(R\d{1,2})\b")
_SECTIONS = re.compile(r"\bapi ((?:\d+(?:\.\d+)*)(?:(?:, |–)\d+(?:\.\d+)*)*)")


def test_the_coverage_page_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "run make docs"


def test_the_field_mapping_page_is_current() -> None:
    assert field_mapping.PAGE.read_text(encoding="utf-8") == field_mapping.text(), "run make docs"


def test_every_line_of_the_mission_and_every_rule_is_claimed_or_said_to_come() -> None:
    assert {claim.of for claim in all_claims()} == set(claims.lines())


@pytest.mark.parametrize("claim", all_claims(), ids=lambda claim: f"{claim.of} {claim.says or claim.later}"[:70])
def test_a_claim_names_tests_and_a_function_that_are_there(claim: Claim) -> None:
    assert [test for test in claim.tests if not claims.exists(test)] == []
    assert bool(claim.says and claim.tests) != bool(claim.later)
    assert claim.instead in without.STAND_INS
    if claim.without:
        assert without.function(claim.without)


def test_the_mission_has_twenty_one_lines_and_the_sync_thirty_rules() -> None:
    assert list(claims.lines()) == [f"M{n}" for n in range(1, 22)] + [f"R{n}" for n in range(1, 31)]


def test_every_rule_and_every_section_that_is_cited_can_be_looked_up() -> None:
    api = (ROOT / "docs" / "quickbooks-api.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)*)\.? ", api, re.MULTILINE))
    unknown = [
        f"{where}: {rule}" for where, text in _sources() for rule in _RULE.findall(text) if rule not in claims.lines()
    ]
    for where, text in _sources():
        unknown += [f"{where}: api {each}" for each in _cited(text) if each not in sections]
    assert unknown == []


def test_every_link_between_the_pages_leads_somewhere() -> None:
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_test_a_page_names_is_there() -> None:
    named = {test for page in PAGES for test in _TEST.findall(page.read_text(encoding="utf-8"))}
    assert named
    assert [test for test in sorted(named) if not claims.exists(test)] == []


def test_every_weakness_of_other_connectors_has_its_test_and_every_such_test_its_weakness() -> None:
    listed = (ROOT / "docs" / "other-connectors.md").read_text(encoding="utf-8")
    cited = re.findall(r"\| `(tests/peers/\S+?::\w+)` \|", listed)
    written = [
        f"tests/peers/{file.name}::{name}"
        for file in sorted((ROOT / "tests" / "peers").glob("test_*.py"))
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(cited) == sorted(written)


def test_every_module_has_its_place_in_the_picture_of_the_tree() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {
        path.stem
        for room in ("hub", "quickbooks", "sync")
        for path in (ROOT / "buddy" / room).iterdir()
        if path.stem not in ("__init__", "__pycache__", "apps", "migrations")
    }
    assert [name for name in sorted(modules) if not re.search(rf"\b{name}\b", picture)] == []


def _sources() -> Iterator[tuple[str, str]]:
    """Everything of ours in which a rule or a section may be cited."""
    for folder in ("buddy", "simulator", "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if file != Path(__file__):
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


def _cited(text: str) -> Iterator[str]:
    """`api 9.2, 3200` cites section 9.2 (3200 is a code); of a range, both ends."""
    for found in _SECTIONS.findall(text):
        yield from (each for each in re.split(r", |–", found) if float(each.split(".")[0]) < 100)

"""The table of rules is whole, names tests there are, and its page is current."""

import re
from itertools import groupby

import pytest

from tests.simulator.rules import page
from tests.simulator.rules.table import CONFIDENCES, Rule, citations, exists, rules, titles


def test_the_page_of_rules_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "run make docs"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_says_what_became_of_it_and_names_tests_that_exist(rule: Rule) -> None:
    assert rule.says
    assert rule.section in titles()
    assert set(rule.confidence) <= set(CONFIDENCES)
    assert [bool(rule.tests), bool(rule.outside), bool(rule.missing)].count(True) == 1
    assert not rule.beyond or rule.tests
    assert [test for test in rule.tests if not exists(test)] == []


def test_rules_are_numbered_without_a_gap() -> None:
    for section, own in groupby(rules(), key=lambda rule: rule.section):
        places = [rule.id.rpartition("-")[2] for rule in own]
        numbers = [place for place in places if place.isdigit()]
        letters = [place for place in places if not place.isdigit()]
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)], section
        assert letters == list("abcdefghij"[: len(letters)]), section


def test_a_rule_names_the_tests_that_cite_it() -> None:
    named = {(test, rule.id) for rule in rules() for test in rule.tests if re.match(r"rules/test_section_", test)}
    cited = {(test, id) for test, ids in citations().items() for id in ids}
    assert named == cited


def test_of_what_is_firmly_known_nineteen_in_twenty_rules_hold() -> None:
    assert page.share() >= 0.95

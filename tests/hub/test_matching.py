"""Who is who: certain only by proof, and never wrong in the ways lists of customers are usually wrong."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buddy.hub import matching
from buddy.hub.address import Address
from buddy.hub.matching import NAME, Decision, Party, keys, kind

PIER = Address(line1="1 Pier Rd", city="Salem", region="MA", postal_code="01970")
MILL = Address(line1="9 Mill St", city="Lynn", region="MA", postal_code="01901")


def theirs(name: str, id: str = "58", **fields: Any) -> Party:
    return Party(id=id, display_name=name, **fields)


def ours(name: str, id: int = 7, **fields: Any) -> Party:
    return Party(id=id, display_name=name, **fields)


def decide(there: list[Party], here: list[Party], *, name_alone: bool = False) -> dict[str | int, Decision]:
    """With everybody on both sides in the lists, as small companies have it."""
    return matching.decide(
        there,
        here,
        holders_there=Counter(key for party in there for key in keys(party)),
        holders_here=Counter(key for party in here for key in keys(party)),
        name_alone=name_alone,
    )


def verdict(one: Party, other: Party, *, name_alone: bool = False) -> tuple[str, str]:
    decision = decide([one], [other], name_alone=name_alone)[one.id]
    return decision.verdict, decision.rule


# --- By email -------------------------------------------------------------------------------------------------------


def test_an_email_that_one_record_on_each_side_holds_links_when_the_names_are_alike() -> None:
    there = theirs("Harbor Goods Inc.", email="Maria@HarborGoods.example ")
    here = ours("Harbour Goods", email="maria@harborgoods.example")
    decision = decide([there], [here])["58"]
    assert (decision.verdict, decision.ours_id, decision.rule) == ("certain", 7, "email")


def test_the_same_email_under_another_name_is_a_question() -> None:
    there = theirs("Blue Door Deli", email="books@cpa.example")
    assert verdict(there, ours("Northern Bikes", email="books@cpa.example")) == ("review", "")


def test_an_email_two_of_ours_hold_proves_nothing() -> None:
    there = theirs("Harbor Goods", email="ap@harbor.example")
    here = [ours("Harbor Goods East", email="ap@harbor.example"), ours("Harbor Goods W", 8, email="ap@harbor.example")]
    decision = decide([there], here)["58"]
    assert decision.verdict == "review"
    assert {candidate.ours_id for candidate in decision.candidates} == {7, 8}


def test_an_email_two_of_theirs_hold_proves_nothing() -> None:
    there = [theirs("Harbor Goods", email="m@harbor.example"), theirs("Harbor Goods", "59", email="m@harbor.example")]
    decisions = decide(there, [ours("Harbor Goods", email="m@harbor.example")])
    assert {decision.verdict for decision in decisions.values()} == {"review"}


def test_each_address_in_a_field_of_several_counts() -> None:
    there = theirs("Harbor Goods", email="ap@harbor.example, maria@harbor.example")
    assert verdict(there, ours("Harbor Goods Co", email="maria@harbor.example")) == ("certain", "email")


def test_dots_and_plus_signs_make_another_address() -> None:
    there = theirs("Alder & Finch", email="ma.ria+buddy@harbor.example")
    assert verdict(there, ours("Quite Another", email="maria@harbor.example"))[0] == "new"


@pytest.mark.parametrize("email", ["harborgoods@gmail.com", "info@harbor.example"])
def test_a_free_or_role_mailbox_needs_nearly_the_same_name(email: str) -> None:
    assert verdict(theirs("Harbor Goods East", email=email), ours("Harbor Gifts", email=email)) == ("review", "")
    assert verdict(theirs("Harbor Goods", email=email), ours("Harbor Good", email=email)) == ("certain", "email")


def test_an_address_written_where_one_was_demanded_is_no_evidence() -> None:
    assert verdict(theirs("Alder", email="none@none.com"), ours("Finch", email="none@none.com")) == ("new", "")


# --- By name ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Harbor Goods Inc", "HARBOR  GOODS, INC.", "Harbor Goods Incorporated", " harbor goods inc "],
)
def test_one_exact_company_name_on_each_side_links_where_that_is_wanted(name: str) -> None:
    there, here = theirs("HG", company_name=name), ours("Harbor Goods Inc.")
    assert verdict(there, here, name_alone=True) == ("certain", "name")
    assert verdict(there, here) == ("review", "")


def test_a_company_name_matches_whether_it_is_the_display_name_or_not() -> None:
    there = theirs("Maria at Harbor", company_name="Harbor Goods LLC")
    assert verdict(there, ours("Harbor Goods L.L.C."), name_alone=True) == ("certain", "name")


@pytest.mark.parametrize("other", ["Harbor Goods LLC", "Harbor Goods"])
def test_another_legal_form_or_none_is_a_question(other: str) -> None:
    assert verdict(theirs("Harbor Goods Inc"), ours(other), name_alone=True) == ("review", "")


def test_brackets_tell_branches_apart() -> None:
    same = {"phones": ("503 555 0100",), "address": PIER}
    assert verdict(theirs("Harbor Bank (Salem)", **same), ours("Harbor Bank (Lynn)", **same)) == ("review", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phones": ("503 555 0100",)}, {"phones": ("(971) 555-0199",)}),
        ({"address": PIER}, {"address": MILL}),
        ({"email": "a@harbor.example"}, {"email": "b@pier.example"}),
        ({"currency": "USD"}, {"currency": "CAD"}),
    ],
)
def test_a_contradiction_makes_the_same_name_a_question(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, here = theirs("Harbor Goods Inc", **one), ours("Harbor Goods Inc", **other)
    assert verdict(there, here, name_alone=True) == ("review", "")


def test_what_one_side_does_not_know_contradicts_nothing() -> None:
    there = theirs("Harbor Goods Inc", phones=("+1 (503) 555-0100 ext. 4",), address=PIER, email="a@harbor.example")
    assert verdict(there, ours("Harbor Goods Inc", phones=("5035550100",))) == ("certain", "name and phone")
    assert verdict(there, ours("Harbor Goods Inc", address=PIER)) == ("certain", "name and address")


def test_a_person_is_not_a_company_name() -> None:
    there, here = theirs("John Smith", person="John Smith"), ours("John Smith", person="John Smith")
    assert verdict(there, here, name_alone=True)[0] != "certain"


def test_one_name_in_two_places_is_a_question_for_both() -> None:
    there = [theirs("Golden Market", address=PIER), theirs("Golden Market", "59", address=MILL)]
    decisions = decide(there, [ours("Golden Market", address=PIER)])
    assert {decision.verdict for decision in decisions.values()} == {"review"}


def test_the_shops_of_a_chain_are_told_apart_by_their_numbers() -> None:
    shared = {"email": "ap@frontier.example"}
    there = theirs("Frontier Bikes #133", **shared)
    assert verdict(there, ours("Frontier Bikes #134", **shared)) == ("review", "")
    assert verdict(there, ours("Frontier Bikes", **shared)) == ("review", "")
    assert verdict(there, ours("Frontier Bikes 133", **shared)) == ("certain", "email")


# --- Never certain ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flaw", [{"active": False}, {"sub": True}])
def test_the_inactive_and_the_subordinate_are_never_linked_alone(flaw: dict[str, Any]) -> None:
    same = {"email": "m@harbor.example"}
    assert verdict(theirs("Harbor Goods", **same, **flaw), ours("Harbor Goods", **same)) == ("review", "")
    assert verdict(theirs("Harbor Goods", **same), ours("Harbor Goods", **same, **flaw)) == ("review", "")


def test_whoever_is_linked_already_is_nobody_elses_candidate() -> None:
    same = {"email": "m@harbor.example"}
    assert verdict(theirs("Harbor Goods", **same), ours("Harbor Goods", **same, linked=True)) == ("new", "")


def test_two_proofs_that_point_to_different_customers_are_a_question() -> None:
    there = theirs("Harbor Goods Inc", email="m@harbor.example")
    here = [ours("Harbor Goods & Sons", email="m@harbor.example"), ours("Harbor Goods Inc", 8)]
    assert decide([there], here)["58"].verdict == "review"


def test_a_rival_on_a_page_still_to_come_is_seen_by_the_count_of_holders() -> None:
    there = theirs("Harbor Goods Inc")
    here = ours("Harbor Goods Inc", email="m@harbor.example")
    rival = theirs("Harbor", "59", email="m@harbor.example")
    holders = Counter(key for party in (there, rival) for key in keys(party))
    decision = matching.decide([there], [here], holders_there=holders, holders_here=Counter(keys(here)))["58"]
    assert decision.verdict == "review"


# --- Candidates ------------------------------------------------------------------------------------------------------


def test_a_former_name_counts_as_a_name() -> None:
    known = {"phones": ("503 555 0100",), "address": PIER}
    renamed = ours("Lighthouse Goods", former_names=("Harbor Goods",), **known)
    assert verdict(theirs("Harbor Goods", **known), renamed) == ("certain", "name, phone and address")
    assert verdict(theirs("Harbor Goods", **known), ours("Lighthouse Goods", **known))[0] == "review"


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("JP", "011-688-2766", "+81 11 688 2766"),  # an area code, not the way out of North America
        ("JP", "+1 075 231 2985", "075-231-2985"),  # given the code of North America by mistake
        ("FR", "+1 01 34 48 66 10", "+33 1 34 48 66 10"),
        ("DE", "04963 153490", "+49 631 53490"),  # 0 before the code of the country
        ("GB", "0044 20 7946 0000", "020 7946 0000"),
        ("US", "011 44 20 7946 0000", "+44 20 7946 0000"),
    ],
)
def test_one_number_written_in_two_ways_is_one(country: str, one: str, other: str) -> None:
    where = Address(country=country)
    there = theirs("Harbor Goods", phones=(one,), address=where)
    candidate = decide([there], [ours("Pier Lights", phones=(other,), address=where)])["58"].candidates[0]
    assert [reason.verdict for reason in candidate.reasons if reason.field == "phone"] == ["same"]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("494-500 Old Northern Road", "500 Old Northern Rd", "same"),
        ("494-500 Old Northern Road", "496-498 Old Northern Rd", "same"),
        ("494-500 Old Northern Road", "502 Old Northern Rd", "differs"),
        ("Via IV Novembre 20", "Via 4 Novembre, 20", "same"),
        ("沖縄県４ 20", "沖縄県4 20", "same"),  # wide digits
    ],
)
def test_houses_are_the_same_however_they_are_numbered(one: str, other: str, level: str) -> None:
    there, here = (Address(line1=line, city="Dural") for line in (one, other))
    candidate = decide([theirs("Harbor Goods", address=there)], [ours("Harbor Goods", address=here)])["58"].candidates[
        0
    ]
    assert [reason.verdict for reason in candidate.reasons if reason.field == "address"] == [level]


def test_a_department_with_a_page_of_its_own_is_a_question() -> None:
    known = {"phones": ("503 555 0100",), "address": PIER}
    there = theirs("Harbor Goods Salem", website="https://www.harbor.example/salem/?from=ad", **known)
    same, another = (
        ours("Harbor Goods Salem Grooming", website=f"http://harbor.example/{page}", **known)
        for page in ("salem", "salem/grooming")
    )
    assert verdict(there, same) == ("certain", "name, phone and address")
    assert verdict(there, another)[0] == "review"


def test_vowel_signs_do_not_break_a_word() -> None:
    assert verdict(theirs("คลีนิกบ้านหมอ"), ours("คลีนิคบ้านหมอ"))[0] == "review"


def test_nobody_near_is_new() -> None:
    assert verdict(theirs("Alder & Finch", address=PIER), ours("Northern Bikes", address=MILL)) == ("new", "")


def test_neighbours_of_different_names_are_no_candidates() -> None:
    assert verdict(theirs("Alder & Finch", address=PIER), ours("Northern Bikes", address=PIER)) == ("new", "")


def test_a_shared_phone_makes_a_candidate_and_the_best_stands_first() -> None:
    there = theirs("Harbor Goods", phones=("503-555-0100",), address=PIER)
    here = [ours("Switchboard", phones=("5550100",)), ours("Harbor Good", 8, phones=("5550100",), address=PIER)]
    candidates = decide([there], here)["58"].candidates
    assert [candidate.ours_id for candidate in candidates] == [8, 7]
    assert {reason.field: reason.verdict for reason in candidates[0].reasons} == {
        "name": "alike",
        "phone": "same",
        "address": "same",
    }


# --- Whatever the values ---------------------------------------------------------------------------------------------

_words = st.text(alphabet="aA éß.,&#'-()1 2xINCllc", max_size=30)
_parties = st.builds(
    Party,
    id=st.integers(1, 10**6),
    display_name=_words,
    company_name=_words,
    email=st.text(alphabet="aB@.,; x", max_size=20),
    phones=st.lists(st.text(alphabet="0123456789+() x", max_size=16), max_size=2).map(tuple),
    address=st.builds(Address, line1=_words, postal_code=st.text(alphabet="0123456789-", max_size=10)),
    active=st.booleans(),
    sub=st.booleans(),
    linked=st.booleans(),
)


@given(st.lists(_parties, max_size=6, unique_by=lambda party: party.id), st.lists(_parties, max_size=6))
def test_no_customer_of_ours_is_ever_linked_twice(there: list[Party], here: list[Party]) -> None:
    here = list({party.id: party for party in here}.values())
    decisions = decide(there, here).values()
    certain = [decision.ours_id for decision in decisions if decision.verdict == "certain"]
    fit = {party.id for party in here if party.active and not party.sub and not party.linked}
    assert len(certain) == len(set(certain))
    assert set(certain) <= fit


@given(_parties)
def test_keys_fit_their_column_and_do_not_depend_on_case(party: Party) -> None:
    assert all(-(2**63) <= key < 2**63 for key in keys(party))
    assert keys(replace(party, email=party.email.upper())) == keys(party)


def test_two_very_long_names_that_differ_at_the_end_have_different_keys() -> None:
    one, other = ours("Very " * 60 + "Long"), ours("Very " * 60 + "Wide")
    assert {each for each in keys(one) if kind(each) == NAME}.isdisjoint(keys(other))

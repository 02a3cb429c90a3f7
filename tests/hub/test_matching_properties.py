"""What holds whatever the lists: no certain link against a contradiction, one to one, and whichever way one looks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from buddy.hub import matching
from buddy.hub.address import Address
from buddy.hub.matching import Decision, Party
from buddy.hub.matching.evidence import compare

# Few values of each, so that lists agree, share and contradict all the time.
_names = st.sampled_from(
    [
        "Harbor Goods",
        "Harbor Goods",
        "Harbor Goods",
        "Harbor Goods Inc",
        "Harbor Goods LLC",
        "Harbour Goods",
        "Harbor Goods #12",
        "Harbor Goods (Lynn)",
        "Harbor Goods Pharmacy",
        "Maria Lopez dba Harbor Goods",
        "Goods of Harbor",
        "Pier Market",
        "PIER MARKET",
        "Pier Market Restaurant",
        "Cash Sale",
    ]
)
_emails = st.sampled_from(["", "ap@harbor.example", "maria@gmail.com", "AP@HARBOR.example, x@pier.example"])
_phones = st.sampled_from(
    [(), ("503 555 0100",), ("+1 (503) 555-0100", "971 555 0199"), ("5550100",), ("971 555 0199",)]
)
_addresses = st.sampled_from(
    [
        Address(),
        Address(line1="1 Pier Rd", city="Salem", postal_code="01970"),
        Address(line1="1 Pier Road, Suite 4", city="Salem", postal_code="01970-1234"),
        Address(line1="1 Pier Rd", city="Danvers"),
        Address(line1="9 Mill St", city="Lynn", postal_code="01901"),
    ]
)
_parties = st.builds(
    Party,
    id=st.just(0),
    display_name=_names,
    email=_emails,
    phones=_phones,
    address=_addresses,
    currency=st.sampled_from(["USD"] * 9 + ["CAD"]),
    active=st.sampled_from([True] * 9 + [False]),
    sub=st.sampled_from([False] * 9 + [True]),
    linked=st.sampled_from([False] * 9 + [True]),
)
_lists = st.lists(_parties, min_size=1, max_size=4)
patiently = settings(deadline=None)  # a busy machine is no failure


def numbered(parties: Sequence[Party], first: int) -> list[Party]:
    return [replace(party, id=number) for number, party in enumerate(parties, first)]


def decided(there: Sequence[Party], here: Sequence[Party], *, name_alone: bool = True) -> dict[str | int, Decision]:
    return matching.decide(
        there,
        here,
        holders_there=Counter(key for party in there for key in matching.counted(party)),
        holders_here=Counter(key for party in here for key in matching.counted(party)),
        name_alone=name_alone,
    )


def links(decisions: dict[str | int, Decision]) -> set[tuple[int, int]]:
    return {(int(pk), one.ours_id) for pk, one in decisions.items() if one.ours_id is not None}


@patiently
@given(_lists, _lists)
def test_nothing_is_certain_against_a_contradiction(there: list[Party], here: list[Party]) -> None:
    there, here = numbered(there, 1), numbered(here, 100)
    by_id = {party.id: party for party in (*there, *here)}
    certain = links(decided(there, here))
    event("some are certain" if certain else "none is")
    for one, other in certain:
        assert not compare(by_id[one], by_id[other]).evidence.contradicts
        assert all(by_id[each].active and not by_id[each].sub and not by_id[each].linked for each in (one, other))


@patiently
@given(_lists, _lists)
def test_links_are_one_to_one(there: list[Party], here: list[Party]) -> None:
    certain = links(decided(numbered(there, 1), numbered(here, 100)))
    assert len({one for one, _ in certain}) == len(certain) == len({other for _, other in certain})


@patiently
@given(_lists, _lists)
def test_it_does_not_matter_which_side_asks(there: list[Party], here: list[Party]) -> None:
    """Who is certainly whom, that is: which questions are asked depends on who needs an answer."""
    there, here = numbered(there, 1), numbered(here, 100)
    one_way = links(decided(there, here))
    other_way = {(one, other) for other, one in links(decided(here, there))}
    assert one_way == other_way


@patiently
@given(_lists, _lists, st.randoms())
def test_the_order_of_the_lists_does_not_matter(there: list[Party], here: list[Party], chance: object) -> None:
    there, here = numbered(there, 1), numbered(here, 100)
    before = decided(there, here)
    there, here = there[::-1], here[1:] + here[:1]
    after = decided(there, here)
    assert {pk: (one.verdict, one.ours_id, one.rule) for pk, one in before.items()} == {
        pk: (one.verdict, one.ours_id, one.rule) for pk, one in after.items()
    }
    assert {pk: [each.ours_id for each in one.candidates] for pk, one in before.items()} == {
        pk: [each.ours_id for each in one.candidates] for pk, one in after.items()
    }


@patiently
@given(_lists, _lists)
def test_deciding_one_at_a_time_is_never_bolder(there: list[Party], here: list[Party]) -> None:
    """A chunk of a sync sees some of their list; what it calls certain, the whole list would call certain too."""
    there, here = numbered(there, 1), numbered(here, 100)
    holders_there = Counter(key for party in there for key in matching.counted(party))
    holders_here = Counter(key for party in here for key in matching.counted(party))
    alone = set()
    for party in there:
        alone |= links(
            matching.decide([party], here, holders_there=holders_there, holders_here=holders_here, name_alone=True)
        )
    assert alone <= links(decided(there, here))


@patiently
@given(_lists)
def test_duplicates_within_a_list_are_certain_only_without_a_contradiction(everybody: list[Party]) -> None:
    everybody = numbered(everybody, 1)
    holders = Counter(key for party in everybody for key in party.counted)
    for pair in matching.duplicates(everybody, holders=holders):
        assert pair.theirs.id != pair.ours.id
        assert not (pair.rule and pair.compared.evidence.contradicts)
        assert pair.reasons

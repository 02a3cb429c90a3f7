"""Two values side by side."""

from buddy.web.comparison import line, text


def never(_ours: str, _theirs: str) -> bool:
    return False


def test_equal_texts_are_the_same_and_nothing_is_marked() -> None:
    found = line("email", "Email", "ap@heron.example", "ap@heron.example", same=never)
    assert (found.verdict, found.ours, found.differs) == ("Same", "ap@<wbr>heron.example", False)


def test_a_difference_that_does_not_count_is_the_same() -> None:
    found = line("phone", "Phone", "(802) 555-0117", "802.555.0117", same=lambda *_: True)
    assert found.verdict == "Same"


def test_the_words_that_differ_are_marked_on_both_sides() -> None:
    found = line("name", "Name", "Finch & Daughters", "Finch and Daughters LLC", same=never)
    assert found.ours == "Finch <mark>&amp;</mark> Daughters"
    assert found.theirs == "Finch <mark>and</mark> Daughters <mark>LLC</mark>"
    assert found.differs


def test_wholly_different_values_are_not_marked_word_by_word() -> None:
    found = line("email", "Email", "one@a.example", "two@b.example", same=never)
    assert "<mark>" not in found.ours + found.theirs
    assert found.verdict == "Differs"


def test_a_value_on_one_side_only_is_no_difference() -> None:
    found = line("terms", "Terms", "", "Net 30", same=never)
    assert (found.verdict, found.differs) == ("Only one side", False)


def test_what_people_typed_is_never_markup() -> None:
    found = line("name", "Name", "<b>Heron</b> Market", "<i>Heron</i> Market", same=never)
    assert "<b>" not in found.ours
    assert "&lt;b&gt;" in found.ours


def test_values_read_as_people_read_them() -> None:
    assert text(True) == "Yes"
    assert text({"line1": "9 Mill Lane", "city": "Brattleboro", "region": "VT", "postal_code": "05301"}) == (
        "9 Mill Lane, Brattleboro, VT 05301"
    )
    assert text(None) == ""

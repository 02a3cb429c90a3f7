"""Payment terms: when an invoice is due."""

from datetime import date

import pytest

from buddy.hub import activity, terms
from buddy.hub.errors import Invalid
from buddy.hub.team import Organization
from buddy.hub.terms import PaymentTerm, TermKind
from tests import makers as make

pytestmark = pytest.mark.django_db


def test_terms_in_days_count_from_the_invoice(organization: Organization) -> None:
    term = terms.create(organization, {"name": "Net 30", "due_days": "30"}, by=None)
    assert term.due_date(date(2026, 11, 24)) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("invoiced", "due"),
    [
        (date(2026, 11, 1), date(2026, 11, 20)),
        (date(2026, 11, 16), date(2026, 12, 20)),  # too close to the 20th of this month
        (date(2026, 12, 24), date(2027, 1, 20)),
    ],
)
def test_terms_on_a_day_of_the_month_skip_one_that_is_too_close(invoiced: date, due: date) -> None:
    term = PaymentTerm(name="20th", kind=TermKind.DAY_OF_MONTH, day_of_month=20, next_month_days=5)
    assert term.due_date(invoiced) == due


def test_the_thirty_first_of_a_short_month_is_its_last_day() -> None:
    term = PaymentTerm(name="31st", kind=TermKind.DAY_OF_MONTH, day_of_month=31)
    assert term.due_date(date(2027, 2, 3)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "values",
    [{"name": ""}, {"name": "x", "due_days": -1}, {"name": "x", "day_of_month": 32}, {"name": "x", "kind": "?"}],
)
def test_terms_that_make_no_sense_are_refused(organization: Organization, values: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        terms.create(organization, values, by=None)


def test_one_name_means_one_thing(organization: Organization) -> None:
    net30, net60 = make.term("Net 30"), make.term("Net 60", 60)
    with pytest.raises(Invalid, match="this name already"):
        terms.create(organization, {"name": "net 30"}, by=None)
    with pytest.raises(Invalid, match="this name already"):
        terms.change(net60, {"name": "Net 30"}, by=None)
    terms.change(net30, {"name": "NET 30"}, by=None)
    assert net30.name == "NET 30"


def test_a_change_of_terms_is_written_down(organization: Organization) -> None:
    term = make.term("Net 30")
    terms.change(term, {"due_days": 45}, by=None, now=make.NOW)
    [entry] = activity.of(organization, "term", term.pk)
    assert entry.changes == {"due_days": [30, 45]}

"""Receivables by age: every unpaid invoice is in one age, and the sums are those of the rows."""

from datetime import timedelta
from decimal import Decimal

from buddy.hub.invoices import Age, Invoice, aged, owed
from buddy.hub.team import Organization
from tests import makers as make
from tests.web import made

TODAY = made.TODAY


def due(days_ago: int, *, balance: str = "10.00", **fields: object) -> Invoice:
    invoice = made.invoice(make.customer(), str(days_ago), balance=balance)
    Invoice.objects.filter(pk=invoice.pk).update(due_date=TODAY - timedelta(days=days_ago), **fields)
    return invoice


def test_every_boundary_falls_into_its_age(organization: Organization) -> None:
    expected = {-5: Age.NOT_DUE, 0: Age.NOT_DUE, 1: Age.MONTH, 30: Age.MONTH, 31: Age.TWO, 60: Age.TWO}
    expected |= {61: Age.THREE, 90: Age.THREE, 91: Age.OLDER, 400: Age.OLDER}
    for days in expected:
        due(days)
    for age in Age:
        found = Invoice.objects.filter(aged(age, TODAY)).values_list("number", flat=True)
        assert {int(number) for number in found} == {days for days, of in expected.items() if of == age}
    (usd,) = owed(Invoice.objects.all(), TODAY)
    assert [usd.counts[age] for age in Age] == [2, 2, 2, 2, 2]
    assert (usd.total, usd.late, usd.count, usd.late_count) == (Decimal(100), Decimal(80), 10, 8)


def test_only_what_counts_is_owed_and_each_currency_for_itself(organization: Organization) -> None:
    """R19; a voided invoice and a paid one are nobody's debt."""
    due(1, ended="voided")
    due(1, balance="0.00")
    due(1, currency="EUR")
    due(45, balance="0.01")
    eur, usd = owed(Invoice.objects.all(), TODAY)
    assert (eur.currency, eur.total, eur.counts[Age.MONTH]) == ("EUR", Decimal("10.00"), 1)
    assert (usd.currency, usd.total, usd.amounts[Age.TWO]) == ("USD", Decimal("0.01"), Decimal("0.01"))


def test_nothing_is_owed_where_there_is_no_invoice(organization: Organization) -> None:
    assert owed(Invoice.objects.all(), TODAY) == []

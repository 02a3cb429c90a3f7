"""Whether every customer here is linked: then a first sync need not compare. Two counts remember it between chunks."""

from datetime import UTC, datetime

import pytest

from buddy.hub.customers import Customer
from buddy.hub.team import Organization
from buddy.sync.models import Link
from buddy.sync.reconcile.customers import all_linked
from buddy.sync.round import Round
from tests import makers as make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def link(customer: Customer) -> Link:
    return Link.objects.create(
        organization=customer.organization, kind="customer", object_id=customer.pk, entity="Customer",
        remote_id=str(customer.pk), synced_at=NOW,
    )  # fmt: skip


@pytest.fixture
def round(organization: Organization) -> Round:
    return Round(organization, NOW, {})


def test_an_empty_buddy_has_nobody_to_compare_with(round: Round) -> None:
    assert all_linked(round)


def test_customers_linked_during_the_run_leave_nobody(round: Round) -> None:
    for _ in range(3):
        link(make.customer())
        assert all_linked(round)


def test_somebody_who_comes_during_the_run_is_compared(round: Round) -> None:
    link(make.customer())
    assert all_linked(round)
    make.customer()
    assert not all_linked(round)


def test_somebody_unlinked_during_the_run_is_compared(round: Round) -> None:
    first, _ = (link(make.customer()) for _ in range(2))
    assert all_linked(round)
    first.delete()
    assert not all_linked(round)


def test_a_link_left_by_a_customer_who_is_gone_hides_nobody(round: Round) -> None:
    gone = make.customer()
    link(gone)
    gone.delete()
    assert all_linked(round)
    make.customer()
    assert not all_linked(round)

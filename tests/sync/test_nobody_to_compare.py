"""Whether every customer here is linked: then a first sync need not compare, and customers need not wait for all others
of QuickBooks. It is known until the bell is rung; then two counts tell."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from buddy.hub import customers, outbox
from buddy.hub.customers import Customer
from buddy.hub.team import Organization
from buddy.quickbooks.records import Record
from buddy.sync import reconcile
from buddy.sync.models import Link, Remote, Waiting
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
    customers.create(round.organization, {"display_name": "Newcomer"}, by=None)
    assert not all_linked(round)


def test_what_was_seen_holds_until_the_bell_is_rung(
    round: Round, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    link(make.customer())
    assert all_linked(round)
    with django_assert_num_queries(1):  # the bell
        assert all_linked(round)
    outbox.ring(round.organization)
    assert all_linked(round)


def test_somebody_unlinked_during_the_run_is_compared(round: Round) -> None:
    first, _ = (link(make.customer()) for _ in range(2))
    assert all_linked(round)
    first.delete()
    outbox.ring(round.organization)
    assert not all_linked(round)


def test_a_link_left_by_a_customer_who_is_gone_hides_nobody(round: Round) -> None:
    gone = make.customer()
    link(gone)
    gone.delete()
    assert all_linked(round)
    customers.create(round.organization, {"display_name": "Newcomer"}, by=None)
    assert not all_linked(round)


# --- Mirrored and created at once ------------------------------------------------------------------------------------


def arrive(round: Round, *names: str, **more: Any) -> None:
    """These arrive in a first sync, with ids 1, 2, …; `more` by id."""
    bodies = [{"Id": str(id), "DisplayName": name, **more.get(f"_{id}", {})} for id, name in enumerate(names, 1)]
    records = [Record("", "Customer", each["Id"], "0", NOW, False, msgspec.json.encode(each)) for each in bodies]
    with transaction.atomic():
        reconcile.store(round, reconcile.prepare(round, "Customer", records, at_once=True))


def waiting() -> dict[str, str]:
    return dict(Remote.objects.values_list("remote_id", "waiting"))


def test_while_nobody_is_free_customers_are_created_with_their_mirror(round: Round) -> None:
    arrive(round, "Hotel Albion", "Deli Corner")
    assert set(Customer.objects.values_list("display_name", flat=True)) == {"Hotel Albion", "Deli Corner"}
    assert waiting() == {"1": "", "2": ""}
    assert all_linked(round)


def test_while_somebody_is_free_they_wait_until_all_are_known(round: Round) -> None:
    make.customer()
    arrive(round, "Hotel Albion")
    assert (Customer.objects.count(), Link.objects.count()) == (1, 0)
    assert waiting() == {"1": Waiting.TURN}
    assert round.someone_free  # the pages that follow are mirrored only


def test_a_child_waits_until_its_parent_is_here(round: Round) -> None:
    arrive(round, "Albion Bar", "Hotel Albion", _1={"ParentRef": {"value": "2"}})
    assert Customer.objects.get().display_name == "Hotel Albion"
    assert waiting() == {"1": Waiting.TURN, "2": ""}


def test_a_project_is_mirrored_and_no_customer(round: Round) -> None:
    arrive(round, "New kitchen", _1={"IsProject": True})
    assert not Customer.objects.exists()
    assert waiting() == {"1": ""}

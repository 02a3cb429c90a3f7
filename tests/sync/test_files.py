"""Files that people bring go in by the worker, with books or without, and out to them like any edit."""

import pytest

from buddy.hub.customers import Customer
from buddy.hub.imports import State
from buddy.hub.team import Organization
from buddy.sync import engine, push
from buddy.sync.models import Connection, Link
from simulator.company import Company
from tests.hub import filed
from tests.sync.conftest import sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_takes_files_in_where_no_books_are_connected(organization: Organization) -> None:
    batch = filed.upload("Name\nBao House\n")
    assert engine.due() == [organization.pk]
    engine.run(organization.pk)
    batch.refresh_from_db()
    assert batch.state == State.ASKING
    assert engine.due() == []


def test_who_came_in_a_file_goes_out_with_the_next_sync(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    filed.applied("Name,Email\nBao House,ap@bao.example\n")
    sync(connected.organization)
    there = {each["DisplayName"]: each for each in company.all("Customer")}
    assert there["Bao House"]["PrimaryEmailAddr"]["Address"] == "ap@bao.example"


def test_undoing_a_file_leaves_who_went_to_quickbooks(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    batch = filed.applied("Name\nBao House\n")
    sync(connected.organization)
    assert Link.objects.filter(kind="customer").exists()
    bao = Customer.objects.get()
    assert push.sent("customer", [bao.pk]) == {bao.pk}
    filed.undone(batch, sent=push.sent)
    assert filed.outcomes(batch) == ["kept"]
    assert "went to the books already" in filed.rows(batch)[0].told
    assert Customer.objects.filter(pk=bao.pk).exists()

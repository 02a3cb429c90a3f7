"""Books match: the verdict, both sides of each sum, the lines with their buttons, and what is said before it costs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.invoices import Invoice
from buddy.hub.team import Organization, Role
from buddy.sync.models import Audit, Connection
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper
from tests.sync.conftest import REALM, connect, sync
from tests.web import made
from tests.web.conftest import SignIn
from tests.web.test_integrations import text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def synced(organization: Organization, sim: Simulator, company: Company) -> Company:
    """A company with one open invoice, in step with Buddy."""
    customer = bookkeeper.customer(company, "Hotel Albion")
    bookkeeper.invoice(company, customer["Id"])
    connect(organization, sim, REALM, by=make.member(Role.ADMIN).user)
    sync(organization)
    return company


def page(client: Client, name: str = "books", *args: int) -> str:
    return text(client.get(reverse(name, args=args)))


def press(client: Client, name: str, *args: int, **values: str) -> Any:
    return client.post(reverse(name, args=args), values, follow=True)


def test_before_the_first_comparison_the_page_says_when_it_comes_and_what_it_costs(
    editor: Client, synced: Company
) -> None:
    said = page(editor)
    assert "Not compared yet" in said
    assert "The first comparison comes at night, by itself." in said
    assert "Compare now (about 10 reads)" in said


def test_compare_now_ends_with_the_verdict_the_sums_and_the_cost(
    editor: Client, synced: Company, organization: Organization
) -> None:
    answer = press(editor, "books_compare", what="open")
    assert "About to begin" in text(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    sync(organization)
    said = page(editor)
    assert "Matches to the cent" in said
    assert re.search(r"Open invoices USD Buddy 50\.00 QuickBooks 50\.00 0\.00", said)
    assert re.search(r"Invoices 1 1 1 1", said)
    assert "10 reads" in said
    assert 'hx-trigger="every 2s"' not in editor.get(reverse("books_result")).content.decode()
    assert "To the cent" in page(editor, "integrations")


def test_a_difference_shows_both_values_and_its_button_puts_it_right(
    editor: Client, synced: Company, organization: Organization
) -> None:
    Invoice.objects.update(balance=49)
    press(editor, "books_compare", what="open")
    sync(organization)
    said = page(editor)
    assert "1 difference" in said
    assert "Balance: Buddy has 49.00 , QuickBooks 50.00" in said
    assert re.search(r"Open invoices USD Buddy 49\.00 QuickBooks 50\.00 1\.00", said)
    assert "1 difference between Buddy and QuickBooks" in page(editor, "dashboard")
    line = Audit.objects.get().lines.get()
    assert "Looking again" in text(press(editor, "books_fix", line.pk))
    sync(organization)
    said = page(editor)
    assert "All differences are put right" in said
    assert "The same on both sides now" in said
    assert "difference between" not in page(editor, "dashboard")
    assert Invoice.objects.get().balance == 50


def test_what_was_missed_is_told_of(editor: Client, synced: Company, organization: Organization) -> None:
    synced.create("Customer", {"DisplayName": "Harbor Goods"}, at=datetime.now(UTC) - timedelta(days=40))
    press(editor, "books_compare", what="open")
    sync(organization)
    said = page(editor)
    assert "Missed, and taken now" in said
    assert "Harbor Goods" in said
    assert "Matches to the cent" in said


def test_when_it_cannot_begin_it_says_why(editor: Client, organization: Organization) -> None:
    answer = press(editor, "books_compare", what="open")
    assert "Nothing was compared" in answer.content.decode()
    assert "QuickBooks is not connected" in answer.content.decode()
    assert "Compare now" not in text(answer)


def test_an_unfinished_one_gives_its_reason(editor: Client, organization: Organization) -> None:
    found, _ = made.audit()
    Audit.objects.filter(pk=found.pk).update(outcome="stopped", reason="The month’s reads were used up.")
    said = page(editor)
    assert "Not finished" in said
    assert "The month’s reads were used up." in said


def test_earlier_ones_can_be_opened(editor: Client, organization: Organization) -> None:
    first, _ = made.audit(title="Invoice 7")
    made.audit(title="Invoice 8")
    assert "Invoice 8" in page(editor)
    assert "Invoice 7" not in page(editor)
    assert "Invoice 7" in page(editor, "books_audit", first.pk)


def test_somebody_else_was_faster(editor: Client, synced: Company, organization: Organization) -> None:
    _, line = made.audit()
    press(editor, "books_fix", line.pk)
    assert "Nothing was done" in press(editor, "books_fix", line.pk).content.decode()


def test_a_viewer_sees_the_verdict_and_no_button(viewer: Client, synced: Company, sign_in: SignIn) -> None:
    made.audit()
    answer = viewer.get(reverse("books"))
    assert "1 difference" in text(answer)
    assert "Read again" not in text(answer)
    assert Connection.objects.count() == 1

"""Books that are closed: an invoice dated in them waits, moves or is asked about, as the organization wants it."""

from datetime import date

import pytest

from buddy.hub.activity import Activity
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.team import ClosedBooks, Organization, User
from buddy.sync import answers, connection, invoicing, status
from buddy.sync.models import Connection, Link, Outcome, SendingItem, Trouble
from simulator.company import Company
from tests.sync.conftest import DAY, another_order, invoice, last_run, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)

THROUGH, OPEN = date(2026, 11, 30), date(2026, 12, 1)  # DAY, when the orders are invoiced, lies before


def choose(organization: Organization, choice: str) -> None:
    Organization.objects.filter(pk=organization.pk).update(closed_books=choice)
    organization.refresh_from_db()


@pytest.fixture
def made(order: SalesOrder, admin: User) -> Invoice:
    """Made while the books were open, and not sent yet."""
    return invoice(order, by=admin)


def badge(made: Invoice) -> status.Badge:
    return status.badges(made.organization, "invoice", [made])[made.pk]


def read_closed(company: Company, connected: Connection) -> None:
    """The books are closed, and Buddy has read that already."""
    company.close_books(THROUGH.isoformat())
    Connection.objects.update(facts_at=None)
    assert sync(connected.organization) == Outcome.DONE


# --- Before: the dialog ----------------------------------------------------------------------------------------------


def test_asked_nothing_is_created_in_closed_books_and_the_dialog_says_which_date_to_choose(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    read_closed(company, connected)
    plan = invoicing.preflight(connected.organization, [order.pk], combine=False, invoice_date=DAY)
    assert [each.reason for each in plan.blocked] == [
        "The books are closed through Nov 30, 2026. Choose a later invoice date."
    ]
    with pytest.raises(Refused, match="closed through"):
        invoice(order, by=admin)


def test_to_be_held_it_is_created_here_and_waits(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    org = connected.organization
    choose(org, ClosedBooks.HOLD)
    read_closed(company, connected)
    plan = invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY)
    assert any("waits in Buddy until the books are open again" in line for line in plan.happens)
    made = invoice(order, by=admin)
    for _ in range(3):
        assert sync(org) == Outcome.DONE
    assert wire.batches == []
    found = badge(made)
    assert (found.state, found.unsettled) == ("waiting", False)
    assert found.reason.startswith("The books are closed through Nov 30, 2026. It goes out when they are open again")
    assert not status.narrow(Invoice.objects.all(), org, "invoice", "attention").exists()


def test_to_be_dated_on_the_first_open_day_it_is_and_its_due_date_moves_along(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    org = connected.organization
    choose(org, ClosedBooks.NEXT)
    read_closed(company, connected)
    plan = invoicing.preflight(org, [order.pk], combine=False, invoice_date=DAY)
    assert any("dated Dec 1, 2026, the first open day" in line for line in plan.happens)
    made = invoice(order, by=admin)
    assert (made.invoice_date, made.due_date) == (OPEN, date(2026, 12, 31))  # net 30
    assert sync(org) == Outcome.DONE
    assert [each["TxnDate"] for each in company.all("Invoice")] == ["2026-12-01"]


# --- After: the books were closed between creating and sending -------------------------------------------------------


def test_closed_meanwhile_it_is_refused_once_then_read_and_asked_about(
    made: Invoice, connected: Connection, company: Company, wire: Wire
) -> None:
    company.close_books(THROUGH.isoformat())
    for _ in range(4):
        assert sync(connected.organization) == Outcome.DONE
    assert len(wire.batches) == 1
    found = badge(made)
    assert found.state == "attention"
    assert "Date it Dec 1, 2026, the first open day, or open the period in QuickBooks" in found.reason
    assert Connection.objects.get().facts["closed_through"] == "2026-11-30"


def test_closed_meanwhile_it_moves_in_the_same_run(made: Invoice, connected: Connection, company: Company) -> None:
    choose(connected.organization, ClosedBooks.NEXT)
    company.close_books(THROUGH.isoformat())
    assert sync(connected.organization) == Outcome.DONE
    assert [each["TxnDate"] for each in company.all("Invoice")] == ["2026-12-01"]
    made.refresh_from_db()
    assert made.invoice_date == OPEN
    entry = Activity.objects.get(event="invoice.redated", object_id=made.pk)
    assert entry.changes["invoice_date"] == [DAY.isoformat(), OPEN.isoformat()]
    assert badge(made).state == "ok"


def test_refused_for_a_closing_date_that_cannot_be_read_it_is_tried_twice_and_no_more(
    made: Invoice, connected: Connection, company: Company, wire: Wire
) -> None:
    """Whether the date can be read is not certain: the reference contradicts itself (api 9.2)."""
    company.close_books(THROUGH.isoformat())
    wire.change_answer("/preferences", lambda body: body["Preferences"]["AccountingInfoPrefs"].clear(), times=10)
    for _ in range(4):
        assert sync(connected.organization) == Outcome.DONE
    assert len(wire.batches) == 2
    assert badge(made).reason.startswith("The books are closed for this date in QuickBooks.")
    assert last_run().reads == 1


@pytest.mark.parametrize("choice", [ClosedBooks.ASK, ClosedBooks.HOLD])
@pytest.mark.parametrize("by", ["sync now", "try again"])
def test_opened_again_what_waited_goes_out_when_a_person_says_so(
    made: Invoice, connected: Connection, company: Company, admin: User, choice: str, by: str
) -> None:
    org = connected.organization
    choose(org, choice)
    company.close_books(THROUGH.isoformat())
    sync(org)
    company.close_books(None)
    assert sync(org) == Outcome.DONE
    assert company.all("Invoice") == []
    if by == "sync now":
        connection.sync_now(org, by=admin)
    else:
        answers.retry(made, by=admin)
    assert sync(org) == Outcome.DONE
    assert [each["TxnDate"] for each in company.all("Invoice")] == [DAY.isoformat()]
    assert not Trouble.objects.exists()


def test_a_person_dates_it_on_the_first_open_day_and_it_goes_out(
    made: Invoice, connected: Connection, company: Company, admin: User
) -> None:
    company.close_books(THROUGH.isoformat())
    sync(connected.organization)
    answers.date_open(made, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    assert [each["TxnDate"] for each in company.all("Invoice")] == ["2026-12-01"]
    assert Activity.objects.get(event="invoice.redated").user == admin
    with pytest.raises(Refused, match="is in QuickBooks"):
        answers.date_open(made, by=admin)


def test_what_waits_for_closed_books_holds_up_nothing_else(
    made: Invoice, connected: Connection, company: Company, admin: User
) -> None:
    other = another_order()
    company.close_books(THROUGH.isoformat())
    later = invoicing.create(made.organization, [other.pk], combine=False, invoice_date=OPEN, by=admin)[0]
    assert sync(connected.organization) == Outcome.DONE
    assert Link.objects.get(kind="invoice").object_id == later.pk
    assert not SendingItem.objects.filter(state="open").exists()

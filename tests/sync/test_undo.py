"""What a run created in QuickBooks is taken back while it is unpaid and unchanged there (R12, R15)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from buddy.hub.activity import Activity
from buddy.hub.errors import Refused
from buddy.hub.invoices import Ended, Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.team import User
from buddy.sync import connection, undo
from buddy.sync.models import Connection, ItemState, Outcome, Run, Sending, SendingItem, Trouble, Undo
from buddy.sync.record import UndoState
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, last_run, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(order: SalesOrder, connected: Connection, admin: User) -> Run:
    """It created one invoice, of 50.00."""
    invoice(order, by=admin)
    assert sync(connected.organization) == Outcome.DONE
    return last_run()


def only(company: Company) -> books.Body:
    (found,) = company.all("Invoice")
    return found


def ask(run: Run, by: User) -> Undo:
    """Undo was pressed while Buddy knew of no obstacle."""
    ids = [each.object_id for each in undo.created(run)]
    assert undo.ask(run, ids, by=by) == len(ids)
    return Undo.objects.get()


def pay(company: Company, amount: int) -> None:
    there = only(company)
    applied = {"Amount": amount, "LinkedTxn": [{"TxnId": there["Id"], "TxnType": "Invoice"}]}
    company.create("Payment", {"CustomerRef": there["CustomerRef"], "TotalAmt": amount, "Line": [applied]})


def is_void(company: Company) -> bool:
    return not only(company)["TotalAmt"]


def test_an_undone_invoice_is_voided_there_and_its_order_is_free_again(
    run: Run, order: SalesOrder, company: Company, admin: User, wire: Wire
) -> None:
    wish = ask(run, admin)

    assert sync(run.organization) == Outcome.DONE

    wish.refresh_from_db()
    here = Invoice.objects.get()
    assert is_void(company)
    assert (wish.state, here.ended) == (UndoState.DONE, Ended.VOIDED)
    assert wire.batches[-1].items == [
        {
            "bId": "i1",
            "operation": "update",
            "optionsData": "void",
            "Invoice": {"Id": only(company)["Id"], "SyncToken": "0", "sparse": True},
        }
    ]
    assert last_run().went == {"void": 1}
    again = invoice(order, by=admin)
    assert again.total == here.predicted_total


def test_it_is_remembered_who_asked_and_what_came_of_it(run: Run, admin: User) -> None:
    ask(run, admin)
    sync(run.organization)
    told = Activity.objects.filter(kind="invoice").order_by("pk").values_list("event", "user", "run")
    assert list(told)[-2:] == [("invoice.undo_asked", admin.pk, None), ("invoice.voided", None, last_run().pk)]


def test_one_that_buddy_knows_to_be_paid_is_not_asked_for(run: Run, company: Company, admin: User) -> None:
    pay(company, 20)
    sync(run.organization)
    (found,) = undo.candidates(run)
    assert found.obstacle == "20.00 of it is paid or credited in QuickBooks."
    assert undo.ask(run, [found.invoice.pk], by=admin) == 0
    assert not Mark.objects.filter(kind="invoice").exists()


MEANWHILE: dict[str, tuple[Callable[[Company], object], str]] = {
    "paid": (lambda company: pay(company, 50), "50.00 of it is paid or credited in QuickBooks."),
    "edited": (
        lambda company: books.change(company, "Invoice", only(company)["Id"], DueDate="2027-01-31"),
        "It was changed in QuickBooks: due date.",
    ),
    "voided": (
        lambda company: company.void("Invoice", only(company)["Id"]),
        "It is voided in QuickBooks already.",
    ),
    "deleted": (lambda company: company.delete("Invoice", only(company)["Id"]), "It was deleted in QuickBooks."),
}


@pytest.mark.parametrize("how", MEANWHILE)
def test_what_happened_to_it_there_meanwhile_keeps_it(
    how: str, run: Run, company: Company, admin: User, wire: Wire
) -> None:
    act, reason = MEANWHILE[how]
    wish = ask(run, admin)
    act(company)
    wire.show_no_changes()

    sync(run.organization)

    wish.refresh_from_db()
    assert (wish.state, wish.reason) == (UndoState.DECLINED, reason)
    assert len(wire.batches) == 1
    assert not Mark.objects.filter(kind="invoice").exists()
    assert not Trouble.objects.exists()
    assert Activity.objects.get(event="invoice.undo_declined").note == reason


@pytest.mark.parametrize("how", ["paid", "edited", "deleted"])
def test_what_happens_between_the_look_and_the_void_keeps_it_too(
    how: str, run: Run, company: Company, admin: User, wire: Wire
) -> None:
    act, reason = MEANWHILE[how]
    wish = ask(run, admin)
    wire.before("/batch?", lambda: act(company))

    sync(run.organization)

    wish.refresh_from_db()
    assert wish.state == UndoState.DECLINED
    assert how == "deleted" or (wish.reason, is_void(company)) == (reason, False)


def test_a_touch_that_changed_nothing_does_not_keep_it(run: Run, company: Company, admin: User, wire: Wire) -> None:
    ask(run, admin)
    there = only(company)["Id"]

    def touch() -> None:
        books.change(company, "Invoice", there, DueDate="2027-01-31")
        books.change(company, "Invoice", there, DueDate=before)

    before = only(company)["DueDate"]
    wire.before("/batch?", touch)

    sync(run.organization)

    assert is_void(company)
    assert [item.state for item in SendingItem.objects.filter(operation="void").order_by("pk")] == [
        ItemState.RETURNED,
        ItemState.CONFIRMED,
    ]


def test_closed_books_keep_it_and_say_so(run: Run, company: Company, admin: User) -> None:
    wish = ask(run, admin)
    company.preferences["AccountingInfoPrefs"]["BookCloseDate"] = "2027-12-31"

    assert sync(run.organization) == Outcome.DONE

    wish.refresh_from_db()
    assert wish.state == UndoState.DECLINED
    assert "The books are closed" in wish.reason
    assert SendingItem.objects.get(operation="void").code == "6210"
    assert not Trouble.objects.exists()
    assert Invoice.objects.get().ended == Ended.NOT


def test_a_lost_reply_to_the_void_is_asked_for_again_under_the_same_number(
    run: Run, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    wish = ask(run, admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    assert sync(run.organization) == Outcome.FAILED
    assert is_void(company)

    assert sync(run.organization) == Outcome.DONE

    wish.refresh_from_db()
    assert wish.state == UndoState.DONE
    assert wire.batches[-1].content == wire.batches[-2].content
    assert only(company)["SyncToken"] == "1"


@pytest.mark.parametrize("arrived", [True, False])
def test_a_void_in_doubt_for_an_hour_is_looked_for(
    arrived: bool, run: Run, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    wish = ask(run, admin)
    sim.faults.add("lose_reply" if arrived else "error_500", method="POST", path="*/batch")
    sync(run.organization)
    company.replays.kept.clear()
    wire.show_no_changes()
    for sending in Sending.objects.filter(settled_at=None):
        Sending.objects.filter(pk=sending.pk).update(frozen_at=sending.frozen_at - timedelta(hours=1, minutes=1))
    sent = len(wire.batches)

    assert sync(run.organization) == Outcome.DONE

    wish.refresh_from_db()
    assert (wish.state, is_void(company)) == (UndoState.DONE, True)
    assert len(wire.batches) - sent == (0 if arrived else 1)
    assert only(company)["SyncToken"] == "1"


def test_an_invoice_edited_before_its_creation_was_known_is_kept(
    order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(order.organization)
    sender = last_run()
    company.replays.kept.clear()
    books.change(company, "Invoice", only(company)["Id"], DueDate="2027-01-31")
    wire.show_no_changes()
    for sending in Sending.objects.filter(settled_at=None):
        Sending.objects.filter(pk=sending.pk).update(frozen_at=sending.frozen_at - timedelta(hours=1, minutes=1))
    sync(order.organization)

    (found,) = undo.candidates(sender)

    assert found.obstacle == "It was changed in QuickBooks before Buddy had the answer to its creation."


def test_a_declined_one_can_be_asked_for_again(run: Run, company: Company, admin: User, wire: Wire) -> None:
    ask(run, admin)
    wire.refuse("/batch?", "6000")
    sync(run.organization)
    assert Undo.objects.get().state == UndoState.DECLINED

    ask(run, admin)
    sync(run.organization)

    assert Undo.objects.get().state == UndoState.DONE
    assert is_void(company)


def test_only_what_this_run_created_is_undone(run: Run, company: Company, admin: User) -> None:
    other = invoice(another_order(), by=admin)
    sync(run.organization)
    assert undo.ask(run, [other.pk, *(each.object_id for each in undo.created(run))], by=admin) == 1

    sync(run.organization)

    assert sorted(bool(each["TotalAmt"]) for each in company.all("Invoice")) == [False, True]
    other.refresh_from_db()
    assert other.ended == Ended.NOT


def test_without_a_connection_nothing_is_asked_for(run: Run, admin: User) -> None:
    connection.disconnect(run.organization, by=admin)
    with pytest.raises(Refused, match="not connected"):
        undo.ask(run, [each.object_id for each in undo.created(run)], by=admin)

"""The Sync page: what stands there, how it is narrowed, who may do what, and the file (promise: on the record)."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from buddy.hub import activity
from buddy.hub.outbox import Bell, Mark
from buddy.hub.team import Organization, Role
from buddy.sync.models import CallMade, Connection, ItemState, Outcome, Run, SendingItem, Trigger, Trouble, Undo
from buddy.sync.record import UndoState
from buddy.web import spreadsheet
from tests import makers as make
from tests.web import made
from tests.web.conftest import SignIn


def page(client: Client, query: str = "") -> str:
    return client.get(reverse("sync") + query).content.decode()


def shown(client: Client, query: str) -> set[int]:
    """The runs that the list holds."""
    answer = client.get(reverse("sync") + query, headers={"HX-Request": "true"})
    return {told.pk for told in answer.context["runs"]}


def connect(organization: Organization) -> Connection:
    return Connection.objects.create(
        organization=organization,
        environment="sandbox",
        realm="1",
        company_name="Larkspur",
        connected_at=make.NOW,
        first_synced_at=make.NOW,
        last_synced_at=datetime.now(UTC) - timedelta(minutes=2),
    )


# --- Is everything fine? ---------------------------------------------------------------------------------------------


def test_the_top_says_that_everything_is_fine_and_when_it_looks_next(
    organization: Organization, editor: Client
) -> None:
    connect(organization)
    Bell.objects.create(organization=organization, due_at=datetime.now(UTC) + timedelta(minutes=1, seconds=5))
    seen = page(editor)
    assert "Everything is in sync" in seen
    assert "2 min ago" in seen
    assert "in 1 min" in seen


def test_what_holds_things_up_stands_on_top_and_in_the_navigation(organization: Organization, editor: Client) -> None:
    connect(organization)
    customer = make.customer("Hotel Albion")
    Trouble.objects.create(
        organization=organization,
        kind="customer",
        object_id=customer.pk,
        cause="fault:6000",
        reason="QuickBooks wants a shorter name.",
        since=make.NOW,
    )
    seen = page(editor)
    assert "What holds things up" in seen
    assert "Everything is in sync" not in seen
    assert "QuickBooks is in sync" not in seen
    assert "Something needs you" in seen


def test_a_hub_without_books_says_what_will_stand_here(organization: Organization, admin: Client) -> None:
    assert "QuickBooks is not connected" in page(admin)


# --- The runs --------------------------------------------------------------------------------------------------------


def test_a_run_is_told_in_words(organization: Organization, viewer: Client) -> None:
    june = make.user("Ada Byron")
    invoice = made.invoice(make.customer(), "1042")
    made.run(invoice, trigger=Trigger.BUTTON, asked_by=june, waiting=2, counts={"invoices refused": 1})
    seen = page(viewer)
    assert "1 customer in, 1 invoice out" in seen
    assert "Ada Byron: Sync now" in seen
    assert "Done, 2 wait, 1 refused" in seen
    assert "1.5 s" in seen


def test_runs_in_which_nothing_happened_stand_apart(organization: Organization, viewer: Client) -> None:
    loud, quiet = made.run(), made.run(came={}, quiet=True)
    failed = made.run(came={}, outcome=Outcome.FAILED)
    assert shown(viewer, "") == {loud.pk, failed.pk}
    assert shown(viewer, "?view=broken") == {failed.pk}
    assert shown(viewer, "?view=all") == {loud.pk, quiet.pk, failed.pk}


def test_runs_are_narrowed_by_kind_direction_outcome_and_date(organization: Organization, viewer: Client) -> None:
    invoice_out = made.run(came={}, went={"invoice": 3})
    invoice_in = made.run(came={"Invoice": 1}, days=3)
    payment_in = made.run(came={"Payment": 2}, outcome=Outcome.PAUSED)
    void_out = made.run(came={}, went={"void": 1})
    assert shown(viewer, "?kind=invoice") == {invoice_out.pk, invoice_in.pk}
    assert shown(viewer, "?kind=invoice&kind=payment") == {invoice_out.pk, invoice_in.pk, payment_in.pk}
    assert shown(viewer, "?kind=invoice&way=out") == {invoice_out.pk}
    assert shown(viewer, "?kind=payment&way=out") == set()
    assert shown(viewer, "?kind=void") == {void_out.pk}
    assert shown(viewer, "?way=in") == {invoice_in.pk, payment_in.pk}
    assert shown(viewer, "?status=paused") == {payment_in.pk}
    assert shown(viewer, f"?began_before={made.TODAY - timedelta(days=2)}") == {invoice_in.pk}
    assert shown(viewer, "?kind=nonsense&way=sideways&began_after=soon") == shown(viewer, "")


def test_a_run_is_found_by_number_name_and_trace(organization: Organization, viewer: Client) -> None:
    albion = make.customer("Hotel Albion")
    sent, changed, read = made.run(made.invoice(albion, "INV-77")), made.run(), made.run()
    activity.record(
        organization, event="customer.updated", kind="customer", object_id=albion.pk, now=make.NOW, run=changed.pk
    )
    read.taken.update(name="Juniper & Rye")
    trace = CallMade.objects.filter(run=sent).latest("pk").trace_id
    assert shown(viewer, "?q=inv-77") == {sent.pk}
    assert shown(viewer, "?q=albion") == {changed.pk}
    assert shown(viewer, "?q=juniper") == {read.pk}
    assert shown(viewer, f"?q={trace}") == {sent.pk}
    assert shown(viewer, "?q=zanzibar") == set()


# --- One run ---------------------------------------------------------------------------------------------------------


def test_a_run_s_page_shows_what_came_what_was_sent_the_answer_and_every_call(
    organization: Organization, viewer: Client
) -> None:
    invoice = made.invoice(make.customer("Hotel Albion"), "1042", total="1284.40")
    run = made.run(invoice)
    seen = viewer.get(reverse("sync_run", args=[run.pk])).content.decode()
    assert "Café Lux" in seen
    assert reverse("invoice", args=[invoice.pk]) in seen
    assert "&quot;TotalAmt&quot;: 1284.40" in seen  # as it was sent, to the digit
    assert "&quot;SyncToken&quot;: &quot;0&quot;" in seen
    assert f"request-{run.pk}" in seen
    assert seen.count(CallMade.objects.filter(run=run).earliest("pk").trace_id) >= 3


def test_a_change_shows_before_and_after(organization: Organization, viewer: Client) -> None:
    albion, run = make.customer("Hotel Albion"), made.run()
    activity.record(
        organization,
        event="customer.updated",
        kind="customer",
        object_id=albion.pk,
        changes={"email": ("old@albion.example", "new@albion.example")},
        now=make.NOW,
        run=run.pk,
    )
    inside = viewer.get(reverse("sync_run", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<main" not in inside
    for words in ("Hotel Albion", "old@albion.example", "new@albion.example"):
        assert words in inside


def test_a_request_sent_again_stands_on_the_page_of_both_runs(organization: Organization, viewer: Client) -> None:
    first = made.run(made.invoice(make.customer(), "1042"))
    second = made.run()
    CallMade.objects.filter(run=second).update(request_id=f"request-{first.pk}", verb="batch")
    for run in (first, second):
        assert "1042" in viewer.get(reverse("sync_run", args=[run.pk])).content.decode()


def test_what_was_refused_is_tried_again_at_once(organization: Organization, editor: Client, viewer: Client) -> None:
    connect(organization)
    invoice, other = made.invoice(make.customer(), "1042"), made.invoice(make.customer(), "1043")
    run = made.run(invoice, other)
    SendingItem.objects.filter(object_id=invoice.pk).update(state=ItemState.REJECTED, said="Too long [1-abc]")
    for each in (invoice, other):
        Trouble.objects.create(
            organization=organization,
            kind="invoice",
            object_id=each.pk,
            cause="fault:6000",
            reason="No",
            since=make.NOW,
        )
    address = reverse("sync_run", args=[run.pk])
    assert "Too long [1-abc]" in editor.get(address).content.decode()
    assert "Try what was refused again" not in viewer.get(address).content.decode()

    editor.post(reverse("sync_retry", args=[run.pk]))

    assert list(Mark.objects.values_list("object_id", flat=True)) == [invoice.pk]
    assert Trouble.objects.get().object_id == other.pk
    assert "Try what was refused again" not in editor.get(address).content.decode()


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_only_admins_see_and_use_undo(organization: Organization, sign_in: SignIn) -> None:
    connect(organization)
    run = made.run(made.invoice(make.customer(), "1042"))
    address = reverse("sync_undo", args=[run.pk])
    for role in (Role.VIEWER, Role.EDITOR):
        client = sign_in(role)
        assert address not in client.get(reverse("sync_run", args=[run.pk])).content.decode()
        assert client.get(address).status_code == client.post(address).status_code == 403
    assert address in sign_in(Role.ADMIN).get(reverse("sync_run", args=[run.pk])).content.decode()
    assert not Undo.objects.exists()


def test_what_became_of_an_undo_stands_with_what_it_was_about(organization: Organization, viewer: Client) -> None:
    invoice = made.invoice(make.customer(), "1042")
    run = made.run(invoice)
    Undo.objects.create(
        organization=organization,
        invoice=invoice,
        asked_by=make.user("Ada Byron"),
        asked_at=make.NOW,
        state=UndoState.DECLINED,
        reason="50.00 of it is paid or credited in QuickBooks.",
    )
    seen = viewer.get(reverse("sync_run", args=[run.pk])).content.decode()
    assert "Ada Byron asked for it to be undone: not undone. 50.00 of it is paid" in seen


def test_the_dialog_says_of_each_why_it_stays(organization: Organization, admin: Client) -> None:
    connect(organization)
    run = made.run(made.invoice(make.customer("Hotel Albion"), "1042"))
    seen = admin.get(reverse("sync_undo", args=[run.pk])).content.decode()
    assert "It was deleted in QuickBooks." in seen  # the mirror does not hold it
    assert "Nothing of this run can be undone." in seen


# --- As a file -------------------------------------------------------------------------------------------------------


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse("sync_csv") + query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_the_file_holds_what_the_list_shows_on_all_its_pages(organization: Organization, viewer: Client) -> None:
    for _ in range(60):
        made.run()
    failed = made.run(outcome=Outcome.FAILED, error="QuickBooks did not answer.")
    assert len(rows(viewer)) == 61
    (row,) = rows(viewer, "?view=broken")
    assert row["Run"] == str(failed.pk)
    assert (row["Outcome"], row["What went wrong"]) == ("Failed", "QuickBooks did not answer.")
    assert (row["What changed"], row["In from QuickBooks"], row["Took (seconds)"]) == ("1 customer in", "1", "1.5")


def test_a_file_longer_than_one_piece_names_each_run_once(organization: Organization, viewer: Client) -> None:
    Run.objects.bulk_create(
        Run(organization=organization, started_at=make.NOW, outcome=Outcome.DONE)
        for _ in range(spreadsheet.AT_ONCE + 5)
    )
    found = [row["Run"] for row in rows(viewer)]
    assert len(found) == len(set(found)) == spreadsheet.AT_ONCE + 5


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_text_that_a_spreadsheet_would_calculate_is_kept_a_text(
    text: str, organization: Organization, viewer: Client
) -> None:
    made.run(asked_by=make.user(text), error=text, trigger=Trigger.BUTTON)
    (row,) = rows(viewer)
    assert row["What went wrong"] == f"'{text}"
    assert not row["Started by"].lstrip().startswith(spreadsheet.FORMULA)


def test_another_organization_finds_none_of_our_runs_by_any_filter_nor_in_its_file(
    organization: Organization, sign_in: SignIn
) -> None:
    run = made.run(made.invoice(make.customer("Hotel Albion"), "1042"))
    other = make.organization("Quayside Provisions")
    with scope(organization=other):
        made.run()
    stranger = sign_in(Role.ADMIN, of=other)
    trace = CallMade.objects.filter(run=run).earliest("pk").trace_id
    for query in ("?q=1042", "?q=albion", f"?q={trace}", "?kind=invoice"):
        assert shown(stranger, query) == set()
    assert [row["Run"] for row in rows(stranger)] != [str(run.pk)]
    assert str(run.pk) not in {row["Run"] for row in rows(stranger)}

"""The list of invoices, and how the balance of one came about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from buddy.hub.customers import Customer
from buddy.hub.invoices import Application, Credit, Invoice, Payment
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from buddy.sync.models import Connection, Trouble
from buddy.web.waterfall import fall
from tests import makers as make
from tests.web import made


@pytest.fixture
def customer(organization: Organization) -> Customer:
    return make.customer("Hotel Albion")


@pytest.fixture
def invoice(customer: Customer) -> Invoice:
    return made.invoice(customer, "1042", total="4218.50", balance="1500.00")


def pay(invoice: Invoice, applied: str, *, amount: str | None = None, days: int = 0, **fields: object) -> Payment:
    """A payment `days` ago, of which `applied` went to this invoice."""
    values = {"organization": invoice.organization, "customer": invoice.customer, "currency": "USD", **fields}
    whole = Decimal(amount if amount is not None else applied)
    payment = Payment.objects.create(date=made.TODAY - timedelta(days=days), amount=whole, **values)
    Application.objects.create(
        organization=invoice.organization, payment=payment, invoice=invoice, amount=Decimal(applied)
    )
    return payment


def shown(client: Client, **query: object) -> list[str]:
    return [row.number for row in client.get(reverse("invoices"), query).context["page"].rows]


def test_overdue_goes_by_the_day_it_is_where_the_business_is(organization: Organization, viewer: Client) -> None:
    """Between these two places it is never the same day."""
    late = made.invoice(make.customer(), "1042")
    Invoice.objects.update(due_date=datetime.now(ZoneInfo("Etc/GMT+12")).date())
    for zone, overdue in (("Etc/GMT+12", []), ("Pacific/Kiritimati", ["1042"])):
        Organization.objects.update(time_zone=zone)
        assert shown(viewer, view="overdue") == overdue
        page = viewer.get(reverse("invoice", args=[late.pk])).content.decode()
        assert ("Overdue" in page) == bool(overdue)


def test_invoices_are_found_by_number_customer_and_po(invoice: Invoice, viewer: Client) -> None:
    made.invoice(make.customer("Bao House 88"), "1043")
    Invoice.objects.filter(pk=invoice.pk).update(po_number="HA-7702, HA-7703")
    assert shown(viewer, q="1042") == shown(viewer, q="albion") == shown(viewer, q="7703") == ["1042"]


def test_every_status_is_a_filter_and_they_combine(customer: Customer, viewer: Client) -> None:
    """The status is derived (R9), so the filter must agree with it."""
    made.invoice(customer, "open")
    made.invoice(customer, "partial", balance="40.00")
    made.invoice(customer, "overdue", days=60)
    made.invoice(customer, "paid", balance="0")
    made.invoice(customer, "no_charge", total="0", balance="0")
    Invoice.objects.filter(pk=made.invoice(customer, "voided", balance="0").pk).update(ended="voided")
    for status in ("open", "partial", "overdue", "paid", "no_charge", "voided"):
        assert shown(viewer, status=status) == [status]
    assert set(shown(viewer, status=["open", "overdue"])) == {"open", "overdue"}
    assert shown(viewer, view="overdue") == ["overdue"]
    assert set(shown(viewer, view="unpaid")) == {"open", "partial", "overdue"}


def test_the_list_sums_total_and_balance_per_currency(customer: Customer, viewer: Client) -> None:
    made.invoice(customer, "1", total="100.00", balance="40.00")
    made.invoice(customer, "2", total="1.50", balance="0")
    Invoice.objects.filter(pk=made.invoice(customer, "3", total="9.00").pk).update(currency="EUR")
    context = viewer.get(reverse("invoices")).context
    assert context["totals"] == [
        ("EUR", Decimal("9.00"), Decimal("100.00")),
        ("USD", Decimal("101.50"), Decimal("40.00")),
    ]


def test_the_waterfall_falls_from_total_to_balance(invoice: Invoice) -> None:
    pay(invoice, "1500.00", days=12, method="Check", reference="2231")
    pay(invoice, "1000.00", amount="3400.00", days=6, method="Bank transfer")
    credit = Credit.objects.create(
        organization=invoice.organization,
        customer=invoice.customer,
        number="CM-118",
        date=made.TODAY,
        total=Decimal("218.50"),
        remaining=0,
        currency="USD",
    )
    applied = pay(invoice, "218.50", amount="0", days=5)
    Application.objects.create(
        organization=invoice.organization, payment=applied, credit=credit, amount=Decimal("218.50")
    )
    falling = fall(invoice)
    assert [(step.kind, step.title, step.amount, step.left) for step in falling.steps] == [
        ("cash", "Payment, check 2231", Decimal("1500.00"), Decimal("2718.50")),
        ("cash", "Payment, bank transfer", Decimal("1000.00"), Decimal("1718.50")),
        ("credit", "Credit memo CM-118", Decimal("218.50"), Decimal("1500.00")),
    ]
    assert "2,400.00 went elsewhere" in falling.steps[1].detail
    assert falling.steps[2].detail == "a credit, no money came in"
    assert falling.percent == 64


def test_what_buddy_cannot_name_is_the_last_counted_row(invoice: Invoice) -> None:
    """R9: total − balance − what is known."""
    pay(invoice, "2000.00")
    assert [(step.title, step.amount) for step in fall(invoice).steps] == [
        ("Payment", Decimal("2000.00")),
        ("Other, per QuickBooks", Decimal("718.50")),
    ]


def test_a_voided_payment_stays_visible_and_is_not_counted(invoice: Invoice, viewer: Client) -> None:
    pay(invoice, "2718.50", days=1)
    pay(invoice, "900.00", days=9, method="Check", reference="2198", ended="voided")
    falling = fall(invoice)
    assert [step.counts for step in falling.steps] == [True, False]
    assert falling.steps[0].left == invoice.balance
    assert "voided in QuickBooks, not counted" in viewer.get(reverse("invoice", args=[invoice.pk])).content.decode()


@pytest.mark.parametrize(("total", "balance"), [("0", "0"), ("99999999999.99", "0.01"), ("-50.00", "-50.00")])
def test_odd_amounts_draw_no_impossible_bars(customer: Customer, viewer: Client, total: str, balance: str) -> None:
    made_one = made.invoice(customer, "1", total=total, balance=balance)
    falling = fall(made_one)
    for _, begin, width in falling.bars:
        assert 0 <= Decimal(begin) <= 100
        assert 0 <= Decimal(width) <= 100
    assert viewer.get(reverse("invoice", args=[made_one.pk])).status_code == 200


def test_the_page_says_whether_totals_agree(invoice: Invoice, viewer: Client) -> None:
    made.link("invoice", invoice.pk, "1187")
    url = reverse("invoice", args=[invoice.pk])
    for predicted, words in (
        ("4218.50", "Totals agree"),
        ("4200.00", "Lines that were added"),
    ):
        Invoice.objects.filter(pk=invoice.pk).update(predicted_total=predicted)
        assert words in viewer.get(url).content.decode()


def test_the_page_names_its_orders_and_a_voided_one_says_they_are_free(customer: Customer, viewer: Client) -> None:
    order = made.order(customer)
    invoice = made.invoice(customer, "1042", of=order)
    url = reverse("invoice", args=[invoice.pk])
    assert order.number in viewer.get(url).content.decode()
    Invoice.objects.filter(pk=invoice.pk).update(ended="voided", balance=0)
    assert "Its orders can be invoiced again" in viewer.get(url).content.decode()


@pytest.fixture
def refused(invoice: Invoice) -> Invoice:
    """QuickBooks would not take it."""
    Trouble.objects.create(
        organization=invoice.organization, kind="invoice", object_id=invoice.pk, reason="The books are closed.",
        since=make.NOW,
    )  # fmt: skip
    return invoice


def test_a_refused_invoice_is_sent_again_once_the_cause_is_gone(refused: Invoice, editor: Client) -> None:
    assert "The books are closed." in editor.get(reverse("invoice", args=[refused.pk])).content.decode()
    answer = editor.post(reverse("retry", args=["invoice", refused.pk]))
    assert Mark.objects.filter(kind="invoice", object_id=refused.pk).exists()
    page = editor.get(answer["Location"]).content.decode()
    assert "On its way to QuickBooks again" in page
    assert "The books are closed." not in page


def test_a_refused_invoice_is_discarded_and_frees_its_orders(refused: Invoice, editor: Client) -> None:
    answer = editor.post(reverse("invoice_discard", args=[refused.pk]))
    refused.refresh_from_db()
    assert refused.ended == "discarded"
    assert "Its orders can be invoiced again" in editor.get(answer["Location"]).content.decode()


def test_an_invoice_that_is_in_quickbooks_is_not_discarded(invoice: Invoice, editor: Client) -> None:
    made.link("invoice", invoice.pk, "1187")
    answer = editor.post(reverse("invoice_discard", args=[invoice.pk]))
    assert "The invoice was not discarded" in editor.get(answer["Location"]).content.decode()
    invoice.refresh_from_db()
    assert invoice.ended == ""


def test_an_invoice_without_a_number_goes_by_its_order(organization: Organization, viewer: Client) -> None:
    invoice = make.invoice()
    name = str(invoice)
    assert name.startswith("SO-")
    for address in (reverse("invoices"), reverse("invoices") + f"?q={name}", reverse("invoice", args=[invoice.pk])):
        assert f'data-number="{invoice.pk}">{name}<' in viewer.get(address).content.decode()
    Invoice.objects.update(number="1042")
    assert "1042" not in viewer.get(reverse("invoices") + f"?q={name}").content.decode()


def test_while_a_sync_runs_what_cannot_be_named_yet_may_still_arrive(invoice: Invoice, viewer: Client) -> None:
    pay(invoice, "2000.00")
    now = timezone.now()
    row = Connection.objects.create(
        organization=invoice.organization, environment="sandbox", realm="1", connected_at=now, first_synced_at=now
    )
    page = reverse("invoice", args=[invoice.pk])
    assert "Other, per QuickBooks" in viewer.get(page).content.decode()
    row.lease_owner, row.lease_expires_at = "worker", now + timedelta(minutes=1)
    row.save()
    said = viewer.get(page).content.decode()
    assert "Payments still arriving" in said
    assert "Other, per QuickBooks" not in said
    Connection.objects.update(lease_expires_at=now - timedelta(minutes=1))
    assert "Other, per QuickBooks" in viewer.get(page).content.decode()


def test_an_invoice_that_waits_for_closed_books_can_be_dated_on_the_first_open_day(
    invoice: Invoice, editor: Client, viewer: Client
) -> None:
    made, organization = invoice, invoice.organization
    Connection.objects.create(
        organization=organization,
        environment="sandbox",
        realm="1",
        connected_at=datetime.now(UTC),
        facts={"closed_through": f"{made.invoice_date}"},
    )
    now = datetime.now(UTC)
    cause = f"closed:{made.invoice_date}"
    Trouble.objects.create(
        organization=organization, kind="invoice", object_id=made.pk, cause=cause, reason="Closed.", since=now
    )
    day = made.invoice_date + timedelta(days=1)
    page = reverse("invoice", args=[made.pk])
    assert f"Date it {day:%b} {day.day}, {day.year}" in editor.get(page).content.decode()
    assert "Date it" not in viewer.get(page).content.decode()
    assert viewer.post(reverse("invoice_date_open", args=[made.pk])).status_code == 403

    editor.post(reverse("invoice_date_open", args=[made.pk]))
    made.refresh_from_db()
    assert made.invoice_date == day
    assert not Trouble.objects.exists()
    assert Mark.objects.get().object_id == made.pk

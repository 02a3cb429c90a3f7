"""Whose number an invoice carries (R17), and where PO numbers stand (R18)."""

from dataclasses import replace
from typing import Any

import pytest

from buddy.hub import orders
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import LineDraft, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.sync import answers, invoicing
from buddy.sync.mapping import invoice as invoice_mapping
from buddy.sync.mapping.invoice import Out, po_text
from buddy.sync.models import Connection, Link, Outcome, Sending, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, another_order, invoice, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def numbering(company: Company) -> None:
    """QuickBooks leaves the numbers to us."""
    company.preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True


# --- R17 -------------------------------------------------------------------------------------------------------------


def test_when_quickbooks_numbers_none_is_sent_and_its_answer_shown(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    assert made.number == ""
    sync(connected.organization)
    assert "DocNumber" not in wire.sent("Invoice")[0]
    made.refresh_from_db()
    assert made.number == company.all("Invoice")[0]["DocNumber"] != ""


def test_custom_numbers_go_out_with_the_prefix_in_order(
    numbering: None, order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    Organization.objects.update(invoice_prefix="INV-", last_invoice_number=41)
    connected.organization.refresh_from_db()
    plan = invoicing.preflight(connected.organization, [order.pk], combine=False, invoice_date=DAY)
    assert [each.number for each in plan.ready] == ["INV-42"]
    made = [invoice(each, by=admin) for each in (order, another_order(), another_order())]
    assert [each.number for each in made] == ["INV-42", "INV-43", "INV-44"]
    sync(connected.organization)
    assert sorted(each["DocNumber"] for each in company.all("Invoice")) == ["INV-42", "INV-43", "INV-44"]


def test_our_numbers_continue_after_those_quickbooks_already_has(
    numbering: None, connected: Connection, company: Company, admin: User
) -> None:
    customer = books.customer(company, "Hotel Albion")
    for number in ("1207", "ABC-9000", "1188"):
        books.invoice(company, customer["Id"], DocNumber=number)
    sync(connected.organization)
    assert invoice(another_order(), by=admin).number == "1208"


def test_a_number_is_never_used_twice(
    numbering: None, order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    first = invoice(order, by=admin)
    answers.discard(first, by=admin)
    second = invoice(order, by=admin)
    assert first.number != second.number


def test_a_number_too_long_for_quickbooks_is_refused_before_anything_is_made(
    numbering: None, order: SalesOrder, connected: Connection, admin: User
) -> None:
    Organization.objects.update(invoice_prefix="WHOLESALE-", last_invoice_number=10**12 - 1)
    connected.organization.refresh_from_db()
    with pytest.raises(Refused, match="longer than 21 characters"):
        invoice(order, by=admin)
    assert not Invoice.objects.exists()


def test_a_number_taken_by_another_document_gives_way_to_the_next_in_a_new_request(
    numbering: None, order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    stranger = books.invoice(company, company.all("Customer")[0]["Id"], DocNumber=made.number)
    wire.show_no_changes()
    assert sync(connected.organization) == Outcome.DONE
    numbers = [each["DocNumber"] for each in wire.sent("Invoice")]
    assert numbers == [made.number, str(int(made.number) + 1)]
    assert Sending.objects.count() == 2
    made.refresh_from_db()
    assert made.number == numbers[1]
    assert Link.objects.get(kind="invoice", object_id=made.pk).remote_id != stranger["Id"]
    assert Invoice.objects.count() == 2  # the stranger was read and is here, too
    assert not Trouble.objects.exists()


def test_a_number_taken_by_ourselves_is_adopted(
    numbering: None, order: SalesOrder, connected: Connection, company: Company, admin: User, sim: Simulator, wire: Wire
) -> None:
    """Our first try arrived, its answer was lost, and QuickBooks has forgotten the request id."""
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    company.replays.kept.clear()
    wire.show_no_changes()
    assert sync(connected.organization) == Outcome.DONE
    there = company.all("Invoice")
    assert [each["DocNumber"] for each in there] == [wire.sent("Invoice")[0]["DocNumber"]]
    assert Link.objects.get(kind="invoice").remote_id == there[0]["Id"]
    made.refresh_from_db()
    assert (made.number, Invoice.objects.count()) == (there[0]["DocNumber"], 1)


# --- R18 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (["HA-7702"], "HA-7702"),
        (["A" * 40], "A" * 31),
        (["a", "b"], "PO a, b"),
        (["HA-7702-2026", "HA-7703-2026", "HA-7704-2026"], "PO HA-7702-2026 +2"),
        (["B" * 40, "c"], ("PO " + "B" * 40)[:31]),
        ([], ""),
    ],
)  # fmt: skip
def test_the_po_field_holds_as_many_numbers_as_fit(numbers: list[str], text: str) -> None:
    assert po_text(numbers) == text
    assert len(po_text(numbers)) <= 31


def test_a_po_number_goes_into_the_companys_po_field(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    company.define_custom_field("Crew #", 1)
    company.define_custom_field("P.O. Number", 2)
    Connection.objects.update(facts_at=None)
    sync(connected.organization)
    invoice(order, by=admin)
    sync(connected.organization)
    [body] = wire.sent("Invoice")
    assert body["CustomField"] == [{"DefinitionId": "2", "Type": "StringType", "StringValue": "HA-7702"}]
    assert "CustomerMemo" not in body
    assert company.all("Invoice")[0]["CustomField"][1]["StringValue"] == "HA-7702"


def test_without_such_a_field_it_goes_into_the_message(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    invoice(order, by=admin)
    sync(connected.organization)
    [body] = wire.sent("Invoice")
    assert body["CustomerMemo"] == {"value": "PO HA-7702"}
    assert "CustomField" not in body


def test_our_po_number_survives_what_quickbooks_answers(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, another_order(po_number="HA-7800"), by=admin, combine=True)
    sync(connected.organization)
    books.change(company, "Invoice", company.all("Invoice")[0]["Id"], PrivateNote="Edited")
    sync(connected.organization)
    made.refresh_from_db()
    assert set(made.po_number.split(", ")) == {"HA-7702", "HA-7800"}


def test_a_combined_invoice_names_all_its_orders_and_their_pos(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    company.define_custom_field("PO Number", 1)
    Connection.objects.update(facts_at=None)
    sync(connected.organization)
    second, third = another_order(po_number="HA-7703"), another_order()
    invoice(order, second, third, by=admin, combine=True)
    sync(connected.organization)
    [body] = wire.sent("Invoice")
    assert set(body["CustomField"][0]["StringValue"].removeprefix("PO ").split(", ")) == {"HA-7702", "HA-7703"}
    assert {"HA-7702", "HA-7703"} == set(body["CustomerMemo"]["value"].removeprefix("PO ").split(", "))
    headings = {line["Description"] for line in body["Line"]}
    assert headings == {f"{order.number} · PO HA-7702", f"{second.number} · PO HA-7703", third.number}
    assert all(number in body["PrivateNote"] for number in (order.number, second.number, third.number))


def test_orders_combine_by_customer_ship_to_terms_and_currency(connected: Connection, company: Company) -> None:
    for name in ("Hotel Albion", "Zephyr"):
        books.customer(company, name)
    books.item(company, "Olives")
    sync(connected.organization)
    albion, zephyr = (Customer.objects.get(display_name=name) for name in ("Hotel Albion", "Zephyr"))
    oil = Product.objects.get()
    dock = make.location(albion, address={"line1": "Dock 9", "city": "Salem"})
    net_15 = make.term("Fifteen", 15)
    lines = [(oil, 1)]
    groups = [
        [make.order(albion, lines), make.order(albion, lines)],
        [make.order(albion, lines, location=dock)],
        [make.order(zephyr, lines)],
    ]
    SalesOrder.objects.filter(pk=make.order(albion, lines).pk).update(terms=net_15)
    ids = list(SalesOrder.objects.values_list("pk", flat=True))
    plan = invoicing.preflight(connected.organization, ids, combine=True, invoice_date=DAY)
    assert sorted(len(each.orders) for each in plan.ready) == [1, 1, 1, 2]
    assert invoicing.preflight(connected.organization, ids, combine=False, invoice_date=DAY).count == 5
    two = next(each for each in plan.ready if len(each.orders) == 2)
    assert {each.pk for each in two.orders} == {each.pk for each in groups[0]}


def test_the_message_is_cut_at_what_quickbooks_takes(order: SalesOrder, connected: Connection, admin: User) -> None:
    made = invoice(order, by=admin)
    made.po_number = ", ".join(f"HA-{number:06d}" for number in range(300))
    out = Out("1", "", "", {order.lines.get().product_id: "1"}, {}, "", {}, "Buddy #aaaaaaaaaa")
    body: dict[str, Any] = invoice_mapping.new_body(made, list(made.lines.all()), replace(out))
    assert len(body["CustomerMemo"]["value"]) == 1000


def test_a_line_keeps_its_own_description_behind_the_heading(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    described = orders.place(
        connected.organization, order.customer, status="confirmed", by=None, po_number="X-1",
        lines=[LineDraft(Product.objects.get(), 1, description="Extra virgin")],
    )  # fmt: skip
    invoice(order, described, by=admin, combine=True)
    sync(connected.organization)
    texts = {line["Description"] for line in wire.sent("Invoice")[0]["Line"]}
    assert f"{described.number} · PO X-1: Extra virgin" in texts

"""Changes here go there sparse (R14); an invoice that was sent is QuickBooks' (R15)."""

from typing import Any

import pytest

from buddy.hub import customers, products
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Ended, Invoice
from buddy.hub.orders import Invoiced, SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.hub.team import Organization, User
from buddy.hub.terms import PaymentTerm
from buddy.sync import answers, status
from buddy.sync.models import Connection, Link, Outcome, Sending, SendingItem, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests.sync import bookkeeper as books
from tests.sync.conftest import another_order, invoice, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def linked(connected: Connection, company: Company) -> Customer:
    books.customer(
        company, "Hotel Albion", email="ap@albion.example", phone="555 0101", Notes="Gate",
        BillAddr={"Line1": "1 Pier Rd", "Line2": "Unit 4", "City": "Salem"},
    )  # fmt: skip
    sync(connected.organization)
    return Customer.objects.get()


def there(company: Company) -> dict[str, Any]:
    return company.all("Customer")[0]


# --- R14 -------------------------------------------------------------------------------------------------------------


def test_an_update_holds_only_what_changed(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    customers.change(linked, {"notes": "Ring twice"}, by=None)
    sync(connected.organization)
    [item] = wire.batches[0].items
    assert item["operation"] == "update"
    assert item["Customer"] == {"Id": there(company)["Id"], "SyncToken": "0", "sparse": True, "Notes": "Ring twice"}
    assert there(company)["PrimaryPhone"]["FreeFormNumber"] == "555 0101"


def test_phone_email_and_address_go_whole(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    values = {
        "phone": "555 0202",
        "email": "new@albion.example",
        "billing_address": {"line1": "2 Quay", "city": "Salem"},
    }
    customers.change(linked, values, by=None)
    sync(connected.organization)
    [body] = wire.sent("Customer")
    assert body["PrimaryPhone"] == {"FreeFormNumber": "555 0202"}
    assert body["PrimaryEmailAddr"] == {"Address": "new@albion.example"}
    assert body["BillAddr"] == {
        "Line1": "2 Quay", "Line2": "", "Line3": "", "Line4": "", "Line5": "", "City": "Salem",
        "CountrySubDivisionCode": "", "PostalCode": "", "Country": "",
    }  # fmt: skip
    assert {name: part for name, part in there(company)["BillAddr"].items() if name != "Id"} == {
        "Line1": "2 Quay", "City": "Salem",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("notes", {"Notes": ""}),
        ("phone", {"PrimaryPhone": {"FreeFormNumber": ""}}),
        ("email", {"PrimaryEmailAddr": {"Address": ""}}),
    ],
)
def test_clearing_is_an_empty_text(
    linked: Customer, connected: Connection, company: Company, wire: Wire, field: str, sent: dict[str, Any]
) -> None:
    customers.change(linked, {field: ""}, by=None)
    assert sync(connected.organization) == Outcome.DONE
    [body] = wire.sent("Customer")
    assert {name: value for name, value in body.items() if name not in ("Id", "SyncToken", "sparse")} == sent
    [name] = sent
    assert not there(company).get(name)
    sync(connected.organization)
    assert len(wire.batches) == 1
    assert not Review.objects.exists()


@pytest.mark.parametrize(("field", "name"), [("terms", "SalesTermRef"), ("active", "Active")])
def test_terms_and_being_active_go_out(
    linked: Customer, connected: Connection, company: Company, wire: Wire, field: str, name: str
) -> None:
    if field == "terms":
        customers.change(linked, {"terms": PaymentTerm.objects.get(name="Net 30")}, by=None)
    else:
        customers.deactivate(linked, by=None)
    sync(connected.organization)
    assert there(company)[name] in ({"value": "3", "name": "Net 30"}, {"value": "3"}, False)
    sync(connected.organization)
    assert len(wire.batches) == 1
    assert not Review.objects.exists()


@pytest.mark.parametrize(("sent", "kept"), [(b'"Notes":""', b'"Notes":"Gate"'), (b'"Notes":"New"', b'"Notes":"Gate"')])
def test_a_reply_that_still_holds_the_old_value_is_a_review_and_never_a_loop(
    linked: Customer, connected: Connection, company: Company, wire: Wire, sent: bytes, kept: bytes
) -> None:
    customers.change(linked, {"notes": "New" if b"New" in sent else ""}, by=None)
    wire.store_otherwise(sent, kept)
    for _ in range(3):
        sync(connected.organization)
    assert len(wire.batches) == 1
    [field] = Review.objects.get().data["fields"]
    assert (field["name"], field["theirs"]) == ("notes", "Gate")


def test_a_stale_update_is_read_merged_and_sent_again(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    customers.change(linked, {"phone": "555 0202"}, by=None)
    id = there(company)["Id"]
    wire.before("/batch?", lambda: books.change(company, "Customer", id, Notes="Theirs"))
    assert sync(connected.organization) == Outcome.DONE
    linked.refresh_from_db()
    assert (linked.notes, there(company)["PrimaryPhone"]["FreeFormNumber"]) == ("Theirs", "555 0202")
    assert [item["Customer"]["SyncToken"] for batch in wire.batches for item in batch.items] == ["0", "1"]
    assert len({each.text for each in wire.batches}) == 2


def test_a_stale_update_that_meets_the_same_field_becomes_a_question(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    customers.change(linked, {"notes": "Ours"}, by=None)
    id = there(company)["Id"]
    wire.before("/batch?", lambda: books.change(company, "Customer", id, Notes="Theirs"))
    for _ in range(2):
        sync(connected.organization)
    assert (Customer.objects.get().notes, there(company)["Notes"]) == ("Ours", "Theirs")
    assert Review.objects.get().kind == "conflict"
    assert len(wire.batches) == 1


def test_an_update_that_is_stale_again_and_again_is_tried_three_times(
    linked: Customer, connected: Connection, company: Company, wire: Wire
) -> None:
    customers.change(linked, {"phone": "555 0202"}, by=None)
    id, times = there(company)["Id"], iter(range(100))
    wire.before("/batch?", lambda: books.change(company, "Customer", id, Notes=f"Edit {next(times)}"), times=3)
    sync(connected.organization)
    assert len(wire.batches) == 3
    assert "5010" in Trouble.objects.get().cause
    assert status.badges(connected.organization, "customer", [linked])[linked.pk].state == "attention"
    assert there(company)["PrimaryPhone"]["FreeFormNumber"] == "555 0101"

    sync(connected.organization)  # the last change there is news, and what is owed goes with it
    assert there(company)["PrimaryPhone"]["FreeFormNumber"] == "555 0202"
    assert not Trouble.objects.exists()


def test_a_mark_without_a_change_sends_nothing(linked: Customer, connected: Connection, wire: Wire) -> None:
    customers.change(linked, {"phone": "555 0202"}, by=None)
    customers.change(linked, {"phone": "555 0101"}, by=None)
    sync(connected.organization)
    assert wire.batches == []
    assert not Mark.objects.exists()


def test_a_product_that_changed_goes_out_too(
    order: SalesOrder, connected: Connection, company: Company, wire: Wire
) -> None:
    Organization.objects.update(price_decimals=4)
    products.change(Product.objects.get(), {"base_price": "13.2550", "sku": "OL-9"}, by=None)
    sync(connected.organization)
    [body] = wire.sent("Item")
    assert b'"UnitPrice":13.255' in wire.batches[0].content
    assert (body["Sku"], set(body)) == ("OL-9", {"Id", "SyncToken", "sparse", "UnitPrice", "Sku"})
    assert company.all("Item")[0]["Sku"] == "OL-9"


def test_a_name_that_is_taken_there_is_a_trouble_with_a_way_out(
    linked: Customer, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    company.create("Vendor", {"DisplayName": "Albion Supplies"})
    customers.change(linked, {"display_name": "Albion Supplies"}, by=None)
    for _ in range(2):
        sync(connected.organization)
    trouble = Trouble.objects.get()
    assert trouble.cause == f"name:customer:{linked.pk}"
    assert "another name" in trouble.reason
    assert len(wire.batches) == 1
    customers.change(linked, {"display_name": "Albion House"}, by=None)
    sync(connected.organization)
    assert there(company)["DisplayName"] == "Albion House"
    assert not Trouble.objects.exists()


# --- R15 -------------------------------------------------------------------------------------------------------------


def test_a_sent_invoice_is_read_back_and_never_updated(
    order: SalesOrder, connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    company.preferences["SalesFormsPrefs"] |= {"AllowDiscount": True, "AllowShipping": True}
    other = books.item(company, "Gift wrap", 3)
    company.preferences["TaxPrefs"]["UsingSalesTax"] = True
    lines = [
        books.sale(company.all("Item")[0]["Id"], 2),
        books.sale(other["Id"], 1, 3, Description="As agreed"),
        {"DetailType": "DescriptionOnly", "Description": "Second delivery"},
        {"Amount": 8, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}},
        {"Amount": 5, "DetailType": "SalesItemLineDetail",
         "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}},
    ]  # fmt: skip
    id = company.all("Invoice")[0]["Id"]
    books.change(company, "Invoice", id, Line=lines, DueDate="2027-01-31", CustomerMemo={"value": "Thanks"})
    for _ in range(2):
        sync(connected.organization)
    made.refresh_from_db()
    assert (made.subtotal, made.discount, made.shipping, made.total, made.balance) == (28, 8, 5, 25, 25)
    assert (made.due_date.isoformat(), made.memo) == ("2027-01-31", "Thanks")
    shown = [(line.kind, line.name, line.description, line.amount) for line in made.lines.all()]
    assert shown == [
        ("sale", "Olives", "", 25), ("sale", "Gift wrap", "As agreed", 3), ("text", "", "Second delivery", 0),
    ]  # fmt: skip
    assert len(wire.batches) == 1
    order.refresh_from_db()
    assert order.invoiced == Invoiced.PART


def test_a_line_of_an_item_unknown_here_says_what_it_was(connected: Connection, company: Company) -> None:
    customer = books.customer(company, "Hotel Albion")
    bundle = company.create("Item", {"Name": "Labour", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    books.invoice(company, customer["Id"], [books.sale(bundle["Id"], 1, 40)])
    company.deactivate("Item", bundle["Id"])  # inactive items make no product
    sync(connected.organization)
    line = Invoice.objects.get().lines.get()
    assert line.product is None
    assert line.name.startswith("Labour")


def test_marking_a_sent_invoice_again_sends_nothing(
    order: SalesOrder, connected: Connection, admin: User, wire: Wire
) -> None:
    made = invoice(order, by=admin)
    sync(connected.organization)
    answers.retry(made, by=admin)
    sync(connected.organization)
    assert len(wire.batches) == 1
    assert not Mark.objects.exists()


def test_an_invoice_refused_at_its_creation_is_discarded_and_frees_its_order(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    company.close_books("2026-12-31")
    sync(connected.organization)
    assert Trouble.objects.get().object_id == made.pk
    answers.discard(made, by=admin)
    order.refresh_from_db()
    made.refresh_from_db()
    assert (made.ended, order.invoiced) == (Ended.DISCARDED, Invoiced.NONE)
    assert not Trouble.objects.exists()
    company.close_books(None)
    sync(connected.organization)
    assert company.all("Invoice") == []


def test_an_invoice_that_may_exist_there_cannot_be_discarded(
    order: SalesOrder, connected: Connection, admin: User, sim: Simulator
) -> None:
    made = invoice(order, by=admin)
    sim.faults.add("lose_reply", method="POST", path="*/batch")
    sync(connected.organization)
    with pytest.raises(Refused, match="on its way"):
        answers.discard(made, by=admin)
    sync(connected.organization)
    with pytest.raises(Refused, match="in QuickBooks"):
        answers.discard(made, by=admin)
    order.refresh_from_db()
    assert order.invoiced == Invoiced.ALL


def test_an_invoice_discarded_before_it_left_never_leaves(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    made = invoice(order, by=admin)
    answers.discard(made, by=admin)
    sync(connected.organization)
    assert company.all("Invoice") == []
    again = invoice(order, by=admin)
    sync(connected.organization)
    assert Link.objects.get(kind="invoice").object_id == again.pk


def test_orders_of_one_customer_are_invoiced_at_their_own_quantities(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    invoice(order, by=admin)
    invoice(another_order(2), by=admin)
    sync(connected.organization)
    assert sorted(each["TotalAmt"] for each in company.all("Invoice")) == [25, 50]
    assert Sending.objects.count() == 1
    assert SendingItem.objects.count() == 2

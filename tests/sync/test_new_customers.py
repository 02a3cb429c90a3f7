"""Who goes out to QuickBooks by itself, and who only when someone says so (R21)."""

from typing import Any

import pytest

from buddy.hub import customers, products
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.hub.team import Organization, User
from buddy.sync import answers, connection, invoicing, rehearsal, status
from buddy.sync.models import Act, Connection, Link, Outcome, Trouble
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, sync
from tests.sync.consent import connect_in_browser
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def new(organization: Organization, name: str, **values: Any) -> Customer:
    return customers.create(organization, {"display_name": name, **values}, by=None)


def test_leads_from_before_the_connection_stay_here_until_someone_says_so(
    organization: Organization, company: Company, sim: Simulator, admin: User
) -> None:
    lead = new(organization, "Old Lead")
    products.create(organization, {"name": "Old product", "base_price": "5"}, by=None)
    assert Mark.objects.exists()
    connect_in_browser(organization, sim, REALM, by=admin)
    sync(organization)
    rehearsal.approve(organization, (Act.LINK, Act.CREATE_HERE), by=admin)
    for _ in range(2):
        assert sync(organization) == Outcome.DONE
    assert company.all("Customer") == []
    assert company.all("Item") == []
    assert status.badges(organization, "customer", [lead])[lead.pk].state == "none"

    answers.send_customer(lead, by=admin)
    sync(organization)
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Old Lead"]
    assert status.badges(organization, "customer", [lead])[lead.pk].state == "ok"


def test_a_customer_made_after_connecting_goes_out_with_all_it_holds(
    connected: Connection, company: Company, wire: Wire
) -> None:
    sync(connected.organization)
    made = new(
        connected.organization, "Hotel Albion", company_name="Albion Ltd", email="ap@albion.example", phone="555 0101",
        given_name="Ada", notes="Gate", taxable=False, resale_number="R-1",
        billing_address={"line1": "1 Pier Rd", "city": "Salem"},
    )  # fmt: skip
    sync(connected.organization)
    there = company.all("Customer")[0]
    assert (there["DisplayName"], there["CompanyName"], there["Taxable"]) == ("Hotel Albion", "Albion Ltd", False)
    assert (there["GivenName"], there["Notes"], there["ResaleNum"]) == ("Ada", "Gate", "R-1")
    assert there["BillAddr"]["City"] == "Salem"
    link = Link.objects.get(kind="customer")
    assert (link.object_id, link.rule, link.note) == (made.pk, "sent", "")
    before = len(wire.asked)
    sync(connected.organization)
    assert len(wire.asked) == before + 1
    assert not Review.objects.exists()


def test_an_older_customer_goes_out_when_it_is_edited(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    old = make.customer("Old Lead")
    sync(connected.organization)
    assert company.all("Customer") == []
    customers.change(old, {"phone": "555 0101"}, by=None)
    sync(connected.organization)
    assert company.all("Customer")[0]["PrimaryPhone"]["FreeFormNumber"] == "555 0101"


def test_a_child_goes_out_after_its_parent_and_below_it(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    parent = new(connected.organization, "Albion Group")
    child = new(connected.organization, "Albion Salem", parent=parent)
    assert sync(connected.organization) == Outcome.DONE
    there = {each["DisplayName"]: each for each in company.all("Customer")}
    assert there["Albion Salem"]["ParentRef"]["value"] == there["Albion Group"]["Id"]
    assert there["Albion Salem"]["Job"] is True
    assert Link.objects.filter(kind="customer", object_id=child.pk).exists()


def test_a_child_of_a_parent_that_stays_here_waits_and_says_why(connected: Connection, company: Company) -> None:
    sync(connected.organization)
    old = make.customer("Old Group")
    child = new(connected.organization, "Salem", parent=old)
    sync(connected.organization)
    assert company.all("Customer") == []
    trouble = Trouble.objects.get()
    assert (trouble.object_id, trouble.cause) == (child.pk, f"parent:{old.pk}")
    assert "Old Group" in trouble.reason


def test_a_customer_that_may_be_there_already_waits_for_the_answer(
    connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    for name in ("Albion One", "Albion Two"):
        make.customer(name, email="ap@albion.example")
    there = books.customer(company, "Albion", email="ap@albion.example")
    sync(connected.organization)
    assert Review.objects.get().kind == "match"
    made = new(connected.organization, "Albion Three", email="ap@albion.example")
    sync(connected.organization)
    assert len(company.all("Customer")) == 1
    assert "Data quality" in Trouble.objects.get(object_id=made.pk).reason

    answers.link_customer(connected.organization, made.pk, there["Id"], by=admin)
    sync(connected.organization)
    assert Link.objects.get(kind="customer").object_id == made.pk
    assert len(company.all("Customer")) == 1
    assert not Trouble.objects.exists()


def test_a_quickbooks_customer_without_a_candidate_is_created_here(connected: Connection, company: Company) -> None:
    make.customer("Zephyr Trading", email="z@zephyr.example")
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    assert set(Customer.objects.values_list("display_name", flat=True)) == {"Zephyr Trading", "Hotel Albion"}
    assert not Review.objects.exists()
    assert not Mark.objects.exists()


# --- What an invoice needs goes out with it ---------------------------------------------------------------------------


@pytest.fixture
def ready(connected: Connection, company: Company) -> Organization:
    """The item "Olives" is here; nobody is a customer yet."""
    books.item(company, "Olives")
    sync(connected.organization)
    return connected.organization


def look(organization: Organization, *orders: SalesOrder) -> invoicing.Preflight:
    return invoicing.preflight(organization, [each.pk for each in orders], combine=False, invoice_date=DAY)


def blocked(organization: Organization, order: SalesOrder) -> invoicing.Blocked:
    plan = look(organization, order)
    assert plan.ready == []
    return plan.blocked[0]


def order_of(customer: Customer, *more: Product) -> SalesOrder:
    return make.order(customer, [(product, 4) for product in (Product.objects.earliest("pk"), *more)])


def test_what_an_invoice_needs_goes_out_first_and_in_the_same_run(
    ready: Organization, company: Company, admin: User, wire: Wire
) -> None:
    lead = make.customer("Old Lead", parent=make.customer("Old Group"))
    wrap = make.product("Gift wrap")
    order = order_of(lead, wrap)
    plan = look(ready, order)
    assert [(new.kind, new.name) for new in plan.creates] == [
        ("customer", "Old Group"), ("customer", "Old Lead"), ("product", "Gift wrap")
    ]  # fmt: skip
    assert plan.needs_account
    assert company.all("Customer") == []

    seen = [new.key for new in plan.creates]
    account = books.income_account(company)
    invoicing.create(ready, [order.pk], combine=False, invoice_date=DAY, by=admin, creating=seen, account_id=account)
    assert sync(ready) == Outcome.DONE
    assert [next(iter(item.keys() - {"bId", "operation"})) for batch in wire.batches for item in batch.items] == [
        "Customer", "Customer", "Item", "Invoice"
    ]  # fmt: skip
    [made] = company.all("Invoice")
    there = {each["DisplayName"]: each for each in company.all("Customer")}
    assert made["CustomerRef"]["value"] == there["Old Lead"]["Id"]
    assert there["Old Lead"]["ParentRef"]["value"] == there["Old Group"]["Id"]
    assert look(ready, order).blocked[0].cause == "invoiced"
    assert not Trouble.objects.exists()


def test_only_what_the_person_saw_is_created(ready: Organization, company: Company, admin: User) -> None:
    order = order_of(make.customer("Old Lead"), make.product("Gift wrap"))
    how: dict[str, Any] = {"combine": False, "invoice_date": DAY, "by": admin}
    with pytest.raises(Refused, match="“Old Lead” would be created"):
        invoicing.create(ready, [order.pk], **how)
    seen = [new.key for new in look(ready, order).creates]
    with pytest.raises(Refused, match="income account"):
        invoicing.create(ready, [order.pk], **how, creating=seen, account_id="999")
    assert not Mark.objects.exists()
    assert not Invoice.objects.exists()
    sync(ready)
    assert company.all("Customer") == []


def test_an_invoice_s_customer_that_may_be_there_already_is_a_question_first(
    ready: Organization, company: Company, admin: User
) -> None:
    lead = make.customer("Finch & Daughters", email="orders@finch.example", phone="(802) 555-0117")
    order = order_of(lead)
    assert look(ready, order).count == 1
    books.customer(company, "Finch and Daughters LLC", email="ap@finch-llc.example", phone="802.555.0117")
    sync(ready)
    review = Review.objects.get()
    found = blocked(ready, order)
    assert (found.fix_label, found.fix_url) == ("Decide", f"/data-quality/{review.pk}/")
    assert "may be the QuickBooks customer “Finch and Daughters LLC”" in found.reason
    answers.send_customer(lead, by=admin)
    sync(ready)
    assert len(company.all("Customer")) == 1  # the engine asks as well, whoever marked it
    assert Trouble.objects.get().cause == f"match:{review.their_id}"

    answers.dismiss(review, by=admin)
    assert look(ready, order).creates[0].pk == lead.pk


def test_a_name_that_a_linked_customer_has_there_is_not_sent_in_vain(ready: Organization, company: Company) -> None:
    books.customer(company, "Hotel Albion")
    sync(ready)
    found = blocked(ready, order_of(make.customer("HOTEL ALBION")))
    assert (found.fix_label, "another name" in found.reason) == ("Link customer", True)


def test_a_name_that_was_refused_leads_to_its_question(ready: Organization, company: Company, wire: Wire) -> None:
    company.create("Vendor", {"DisplayName": "Albion Supplies"})
    made = new(ready, "Albion Supplies")
    sync(ready)
    found = blocked(ready, order_of(made))
    assert found.fix_url == f"/data-quality/{Review.objects.get().pk}/"


def test_what_quickbooks_would_refuse_is_said_before_anything_is_sent(
    ready: Organization, company: Company, wire: Wire
) -> None:
    old = make.customer("Salem: harbour", notes="x" * 2001)
    found = blocked(ready, order_of(old))
    assert "Display name holds a colon" in found.reason
    assert (found.fix_label, found.fix_url) == ("Correct it", f"/customers/{old.pk}/edit/")
    customers.change(old, {"phone": "555 0101"}, by=None)
    sync(ready)
    assert wire.batches == []
    assert Trouble.objects.get().cause == f"field:customer:{old.pk}"
    customers.change(old, {"display_name": "Salem", "notes": "x" * 2000}, by=None)
    sync(ready)
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Salem"]
    assert not Trouble.objects.exists()


def test_reconnecting_loses_nothing_that_was_owed(
    connected: Connection, company: Company, sim: Simulator, admin: User
) -> None:
    sync(connected.organization)
    connection.disconnect(connected.organization, by=admin)
    new(connected.organization, "Hotel Albion")
    connect_in_browser(connected.organization, sim, REALM, by=admin)
    sync(connected.organization)
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Hotel Albion"]


def test_a_question_says_how_many_documents_wait_for_its_answer(connected: Connection, company: Company) -> None:
    make.customer("Harbor Goods", email="ap@harbor.example", phone="2065550101")
    make.customer("Harbor Goods", email="ap@harbor.example", phone="2065550101")
    there = company.create(
        "Customer", {"DisplayName": "Harbor Goods", "PrimaryEmailAddr": {"Address": "ap@harbor.example"}}
    )
    company.pay(there["Id"], 10, {})
    sync(connected.organization)
    assert Review.objects.get().blocking == 1

"""Create invoices: the dialog, fixing an order in place, and that pressing twice makes one set."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from buddy.hub import orders
from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice
from buddy.hub.orders import Invoiced, LineDraft, OrderStatus, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Organization
from buddy.sync.models import Connection, ConnectionState, Link
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync.conftest import REALM, sync
from tests.web.consent import connect

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?view=to-invoice"}


@pytest.fixture
def books(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Company:
    account = next(each for each in company.all("Account") if each["AccountType"] == "Income")
    company.create("Customer", {"DisplayName": "Hotel Albion"})
    company.create("Item", {"Name": "Olives", "Type": "NonInventory", "IncomeAccountRef": {"value": account["Id"]}})
    connect(admin, sim, REALM)
    sync(organization)
    return company


def order(customer: Customer | None = None, product: Product | None = None, **values: Any) -> SalesOrder:
    """Confirmed, two of the product at 10.00, by the customer and with the product of QuickBooks."""
    who = customer or Customer.objects.get(display_name="Hotel Albion")
    line = LineDraft(product or Product.objects.get(name="Olives"), Decimal(2), Decimal("10.00"))
    values = {"lines": [line], "status": OrderStatus.CONFIRMED, "by": None, **values}
    return orders.place(who.organization, who, **values)


def look(client: Client, *chosen: SalesOrder, **values: Any) -> Any:
    ids = [each.pk for each in chosen]
    return client.post(reverse("invoice_preflight"), {"order": ids, **values}, headers=HTMX)


def create(client: Client, *chosen: SalesOrder, **values: Any) -> Any:
    carried = {"orders": ",".join(str(each.pk) for each in chosen), **values}
    return client.post(reverse("invoice_create"), carried, headers=HTMX)


def test_looking_tells_what_would_happen_and_changes_nothing(editor: Client, books: Company) -> None:
    ready, draft = order(po_number="88213"), order(status=OrderStatus.DRAFT)
    said = look(editor, ready, draft).content.decode()
    for words in (
        "Create 1 invoice",
        "2 orders selected: 1 invoice is ready, 1 can’t be invoiced yet",
        "PO 88213",
        "$20.00",
        "The order is still a draft. Confirm it first.",
        "What happens",
        "The other order stays as it is.",
    ):
        assert words in said
    assert not Invoice.objects.exists()


def test_creating_makes_them_says_so_and_goes_back_to_the_list(editor: Client, books: Company) -> None:
    one, two = order(), order()
    said = create(editor, one, two, date="2026-11-20")
    assert said["HX-Redirect"] == "/orders/?view=to-invoice"
    assert [each.invoice_date for each in Invoice.objects.all()] == [date(2026, 11, 20)] * 2
    page = editor.get(reverse("orders")).content.decode()
    assert "2 invoices created" in page
    assert page.count("Waiting") >= 2


def test_created_invoices_reach_quickbooks(editor: Client, books: Company, organization: Organization) -> None:
    create(editor, order())
    sync(organization)
    assert [each["TotalAmt"] for each in books.all("Invoice")] == [20]


def test_pressing_twice_makes_one_set(editor: Client, books: Company) -> None:
    chosen = order(), order()
    create(editor, *chosen)
    again = create(editor, *chosen)
    assert Invoice.objects.count() == 2
    assert "Nothing was invoiced. Already on" in again.content.decode()
    assert "Nothing was created twice." in again.content.decode()


def test_orders_of_one_customer_can_be_combined(editor: Client, books: Company) -> None:
    chosen = order(po_number="A1"), order(po_number="B2")
    assert "Create 1 invoice" in look(editor, *chosen, orders=_carried(chosen), how="combine").content.decode()
    create(editor, *chosen, how="combine")
    invoice = Invoice.objects.get()
    assert invoice.total == Decimal("40.00")
    assert set(invoice.po_number.split(", ")) == {"A1", "B2"}


def test_the_date_decides_when_they_are_due(editor: Client, books: Company) -> None:
    chosen = (order(customer=_with_terms()),)
    said = look(editor, *chosen, orders=_carried(chosen), date="2026-12-01").content.decode()
    assert "due Dec 31" in said


def test_a_customer_is_linked_in_place_and_the_dialog_comes_back_with_the_same_orders(
    editor: Client, books: Company
) -> None:
    link = Link.objects.get(kind="customer")
    link.delete()
    chosen = (order(), order(status=OrderStatus.DRAFT))
    said = look(editor, *chosen)
    fix = next(each.fix_url for each in said.context["plan"].blocked if each.cause.startswith("customer:"))
    assert f'hx-get="{fix}" hx-include="#how"' in said.content.decode()
    opened = editor.get(fix, {"orders": _carried(chosen), "how": "combine"}, headers=HTMX).content.decode()
    assert f'name="orders" value="{_carried(chosen)}"' in opened
    carried = {"orders": _carried(chosen), "how": "combine", "remote_id": link.remote_id}
    back = editor.post(fix, carried, headers=HTMX)
    assert back.context["dialog_title"] == "Create 1 invoice"
    assert back.context["chosen"].combine
    assert "Hotel Albion is linked" in back.content.decode()


def test_what_is_not_in_quickbooks_is_named_confirmed_and_created_with_the_invoice(
    editor: Client, books: Company, organization: Organization
) -> None:
    chosen = order(make.customer("Corner Cafe"), make.product("Lemon Curd"))
    said = look(editor, chosen).content.decode()
    for words in (
        "Create 1 invoice",
        "Also creates the customer “Corner Cafe” in QuickBooks",
        "Also creates the item “Lemon Curd” in QuickBooks",
        "Income account of new items",
        "What is not in QuickBooks yet is created there first",
    ):
        assert words in said
    refused = create(editor, chosen).content.decode()
    assert "would be created in QuickBooks too" in refused
    account = next(each for each in books.all("Account") if each["AccountType"] == "Income")
    keys = [f"customer:{chosen.customer_id}", f"product:{Product.objects.latest('pk').pk}"]
    assert create(editor, chosen, creating=keys, account=account["Id"]).status_code == 200
    sync(organization)
    assert {each["DisplayName"] for each in books.all("Customer")} == {"Hotel Albion", "Corner Cafe"}
    assert books.all("Item")[-1]["Name"] == "Lemon Curd"
    assert len(books.all("Invoice")) == 1


def test_a_broken_connection_is_the_reason_and_the_fix(editor: Client, books: Company) -> None:
    Connection.objects.update(state=ConnectionState.RECONNECT)
    said = look(editor, order()).content.decode()
    assert "The QuickBooks session has expired." in said
    assert reverse("integrations") in said
    assert 'id="create-button"' not in said


def test_everything_that_matches_is_taken_from_the_lists_own_filter(editor: Client, books: Company) -> None:
    order(status=OrderStatus.SHIPPED)
    order(status=OrderStatus.DRAFT)
    said = editor.post(reverse("invoice_preflight"), {"all": "1", "filter": "view=to-invoice"}, headers=HTMX)
    assert "1 order selected" in said.content.decode()


def test_the_dialog_also_works_as_a_page(editor: Client, books: Company) -> None:
    chosen = order()
    said = editor.post(reverse("invoice_preflight"), {"order": [chosen.pk]})
    assert "<html" in said.content.decode()
    made = editor.post(reverse("invoice_create"), {"orders": str(chosen.pk)}, follow=True)
    assert made.redirect_chain[-1][0] == reverse("orders")
    chosen.refresh_from_db()
    assert chosen.invoiced == Invoiced.ALL


def test_nothing_selected_is_said(editor: Client, books: Company) -> None:
    assert "No order was selected." in look(editor).content.decode()


@pytest.mark.parametrize(
    "nonsense",
    [{"date": "yesterday"}, {"date": "2026-02-31"}, {"date": "9999-12-31"}, {"orders": "1,x,-3"}, {"orders": "9" * 30}],
)
def test_nonsense_in_the_form_breaks_nothing(editor: Client, books: Company, nonsense: dict[str, str]) -> None:
    assert look(editor, order(), **nonsense).status_code == 200


def test_orders_of_another_organization_are_not_there(editor: Client, books: Company) -> None:
    other = make.organization("Quayside Bakery Supply")
    with scope(organization=other):
        theirs = order(make.customer("Zebra"), make.product())
    assert "No order was selected." in look(editor, theirs).content.decode()
    create(editor, theirs)
    with scope(organization=other):
        assert not Invoice.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_orders(editor: Client, books: Company) -> None:
    def queries(*chosen: SalesOrder) -> int:
        with CaptureQueriesContext(connection) as seen:
            look(editor, *chosen)
        return len(seen)

    first = order()
    look(editor, first)  # what a session remembers is written once
    few = queries(first)
    assert queries(first, *(order() for _ in range(10))) == few


def test_a_viewer_creates_nothing(viewer: Client, books: Company) -> None:
    assert look(viewer, order()).status_code == 403
    assert create(viewer, order()).status_code == 403
    assert not Invoice.objects.exists()


def _carried(chosen: tuple[SalesOrder, ...]) -> str:
    return ",".join(str(each.pk) for each in chosen)


def _with_terms() -> Customer:
    customer = Customer.objects.get(display_name="Hotel Albion")
    customer.terms = make.term("Net 30 here", 30)
    customer.save()
    return customer

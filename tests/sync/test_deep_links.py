"""From a record here to its page in QuickBooks (R30)."""

from typing import Any

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync import status
from buddy.sync.models import Connection
from tests import makers as make
from tests.sync.conftest import invoice, sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_linked_customers_and_invoices_lead_to_their_page_there(
    order: SalesOrder, connected: Connection, admin: User, settings: Any
) -> None:
    settings.QUICKBOOKS_APP_URL = "https://app.qbo.intuit.com/app"
    made = invoice(order, by=admin)
    sync(connected.organization)
    customer = Customer.objects.get()
    badge = status.badges(connected.organization, "customer", [customer])[customer.pk]
    assert badge.deep_link == f"https://app.qbo.intuit.com/app/customerdetail?nameId={badge.remote_id}"
    badge = status.badges(connected.organization, "invoice", [made])[made.pk]
    assert badge.deep_link == f"https://app.qbo.intuit.com/app/invoice?txnId={badge.remote_id}"


def test_what_has_no_page_there_has_no_link(order: SalesOrder, connected: Connection) -> None:
    product, stranger = Product.objects.get(), make.customer("Not linked")
    assert status.badges(connected.organization, "product", [product])[product.pk].deep_link == ""
    assert status.badges(connected.organization, "customer", [stranger])[stranger.pk].deep_link == ""
    assert status.deep_link("invoice", "") == ""


def test_an_id_cannot_break_out_of_the_address() -> None:
    assert status.deep_link("invoice", "7&x=<").endswith("/invoice?txnId=7%26x%3D%3C")


def test_a_waiting_change_keeps_the_link_beneath(order: SalesOrder, connected: Connection) -> None:
    customer = Customer.objects.get()
    customers.change(customer, {"phone": "555"}, by=None)
    badge = status.badges(connected.organization, "customer", [customer])[customer.pk]
    assert badge.state == "waiting"
    assert badge.deep_link.endswith(f"nameId={badge.remote_id}")
    assert badge.remote_id

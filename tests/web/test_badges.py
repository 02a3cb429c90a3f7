"""The QuickBooks badge: what it says, and that it refreshes itself only while it must."""

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.invoices import Invoice
from buddy.hub.outbox import Mark
from buddy.hub.team import Organization
from buddy.sync.models import Connection, Sending, SendingItem
from tests import makers as make
from tests.web import made

ASKS_AGAIN = 'hx-trigger="every 3s"'


@pytest.fixture
def waiting(organization: Organization) -> int:
    """The id of a customer that waits to be sent."""
    Connection.objects.create(
        organization=organization, environment="sandbox", realm="1", connected_at=make.NOW, first_synced_at=make.NOW
    )
    customer = make.customer()
    Mark.objects.create(organization=organization, kind="customer", object_id=customer.pk, marked_at=make.NOW)
    return customer.pk


def test_a_waiting_badge_asks_again_and_a_settled_one_stops(
    organization: Organization, waiting: int, viewer: Client
) -> None:
    make.customer()  # one that is not linked, and will not be by itself
    page = viewer.get(reverse("customers")).content.decode()
    address = f"{reverse('badges', args=['customer'])}?ids={waiting}&amp;shows=full&amp;asked=1"
    assert address in page
    assert ASKS_AGAIN in page
    still = viewer.get(address.replace("&amp;", "&")).content.decode()
    assert "Waiting" in still
    assert "asked=2" in still
    Mark.objects.all().delete()
    made.link("customer", waiting, "58")
    settled = viewer.get(address.replace("&amp;", "&")).content.decode()
    assert "In sync" in settled
    assert "hx-trigger" not in settled


def test_what_may_have_arrived_is_being_checked_and_is_not_called_failed(
    organization: Organization, waiting: int, viewer: Client
) -> None:
    Mark.objects.all().delete()
    sending = Sending.objects.create(
        organization=organization, request_id="r", body=b"", frozen_at=make.NOW, attempts=1, last_error="no answer"
    )
    SendingItem.objects.create(
        organization=organization, sending=sending, bid="i1", kind="customer", object_id=waiting,
        entity="Customer", operation="create",
    )  # fmt: skip
    shown = viewer.get(reverse("badges", args=["customer"]), {"ids": waiting}).content.decode()
    assert "Sending" in shown
    assert "checking with QuickBooks" in shown
    assert ASKS_AGAIN in shown


def test_after_a_minute_it_asks_less_often(waiting: int, viewer: Client) -> None:
    answer = viewer.get(reverse("badges", args=["customer"]), {"ids": waiting, "asked": 20}).content.decode()
    assert 'hx-trigger="every 10s"' in answer


def test_a_page_refreshes_the_badges_it_shows(waiting: int, viewer: Client) -> None:
    both = viewer.get(reverse("badges", args=["customer"]), {"ids": waiting, "shows": "both"}).content.decode()
    assert f'data-qb="customer-{waiting}"' in both
    assert f'data-qb="customer-{waiting}-cap"' in both
    one = viewer.get(reverse("badges", args=["customer"]), {"ids": waiting, "shows": "cap"}).content.decode()
    assert f'data-qb="customer-{waiting}"' not in one


def test_the_page_of_a_record_learns_its_id_and_its_way_to_quickbooks_without_a_reload(
    organization: Organization, waiting: int, viewer: Client
) -> None:
    ask = (reverse("badges", args=["customer"]), {"ids": waiting, "shows": "both"})
    assert "Open in QuickBooks" not in viewer.get(*ask).content.decode()
    Mark.objects.all().delete()
    made.link("customer", waiting, "58")
    told = viewer.get(*ask).content.decode()
    assert 'id="panel-body" hx-swap-oob="true"' in told
    for words in ("Customer ID", ">58<", "Open in QuickBooks", "/customerdetail?nameId=58"):
        assert words in told
    assert told.count(f'data-qb="customer-{waiting}"') == 1
    assert 'id="panel-body"' in viewer.get(reverse("customer", args=[waiting])).content.decode()


def test_two_orders_on_one_invoice_show_its_badge_twice_and_both_are_refreshed(
    organization: Organization, viewer: Client
) -> None:
    customer = make.customer()
    invoice = make.invoice(make.order(customer), make.order(customer))
    page = viewer.get(reverse("orders")).content.decode()
    assert page.count(f'data-qb="invoice-{invoice.pk}-cap"') == 2
    assert ' id="qb-' not in page
    answer = viewer.get(reverse("badges", args=["invoice"]), {"ids": invoice.pk, "shows": "cap"}).content.decode()
    assert f"""hx-swap-oob="outerHTML:[data-qb='invoice-{invoice.pk}-cap']\"""" in answer


def test_an_invoice_numbered_by_quickbooks_gets_its_number_on_the_page(
    organization: Organization, viewer: Client
) -> None:
    invoice = make.invoice()
    address = reverse("badges", args=["invoice"])
    assert "data-number" not in viewer.get(address, {"ids": invoice.pk}).content.decode()
    Invoice.objects.update(number="1042")
    told = viewer.get(address, {"ids": invoice.pk}).content.decode()
    assert f"""hx-swap-oob="innerHTML:[data-number='{invoice.pk}']">1042<""" in told
    assert f'data-number="{invoice.pk}"' in viewer.get(reverse("invoice", args=[invoice.pk])).content.decode()


@pytest.mark.parametrize("ids", ["", "x,y", "999999", "1" * 40])
def test_nonsense_is_answered_with_nothing(organization: Organization, viewer: Client, ids: str) -> None:
    answer = viewer.get(reverse("badges", args=["customer"]), {"ids": ids, "asked": "x"})
    assert answer.content.decode().strip() == ""


def test_an_unknown_kind_is_not_there(viewer: Client) -> None:
    assert viewer.get(reverse("badges", args=["payment"])).status_code == 404


def test_the_foot_of_the_page_tells_the_state_of_the_sync(organization: Organization, viewer: Client) -> None:
    assert "QuickBooks is not connected" in viewer.get(reverse("pulse")).content.decode()
    Connection.objects.create(
        organization=organization,
        environment="sandbox",
        realm="1",
        connected_at=make.NOW,
        first_synced_at=make.NOW,
        last_synced_at=make.NOW,
    )
    assert "QuickBooks is in sync" in viewer.get(reverse("pulse")).content.decode()

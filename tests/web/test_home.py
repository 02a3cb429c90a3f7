"""The dashboard: what needs a person first."""

from django.test import Client
from django.urls import reverse

from buddy.hub.quality import Review, ReviewKind
from buddy.hub.team import Organization
from buddy.sync.models import Connection
from tests import makers as make
from tests.web import made


def connect(organization: Organization, **fields: object) -> Connection:
    values = {"environment": "sandbox", "realm": "1", "connected_at": make.NOW, "first_synced_at": make.NOW, **fields}
    return Connection.objects.create(organization=organization, **values)


def titles(client: Client) -> list[str]:
    return [need.title for need in client.get(reverse("dashboard")).context["needs"]]


def test_an_empty_hub_offers_connecting_before_anything_else(admin: Client, viewer: Client) -> None:
    page = admin.get(reverse("dashboard")).content.decode()
    assert "Connect QuickBooks first" in page
    assert f'href="{reverse("integrations")}"' in page
    assert "An admin of your team can connect it." in viewer.get(reverse("dashboard")).content.decode()


def test_nothing_to_do_says_so(organization: Organization, admin: Client) -> None:
    connect(organization)
    assert "Nothing needs you" in admin.get(reverse("dashboard")).content.decode()


def test_a_lost_connection_comes_first(organization: Organization, admin: Client, viewer: Client) -> None:
    connect(organization, state="reconnect", reason="The permission was withdrawn in QuickBooks.")
    made.invoice(make.customer(), "1", days=60)
    assert titles(admin) == ["QuickBooks needs to be connected again", "1 invoice is overdue"]
    assert titles(viewer) == ["1 invoice is overdue"]


def test_reviews_and_shipped_orders_are_counted(organization: Organization, viewer: Client) -> None:
    connect(organization)
    for number, kind in enumerate([ReviewKind.MATCH, ReviewKind.MATCH, ReviewKind.CONFLICT]):
        Review.objects.create(
            organization=organization, kind=kind, key=str(number), entity="customer", created_at=make.NOW
        )
    made.order(make.customer(), status="shipped")
    made.order(make.customer(), status="draft")
    answer = viewer.get(reverse("dashboard"))
    needs = answer.context["needs"]
    assert [need.title for need in needs] == ["3 reviews in Data quality", "1 shipped order is not invoiced yet"]
    assert needs[0].detail == "2 customers to match, 1 conflict"
    assert '3<span class="visually-hidden"> to review' in answer.content.decode()

"""The dashboard: what needs a person first."""

from decimal import Decimal

from django.test import Client
from django.urls import reverse

from buddy.hub.quality import Review, ReviewKind
from buddy.hub.team import Organization
from buddy.sync.models import Connection, Trouble
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


def test_each_figure_leads_to_the_list_that_shows_exactly_it(organization: Organization, viewer: Client) -> None:
    connect(organization)
    customer = make.customer()
    for number, days in enumerate((0, 40, 65, 100, 130, 300)):
        made.invoice(customer, f"I{number}", total="100.00", balance=f"{number + 1}0.25", days=days)
    made.invoice(customer, "paid", balance="0.00", days=300)
    made.order(customer, status="shipped")
    made.order(customer, status="delivered")
    answer = viewer.get(reverse("dashboard"))
    for figure in answer.context["figures"]:
        of_list = viewer.get(figure.address).context
        sums = [(currency, amounts[-1]) for currency, *amounts in of_list["totals"]]
        assert (of_list["page"].number, sums) == (figure.count, figure.sums)
    for bar in answer.context["ages"]:
        of_list = viewer.get(bar.address).context
        assert of_list["page"].number == bar.count
        assert [open_ for _, _, open_ in of_list["totals"]] == [amount for amount in bar.amounts if amount]
    for status, count in answer.context["by_status"]:
        assert viewer.get(reverse("orders"), {"status": status}).context["page"].number == count
    assert [bar.count for bar in answer.context["ages"]] == [1, 1, 1, 1, 2]


def test_the_chart_has_a_name_and_the_same_figures_as_a_table(organization: Organization, viewer: Client) -> None:
    connect(organization)
    made.invoice(make.customer(), "1", balance="12.50", days=45)
    page = viewer.get(reverse("dashboard")).content.decode()
    assert 'role="img" aria-label="Bar chart of the open balance in USD by age.' in page
    assert '<tr data-age="1–30" data-amount="12.50">' in page
    assert "style=" not in page.split("<main", 1)[1]


def test_reviews_are_told_with_the_money_they_hold_up(organization: Organization, viewer: Client) -> None:
    connect(organization)
    for key, money in (("a", "100.10"), ("b", "0.90")):
        Review.objects.create(
            organization=organization, kind="match", key=key, entity="customer", created_at=make.NOW, money=money
        )
    waiting = viewer.get(reverse("dashboard")).context["waiting"]
    assert (waiting.count, waiting.money) == (2, Decimal("101.00"))


def test_sync_health_tells_what_is_held_up_and_why(organization: Organization, viewer: Client) -> None:
    connect(organization, company_name="Larkspur LLC", last_synced_at=make.NOW)
    assert "In sync" in viewer.get(reverse("dashboard")).content.decode()
    invoice = made.invoice(make.customer(), "1")
    Trouble.objects.create(
        organization=organization, kind="invoice", object_id=invoice.pk, cause="fault:1", reason="No.", since=make.NOW
    )
    answer = viewer.get(reverse("dashboard"))
    assert answer.context["held_up_count"] == 1
    assert "Something waits" in answer.content.decode()


def test_what_happened_lately_stands_there_with_its_name(organization: Organization, viewer: Client) -> None:
    connect(organization)
    placed = made.order(make.customer())
    (latest,) = viewer.get(reverse("dashboard")).context["latest"]
    assert latest.name.text == f"Order {placed.number}"

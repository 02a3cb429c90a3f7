"""The plan of the first sync by its pages: connect a filled Buddy, read, change a row, approve."""

import pytest
from django.test import Client
from django.urls import reverse

from buddy.hub.customers import Customer
from buddy.hub.quality import Review, ReviewStatus
from buddy.hub.team import Organization
from buddy.sync.models import Act, Connection, Link, PlanRow, Rehearsal
from simulator.app import Simulator
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import REALM, sync
from tests.web.consent import connect

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = "/settings/integrations/plan/"


@pytest.fixture
def planned(admin: Client, sim: Simulator, company: Company, organization: Organization) -> Company:
    """Connected by the pages while Buddy held customers; the books were read and a plan made."""
    make.customer("Hotel Albion", email="ap@albion.example", phone="555 0101")
    make.customer("Zephyr One", email="z@zephyr.example")
    make.customer("Zephyr Two", email="z@zephyr.example")
    make.customer("Bao House 88")
    albion = books.customer(company, "Hotel Albion", email="ap@albion.example")
    books.invoice(company, albion["Id"])
    books.customer(company, "Zephyr", email="z@zephyr.example")
    books.customer(company, "Harborview Yacht Club")
    connect(admin, sim, REALM)
    sync(organization)
    return company


def choose(client: Client, row: PlanRow, option: str, **headers: str) -> str:
    address = reverse("rehearsal_choose", args=[row.pk])
    return client.post(address, {"act": option}, follow=True, headers=headers).content.decode()


def test_a_filled_buddy_is_shown_a_plan_instead_of_being_written_to(planned: Company, admin: Client) -> None:
    assert not Link.objects.exists()
    card = admin.get(reverse("integrations")).content.decode()
    assert "The plan of the first sync waits for you" in card
    page = admin.get(PLAN).content.decode()
    for said in ("Hotel Albion", "Nobody similar here", "Nobody similar there", "$50.00", "In QuickBooks: (empty)"):
        assert said in page
    assert "waits for you" in admin.get("/").content.decode()


def test_an_empty_buddy_is_synced_at_once(
    admin: Client, sim: Simulator, company: Company, organization: Organization
) -> None:
    books.customer(company, "Hotel Albion")
    connect(admin, sim, REALM)
    sync(organization)
    assert Customer.objects.get().display_name == "Hotel Albion"
    assert admin.get(PLAN)["Location"] == reverse("integrations")


def test_the_list_is_narrowed_by_what_will_happen_and_by_name(planned: Company, viewer: Client) -> None:
    page = viewer.get(PLAN, {"view": "ask"}).content.decode()
    assert "Zephyr" in page
    assert "Harborview" not in page
    found = viewer.get(PLAN, {"q": "harborview"}).content.decode()
    assert "Harborview" in found
    assert "Zephyr" not in found
    assert "Approve" not in page


def test_a_row_is_changed_and_the_figures_follow(planned: Company, editor: Client) -> None:
    row = PlanRow.objects.get(their_name="Zephyr")
    said = choose(editor, row, f"link:{row.candidates[1][0]}", **{"HX-Request": "true"})
    assert "Chosen by June Lindqvist" in said
    assert 'id="figures" hx-swap-oob="true"' in said
    assert "<html" not in said
    row.refresh_from_db()
    assert (row.act, row.our_name) == (Act.LINK, "Zephyr Two")
    assert "not possible" in choose(editor, row, "link:0", **{"HX-Request": "true"})


def test_an_admin_approves_and_the_rest_is_asked(
    planned: Company, admin: Client, editor: Client, organization: Organization
) -> None:
    approve = reverse("rehearsal_approve")
    assert editor.post(approve, {"act": ["link"]}).status_code == 403
    assert admin.post(approve, {"act": ["everything"]}).status_code == 400
    said = admin.post(approve, {"act": ["link", "create_here"]}, follow=True).content.decode()
    assert "The plan is being carried out" in said
    assert Connection.objects.get().rehearsal == Rehearsal.APPROVED
    sync(organization)
    assert Link.objects.filter(kind="customer").count() == 2
    assert Review.objects.get(status=ReviewStatus.PENDING).title == "Zephyr"
    assert "Nothing was written" in admin.post(approve, {"act": ["link"]}, follow=True).content.decode()

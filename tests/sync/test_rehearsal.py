"""The first sync into a Buddy that holds customers is planned, and nothing is written before a person approves."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db.models import F
from django.utils import timezone

from buddy.hub import customers
from buddy.hub.customers import Customer
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review, ReviewKind, ReviewStatus
from buddy.hub.team import User
from buddy.hub.terms import PaymentTerm
from buddy.sync import rehearsal
from buddy.sync.models import Act, Connection, Link, PlanRow, Rehearsal, Remote
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync, sync_killed
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(connected: Connection, company: Company) -> Company:
    """Both sides hold customers: one certain pair, one doubtful, and some of one side alone."""
    make.customer("Hotel Albion", email="ap@albion.example", phone="555 0101")
    make.customer("Zephyr One", email="z@zephyr.example")
    make.customer("Zephyr Two", email="z@zephyr.example")
    make.customer("Bao House 88")
    albion = books.customer(company, "Hotel Albion", email="ap@albion.example", Notes="Ring twice")
    books.customer(company, "Zephyr", email="z@zephyr.example")
    books.customer(company, "Harborview Yacht Club")
    closed = books.customer(company, "Old Mill Provisions")
    company.deactivate("Customer", closed["Id"])
    books.invoice(company, albion["Id"])
    Connection.objects.update(rehearsal=Rehearsal.READING)
    return company


def plan() -> dict[str, str]:
    return {row.their_name or row.our_name: row.act for row in PlanRow.objects.all()}


def row(name: str) -> PlanRow:
    return PlanRow.objects.get(their_name=name)


def hub_rows() -> dict[str, list[Any]]:
    """Everything in the tables of the business, but for the bell."""
    models = [model for model in apps.get_app_config("hub").get_models() if model.__name__ not in ("Bell", "User")]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def approve(*acts: str, by: User) -> None:
    organization = Connection.objects.get().organization
    rehearsal.approve(organization, acts or rehearsal.GROUPS, by=by)
    sync(organization)


def linked() -> dict[str, str]:
    names = dict(Customer.objects.values_list("pk", "display_name"))
    theirs = dict(Remote.objects.filter(entity="Customer").values_list("remote_id", "name"))
    pairs = Link.objects.filter(kind="customer").values_list("object_id", "remote_id")
    return {names[pk]: theirs[remote_id] for pk, remote_id in pairs}


def test_the_plan_says_what_would_become_of_everybody(filled: Company, connected: Connection) -> None:
    sync(connected.organization)
    assert plan() == {
        "Hotel Albion": Act.LINK,
        "Zephyr": Act.ASK,
        "Harborview Yacht Club": Act.CREATE_HERE,
        "Old Mill Provisions": Act.SKIP,
        "Bao House 88": Act.CREATE_THERE,
    }
    certain = row("Hotel Albion")
    assert certain.changes["here"] == {"Notes": ["", "Ring twice"]}
    assert certain.changes["there"] == {"Phone": ["", "555 0101"]}
    assert (certain.fields, certain.money) == (2, Decimal(50))
    assert [name for _, name in row("Zephyr").candidates] == ["Zephyr One", "Zephyr Two"]
    found = rehearsal.groups(connected.organization)[Act.LINK]
    assert (found.number, found.money, found.fields, found.customers) == (1, 50, 2, 1)


def test_nothing_is_written_on_either_side_before_it_is_approved(filled: Company, connected: Connection) -> None:
    before, theirs = hub_rows(), filled.all("Customer")
    for _ in range(3):
        sync(connected.organization)
    assert (hub_rows(), filled.all("Customer")) == (before, theirs)
    assert not Link.objects.exists()
    connected.refresh_from_db()
    assert (connected.rehearsal, connected.first_synced_at) == (Rehearsal.READY, None)


def test_the_approved_plan_comes_true(filled: Company, connected: Connection, admin: User) -> None:
    sync(connected.organization)
    approve(by=admin)
    assert linked() == {
        "Hotel Albion": "Hotel Albion",
        "Harborview Yacht Club": "Harborview Yacht Club",
        "Bao House 88": "Bao House 88",
    }
    albion = Customer.objects.get(display_name="Hotel Albion")
    assert (albion.notes, albion.balance) == ("Ring twice", 50)
    sent = next(each for each in filled.all("Customer") if each["DisplayName"] == "Hotel Albion")
    assert sent["PrimaryPhone"] == {"FreeFormNumber": "555 0101"}
    assert Invoice.objects.get().customer == albion
    asked = Review.objects.filter(status=ReviewStatus.PENDING).get()
    assert (asked.kind, asked.title) == (ReviewKind.MATCH, "Zephyr")
    assert Review.objects.get(status=ReviewStatus.DISMISSED).title == "Old Mill Provisions"
    assert (Product.objects.count(), PaymentTerm.objects.exists()) == (1, True)
    assert not PlanRow.objects.exists()
    connected.refresh_from_db()
    assert connected.rehearsal == Rehearsal.NONE
    assert connected.first_synced_at


def test_only_the_certain_ones_and_the_rest_is_asked(filled: Company, connected: Connection, admin: User) -> None:
    sync(connected.organization)
    approve(Act.LINK, by=admin)
    assert linked() == {"Hotel Albion": "Hotel Albion"}
    asked = Review.objects.filter(status=ReviewStatus.PENDING)
    assert set(asked.values_list("title", flat=True)) == {"Zephyr", "Harborview Yacht Club"}
    assert "Bao House 88" not in {each["DisplayName"] for each in filled.all("Customer")}


@pytest.mark.parametrize(
    ("choice", "becomes"),
    [
        ("link:the second", {"Zephyr Two": "Zephyr"}),
        (Act.CREATE_HERE.value, {"Zephyr": "Zephyr"}),
        (Act.SKIP.value, {}),
    ],
)
def test_a_row_that_a_person_changed_comes_true_as_changed(
    filled: Company, connected: Connection, admin: User, choice: str, becomes: dict[str, str]
) -> None:
    sync(connected.organization)
    one = row("Zephyr")
    rehearsal.choose(one, choice.replace("the second", str(one.candidates[1][0])), by=admin)
    approve(Act.LINK, Act.CREATE_HERE, by=admin)
    pairs = linked()
    assert pairs["Hotel Albion"] == "Hotel Albion"
    assert {name: pairs[name] for name in pairs if "Zephyr" in name} == becomes
    assert not Review.objects.filter(status=ReviewStatus.PENDING, title="Zephyr").exists()


def test_customers_freed_or_promised_by_a_choice_change_rows(
    filled: Company, connected: Connection, admin: User
) -> None:
    sync(connected.organization)
    one = row("Zephyr")
    rehearsal.choose(one, f"link:{one.candidates[0][0]}", by=admin)
    assert plan()["Zephyr Two"] == Act.CREATE_THERE  # asked about no more, so a customer of Buddy alone
    other = row("Harborview Yacht Club")
    other.candidates = one.candidates
    other.save()
    with pytest.raises(Refused, match="planned to be linked to Zephyr already"):
        rehearsal.choose(other, f"link:{one.candidates[0][0]}", by=admin)
    rehearsal.choose(row("Hotel Albion"), Act.CREATE_HERE, by=admin)
    assert PlanRow.objects.get(our_name="Hotel Albion").act == Act.CREATE_THERE


@pytest.mark.parametrize("option", ["link:999", "create_there", "nonsense"])
def test_what_is_no_option_is_refused(filled: Company, connected: Connection, admin: User, option: str) -> None:
    sync(connected.organization)
    with pytest.raises(Refused, match="not possible"):
        rehearsal.choose(row("Zephyr"), option, by=admin)


def test_rows_whose_records_changed_meanwhile_are_planned_again(
    filled: Company, connected: Connection, admin: User
) -> None:
    sync(connected.organization)
    harbor = row("Harborview Yacht Club")
    books.change(filled, "Customer", harbor.remote_id, PrimaryEmailAddr={"Address": "bao@bao.example"})
    bao = Customer.objects.get(display_name="Bao House 88")
    customers.change(bao, {"email": "bao@bao.example", "company_name": "Harborview Yacht Club"}, by=admin)
    sync(connected.organization)
    assert row("Harborview Yacht Club").act != Act.CREATE_HERE
    assert PlanRow.objects.filter(customer=bao, act=Act.CREATE_THERE).count() == 0


def test_what_a_person_chose_outlives_a_look_that_finds_nothing_new(
    filled: Company, connected: Connection, admin: User
) -> None:
    sync(connected.organization)
    one = row("Zephyr")
    rehearsal.choose(one, f"link:{one.candidates[1][0]}", by=admin)
    Customer.objects.filter(display_name="Zephyr One").update(updated_at=timezone.now())
    sync(connected.organization)
    assert (row("Zephyr").pk, row("Zephyr").chosen_by) == (one.pk, admin)


def test_an_approval_while_the_plan_is_looked_at_again_stands(
    filled: Company, connected: Connection, admin: User, wire: Wire
) -> None:
    sync(connected.organization)
    books.change(filled, "Customer", row("Hotel Albion").remote_id, Notes="Ring three times")
    wire.after("cdc", lambda: rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin))
    sync(connected.organization)
    assert row("Hotel Albion").approved
    sync(connected.organization)
    assert "Hotel Albion" in {each.title for each in Review.objects.filter(status=ReviewStatus.PENDING)}


def test_a_change_after_approval_makes_the_row_a_question(filled: Company, connected: Connection, admin: User) -> None:
    sync(connected.organization)
    rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    Customer.objects.filter(display_name="Hotel Albion").update(updated_at=F("updated_at") + timedelta(seconds=1))
    sync(connected.organization)
    assert "Hotel Albion" not in linked()
    assert Review.objects.filter(status=ReviewStatus.PENDING, title="Hotel Albion").exists()


def test_somebody_added_after_the_plan_keeps_its_record_from_being_created_twice(
    filled: Company, connected: Connection, admin: User
) -> None:
    sync(connected.organization)
    make.customer("Harborview Yacht Club", email="office@harborview.example")
    rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    sync(connected.organization)
    assert Customer.objects.filter(display_name="Harborview Yacht Club").count() == 1
    assert Review.objects.filter(status=ReviewStatus.PENDING, title="Harborview Yacht Club").exists()


def test_a_plan_is_approved_once(filled: Company, connected: Connection, admin: User) -> None:
    with pytest.raises(Refused, match="being made"):
        rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    sync(connected.organization)
    rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    with pytest.raises(Refused, match="approved already"):
        rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    with pytest.raises(Refused, match="approved already"):
        rehearsal.choose(row("Zephyr"), Act.SKIP, by=admin)


def test_a_run_that_dies_while_carrying_it_out_is_followed_by_one_that_goes_on(
    filled: Company, connected: Connection, admin: User
) -> None:
    sync(connected.organization)
    rehearsal.approve(connected.organization, rehearsal.GROUPS, by=admin)
    deaths = 0
    while sync_killed(connected.organization, at=4 + deaths):
        deaths += 1
    assert deaths > 3
    assert linked().keys() == {"Hotel Albion", "Harborview Yacht Club", "Bao House 88"}
    assert Customer.objects.filter(display_name="Harborview Yacht Club").count() == 1
    assert Invoice.objects.count() == 1


def test_a_project_is_skipped_and_one_who_owes_is_not_though_inactive(
    filled: Company, connected: Connection, wire: Wire
) -> None:
    albion = next(each for each in filled.all("Customer") if each["DisplayName"] == "Hotel Albion")
    books.project(filled, "Lobby", albion["Id"])
    owing = books.customer(filled, "Gone Fishing")
    books.invoice(filled, owing["Id"])
    filled.deactivate("Customer", owing["Id"])
    sync(connected.organization)
    assert row("Lobby").act == Act.SKIP
    assert row("Gone Fishing").act == Act.CREATE_HERE
    assert not Mark.objects.exists()

"""Organizations never see or touch each other (R27): every raw statement and every step of the sync, with two."""

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

import buddy
from buddy.hub import bulk, customers, intake, matching, matchkeys
from buddy.hub.customers import Customer, sort_key
from buddy.hub.invoices import Credit, Invoice, Payment
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import Organization, User
from buddy.sync import answers, connection, inbox, invoicing, mirror, status
from buddy.sync.connection import ConnectFailed
from buddy.sync.models import Connection, Link, Notice, Outcome, Remote, RemoteKey
from simulator.app import Simulator
from simulator.company import Company
from simulator.webhooks import Webhooks
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, REALM, connect, sync
from tests.sync.consent import consent
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_REALM = "9341452908710002"


@pytest.fixture
def other(organization: Organization) -> Organization:
    return make.organization("Zephyr Trading")


@pytest.fixture
def other_company(sim: Simulator) -> Company:
    return sim.add_company("Zephyr Books", realm=OTHER_REALM)


@pytest.fixture
def both(
    connected: Connection, other: Organization, company: Company, other_company: Company, sim: Simulator, admin: User
) -> tuple[Organization, Organization]:
    """Two organizations with two companies whose records have the same ids, names and emails; both synced."""
    connect(other, sim, OTHER_REALM, by=admin)
    for books_of, note in ((company, "first"), (other_company, "second")):
        customer = books.customer(books_of, "Hotel Albion", email="ap@albion.example", Notes=note)
        books.item(books_of, "Olives", Sku="OL-1")
        invoice = books.invoice(books_of, customer["Id"])
        books_of.pay(customer["Id"], 20, {invoice["Id"]: 20})
        books.credit_memo(books_of, customer["Id"], 5)
    assert company.all("Customer")[0]["Id"] == other_company.all("Customer")[0]["Id"]
    for each in (connected.organization, other):
        assert sync(each) == Outcome.DONE
    return connected.organization, other


def everything_of(organization: Organization) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that belongs to this organization."""
    with scopes_disabled():
        return {
            model._meta.label: list(model._base_manager.filter(organization=organization).order_by("pk").values())
            for model in owned()
        }


def owned() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if any(f.name == "organization" for f in model._meta.fields)]


def untouched(of: Organization, before: dict[str, Any]) -> None:
    now = everything_of(of)
    for label, rows in before.items():
        assert now[label] == rows, label


# --- The sync, with two ----------------------------------------------------------------------------------------------


def test_two_companies_with_the_same_ids_stay_apart(both: tuple[Organization, Organization]) -> None:
    for organization, note in zip(both, ("first", "second"), strict=True):
        with scope(organization=organization):
            assert Customer.objects.get().notes == note
            assert Invoice.objects.get().customer == Customer.objects.get()
            assert Invoice.objects.get().balance == 30
            assert Payment.objects.get().applications.get().invoice == Invoice.objects.get()
            assert Credit.objects.get().customer == Customer.objects.get()
            assert set(Link.objects.values_list("organization", flat=True)) == {organization.pk}


def test_a_whole_round_of_one_leaves_every_row_of_the_other_alone(
    both: tuple[Organization, Organization], company: Company, admin: User
) -> None:
    first, second = both
    before = everything_of(second)
    customer = Customer.objects.get()
    customers.change(customer, {"phone": "555 0101", "email": "new@albion.example"}, by=admin)
    order = make.order(customer, [(Product.objects.get(), 4)])
    invoicing.create(first, [order.pk], combine=False, invoice_date=DAY, by=admin)
    id = company.all("Customer")[0]["Id"]
    books.change(company, "Customer", id, Notes="changed")
    books.change(company, "Item", company.all("Item")[0]["Id"], Sku="OL-2")
    company.void("Payment", company.all("Payment")[0]["Id"])
    company.delete("Invoice", company.all("Invoice")[0]["Id"])
    sync(first)
    company.merge(books.customer(company, "Albion Trading")["Id"], id)
    sync(first)
    answers.unlink_customer(Customer.objects.get(), by=admin)
    connection.disconnect(first, by=admin)
    untouched(second, before)


def test_candidates_come_from_the_own_customers_only(
    connected: Connection, other: Organization, company: Company
) -> None:
    with scope(organization=other):
        make.customer("Hotel Albion", email="ap@albion.example")
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    assert Link.objects.get(kind="customer").rule == "created from QuickBooks"
    with scope(organization=other):
        assert not Link.objects.exists()


def test_how_often_a_key_is_held_is_counted_per_organization(
    connected: Connection, other: Organization, company: Company
) -> None:
    """A rival elsewhere would make a certain match doubtful."""
    with scope(organization=other):
        make.customer("Hotel Albion", email="ap@albion.example")
        RemoteKey.objects.create(
            organization=other, remote_id="9", key=matching.key(matching.EMAIL, "ap@albion.example")
        )
    ours = make.customer("Hotel Albion", email="ap@albion.example")
    books.customer(company, "Hotel Albion", email="ap@albion.example")
    sync(connected.organization)
    assert Link.objects.get(kind="customer").object_id == ours.pk


def test_verbs_of_people_refuse_the_other_organizations_records(
    both: tuple[Organization, Organization], admin: User
) -> None:
    first, second = both
    with scope(organization=second):
        theirs = Customer.objects.get()
        Link.objects.all().delete()
    with pytest.raises(Customer.DoesNotExist):
        answers.link_customer(first, theirs.pk, "1", by=admin)
    with scope(organization=second):
        order = make.order(theirs, [(Product.objects.get(), 1)])
    assert invoicing.preflight(first, [order.pk], combine=False, invoice_date=DAY).count == 0
    assert status.badges(first, "customer", [theirs])[theirs.pk].state == "none"


def test_a_notification_reaches_the_company_it_names_and_no_other(
    both: tuple[Organization, Organization], settings: Any
) -> None:
    settings.INTUIT_WEBHOOK_VERIFIER = "verifier"
    event = (
        b'{"specversion":"1.0","id":"e1","type":"qbo.customer.updated.v1","time":"2026-11-24T16:14:56Z",'
        b'"intuitentityid":"1","intuitaccountid":"%s","data":{}}'
    )
    body = b"[%s,%s]" % (event % OTHER_REALM.encode(), event.replace(b"e1", b"e2") % b"77")
    inbox.receive(body, Webhooks(verifier="verifier").signature(body))
    inbox.collect()
    assert not Notice.objects.exists()
    with scope(organization=both[1]):
        assert Notice.objects.get().event_id == "e1"


def test_a_company_belongs_to_one_organization(
    connected: Connection, other: Organization, sim: Simulator, admin: User, wire: Wire
) -> None:
    with scope(organization=other):
        begun = connection.begin(other, by=admin)
        wire.asked.clear()
        with pytest.raises(ConnectFailed) as failed:
            connection.finish(other, params=consent(sim, begun, REALM), expected_state=begun.state, by=admin)
        assert failed.value.title == "This QuickBooks company is already connected"
        assert not Connection.objects.exists()
    assert not [each for each in wire.asked if "/tokens/" in each.text]  # refused before the code is used


def test_not_even_two_at_once_get_one_company(connected: Connection, other: Organization) -> None:
    with scope(organization=other), pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        Connection.objects.create(
            organization=other, environment="sandbox", realm=REALM, connected_at=datetime.now(UTC)
        )


# --- Every raw statement ---------------------------------------------------------------------------------------------

AT = make.NOW


def remote_row(organization: Organization, remote_id: str, name: str) -> tuple[Any, ...]:
    return (organization.pk, "Item", remote_id, "0", AT, False, True, "", "", name, "", "{}")


REMOTE = (
    "organization_id", "entity", "remote_id", "sync_token", "updated_at", "deleted", "active", "waiting", "owner_id",
    "name", "code", "body",
)  # fmt: skip
KEY = ("organization_id", "entity", "remote_id")


@pytest.fixture
def mirrored(organization: Organization, other: Organization) -> tuple[Organization, Organization]:
    """Both hold an item with the id 1."""
    for each in (organization, other):
        with scope(organization=each), transaction.atomic():
            bulk.upsert(Remote, REMOTE, [remote_row(each, "1", f"of {each.name}")], key=KEY)
    return organization, other


def test_a_raw_insert_writes_for_the_organization_it_names(mirrored: tuple[Organization, Organization]) -> None:
    first, second = mirrored
    before = everything_of(second)
    with transaction.atomic():
        bulk.insert(Remote, REMOTE, [remote_row(first, "2", "new")])
    assert Remote.objects.get(remote_id="2").organization == first
    untouched(second, before)


def test_a_raw_upsert_overwrites_only_its_own_row(mirrored: tuple[Organization, Organization]) -> None:
    first, second = mirrored
    before = everything_of(second)
    with transaction.atomic():
        bulk.upsert(Remote, REMOTE, [remote_row(first, "1", "again"), remote_row(first, "3", "third")], key=KEY)
    assert list(Remote.objects.order_by("remote_id").values_list("name", flat=True)) == ["again", "third"]
    untouched(second, before)


def test_a_raw_update_changes_only_its_own_row(mirrored: tuple[Organization, Organization]) -> None:
    first, second = mirrored
    before = everything_of(second)
    with transaction.atomic():
        bulk.update(Remote, ("deleted", "updated_at"), [(True, AT, first.pk, "Item", "1")], key=KEY)
    assert Remote.objects.get().deleted
    untouched(second, before)


def test_a_raw_look_finds_only_rows_of_the_organization_it_names(mirrored: tuple[Organization, Organization]) -> None:
    first, _ = mirrored
    where = {"organization_id": first.pk, "entity": "Item"}
    assert bulk.find(Remote, ("organization_id", "remote_id"), where=where, among=("remote_id", ["1", "2"])) == [
        (first.pk, "1")
    ]


def test_a_raw_question_is_answered_of_the_organization_it_names(
    mirrored: tuple[Organization, Organization],
) -> None:
    first, second = mirrored
    with scope(organization=second), transaction.atomic():
        bulk.insert(Remote, REMOTE, [remote_row(second, "2", "theirs")])
    assert bulk.holds(Remote, {"organization_id": first.pk, "remote_id": "1"})
    assert not bulk.holds(Remote, {"organization_id": first.pk, "remote_id": "2"})


def test_a_raw_change_and_delete_touch_only_rows_of_the_organization_they_name(
    mirrored: tuple[Organization, Organization],
) -> None:
    first, second = mirrored
    before = everything_of(second)
    bulk.change(Remote, {"name": "changed"}, where={"organization_id": first.pk, "remote_id": "1"})
    assert Remote.objects.get().name == "changed"
    bulk.delete(Remote, where={"organization_id": first.pk}, among=("remote_id", ["1"]))
    assert not Remote.objects.exists()
    untouched(second, before)


def test_reserved_ids_are_nobody_elses(organization: Organization, other: Organization) -> None:
    with transaction.atomic():
        mine = bulk.reserve_ids(Customer, 3)
        row = {
            "display_name": "A", "company_name": "", "given_name": "", "family_name": "", "email": "", "phone": "",
            "alternate_phone": "", "mobile": "", "fax": "", "billing_address": {}, "terms_id": None, "taxable": True,
            "resale_number": "", "notes": "", "active": True, "parent_id": None, "currency": "USD", "balance": 0,
        }  # fmt: skip
        intake.create(Customer, organization, [row] * 3, run=None, now=AT, ids=mine)
    with scope(organization=other):
        theirs = make.customer("B")
    assert theirs.pk not in mine
    assert Customer.objects.filter(pk__in=mine, organization=organization).count() == 3


def test_every_verb_of_the_raw_module_is_tried_here() -> None:
    """A new one needs a test with two organizations, too."""
    public = {name for name, made in inspect.getmembers(bulk, inspect.isfunction) if made.__module__ == bulk.__name__}
    verbs = {name for name in public if not name.startswith("_")}
    assert verbs - {"lock", "protect"} == {
        "find", "holds", "reserve_ids", "insert", "upsert", "update", "change", "delete",
    }  # fmt: skip


def test_raw_sql_lives_in_one_module() -> None:
    root = Path(buddy.__file__).parent
    found = {path.relative_to(root).as_posix() for path in root.rglob("*.py") if _speaks_sql(path)}
    assert {path for path in found if "/migrations/" not in path} == {"hub/bulk.py"}


def _speaks_sql(path: Path) -> bool:
    """Does it open a cursor, or hand SQL to Django?"""
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    raw = (".cursor", ".raw", ".extra", "RawSQL", ".executemany")
    return any(name.endswith(raw) for name in called)


def test_the_organization_leads_every_unique_key_but_a_few() -> None:
    """Except those that are unique over the whole installation: a company there, and an invitation's token."""
    over_all = {"one_organization_per_company"}
    for model in owned():
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.name not in over_all:
                assert constraint.fields[0] == "organization", constraint.name


def test_outside_a_scope_no_table_of_an_organization_can_be_read() -> None:
    readable = set()
    for model in owned():
        try:
            model._default_manager.count()
            readable.add(model._meta.label)
        except ScopeError:
            pass
    assert readable == set()


def test_what_matching_stores_is_kept_apart(organization: Organization, other: Organization) -> None:
    make.customer("Hotel Albion", email="ap@albion.example")
    key = matching.key(matching.EMAIL, "ap@albion.example")
    with scope(organization=other):
        assert matchkeys.holders(other, [key]) == {}
        assert matchkeys.find(other, [key]) == {}
    assert matchkeys.holders(organization, [key]) == {key: 1}
    assert sort_key("Hotel") == "hotel"


def test_the_mirror_is_read_by_organization(mirrored: tuple[Organization, Organization]) -> None:
    first, _ = mirrored
    assert mirror.records(first, "Item", ["1"])["1"].id == "1"
    assert not Mark.objects.exists()

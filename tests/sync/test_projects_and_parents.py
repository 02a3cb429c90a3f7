"""Projects are not customers, sub-customers are (R8)."""

import pytest

from buddy.hub.customers import Customer
from buddy.hub.invoices import Invoice, Payment
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.sync import answers
from buddy.sync.choices import choices
from buddy.sync.models import Connection, Link, Remote, RemoteKey
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_invoice_of_a_project_belongs_to_its_customer_and_names_the_project(
    connected: Connection, company: Company
) -> None:
    albion = books.customer(company, "Hotel Albion")
    project = books.project(company, "Wedding in June", albion["Id"])
    invoice = books.invoice(company, project["Id"])
    company.pay(project["Id"], 20, {invoice["Id"]: 20})
    sync(connected.organization)
    here = Invoice.objects.get()
    assert (here.customer, here.project, here.balance) == (Customer.objects.get(), "Wedding in June", 30)
    assert here.customer.display_name == "Hotel Albion"
    assert Payment.objects.get().customer == here.customer


def test_a_project_below_a_project_belongs_to_the_nearest_customer(connected: Connection, company: Company) -> None:
    top = books.customer(company, "Albion Group")
    house = books.customer(company, "Albion Salem", parent=top["Id"])
    outer = books.project(company, "Wedding", house["Id"])
    inner = books.project(company, "Cake", outer["Id"])
    books.invoice(company, inner["Id"])
    sync(connected.organization)
    here = Invoice.objects.get()
    assert (here.customer.display_name, here.project) == ("Albion Salem", "Cake")


def test_a_project_is_never_matched_nor_asked_about(connected: Connection, company: Company) -> None:
    ours = make.customer("Wedding in June")
    hotel = books.customer(company, "Hotel Albion")
    books.project(company, "Wedding in June", hotel["Id"])
    sync(connected.organization)
    assert not Link.objects.filter(kind="customer", object_id=ours.pk).exists()
    assert not Review.objects.exists()
    assert Customer.objects.count() == 2
    assert set(RemoteKey.objects.values_list("remote_id", flat=True)) == {hotel["Id"]}
    assert "Wedding in June" not in [each.name for each in choices(connected.organization, "Customer")]


def test_a_sub_customer_keeps_its_parent(connected: Connection, company: Company) -> None:
    top = books.customer(company, "Albion Group")
    middle = books.customer(company, "Albion Salem", parent=top["Id"])
    books.customer(company, "Albion Salem Bar", parent=middle["Id"])
    sync(connected.organization)
    line = Customer.objects.get(display_name="Albion Salem Bar")
    assert line.parent is not None
    assert line.parent.display_name == "Albion Salem"
    assert line.parent.parent is not None
    assert line.parent.parent.display_name == "Albion Group"


def test_a_sub_customer_that_moved_there_moves_here(connected: Connection, company: Company) -> None:
    top, other = books.customer(company, "Albion Group"), books.customer(company, "Zephyr Group")
    child = books.customer(company, "Salem", parent=top["Id"])
    sync(connected.organization)
    books.change(company, "Customer", child["Id"], ParentRef={"value": other["Id"]}, Job=True)
    sync(connected.organization)
    here = Customer.objects.get(display_name="Salem")
    assert here.parent == Customer.objects.get(display_name="Zephyr Group")


def test_a_sub_customer_waits_for_its_parent_and_comes_with_its_documents(
    connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    for name in ("Albion One", "Albion Two"):
        make.customer(name, email="ap@albion.example")
    top = books.customer(company, "Albion", email="ap@albion.example")
    child = books.customer(company, "Salem", parent=top["Id"])
    project = books.project(company, "Wedding", child["Id"])
    for each in (top, child, project):
        books.invoice(company, each["Id"])
    sync(connected.organization)
    assert not Invoice.objects.exists()
    assert Remote.objects.get(remote_id=child["Id"], entity="Customer").waiting == "customer"

    parent = Customer.objects.get(display_name="Albion One")
    answers.link_customer(connected.organization, parent.pk, top["Id"], by=admin)
    wire.show_no_changes()  # it is the answer that brings them, nothing new there
    sync(connected.organization)

    here = Customer.objects.get(display_name="Salem")
    assert here.parent == parent
    owners = {(each.customer.display_name, each.project) for each in Invoice.objects.all()}
    assert owners == {("Albion One", ""), ("Salem", ""), ("Salem", "Wedding")}
    assert not Remote.objects.exclude(waiting="").exists()


def test_sub_customers_are_never_certain_a_person_decides(connected: Connection, company: Company) -> None:
    make.customer("Salem Kitchen", email="salem@albion.example")
    top = books.customer(company, "Albion Group")
    books.customer(company, "Salem Kitchen", parent=top["Id"], email="salem@albion.example")
    sync(connected.organization)
    assert [each.kind for each in Review.objects.all()] == ["match"]
    assert Link.objects.filter(kind="customer").count() == 1

"""Products and items: by SKU, then by exact name, else chosen, or created with an income account."""

from decimal import Decimal

import pytest

from buddy.hub import products
from buddy.hub.errors import Refused
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.quality import Review
from buddy.hub.team import User
from buddy.sync import answers, invoicing, status
from buddy.sync.choices import choices
from buddy.sync.models import Connection, ItemWish, Link, Outcome, Remote, Trouble
from simulator.company import Company
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import DAY, sync
from tests.sync.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)


def rule_of(product: Product) -> str:
    found = Link.objects.filter(kind="product", object_id=product.pk).first()
    return found.rule if found else ""


def test_the_sku_counts_before_the_name(connected: Connection, company: Company) -> None:
    by_sku = make.product("Olive oil 5 l", sku="OL-5", price="12.50")
    by_name = make.product("Olives", price="12.50")
    books.item(company, "Olives", Sku="OL-5")
    books.item(company, "OLIVES green", Sku="x")
    sync(connected.organization)
    assert rule_of(by_sku) == "sku"
    assert rule_of(by_name) == ""


def test_an_exact_name_joins_whatever_its_case(connected: Connection, company: Company) -> None:
    ours = make.product("Olives")
    books.item(company, "OLIVES")
    sync(connected.organization)
    assert rule_of(ours) == "name"
    assert Product.objects.count() == 1


def test_a_similar_name_is_another_product(connected: Connection, company: Company) -> None:
    ours = make.product("Olives green")
    books.item(company, "Olives")
    sync(connected.organization)
    assert rule_of(ours) == ""
    assert set(Product.objects.values_list("name", flat=True)) == {"Olives green", "Olives"}


def test_one_name_for_several_products_waits_for_a_person(connected: Connection, company: Company, admin: User) -> None:
    ours = [make.product("Olives"), make.product("Olives")]
    item = books.item(company, "Olives")
    for _ in range(2):
        sync(connected.organization)
    assert not Link.objects.filter(kind="product").exists()
    assert Product.objects.count() == 2
    assert Remote.objects.get(entity="Item").waiting == "person"
    answers.link_product(ours[1], item["Id"], by=admin)
    assert Link.objects.get(kind="product").object_id == ours[1].pk
    assert Remote.objects.get(entity="Item").waiting == ""


def test_one_sku_on_two_items_proves_nothing(connected: Connection, company: Company) -> None:
    ours = make.product("Olives", sku="OL-1")
    books.item(company, "Green olives", Sku="OL-1")
    books.item(company, "Black olives", Sku="ol-1")
    sync(connected.organization)
    assert rule_of(ours) == ""
    assert set(Remote.objects.filter(entity="Item").values_list("waiting", flat=True)) == {"person"}


@pytest.mark.parametrize(
    "body",
    [
        {"Type": "Category", "Name": "Food"},
        {"Type": "Service", "Name": "Food", "Active": False},
    ],
)
def test_what_cannot_be_sold_makes_no_product(connected: Connection, company: Company, body: dict[str, str]) -> None:
    if body["Type"] == "Category":
        company.create("Item", {"Name": "Food", "Type": "Category", "SubItem": False})
    else:
        company.deactivate("Item", books.item(company, "Food")["Id"])
    sync(connected.organization)
    assert not Product.objects.exists()


def test_a_product_is_created_with_what_the_item_holds(connected: Connection, company: Company) -> None:
    books.item(company, "Olives", Decimal("3.1275"), Sku="OL-1", Description="Green, 5 l", Taxable=True)
    sync(connected.organization)
    here = Product.objects.get()
    assert (here.name, here.sku, here.description, here.base_price, here.taxable) == (
        "Olives", "OL-1", "Green, 5 l", Decimal("3.1275"), True,
    )  # fmt: skip


def test_a_product_becomes_an_item_only_with_a_chosen_income_account(
    connected: Connection, company: Company, admin: User, wire: Wire
) -> None:
    sync(connected.organization)
    made = products.create(connected.organization, {"name": "Olives", "base_price": "12.5", "sku": "OL-1"}, by=admin)
    sync(connected.organization)
    assert company.all("Item") == []
    assert not Mark.objects.exists()

    accounts = {each.name: each.remote_id for each in choices(connected.organization, "Account", "income")}
    assert "Sales of Product Income" in accounts
    assert "Checking" not in [each.name for each in choices(connected.organization, "Account")]
    answers.create_item(made, accounts["Sales of Product Income"], by=admin)
    assert sync(connected.organization) == Outcome.DONE
    there = company.all("Item")[0]
    assert (there["Name"], there["Sku"], there["UnitPrice"], there["Type"]) == ("Olives", "OL-1", 12.5, "NonInventory")
    assert there["IncomeAccountRef"]["value"] == accounts["Sales of Product Income"]
    assert rule_of(made) == "sent"
    assert not ItemWish.objects.exists()
    sync(connected.organization)
    assert (len(company.all("Item")), Product.objects.count()) == (1, 1)


def test_an_account_that_is_none_is_refused(connected: Connection, company: Company, admin: User) -> None:
    sync(connected.organization)
    with pytest.raises(Refused, match="income accounts"):
        answers.create_item(make.product(), "999", by=admin)


def test_an_item_name_that_is_taken_says_so_and_can_be_linked_instead(
    connected: Connection, company: Company, admin: User
) -> None:
    sync(connected.organization)
    made = make.product("Olives")
    company.create("Item", {"Name": "Olives", "Type": "Category"})
    sync(connected.organization)
    answers.create_item(made, books.income_account(company), by=admin)
    sync(connected.organization)
    assert Trouble.objects.get(kind="product").cause == f"name:product:{made.pk}"
    assert Review.objects.get().their_id == ""  # no invoice line can name a category
    item = books.item(company, "Olives green")
    sync(connected.organization)
    Link.objects.filter(entity="Item", remote_id=item["Id"]).delete()
    answers.link_product(made, item["Id"], by=admin)
    assert not Trouble.objects.exists()


def test_a_wrong_choice_is_mended_by_another(connected: Connection, company: Company, admin: User) -> None:
    ours = make.product("Olives")
    wrong = books.item(company, "Olives")
    right = books.item(company, "Olives green")
    sync(connected.organization)
    Product.objects.exclude(pk=ours.pk).delete()
    Link.objects.filter(remote_id=right["Id"], entity="Item").delete()
    answers.link_product(ours, right["Id"], by=admin)
    assert list(Link.objects.filter(kind="product").values_list("object_id", "remote_id")) == [(ours.pk, right["Id"])]
    assert wrong["Id"] != right["Id"]


def test_an_unmapped_product_blocks_its_order_with_the_way_to_mend_it(
    order: SalesOrder, connected: Connection, company: Company, admin: User
) -> None:
    company.create("Item", {"Name": "Gift wrap", "Type": "Category"})
    sync(connected.organization)
    loose = make.product("Gift wrap")
    theirs = make.order(order.customer, [(loose, 1)])
    plan = invoicing.preflight(connected.organization, [order.pk, theirs.pk], combine=False, invoice_date=DAY)
    assert plan.count == 1
    [blocked] = plan.blocked
    assert (blocked.cause, blocked.fix_label) == (f"product:{loose.pk}", "Choose item")
    assert "Gift wrap" in blocked.reason
    assert str(loose.pk) in blocked.fix_url
    assert status.badges(connected.organization, "product", [loose])[loose.pk].state == "none"

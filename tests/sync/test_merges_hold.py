"""Whatever is merged, undone and merged in QuickBooks, in any order: nothing is orphaned, links stay one to one."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from buddy.hub import customers
from buddy.hub.customers import Customer, Location
from buddy.hub.duplicates import Merge
from buddy.hub.errors import Refused
from buddy.hub.invoices import Ended, Invoice, Payment
from buddy.hub.orders import OrderLine, SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.products import Product
from buddy.hub.team import User
from buddy.sync import duplicates
from buddy.sync.models import Connection, Link, Trouble
from simulator.company import Company
from simulator.refusals import Fault
from tests import makers as make
from tests.sync import bookkeeper as books
from tests.sync.conftest import invoice, sync

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 40


class Shop:
    """People on both sides who merge, take back, sell and are paid, with what must still be there afterwards."""

    def __init__(self, connected: Connection, company: Company, admin: User, seed: int) -> None:
        self.organization, self.company, self.admin = connected.organization, company, admin
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.customers: set[int] = set()  # every one there ever was
        self.orders: set[int] = set()
        self.places: set[int] = set()
        self.number = 0
        books.item(company, "Olives")
        for _ in range(3):
            self.new_customer_there()
            self.new_customer_here()

    def someone(self) -> Customer:
        return self.random.choice(list(Customer.objects.order_by("pk")))

    def new_customer_here(self) -> None:
        self.number += 1
        made = make.customer(f"Here {self.number}", phone=f"555 01{self.number:02}")
        self.places.add(make.location(made, f"Dock {self.number}").pk)

    def new_customer_there(self) -> None:
        self.number += 1
        books.customer(self.company, f"There {self.number}")
        sync(self.organization)

    def sell(self) -> None:
        self.orders.add(make.order(self.someone(), [(Product.objects.get(), 2)]).pk)

    def bill(self) -> None:
        linked = Link.objects.filter(kind="customer").values("object_id")
        order = SalesOrder.objects.filter(customer__in=linked, invoiced="none").order_by("pk").first()
        if order:
            invoice(order, by=self.admin)

    def bill_there(self) -> None:
        active = [each["Id"] for each in self.company.all("Customer") if each["Active"]]
        made = books.invoice(self.company, customer := self.random.choice(active))
        self.company.pay(customer, 20, {made["Id"]: 20})

    def merge(self) -> None:
        duplicates.merge(self.someone(), self.someone(), by=self.admin)

    def undo(self) -> None:
        merges = list(Merge.objects.filter(undone_at=None).order_by("pk"))
        duplicates.undo(self.random.choice(merges), by=self.admin)

    def merge_there(self) -> None:
        active = [each["Id"] for each in self.company.all("Customer") if each["Active"]]
        if len(active) > 2:
            self.company.merge(*self.random.sample(active, 2))

    def edit(self) -> None:
        customers.change(self.someone(), {"notes": f"note {self.random.random()}"}, by=self.admin)

    def sync(self) -> None:
        sync(self.organization)

    def step(self) -> None:
        acts: list[Callable[[], Any]] = [
            self.new_customer_here, self.new_customer_there, self.sell, self.sell, self.bill, self.bill_there,
            self.merge, self.merge, self.undo, self.merge_there, self.edit, self.sync, self.sync,
        ]  # fmt: skip
        act = self.random.choice(acts)
        try:
            act()
        except (Refused, Fault, IndexError):
            return
        self.done[act.__name__] += 1

    def check(self) -> None:
        self.customers |= set(Customer.objects.values_list("pk", flat=True))
        alive = set(Customer.objects.values_list("pk", flat=True))
        into = dict(Merge.objects.filter(undone_at=None).values_list("gone_id", "survivor_id"))
        for pk in self.customers:
            while pk in into:
                pk = into[pk]  # noqa: PLW2901
            assert pk in alive, "a customer went without a merge that tells where"
        assert not alive & set(into)
        for model, known in ((SalesOrder, self.orders), (Location, self.places)):
            assert known <= set(model.objects.values_list("pk", flat=True))
            assert set(model.objects.values_list("customer", flat=True)) <= alive
        linked = list(Link.objects.filter(kind="customer").values_list("object_id", "remote_id"))
        assert set(dict(linked)) <= alive
        assert len(linked) == len(set(dict(linked).values())) == len(dict(linked))

    def check_at_rest(self) -> None:
        """Both sides name the same customer on every invoice and payment, and each order is billed as it says.

        An invoice whose customer lost its link by an undoing waits for it; one whose customer was merged there without
        a trace was refused, and says so.
        """
        for _ in range(3):
            sync(self.organization)
        here = dict(Link.objects.filter(kind="customer").values_list("remote_id", "object_id"))
        for kind, entity, model in (("invoice", "Invoice", Invoice), ("payment", "Payment", Payment)):
            ids = dict(Link.objects.filter(kind=kind).values_list("remote_id", "object_id"))
            theirs = {ids[each["Id"]]: here[each["CustomerRef"]["value"]] for each in self.company.all(entity)}
            ours = dict(model.objects.filter(pk__in=ids.values()).values_list("pk", "customer"))
            assert ours == theirs
            waiting = set(model.objects.exclude(pk__in=ids.values()).values_list("pk", flat=True))
            owed = set(Mark.objects.filter(kind=kind).values_list("object_id", flat=True))
            told = set(Trouble.objects.filter(kind=kind).values_list("object_id", flat=True))
            assert waiting <= owed | told
        live = Invoice.objects.filter(ended=Ended.NOT, born_here=True)
        billed = live.values_list("lines__order_line", flat=True)
        assert set(billed) == set(OrderLine.objects.exclude(order__invoiced="none").values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_orphaned_and_links_stay_one_to_one(
    connected: Connection, company: Company, admin: User, seed: int
) -> None:
    shop = Shop(connected, company, admin, seed)
    for _ in range(STEPS):
        shop.step()
        shop.check()
    shop.check_at_rest()
    assert shop.done["merge"]

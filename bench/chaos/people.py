"""What people do while workers die: in Buddy through the hub's verbs, in QuickBooks through the simulator's.

Every edit carries a value nobody else writes, and is noted in a journal once it is done, with the value its author saw
before. Notes and resale number are written in Buddy only, first and family name in QuickBooks only, and the email on
both sides, so that it is fought over.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from tests.edits.words import word
from tests.flows.books import Body, Books, Company

HERE = {"notes": "Notes", "resale_number": "ResaleNum"}
THERE = {"given_name": "GivenName", "family_name": "FamilyName"}
FOUGHT_OVER = "email"
CUSTOMERS = 5  # of each company at the beginning
NEWCOMERS = 0.01  # of all that is done here
PASSWORD = "only-for-the-campaign"


@dataclass(frozen=True)
class House:
    """One wholesaler on both sides."""

    organization: int
    admin: int
    realm: str


@dataclass(frozen=True)
class Deed:
    """One thing done, and by then certain. `of` is the customer: ours by number, theirs by id."""

    side: str  # "here" or "there"
    what: str  # "edit", "customer", "invoice", "payment", "reconnect", "house"
    house: int  # the organization
    of: str
    name: str = ""
    value: str = ""
    saw: str = ""  # the value before
    at: float = field(default_factory=time.time)


class Journal:
    """Deeds, one a line, in a file to which several processes append."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, deed: Deed) -> None:
        os.write(self._file, (json.dumps(asdict(deed)) + "\n").encode())


def read(path: Path) -> list[Deed]:
    """All of them, in the order in which they were noted."""
    return [Deed(**json.loads(line)) for line in path.read_text().splitlines()]


def until_told(act: Callable[[], object], *, a_second: float, random: Random) -> None:
    """Do it again and again, at about this rate, until SIGTERM."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.wait(random.expovariate(a_second)):
        act()


# --- In Buddy --------------------------------------------------------------------------------------------------------


@dataclass
class Team:
    """The people of all the wholesalers, one deed at a time."""

    houses: list[House]
    books: Books
    journal: Journal
    random: Random
    count: int = 0

    def act(self) -> None:
        """Something somebody does. What the database was too busy for was not done, and is not noted."""
        from django.db import OperationalError
        from django_scopes import scope

        from buddy.hub.errors import Refused
        from buddy.hub.team import Organization, User

        if self.random.random() < NEWCOMERS:
            self._new_house()
        house = self.random.choice(self.houses)
        organization, admin = Organization.objects.get(pk=house.organization), User.objects.get(pk=house.admin)
        verbs = (self._edit, self._invoice, self._new_customer, self._admin, self._answer)
        deed = self.random.choices(verbs, weights=(56, 24, 4, 8, 8))[0]
        try:
            with scope(organization=organization):
                deed(organization, admin)
        except (Refused, OperationalError) as error:
            print(f"not done: {error}", flush=True)

    def _new_house(self) -> None:
        """One more wholesaler connects, so that first syncs go on throughout the storm."""
        name = self._value("Newcomer ")
        house = move_in(name, furnish(self.books, name, customers=CUSTOMERS))
        self.houses.append(house)
        self.journal.note(Deed("here", "house", house.organization, str(house.admin), value=house.realm))

    def _value(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def _edit(self, organization: Any, admin: Any) -> None:
        from django.db import transaction

        from buddy.hub import customers

        customer = self._customer(organization)
        if customer is None:
            return
        name = self.random.choice((*HERE, FOUGHT_OVER))
        value = self._value("b") + ("@buddy.example" if name == FOUGHT_OVER else "")
        with transaction.atomic():
            customer = type(customer).objects.select_for_update().get(pk=customer.pk)
            saw = getattr(customer, name)
            customers.change(customer, {name: value}, by=admin)
        self.journal.note(Deed("here", "edit", organization.pk, str(customer.pk), name, value, saw))

    def _customer(self, organization: Any) -> Any:
        from buddy.hub.customers import Customer

        ids = list(Customer.objects.filter(organization=organization).order_by("pk").values_list("pk", flat=True))
        return Customer.objects.get(pk=self.random.choice(ids)) if ids else None

    def _new_customer(self, organization: Any, admin: Any) -> None:
        from buddy.hub import customers
        from buddy.sync.models import Connection

        if not Connection.objects.filter(organization=organization).exclude(first_synced_at=None).exists():
            return  # the first sync of a Buddy that holds customers would wait for somebody to approve its plan
        self.count += 1
        name = word(2 * self.count)
        made = customers.create(organization, {"display_name": name}, by=admin)
        self.journal.note(Deed("here", "customer", organization.pk, str(made.pk), value=name))

    def _invoice(self, organization: Any, admin: Any) -> None:
        """An order, and Create Invoice. An order that cannot be invoiced yet stays an order."""
        from buddy.hub import orders
        from buddy.hub.orders import LineDraft, OrderStatus
        from buddy.hub.products import Product
        from buddy.sync import invoicing

        customer, product = self._customer(organization), Product.objects.filter(organization=organization).first()
        if customer is None or product is None:
            return
        lines = [LineDraft(product, Decimal(self.random.randint(1, 9)))]
        order = orders.place(organization, customer, lines=lines, status=OrderStatus.CONFIRMED, by=admin)
        made = invoicing.create(
            organization, [order.pk], combine=False, invoice_date=organization.today(order.created_at), by=admin
        )
        for invoice in made:
            self.journal.note(Deed("here", "invoice", organization.pk, str(customer.pk), value=str(invoice.pk)))

    def _answer(self, organization: Any, admin: Any) -> None:
        """A conflict is settled: one side's value goes, seen by whoever chose."""
        from django.db import transaction

        from buddy.hub.customers import Customer
        from buddy.hub.quality import Review, ReviewKind, ReviewStatus
        from buddy.sync import answers

        asked = Review.objects.filter(organization=organization, kind=ReviewKind.CONFLICT, status=ReviewStatus.PENDING)
        with transaction.atomic():
            review = asked.select_for_update().first()
            if review is None:
                return
            customer = Customer.objects.select_for_update().get(pk=review.object_id)
            (compared,) = review.data["fields"]
            ours, theirs = getattr(customer, compared["name"]), compared["theirs"]
            whose = self.random.choice(("ours", "theirs"))
            answers.settle_difference(review, {compared["name"]: whose}, by=admin)
        value, saw = (ours, theirs) if whose == "ours" else (theirs, ours)
        self.journal.note(Deed("here", "edit", organization.pk, str(customer.pk), compared["name"], value, saw))

    def _admin(self, organization: Any, admin: Any) -> None:
        """Looks at the Integrations page: presses Sync now, or Reconnect when it asks for that."""
        from buddy.sync import connection
        from buddy.sync.models import Connection, ConnectionState

        row = Connection.objects.get(organization=organization)
        if row.state == ConnectionState.RECONNECT:
            connect(organization, admin, row.realm)
            self.journal.note(Deed("here", "reconnect", organization.pk, ""))
        else:
            connection.sync_now(organization, by=admin)


def move_in(name: str, realm: str) -> House:
    """A new organization with an admin, connected to this company."""
    from django.db import transaction
    from django_scopes import scope

    from buddy.hub import members
    from buddy.hub.team import Organization, Role

    with transaction.atomic():
        organization = Organization.objects.create(name=name)
        with scope(organization=organization):
            email = f"june{organization.pk}@buddy.example"
            added = members.add(organization, name="June", email=email, password=PASSWORD, role=Role.ADMIN, by=None)
    with scope(organization=organization):
        connect(organization, added.user, realm)
    return House(organization.pk, added.user.pk, realm)


def connect(organization: Any, admin: Any, realm: str) -> None:
    """Connect as a browser does: to the consent page, this company, back with a code."""
    from urllib.parse import parse_qsl, urlsplit

    import httpx2

    from buddy.sync import connection

    begun = connection.begin(organization, by=admin)
    agreed = httpx2.post(begun.url, data={"company": realm, "decision": "connect"}, timeout=30)
    params = dict(parse_qsl(urlsplit(agreed.headers["Location"]).query))
    connection.finish(organization, params=params, expected_state=begun.state, by=admin)


# --- In QuickBooks ---------------------------------------------------------------------------------------------------


@dataclass
class Bookkeepers:
    """The bookkeepers of all the companies, one deed at a time. The simulator's control API breaks for nobody."""

    houses: list[House]
    books: Books
    journal: Journal
    random: Random
    count: int = 0

    def act(self) -> None:
        house = self.random.choice(self.houses)
        company = Company(self.books, house.realm, "")
        verbs = (self._edit, self._pay, self._new_customer, self._expire, self._revoke)
        deed = self.random.choices(verbs, weights=(60, 30, 4, 3, 1))[0]
        try:
            deed(house, company)
        except AssertionError as refused:  # somebody else was faster (5010), or the invoice was paid by then
            print(f"not done: {refused}", flush=True)

    def _value(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def _edit(self, house: House, company: Company) -> None:
        customer = self.random.choice(company.all("Customer"))
        name = self.random.choice((*THERE, FOUGHT_OVER))
        value = self._value("q") + ("@books.example" if name == FOUGHT_OVER else "")
        sent = {"PrimaryEmailAddr": {"Address": value}} if name == FOUGHT_OVER else {THERE[name]: value}
        company.change("Customer", customer["Id"], SyncToken=customer["SyncToken"], **sent)
        saw = held_there(customer)[name]
        self.journal.note(Deed("there", "edit", house.organization, customer["Id"], name, value, saw))

    def _new_customer(self, house: House, company: Company) -> None:
        self.count += 1
        name = word(2 * self.count + 1)
        made = company.customer(name)
        self.journal.note(Deed("there", "customer", house.organization, made["Id"], value=name))

    def _pay(self, house: House, company: Company) -> None:
        owed = company.all("Invoice", "Balance > '0'")
        if not owed:
            return
        invoice = self.random.choice(owed)
        amount = self.random.choice((invoice["Balance"], round(invoice["Balance"] / 2, 2)))
        paid = company.do(
            "pay", customer=invoice["CustomerRef"]["value"], amount=str(amount), invoices={invoice["Id"]: str(amount)}
        )
        self.journal.note(Deed("there", "payment", house.organization, paid["Id"], value=str(amount)))

    def _expire(self, house: House, company: Company) -> None:
        """An hour passes for the access token."""
        company.do("expire_access")

    def _revoke(self, house: House, company: Company) -> None:
        """Buddy is disconnected from within QuickBooks."""
        company.do("revoke")


def held_there(customer: Mapping[str, Any]) -> dict[str, str]:
    """The fields people edit, by our names, as QuickBooks holds them."""
    held = {name: str(customer.get(theirs) or "") for name, theirs in (HERE | THERE).items()}
    email: Body = customer.get("PrimaryEmailAddr") or {}
    return held | {FOUGHT_OVER: str(email.get("Address") or "")}


def furnish(books: Books, name: str, *, customers: int) -> str:
    """New books with some customers and products; their realm."""
    company = books.add_company(name)
    for number in range(customers):
        company.customer(f"Customer {number}", email=f"customer{number}@first.example")
    for number in range(3):
        company.item(f"Product {number}", 12.5 + number)
    return company.realm

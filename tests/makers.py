"""Rows for tests, in one line each: `from tests import makers as make`, then `make.customer(email="a@b.example")`.

Customers, products and terms are made as if they had always been there: nothing is owed to the books, no history.
(Use the verbs of the hub where being new is the point.) Orders and invoices come from the verbs. What is not given is
something plausible; everything belongs to the organization of the active scope (the fixture `organization`).
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django_scopes import get_scope, scope

from buddy.hub import invitations, invoices, matchkeys, orders
from buddy.hub.customers import Customer, Location, sort_key
from buddy.hub.invitations import Invitation
from buddy.hub.invoices import Invoice, InvoiceDraft
from buddy.hub.orders import LineDraft, OrderStatus, SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Membership, Organization, Role, User
from buddy.hub.terms import PaymentTerm
from buddy.hub.tiers import Tier

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
_count = itertools.count(1)


def organization(name: str = "Larkspur Fine Foods", **fields: Any) -> Organization:
    return Organization.objects.create(name=name, **fields)


def user(name: str = "June Lindqvist", *, email: str = "", password: str | None = None, **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_count)}@larkspur.example", password, name=name, **fields)


def member(role: str = Role.EDITOR, *, of: Organization | None = None, **fields: Any) -> Membership:
    """Somebody with this role; `.user` signs in. `fields` are the user's."""
    where = of or _current()
    with scope(organization=where):
        return Membership.objects.create(organization=where, user=user(**fields), role=role)


def invitation(email: str = "dev@larkspur.example", role: str = Role.VIEWER) -> Invitation:
    sent = {"sent_at": NOW, "expires_at": datetime.now(UTC) + invitations.LIFE}
    return Invitation.objects.create(organization=_current(), email=email, role=role, **sent)


def term(name: str = "Net 30", days: int = 30, **fields: Any) -> PaymentTerm:
    return PaymentTerm.objects.create(organization=_current(), name=name, due_days=days, **fields)


def tier(name: str = "Wholesale", discount: str = "25", **fields: Any) -> Tier:
    values = {"created_at": NOW, **fields}
    return Tier.objects.create(organization=_current(), name=name, discount_percent=Decimal(discount), **values)


@transaction.atomic
def customer(name: str = "", **fields: Any) -> Customer:
    display_name = name or f"Blue Door Deli {next(_count)}"
    values = {"created_at": NOW, "updated_at": NOW, "currency": _current().currency, **fields}
    made = Customer.objects.create(
        organization=_current(), display_name=display_name, sort_name=sort_key(display_name), **values
    )
    matchkeys.refresh(_current(), [made])
    return made


def location(customer: Customer, name: str = "Back door", **fields: Any) -> Location:
    return Location.objects.create(organization=_current(), customer=customer, name=name, **fields)


def product(name: str = "", *, price: str = "10.00", **fields: Any) -> Product:
    called = name or f"Olive oil {next(_count)}"
    values = {"created_at": NOW, "updated_at": NOW, **fields}
    return Product.objects.create(
        organization=_current(), name=called, sort_name=sort_key(called), base_price=Decimal(price), **values
    )


def order(
    customer_: Customer | None = None,
    lines: Sequence[tuple[Product, Decimal | int | str]] = (),
    *,
    status: str = OrderStatus.CONFIRMED,
    **fields: Any,
) -> SalesOrder:
    """A confirmed order; `lines` are products with quantities, one of some product when none are given."""
    drafts = [LineDraft(product_, Decimal(quantity)) for product_, quantity in lines or [(product(), 1)]]
    values = {"by": None, "now": NOW, **fields}
    return orders.place(_current(), customer_ or customer(), lines=drafts, status=status, **values)


def invoice_draft(*of: SalesOrder, **fields: Any) -> InvoiceDraft:
    """One invoice of these orders, as `invoices.create_from_orders` takes it."""
    today = _current().today(NOW)
    due = today + timedelta(days=30)
    values = {"customer": of[0].customer, "invoice_date": today, "due_date": due, "ship_to": of[0].ship_to, **fields}
    return InvoiceDraft(orders=of, **values)


def invoice(*of: SalesOrder, by: User | None = None, now: datetime = NOW, **fields: Any) -> Invoice:
    """An invoice of these orders, or of a new one, owed to the books like any other."""
    return invoices.create_from_orders(_current(), [invoice_draft(*(of or [order()]), **fields)], by=by, now=now)[0]


def _current() -> Organization:
    found: Organization = get_scope()["organization"]
    return found

"""Two people press the button at the same moment: real threads, real locks, on both stores."""

from decimal import Decimal
from typing import Any

import pytest

from buddy.hub import customers, invitations, invoices, matching, matchkeys, members, orders
from buddy.hub.errors import Refused
from buddy.hub.invoices import Invoice
from buddy.hub.orders import SalesOrder
from buddy.hub.outbox import Mark
from buddy.hub.team import Membership, Organization, Role, User
from tests import makers as make
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"


def test_two_confirmations_of_one_order_make_one_invoice(organization: Organization) -> None:
    for _ in range(5):
        order = make.order(lines=[(make.product(), 5)])
        draft = make.invoice_draft(order)

        def confirm(draft: Any = draft) -> list[Invoice]:
            return invoices.create_from_orders(organization, [draft], by=None)

        outcomes = at_once(confirm, confirm, confirm, organization=organization)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert len(refused) == 2, outcomes
        assert all(str(order) in str(refusal) for refusal in refused)
        assert Invoice.objects.filter(lines__order_line__order=order).distinct().count() == 1
        assert orders.remaining([order.pk]) == {order.lines.get().pk: 0}
    assert Mark.objects.filter(kind="invoice").count() == 5


def test_combined_invoices_that_overlap_neither_deadlock_nor_invoice_twice(organization: Organization) -> None:
    customer = make.customer()
    one, two, three = (make.order(customer) for _ in range(3))
    calls = [
        lambda: invoices.create_from_orders(organization, [make.invoice_draft(one, two)], by=None),
        lambda: invoices.create_from_orders(organization, [make.invoice_draft(three, two)], by=None),
    ]
    outcomes = at_once(*calls, organization=organization)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "list"], outcomes
    assert set(orders.remaining([two.pk]).values()) == {Decimal(0)}


def test_an_order_is_either_cancelled_or_invoiced(organization: Organization) -> None:
    for _ in range(5):
        order = make.order()
        draft = make.invoice_draft(order)
        at_once(
            lambda draft=draft: invoices.create_from_orders(organization, [draft], by=None),  # type: ignore[misc]
            lambda order=order: orders.set_status(order, "cancelled", by=None),  # type: ignore[misc]
            organization=organization,
        )
        now = SalesOrder.objects.get(pk=order.pk)
        assert (now.status, now.invoiced) in {("cancelled", "none"), ("confirmed", "all")}


def test_orders_placed_together_have_different_numbers(organization: Organization) -> None:
    customer = make.customer()
    calls = [lambda: orders.place(organization, customer, lines=[], by=None)] * 6
    placed = at_once(*calls, organization=organization)
    assert sorted(order.number for order in placed) == [f"SO-{1001 + place}" for place in range(6)]


def test_two_changes_of_one_customer_both_stand(organization: Organization) -> None:
    for _ in range(5):
        customer = make.customer("Harbor Goods")
        mine, yours = (customers.Customer.objects.get(pk=customer.pk) for _ in range(2))
        outcomes = at_once(
            lambda mine=mine: customers.change(mine, {"email": "a@harbor.example"}, by=None),  # type: ignore[misc]
            lambda yours=yours: customers.change(yours, {"phone": "503 555 0100"}, by=None),  # type: ignore[misc]
            organization=organization,
        )
        assert all(isinstance(outcome, customers.Customer) for outcome in outcomes), outcomes
        customer.refresh_from_db()
        assert (customer.email, customer.phone) == ("a@harbor.example", "503 555 0100")
        keys = set(customer.match_keys.values_list("key", flat=True))
        assert keys == matching.keys(matchkeys.party(customer))
        assert Mark.objects.filter(object_id=customer.pk).count() == 1


def test_the_first_admin_is_made_once() -> None:
    def set_up(email: str) -> Membership:
        return members.set_up(organization_name="Larkspur", name="June", email=email, password=PASSWORD)

    outcomes = at_once(lambda: set_up("a@l.example"), lambda: set_up("b@l.example"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Membership", "Refused"], outcomes
    assert User.objects.count() == Organization.objects.count() == 1


def test_two_admins_cannot_both_step_down(organization: Organization) -> None:
    admins = [make.member(Role.ADMIN), make.member(Role.ADMIN)]
    calls = [
        lambda admin=admin: members.change_role(admin, Role.VIEWER, by=None)  # type: ignore[misc]
        for admin in admins
    ]
    outcomes = at_once(*calls, organization=organization)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Membership", "Refused"], outcomes
    assert Membership.objects.filter(role=Role.ADMIN).count() == 1


def test_of_two_admins_who_remove_each_other_one_stays(organization: Organization) -> None:
    admins = [make.member(Role.ADMIN), make.member(Role.ADMIN)]
    calls = [lambda admin=admin: members.remove(admin, by=None) for admin in admins]  # type: ignore[misc]
    outcomes = at_once(*calls, organization=organization)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Refused"], outcomes
    assert Membership.objects.filter(role=Role.ADMIN).count() == 1


def test_an_invitation_opened_in_two_windows_makes_one_account(organization: Organization) -> None:
    june = make.member(Role.ADMIN).user
    invitation = invitations.invite(organization, email="theo@l.example", role=Role.EDITOR, by=june)

    def accept() -> Membership:
        return invitations.accept_as_new(invitation, name="Theo", password=PASSWORD)

    outcomes = at_once(accept, accept, accept)
    joined = [outcome for outcome in outcomes if isinstance(outcome, Membership)]
    assert len(joined) == 1, outcomes
    assert all(isinstance(outcome, Membership | Refused) for outcome in outcomes), outcomes
    assert User.objects.filter(email="theo@l.example").count() == Membership.objects.count() - 1 == 1

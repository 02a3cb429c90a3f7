"""The first steps of a new organization: a list on the dashboard that ticks itself, until it is done or hidden."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from buddy.hub import members
from buddy.hub.invitations import Invitation
from buddy.hub.orders import SalesOrder
from buddy.hub.products import Product
from buddy.hub.team import Membership
from buddy.sync.status import Card
from buddy.web.permission import editor
from buddy.web.request import Request


@dataclass(frozen=True)
class Step:
    """One step. Without an address it is not for this person to do, and `why` says whose it is."""

    title: str
    why: str
    done: bool
    button: str
    address: str


def steps(request: Request, card: Card) -> list[Step]:
    """What is shown to this member; nothing once everything is done, or hidden, or to who may change nothing."""
    member = request.membership
    if not member.may_edit or member.hides_first_steps:
        return []
    found = [
        _of_admins(
            member,
            Step(
                "Connect QuickBooks",
                "Customers, items, invoices and payments arrive by themselves.",
                card.state != "none",
                "Connect",
                reverse("integrations"),
            ),
        ),
        Step(
            "Have products to sell",
            "They come from QuickBooks, from a file, or by hand.",
            Product.objects.exists(),
            "Add a product",
            reverse("product_new"),
        ),
        _of_admins(
            member,
            Step(
                "Invite your team", "Each with a role of their own.", _is_a_team(), "Invite", reverse("settings_team")
            ),
        ),
        Step(
            "Write the first order",
            "Confirmed, it can become an invoice.",
            SalesOrder.objects.exists(),
            "New order",
            reverse("order_new"),
        ),
    ]
    return [] if all(step.done for step in found) else found


def _of_admins(member: Membership, step: Step) -> Step:
    if member.may_connect:
        return step
    return Step(step.title, f"{step.why} An admin of your team does this.", step.done, "", "")


def _is_a_team() -> bool:
    return Membership.objects.count() > 1 or Invitation.objects.exists()


@require_POST
@editor
def hide(request: Request) -> HttpResponse:
    """For this person only."""
    members.hide_first_steps(request.membership, True)
    return redirect("dashboard")


@require_POST
@editor
def show(request: Request) -> HttpResponse:
    members.hide_first_steps(request.membership, False)
    return redirect("dashboard")


urlpatterns = [
    path("first-steps/hide/", hide, name="first_steps_hide"),
    path("first-steps/show/", show, name="first_steps_show"),
]

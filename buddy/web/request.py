"""The request as views see it."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from buddy.hub.team import Membership, Organization, User


class Request(HttpRequest):
    """A request of a signed-in member of an organization, as `middleware` leaves it. For annotations only."""

    user: User
    organization: Organization
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails


def way_back(request: Request, otherwise: str) -> str:
    """The page of ours that a form was sent from, as its field `back` says; else the page named `otherwise`."""
    page = request.POST.get("back", "")
    return page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else reverse(otherwise)
